"""Glossaries in use: each way of translating, the terms that are refused, and eval."""

import json
import shutil

import pytest

import seqcli
from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.data.glossary import Glossary, parse_term
from seqcli.decoding.runtime import load_translator
from seqcli.errors import UserError
from seqcli.folder import GLOSSARY


@pytest.fixture
def model(copy_model, tmp_path):
    """A model that may get a glossary."""
    shutil.copytree(copy_model, tmp_path / "model", ignore=lambda *_: ["checkpoint"])
    return tmp_path / "model"


@pytest.fixture
def terms(tmp_path):
    path = tmp_path / "terms.tsv"
    path.write_text("ba|bas\tPE TU\tnever PETU\nki mu\tSO\n", encoding="utf-8")
    return path


def test_terms_stand_in_each_way_of_translating(seqcli, model, terms, tmp_path):
    plain = seqcli("translate", "-m", model, "ba do").out
    assert plain == "BA DO\n"
    found = seqcli("translate", "-m", model, "--glossary", terms, "BA", "do").out
    assert " PE TU " in f" {found.strip()} "
    lines = b"do ra\nba do\nki mu pe\n\nbas. ki mu!\n"
    piped = seqcli("translate", "-m", model, "--glossary", terms, stdin=lines).out.splitlines()
    assert piped[0] == "DO RA"
    assert piped[1] == found.strip()
    assert "SO" in piped[2].split()
    assert piped[3] == ""
    assert "PE TU" in piped[4] and "SO" in piped[4]
    best = seqcli("translate", "-m", model, "--glossary", terms, "--nbest", "3", "ba do").out
    assert len(set(best.splitlines())) == 3
    assert all("PE TU" in line for line in best.splitlines())
    assert "PE TU" in seqcli("translate", "-m", model, "--glossary", terms, "ba", "--beam", "1").out
    (tmp_path / "in.csv").write_text("text\nba do\n")
    seqcli("translate", "-m", model, "--glossary", terms, "-i", "in.csv", "-o", "out.csv",
           "--columns", "text")  # fmt: skip
    assert found.strip() in (tmp_path / "out.csv").read_text()


def test_json_tells_the_terms(seqcli, model, terms):
    done = seqcli("translate", "-m", model, "--glossary", terms, "--format", "json", "Bas do ki mu")
    assert json.loads(done.out)["terms"] == [
        {"source": "Bas", "target": "PE TU", "met": True},
        {"source": "ki mu", "target": "SO", "met": True},
    ]
    done = seqcli("translate", "-m", model, "--format", "json", "Bas do")
    assert "terms" not in json.loads(done.out)


def test_a_term_without_room_is_told_as_missing(seqcli, model, terms):
    done = seqcli("translate", "-m", model, "--glossary", terms, "--max-length", "1", "--format",
                  "json", "ba do")  # fmt: skip
    assert json.loads(done.out)["missing"] == ["PE TU"]
    assert "is not in the translation" in done.err


def test_a_glossary_of_the_folder_is_used_unasked(seqcli, model, terms, tmp_path):
    seqcli("correct", "-m", model, "--glossary", terms)
    assert "PE TU" in seqcli("translate", "-m", model, "ba do").out
    assert seqcli("translate", "-m", model, "--no-memory", "ba do").out == "BA DO\n"
    (tmp_path / "own.tsv").write_text("ba\tRA RA\n")
    found = seqcli("translate", "-m", model, "--glossary", "own.tsv", "ba ki mu").out
    assert "RA RA" in found and "SO" in found and "PE TU" not in found
    (model / GLOSSARY).write_text("ba\t|\n")
    done = seqcli("translate", "-m", model, "ba do")
    assert done.out == "BA DO\n"
    assert "is not used" in done.err and "empty form" in done.err


def test_terms_that_cannot_be_written_are_refused_by_name(seqcli, model, tmp_path):
    (tmp_path / "some.tsv").write_text("ba\t猫\nki\tMU\n", encoding="utf-8")
    done = seqcli("translate", "-m", model, "--glossary", "some.tsv", "ba ki")
    assert done.err.startswith("seqcli: some.tsv: left out 1 term that the pieces of this model")
    assert ": 猫" in done.err.splitlines()[0]
    assert "MU" in done.out.split()
    (tmp_path / "none.tsv").write_text("ba\t猫\n", encoding="utf-8")
    assert "猫" in seqcli("translate", "-m", model, "--glossary", "none.tsv", "ba", code=2).err
    for content, message in (
        ("ba\n", "line 1"),
        ("ba\tMU\tnote\tmore\n", "line 1"),
        ("ba\tMU\nki\tMU|\n", "empty form"),
        ("\n", "has no terms"),
    ):
        (tmp_path / "bad.tsv").write_text(content)
        assert message in seqcli("translate", "-m", model, "--glossary", "bad.tsv", "x", code=2).err
    assert (
        "no such file" in seqcli("translate", "-m", model, "--glossary", "x.tsv", "x", code=2).err
    )
    for option in (["--sample"], ["--wait", "3"]):
        done = seqcli("translate", "-m", model, "--glossary", "some.tsv", *option, "ba", code=2)
        assert "whole sentences" in done.err


def test_eval_tells_the_share_of_terms_and_their_cost(seqcli, model, terms, tmp_path):
    (tmp_path / "test.tsv").write_text("ba do ra so\tBA DO RA SO\nki mu so tu\tSO SO TU\n")
    done = seqcli("eval", "-m", model, "--glossary", terms, "test.tsv").out
    assert "2 of 2 (100.0%)" in done
    values = json.loads(
        seqcli("eval", "-m", model, "--glossary", terms, "test.tsv", "--format", "json").out
    )
    assert (values["terms"], values["terms_met"]) == (2, 2)
    plain = json.loads(seqcli("eval", "-m", model, "test.tsv", "--format", "json").out)
    assert values["without_glossary"]["chrf"] == plain["chrf"] != values["chrf"]
    assert "terms" not in plain


def test_python_uses_a_glossary(model, terms):
    terms.write_text("ba\tPE TU\ndo\t猫\n", encoding="utf-8")
    with pytest.warns(UserWarning, match="left out 1 term"):
        translator = seqcli.load(model, glossary=terms)
    assert "PE TU" in translator.translate("ba do").text
    with pytest.raises(UserError, match="whole sentences"):
        seqcli.load(model, glossary=terms, sample=True)


def test_a_sentence_with_terms_does_not_see_its_neighbours(copy_model):
    translator = load_translator(open_bundle(copy_model), SearchConfig(nbest=2, batch_size=3))
    glossary = Glossary(map(parse_term, [("ba", "PE TU"), ("so", "RA|MU"), ("ki", "DO DO KI")]))
    bound = translator.with_glossary(glossary)
    texts = ["ba do", "so ba so", "ra", "tu ki pe", "", "mu ra so"]
    together = bound.translate(texts)
    for text, expected in zip(texts, together, strict=True):
        (alone,) = bound.translate([text])
        assert [each.text for each in alone] == [each.text for each in expected]
        assert [each.terms for each in alone] == [each.terms for each in expected]
    assert all(term.is_met for nbest in together for each in nbest for term in each.terms)
    assert together[2][0].text == translator.translate(["ra"])[0][0].text
