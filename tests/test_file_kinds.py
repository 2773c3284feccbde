"""Files of pairs as the tools of the trade write them, and what is refused or told."""

import bz2
import gzip
import io
import json
import lzma
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqcli.data.corpus import CorpusFiles
from seqcli.data.pairs import Pair
from seqcli.data.readers.delimited import find_delimiter, find_quoting
from seqcli.data.readers.header import is_header
from seqcli.data.readers.opening import find_encoding
from seqcli.data.reading import (
    NO_SELECTION,
    Reading,
    Selection,
    find_language,
    matches_language,
    parse_columns,
)
from seqcli.errors import UserError

PAIRS = [Pair(f"to je káva {i}", f"this is coffee {i}") for i in range(30)]
TSV = "".join(f"{source}\t{target}\n" for source, target in PAIRS)
CS_EN = Selection(source="cs", target="en")


def read(folder, name, content, selection=NO_SELECTION):
    """The pairs of a file of that name and content, and what is told of it."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    notes: list[str] = []
    pairs = list(CorpusFiles((path,), selection=selection).read(notes=notes))
    return pairs, [note.removeprefix(f"{path}: ") for note in notes]


def refusal(folder, name, content, selection=NO_SELECTION):
    """Why a file is refused, without its folder."""
    with pytest.raises(UserError) as error:
        read(folder, name, content, selection)
    return str(error.value).removeprefix(f"{folder}/")


# Columns


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{i}007\t{s}\t90{i}\t{t}", "column 1 holds numbers; texts are in columns 2, 4: name "),
        ("1.0{i}\t{s}\t{t}", "column 1 holds numbers; texts are in columns 2, 3: name "),
        ("http://a.b/{i}\thttps://c.d/{i}\t{s}\t{t}", "column 1 holds addresses and column 2 hold"),
        ("cs\t{s}\ten\t{t}", "column 1 holds only 'cs'; texts are in columns 2, 4: name two of"),
        ("{s}\t0.{i}\t{t}", "column 2 holds numbers; texts are in columns 1, 3: name two of them"),
        ("sent-{i:04}\t{s}\t{t}", "column 1 holds codes; texts are in columns 2, 3: name two of"),
        ("\t{s}\t{t}", "column 1 holds nothing; texts are in columns 2, 3: name two of them (--"),
    ],
)
def test_columns_that_are_no_texts_are_refused_and_the_texts_are_named(tmp_path, row, message):
    content = "".join(f"{row.format(i=i, s=s, t=t)}\n" for i, (s, t) in enumerate(PAIRS))
    assert message in refusal(tmp_path, "odd.tsv", content)
    (columns,) = re.findall(r"--columns (\d,\d)\)", refusal(tmp_path, "odd.tsv", content))
    pairs, notes = read(tmp_path, "odd.tsv", content, Selection(parse_columns(columns)))
    assert (pairs, notes) == (PAIRS, [])


def test_two_columns_of_numbers_and_a_third_column_of_text_are_no_fault(tmp_path):
    content = "".join(f"{i} + {i}\t{2 * i}\n" for i in range(20))
    assert read(tmp_path, "sums.tsv", content)[1] == []
    content = "".join(f"{s}\t{t}\tCC-BY 2.0 (someone #{i})\n" for i, (s, t) in enumerate(PAIRS))
    assert read(tmp_path, "licensed.tsv", content) == (PAIRS, [])


@pytest.mark.parametrize(
    "header", ["cs\ten", "source\ttarget", "Czech\tEnglish", "\ufeffcs-CZ\ten_GB", "src\ttgt"]
)
def test_a_header_is_told_and_not_learned(tmp_path, header):
    pairs, (note,) = read(tmp_path, "pairs.tsv", f"{header}\n{TSV}")
    assert pairs == PAIRS
    assert note.startswith("the first row is a header, not learned; columns '")


@pytest.mark.parametrize(
    "cells",
    [
        ["it", "es"], ["is", "ist"], ["no", "no"], ["hello", "source"], ["chinese", "中文"],
        ["text", "note"], ["Paris", "London"], ["en", "en"], ["score", "id"],
    ],
)  # fmt: skip
def test_a_pair_of_words_is_no_header(cells):
    assert not is_header(cells)


def test_columns_by_name_language_and_number(tmp_path):
    rows = "".join(f"{i}\t{t}\t{s}\tx{i}\n" for i, (s, t) in enumerate(PAIRS))
    content = f"id\ten\tcs\tcomment\n{rows}"
    for selection in (
        Selection(("cs", "en")), Selection(("CS", "2")), CS_EN, Selection(("3", "2")),
    ):  # fmt: skip
        assert read(tmp_path, "four.tsv", content, selection)[0] == PAIRS
    assert "there is no column 'de': its columns are 'id', 'en', 'cs', 'comment'" in refusal(
        tmp_path, "four.tsv", content, Selection(("de", "en"))
    )
    assert "there is no column '5'" in refusal(tmp_path, "x.tsv", content, Selection(("1", "5")))
    assert "names one column twice" in refusal(tmp_path, "x.tsv", content, Selection(("2", "en")))


@pytest.mark.parametrize("text", ["1,2,3", "a,", ","])
def test_columns_are_two(text):
    with pytest.raises(UserError, match=r"--columns names two columns, such as 2,4"):
        parse_columns(text)


def test_reverse_swaps_the_columns_and_keeps_the_languages(tmp_path):
    (tmp_path / "a.tsv").write_text(f"cs\ten\n{TSV}", encoding="utf-8")
    files = CorpusFiles((tmp_path / "a.tsv",), selection=CS_EN)
    assert list(files.read()) == PAIRS
    assert list(files.read(reverse=True)) == PAIRS  # --from cs, whatever the order of the columns
    plain = CorpusFiles((tmp_path / "a.tsv",), selection=Selection(("1", "2")))
    assert list(plain.read(reverse=True)) == [pair.reversed() for pair in PAIRS]


def test_a_selection_survives_the_checkpoint():
    files = CorpusFiles((Path("/a"),), selection=Selection(("2", "4"), "en", "zh"))
    assert CorpusFiles.from_dict(files.to_dict()) == files
    plain = CorpusFiles((Path("/a"),))
    assert set(plain.to_dict()) == {"pairs", "sources", "targets"}  # as in older checkpoints
    assert CorpusFiles.from_dict(plain.to_dict()) == plain


def test_a_selection_that_was_named_is_kept():
    files = CorpusFiles((Path("/a"),), selection=CS_EN)
    assert files.selecting(Selection(("1", "2"))) == files
    assert CorpusFiles((Path("/a"),)).selecting(CS_EN) == files


# Lines that are not right


def test_a_few_lines_without_a_tab_are_counted_and_told(tmp_path):
    content = TSV * 20 + "no tab here\n" + TSV
    pairs, (note,) = read(tmp_path, "pairs.tsv", content)
    assert note.startswith("left out 1 of 631 lines (line 601): no tab between source and target")
    assert pairs[600] == Pair("no tab here", "")  # without a target: cleaning drops it
    assert len(pairs) == 631
    content = "no tab here\n" + TSV  # also in the first line
    assert read(tmp_path, "pairs.tsv", content)[1][0].startswith("left out 1 of 31 lines (line 1)")


@pytest.mark.parametrize("bad", [2, 30])
def test_a_file_with_many_bad_lines_is_refused(tmp_path, bad):
    message = refusal(tmp_path, "pairs.tsv", TSV + "no tab here\n" * bad)
    assert message.startswith("pairs.tsv, line 31: no tab between source and target; ")
    assert message.endswith(f"({bad} of {30 + bad} lines)")


def test_a_large_file_of_another_kind_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "book.tsv"
    path.write_text("a line of a book\n" * 100_000, encoding="utf-8")
    with pytest.raises(UserError, match=r"line 1: no tab .*\(200 of 200 lines\)"):
        next(CorpusFiles((path,)).read())


# What an attack found


@pytest.mark.parametrize("header", ["Key,Czech,English", "Context,cs,en", "cs,en", "Czech,English"])
def test_columns_named_like_languages_are_the_pairs(tmp_path, header):
    extra = "menu.open," if header.count(",") == 2 else ""
    rows = "".join(f"{extra}{s},{t}\n" for s, t in PAIRS)
    for selection in (NO_SELECTION, CS_EN, Selection(source="cs"), Selection(target="en")):
        assert read(tmp_path, "a.csv", f"{header}\n{rows}", selection)[0] == PAIRS
    back = read(tmp_path, "a.csv", f"{header}\n{rows}", Selection(source="en"))[0]
    assert back == [pair.reversed() for pair in PAIRS]
    wrong = refusal(tmp_path, "a.csv", f"{header}\n{rows}", Selection(source="en", target="zh"))
    assert wrong == "a.csv: has no column in zh; it has cs, en"


def test_a_header_may_come_after_blank_rows(tmp_path):
    pairs, (note,) = read(tmp_path, "a.tsv", f"\n \nsource\ttarget\n{TSV}")
    assert pairs == PAIRS
    assert note.startswith("the first row is a header")


def test_parts_of_a_file_are_no_languages(tmp_path):
    for suffix in ("aa", "ab"):
        (tmp_path / f"pairs.{suffix}").write_text(TSV, encoding="utf-8")
    files = CorpusFiles((tmp_path / "pairs.aa", tmp_path / "pairs.ab"))
    assert list(files.read()) == PAIRS * 2


def test_languages_that_are_named_decide_about_two_files(tmp_path):
    for language, text in (("en", "a\n"), ("cs", "b\n")):
        (tmp_path / f"c.{language}").write_text(text)
    paths = (tmp_path / "c.en", tmp_path / "c.cs")
    assert list(CorpusFiles(paths, selection=CS_EN).read()) == [Pair("b", "a")]
    with pytest.raises(UserError, match="its languages are en, cs: name two"):
        list(CorpusFiles(paths, selection=Selection(source="en", target="fr")).read())


def test_texts_of_bytes_and_half_characters(tmp_path):
    content = '{"source": "a\\ud800b", "target": "c"}\n'
    (pair,) = read(tmp_path, "a.jsonl", content)[0]
    assert pair == Pair("a?b", "c")
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    parquet.write_table(pyarrow.table({"cs": [b"k\xc3\xa1va"], "en": [b"coffee"]}), out)
    assert read(tmp_path, "a.parquet", out.getvalue())[0] == [Pair("káva", "coffee")]


def test_cells_far_from_the_others_are_refused(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "a", "b"
    out = io.BytesIO()
    book.save(out)
    message = refusal(tmp_path, "a.xlsx", out.getvalue())
    assert "spread over 1,048,576 rows and 16,384 columns" in message


def test_a_name_may_lie_about_xml(tmp_path):
    assert read(tmp_path, "mine.ts", TSV)[0] == PAIRS


# CSV and quotation marks


def csv_line(cells, delimiter):
    return delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in cells)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_with_any_delimiter(tmp_path, delimiter, end):
    odd = [Pair(f"{s}{delimiter} no", t) for s, t in PAIRS]
    written = "".join(csv_line(pair, delimiter) + end for pair in odd)
    expected = [Pair(*(re.sub(r"\t", " ", side) for side in pair)) for pair in odd]
    assert read(tmp_path, "pairs.csv", written) == (expected, [])


def test_csv_as_excel_writes_it_in_a_german_locale(tmp_path):
    content = '\ufeffTschechisch;Englisch\r\n"Řekl ""ne""; a šel";"He said ""no""; and left"\r\n'
    content += "káva;coffee\r\n" * 5
    pairs, _ = read(tmp_path, "pairs.csv", content)
    assert pairs[1] == Pair('Řekl "ne"; a šel', 'He said "no"; and left')
    pairs, _ = read(tmp_path, "pairs.csv", "sep=;\r\n" + content.removeprefix("\ufeff"))
    assert pairs[2:] == [Pair("káva", "coffee")] * 5
    # "Unicode Text (*.txt)"
    unicode_text = content.replace("; ", " ").replace(";", "\t").encode("utf-16")
    pairs, notes = read(tmp_path, "pairs.txt", unicode_text)
    assert pairs[1] == Pair('Řekl "ne" a šel', 'He said "no" and left')
    assert notes == ["the quotation marks that a spreadsheet puts around cells are undone"]


def test_a_cell_of_csv_may_have_several_lines(tmp_path):
    content = '"one\ntwo",1\nthree,3\n'
    assert read(tmp_path, "pairs.csv", content)[0] == [Pair("one two", "1"), Pair("three", "3")]
    message = refusal(tmp_path, "open.csv", 'a,b\n"c,d\n' + "e,f\n" * 50_000)
    assert "line 2: cannot be read as CSV" in message
    assert "is a quotation mark not closed?" in message


def test_csv_without_a_delimiter_is_refused(tmp_path):
    assert "no delimiter (comma, semicolon, tab or |)" in refusal(tmp_path, "x.csv", "a\nb\n")
    assert find_delimiter(["a;b,c", "d;e", "f;g,h,i"]) == (";", False)


@pytest.mark.parametrize(
    ("lines", "is_quoted"),
    [
        (['"a ""b"""\t"c"'] * 3, True),
        (['"a"\t"b"'] * 3, True),
        (['"Hello," he said.\t"Hallo", sagte er.'] * 3, False),
        (['"Hello."\tHallo.', "a\tb"], False),
        (['"a ""b"""\tc', '"open\td'], False),
    ],
)
def test_quotation_marks_are_undone_only_where_a_spreadsheet_put_them(lines, is_quoted):
    assert (find_quoting(lines) == "spreadsheet") == is_quoted


# Encodings and compression


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
@pytest.mark.parametrize("last", ["\n", ""])
def test_unicode_in_every_encoding(tmp_path, encoding, last):
    content = (TSV.rstrip("\n") + last).encode(encoding)
    assert read(tmp_path, "pairs.tsv", content) == (PAIRS, [])
    chinese = "".join(f"我爱北京{chr(0x4E00 + i)}\t一二三\n" for i in range(20)) + last
    assert read(tmp_path, "zh.tsv", chinese.encode(encoding))[0][0] == Pair("我爱北京一", "一二三")


def test_lines_that_end_with_a_carriage_return(tmp_path):
    assert read(tmp_path, "mac.tsv", TSV.replace("\n", "\r")) == (PAIRS, [])


def test_a_few_nuls_are_no_encoding():
    assert find_encoding(b"a\tb\0\n" + TSV.encode()) == "utf-8"


@pytest.mark.parametrize(
    ("pack", "suffix"), [(gzip.compress, ".gz"), (lzma.compress, ".xz"), (bz2.compress, ".bz2")]
)
def test_compressed_files_under_any_name(tmp_path, pack, suffix):
    for name in (f"pairs.tsv{suffix}", "pairs.tsv", "pairs.txt"):
        assert read(tmp_path, name, pack(TSV.encode())) == (PAIRS, [])
    broken = pack(TSV.encode())[:-9]
    assert "not a complete " in refusal(tmp_path, f"broken.tsv{suffix}", broken)
    (tmp_path / f"plain.tsv{suffix}").write_text(TSV, encoding="utf-8")  # a wrong suffix
    assert list(CorpusFiles((tmp_path / f"plain.tsv{suffix}",)).read()) == PAIRS


@pytest.mark.parametrize(
    ("magic", "what"),
    [
        (b"%PDF-1.7\n", "a PDF document"), (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"), (b"\x89PNG", "a picture"),
    ],
)  # fmt: skip
def test_other_files_are_named_for_what_they_are(tmp_path, magic, what):
    assert (
        refusal(tmp_path, "pairs.tsv", magic + b"\0" * 50) == f"pairs.tsv: this is {what}, not text"
    )


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def test_an_archive_of_opus_and_one_with_a_single_file(tmp_path):
    sides = ["".join(f"{side}\n" for side in texts) for texts in zip(*PAIRS, strict=True)]
    opus = archive(
        {"README": "x", "LICENSE": "x", "Tatoeba.cs-en.cs": sides[0], "Tatoeba.cs-en.en": sides[1]}
    )
    assert read(tmp_path, "cs-en.txt.zip", opus) == (PAIRS, [])
    swapped = Selection(source="en", target="cs")
    assert read(tmp_path, "a.zip", opus, swapped)[0] == [pair.reversed() for pair in PAIRS]
    assert read(tmp_path, "one.tsv", archive({"x/pairs.tsv": TSV})) == (PAIRS, [])
    several = archive({"a.tsv": TSV, "b.tsv": TSV})
    assert "holds several files (a.tsv, b.tsv): unpack it" in refusal(tmp_path, "x.zip", several)
    assert "not a zip archive that can be read" in refusal(tmp_path, "cut.zip", opus[:-30])


def test_two_files_by_their_common_stem(tmp_path):
    for language, texts in zip(("cs", "en"), zip(*PAIRS, strict=True), strict=True):
        (tmp_path / f"a.b.{language}").write_text("".join(f"{t}\n" for t in texts))
    files = [tmp_path / "a.b.cs", tmp_path / "a.b.en"]
    assert list(CorpusFiles(tuple(files)).read()) == PAIRS
    assert list(CorpusFiles(tuple(files[::-1])).read()) == [pair.reversed() for pair in PAIRS]
    assert list(CorpusFiles((tmp_path / "a.b",)).read()) == PAIRS
    english = Selection(source="en")
    stem = CorpusFiles((tmp_path / "a.b",), selection=english)
    assert list(stem.read()) == [pair.reversed() for pair in PAIRS]
    (tmp_path / "a.b.de").write_text("x\n" * 30)
    with pytest.raises(UserError, match=r"its languages are cs, de, en: name two \(--from and"):
        list(CorpusFiles((tmp_path / "a.b",)).read())
    assert list(CorpusFiles((tmp_path / "a.b",), selection=CS_EN).read()) == PAIRS


# JSON, spreadsheets, Parquet


@pytest.mark.parametrize(
    "record",
    [
        lambda s, t: {"translation": {"cs": s, "en": t}},
        lambda s, t: {"cs": s, "en": t},
        lambda s, t: {"id": 7, "source": s, "target": t, "note": "x"},
        lambda s, t: {"anything": s, "else": t, "number": 1.5},
    ],
)
def test_json_lines(tmp_path, record):
    content = "".join(json.dumps(record(*pair)) + "\n" for pair in PAIRS)
    assert read(tmp_path, "pairs.jsonl", content)[0] == PAIRS
    assert read(tmp_path, "pairs.txt", content)[0] == PAIRS  # by its content
    assert read(tmp_path, "blank.jsonl", f"\n{content}\n")[0] == [
        Pair("", ""),
        *PAIRS,
        Pair("", ""),
    ]


def test_json_lines_with_several_texts(tmp_path):
    records = [{"a": t, "b": s, "c": "x"} for s, t in PAIRS]
    content = "".join(json.dumps(record) + "\n" for record in records)
    assert refusal(tmp_path, "x.jsonl", content) == (
        "x.jsonl: the texts in an object are: a (30), b (30), c (30); name two of them (--columns)"
    )
    assert read(tmp_path, "x.jsonl", content, Selection(("b", "a")))[0] == PAIRS
    three = [{"translation": {"en": t, "de": "x", "cs": s}} for s, t in PAIRS]
    content = "".join(json.dumps(record) + "\n" for record in three)
    assert read(tmp_path, "x.jsonl", content, CS_EN)[0] == PAIRS


def test_json_that_is_no_line_of_json(tmp_path):
    content = "".join(json.dumps({"cs": s, "en": t}) + "\n" for s, t in PAIRS)
    _, (note,) = read(tmp_path, "x.jsonl", f"{content}{{broken\n")
    assert note.startswith("left out 1 of 31 lines (line 31): not a JSON object with both texts")
    assert "write an object on each line (jq" in refusal(tmp_path, "x.jsonl", '[{"a": "b"}]')
    assert "line 1: not a JSON object" in refusal(tmp_path, "x.jsonl", "{broken\n" * 9)


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_spreadsheets(tmp_path, suffix):
    rows = [["Czech", "English"], *map(list, PAIRS), [7, 7.5]]
    content = xlsx(rows) if suffix == "xlsx" else ods(rows)
    for name in (f"pairs.{suffix}", "pairs.tsv"):
        pairs, notes = read(tmp_path, name, content)
        assert pairs == [*PAIRS, Pair("7", "7.5")]
        assert notes == [
            "the first row is a header, not learned; columns 'Czech' and 'English' are read"
        ]
    reversed_columns = Selection(("English", "Czech"))
    pairs, _ = read(tmp_path, f"x.{suffix}", content, reversed_columns)
    assert pairs[0] == PAIRS[0].reversed()


def xlsx(rows):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(rows):
    pytest.importorskip("python_calamine")

    def cell(value):
        if isinstance(value, str):
            return f'<c:table-cell o:value-type="string"><t:p>{value}</t:p></c:table-cell>'
        return f'<c:table-cell o:value-type="float" o:value="{value}"/>'

    table = "".join(f"<c:table-row>{''.join(map(cell, row))}</c:table-row>" for row in rows)
    spaces = "".join(
        f' xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (("o", "office"), ("c", "table"), ("t", "text"))
    )
    for prefix, name in (("o:", "office:"), ("c:", "table:"), ("t:", "text:")):
        table = re.sub(rf"(?<=[</ ]){prefix}", name, table)
        spaces = spaces.replace(f":{prefix[0]}=", f":{name[:-1]}=")
    content = (
        f"<office:document-content{spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="a">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": content,
        }
    )


def test_a_spreadsheet_that_is_damaged_or_hostile(tmp_path):
    content = xlsx([["a", "b"]])
    assert "cannot be read as a spreadsheet" in refusal(tmp_path, "cut.xlsx", content[:-40])
    hostile = archive({"[Content_Types].xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><Types/>"})
    assert "has a document type" in refusal(tmp_path, "x.xlsx", hostile)


def test_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def written(columns):
        out = io.BytesIO()
        parquet.write_table(pyarrow.table(columns), out)
        return out.getvalue()

    sources, targets = (list(side) for side in zip(*PAIRS, strict=True))
    flat = written({"id": list(range(30)), "cs": sources, "en": targets})
    nested = written({"translation": [{"cs": s, "en": t} for s, t in PAIRS]})
    for content in (flat, nested):
        assert read(tmp_path, "pairs.parquet", content) == (PAIRS, [])
        assert read(tmp_path, "pairs.txt", content, CS_EN) == (PAIRS, [])
    assert "cannot be read as Parquet" in refusal(tmp_path, "x.parquet", flat[:-20])


# Languages


@pytest.mark.parametrize(
    ("tag", "wanted", "is_match"),
    [
        ("zh-CN", "zh", True), ("zh-Hans", "ZH", True), ("zh_CN", "zh-cn", True),
        ("zh", "zh-CN", False), ("en", "eng", False), ("eng", "en", False), ("en", "", False),
    ],
)  # fmt: skip
def test_a_language_matches_its_variants(tag, wanted, is_match):
    assert matches_language(tag, wanted) == is_match


def test_the_exact_tag_is_preferred_and_a_general_one_is_taken_where_there_is_no_other():
    assert find_language(["en-GB", "en", "de"], "en") == ["en"]
    assert find_language(["en-GB", "en-US"], "en") == ["en-GB", "en-US"]
    assert find_language(["en", "de"], "en-GB") == ["en"]
    assert find_language(["fr"], "en") == []


# Whatever the bytes

SIGNS = "<>/\"'=ab {}[],;\t\n!?:&"


@pytest.mark.parametrize(
    "name",
    [
        "x.tsv", "x.csv", "x.jsonl", "x.xlsx", "x.ods", "x.parquet", "x.tmx", "x.xlf", "x.ts",
        "x.po", "x.mo", "x.strings", "x.zip", "x.txt",
    ],
)  # fmt: skip
@given(
    content=st.binary(max_size=80)
    | st.text(alphabet="<>/\"'=ab {}[],;\t\n!?:&", max_size=80).map(str.encode)
)
@example(content=b"PK\x03\x04")
@example(content=b"<tmx><body><tu><tuv xml:lang='a'><seg>x</seg></tuv></tu></body></tmx>")
@example(content=b"<xliff><file/><trans-unit/><source/></xliff>")
def test_any_bytes_give_pairs_or_one_line_about_the_file(tmp_path_factory, name, content):
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    try:
        read(folder, name, content)
    except UserError as error:
        assert name in str(error)
        assert str(error).isprintable()


def test_a_note_says_which_places():
    reading = Reading("a.tsv")
    reading.rows = 1000
    for number in range(9):
        reading.reject(f"line {number}", "odd")
    reading.finish()
    places = ", ".join(f"line {number}" for number in range(5))
    assert reading.notes == [f"a.tsv: left out 9 of 1,000 lines ({places}, …): odd"]
