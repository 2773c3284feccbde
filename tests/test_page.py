"""The page of a translator as a file, and its translations without a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import edit_manifest
from javascript import PageTranslator, Scripts

from seqcli.bundle import open_bundle, translating_parts
from seqcli.config import PAGE_PRECISIONS, SearchConfig
from seqcli.decoding.runtime import load_translator
from seqcli.web import script
from seqcli.web.page import web_page
from seqcli.web.script import FOLDER, joined_script
from seqcli.web.translator_page import translator_page

FOLDERS = Path(__file__).parent / "folders"
LINES = [
    "ba do ki",
    "Tu so, RA mu! ba?  do.",
    "ba do 12,5 <b>ki</b> 🌷 mu https://example.org/ba",
    "ba Fatoumata do (so) – tu",
    "",
    " ",
    "♪",
    "Привет",
    "ki\u00admu\u200b pe\u2028so",
    "mu " * 40,
]

SAME = ["source", "source_pieces", "target_pieces", "stopped_by", "copied", "missing", "misplaced"]
SAME += ["unknown", "dropped", "foreign", "cut"]


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the content of each script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.content: dict[str, str] = {}
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("id") or tag if tag in ("script", "style") else ""

    def handle_data(self, data):
        if self._inside:
            self.content[self._inside] = self.content.get(self._inside, "") + data

    def handle_endtag(self, _):
        self._inside = ""


@pytest.fixture(scope="module")
def page(copy_model):
    return translator_page([copy_model])


def test_the_page_may_load_nothing_and_runs_its_own_script_alone(page):
    elements = Elements(page)
    policy = next(
        attributes["content"]
        for tag, attributes in elements.found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    rules = {name: value for name, _, value in (each.partition(" ") for each in policy.split("; "))}
    assert rules["default-src"] == "'none'" and "unsafe" not in policy and "http" not in policy
    assert {name: rules[name] for name in ("worker-src", "img-src", "form-action")} == {
        "worker-src": "blob:", "img-src": "data:", "form-action": "'none'"
    }  # fmt: skip
    for name in ("script", "style"):
        digest = hashlib.sha256(elements.content[name].encode()).digest()
        assert rules[f"{name}-src"] == f"'sha256-{base64.b64encode(digest).decode()}'"
    for tag, attributes in elements.found:
        assert not attributes.keys() & {"src", "srcset", "style", "onclick", "onload"}, tag
        assert attributes.get("href", "data:,") == "data:,"


def test_each_part_has_a_checksum_by_which_the_page_tells_damage(page):
    elements = Elements(page)
    told = {
        str(each["id"]): each["data-crc32"] for _, each in elements.found if "data-crc32" in each
    }
    assert told.keys() == {"data", "worker", "weights-0"}
    scripts = Scripts("checksum.js")
    for name, checksum in told.items():
        content = list(elements.content[name].encode())
        assert str(scripts.call("crc32", content)) == checksum
        content[len(content) // 2] ^= 1
        assert str(scripts.call("crc32", content)) != checksum


def test_what_a_model_says_of_itself_never_becomes_markup(tmp_path, copy_model):
    hostile = "</script><img src=x onerror=alert(1)><!--"
    folder = shutil.copytree(copy_model, tmp_path / "model")

    def change(values):
        values["settings"]["about"] |= {"metric": hostile, "pairs": 3}
        values["settings"]["corpus"] |= {"source_language": "en", "target_language": "de"}
        values["settings"]["source_punctuation"] = "<!-</script>"

    edit_manifest(folder, change)
    page = translator_page([folder])
    plain = translator_page([copy_model])
    tags = [tag for tag, _ in Elements(page).found]
    assert tags == [tag for tag, _ in Elements(plain).found]
    data = json.loads(Elements(page).content["data"])
    assert hostile in " ".join(data["folders"][0]["about"])
    title = web_page(hostile, {})
    assert [tag for tag, _ in Elements(title).found].count("script") == 2


@pytest.mark.parametrize("precision", PAGE_PRECISIONS)
def test_the_page_translates_as_python_does(copy_model, precision):
    in_page = PageTranslator(copy_model, precision)
    bundle = open_bundle(copy_model, translating_parts("int8" if precision == "int8" else "fp32"))
    for beam in (1, 4):
        translator = load_translator(bundle, SearchConfig(beam=beam))
        check_all(in_page, translator, beam)


def check_all(in_page, translator, beam, lines=LINES):
    """The translations of a page are those of a translator in Python."""
    for line in lines:
        (expected, *_), *_ = translator.translate([line])
        found = in_page.translate(line, beam)
        assert found["text"] == expected.text, line
        for part, theirs in zip(
            found["translations"], expected.sentences or (expected,), strict=True
        ):
            values = theirs.to_dict()
            for name in SAME:
                assert part[name] == values[name], (line, name)
            assert part["score"] == pytest.approx(theirs.score, abs=2e-3)
            assert part["confidence"] == pytest.approx(theirs.confidence, abs=2e-3)


def test_a_model_that_reads_one_way_translates_whole_sentences(simultaneous_model):
    in_page = PageTranslator(simultaneous_model, "fp32")
    translator = load_translator(open_bundle(simultaneous_model), SearchConfig(beam=3))
    check_all(in_page, translator, 3)


@pytest.mark.parametrize("folder", sorted(each.name for each in FOLDERS.iterdir()))
def test_a_page_can_be_made_of_a_folder_of_an_earlier_version(folder):
    translator = load_translator(open_bundle(FOLDERS / folder), SearchConfig(beam=2))
    check_all(PageTranslator(FOLDERS / folder, "fp32"), translator, 2)


def test_the_command_writes_one_file(seqcli, copy_model):
    result = seqcli("page", "-m", copy_model)
    assert "translator.html" in result.err and result.out == ""
    page = (seqcli.folder / "translator.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert seqcli("page", "-m", copy_model, "-o", "-").out == page
    sizes = {
        precision: len(seqcli("page", "-m", copy_model, "-o", "-", "--precision", precision).out)
        for precision in PAGE_PRECISIONS
    }
    assert max(sizes["fp16"], sizes["int8"]) < sizes["fp32"]
    assert len(list(seqcli.folder.iterdir())) == 1


def test_two_folders_are_side_by_side(seqcli, copy_model, simultaneous_model):
    seqcli("page", "-m", copy_model, "-m", simultaneous_model, "-o", "two.html")
    elements = Elements((seqcli.folder / "two.html").read_text(encoding="utf-8"))
    data = json.loads(elements.content["data"])
    assert [each["name"] for each in data["folders"]] == ["copy", "simultaneous"]
    same = Elements(translator_page([copy_model, copy_model])).content["data"]
    assert [each["name"] for each in json.loads(same)["folders"]] == ["copy 1", "copy 2"]
    assert {"weights-0", "weights-1", "worker", "data"} <= elements.content.keys()


def test_what_cannot_be_made_a_page_is_told_in_a_line(seqcli, copy_model, tmp_path):
    shutil.copytree(copy_model, tmp_path / "old")
    edit_manifest(tmp_path / "old", lambda values: values["settings"].update(read_compatibly=True))
    for arguments, message in (
        (["-m", "nothing"], "nothing holds no model"),
        (["-m", copy_model, "--precision", "fp8"], "precision is one of fp16, int8, fp32"),
        (["-m", copy_model] * 3, "one model or two, not 3"),
        (["-m", "old"], "early version of seqcli"),
        (["-m", Path(__file__).parent / "language-model-8"], "holds a language model"),
    ):
        result = seqcli("page", *arguments, "-o", "page.html", code=2)
        assert message in result.err and result.err.count("\n") == 1
        assert not (tmp_path / "page.html").exists()


def test_modules_come_after_those_that_they_import(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "FOLDER", tmp_path)
    joined_script.cache_clear()
    (tmp_path / "views").mkdir()
    (tmp_path / "a.js").write_text(
        '/**\n * It.\n */\nimport { b } from "./views/b.js";\n// More.\nexport const a = b + 1;\n'
    )
    (tmp_path / "views/b.js").write_text(
        'import {\n  c,\n} from "../c.js";\nexport const b = c + 1;\n'
    )
    (tmp_path / "c.js").write_text("export const c = 1;\n")
    assert joined_script("a.js") == "const c = 1;\nconst b = c + 1;\nconst a = b + 1;\n"
    joined_script.cache_clear()
    (tmp_path / "views/b.js").write_text("export const b = 1;\nfunction a() {}\n")
    with pytest.raises(ValueError, match=r"a\.js and views/b\.js both have the name a"):
        joined_script("a.js")
    (tmp_path / "views/b.js").write_text('import { a } from "../a.js";\n')
    with pytest.raises(ValueError, match="imports itself"):
        joined_script("a.js")
    joined_script.cache_clear()


@pytest.mark.parametrize(
    "module", sorted(each.relative_to(FOLDER).as_posix() for each in FOLDER.rglob("*.js"))
)
def test_no_script_makes_markup_of_text_or_asks_for_anything(module):
    text = (FOLDER / module).read_text(encoding="utf-8")
    found = re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|fetch\(|"
        r"XMLHttpRequest|importScripts|WebSocket|sendBeacon|EventSource|localStorage",
        text,
    )
    assert found is None
