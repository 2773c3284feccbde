import gzip
import io
import random
import sys
import unicodedata
from pathlib import Path

import pytest

from seqcli.config import CorpusConfig
from seqcli.data.corpus import (
    STANDARD_STREAM,
    CorpusFiles,
    Pair,
    check_standard_input,
    clean,
    fingerprint,
    hold_out,
    read_aligned,
    read_lines,
    read_tsv,
)
from seqcli.errors import UserError

PAIRS = [Pair("a cat", "一只猫"), Pair("a dog", "一只狗")]
TEXT = "a cat\t一只猫\na dog\t一只狗\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.rstrip("\n").encode(),
        TEXT.replace("猫\n", "猫\tCC-BY someone\n").encode(),
    ],
    ids=["plain", "crlf", "bom", "no newline at the end", "third column"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_tsv_in_all_its_forms(tmp_path, content, packed):
    path = tmp_path / ("pairs.tsv.gz" if packed else "pairs.tsv")
    path.write_bytes(gzip.compress(content) if packed else content)
    assert list(read_tsv([path])) == PAIRS
    assert list(read_tsv([path, path])) == PAIRS * 2


def test_a_blank_line_is_an_empty_pair(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("a cat\t一只猫\n\n \t \n", encoding="utf-8")
    assert list(read_tsv([path])) == [PAIRS[0], Pair("", ""), Pair("", "")]


def test_a_line_ends_at_a_newline_and_nowhere_else(tmp_path):
    path = tmp_path / "odd.txt"
    path.write_bytes("one\u2028still one\x0bstill\x85\rone\ntwo\n".encode())
    assert list(read_lines(path)) == ["one\u2028still one\x0bstill\x85\rone", "two"]


def test_aligned_files(tmp_path):
    source, target = tmp_path / "a.en", tmp_path / "a.zh"
    source.write_text("a cat\na dog\n", encoding="utf-8")
    target.write_text("一只猫\n一只狗\n", encoding="utf-8")
    assert list(read_aligned([source], [target])) == PAIRS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"a\tb\nc d\n",
            r"pairs\.tsv, line 2: no tab between .*; each line is source<TAB>target$",
        ),
        (
            b"a\tb\nc\t\xff\xfe\n",
            r"pairs\.tsv, line 2: not valid UTF-8 \(byte 3\); save the file as UTF-8$",
        ),
    ],
)
def test_bad_lines_are_named(tmp_path, content, message):
    path = tmp_path / "pairs.tsv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=message):
        list(read_tsv([path]))


def test_unequal_line_counts_name_file_and_line(tmp_path):
    source, target = tmp_path / "a.en", tmp_path / "a.zh"
    source.write_text("1\n2\n3\n")
    target.write_text("1\n2\n")
    with pytest.raises(UserError, match=r"a\.zh ends before line 3, but .*a\.en goes on"):
        list(read_aligned([source], [target]))
    told = r"a\.zh ends before line 3, .*: the two files must have the same number of lines$"
    with pytest.raises(UserError, match=told):
        list(read_aligned([target], [source]))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.tsv: cannot be read"):
        list(read_tsv([tmp_path / "nowhere.tsv"]))
    broken = tmp_path / "broken.tsv.gz"
    broken.write_bytes(gzip.compress(TEXT.encode())[:-9])
    with pytest.raises(UserError, match="not a whole gzip file"):
        list(read_tsv([broken]))


def test_what_is_dropped_is_counted_with_an_example():
    pairs = [
        *PAIRS,
        PAIRS[0],
        Pair("", "x"),
        Pair("x", ""),
        Pair("y" * 501, "y"),
        Pair("z" * 150, "z"),
    ]
    kept, report = clean(pairs, CorpusConfig())
    assert kept == PAIRS
    assert (report.read, report.kept) == (7, 2)
    assert report.dropped == {
        "exact duplicate": 1,
        "empty side": 2,
        "over 500 characters": 1,
        "one side over 10 times the other": 1,
    }
    assert report.examples["empty side"] == Pair("", "x")
    assert report.examples["exact duplicate"] == PAIRS[0]


def both_forms(folder, pairs):
    """The same pairs as one file and as two."""
    columns = {"pairs.tsv": ["\t".join(pair) for pair in pairs]}
    columns |= {"a.en": [pair.source for pair in pairs], "a.zh": [pair.target for pair in pairs]}
    for name, lines in columns.items():
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return (
        CorpusFiles(pairs=(folder / "pairs.tsv",)),
        CorpusFiles(sources=(folder / "a.en",), targets=(folder / "a.zh",)),
    )


def test_reverse_turns_both_forms_round(tmp_path):
    for files in both_forms(tmp_path, PAIRS):
        assert list(files.read()) == PAIRS
        assert list(files.read(reverse=True)) == [Pair(t, s) for s, t in PAIRS]


def test_both_sides_are_composed(tmp_path):
    composed = Pair("Ein Café in Đà Nẵng", "한국어 Å が")
    decomposed = Pair(*(unicodedata.normalize("NFD", side) for side in composed))
    assert decomposed.source != composed.source and decomposed.target != composed.target
    for files in both_forms(tmp_path, [decomposed]):
        assert list(files.read()) == [composed]


def test_a_dash_is_standard_input(tmp_path, monkeypatch):
    def piped(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    piped(b"\xef\xbb\xbf" + TEXT.encode())
    assert list(CorpusFiles(pairs=(STANDARD_STREAM,)).read()) == PAIRS
    _, aligned = both_forms(tmp_path, PAIRS)
    piped("一只猫\n一只狗\n".encode())
    assert list(CorpusFiles(sources=aligned.sources, targets=(STANDARD_STREAM,)).read()) == PAIRS
    for content, message in (
        (b"a\tb\nc d\n", "^standard input, line 2: no tab"),
        (b"a\tb\nc\t\xff\n", "^standard input, line 2: not valid UTF-8"),
    ):
        piped(content)
        with pytest.raises(UserError, match=message):
            list(read_tsv([STANDARD_STREAM]))
    piped(b"one\n")
    with pytest.raises(UserError, match=r"^standard input ends before line 2, but .*a\.zh goes on"):
        list(read_aligned([STANDARD_STREAM], aligned.targets))
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UserError, match="standard input is closed"):
        list(read_lines(STANDARD_STREAM))


def test_standard_input_is_named_once():
    a_file = Path("a.tsv")
    for twice in (
        {"pairs": (STANDARD_STREAM, a_file, STANDARD_STREAM)},
        {"sources": (STANDARD_STREAM,), "targets": (STANDARD_STREAM,)},
    ):
        with pytest.raises(UserError, match="read only once"):
            CorpusFiles(**twice)
    piped = CorpusFiles(pairs=(STANDARD_STREAM,))
    check_standard_input(piped, CorpusFiles(pairs=(a_file,)))
    with pytest.raises(UserError, match="read only once"):
        check_standard_input(piped, piped)


def test_files_are_found_again_from_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = CorpusFiles(pairs=(Path("a.tsv"), STANDARD_STREAM))
    assert CorpusFiles.from_dict(files.to_dict()).pairs == (tmp_path / "a.tsv", STANDARD_STREAM)


def test_held_out_sentences_do_not_occur_in_the_rest():
    draw = random.Random(3)
    pairs = list({Pair(f"s{draw.randrange(800)}", f"t{draw.randrange(800)}") for _ in range(1000)})
    train, dev, strict = hold_out(pairs, 1000, seed=1)
    assert strict
    assert sorted(train + dev) == sorted(pairs)
    assert len(dev) == len(pairs) // 20
    assert not {p.source for p in dev} & {p.source for p in train}
    assert not {p.target for p in dev} & {p.target for p in train}
    assert hold_out(pairs, 1000, seed=1)[1] == dev
    assert hold_out(pairs, 1000, seed=2)[1] != dev


def test_labels_cannot_be_held_out_and_it_says_so():
    train, dev, strict = hold_out([Pair(f"s{i}", "yes") for i in range(100)], 1000, seed=1)
    assert not strict
    assert not {p.source for p in dev} & {p.source for p in train}


def test_paraphrases_are_held_out_together():
    pairs = [Pair(f"s{i}", f"T{i // 3}") for i in range(300)]
    train, dev, strict = hold_out(pairs, 15, seed=1)
    assert strict
    assert len(dev) == 15
    assert not {p.target for p in dev} & {p.target for p in train}


def test_sentences_that_the_model_reads_alike_are_not_parted():
    pairs = [Pair(word, f"t{i}") for i, word in enumerate(["Hello", "hello", "HELLO"] * 20)]
    _, dev, strict = hold_out([*pairs, *(Pair(f"s{i}", f"u{i}") for i in range(40))], 5, seed=1)
    assert strict
    assert not any(pair.source.lower() == "hello" for pair in dev)


def test_of_two_families_the_one_that_fits_is_held_out():
    pairs = [Pair("same", f"t{i}") for i in range(39)] + [Pair("other", "one")]
    train, dev, strict = hold_out(pairs, 1000, seed=1)
    assert (train, dev, strict) == (pairs[:-1], pairs[-1:], True)


def test_pairs_come_from_one_kind_of_files():
    one, other = Path("a"), Path("b")
    told = "^name files of source<TAB>target or aligned source and target files, not both$"
    for more in ({"sources": (other,)}, {"targets": (other,)}):
        assert CorpusFiles(**more)
        with pytest.raises(UserError, match=told):
            CorpusFiles(pairs=(one,), **more)
    assert CorpusFiles(pairs=(one,)) and not CorpusFiles()
    assert (
        CorpusFiles(pairs=(one,)).unit
        == CorpusFiles(sources=(one,), targets=(other,)).unit
        == "line"
    )
    assert CorpusFiles(pairs=(one, other)).unit == CorpusFiles(sources=(one, one)).unit == "pair"


def test_too_little_to_hold_anything_out():
    with pytest.raises(UserError, match="--dev"):
        hold_out([Pair("a", "b")], 1000, seed=1)


def test_a_fingerprint_sees_order_and_content():
    assert fingerprint(PAIRS) == fingerprint(list(PAIRS))
    assert fingerprint(PAIRS) != fingerprint(PAIRS[::-1])
