"""What a page remembers is what `translate` remembers of the same folder."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from javascript import PageTranslator, TextScripts
from test_page import Elements

from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.corrections.files import source_key
from seqcli.corrections.memory import open_memory
from seqcli.decoding.runtime import load_translator
from seqcli.folder import CORRECTIONS, GLOSSARY
from seqcli.web.remembered import page_corrections
from seqcli.web.translator_page import translator_page

HOSTILE = "</script><img src=x onerror=alert(1)><!--"
ROWS = [
    ("Ba do", "an earlier one"),
    ("ba do", " cafe\u0301 \u200b"),
    ("Ki mu.", "甲。"),
    ("So, “ra”", "constructor"),
    ("Ba. Do ki! Tu.", "one LINE"),
    ("Pe ra. Ki mu.", "two told"),
    ("Pe ra.", "PE RA"),  # the model's own
    ("Tu ra", "\u200b"),
    ("♪", "la"),
    ("__proto__", HOSTILE),
]
LINES = [
    "ba do", " ＢＡ　\u200eDO ", "ba d\u0300o", "ba\xad do", "ba do.", "ba", "", "♪", "__proto__",
    "Ki MU.", "Tu so. Ki mu. Ra!", "Ki mu. Tu so.", "Ki mu. KI mu. ♪", "Ki mu. 12. Привет.",
    "Ki mu. KI mu.", "so, \"ra\"", "so ra", "ba. do KI!  tu.", "ba. do ki! tu. so.",
    "Pe ra. Ki mu.", "Pe ra. So!", "tu ra", "ba do. " * 5,
]  # fmt: skip
SHOWN = [
    *("source", "translation", "stopped_by", "missing", "misplaced", "unknown", "dropped"),
    *("foreign", "cut", "origin"),
]


def write_rows(folder, rows, name=CORRECTIONS):
    (folder / name).write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(copy_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "told"
    return write_rows(shutil.copytree(copy_model, folder), ROWS)


@pytest.fixture(scope="module")
def in_page(folder):
    return PageTranslator(folder, "fp32")


def in_python(folder, beam, nbest=1):
    translator = load_translator(open_bundle(folder), SearchConfig(beam=beam, nbest=nbest))
    return translator.with_memory(open_memory([folder]))


def check_same(found, expected):
    values = expected.to_dict()
    assert {name: found[name] for name in SHOWN} == {name: values[name] for name in SHOWN}
    assert found["score"] == pytest.approx(values["score"], abs=1e-4)
    assert found["confidence"] == pytest.approx(values["confidence"], abs=1e-4)


def test_lines_and_sentences_are_remembered(folder, in_page):
    translator = in_python(folder, 2)
    origins = set()
    for line, ((expected, *_),) in zip(LINES, map(translator.translate, LINES), strict=True):
        found = in_page.translate(line, 2)
        assert found["text"] == expected.text, line
        parts = found["translations"]
        if expected.origin == "memory":
            assert {part["origin"] for part in parts} == {"memory"}
        for part in parts:
            check_same(part, translator.translate(part["source"])[0][0])
        origins.add((expected.origin, len({part["origin"] for part in parts}), len(parts) > 1))
    # A line, all of its sentences, and some of them.
    assert {("memory", 1, False), ("memory", 1, True), ("model", 2, True)} <= origins


def test_the_other_translations_follow_what_is_remembered(folder, in_page):
    translator, ranks = in_python(folder, 4, 4), 0
    told = [line for line in LINES if open_memory([folder]).find(line) is not None]
    for line in [*told, "Tu so.", "Pe ra."]:
        (expected,) = translator.translate([line])
        found = in_page.alternatives(line, 4)
        for each, theirs in zip(found, expected, strict=True):
            check_same(each, theirs)
        assert [each["origin"] for each in found[:1]] == ["model" if line == "Tu so." else "memory"]
        ranks = max(ranks, len({each["translation"] for each in found}))
    assert ranks == 4


@pytest.mark.parametrize("locale", ["", "tr", "lt"])
def test_a_source_is_looked_up_by_the_key_that_python_wrote(locale):
    scripts = TextScripts("translation/remembering.js")
    texts = [
        "IĞDIR İzmir", "ığdır izmir", "ǅ ﬁ ﾊﾟ “x” – …", "JĮ̃ ì J̇̃", "我 爱　北京", "Σ ς\u2028a",
        "क\u094d\u200dष a\u200db", "👩\u200d🚀 ☎\ufe0f", "E\u0301 É", "`a` \t b",
    ]  # fmt: skip
    keys = [source_key(text, locale) for text in texts]
    code = """((pairs, locale, texts) => {
      const memory = new TranslationMemory(pairs, locale);
      return texts.map((text) => memory.find(text));
    })"""
    pairs = [[key, str(keys.index(key))] for key in keys]
    expected = [str(keys.index(key)) for key in keys]
    assert scripts.call(code, pairs, locale, texts) == expected
    assert scripts.call(code, pairs, locale, ["", "a"]) == [None, None]


def test_the_keys_are_those_of_the_locale_of_the_model(folder, tmp_path):
    bundle = open_bundle(folder)
    settings = replace(bundle.settings, locale="tr")
    write_rows(tmp_path, [("KI", "BA")])
    bundle = replace(bundle, folder=tmp_path)
    assert page_corrections(bundle) == [("ki", "BA")]
    assert page_corrections(replace(bundle, settings=settings)) == [("kı", "BA")]


def data_of(page):
    return json.loads(Elements(page).content["data"])["folders"]


def test_a_page_holds_keys_and_translations_and_nothing_becomes_markup(folder, copy_model):
    page = translator_page([folder, copy_model])
    told, untold = (each["values"]["corrections"] for each in data_of(page))
    latest = {source_key(source): target for source, target in ROWS[2:]}
    latest |= {"ba do": "café", "tu ra": ""}
    assert dict(told) == latest and len(told) == len(latest)
    assert untold == []
    tags = [tag for tag, _ in Elements(page).found]
    assert tags == [tag for tag, _ in Elements(translator_page([copy_model] * 2)).found]


def test_the_command_says_what_the_page_holds(seqcli, folder, copy_model):
    def page(*arguments):
        result = seqcli("page", "-o", "page.html", *arguments)
        return (seqcli.folder / "page.html").read_text("utf-8"), result.err.splitlines()[1:]

    assert page("-m", copy_model)[1] == []
    other = write_rows(shutil.copytree(copy_model, seqcli.folder / "other"), [("ba", "private")])
    write_rows(other, [("ki", "term")], GLOSSARY)
    content, messages = page("-m", folder, "-m", "other")
    assert messages == [
        f"seqcli: the page holds 9 corrections of {folder}; --no-memory leaves them out",
        "seqcli: the page holds 1 correction of other; --no-memory leaves it out",
        "seqcli: the page does not use the glossary of other",
    ]
    assert "private" in content
    content, messages = page("-m", "other", "--no-memory")
    assert messages == ["seqcli: the page does not use the glossary of other"]
    assert "private" not in content and "term" not in json.dumps(data_of(content)[0]["name"])


def test_a_fault_of_the_corrections_is_told_unless_they_are_left_out(seqcli, copy_model):
    shutil.copytree(copy_model, seqcli.folder / "model")
    for name in (CORRECTIONS, GLOSSARY):
        write_rows(seqcli.folder / "model", [("a", "b"), ("c",)], name)
    failed = seqcli("page", "-m", "model", "-o", "page.html", code=2)
    assert "corrections.tsv, line 2: a correction is source<TAB>translation" in failed.err
    assert failed.err.count("\n") == 1 and not (seqcli.folder / "page.html").exists()
    assert seqcli("page", "-m", "model", "-o", "page.html", "--no-memory").err.count("\n") == 1
