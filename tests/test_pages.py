"""The pages in a real browser: `make test-pages`, which needs Chromium and playwright."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import troubles_of
from test_inspection import at_random, bundle, long_inspection  # noqa: F401  (a fixture)

from seqcli.bundle import open_bundle
from seqcli.comparison.findings import SCALES, Bucket, Comparison, Result
from seqcli.config import ModelConfig, SearchConfig
from seqcli.decoding.decoder_steps import Candidate
from seqcli.decoding.inspection import Inspection, inspect
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.tree import Branch
from seqcli.evaluation import Scores
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train
from seqcli.views.comparison_page import comparison_page
from seqcli.views.inspection_page import inspection_page

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)
PANELS = ["attention", "candidates", "player", "gates", "influence", "tree", "end"]
HOSTILE = "<img src=x onerror=alert(1)>\u202eשלום\0"


def made_up_comparison(bleu: float = 34.5, exact: float = 0.25) -> Comparison:
    scores = Scores(bleu, 50.1, exact, 1.0, 300, {})
    buckets = tuple(Bucket(n, n + 4, n + 2, 60, 90.0 / n, 0.5) for n in range(1, 31, 5))
    results = tuple(
        Result(name, 1_200_000, 4_800_000, 700, 42.0, 5000.0, 30.0, "bleu",
               {"test.en-zh.tsv": scores, "test-long.en-zh.tsv": scores}, buckets)
        for name in ("rnn/none", "lstm/none", "lstm/additive")
    )  # fmt: skip
    fading = 0.7 ** np.arange(40)
    return Comparison(
        results,
        False,
        dict.fromkeys(("rnn", "gru", "lstm"), (fading, fading**0.5)),
        {"rnn/none": np.abs(np.array(SCALES) - 1)},
        results[:2],
        {},
        {"minutes": 0.7, "seed": 3},
    )


@pytest.fixture(scope="module")
def chinese(tmp_path_factory):
    """The page of a sample model's translation, after half a minute of training."""
    folder = tmp_path_factory.mktemp("models") / "sample"
    for _ in train(TrainRequest(folder, overrides={"updates": 250, "evaluations": 1})):
        pass
    model = open_bundle(folder)
    inspection = inspect(load_translator(model, SearchConfig()), "i love beijing tian an men")
    return inspection_page(inspection, model.settings.model)


@pytest.fixture
def pages(bundle, chinese, tmp_path):  # noqa: F811
    """Name -> the path of the page, and its sections."""
    inspected = inspection_page(long_inspection(bundle), ModelConfig())
    compared = comparison_page(made_up_comparison(), "seqcli compare --minutes 0.7 --seed 3")
    pages = {}
    for name, html, sections in (
        ("inspect", inspected, PANELS),
        ("chinese", chinese, PANELS),
        ("compare", compared, ["scores", "lengths", "reach", "loss", "updates"]),
    ):
        path = tmp_path / f"{name}.html"
        path.write_text(html, encoding="utf-8")
        pages[name] = path, sections
    return pages


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["inspect", "chinese", "compare"])
def test_a_page_opens_offline_at_the_width_of_a_desktop_and_of_a_phone(browser, pages, name, width):
    path, sections = pages[name]
    page = browser.new_page(viewport={"width": width, "height": 900}, offline=True)
    troubles = troubles_of(page)
    page.goto(path.as_uri())
    for section in sections if name != "compare" else ():
        page.locator(f"#{section} .panel > *").first.wait_for()
    assert troubles == []
    for section in sections:
        box = page.locator(f"section#{section}").bounding_box()
        assert box["height"] > 80 and box["width"] > 300, section
    # Wide tables scroll within their section; the page as a whole does not.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if name == "chinese":
        for character in "我爱北京":
            heading = page.locator("#attention thead th", has_text=character).first
            assert heading.is_visible()
    broken = page.evaluate("[...document.images].filter(image => !image.naturalWidth).length")
    assert broken == 0
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    page.close()


@pytest.fixture
def opened(browser, bundle, tmp_path):  # noqa: F811
    """Opens the page of an inspection; in the end there was no error and no request."""
    pages: list[tuple[Any, list[str]]] = []

    def open_page(inspection: Inspection | None = None, **context):
        if inspection is None:
            inspection = inspect(at_random(bundle, beam=3)[1], "ba do ki")
        path = tmp_path / "page.html"
        path.write_text(inspection_page(inspection, ModelConfig()), encoding="utf-8")
        page = browser.new_page(offline=True, **context)
        pages.append((page, troubles_of(page)))
        page.goto(path.as_uri())
        page.locator("#end .panel > *").first.wait_for()
        return page

    yield open_page
    for page, troubles in pages:
        page.close()
        assert troubles == []


def hostile_inspection(bundle) -> Inspection:  # noqa: F811
    found = inspect(at_random(bundle, beam=2)[1], f"ba {HOSTILE}")
    steps = tuple(
        replace(
            step,
            piece=HOSTILE,
            candidates=tuple(
                Candidate(HOSTILE, token, -1.0, (-2.0,) * len(found.words)) for token in range(3)
            ),
        )
        for step in found.steps
    )
    pieces = (HOSTILE,) * len(found.translation.source_pieces)
    return replace(
        found,
        translation=replace(
            found.translation, text=HOSTILE, source_pieces=pieces, unknown=(HOSTILE,), dropped="<"
        ),
        steps=steps,
        words=(HOSTILE,) * len(found.words),
        continuation=steps[:1],
        tree=(Branch(HOSTILE, -1.0, (), 1, "eos", -1.0, True),),
    )


def test_texts_of_a_page_are_texts_in_the_direction_of_their_script(opened, bundle):  # noqa: F811
    page = opened(hostile_inspection(bundle))
    for summary in page.locator("summary").all():
        summary.click()
    page.locator("#attention .target button").first.click()
    page.locator("#attention .heat tbody td").first.click()
    assert page.locator("img").count() == 0
    undirected = page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const found = [];
          let seen = 0;
          while (walker.nextNode()) {
            const { data, parentElement } = walker.currentNode;
            if (!data.includes("שלום") || parentElement.closest("script")) continue;
            seen += 1;
            const isPiece = parentElement.closest(".piece") !== null;
            if (isPiece && data.includes("\\0")) found.push(`control: ${data}`);
            if (!parentElement.closest("[dir=auto]")) found.push(parentElement.outerHTML);
          }
          return seen > 50 ? found : ["too few"];
        }"""
    )
    assert undirected == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shape", [{}, {"cell": "rnn", "attention": "none"}])
def test_a_page_can_be_read_by_all(opened, bundle, shape, scheme):  # noqa: F811
    axe = os.environ.get("AXE_CORE")
    if not axe:
        pytest.skip("AXE_CORE names no axe.min.js")
    found = inspect(at_random(bundle, beam=3, **shape)[1], "ba do 安 ki mu")
    # (So tall that all is in sight: what is not, axe does not see.)
    page = opened(found, viewport={"width": 390, "height": 12000}, color_scheme=scheme)
    page.evaluate(Path(axe).read_text(encoding="utf-8") + ";0")
    found = page.evaluate("axe.run().then(({ violations }) => violations)")
    told = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]
    assert told == []


def test_what_one_taps_is_large_enough_for_a_finger(opened):
    page = opened(viewport={"width": 390, "height": 12000})
    small = page.evaluate(
        """() => [...document.querySelectorAll("a, button, select, summary, input")]
          .filter((each) => each.getBoundingClientRect().height < 44
            || each.getBoundingClientRect().width < 44)
          .map((each) => each.outerHTML)"""
    )
    assert small == []


def test_a_piece_shows_its_lines_alone(opened, bundle):  # noqa: F811
    found = inspect(at_random(bundle, beam=3)[1], "ba do ki")
    page = opened(found)
    piece = page.locator("#attention .target button").nth(1)
    piece.focus()
    line = page.locator("#attention .lines line")
    shown = [each for each in line.all() if "away" not in (each.get_attribute("class") or "")]
    assert {each.get_attribute("data-target") for each in shown} == {"1"}
    weights = found.steps[1].weights
    assert weights is not None
    largest = int(weights.argmax())
    told = page.locator("#attention .source .number").nth(largest).text_content()
    assert told == f"{100 * weights[largest]:.0f}%"
    page.keyboard.press("Enter")
    page.locator("h1").hover()
    assert piece.get_attribute("aria-pressed") == "true"
    assert page.locator("#attention .lines line.away").count() > 0
    page.keyboard.press("Enter")
    page.locator("#candidates h2").click()
    assert page.locator("#attention .lines line.away").count() == 0


def test_the_player_walks_by_keyboard_and_by_itself(opened, bundle):  # noqa: F811
    found = inspect(at_random(bundle, beam=3)[1], "ba do ki")
    page = opened(found)
    slider = page.locator("#player-position")
    title = page.locator("#player .moment")
    sources = len(found.translation.source_pieces)
    assert title.text_content() == f"Reading 1 of {sources}: {found.translation.source_pieces[0]}"
    slider.focus()
    for _ in range(sources):
        page.keyboard.press("ArrowRight")
    assert title.text_content() == f"Writing 1 of {len(found.steps)}: {found.steps[0].piece}"
    assert slider.get_attribute("aria-valuetext") == title.text_content()
    assert page.locator("#player .unit-strip").count() == 5  # three gates, candidate, cell
    written = page.locator("#player .written").text_content()
    assert f"{100 * found.steps[0].probability:.1f}%" in written
    page.locator("#player button", has_text="Back").click()
    assert title.text_content().startswith(f"Reading {sources} of")
    page.locator("#player button", has_text="Play").click()
    page.locator("#player .moment", has_text="Writing 2").wait_for(timeout=5000)
    page.locator("#player button", has_text="Pause").click()
    assert page.locator("#player button", has_text="Play").count() == 1


def test_a_unit_has_its_values_under_the_finger(opened, bundle):  # noqa: F811
    found = inspect(at_random(bundle, beam=3)[1], "ba do ki")
    page = opened(found, viewport={"width": 390, "height": 800}, has_touch=True)
    page.locator("#unit").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#gates .track button").nth(2).tap()
    chosen = page.locator("#gates output").text_content()
    assert "place 2 from the left" in chosen
    unit = int(chosen.split()[1]) - 1
    legend = page.locator("#gates .legend").text_content()
    assert f"forget {found.steps[1].gates['forget'][unit]:.2f}" in legend
    assert f"tanh of the cell {np.tanh(found.steps[1].state['cell'][unit]):.2f}" in legend
    image = page.locator("#gates canvas").nth(1)
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 2, box["y"] + 4)
    assert "place 16 from the left" in page.locator("#gates output").text_content()


def test_two_candidates_are_compared(opened, bundle):  # noqa: F811
    found = inspect(at_random(bundle, beam=3)[1], "ba do ki")
    page = opened(found)
    page.locator("#contrast-step").select_option("0")
    page.locator("#contrast-one").select_option("1")
    page.locator("#contrast-other").select_option("0")
    first, second = found.steps[0].candidates[:2]
    answer = page.locator("#candidates [aria-live]").text_content()
    odds = first.probability / second.probability
    assert f"{first.piece} is {odds:.1f} times as likely as {second.piece}" in answer
    assert page.locator("#candidates .contrast tbody tr").count() == len(found.words)
    page.locator("#contrast-other").select_option("1")
    assert "two different pieces" in page.locator("#candidates [aria-live]").text_content()


def test_the_tree_grows(opened, bundle):  # noqa: F811
    found = inspect(at_random(bundle, beam=3)[1], "ba do ki")
    page = opened(found)
    rows = page.locator("#tree .tree li")
    whole = rows.count()
    assert page.locator("#tree .best .outcome").last.text_content().strip().startswith("✓ ")
    page.locator("#tree-position").fill("1")
    assert rows.count() == len(found.tree) < whole
    assert page.locator("#tree .outcome", has_text="dropped").count() == 0
    page.locator("#tree-position").fill("0")
    assert rows.count() == 0
    page.locator("#tree button", has_text="Forward").click()
    assert "3 branches in the beam" in page.locator("#tree .readout").text_content()
