"""Corrections beside a model: their file, the memory, and translations that need no search."""

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.corrections import files
from seqcli.corrections.files import (
    CORRECTIONS_FILE,
    GLOSSARY_FILE,
    append_corrections,
    append_rows,
    read_corrections,
    read_file,
    read_rows,
    remove_rows,
    source_key,
)
from seqcli.corrections.memory import Match, TranslationMemory, open_memory
from seqcli.data.normalization import fold, normalize, normalize_source
from seqcli.data.pairs import Pair, make_pair
from seqcli.decoding.joining import join_nbest
from seqcli.decoding.remembering import translate_remembering
from seqcli.decoding.translation import Translation, remembered
from seqcli.errors import UserError
from seqcli.folder import CORRECTIONS, CORRECTIONS_LOCK, GLOSSARY
from seqcli.storage.disk import temporary_name
from seqcli.training.destination import check_model_folder, kept_files

# --- the file ---

cells = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("aA éİıſß　\u200b\ufeff…"),
    min_size=1, max_size=12,
).map(normalize).filter(source_key)  # fmt: skip


@given(st.lists(st.tuples(cells, cells).map(Pair._make), max_size=12), st.integers(0, 12))
def test_what_is_appended_is_read_back_the_last_of_a_source(tmp_path_factory, pairs, cut):
    folder = tmp_path_factory.mktemp("appended")
    for part in (pairs[:cut], pairs[cut:]):
        append_corrections(folder, part)
    last: dict[str, Pair] = {}  # by the definition of the key
    for pair in pairs:
        last[fold(normalize_source(normalize(pair.source)))] = pair
    found = {source_key(pair.source): pair.target for pair in read_corrections(folder)}
    assert found == {key: pair.target for key, pair in last.items()}
    assert len(read_corrections(folder)) == len(last)
    memory = open_memory([folder])
    assert len(memory) == len(last)
    assert all(memory.find(pair.source) == pair.target for pair in last.values())


def test_a_pair_that_is_known_is_not_added_again(tmp_path):
    assert append_corrections(tmp_path, [Pair("Ba do", "x")]) == (1, 0, 1)
    before = (tmp_path / CORRECTIONS).read_bytes()
    assert append_corrections(tmp_path, [Pair("ba  DO", "x")]) == (0, 0, 1)
    assert (tmp_path / CORRECTIONS).read_bytes() == before == b"Ba do\tx\n"
    assert append_corrections(tmp_path, [Pair("ba do", "y"), Pair("ki", "z")]) == (1, 1, 2)
    assert read_corrections(tmp_path) == [("ba do", "y"), ("ki", "z")]
    append_corrections(tmp_path, [Pair("Ba do", "x")])
    assert read_corrections(tmp_path) == [("ki", "z"), ("Ba do", "x")]
    assert (tmp_path / CORRECTIONS).read_text() == "ki\tz\nBa do\tx\n"  # what --list shows
    assert remove_rows(tmp_path, CORRECTIONS_FILE, "BA DO") == (0, 1, 1)
    assert remove_rows(tmp_path, CORRECTIONS_FILE, "BA DO") == (0, 0, 1)
    assert read_corrections(tmp_path) == [("ki", "z")]


def test_the_locale_decides_which_sources_are_the_same(tmp_path):
    append_corrections(tmp_path, [Pair("ISI", "a"), Pair("ısı", "b")], "tr")
    assert read_corrections(tmp_path, "tr") == [("ısı", "b")]
    append_corrections(tmp_path, [Pair("ISI", "a")])
    assert len(read_corrections(tmp_path)) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a\tb\nc\nd\te\n", r"corrections\.tsv, line 2: a correction is source<TAB>translation"),
        (b"a\tb\tc\n", r"line 1: a correction is"),
        (b"a\t\n", r"line 1: a correction is"),
        (b"\tb\nc\td\n", r"line 1: .*mend the line, or remove it"),
        (b"a\tb\n\xff\tx\nd\te\n", r"line 2: not valid UTF-8; mend"),
        (b"a\tb\n" * 11, r"has more than 10 lines: remove some"),
        (b"a\t" + b"b" * 1000 + b"\n", r"too large \(1,003 bytes, at most 900 .*remove it"),
    ],
)
def test_a_wrong_file_is_told_with_its_line_and_not_changed(tmp_path, monkeypatch, content, said):
    monkeypatch.setattr(files, "MAX_BYTES", 900)
    monkeypatch.setattr(files, "MAX_LINES", 10)
    path = tmp_path / CORRECTIONS
    path.write_bytes(content)
    for use in (read_corrections, lambda folder: append_corrections(folder, [Pair("x", "y")])):
        with pytest.raises(UserError, match=said) as error:
            use(tmp_path)
        assert "\n" not in str(error.value)
    assert path.read_bytes() == content
    assert "have a fault: " in kept_files(tmp_path)


@pytest.mark.parametrize("tail", [b"cut", b"cut\t", "cut\tб".encode()[:-1]])
def test_a_line_that_was_cut_off_harms_no_other(tmp_path, tail):
    (tmp_path / CORRECTIONS).write_bytes(b"\xef\xbb\xbfa\tb\r\n\n" + tail)
    assert read_corrections(tmp_path) == [("a", "b")]
    notes: list[str] = []
    append_corrections(tmp_path, [Pair("c", "d")], "", notes)
    assert read_corrections(tmp_path) == [("a", "b"), ("c", "d")]
    (note,) = notes
    assert "corrections.tsv: left out an incomplete last line: 'cut" in note


def test_a_last_line_may_lack_its_end(tmp_path):
    (tmp_path / CORRECTIONS).write_bytes(b"a\tb")
    append_corrections(tmp_path, [Pair("c", "d")])
    assert (tmp_path / CORRECTIONS).read_bytes() == b"a\tb\nc\td\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes among files, and no links")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_nothing_but_a_file_is_read(tmp_path, kind):
    path, secret = tmp_path / CORRECTIONS, tmp_path / "secret.txt"
    secret.write_text("a\tb\n")
    make = {"link": lambda: path.symlink_to(secret), "pipe": lambda: os.mkfifo(path)}
    make.get(kind, path.mkdir)()
    for use in (read_corrections, lambda folder: append_corrections(folder, [Pair("x", "y")])):
        with pytest.raises(UserError, match=r"corrections\.tsv"):
            use(tmp_path)
    assert secret.read_text() == "a\tb\n"


@pytest.mark.parametrize("row", [("a",), ("a", ""), ("", "b"), ("\u3000", "b"), ("a", "b", "c")])
def test_what_is_no_correction_is_refused(tmp_path, row):
    with pytest.raises(UserError, match="a correction"):
        append_rows(tmp_path, CORRECTIONS_FILE, [("x", "y"), tuple(map(normalize, row))])
    assert not (tmp_path / CORRECTIONS).exists()


def test_terms_may_have_notes(tmp_path):
    rows = [("a", "b"), ("c", "d", "a note")]
    assert append_rows(tmp_path, GLOSSARY_FILE, rows) == (2, 0, 2)
    assert read_rows(tmp_path, GLOSSARY_FILE) == rows
    assert append_rows(tmp_path, GLOSSARY_FILE, [("c", "d", "another")]) == (0, 1, 2)
    assert kept_files(tmp_path) == f"kept the 2 terms of {tmp_path}"


def test_terms_that_differ_in_case_are_others(tmp_path):
    rows = [("May", "Mai"), ("may", "darf")]
    assert append_rows(tmp_path, GLOSSARY_FILE, rows) == (2, 0, 2)
    assert append_rows(tmp_path, GLOSSARY_FILE, [("may", "mag")]) == (0, 1, 2)
    assert read_rows(tmp_path, GLOSSARY_FILE) == [("May", "Mai"), ("may", "mag")]
    assert remove_rows(tmp_path, GLOSSARY_FILE, "may") == (0, 1, 1)
    assert read_rows(tmp_path, GLOSSARY_FILE) == [("May", "Mai")]


def test_a_file_that_a_user_names_is_read_whole_or_not_at_all(tmp_path):
    path, link = tmp_path / "terms.tsv", tmp_path / "link.tsv"
    path.write_bytes(b"\xef\xbb\xbfa\tb\r\nc\td\te")
    link.symlink_to(path)
    for named in (path, link):
        assert read_file(named, GLOSSARY_FILE) == [("a", "b"), ("c", "d", "e")]
    for content, said in [
        ("a\tb\nc", "but the last line is 'c'"),
        ("\n\n", "has no terms: each line is source<TAB>term"),
    ]:
        path.write_text(content)
        with pytest.raises(UserError, match=said):
            read_file(path, GLOSSARY_FILE)
    with pytest.raises(UserError, match="not a regular file"):
        read_file(tmp_path, GLOSSARY_FILE)
    with pytest.raises(UserError, match="no such file"):
        read_file(tmp_path / "none", GLOSSARY_FILE)


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    append_corrections(tmp_path, [Pair("a", "b")])
    (tmp_path / CORRECTIONS).chmod(0o600)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files, "replace_file", full)
        with pytest.raises(UserError, match="cannot be written"):
            append_corrections(tmp_path, [Pair("c", "d")])
    assert read_corrections(tmp_path) == [("a", "b")]
    assert {each.name for each in tmp_path.iterdir()} == {CORRECTIONS, CORRECTIONS_LOCK}
    append_corrections(tmp_path, [Pair("c", "d")])
    assert len(read_corrections(tmp_path)) == 2
    assert (tmp_path / CORRECTIONS).stat().st_mode & 0o777 == 0o600


# Appends so many corrections, and says each number after it is stored.
APPEND = """
import sys
from pathlib import Path
from seqcli.corrections.files import append_corrections
from seqcli.data.pairs import Pair
folder, name, count = sys.argv[1:]
for number in range(int(count)):
    append_corrections(Path(folder), [Pair(f"{name} {number}", f"target {number}")])
    print(number, flush=True)
"""


def appending(folder, name, count):
    program = [sys.executable, "-c", APPEND, folder, name, str(count)]
    return subprocess.Popen(program, stdout=subprocess.PIPE)


@pytest.mark.skipif(os.name == "nt", reason="Windows kills otherwise")
def test_what_was_stored_is_whole_after_a_kill(tmp_path):
    with appending(tmp_path, "source", 1_000_000) as process:
        assert process.stdout
        said = [int(process.stdout.readline()) for _ in range(40)]
        process.kill()
        said += map(int, process.stdout.read().split())
    found = read_corrections(tmp_path)
    assert found == [(f"source {i}", f"target {i}") for i in range(len(found))]
    assert len(found) > said[-1]
    append_corrections(tmp_path, [Pair("x", "y")])  # the lock of the dead process is gone
    check_model_folder(tmp_path, overwrite=False)


def test_two_that_append_at_once_lose_nothing(tmp_path):
    others = [appending(tmp_path, name, 40) for name in "ab"]
    assert [process.communicate(timeout=60) and process.returncode for process in others] == [0, 0]
    expected = {(f"{name} {i}", f"target {i}") for name in "ab" for i in range(40)}
    assert set(read_corrections(tmp_path)) == expected


def test_a_folder_of_the_users_files_is_no_strangers(tmp_path):
    for name in (CORRECTIONS, GLOSSARY, CORRECTIONS_LOCK, temporary_name(CORRECTIONS)):
        (tmp_path / name).touch()
    check_model_folder(tmp_path, overwrite=False)
    assert kept_files(tmp_path) == ""
    (tmp_path / "notes.tsv").touch()
    with pytest.raises(UserError, match="other things than a model"):
        check_model_folder(tmp_path, overwrite=False)


# --- the memory ---


@pytest.mark.parametrize(
    "text",
    ["I love Beijing", "i LOVE beijing", " ｉ　ｌｏｖｅ   Beijing\u200e ", "i lo\xadve beijing"],
)
def test_spelling_does_not_matter(text):
    memory = TranslationMemory([make_pair("I love\tBeijing", "我爱北京")])
    assert memory.find(text) == "我爱北京"
    assert memory.find("i love beijin") is None


def common_subsequence(first, second):
    """The length of the longest one, by the recursion that defines it."""
    lengths = np.zeros((len(first) + 1, len(second) + 1), dtype=int)
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            lengths[i + 1, j + 1] = (
                lengths[i, j] + 1 if one == other else max(lengths[i, j + 1], lengths[i + 1, j])
            )
    return lengths[-1, -1]


texts = st.text("abc ", min_size=1, max_size=14).map(normalize).filter(bool)


@given(texts, st.lists(texts, max_size=8))
def test_the_nearest_is_the_most_similar_and_the_latest_of_equals(text, sources):
    memory = TranslationMemory(Pair(source, f"{i}") for i, source in enumerate(sources))
    best, expected = 0.85, None
    for i, source in enumerate(sources):
        one, other = source_key(source), source_key(text)
        similarity = 2 * common_subsequence(one, other) / (len(one) + len(other))
        latest = not any(source_key(later) == one for later in sources[i + 1 :])
        if latest and similarity >= best - 1e-9:
            best, expected = similarity, Match(source, f"{i}", similarity)
    found = memory.nearest(text)
    if expected is None:
        assert found is None
    else:
        assert found is not None and found[:2] == expected[:2]
        assert found.similarity == pytest.approx(expected.similarity)
        assert found.to_dict().keys() == {"source", "translation", "similarity"}


def test_of_equals_the_latest_is_the_nearest():
    memory = TranslationMemory([Pair("abcdefgw", "1"), Pair("abcdefgx", "2")])
    assert memory.nearest("abcdefgz") == Match("abcdefgx", "2", 0.875)
    memory.add(Pair("abcdefgy", "3"))
    assert memory.nearest("abcdefgz") == Match("abcdefgy", "3", 0.875)
    memory.add(Pair("ABCDEFGW", "4"))
    assert memory.nearest("abcdefgz") == Match("ABCDEFGW", "4", 0.875)
    assert memory.nearest("abcdefzz") is None


def test_of_several_folders_the_first_counts(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir(), other.mkdir()
    append_corrections(one, [Pair("a", "1")])
    append_corrections(other, [Pair("A", "2"), Pair("b", "3")])
    memory = open_memory([one, other])
    assert [memory.find(text) for text in ("a", "b", "c")] == ["1", "3", None]
    assert not open_memory([tmp_path])


def test_without_rapidfuzz_the_user_is_told(monkeypatch):
    memory = TranslationMemory([Pair("a", "b")])
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    assert memory.find("a") == "b"
    with pytest.raises(UserError, match="pip install rapidfuzz, or translate with --no-memory"):
        memory.nearest("a")


# --- translations ---


def found_by_model(text, rank=1):
    end = () if not text else ("</s>",)
    return Translation(text, f"{text}/{rank}", -1.0, -2.0, (text, *end), (text, *end), None, "eos")


def spying(count=1):
    """A translator without a model, which notes what it is asked for."""
    asked: list[str] = []

    def translate(texts, _prefix, advance):
        asked.extend(texts)
        if advance:
            advance(len(texts))
        return [[found_by_model(text, rank) for rank in range(count)] for text in texts]

    return SimpleNamespace(translate=translate, asked=asked)


MEMORY = TranslationMemory([Pair("ba", "BA!"), Pair("ki", "ki/1")])


def test_what_is_known_is_not_searched():
    spy, done = spying(), list[int]()
    texts = ["ba", "do", "BA", "do"]
    results = translate_remembering(
        spy.translate, MEMORY, texts, "", done.append, nbest=1, has_confidence=True
    )
    assert [nbest[0].text for nbest in results] == ["BA!", "do/0", "BA!", "do/0"]
    assert [nbest[0].origin for nbest in results] == ["memory", "model"] * 2
    assert [nbest[0].source for nbest in results] == texts
    assert spy.asked == ["do", "do"] and sum(done) == 4
    first = results[0][0]
    assert (first.confidence, first.stopped_by, first.attention) == (1.0, "eos", None)
    assert (first.source_pieces, first.target_pieces, first.faults) == ((), (), [])
    assert remembered("a", "b", has_confidence=False).confidence is None


def test_others_follow_without_the_same_text():
    (nbest,) = translate_remembering(
        spying(3).translate, MEMORY, ["ki"], "", None, nbest=3, has_confidence=False
    )
    assert [each.text for each in nbest] == ["ki/1", "ki/0", "ki/2"]
    assert [each.origin for each in nbest] == ["memory", "model", "model"]


@pytest.mark.parametrize(("prefix", "asked"), [("BA", []), ("BA!", []), ("B!", ["ba"])])
def test_a_prefix_decides_whether_it_is_used(prefix, asked):
    spy = spying()
    translate_remembering(
        spy.translate, MEMORY, ["ba"], prefix, None, nbest=1, has_confidence=False
    )
    assert spy.asked == asked


def told(source, target):
    return remembered(source, target, has_confidence=True)


@pytest.mark.parametrize(
    ("sentences", "text", "origin"),
    [
        ([told("a. ", "甲。"), told("b.", "乙。")], "甲。乙。", "memory"),
        ([told("a. ", "A."), told("b.", "B.")], "A. B.", "memory"),
        ([told("a. ", "A."), found_by_model("b.")], "A. b./1", "model"),
        ([found_by_model("a. "), told("b.", "B.")], "a. /1 B.", "model"),
        ([told("a. ", "A."), Translation("?", "?", 0, 0, (), (), None, "eos")], "A. ?", "model"),
    ],
)
def test_sentences_of_a_line_are_joined(sentences, text, origin):
    source = "".join(each.source for each in sentences)
    (joined,) = join_nbest(source, [[each] for each in sentences])
    assert (joined.source, joined.text, joined.origin) == (source, text, origin)
    assert joined.confidence == 1.0 and not joined.cut
    assert joined.stopped_by == "eos"
    assert joined.source_pieces[-1:] == joined.target_pieces[-1:]
    (cut,) = join_nbest(source + " c.", [[each] for each in sentences])
    assert cut.cut


def test_others_of_remembered_sentences_are_joined():
    sentences = [[told("a. ", "A."), found_by_model("a. ")], [told("b.", "B.")]]
    first, second = join_nbest("a. b.", sentences)
    assert (first.text, first.score, first.origin) == ("A. B.", 0.0, "memory")
    assert (second.text, second.score, second.origin) == ("a. /1 B.", -1.0, "model")


def test_copies_of_a_model_take_their_corrections_along(tmp_path):
    append_corrections(tmp_path, [Pair("a", "b")])
    shutil.copytree(tmp_path, tmp_path / "copy")
    assert read_corrections(tmp_path / "copy") == [("a", "b")]
