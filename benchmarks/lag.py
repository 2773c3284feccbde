"""Draws quality against lag, from what `seqcli eval --wait 1,3,5,7,full --format json` prints.

python benchmarks/lag.py NAME=FILE ... > docs/lag.svg
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from seqcli.views.charts import Line, line_chart

STYLE = "<style>text { font: 12px sans-serif; fill: #555; } .grid { stroke: #8888; }</style>"


def main() -> None:
    """Print an SVG with a line for each file, and a dashed one for waiting until the end."""
    lines: dict[str, Line] = {}
    for argument in sys.argv[1:]:
        name, _, path = argument.partition("=")
        rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
        waits = [row for row in rows if row["wait"] != "full"]
        lags = [row["average_lagging"] for row in waits]
        lines[name] = Line(lags, [row["bleu"] for row in waits])
        for row in rows:
            if row["wait"] == "full":
                lines[f"{name}, until the end"] = Line([0.0, max(lags)], [row["bleu"]] * 2, name)
    figure = line_chart(lines, "Average Lagging, in words", "BLEU")
    svg = re.search(r"<svg(.*?)>(.*)</svg>", figure, re.DOTALL)
    assert svg is not None, "the figure is an SVG"
    print(f'<svg xmlns="http://www.w3.org/2000/svg"{svg[1]}>{STYLE}{_legend(figure)}{svg[2]}</svg>')


def _legend(figure: str) -> str:
    """The names of the lines without dashes, in their colours, in the lower right corner."""
    entries = re.findall(r'<b style="color:(#\w+)">━</b> ([^<]+)</span>', figure)
    entries.append(("#555", "dashed: wait until the end"))
    return "".join(
        f'<text x="425" y="{245 - 16 * place}" text-anchor="end" style="fill:{colour}">'
        f"{name}</text>"
        for place, (colour, name) in enumerate(reversed(entries))
    )


if __name__ == "__main__":
    main()
