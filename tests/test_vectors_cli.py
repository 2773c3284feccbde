"""Vectors that are learned from text, and the commands that show them."""

import re
from unittest.mock import MagicMock

import numpy as np
import pytest
import torch
from conftest import write_pairs
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from seqcli.config import SkipGramConfig
from seqcli.errors import UserError
from seqcli.training import skip_gram
from seqcli.training.skip_gram import SkipGram, learn_vectors
from seqcli.vectors.sentences import read_sentences
from seqcli.vectors.vocabulary import Vocabulary, project
from seqcli.views.vectors import MARK, scatter, scatter_page

ANIMALS, DAYS = ["cat", "dog", "cow", "hen"], ["monday", "tuesday", "friday", "sunday"]


def text(count=400, seed=0):
    """Sentences in which words of one kind have the same neighbours."""
    draw = np.random.default_rng(seed)
    sentences = []
    for _ in range(count):
        animal, other = draw.choice(ANIMALS, 2)
        sentences.append(f"the {animal} eats grass with a {other}")
        sentences.append(f"we meet on {draw.choice(DAYS)} or on {draw.choice(DAYS)} morning")
    return sentences


def test_words_with_the_same_neighbours_are_near():
    words, vectors = learn_vectors(text(60), SkipGramConfig(size=16, epochs=30, sample=0))
    vocabulary = Vocabulary(words, vectors, "here")
    for kind in (ANIMALS, DAYS):
        for word in kind:
            assert {near.word for near in vocabulary.near(word, 3)} == set(kind) - {word}


def test_the_same_seed_gives_the_same_vectors():
    config = SkipGramConfig(size=4, epochs=1)
    first, again = learn_vectors(text(50), config), learn_vectors(text(50), config)
    np.testing.assert_array_equal(first.vectors, again.vectors)
    other = learn_vectors(text(50), SkipGramConfig(size=4, epochs=1, seed=2))
    assert (first.vectors != other.vectors).any()


def test_words_are_listed_by_frequency_and_rare_ones_left_out():
    sentences = ["b a a c", "a b d"] * 3 + ["e a"]
    words, vectors = learn_vectors(sentences, SkipGramConfig(size=3, min_count=3))
    assert words == ["a", "b", "c", "d"]
    assert vectors.shape == (4, 3)
    for bad in (["a b c"], ["a"] * 9, []):
        with pytest.raises(UserError, match=r"fewer than two words that come 2 times"):
            learn_vectors(bad, SkipGramConfig(size=3))
    with pytest.raises(UserError, match="no two words beside each other"):
        learn_vectors(["a", "b"] * 5, SkipGramConfig(size=3))


def test_the_loss_is_that_of_the_paper():
    """Equation 4 of Mikolov, Sutskever et al. (2013), with the mean over negatives times k."""
    torch.manual_seed(0)
    network = SkipGram(6, 4)
    torch.nn.init.normal_(network.contexts)
    centres, contexts, negatives = (torch.tensor(x) for x in ([0, 1, 2], [3, 4, 5], [1, 2, 5, 5]))
    v, u = network.vectors.detach().numpy() * 9, network.contexts.detach().numpy()
    network.vectors.data *= 9

    def log_sigmoid(x):
        return -np.log1p(np.exp(-x))

    expected = np.mean(
        [
            -log_sigmoid(v[c] @ u[o])
            - 5 * np.mean([log_sigmoid(-v[c] @ u[n]) for n in negatives.tolist()])
            for c, o in zip(centres.tolist(), contexts.tolist(), strict=True)
        ]
    )
    assert float(network.loss(centres, contexts, negatives, 5.0).detach()) == pytest.approx(
        expected
    )


@given(st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=4), st.integers(1, 4))
def test_the_pairs_of_a_text(sentences, window):
    """With all windows whole: every ordered pair of words that are near in one sentence."""
    parts = [np.array([*sentence, -1]) for sentence in sentences]
    numbers = np.concatenate([np.zeros(0, dtype=np.int64), *parts])

    generator = MagicMock()
    generator.integers = lambda _, high, count: np.full(count, high - 1)
    generator.permutation = lambda rows: rows
    found = skip_gram._pairs(numbers, window, generator)
    expected = [
        (a, b)
        for s in sentences
        for i, a in enumerate(s)
        for j, b in enumerate(s)
        if 0 < abs(i - j) <= window
    ]
    assert sorted(map(tuple, found.tolist())) == sorted(expected)


def test_frequent_words_are_left_out_by_their_frequency():
    counts = np.array([90_000.0, 10_000.0])
    numbers = np.repeat([0, 1, -1], [90_000, 10_000, 500])
    thinned = skip_gram._thin(numbers, counts, 0.01, np.random.default_rng(0))
    kept = np.bincount(thinned + 1, minlength=3)
    assert kept[0] == 500
    assert kept[1] / 90_000 == pytest.approx(np.sqrt(0.01 / 0.9), rel=0.05)
    assert kept[2] / 10_000 == pytest.approx(np.sqrt(0.01 / 0.1), rel=0.05)
    assert skip_gram._thin(numbers, counts, 0.0, np.random.default_rng(0)) is numbers


def test_the_spelling_of_the_text(tmp_path):
    path = write_pairs(tmp_path / "t.txt", ["Der Hund mag Äpfel.", "Ein Hund", "er und ein Der"])
    assert read_sentences([path])[:2] == ["der hund mag äpfel.", "ein hund"]
    assert read_sentences([path], keep_case=True) == [
        "Der Hund mag Äpfel.", "ein Hund", "er und ein Der",
    ]  # fmt: skip
    assert read_sentences([path], "tr")[0] == "der hund mag äpfel."
    turkish = write_pairs(tmp_path / "tr.txt", ["IŞIK ı"] * 3)
    assert read_sentences([turkish]) == ["ışık ı"] * 3


def vocabulary():
    words = ["man", "woman", "boy", "girl", "▁the", "Tom"]
    vectors = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [-1, 0, 0], [0, 0, 0]])
    return Vocabulary(words, vectors, "v.txt")


def test_near_words_by_their_cosines():
    near = vocabulary().near("man", 2)
    assert [each.word for each in near] == ["woman", "boy"]
    assert near[0].cosine == pytest.approx(1 / np.sqrt(2))
    assert len(vocabulary().near("man", 100)) == 5
    assert vocabulary().near("the", 9)[-1].cosine == pytest.approx(-1)
    assert vocabulary().near("MAN", 1) == near[:1]
    with pytest.raises(UserError, match=r"there is no vector of 'x' in v\.txt"):
        vocabulary().near("x", 1)


def test_what_is_like_what():
    assert vocabulary().like("man", "woman", "boy", 1)[0].word == "girl"
    assert {each.word for each in vocabulary().like("man", "woman", "boy", 9)} == {
        "girl", "▁the", "Tom",
    }  # fmt: skip


def test_the_plane_is_that_of_the_largest_variance():
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(40, 6)) * [9, 4, 1, 1, 1, 0.5]
    places = project(vectors)
    covariance = np.cov(vectors.T)
    values, axes = np.linalg.eigh(covariance)
    for column, axis in enumerate((-1, -2)):
        expected = (vectors - vectors.mean(axis=0)) @ axes[:, axis]
        sign = np.sign(expected[np.abs(expected).argmax()])
        np.testing.assert_allclose(places[:, column], sign * expected, atol=1e-8)
        assert places[:, column].var(ddof=1) == pytest.approx(values[axis])
    for few in (vectors[:1], vectors[:2], np.zeros((3, 4)), vectors[:, :1]):
        assert project(few).shape == (len(few), 2)
        assert np.isfinite(project(few)).all()


@given(
    st.lists(
        st.tuples(
            st.text("ab猫", min_size=1, max_size=8), st.floats(-1, 1), st.floats(-1, 1)
        ),
        min_size=1, max_size=25,
    ),
    st.integers(20, 60),
    st.integers(3, 12),
)  # fmt: skip
def test_all_words_are_in_the_picture_and_none_covers_another(points, width, height):
    words = [f"{word}{i}" for i, (word, *_) in enumerate(points)]
    places = np.array([place for _, *place in points])
    lines = scatter(words, places, width, height).plain.split("\n\nno room for ")
    picture = lines[0].split("\n")
    assert len(picture) == height
    assert all(cell_len(line) <= width for line in picture)
    found = re.findall(rf"{MARK}([^ {MARK}\n]+)", "\n".join(lines))
    assert sorted(found) == sorted(words)


def test_a_scatter_is_true_to_the_places():
    words, places = ["a", "b", "c"], np.array([[0, 0], [1, 0], [0.5, 1]])
    lines = scatter(words, places, 21, 5).plain.split("\n")
    assert lines[-1].index("a") < lines[-1].index("b")
    assert "c" in lines[0]
    page = scatter_page(["<b>", "b", "c"], places, "v & w")
    assert "&lt;b&gt;" in page and "<b></text>" not in page and "v &amp; w" in page


def test_labels_of_a_page_do_not_cover_each_other():
    words = [f"word{i}" for i in range(9)]
    places = np.array([[0, 0]] * 5 + [[0.02, 0.01], [1, 1], [1, 1.01], [0.98, 1]])
    page = scatter_page(words, places, "here")
    found = re.findall(r'<text x="(\d+)" y="(-?\d+)">(\w+)</text>', page)
    boxes = [(int(x), int(x) + 7 * len(word), int(y)) for x, y, word in found]
    assert [word for *_, word in found] == words
    for i, (left, right, y) in enumerate(boxes):
        for other_left, other_right, other_y in boxes[:i]:
            assert right < other_left or other_right < left or abs(y - other_y) >= 14


def test_the_commands(seqcli, tmp_path):
    write_pairs(tmp_path / "text.txt", text(60))
    options = ["--size", 16, "--epochs", 30, "--sample", 0, "-o", "v.txt.gz"]
    done = seqcli("vectors", "learn", "text.txt", *options)
    assert done.err == "seqcli: 18 words with vectors of 16 numbers: v.txt.gz\n"
    vectors = ["--vectors", "v.txt.gz"]
    lines = seqcli("vectors", "near", "Dog", *vectors, "--count", 3).out.splitlines()
    assert {line.split()[0] for line in lines[1:]} == {"cat", "cow", "hen"}
    assert len(seqcli("vectors", "like", "cat", "dog", "monday", *vectors).out.splitlines()) == 6
    picture = seqcli("vectors", "plot", *ANIMALS, *DAYS, *vectors).out
    assert all(f"•{word}" in picture for word in ANIMALS + DAYS)
    seqcli("vectors", "plot", "cat", "dog", "friday", *vectors, "--html", "p.html")
    assert "friday" in (tmp_path / "p.html").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plot", "a", "a", "b", "--vectors", "v.txt"], "a plot needs three words or more"),
        (["near", "a", "--vectors", "v.txt", "--target"], "--target is for a model"),
        (["near", "x", "--vectors", "v.txt"], "there is no vector of 'x' in v.txt"),
        (["near", "a"], "seqcli-model holds no model"),
        (["learn", "absent"], "absent: cannot be read"),
        (["learn", "-o", "no/v.txt"], "no/v.txt: cannot be written"),
        (["learn", "--size", "1"], "size must be at least 2"),
    ],
)
def test_what_cannot_be_shown_is_told_in_one_line(seqcli, tmp_path, words, message):
    (tmp_path / "v.txt").write_text("a 1 2\nb 3 4\nc 5 6\n")
    done = seqcli("vectors", *words, code=2)
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not done.out


def test_a_word_may_come_late_in_a_file(tmp_path, monkeypatch, seqcli):
    monkeypatch.setattr("seqcli.cli.vectors.WORDS_READ", 3)
    (tmp_path / "v.txt").write_text(
        "".join(f"w{i} {i} 1 {i * i}\n" for i in range(9)) + "short 1\n"
    )
    lines = seqcli("vectors", "near", "w7", "--vectors", "v.txt", "--count", 9).out.splitlines()
    assert {line.split()[0] for line in lines[1:]} == {"w0", "w1", "w2"}
    assert (
        "line 10: 1 number instead of 3"
        in seqcli("vectors", "near", "absent", "--vectors", "v.txt", code=2).err
    )
