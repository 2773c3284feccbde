"""The index of training pairs, and `seqcli why`."""

from __future__ import annotations

import json
import shutil
import warnings
from array import array
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import SMALL, copy_pairs, put_index, replace_part, write_pairs
from hypothesis import given
from hypothesis import strategies as st

from seqcli.bundle import open_bundle
from seqcli.config import CorpusConfig
from seqcli.data.corpus import CorpusFiles
from seqcli.data.origins import Origin, Origins, ReadFile
from seqcli.data.pairs import Pair
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.why import Why, read_index
from seqcli.errors import UserError
from seqcli.folder import ENCODER, INDEX, STEP
from seqcli.pair_index.index import PairIndex, Projection
from seqcli.pair_index.nearest import nearest
from seqcli.pair_index.words import WordStarts, find_word
from seqcli.storage.generation import DamagedError
from seqcli.training.corpus_split import read_data
from seqcli.training.events import Ended, IndexMade
from seqcli.training.index_positions import fit_projection, rare_first
from seqcli.training.pair_index import word_places
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train

FORMAT_8 = Path(__file__).parent / "folders" / "format-8"


def index_of(folder):
    found = read_index(open_bundle(folder, [ENCODER, STEP, INDEX]))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def index(copy_model):
    return index_of(copy_model)


@pytest.fixture(scope="module")
def why(copy_model, index):
    return Why(load_translator(open_bundle(copy_model, [ENCODER, STEP])), index)


def test_the_index_holds_the_words_of_the_training_pairs(index, copy_files):
    lines = copy_files[0].read_text(encoding="utf-8").splitlines()
    for i in range(0, len(index.positions), 7):
        position = index.position(i)
        pair = index.pair(position.pair)
        assert lines[pair.number - 1] == "\t".join(pair.pair)
        assert (pair.file, pair.is_synthetic) == ("train.tsv", False)
        word = pair.pair.target[position.start : position.end]
        assert word in pair.pair.target.split()
    assert len({tuple(index.positions[i, [0, 3]]) for i in range(len(index.positions))}) == len(
        index.positions
    )


def test_a_training_pair_is_the_nearest_to_its_own_translation(why, copy_files):
    lines = copy_files[0].read_text(encoding="utf-8").splitlines()
    (short,) = [n for n, line in enumerate(lines, start=1) if line == "ba\tBA"]
    for number in (short, 40, 90, 300):
        source, target = lines[number - 1].split("\t")
        (sentence,) = why.sentences(source, 3)
        assert sentence.translation.text == target
        assert [word.word for word in sentence.words] == target.split()
        for word in sentence.words:
            assert len({near.pair.number for near in word.pairs}) == 3
            assert word.pairs[0].pair.number == number
            assert word.pairs[0].similarity > 0.999
            assert word.pairs[0].word == word.word


def test_the_state_is_that_of_the_decoder_when_it_writes_the_word(why):
    # Each source word is translated by itself, so attention peaks at the word of the same place.
    (sentence,) = why.sentences("ba do ki mu", 1)
    assert [word.source_word for word in sentence.words] == ["ba", "do", "ki", "mu"]
    assert [word.pairs[0].word for word in sentence.words] == ["BA", "DO", "KI", "MU"]


def test_two_runs_write_the_same_index(copy_files, tmp_path):
    files = CorpusFiles(pairs=(copy_files[0],))
    settings = SMALL | {"updates": 12, "evaluations": 1}
    written = []
    for name in ("one", "other"):
        request = TrainRequest(
            tmp_path / name, files, overrides=settings, threads=1, confidence=False
        )
        (made,) = [event for event in train(request) if isinstance(event, IndexMade)]
        written.append(open_bundle(tmp_path / name, [INDEX]).contents[INDEX])
        index = index_of(tmp_path / name)
        assert (made.words, made.pairs) == (len(index.positions), len(index.pairs))
    assert written[0] == written[1]
    # A short run looks at a part of the pairs, so that the index takes a small part of its time.
    assert 20 < len(index.pairs) < 0.8 * len(copy_files[0].read_text().splitlines())
    request = TrainRequest(tmp_path / "one", resume=True, confidence=False)
    list(train(request))  # fits nothing, and makes the same index
    assert open_bundle(tmp_path / "one", [INDEX]).contents[INDEX] == written[0]


def test_a_run_that_is_stopped_makes_the_index_when_it_is_resumed(copy_files, tmp_path):
    files = CorpusFiles(pairs=(copy_files[1],))
    settings = SMALL | {"updates": 2, "evaluations": 1}
    folder = tmp_path / "model"
    request = TrainRequest(folder, files, files, overrides=settings, threads=1, confidence=False)
    asked = iter([False, False, True, True])
    *_, ended = train(request, lambda: next(asked))
    assert isinstance(ended, Ended)
    assert ended.reason == "interrupted"
    assert INDEX not in open_bundle(folder, [INDEX]).contents
    *_, ended = train(TrainRequest(folder, resume=True, confidence=False))
    assert isinstance(ended, Ended)
    assert (ended.reason, ended.update) == ("finished", 2)
    assert INDEX in open_bundle(folder, [INDEX]).contents
    without = TrainRequest(
        tmp_path / "other", files, files, overrides=settings, confidence=False, index=False
    )
    assert not [event for event in train(without) if isinstance(event, IndexMade)]
    assert INDEX not in open_bundle(tmp_path / "other", [INDEX]).contents


@pytest.mark.parametrize("settings", [{"attention": "none"}, {"cell": "gru", "attention": "dot"}])
def test_networks_of_other_kinds_have_an_index(copy_files, tmp_path, settings):
    files = CorpusFiles(pairs=(copy_files[1],))
    settings = SMALL | {"updates": 20, "evaluations": 1} | settings
    list(train(TrainRequest(tmp_path, files, files, overrides=settings, confidence=False)))
    translator = load_translator(open_bundle(tmp_path))
    (sentence,) = Why(translator, index_of(tmp_path)).sentences("ba do", 2)
    assert all(len(word.pairs) == 2 for word in sentence.words)


def test_pairs_keep_their_lines_through_cleaning_and_holding_out(tmp_path):
    lines = ["", "a b\tA B", "a b\tA B", "no tab", "c\tC", *(f"x{i} y\tX{i} Y" for i in range(60))]
    one = write_pairs(tmp_path / "one.tsv", lines)
    other = write_pairs(tmp_path / "other.tsv", ["source\ttarget", "q r\tQ R", "\tonly", "s\tS"])
    split = read_data(CorpusFiles(pairs=(one, other)), CorpusFiles(), CorpusConfig(), 1)
    assert split.dev
    places = [one.read_text().splitlines(), other.read_text().splitlines()]
    for i, pair in enumerate(split.train):
        file, number = split.origins[i]
        assert places[file][number - 1] == "\t".join(pair)
    assert len(split.origins.numbers) == len(split.train)


def test_synthetic_pairs_are_marked(tmp_path):
    own = write_pairs(tmp_path / "own.tsv", list(dict.fromkeys(copy_pairs(80))))
    words = [f"{word} {word}" for word in ("ra", "so", "tu")] * 2
    lines = [f"{word}\t{word.upper()} {word[:2].upper()}" for word in words]
    more = write_pairs(tmp_path / "more.tsv", lines)
    request = TrainRequest(
        tmp_path / "model",
        CorpusFiles(pairs=(own,)),
        synthetic=CorpusFiles(pairs=(more,)),
        overrides=SMALL | {"updates": 20, "evaluations": 1},
        confidence=False,
    )
    list(train(request))
    index = index_of(tmp_path / "model")
    pairs = [index.pair(i) for i in range(len(index.pairs))]
    found = {pair.number for pair in pairs if pair.is_synthetic}
    assert found == {1, 2, 3}
    for pair in pairs:
        assert pair.file == ("more.tsv" if pair.is_synthetic else "own.tsv")
        path = more if pair.is_synthetic else own
        assert path.read_text().splitlines()[pair.number - 1] == "\t".join(pair.pair)


def test_origins_are_those_of_the_files():
    files = (ReadFile("a", 3), ReadFile("b", 0), ReadFile("c", 2, skipped=1))
    origins = Origins(files, array("I", [1, 3, 4, 5]))
    assert [origins[i] for i in range(4)] == [
        Origin(0, 1), Origin(0, 3), Origin(2, 2), Origin(2, 3)
    ]  # fmt: skip
    pairs = [Pair("a", str(i)) for i in range(4)]
    assert list(origins.kept(pairs, pairs[1:3]).numbers) == [1, 5]


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 30))
def test_rare_groups_are_kept_first(groups, limit):
    groups = np.array(groups, dtype=np.int64)
    priorities = np.random.default_rng(0).random(len(groups))
    kept = rare_first(groups, priorities, limit)
    assert len(kept) == min(limit, len(groups)) == len(set(kept.tolist()))
    counts = {group: int((groups[kept] == group).sum()) for group in set(groups.tolist())}
    for group, count in counts.items():
        left_out = np.setdiff1d(np.flatnonzero(groups == group), kept)
        if len(left_out):  # then no group has two more
            assert max(counts.values()) <= count + 1
            inside = [priorities[i] for i in kept if groups[i] == group]
            assert max(inside, default=0.0) < priorities[left_out].min()


def test_the_nearest_are_found_one_for_each_word():
    draw = np.random.default_rng(3)
    states = draw.standard_normal((200, 6)).astype(np.float32)
    projection = fit_projection(states, 4)
    positions = np.zeros((200, 5), np.int32)
    positions[:, 0], positions[:, 1] = np.arange(200) // 2, draw.integers(0, 6, 200)
    positions[:, 2] = draw.integers(0, 4, 200)
    index = PairIndex(
        projection(states).astype(np.float16), projection, positions,
        np.array([[0, i + 1] for i in range(100)], np.int32), ("f.tsv",), 0, ("",) * 200,
    )  # fmt: skip
    for query in range(0, 200, 13):
        word = int(positions[query, 2])
        found = nearest(index, states[query], word, 4)
        assert found[0].pair.number == query // 2 + 1
        cosines = index.states.astype(np.float32) @ projection(states[query][None])[0]
        values = cosines + 0.3 * (positions[:, 2] == word)
        best: dict[int, int] = {}  # token: position, by a plain walk
        seen: set[int] = set()
        for i in sorted(range(200), key=lambda i: -values[i]):
            if int(positions[i, 0]) not in seen and len(best) < 4:
                seen.add(int(positions[i, 0]))
                best.setdefault(int(positions[i, 1]), i)
        assert [each.pair.number for each in found] == [i // 2 + 1 for i in best.values()]
    assert len(nearest(index, states[0], -1, 50)) == 50
    assert len({each.pair.number for each in nearest(index, states[0], -1, 100)}) == 100


def test_similarities_are_from_minus_one_to_one_whatever_the_numbers():
    huge = np.finfo(np.float32).max
    index = PairIndex(
        states=np.full((1, 4), np.finfo(np.float16).max),
        projection=Projection(np.full(8, huge), np.full((8, 4), huge)),
        positions=np.zeros((1, 5), dtype=np.int32),
        pairs=np.zeros((1, 2), dtype=np.int32),
        files=("a.tsv",),
        synthetic=0,
        texts=("a", "b"),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (near,) = nearest(index, np.ones(8, dtype=np.float32), -1, 1)
    assert -1 <= near.similarity <= 1


def test_words_of_tokens():
    pieces = ["<unk>", "</s>", "▁Ha", "us", ".", "▁", "T", "-", "Shirt", "北京", "我", '▁"', "x"]
    starts = WordStarts(pieces)
    tokens = [2, 3, 4, 5, 6, 7, 8, 11, 12, 9, 10, 0, 1]
    words = starts.words(tokens)
    assert [word.text for word in words] == ["Haus", "T", "Shirt", "x", "北京", "我"]
    assert [word.first for word in words] == [0, 4, 6, 8, 9, 10]
    text = 'Haus. T-Shirt "x北京我'
    places = word_places(starts, tokens, text)
    assert [text[slice(*places[word.first])] for word in words] == [word.text for word in words]
    one, other = starts.codes(np.array([tokens, [*tokens[4:], *tokens[:4]]]))
    assert one[0] == one[1] == other[9] == other[10] != one[4]
    assert len({one[2], one[4], one[5], one[6], one[8], one[9], one[10]}) == 7
    for none in ([], [1], [5, 5], [4, 11, 1]):  # such as a target that the guard has cut off
        assert starts.words(none) == []
    assert find_word("ab ab", "ab", 4) == (3, 5)
    assert find_word("ab", "c", 0) == (0, 0)


def damaged_indices(index):
    yield b"no index"
    content = index.to_bytes()
    yield content[: len(content) // 2]
    positions = index.positions.copy()
    positions[0, 0] = len(index.pairs)
    pairs = index.pairs.copy()
    pairs[0, 0] = 9
    states = index.states.copy()
    states[0, 0] = np.inf
    changes = [{"positions": positions}, {"pairs": pairs}, {"states": states}]
    for change in changes:
        damaged = object.__new__(PairIndex)
        for name, value in {**index.__dict__, **change}.items():
            object.__setattr__(damaged, name, value)
        yield damaged.to_bytes()
    narrow = Projection(index.projection.mean[1:], index.projection.matrix[1:])
    yield replace(index, projection=narrow).to_bytes()


def test_a_damaged_index_is_refused_in_one_line(copy_model, tmp_path, index):
    folder = tmp_path / "model"
    shutil.copytree(copy_model, folder)
    for content in damaged_indices(index):
        replace_part(folder, INDEX, content)
        with pytest.raises(DamagedError, match=r"is damaged \(.*\): copy the folder again"):
            read_index(open_bundle(folder, [INDEX]))
    assert load_translator(open_bundle(folder)).translate(["ba"])[0][0].text == "BA"  # never read


def test_an_index_is_what_it_was_after_it_was_stored(tmp_path):
    shutil.copytree(FORMAT_8, tmp_path / "m")
    index = put_index(tmp_path / "m")
    again = index_of(tmp_path / "m")
    assert again.to_bytes() == index.to_bytes()
    assert again.pair(1).pair == Pair("ki mu", "KI MU")
    assert again.position(1).start == 3


def test_the_command_shows_the_pairs(seqcli, copy_model):
    out = seqcli("why", "-m", copy_model, "ba", "do", "-n", "2", COLUMNS="100").out
    assert out.splitlines()[0] == "BA DO"
    assert out.count("train.tsv:") == 4
    one = seqcli("why", "-m", copy_model, "ba do", "--word", "do", "--format", "json").out
    (values,) = map(json.loads, one.splitlines())
    assert values["translation"] == "BA DO"
    (word,) = values["words"]
    assert (word["word"], word["source_word"], word["piece"]) == ("DO", "do", 1)
    assert len(word["pairs"]) == 3
    assert word["pairs"][0]["word"] == "DO"
    several = seqcli("why", "-m", copy_model, "ba do. Ki mu.", "--format", "json").out
    assert [json.loads(line)["translation"] for line in several.splitlines()]
    named = seqcli("why", "-m", copy_model, "ba do. Ki mu.", "--word", "Mu", COLUMNS="100").out
    assert named.startswith("KI MU") and "BA DO" not in named.splitlines()


def test_the_command_says_what_to_do(seqcli, copy_model):
    for words, message in (
        (["-m", copy_model, " "], "there is nothing to translate: name a text"),
        (["-m", copy_model, "ba", "--word", "X"], "the translation, 'BA', has no word 'X'"),
        (["-m", FORMAT_8, "ba"], "has no index of its training pairs: train it again"),
    ):
        error = seqcli("why", *words, code=2).err
        assert message in error and error.count("\n") == 1


def test_the_command_does_not_load_torch(seqcli_process, copy_model):
    done = seqcli_process.with_code(
        "why", "-m", copy_model, "ba", at_end="{'torch', 'onnx', 'pandas'} & set(sys.modules)"
    )
    assert done.out.splitlines()[-1] == "set()"


def test_nothing_to_translate_is_said(why):
    foreign = "我们"
    (sentence,) = why.sentences(foreign, 3)
    assert sentence.translation.is_foreign
    assert sentence.words == ()
    with pytest.raises(UserError, match="nothing to translate"):
        why.sentences("  ", 3)


def test_inspect_shows_the_first_pair_of_each_word(seqcli, copy_model, tmp_path):
    shown = seqcli("inspect", "-m", copy_model, "ba do", "--show", "candidates", COLUMNS="100").out
    assert shown.count("train.tsv:") == 2
    seqcli("inspect", "-m", copy_model, "ba do", "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('"file":"train.tsv"') + page.count('"file": "train.tsv"') == 2
    without = seqcli("inspect", "-m", FORMAT_8, "ba do", "--show", "candidates").out
    assert "training pair" in shown and "training pair" not in without


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored") / "m"
    shutil.copytree(FORMAT_8, folder)
    return put_index(folder).to_bytes()


@given(st.data())
def test_bytes_are_an_index_or_a_value_error(stored, data):
    content = bytearray(stored)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        index = PairIndex.from_bytes(bytes(content))
    except ValueError:
        return
    states = np.ones(len(index.projection.mean), np.float32)
    for near in nearest(index, states, 3, 3):
        assert near.word in near.pair.pair.target
