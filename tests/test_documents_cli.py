"""`translate` of files that are filled in, and `convert`; tables, JSON lines and spreadsheets."""

import io
import json
import re

import pytest
from conftest import copy_pairs
from hypothesis import given
from hypothesis import strategies as st
from test_file_kinds import xlsx

from seqcli.data.corpus import CorpusFiles
from seqcli.data.documents import Entry
from seqcli.data.pairs import Pair
from seqcli.data.reading import NO_SELECTION, Reading, Selection, parse_columns
from seqcli.data.writers.delimited import DelimitedDocument
from seqcli.data.writers.json_lines import JsonLinesDocument
from seqcli.data.writers.spreadsheet import SpreadsheetDocument
from seqcli.decoding.document_translation import (
    LOST_CODE,
    Outcome,
    count_lines,
    lacks_codes,
    translate_entries,
)
from seqcli.decoding.translation import Translation
from seqcli.errors import UserError


class UpperCase:
    """A translator that writes capitals, and makes a few mistakes."""

    def translate(self, texts, _prefix="", advance=None):
        if advance:
            advance(len(texts))
        return [[self.one(text)] for text in texts]

    def one(self, text):
        written = re.sub(r"[a-z]+(?![^<]*>)(?![^{]*})", lambda match: match[0].upper(), text)
        if "lose" in text:
            written = re.sub(r"<[^>]*>|\{.*?\}|%s", "", written)
        if "cross" in text:
            written = written.replace("</g1></g2>", "</g2></g1>")
        return Translation(
            text, written, 0.0, 0.0, (), (), None, "limit" if "limit" in text else "eos",
            is_foreign="foreign" in text, confidence=0.2 if "doubt" in text else 0.9,
        )  # fmt: skip


def outcomes(*texts, **settings):
    return translate_entries(UpperCase(), [Entry(text, "line 1") for text in texts], **settings)  # type: ignore[arg-type]


def test_lines_and_the_space_around_them_stay():
    assert outcomes("  a b\n\n\tc\r\n", "12 + 3", "%s: %1 https://a.b/c", " \n") == [
        Outcome("  A B\n\n\tC\r\n", "", 0.9),
        Outcome("12 + 3"),
        Outcome("%s: %1 https://a.b/c"),
        Outcome(" \n"),
    ]
    assert count_lines([Entry("a\nb", ""), Entry("b\n a ", ""), Entry("7", "")]) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lose <b>this</b>", LOST_CODE),
        ("lose {this}", LOST_CODE),
        ("lose %s", LOST_CODE),
        ("cross <g2><g1>x</g1></g2>", LOST_CODE),
        ("limit", "cut off at the length limit"),
        ("foreign", "no word that the model knows"),
        ("good\nlimit", "cut off at the length limit"),
    ],
)
def test_what_is_not_whole_is_left_with_its_reason(text, reason):
    (outcome,) = outcomes(text)
    assert outcome[:2] == (None, reason)


def test_a_doubtful_translation_is_left_only_if_asked_for():
    assert outcomes("good\ndoubt")[0].confidence == 0.2
    assert outcomes("doubt") == [Outcome("DOUBT", "", 0.2)]
    assert outcomes("doubt", min_confidence=0.5) == [Outcome(None, "confidence under 0.5", 0.2)]


@pytest.mark.parametrize(
    ("source", "translation", "lacks"),
    [
        ("%s of %d", "%d von %s", False),
        ("%s of %d", "%s von %s", True),
        ("{a} <b>c</b>", "<b>c</b> {a}", False),
        ("{a}", "{a} {a}", True),
        ("see https://a.b/c", "siehe https://a.b/c", False),
        ("a", "a <b>", True),
        ("%1 of %L2", "%L2 %1", False),
        ("%1 of %2", "2 %1", True),
        ("%n file(s)", "file", True),
        ("50%% done", "50% done", True),
        ("<0>a</0>", "<0>a", True),
        ("a\\nb", "a b", True),
        ("50% of 5%", "5% von 50%", False),
        ("see https://a.b/c?d=e now", "https://a.b/c?d=e看见", False),
        ("see https://a.b/c?d=e now", "https://a.b/c?d=看见", True),
    ],
)
def test_placeholders_tags_and_links_are_counted(source, translation, lacks):
    assert lacks_codes(source, translation) == lacks


# Tables


def table(content, columns="", delimiter="\t", *, target="", all_entries=False):
    reading = Reading("a", Selection(parse_columns(columns), target=target))
    return DelimitedDocument(
        content.encode(), reading, all_entries=all_entries, delimiter=delimiter
    )


def upper(document):
    return document.fill([entry.text.upper() for entry in document.entries]).decode()


@pytest.mark.parametrize(
    ("content", "columns", "delimiter", "expected"),
    [
        ("a\nb\n", "", "\t", "a\tA\nb\tB\n"),
        ("a\r\n\r\nb", "", "\t", "a\tA\r\n\r\nb\tB"),
        ("1\ta\n2\tb\n", "", "\t", "1\ta\tA\n2\tb\tB\n"),
        ("id\tsource\n1\ta\n", "", "\t", "id\tsource\tzh\n1\ta\tA\n"),
        ("a\tx\nb\t\nc\n", "1,2", "\t", "a\tx\nb\tB\nc\tC\n"),
        # Short rows, a column of the target language, a header with one language, quotation marks.
        ("en,de,note\na,x,y\nb\n", "", "", "en,de,note,zh\na,x,y,A\nb,,,B\n"),
        ("en,zh-CN\na,\nb,x\n", "", "", "en,zh-CN\na,A\nb,x\n"),
        ("text\na\n", "", "\t", "text\tzh\na\tA\n"),
        ("English\tnote\na\t1\n", "", "\t", "English\tnote\tzh\na\t1\tA\n"),
        ('"a","","1"\n"b ""c""",x,"2"\n', "1,2", "", '"a",A,"1"\n"b ""c""",x,"2"\n'),
        ('"a\r\nb",1\r\n', "1", "", '"a\r\nb",1,"A\r\nB"\r\n'),
        ('id;text\r\n1;"a; ""b"""\r\n', "text", "", 'id;text;zh\r\n1;"a; ""b""";"A; ""B"""\r\n'),
        ('"a\nb",1\nc,2\n', "1", "", '"a\nb",1,"A\nB"\nc,2,C\n'),
        ("sep=|\na|1\n", "1", "", "sep=|\na|1|A\n"),
    ],
)
def test_a_column_is_added_or_filled(content, columns, delimiter, expected):
    assert upper(table(content, columns, delimiter, target="zh")) == expected


def test_a_translated_cell_is_translated_again_only_if_asked_for():
    assert [e.text for e in table("a\tx\nb\t\n", "1,2").entries] == ["b"]
    assert [e.text for e in table("a\tx\nb\t\n", "1,2", all_entries=True).entries] == ["a", "b"]


@given(
    st.lists(st.lists(st.text('a "\n,;é', max_size=5), min_size=2, max_size=2), max_size=5),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_csv_that_is_filled_reads_back_as_it_was(rows, encoding):
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([["n" + a, b] for a, b in rows])
    content = out.getvalue().encode(encoding)
    document = DelimitedDocument(content, Reading("a", Selection(("1",))), all_entries=False)
    translations = [f"<{entry.text}>" for entry in document.entries]
    written = document.fill(translations).decode("utf-8-sig" if "8" in encoding else encoding)
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert read == [["n" + a, b, f"<n{a}>"] for a, b in rows]
    assert content.startswith(written.encode(encoding)[:2])


def json_document(content, columns="", **selection):
    reading = Reading("a", Selection(parse_columns(columns), **selection))
    return JsonLinesDocument(content.encode(), reading, all_entries=False)


@pytest.mark.parametrize(
    ("content", "columns", "selection", "expected"),
    [
        ('{"source": "a", "n": 1}\n', "", {}, {"source": "a", "n": 1, "translation": "A"}),
        ('{"text": "a"}', "", {"target": "zh"}, {"text": "a", "zh": "A"}),
        (
            '{"translation": {"en": "a"}}', "", {"source": "en", "target": "zh"},
            {"translation": {"en": "a", "zh": "A"}},
        ),
        ('{"x": "a", "y": "b"}', "y,z", {}, {"x": "a", "y": "b", "z": "B"}),
    ],
)  # fmt: skip
def test_a_key_is_added(content, columns, selection, expected):
    assert json.loads(upper(json_document(content, columns, **selection))) == expected


def test_a_new_key_leaves_all_else_as_it_is_written():
    content = '{"source":"a", "n":1.10, "u":"caf\\u00e9", "k":1, "k":2, "x":"\\ud800"} \r\n{}'
    written = upper(json_document(content))
    assert written == content.replace("} \r", ', "translation": "A"} \r')
    with pytest.raises(UserError, match="into which language"):
        json_document('{"translation": {"en": "a"}}')
    with pytest.raises(UserError, match="'zh' has no text"):
        json_document('{"source": "a", "zh": {"b": 1}}', target="zh")


def test_a_charset_that_lacks_characters_leaves_a_text():
    assert outcomes("a é", charset="ascii")[0].reason.startswith("ASCII, the charset of the file")
    assert outcomes("a", charset="ascii")[0].text == "A"


def test_json_with_a_translation_is_left():
    content = '{"source": "a", "translation": "b"}\n{"source": "c", "translation": ""}\n'
    document = json_document(content)
    assert [entry.place for entry in document.entries] == ["line 2"]
    assert document.fill(["d"]).decode().splitlines()[0] == content.splitlines()[0]


def test_json_that_is_not_filled_stays_the_same_bytes():
    content = '{"source" : "a" }\r\n\n{"source":"","n":[1, 2]}\n'
    assert json_document(content).fill([None]).decode() == content
    with pytest.raises(UserError, match=r"a: which text is to be translated\? Its keys are x, y"):
        json_document('{"x": "a", "y": "b"}')
    with pytest.raises(UserError, match="a: line 2: not valid JSON"):
        json_document('{"x": "a"}\n{')


def test_a_workbook_gets_a_column():
    openpyxl = pytest.importorskip("openpyxl")
    content = xlsx([["id", "source"], [1, "a"], [2, "=SUM(A2:A3)"], [3, "b"]])
    document = SpreadsheetDocument(content, Reading("a", Selection(target="zh")), all_entries=False)
    assert [entry.text for entry in document.entries] == ["a", "b"]  # the formula has no value yet
    written = document.fill(["=A", None])
    sheet = openpyxl.load_workbook(io.BytesIO(written)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["id", "source", "zh"],
        [1, "a", "=A"],
        [2, "=SUM(A2:A3)", None],
        [3, "b", None],
    ]
    assert sheet["C2"].data_type == "s"
    assert document.notes == []


# The command line


PO = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "ba do"
msgstr ""

msgid "ki mu"
msgstr "translated"

msgid "%s <b>ki</b>"
msgstr ""
"""


def test_a_catalogue_is_filled_in_by_the_command(seqcli_process, copy_model, tmp_path):
    (tmp_path / "a.po").write_text(PO, encoding="utf-8")
    folder = str(copy_model)
    result = seqcli_process(
        "translate", "-m", folder, "-i", tmp_path / "a.po", "-o", tmp_path / "b.po"
    )
    assert result.out == ""
    written = (tmp_path / "b.po").read_text(encoding="utf-8")
    assert '#, fuzzy\nmsgid "ba do"\nmsgstr "BA DO"\n' in written
    assert 'msgid "ki mu"\nmsgstr "translated"\n' in written
    assert re.search(r"a\.po: translated [12] of 2 texts", result.err)
    both = re.search(r'msgid "%s <b>ki</b>"\nmsgstr "(.*)"', written)
    assert both is not None
    if both[1]:
        assert not lacks_codes("%s <b>ki</b>", both[1])
    else:
        assert "left 1 for a person (line 10): " in result.err
    again = seqcli_process("translate", "-m", folder, "-i", tmp_path / "b.po", "--all")
    assert 'msgid "ki mu"\nmsgstr "KI MU"\n' in again.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-i", "a.po", "-o", "b.tmx"], "a.po is PO, and its translation too: name an --output"),
        (["-i", "a.po", "--heatmap"], "a.po is filled in: leave out --heatmap"),
        (["-i", "a.po", "--nbest", "2"], "a.po is filled in: leave out --nbest"),
        (["--all", "ba"], "--all: for files that are filled in, such as .po, .tmx or .csv"),
        (["-i", "a.txt", "--to", "zh"], "--to: for files that are filled in"),
        (["-i", "a.po", "--to", "z"], "to is a language tag such as"),
        (["-i", "a.po", "--columns", "1,2,3"], "--columns names two columns"),
        (["-i", "none.po"], "none.po: cannot be read"),
        (["-i", "a.po.gz"], "a.po.gz: unpack it first, to be filled in"),
        (["-i", "a.mo"], "a.mo: files of this kind are read, but not filled in"),
        (["-i", "a.po", "-o", "no/b.po"], "no/b.po: cannot be written"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    seqcli, copy_model, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.po").write_text(PO, encoding="utf-8")
    (tmp_path / "a.txt").write_text("ba\n", encoding="utf-8")
    result = seqcli("translate", "-m", copy_model, *arguments, code=2)
    assert message in result.err
    assert result.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.po", "a.txt"]


NEW = [
    "a.tsv",
    "a.csv",
    "a.jsonl",
    "a.xlsx",
    "a.parquet",
    "a.tmx",
    "a.xlf",
    "a.ts",
    "a.po",
    "a.tsv.gz",
]


@pytest.mark.parametrize("name", NEW)
def test_pairs_survive_every_kind(seqcli, tmp_path, name):
    odd = ['a <b>\t&"c"', "=1+1\t'x", "ä\t日本"]
    lines = [*dict.fromkeys(copy_pairs(30)), *odd]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines) + "\n\tempty\n", encoding="utf-8")
    result = seqcli(
        "convert", tmp_path / "pairs.tsv", tmp_path / name, "--from", "en", "--to", "zh"
    )
    assert "left out 1 pair with an empty side" in result.err
    files = CorpusFiles((tmp_path / name,), selection=Selection(source="en", target="zh"))
    expected = dict(line.split("\t") for line in lines)  # (a catalogue has a source once)
    assert dict(files.read()) == expected


def test_standard_input_is_read_once_for_two_files(seqcli, tmp_path):
    corpus = tmp_path / "corpus"
    result = seqcli("convert", "-", corpus, "--from", "en", "--to", "zh", stdin=b"a\tb\nc\td\n")
    assert "wrote 2 pairs" in result.err
    assert (tmp_path / "corpus.zh").read_text() == "b\nd\n"
    result = seqcli("convert", "-", tmp_path / "a.po", stdin=b"a\tb\na\tc\n")
    assert "left out 1 pair whose source a catalogue has already" in result.err
    assert "wrote 1 pair to" in result.err


def test_two_files_of_lines_and_the_direction(seqcli, tmp_path):
    (tmp_path / "a.tsv").write_text("a\tb\nc\td\n")
    languages = ["--from", "en", "--to", "zh"]
    seqcli("convert", tmp_path / "a.tsv", tmp_path / "corpus", *languages)
    assert (tmp_path / "corpus.en").read_text() == "a\nc\n"
    assert (tmp_path / "corpus.zh").read_text() == "b\nd\n"
    result = seqcli("convert", tmp_path / "corpus", "-", *languages)
    assert result.out == "a\tb\nc\td\n"
    back = seqcli("convert", tmp_path / "a.tsv", "--reverse", "-")
    assert back.out == "b\ta\nd\tc\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.tsv", "b.doc"], "b.doc: the name says no kind that can be written"),
        (["a.tsv", "b.tmx"], "b.tmx: needs to say the languages"),
        (["a.tsv", "a.tsv"], "a.tsv is to be read: name another file to write"),
        (["b.tsv"], "name the files of pairs, and then the file to write"),
        (["none.tsv", "b.csv"], "none.tsv: cannot be read"),
    ],
)
def test_conversions_that_cannot_be(seqcli, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.tsv").write_text("a\tb\n")
    assert message in seqcli("convert", *arguments, code=2).err
    assert (tmp_path / "a.tsv").read_text() == "a\tb\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.tsv"]


def test_train_and_eval_read_other_kinds(seqcli, tmp_path, copy_model):
    lines = [line.split("\t") for line in dict.fromkeys(copy_pairs(60))]
    content = "".join(f"{i};{t};{s}\n" for i, (s, t) in enumerate(lines))
    (tmp_path / "a.csv").write_text(f"id;upper;lower\n{content}", encoding="utf-8")
    columns = ["--columns", "lower,upper"]
    result = seqcli("eval", "-m", copy_model, tmp_path / "a.csv", *columns, "--format", "json")
    assert json.loads(result.out)["exact_match"] > 0.5
    assert "the first row is a header, not learned; columns 'lower' and 'upper'" in result.err
    scored = seqcli("score", "-m", copy_model, tmp_path / "a.csv", *columns)
    assert len(scored.out.splitlines()) == len(lines)
    small = ["--updates", "2", "--hidden", "8", "--embedding", "8"]
    result = seqcli("train", tmp_path / "a.csv", *columns, "-m", tmp_path / "m", *small)
    assert "the first row is a header" in result.err
    result = seqcli(
        "train", "--resume", "-m", tmp_path / "m", "--updates", "3"
    )  # knows the columns
    assert "3 updates" in result.err
    result = seqcli("train", tmp_path / "a.csv", "-m", tmp_path / "n", *small, code=2)
    assert "column 1 holds numbers; texts are in columns 2, 3" in result.err
    assert Selection() == NO_SELECTION
    assert Pair("a", "b").reversed() == Pair("b", "a")
