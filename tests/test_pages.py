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
    path = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        # (Chromium's sandbox does not work for root, and containers often run as root.)
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


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
        ("inspect", inspected, list(PANELS)),
        ("chinese", chinese, list(PANELS)),
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
    errors, requested = [], []
    page = browser.new_page(viewport={"width": width, "height": 900}, offline=True)
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))
    page.goto(path.as_uri())
    assert errors == []
    assert [url for url in requested if not url.startswith(("file:", "data:"))] == []
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
