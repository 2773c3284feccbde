import io
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from seqcli.decoding.translator import Translation
from seqcli.training.events import Ended, Evaluated, Frozen, Looked, Sample, Updated
from seqcli.views.heatmap import attention_map
from seqcli.views.training import LiveDisplay, LogLines, Silence, clock, make_display


def translation(sources, targets):
    weights = np.full((len(targets), len(sources)), 0.1 / max(1, len(sources) - 1))
    for row in range(len(targets)):
        weights[row, row % len(sources)] = 0.9
    return Translation("", "", 0.0, 0.0, tuple(sources), tuple(targets), weights, "eos")


def test_a_heat_map_shows_where_each_target_piece_looked():
    sources, targets = ["▁i", "▁love", "▁beijing", "</s>"], ["我", "爱", "北京", "</s>"]
    lines = attention_map(translation(sources, targets), 80).plain.splitlines()
    assert len(lines) == 5
    head = lines[0]
    for row, source in enumerate(sources, start=1):
        label, cells = lines[row][:8], lines[row][8:]
        assert label.strip() == source.removeprefix("▁")
        dark = cells.index("█")
        # Chinese characters are two cells wide, so count cells and not characters.
        before = head[: head.index(targets[row - 1])]
        assert cell_len(before) == 8 + dark


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_heat_map_stays_within_the_width(width):
    sources, targets = ["▁word"] * 30, ["北京", "▁long", "x"] * 20
    picture = attention_map(translation(sources, targets), width).plain
    assert max(map(cell_len, picture.splitlines())) <= width
    assert picture.count("北京") == 20


def events(folder):
    samples = (Sample("i love beijing", "我爱北京", "我爱北京"), Sample("no", "不", "是"))
    yield Updated(1, None, 0, 50.0, 10, 0.001, 1.0, 59.0)
    yield Frozen(100, 0.5, 8)
    yield Looked(2, samples)
    for update in range(2, 20):
        yield Updated(update, 100, 0, 40.0, 10, 0.001, update * 1.0, 50.0)
    yield Evaluated(20, 20.0, 3.0, 2.5, "bleu", 31.4, True, samples)
    yield Evaluated(30, 20.0, 3.0, 2.5, "bleu", 30.0, False, samples)
    yield Ended("interrupted", folder, 20, 100, 21.0, "bleu", 31.4)


def show(display):
    with display:
        for event in events(Path("somewhere")):
            display.show(event)


@pytest.mark.parametrize("width", [40, 100])
def test_the_live_display_shows_what_matters(width):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, color_system=None)
    show(LiveDisplay(console))
    text = " ".join(screen.getvalue().split())
    for wanted in (
        "tokens/s",
        "perplexity",
        "我爱北京",
        "31.4",
        "left",
        "--resume --model somewhere",
    ):
        assert wanted in text


def test_log_lines_are_plain():
    log = io.StringIO()
    show(LogLines(Console(file=log, width=40)))
    text = log.getvalue()
    assert "\x1b" not in text
    assert "dev: BLEU 31.40" in text
    assert "--updates 100 --evaluations 8 repeats this run" in text
    assert any(len(line) > 40 for line in text.splitlines())  # a log is not wrapped


def test_what_is_shown_depends_on_where():
    assert isinstance(make_display(Console(file=io.StringIO()), quiet=False), LogLines)
    terminal = Console(file=io.StringIO(), force_terminal=True)
    assert isinstance(make_display(terminal, quiet=False), LiveDisplay)
    assert type(make_display(terminal, quiet=True)) is Silence


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (61.4, "1:01"), (3661, "1:01:01")])
def test_clock(seconds, shown):
    assert clock(seconds) == shown
