"""The scripts of the page that put marks into translations, and pieces in words, against Python."""

import json
import random
from itertools import accumulate, pairwise

import numpy as np
import pytest
from javascript import TextScripts

from seqcli.data.source_text import Mark
from seqcli.decoding.markup import MarkedSource, insert, insert_into_pieces, place_marks
from seqcli.decoding.words import group_pieces

MARKS = [
    *("<b>", "</b>", "<b>", "</b>", "<i>", "</i>", "<b/>", "<a\nhref='x'>", "</a>"),
    *("</", "🌷", "🌷👍", "☎"),
]
PLACE = """(cases => cases.map(([text, spans, marks, pieces, items, attention]) => {
  const named = marks.map(([text, place, afterSpace, beforeSpace]) =>
    ({ text, place, afterSpace, beforeSpace }));
  const rows = attention && attention.map((row) => Float32Array.from(row));
  const insertions = placeMarks({ text, pieces: spans, marks: named }, pieces, items, rows);
  return [
    insertions.map(({ place, text }) => [place, text]),
    insert(pieces.join("").slice(2), insertions, 2),
    insertIntoPieces(pieces, insertions),
  ];
}))"""


@pytest.fixture(scope="module")
def scripts():
    return TextScripts("translation/markup.js", "translation/words.js")


def test_marks_are_placed_as_in_python(scripts):
    draw, numbers = random.Random(4), np.random.default_rng(4)
    parts = ["a", "ba", "é", "?", "!«", "?", "😀", "x1", "你", " ", "_", "𐐨"]
    cases, expected = [], []
    for _ in range(1000):
        pieces = ["".join(draw.choices(["▁", *parts], k=draw.randint(1, 3))) for _ in range(12)]
        pieces = ["aa", *pieces[: draw.randint(0, 12)]]
        read = ["".join(draw.choices(parts, k=draw.randint(1, 3))) for _ in range(10)]
        text = "".join(read)
        spans = list(pairwise((-1, *accumulate(map(len, read)))))
        places = sorted(draw.randint(0, len(text)) for _ in range(draw.choice([1, 2, 4, 8, 16])))
        marks = [
            (draw.choice(MARKS), place, draw.random() < 0.5, draw.random() < 0.5)
            for place in places
        ]
        items = sorted(draw.sample(range(len(pieces)), draw.choice([0, 0, 1])))
        weights = numbers.random((len(pieces) + 1, len(read) + 1)).astype(np.float32)
        attention = draw.choice((None, weights, weights.round(1)))
        given = None if attention is None else attention.tolist()
        cases.append((text, spans, marks, pieces, items, given))
        source = MarkedSource(text, spans, [Mark(*mark) for mark in marks])
        insertions = place_marks(source, pieces, items, attention)
        expected.append(
            [
                list(map(list, insertions)),
                insert("".join(pieces)[2:], insertions, 2),
                insert_into_pieces(pieces, insertions),
            ]
        )
    found = scripts.call(PLACE, cases)
    for case, one, other in zip(cases, found, expected, strict=True):
        assert one == other, case


def test_thousands_of_nested_tags_are_placed(scripts):
    count = 20_000
    marks = [*[("<b>", 0, True, True)] * count, *[("</b>", 3, True, True)] * count]
    (((*found,), *_),) = scripts.call(
        PLACE, [("cat", [(0, 3)], marks, ["▁Katze"], [], [[1.0, 0.0], [0.0, 1.0]])]
    )
    assert found == [*[[1, "<b>"]] * count, *[[6, "</b>"]] * count]


def test_pieces_are_grouped_as_in_python(scripts):
    draw = random.Random(3)
    parts = ["▁", "▁a", "bc", ",", "你", "好。", "😀", "\u0301", "▁▁", "ไทย", "\u3000", "x▁"]
    rows = [draw.choices(parts, k=draw.randint(0, 9)) for _ in range(500)]
    assert scripts.evaluate(f"{json.dumps(rows)}.map(groupPieces)") == list(map(group_pieces, rows))
