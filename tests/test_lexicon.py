"""Translations from word vectors of both languages, and how sources get them."""

import numpy as np
import pytest

from seqcli.data.carryover import SYMBOLS
from seqcli.data.pairs import Pair
from seqcli.data.source_text import CarryingReader
from seqcli.data.target_text import put_symbols
from seqcli.data.word_list import WordList
from seqcli.vectors import lexicon
from seqcli.vectors.lexicon import find_translations, induce_lexicon
from seqcli.vectors.selection import directions, normalized


def languages(count, size=20, noise=0.0, seed=0):
    """Words a0, a1, … and A0, A1, …, whose vectors are those of the others, rotated."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(count, size)).astype(np.float32)
    rotation, _ = np.linalg.qr(draw.normal(size=(size, size)))
    y = (x @ rotation + noise * draw.normal(size=x.shape)).astype(np.float32)
    source = {f"a{i}": vector for i, vector in enumerate(x)}
    target = {f"B{i}": vector for i, vector in enumerate(y)}
    return source, target


def test_the_rotation_between_two_languages_is_found():
    source, target = languages(300)
    shown = {f"a{i}": [f"B{i}"] for i in range(100)}
    wanted = {f"a{i}" for i in range(100, 300)}
    found = induce_lexicon(source, target, shown, wanted)
    assert found == {f"a{i}": f"B{i}" for i in range(100, 300)}
    reordered = dict(reversed(target.items()))
    assert induce_lexicon(source, reordered, shown, wanted) == found


def test_a_word_without_a_translation_gets_none():
    source, target = languages(300, noise=0.3)
    for i in range(150, 300):
        del target[f"B{i}"]
    shown = {f"a{i}": [f"B{i}"] for i in range(100)}
    found = induce_lexicon(source, target, shown, set(source))
    right = [word for word in found if found[word] == f"B{word[1:]}"]
    assert len(right) > 130
    assert len(found) - len(right) < 20


def test_too_few_words_give_no_rotation():
    source, target = languages(100)
    shown = {f"a{i}": [f"B{i}", "absent"] for i in range(lexicon.MIN_SEEDS - 1)}
    assert not induce_lexicon(source, target, shown, set(source))
    shown["a99"] = ["B99"]
    assert induce_lexicon(source, target, shown, set(source))


def test_characters_of_words_are_no_translations():
    source, target = languages(300)
    characters = {chr(0x4E00 + i): vector for i, vector in enumerate(target.values())}
    shown = {f"a{i}": [chr(0x4E00 + i)] for i in range(100)}
    assert not induce_lexicon(source, characters, shown, set(source))
    words = {f"{character}子": vector for character, vector in characters.items()}
    shown = {word: [f"{others[0]}子"] for word, others in shown.items()}
    assert induce_lexicon(source, words, shown, {"a200"}) == {"a200": f"{chr(0x4E00 + 200)}子"}


def test_a_word_that_both_languages_have_is_its_own_translation():
    source, target = languages(300, noise=0.1)
    # Nearer to another word than to itself, but among its neighbours.
    source["hotel"] = source["a200"] + 0.3 * source["a201"]
    target["Hotel"] = target["B200"] + 0.3 * target["B202"]
    target["hotel"] = target["B7"]
    shown = {f"a{i}": [f"B{i}"] for i in range(100)}
    found = induce_lexicon(source, target, shown, {"hotel", "a200"})
    assert found == {"hotel": "Hotel", "a200": "B200"}


@pytest.mark.parametrize("block", [3, 1024])
def test_mutual_neighbours_by_their_definition(monkeypatch, block):
    monkeypatch.setattr(lexicon, "_BLOCK", block)
    draw = np.random.default_rng(3)
    x, y = (normalized(draw.normal(size=(n, 4)).astype(np.float32)) for n in (17, 23))
    nearest, similarity = lexicon._mutual_neighbours(x, y)
    cosines = x @ y.T
    density_x = [np.mean(sorted(row)[-10:]) for row in cosines]
    density_y = [np.mean(sorted(column)[-10:]) for column in cosines.T]
    table = 2 * cosines - np.array(density_x)[:, None] - np.array(density_y)
    for i, row in enumerate(table):
        assert nearest[i] == row.argmax()
        is_mutual = table[:, row.argmax()].argmax() == i
        assert similarity[i] == pytest.approx(row.max() if is_mutual else -np.inf, abs=1e-6)


def test_normalized_vectors():
    vectors = normalized(np.random.default_rng(0).normal(2.0, size=(50, 6)).astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.linalg.norm(vectors.mean(axis=0)) < 0.1
    for number in (0, 1e-38, 1e-30, 3e38):
        extreme = np.array([[number, -number], [1, 2], [0, 1]], dtype=np.float32)
        lengths = np.linalg.norm(directions(extreme), axis=1)
        np.testing.assert_allclose(lengths, [number > 0, 1, 1], atol=1e-6)
        assert np.isfinite(normalized(extreme)).all()


def test_what_the_pairs_show():
    pairs = [Pair(f"the {a}", f"das {b}") for a, b in (("Dog", "Hund"), ("cat", "Tier"))] * 6
    pairs += [Pair("a cat", "ein Tier"), Pair("a dog", "ein Hund")] * 6
    found = find_translations(pairs)
    assert found["dog"] == ["Hund"]
    assert found["cat"] == ["Tier"]


def reader():
    pairs = [Pair("we saw the big house .", "wir sahen")]
    return CarryingReader(
        ".", WordList.of(pairs), SYMBOLS, True, lambda _: True, {"road": "Straße", "ann": "Ann"}
    )


def test_a_word_with_a_translation_is_an_item_of_its_own():
    read = reader().read("We saw Bob Road 5 .")
    assert read.text == f"we saw {SYMBOLS[0]} {SYMBOLS[1]} {SYMBOLS[2]} ."
    assert read.items == ("Bob", "Road", "5")
    assert read.carried == ("Bob", "Straße", "5")
    assert read.unknown == ("Bob", "Road")


def test_a_target_has_the_translation_in_place_of_the_symbol():
    source = reader().read("we saw road 5")
    one, two = SYMBOLS[0], SYMBOLS[1]
    assert put_symbols("wir sahen Straße 5", source) == f"wir sahen {one} {two}"
    assert put_symbols("wir sahen road 5", source) == f"wir sahen road {two}"


def test_a_source_without_a_word_of_the_pairs_is_not_translated():
    for text in ("road", "Bob road"):
        assert reader().read(text).is_foreign
    plain = reader().read("we saw Bob")
    assert plain.carried == plain.items == ("Bob",)


def test_vectors_that_do_not_fit_together_translate_nothing():
    shown = {f"a{i}": [f"B{i}"] for i in range(200)}
    for size in (20, 60):
        source, _ = languages(600, size=size, seed=1)
        _, target = languages(600, size=size, seed=2)
        assert not induce_lexicon(source, target, shown, set(source))


def test_turkish_words_are_spelled_as_sources_are():
    pairs = [Pair("IŞIK yak", "Licht an"), Pair("IŞIK", "Licht"), Pair("yak", "an")] * 5
    assert find_translations(pairs, "tr")["ışık"] == ["Licht"]


def test_what_the_pairs_have_is_not_translated_by_vectors():
    pairs = [Pair("we saw Ann .", "wir sahen Ann .")]
    words = WordList.of(pairs)
    carrying = CarryingReader(".", words, SYMBOLS, True, lambda _: True, {"ann": "Anna"})
    assert carrying.read("we saw Ann .").carried == ("Ann",)
