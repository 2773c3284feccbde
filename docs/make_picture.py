"""Draws docs/terminal.svg: what commands print in a terminal, as the README shows it.

python docs/make_picture.py MODEL

MODEL is a folder that a bare `seqcli train` has made. The picture names the fonts of the reader's
system and loads nothing from the network.
"""

from __future__ import annotations

import html
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

WIDTH = 78
SENTENCE = "i love beijing tian an men"
COMMANDS = [["translate", "--heatmap", SENTENCE], ["inspect", "--show", "candidates", SENTENCE]]
FONTS = "Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace"
# Rich draws a character as this part of its font size.
ASPECT_RATIO = 0.61
CHARACTER_WIDTH = 20 * ASPECT_RATIO


def printed(command: list[str], model: str) -> str:
    """What seqcli prints in a terminal of that width."""
    return subprocess.run(
        [sys.executable, "-m", "seqcli", *command, "--model", model],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env=os.environ | {"FORCE_COLOR": "1", "COLORTERM": "truecolor", "COLUMNS": str(WIDTH)},
    ).stdout


def picture(model: str) -> str:
    """The commands and what they print, as SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for number, command in enumerate(COMMANDS):
        prompt = Text("\n" * (number > 0) + "$ ", style="dim")
        words = shlex.join(["seqcli", *command]).replace("'", '"')
        console.print(prompt.append(words, style="not dim bold"))
        console.print(Text.from_ansi(printed(command, model).rstrip()))
    # Without the font that Rich would load from a server, and without its comment.
    remote = r"@font-face \{\{.*?\}\}\n|<!--.*?-->\n"
    template = re.sub(remote, "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    template = template.replace("Fira Code, monospace", FONTS)
    svg = console.export_svg(
        title="seqcli", code_format=template, font_aspect_ratio=ASPECT_RATIO, unique_id="seqcli"
    )
    svg = re.sub(r'textLength="[\d.]+"([^>]*)>([^<]*)<', _with_length, svg)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def _with_length(match: re.Match[str]) -> str:
    """A text with its length in cells: Rich counts a Chinese character as one, not as two."""
    attributes, text = match.groups()
    length = cell_len(html.unescape(text)) * CHARACTER_WIDTH
    return f'textLength="{length:.1f}"{attributes}>{text}<'


if __name__ == "__main__":
    (_, folder) = sys.argv
    Path(__file__).with_name("terminal.svg").write_text(picture(folder), encoding="utf-8")
