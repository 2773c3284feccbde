"""The view that translates, in a real browser: `make test-pages`.

The worker of most pages is made up; the last pages are those of a small model.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import troubles_of
from test_pages import WIDTHS

from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.corrections.files import append_corrections
from seqcli.data.pairs import Pair
from seqcli.decoding.runtime import load_translator
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train
from seqcli.web import page as page_module
from seqcli.web.page import web_page
from seqcli.web.script import joined_script
from seqcli.web.translator_page import translator_page

pytestmark = pytest.mark.browser

SCHEMES = ("light", "dark")
BOX = "#source-text"
TEXT = "A dog, zzyx, runs; it sees Bob. A low cat sleeps.\nThe boys play."

FAKE_WORKER = (Path(__file__).parent / "fake_worker.js").read_text(encoding="utf-8")

WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
}).observe({ type: "longtask", buffered: true });
"""


@pytest.fixture
def opened(browser, tmp_path, monkeypatch):
    """A function that opens a page; at the end, there was no error and no request."""
    monkeypatch.setattr(
        page_module,
        "joined_script",
        lambda entry: FAKE_WORKER if entry == "worker.js" else joined_script(entry),
    )
    pages: list[tuple[Any, list[str]]] = []

    def open_page(
        *folders: dict[str, Any],
        width: int = 1280,
        scheme: str = "light",
        tables: dict[str, Any] | None = None,
    ):
        made = folders or ({"languages": ["en", "de"]},)
        usual: dict[str, Any] = {"languages": [], "about": [], "values": {}}
        data = {
            "kind": "translator",
            "tables": tables or {},
            "folders": [usual | {"name": f"model {i}"} | each for i, each in enumerate(made)],
        }
        path = tmp_path / "page.html"
        path.write_text(web_page("A translator", data, [b"abc"] * len(made)), encoding="utf-8")
        page = browser.new_page(
            viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True
        )
        pages.append((page, troubles_of(page)))
        page.add_init_script(WATCH)
        page.goto(path.as_uri())
        return page

    yield open_page
    for page, troubles in pages:
        page.close()
        assert troubles == []


def picture(page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"translate-{name}.png", full_page=True)


def shown(page, number: int = 0) -> str:
    return page.evaluate(
        "(number) => [...document.querySelectorAll('.output')[number].children]"
        ".map((line) => line.textContent).join('\\n')",
        number,
    )


def wait_for(page, text: str, number: int = 0) -> None:
    page.wait_for_function(
        "([text, number]) => [...document.querySelectorAll('.output')[number].children]"
        ".map((line) => line.textContent).join('\\n') === text",
        arg=[text, number],
        timeout=5000,
    )


def longest_task(page, text: str) -> float:
    """How long the page does nothing else, in milliseconds, after a text is pasted and typed on.
    Of three times, the shortest counts: other programs take time, too."""

    def measure() -> float:
        # (The browser alone takes seconds to type many lines; to paste them, it takes no time.)
        page.eval_on_selector(
            BOX, "(box, text) => { box.value = text; box.dispatchEvent(new Event('input')); }", text
        )
        page.evaluate("() => { window.longTasks.length = 0; }")
        page.type(BOX, "ab")
        page.wait_for_timeout(1000)
        return page.evaluate("Math.max(0, ...window.longTasks)")

    return min(measure() for _ in range(3))


def sees_all_of(page, width: int) -> bool:
    return page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_translates_as_one_types(opened):
    page = opened()
    page.type(BOX, "Two dogs")
    wait_for(page, "owT sgod")
    page.type(BOX, " run")
    wait_for(page, "owT sgod nur")
    page.press(BOX, "Enter")
    page.type(BOX, "here")
    wait_for(page, "owT sgod nur\nereh")
    page.get_by_role("button", name="Clear").click()
    wait_for(page, "")
    assert page.get_by_text("The translation appears here").is_visible()


def test_what_is_typed_before_the_model_is_open_is_translated(opened):
    page = opened(tables={"delay": 500})
    page.get_by_text("Opening the model").wait_for()
    picture(page, "opening")
    page.type(BOX, "dog")
    assert shown(page) == ""
    wait_for(page, "god")
    assert not page.get_by_text("Opening the model").is_visible()


def test_a_slow_translation_grows_and_a_newer_text_ends_it(opened):
    page = opened()
    page.fill(BOX, "Dogs. wait here")
    page.locator(".growing", has_text="tiaw").wait_for()
    picture(page, "growing")
    page.fill(BOX, "Dogs. here")
    wait_for(page, "sgoD. ereh")
    page.wait_for_timeout(700)
    assert shown(page) == "sgoD. ereh"
    page.fill(BOX, "Too late")
    page.fill(BOX, "Dogs")
    page.wait_for_timeout(700)
    assert shown(page) == "sgoD"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_state_fits_and_is_accessible(opened, width, scheme):
    axe = os.environ.get("AXE_CORE")
    page = opened(width=width, scheme=scheme)

    def check(name: str) -> None:
        assert sees_all_of(page, width), name
        picture(page, f"{name}-{width}-{scheme}")
        if axe:
            # (A policy does not hold for what the debugger evaluates.)
            page.evaluate(Path(axe).read_text(encoding="utf-8") + ";0")
            found = page.evaluate("axe.run().then(({ violations }) => violations)")
            assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], name

    page.get_by_text("The translation appears here").wait_for()
    check("empty")
    page.fill(BOX, TEXT)
    wait_for(page, "A god, xyzz, snur; ti sees boB. A wol tac speels.\nehT syob yalp.")
    check("sentences")
    page.get_by_role("button", name="A wol tac speels.").click()
    check("doubtful")
    page.get_by_role("button", name="See how it came about").click()
    page.wait_for_selector("#see .inspection section >> nth=6")
    check("see")
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('button, .alternative, #beam')]"
        ".filter((each) => each.getClientRects().length)"
        ".map((each) => each.getBoundingClientRect().height))"
    )
    assert smallest >= 44


def test_a_sentence_is_chosen_by_mouse_and_by_keyboard(opened):
    page = opened()
    page.fill(BOX, TEXT)
    sentence = page.locator(".sentence[aria-pressed=true]")
    assert sentence.inner_text() == "ehT syob yalp."  # where the caret is
    page.get_by_role("button", name="A wol tac speels.").click()
    assert sentence.inner_text() == "A wol tac speels."
    page.get_by_text("confidence: low (0.25)").wait_for()
    page.keyboard.press("ArrowLeft")
    assert sentence.inner_text().startswith("A god")
    page.get_by_text("confidence: high (0.93), the chance that this is usable").wait_for()
    page.get_by_text("carried over unchanged: Bob").wait_for()
    page.get_by_text("1 word was not in the training pairs: zzyx").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert sentence.inner_text() == "ehT syob yalp."


def test_a_text_of_one_sentence_has_no_buttons_in_it(opened):
    page = opened()
    page.fill(BOX, "One dog.")
    wait_for(page, "enO god.")
    assert page.locator(".output [role=button]").count() == 0
    page.fill(BOX, "One dog. Two.")
    page.wait_for_function("() => document.querySelectorAll('.output [role=button]').length === 2")


def test_unknown_words_are_underlined_and_named(opened):
    page = opened()
    page.fill(BOX, "A zzyx and a dog. The zzyx; a zzo.")
    page.wait_for_selector(".echo .unknown")
    assert page.locator(".echo .unknown").all_inner_texts() == ["zzyx", "zzyx", "zzo"]
    notes = page.locator("#source-notes").inner_text()
    assert "2 words were not in the training pairs, in 2 of 2 sentences: zzyx, zzo" in notes
    assert "punctuation that the training pairs do not have was not read" in notes
    # The echo lies where the text of the box is.
    boxes = [page.locator(each).bounding_box() for each in (".echo", BOX)]
    assert boxes[0] == boxes[1]
    page.evaluate("document.querySelector('#source-text').setSelectionRange(0, 0)")
    page.type(BOX, "No. ")
    assert page.locator(".echo .unknown").all_inner_texts() == ["zzyx", "zzyx", "zzo"]


def test_each_line_of_the_box_has_its_own_direction(opened):
    page = opened()
    page.fill(BOX, "שלום\nzzyx runs")
    page.wait_for_selector(".echo .unknown")
    box = page.locator(BOX).bounding_box()
    word = page.locator(".echo .unknown", has_text="zzyx").bounding_box()
    assert word["x"] - box["x"] < 30


def test_faults_are_told(opened):
    page = opened()
    page.fill(BOX, "burst")
    page.get_by_text("cut off at the length limit").wait_for()
    page.fill(BOX, "an endless line")
    page.get_by_text("a line is too long: only its beginning was read").wait_for()
    page.fill(BOX, "fail")
    page.get_by_text("This could not be translated: this is a <b>test</b>").wait_for()
    picture(page, "failed")
    page.fill(BOX, "dog")
    wait_for(page, "god")
    assert not page.get_by_text("This could not be translated").is_visible()


def test_an_alternative_takes_the_place_of_the_best(opened):
    page = opened()
    page.fill(BOX, "One dog. Two.")
    page.get_by_role("button", name="enO god.").click()
    radios = page.get_by_role("radio")
    radios.nth(4).wait_for()
    assert radios.count() == 5
    radios.nth(2).check()
    wait_for(page, "enO god. v3 owT.")
    page.evaluate("() => document.querySelector('#source-text').setSelectionRange(99, 99)")
    page.type(BOX, " On.")
    wait_for(page, "enO god. v3 owT. nO.")
    page.get_by_role("button", name="Copy the translation").click()
    page.get_by_text("Copied").first.wait_for()
    page.fill(BOX, "")
    page.focus(BOX)
    page.keyboard.press("Control+V")
    assert page.input_value(BOX) == "enO god. v3 owT. nO."
    page.locator("#beam").fill("2")
    page.wait_for_function("() => document.querySelectorAll('input[type=radio]').length === 2")


def test_a_tapped_candidate_changes_the_rest(opened):
    page = opened()
    page.fill(BOX, "One dog. Two.")
    page.get_by_role("button", name="See how it came about").click()
    chip = page.locator("#candidates button", has_text="OTHER").first
    chip.click()
    page.get_by_text("The first piece was given, and the rest was written anew").wait_for()
    assert page.locator(".anew").inner_text() == "OTHER beam5"
    page.get_by_role("button", name="Back to the model").click()
    page.wait_for_selector(".given-prefix", state="hidden")
    # It stays in step with the text, and with the alternative that is shown.
    page.get_by_role("radio").nth(1).check()
    page.locator(".anew", has_text="GIVEN").wait_for()
    page.fill(BOX, "Cats")
    page.locator("#attention", has_text="Cats").wait_for()
    page.get_by_role("button", name="See how it came about").click()
    assert not page.locator("#see").is_visible()


def test_awaited_alternatives_keep_their_room(opened):
    page = opened()
    see = page.get_by_role("button", name="See how it came about")
    page.fill(BOX, "One slow dog")
    page.get_by_role("radio").nth(4).wait_for()
    before = see.bounding_box()
    page.type(BOX, "s")
    wait_for(page, "enO wols sgod")
    assert page.get_by_role("radio").count() == 0
    assert see.bounding_box() == before
    page.get_by_role("radio").nth(4).wait_for()
    assert see.bounding_box() == before


def test_each_of_two_equal_sentences_has_alternatives(opened):
    page = opened()
    page.fill(BOX, "One dog. One dog. Two.")
    for number in range(2):
        page.get_by_role("button", name="enO god.").nth(number).click()
        page.get_by_role("radio").nth(4).wait_for()


def test_what_is_of_an_older_text_is_shown_as_such(opened):
    page = opened()
    page.fill(BOX, "zzo. A. The. Cats.")
    page.get_by_role("button", name="See how it came about").click()
    page.locator("#attention", has_text="Cats.").wait_for()
    page.fill(BOX, "wait a. wait b. wait c. here.")
    page.locator(".old", has_text="staC.").wait_for()
    page.wait_for_selector("section[aria-busy=true] h2 >> text=This sentence")
    page.wait_for_selector("#source-notes[aria-busy=true]")
    page.locator("#see .status", has_text="Working it out").wait_for()
    wait_for(page, "tiaw a. tiaw b. tiaw c. ereh.")
    page.locator("#attention", has_text="here.").wait_for()
    assert page.locator(".old, [aria-busy=true]").count() == 0
    assert page.locator("#see .status").inner_text() == ""


def test_the_sentence_with_the_caret_is_in_sight(opened):
    page = opened(width=390)
    page.fill(BOX, "\n".join(f"dog {i}" for i in range(60)))
    page.wait_for_function("() => document.querySelectorAll('.sentence').length === 60")
    chosen = page.locator(".sentence[aria-pressed=true]")
    page.get_by_role("radio").nth(4).wait_for()

    def is_seen() -> bool:
        inner, outer = chosen.bounding_box(), page.locator(".output").bounding_box()
        end = outer["y"] + outer["height"]
        return outer["y"] <= inner["y"] and inner["y"] + inner["height"] <= end

    assert chosen.inner_text() == "god 59" and is_seen()
    page.press(BOX, "Control+Home")
    assert chosen.inner_text() == "god 0" and is_seen()
    page.get_by_role("button", name="god 1").first.click()
    assert chosen.inner_text() == "god 1"
    page.press(BOX, "ArrowDown")
    page.press(BOX, "ArrowDown")
    assert chosen.inner_text() == "god 2"


def test_what_was_given_hides_no_panel_and_is_not_kept(opened):
    page = opened(width=390)
    text = "A long sentence of the model " * 20
    page.fill(BOX, text)
    page.get_by_role("button", name="See how it came about").click()
    chip = page.locator("#candidates button", has_text="OTHER").first
    chip.click()
    given = page.locator(".given-prefix")
    given.wait_for()
    page.get_by_role("link", name="Gates and cell state").click()
    box = given.bounding_box()
    assert page.locator("#gates-title").bounding_box()["y"] >= box["y"] + box["height"]
    page.fill(BOX, "")
    page.fill(BOX, text)
    given.wait_for(state="hidden")


def test_it_fits_when_it_is_magnified(opened):
    page = opened(width=195)
    page.fill(BOX, "Two dogs run. A woman eats.")
    page.get_by_role("button", name="See how it came about").click()
    page.wait_for_selector("#end .panel > *")
    page.get_by_role("radio").nth(4).wait_for()
    assert sees_all_of(page, 195)
    assert page.locator(".alternative > [dir]").first.bounding_box()["width"] > 60


@pytest.mark.parametrize("width", WIDTHS)
def test_two_models_stand_side_by_side(opened, width):
    page = opened({"name": "rnn"}, {"name": "lstm"}, width=width)
    assert page.locator("h1").inner_text() == "rnn and lstm"
    page.fill(BOX, "One dog.")
    for number in range(2):
        wait_for(page, "enO god.", number)
    page.get_by_role("radio").nth(6).check()
    wait_for(page, "enO god. v2", 1)
    assert shown(page) == "enO god."
    page.get_by_role("button", name="See how it came about").click()
    page.wait_for_selector("#model-2-end .panel > *")
    left, right = (page.locator(f"#see .column >> nth={i}").bounding_box() for i in range(2))
    assert (left["y"] == right["y"]) == (width == 1280)
    assert sees_all_of(page, width)
    picture(page, f"two-{width}")


def test_it_works_by_keyboard_alone(opened):
    page = opened()
    assert page.evaluate("document.activeElement.id") == "source-text"
    page.keyboard.type("One dog. Two.")
    wait_for(page, "enO god. owT.")
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText"))
    assert [each.replace("\n", " ") for each in reached] == [
        "Copy the translation",
        "owT.",
        "",
        "",
        "See how it came about",
    ]  # (The empty ones are the alternatives and the beam.)
    page.keyboard.press("Enter")
    page.wait_for_selector("#see .inspection section >> nth=6")


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>"]
)
def test_no_text_becomes_markup(opened, hostile):
    page = opened({"name": hostile, "about": [hostile], "languages": [hostile] * 2})
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.fill(BOX, f"{hostile}zz zz{hostile}")
    page.wait_for_selector(".alternative")
    page.get_by_role("button", name="See how it came about").click()
    page.wait_for_selector("#end .panel > *")
    assert page.locator("img, main script").count() == 0
    assert hostile in page.locator("h1").inner_text()
    assert dialogs == []


def test_ten_thousand_characters_leave_the_page_responsive(opened):
    page = opened()
    sentences = " ".join(f"The zz{i} dog sees a low cat." for i in range(330))
    texts = ["a" * 10_000, sentences, sentences.replace(" ", "\n"), "x. " * 3300, "x.\n" * 2500]
    for text in texts:
        assert longest_task(page, text) <= 200, text[:20]


def test_a_page_that_cannot_work_says_so(opened):
    page = opened(tables={"damaged": True})
    page.get_by_text("The model in this file cannot be opened").wait_for()
    page.get_by_text("no weights").wait_for()
    picture(page, "failure")


@pytest.fixture(scope="module")
def small_model(tmp_path_factory):
    """The folder of a model that has learned for seconds."""
    folder = tmp_path_factory.mktemp("models") / "small"
    for _ in train(TrainRequest(folder, overrides={"updates": 40, "evaluations": 1})):
        pass
    return folder


def open_model(browser, folders, path: Path):
    path.write_text(translator_page(folders, "fp32"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 800}, offline=True)
    troubles = troubles_of(page)
    page.add_init_script(WATCH)
    page.goto(path.as_uri())
    return page, troubles


def test_a_model_translates_and_shows_itself_as_python_does(browser, small_model, tmp_path):
    page, troubles = open_model(browser, [small_model], tmp_path / "page.html")
    translator = load_translator(open_bundle(small_model), SearchConfig())
    text = "I love Beijing. Mr. Tom is 12 years old; he zxqwv!\n\nxqzt\nwhere is http://a.b/c ?"
    expected = [translator.translate(line)[0][0].text for line in text.split("\n")]
    page.fill(BOX, text)
    page.locator("#source-notes", has_text="in the training pairs").wait_for()
    assert shown(page).split("\n") == expected
    page.get_by_role("button", name="See how it came about").click()
    page.locator("#candidates .steps > li >> nth=0 >> button >> nth=1").click()
    page.get_by_text("The first piece was given").wait_for()
    assert page.locator("#see .status").inner_text() == ""
    page.fill(BOX, "xqzt")
    page.get_by_text("no word that the model knows; left as it was").wait_for()
    page.locator("#see .status", has_text="nothing to translate").wait_for()
    assert troubles == []
    page.close()


def test_what_is_remembered_is_shown_as_such(browser, small_model, tmp_path):
    folder = shutil.copytree(small_model, tmp_path / "told")
    told = "<b>told</b> 他在"
    append_corrections(folder, [Pair("Where is he? I run.", told)])
    page, troubles = open_model(browser, [folder, small_model], tmp_path / "page.html")
    page.fill(BOX, "Thank you.\nwhere is HE?  i run.")
    page.locator(".details", has_text="remembered: someone has told").wait_for()
    assert shown(page).split("\n")[1] == told
    assert told not in shown(page, 1)
    page.get_by_role("radio").nth(1).wait_for()
    assert page.locator(".alternative >> nth=0").inner_text().split("\n") == [told, "remembered"]
    page.get_by_role("button", name="See how it came about").click()
    page.locator(".own", has_text="The translation above is remembered").wait_for()
    # The other model has two sentences in the place of the line, each of which can be chosen.
    page.locator(".output >> nth=1 >> .line >> nth=1 >> .sentence >> nth=1").click()
    assert page.locator(".output >> nth=0 >> .sentence[aria-pressed=true]").inner_text() == told
    page.get_by_role("radio").nth(1).check()
    page.locator(".own").first.wait_for(state="hidden")
    page.fill(BOX, "where is he?")
    page.locator(".details >> nth=0", has_text="confidence").wait_for()
    assert page.locator(".own:visible").count() == 0
    assert troubles == []
    page.close()


def test_ten_thousand_characters_of_a_model_leave_the_page_responsive(
    browser,
    small_model,
    tmp_path,
):
    page, troubles = open_model(browser, [small_model], tmp_path / "page.html")
    page.get_by_text("Opening the model").wait_for(state="hidden")
    for text in ("a" * 10_000, "\u202e\u05d0\u0301 \x00" * 2500, "i love you. " * 830):
        assert longest_task(page, text) <= 200, text[:20]
    # (Without a font for these, the browser alone takes longer.)
    page.fill(BOX, "\U00020000\u0301 \ud83d" * 2500)
    page.wait_for_function("() => document.querySelector('.output').innerText.trim()")
    assert troubles == []
    page.close()


def test_a_damaged_page_is_told(browser, small_model, tmp_path):
    path = tmp_path / "page.html"
    page, _ = open_model(browser, [small_model], path)
    html = path.read_text(encoding="utf-8")
    for part in ("data", "worker", "weights-0"):
        start = html.index(f'id="{part}">') + 4000
        digit = "A" if html[start] != "A" else "B"
        path.write_text(html[:start] + digit + html[start + 1 :], encoding="utf-8")
        page.goto(path.as_uri())
        page.get_by_text("The file is damaged").wait_for()
        page.get_by_text(f"the part “{part}” is damaged").wait_for()
    path.write_text(html[:-100], encoding="utf-8")
    page.goto(path.as_uri())
    page.get_by_text("the file is not whole").wait_for()
    page.close()
