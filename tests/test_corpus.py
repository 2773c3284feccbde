import io
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from seqcli.data.corpus import CorpusFiles, check_standard_input
from seqcli.data.pairs import Pair, fingerprint
from seqcli.data.readers.aligned import read_aligned
from seqcli.data.readers.lines import read_lines
from seqcli.data.readers.registry import read_pairs
from seqcli.errors import UserError
from seqcli.paths import STANDARD_STREAM

PAIRS = [Pair("a cat", "一只猫"), Pair("a dog", "一只狗")]
TEXT = "a cat\t一只猫\na dog\t一只狗\n"


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


def test_reverse_swaps_the_sides_of_both_forms(tmp_path):
    for files in both_forms(tmp_path, PAIRS):
        assert list(files.read()) == PAIRS
        assert list(files.read(reverse=True)) == [Pair(t, s) for s, t in PAIRS]


def test_several_files_are_read_in_order(tmp_path):
    tsv, aligned = both_forms(tmp_path, PAIRS)
    assert list(CorpusFiles(pairs=tsv.pairs * 2).read()) == PAIRS * 2
    twice = CorpusFiles(sources=aligned.sources * 2, targets=aligned.targets * 2)
    assert list(twice.read()) == PAIRS * 2


def test_each_source_file_needs_a_target_file(tmp_path):
    _, aligned = both_forms(tmp_path, PAIRS)
    message = "^1 source file but 0 target files: each source file needs a matching target file$"
    with pytest.raises(UserError, match=message):
        list(CorpusFiles(sources=aligned.sources).read())
    with pytest.raises(UserError, match=r"^0 source files but 2 target files: "):
        list(CorpusFiles(targets=aligned.targets * 2).read())


def test_both_sides_are_composed(tmp_path):
    composed = Pair("Ein Café in Đà Nẵng", "한국어 Å が")
    decomposed = Pair(*(unicodedata.normalize("NFD", side) for side in composed))
    assert decomposed.source != composed.source and decomposed.target != composed.target
    for files in both_forms(tmp_path, [decomposed]):
        assert list(files.read()) == [composed]


def test_a_dash_is_standard_input(tmp_path, monkeypatch):
    def piped(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))))

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
            list(read_pairs(STANDARD_STREAM))
    piped(b"one\n")
    with pytest.raises(
        UserError, match=r"^standard input ends before line 2, but .*a\.zh does not: "
    ):
        list(read_aligned(STANDARD_STREAM, *aligned.targets))
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UserError, match="standard input is closed"):
        list(read_lines(STANDARD_STREAM))


def test_standard_input_is_named_once():
    a_file = Path("a.tsv")
    for files in (
        {"pairs": (STANDARD_STREAM, a_file, STANDARD_STREAM)},
        {"sources": (STANDARD_STREAM,), "targets": (STANDARD_STREAM,)},
    ):
        with pytest.raises(UserError, match="read only once"):
            CorpusFiles(**files)
    piped = CorpusFiles(pairs=(STANDARD_STREAM,))
    check_standard_input(piped, CorpusFiles(pairs=(a_file,)))
    with pytest.raises(UserError, match="read only once"):
        check_standard_input(piped, piped)


def test_files_are_found_again_from_another_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = CorpusFiles(pairs=(Path("a.tsv"), STANDARD_STREAM))
    assert CorpusFiles.from_dict(files.to_dict()).pairs == (tmp_path / "a.tsv", STANDARD_STREAM)


def test_pairs_come_from_one_kind_of_files():
    one, other = Path("a"), Path("b")
    message = "^name files of source<TAB>target or aligned source and target files, not both$"
    kinds: list[dict[str, Any]] = [{"sources": (other,)}, {"targets": (other,)}]
    for more in kinds:
        assert CorpusFiles(**more)
        with pytest.raises(UserError, match=message):
            CorpusFiles(pairs=(one,), **more)
    assert CorpusFiles(pairs=(one,)) and not CorpusFiles()
    assert (
        CorpusFiles(pairs=(one,)).unit
        == CorpusFiles(sources=(one,), targets=(other,)).unit
        == "line"
    )
    assert CorpusFiles(pairs=(one, other)).unit == CorpusFiles(sources=(one, one)).unit == "pair"


def test_a_fingerprint_depends_on_order_and_content():
    assert fingerprint(PAIRS) == fingerprint(list(PAIRS))
    assert fingerprint(PAIRS) != fingerprint(PAIRS[::-1])
