"""Marks of a source, put into its translation."""

import random
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqcli.data.source_text import Mark
from seqcli.decoding.markup import (
    MarkedSource,
    insert,
    insert_into_pieces,
    pair_tags,
    place_marks,
)

TAG = re.compile(r"<[^<>]*>")


def marked(source):
    """A source with tags, as the model reads it: each word is a piece."""
    text = ""
    marks: list[Any] = []
    for part in re.split(r"(<[^<>]*>|🌷)", source):
        if part.startswith("<") or part == "🌷":
            before = not text or text.endswith(" ")
            marks.append([part, len(text), before, False])
        else:
            is_apart = marks and part.startswith(" ")
            if is_apart:
                marks[-1][3] = True
            text += part[1:] if is_apart and marks[-1][2] else part
    text = text.rstrip()
    marks = [Mark(m, min(p, len(text)), a, b or p >= len(text)) for m, p, a, b in marks]
    pieces = [(match.start() - 1, match.end()) for match in re.finditer(r"\S+", text)]
    return MarkedSource(text, pieces, marks)


def place(source, words, order):
    """The translation of a marked source by words, of which each attends to one source piece."""
    attention = None
    if order is not None:
        attention = np.zeros((len(words), len(source.pieces)))
        attention[np.arange(len(words)), order] = 1
    return place_words(source, words, attention)


def place_words(source, words, attention):
    return place_pieces(source, [f"▁{word}" for word in words], attention)


def place_pieces(source, pieces, attention, items=()):
    insertions = place_marks(source, pieces, items, attention)
    text = "".join(pieces).replace("▁", " ")
    placed = insert(text.removeprefix(" "), insertions, offset=text.startswith(" "))
    in_pieces = "".join(insert_into_pieces(pieces, insertions)).replace("▁", " ")
    assert in_pieces.removeprefix(" ") == placed or not pieces
    return placed


def nested(draw, words, depth=0):
    """Words in random well-nested tags."""
    parts = []
    while words:
        count = draw.randint(1, len(words))
        group, words = words[:count], words[count:]
        kind = draw.random()
        if kind < 0.5 and depth < 4:
            name = draw.choice(["b", "i", "a", "b"])
            attributes = draw.choice(["", ' href="x"', " id='1'"])
            parts.append(f"<{name}{attributes}>{nested(draw, group, depth + 1)}</{name}>")
        elif kind < 0.6:
            parts.append(f"{' '.join(group)}<br/>")
        elif kind < 0.7:
            parts.append(f"<i></i>{' '.join(group)}")
        else:
            parts.append(" ".join(group))
    return " ".join(parts)


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.integers(1, 8), st.integers(0, 8), st.booleans())
def test_tags_stay_nested_and_occur_once(seed, source_words, target_words, attends):
    draw = random.Random(seed)
    source_text = nested(draw, [f"w{i}" for i in range(source_words)])
    source = marked(source_text)
    words = [f"v{i}{draw.choice(['', '', ',', '.'])}" for i in range(target_words)]
    generator = np.random.default_rng(seed)
    attention = generator.dirichlet([0.3] * (source_words + 1), target_words) if attends else None
    placed = place_words(source, words, attention)
    assert sorted(TAG.findall(placed)) == sorted(TAG.findall(source_text))
    assert TAG.sub("", placed) == " ".join(words)
    ET.fromstring(f"<r>{placed}</r>")


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.permutations(range(5)))
def test_tags_stay_nested_in_any_order_of_words(seed, order):
    source_text = nested(random.Random(seed), [f"w{i}" for i in range(5)])
    placed = place(marked(source_text), [f"v{i}" for i in order], order)
    assert sorted(TAG.findall(placed)) == sorted(TAG.findall(source_text))
    ET.fromstring(f"<r>{placed}</r>")


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.integers(1, 6), st.booleans())
def test_monotone_attention_keeps_the_tags_around_the_same_words(seed, count, attends):
    source_text = nested(random.Random(seed), [f"w{i}" for i in range(count)])
    if "<i></i>" in source_text or "<br/>" in source_text:
        return
    order = range(count) if attends else None
    placed = place(marked(source_text), [f"v{i}" for i in range(count)], order)
    assert placed == source_text.replace("w", "v")


@pytest.mark.parametrize(
    ("source", "words", "order", "placed"),
    [
        ("<b>the dog</b> runs", "der Hund rennt", [0, 1, 2], "<b>der Hund</b> rennt"),
        ("the <b>dog</b> runs", "rennt der Hund", [2, 0, 1], "rennt der <b>Hund</b>"),
        ("<b>the dog</b> runs", "der rennt Hund", [0, 2, 1], "<b>der rennt Hund</b>"),
        ("<b>the</b> <i>dog</i>", "Hund der", [1, 0], "<i>Hund</i> <b>der</b>"),
        ("<b>the <i>dog</i></b> runs", "rennt Hund der", [2, 1, 0], "rennt <b><i>Hund</i> der</b>"),
        ("the <b>dog</b>", "der", [0], "der<b></b>"),
        ("the<br/> dog", "der Hund", [0, 1], "der<br/> Hund"),
        ("<p>the dog.</p>", "der Hund.", [0, 1], "<p>der Hund.</p>"),
        ("the dog 🌷", "der Hund", [0, 1], "der Hund 🌷"),
        ("🌷 the dog", "der Hund", [0, 1], "🌷 der Hund"),
        ("the 🌷 dog", "der Hund", [0, 1], "der 🌷 Hund"),
        ("the dog🌷", "der Hund", [0, 1], "der Hund🌷"),
        ("</b>the <i>dog", "der Hund", [0, 1], "</b>der <i>Hund"),
    ],
)
def test_marks_are_placed_by_the_attention(source, words, order, placed):
    assert place(marked(source), words.split(), order) == placed


def test_thousands_of_nested_tags_are_placed():
    opened, closed = "<b>" * 3000, "</b>" * 3000
    source = marked(f"the {opened}dog{closed}")
    assert place(source, ["Hund", "der"], [1, 0]) == f"{opened}Hund{closed} der"


def test_an_item_is_not_parted():
    source, pieces = marked("see <b>it</b>"), ["▁sieh", "▁", "https://a.io/b", "▁da"]
    attention = np.array([[1, 0], [0, 1], [0, 1], [1, 0]], float)
    expected = "sieh <b>https://a.io/b</b> da"
    assert place_pieces(source, pieces, attention, items=[2]) == expected


def test_pairs_of_tags():
    def pairs(text):
        marks = [Mark(tag, 0, False, False) for tag in text.split()]
        return [(p.opening, p.closing, [c[:2] for c in p.children]) for p in pair_tags(marks)]

    assert pairs("<b> <i> </i> </b>") == [(0, 3, [(1, 2)])]
    assert pairs("<b> </b> <b> </b>") == [(0, 1, []), (2, 3, [])]
    assert pairs("<b> <br/> <br> </b> </i>") == [(0, 3, [])]
    assert pairs("<b> <i> </b> </i>") == [(0, 2, [])]
    assert pairs("<p> <b> </b> <i> </i>") == [(1, 2, []), (3, 4, [])]
    assert pairs("<b> <b> </b>") == [(1, 2, [])]
