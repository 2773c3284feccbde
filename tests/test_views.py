import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from seqcli.config import ModelConfig, TrainingConfig
from seqcli.data.cleaning import CleaningReport
from seqcli.decoding.assessment import Assessed, Assessment
from seqcli.decoding.decoder_steps import DecoderStep
from seqcli.decoding.faults import FaultLog
from seqcli.decoding.translation import Translation
from seqcli.evaluation import score, sentence_chrf
from seqcli.training.events import (
    BudgetFixed,
    Ended,
    Evaluated,
    Prepared,
    Previewed,
    Sample,
    Updated,
)
from seqcli.views.heatmap import attention_map
from seqcli.views.inspection import PANELS
from seqcli.views.scores import score_report
from seqcli.views.training import LiveDisplay, LogLines, NullDisplay, make_display
from seqcli.views.training_text import clock, closing_lines, opening_lines


def translation(sources, targets):
    weights = np.full((len(targets), len(sources)), 0.1 / max(1, len(sources) - 1))
    for row in range(len(targets)):
        weights[row, row % len(sources)] = 0.9
    return Translation("", "", 0.0, 0.0, tuple(sources), tuple(targets), weights, "eos")


def test_a_heat_map_shows_the_largest_weight_of_each_target_piece():
    sources, targets = ["▁i", "▁love", "▁beijing", "</s>"], ["我", "爱", "北京", "</s>"]
    lines = attention_map(translation(sources, targets), 80).plain.splitlines()
    assert len(lines) == 5
    head = lines[0]
    for row, source in enumerate(sources, start=1):
        label, cells = lines[row][:9], lines[row][9:]
        assert label.strip() == source
        full = cells.index("█")
        # Chinese characters are two cells wide, so count cells and not characters.
        before = head[: head.index(targets[row - 1])]
        assert cell_len(before) == 9 + full


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_heat_map_stays_within_the_width(width):
    sources, targets = ["▁word"] * 30, ["北京", "▁long", "x"] * 20
    picture = attention_map(translation(sources, targets), width).plain
    assert max(map(cell_len, picture.splitlines())) <= width
    assert picture.count("北京") == 20


def test_pieces_with_line_separators_do_not_break_a_heat_map():
    pieces = ["▁a", "\u2028", "b\x85c", "\x1e", "</s>"]
    picture = attention_map(translation(["▁x", "</s>"], pieces), 80).plain
    assert picture.splitlines() == picture.split("\n")
    assert "␤" in picture


def assessment_and_report(pairs, width=80, examples=5):
    """The assessment of (translation, references) pairs, and its report as printed at a width."""
    sentences = [
        Assessed(f"s{i}", translation, tuple(references), sentence_chrf(translation, references))
        for i, (translation, references) in enumerate(pairs)
    ]
    translations, references = zip(*pairs, strict=True)
    assessment = Assessment(
        score(translations, references),
        1.0,
        tuple(sorted(sentences, key=lambda sentence: sentence.chrf)),
        FaultLog(),
    )
    out = io.StringIO()
    Console(file=out, width=width).print(score_report(assessment, examples), crop=False)
    return assessment, out.getvalue()


RIGHT = ("one two three four five", ["one two three four five"])
WRONG = ("one two three six", ["one two three four five"])


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_a_signature_is_one_line_on_any_screen(width):
    assessment, text = assessment_and_report([RIGHT, WRONG], width)
    lines = [line.strip() for line in text.split("\n")]
    assert len(assessment.scores.signatures) == 2
    for signature in assessment.scores.signatures.values():
        assert signature in lines
    others = [line for line in text.split("\n") if "version:" not in line]
    assert width < 40 or max(map(cell_len, others)) <= width


def listed_sentences(text, title):
    """The sources listed under a title."""
    _, _, rest = text.partition(f"{title} by chrF\n")
    return re.findall(r"^ +\d+ +(s\d+) ", rest.split("by chrF")[0], re.MULTILINE)


def test_the_worst_are_wrong_and_the_best_are_others():
    _, text = assessment_and_report([RIGHT] * 3)
    assert "worst" not in text
    assert listed_sentences(text, "best") == ["s0", "s1", "s2"]
    _, text = assessment_and_report([RIGHT, WRONG, ("", ["one two three four"]), RIGHT])
    assert listed_sentences(text, "worst") == ["s2", "s1"]
    assert listed_sentences(text, "best") == ["s0", "s3"]
    _, text = assessment_and_report([WRONG, RIGHT, WRONG], examples=1)
    assert listed_sentences(text, "worst") == ["s0"]
    assert listed_sentences(text, "best") == ["s1"]
    assert "by chrF" not in assessment_and_report([RIGHT, WRONG], examples=0)[1]


def test_labels_get_no_bleu_with_the_reason():
    assessment, text = assessment_and_report([("praise", ["praise"]), ("praise", ["complaint"])])
    assert assessment.scores.bleu is None
    assert re.search(r"BLEU +– +no BLEU: most references have fewer than 4 words", text)
    assert "0.00" not in text


def test_sentences_are_one_line_each():
    odd = "one\u2028two\x85three\x1efour"
    _, text = assessment_and_report([(odd, [odd + " five"]), RIGHT])
    assert text.splitlines() == text.rstrip("\n").split("\n")


def events(folder):
    samples = (Sample("i love beijing", "我爱北京", "我爱北京"), Sample("no", "不", "是"))
    yield Updated(1, None, 0, 50.0, 10, 0.001, 1.0, 59.0)
    yield BudgetFixed(100, 0.5, 8)
    yield Previewed(2, samples)
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
def test_the_live_display_shows_progress_and_scores(width):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, color_system=None)
    show(LiveDisplay(console))
    text = " ".join(screen.getvalue().split())
    for part in (
        "tokens/s",
        "perplexity",
        "我爱北京",
        "31.4",
        "left",
        "--resume --model somewhere",
    ):
        assert part in text


def test_the_live_display_says_what_its_percentage_is_of():
    screen = io.StringIO()
    display = LiveDisplay(Console(file=screen, force_terminal=True, width=100, color_system=None))

    def rendered(event):
        display.show(event)
        with display.console.capture() as capture:
            display.console.print(display._render())
        return capture.get()

    # With a known number of updates, the percentage is their share, however much time has passed.
    assert "2% of the updates, 0:47 left" in rendered(Updated(4, 200, 0, 9.0, 9, 0.1, 3.0, 47.0))
    assert "50% of the updates" in rendered(Updated(100, 200, 0, 9.0, 9, 0.1, 30.0, 2.0))
    assert "25% of the time, 0:45 left" in rendered(Updated(4, None, 0, 9.0, 9, 0.1, 15.0, 45.0))


def test_a_message_is_part_of_the_live_display():
    screen = io.StringIO()
    display = LiveDisplay(Console(file=screen, force_terminal=True, width=100, color_system=None))
    display.show(Updated(4, 200, 0, 9.0, 9, 0.1, 9.0, 47.0))
    display.message("stopping soon")
    assert screen.getvalue() == ""
    display.console.print(display._render())
    assert screen.getvalue().splitlines()[-1].rstrip() == "stopping soon"


def test_an_echoed_interrupt_finds_an_empty_line_below_the_samples():
    """Behind a line as wide as the terminal, `^C` would wrap and leave a stale line above."""
    out = io.StringIO()
    display = LiveDisplay(Console(file=out, force_terminal=True, width=60, color_system=None))
    display.show(Previewed(2, (Sample("no", "不", "是"),)))
    display.console.print(display._render())
    assert out.getvalue().splitlines()[-1].strip() == ""
    display.close()
    out.truncate(0)
    display.console.print(display._render())
    assert out.getvalue().splitlines()[-1].strip() != ""


def test_dev_scores_are_the_latest_the_best_and_a_curve():
    display = LiveDisplay(Console(file=io.StringIO(), width=100))
    scores = [0.0, 10.0, 20.0, 40.0, 35.0]
    for update, bleu in enumerate(scores):
        display.show(Evaluated(update, 1.0, 3.0, 2.5, "bleu", bleu, True, ()))
    assert str(display._dev_scores()) == "dev BLEU 35.0, best 40.0 ▁▃▅█▇"
    for update in range(100):
        display.show(Evaluated(update, 1.0, 3.0, 2.5, "bleu", 30.0, False, ()))
    assert cell_len(str(display._dev_scores())) < 60


def test_log_lines_are_plain():
    log = io.StringIO()
    show(LogLines(Console(file=log, width=40)))
    text = log.getvalue()
    assert "\x1b" not in text
    assert "dev: BLEU 31.40" in text
    assert "--updates 100 --evaluations 8 repeats this run" in text
    assert any(len(line) > 40 for line in text.splitlines())  # a log is not wrapped


def test_the_display_depends_on_the_console():
    assert isinstance(make_display(Console(file=io.StringIO()), quiet=False), LogLines)
    terminal = Console(file=io.StringIO(), force_terminal=True)
    assert isinstance(make_display(terminal, quiet=False), LiveDisplay)
    assert isinstance(make_display(terminal, quiet=True), NullDisplay)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (61.4, "1:01"), (3661, "1:01:01")])
def test_clock(seconds, text):
    assert clock(seconds) == text


def test_the_help_of_inspect_names_every_panel(seqcli):
    help_text = seqcli("inspect", "--help", COLUMNS="200").out
    assert [name for name in PANELS if not re.search(rf"\b{name}\b", help_text)] == []


def test_the_bars_of_the_end_fit_a_narrow_terminal_beside_short_pieces():
    steps = tuple(DecoderStep("我", 7, 0.9, 0.99, (), None, 3, {}, {}) for _ in range(12))
    inspection: Any = SimpleNamespace(steps=steps, continuation=steps[:3])
    out = io.StringIO()
    Console(file=out, width=40).print(PANELS["end"].draw(inspection, 40))
    lines = out.getvalue().splitlines()
    assert len(lines) == 1 + len(steps) + 1 + 3
    assert not any("…" in line for line in lines)


def test_nouns_agree_with_their_numbers():
    settings: Any = SimpleNamespace(
        model=ModelConfig(encoder_layers=1),
        training=TrainingConfig(updates=1),
        about={},
    )
    pairs, network, pieces, noise = opening_lines(
        Prepared(settings, CleaningReport(), 1, 1, 842, 351, 1_300_000, 1, "cpu", ())
    )
    assert pairs == "1 training pair, 1 dev pair"
    assert "(1 layer, bidirectional)" in network
    assert "842 pieces, 351 of them used in translations; about 1 update per epoch" in pieces
    assert noise == "about 1 epoch with dropout 0.2"
    ended = Ended("finished", Path("seqcli-model"), 1, 1, 2.0, "bleu", None)
    assert closing_lines(ended)[0] == "1 update in 0:02"
