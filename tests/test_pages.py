"""The pages in a real browser: `make test-pages`, which needs Chromium and playwright."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from test_inspection import bundle, long_inspection  # noqa: F401  (a fixture)

from seqcli.bundle import open_bundle
from seqcli.comparison.findings import SCALES, Bucket, Comparison, Result
from seqcli.config import ModelConfig, SearchConfig
from seqcli.decoding.inspection import inspect
from seqcli.decoding.runtime import load_translator
from seqcli.evaluation import Scores
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train
from seqcli.views.comparison_page import comparison_page
from seqcli.views.inspection import PANELS
from seqcli.views.inspection_page import inspection_page

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)


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
def browser():
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        # (A sandbox of its own is refused to root, which runs most containers.)
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def chinese(tmp_path_factory):
    """How a model of the sample translates, after half a minute of learning."""
    folder = tmp_path_factory.mktemp("models") / "sample"
    for _ in train(TrainRequest(folder, overrides={"updates": 250, "evaluations": 1})):
        pass
    opened = open_bundle(folder)
    found = inspect(load_translator(opened, SearchConfig()), "i love beijing tian an men")
    return inspection_page(found, opened.settings.model)


@pytest.fixture
def pages(bundle, chinese, tmp_path):  # noqa: F811
    """Name -> where the page lies, and its panels."""
    inspected = inspection_page(long_inspection(bundle), ModelConfig())
    compared = comparison_page(made_up_comparison(), "seqcli compare --minutes 0.7 --seed 3")
    found = {}
    for name, html, panels in (
        ("inspect", inspected, list(PANELS)),
        ("chinese", chinese, list(PANELS)),
        ("compare", compared, ["scores", "lengths", "reach", "loss", "updates"]),
    ):
        path = tmp_path / f"{name}.html"
        path.write_text(html, encoding="utf-8")
        found[name] = path, panels
    return found


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["inspect", "chinese", "compare"])
def test_a_page_opens_offline_on_a_desk_and_on_a_phone(browser, pages, name, width):
    path, panels = pages[name]
    complaints, fetched = [], []
    page = browser.new_page(viewport={"width": width, "height": 900}, offline=True)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(path.as_uri())
    assert complaints == []
    assert [url for url in fetched if not url.startswith(("file:", "data:"))] == []
    for panel in panels:
        box = page.locator(f"section#{panel}").bounding_box()
        assert box["height"] > 80 and box["width"] > 300, panel
    # What is wide scrolls within its panel; the page as a whole does not.
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
