"""What is carried over, marks, and the translations of several sentences."""

from __future__ import annotations

from functools import cache

import numpy as np

from seqcli.data import normalization
from seqcli.data.carryover import SYMBOLS
from seqcli.data.source_text import CarryingReader, drop_surrogates
from seqcli.data.target_text import put_symbols
from seqcli.data.word_list import WordList
from seqcli.decoding.joining import join_nbest
from seqcli.decoding.markup import MarkedSource, insert, insert_into_pieces, place_marks
from seqcli.decoding.sentences import split_sentences
from seqcli.decoding.translation import Translation

from .registry import target, text_of


def translated(source: str, seed: int) -> Translation:
    """What a model could have made of a sentence: the same in capitals."""
    pieces = tuple(source[i : i + 3].replace(" ", "▁") for i in range(0, len(source), 3))
    targets = tuple(piece.upper() for piece in pieces)
    end = () if seed % 3 == 0 else ("</s>",)
    attention = np.full((len(targets) + len(end), len(pieces) + 1), 1 / (len(pieces) + 1))
    if not pieces:
        return Translation(source, "", 0.0, 0.0, (), (), None, "eos")
    return Translation(
        source,
        source.upper().strip(),
        -1.0 * seed,
        -1.0,
        (*pieces, "</s>"),
        (*targets, *end),
        attention,
        "eos" if end else "repetition",
        log_probabilities=(-1.0,) * len(attention),
        confidence=seed / 255,
    )


@target
def joining(content: bytes) -> None:
    """A joined translation has all sentences, and as many weights and probabilities as pieces."""
    text = text_of(content)
    sentences = split_sentences(text)
    ranks = 1 + len(content) % 3
    nbests = [
        [translated(sentence, (i + rank) % 256) for rank in range(1 + (ranks + i) % 3)]
        for i, sentence in enumerate(sentences)
    ]
    for joined in join_nbest(text, nbests):
        assert joined.source == text
        place = 0
        for sentence in sentences:
            written = sentence.upper().strip()
            place = joined.text.index(written, place) + len(written)
        if joined.attention is None:
            assert not joined.source_pieces
        else:
            shape = (len(joined.target_pieces), len(joined.source_pieces))
            assert joined.attention.shape == shape
            assert len(joined.log_probabilities) == shape[0]


KNOWN = ("the", "cat", "and", "dog", "sees", "我", "爱", "tom", "a")


@cache
def carrying_reader() -> CarryingReader:
    words = WordList(KNOWN, frozenset({"tom"}))
    return CarryingReader(
        ".,?'", words, SYMBOLS, True, "abcdefghijklmnopqrstuvwxyz我爱".__contains__
    )


@target
def carry_over(content: bytes) -> None:
    """There is a symbol for each item, in order, and each is found in the source itself."""
    text = text_of(content)
    reader = carrying_reader()
    read = reader.read(text)
    used = [character for character in read.text if character in SYMBOLS]
    assert used == [SYMBOLS[i % len(SYMBOLS)] for i in range(len(read.items))]
    normal = normalization.normalize(text)
    position = 0
    for item in read.items:
        assert item
        position = normal.index(item, position) + len(item)
    for mark in read.marks:
        assert mark.text in normal
        assert 0 <= mark.place <= len(read.text)
    places = [mark.place for mark in read.marks]
    assert places == sorted(places)
    assert not set(SYMBOLS) & set(reader.normalize(text))
    drop_surrogates(put_symbols(text, read)).encode()


@target
def markup(content: bytes) -> None:
    """Marks are inserted into a translation without changing it; the pieces say the same."""
    if not content:
        return
    source, translation = text_of(content[1 : 1 + content[0]]), text_of(content[1 + content[0] :])
    read = carrying_reader().read(f"the cat {source}")
    if not read.marks:
        return
    spans = [(i, min(i + 3, len(read.text))) for i in range(0, len(read.text), 3)]
    flat = "▁".join(translation.replace("▁", " ").split())
    pieces = [flat[i : i + 4] for i in range(0, len(flat), 4)]
    attention = None
    if content[0] % 2:
        draw = np.random.default_rng(content[0])
        attention = draw.random((len(pieces) + 1, len(spans) + 1))
    marked = MarkedSource(read.text, spans, read.marks)
    insertions = place_marks(marked, pieces, [0] if pieces else [], attention)
    assert sorted(each.text.strip() for each in insertions) == sorted(
        mark.text.strip() for mark in read.marks
    )
    assert [each.place for each in insertions] == sorted(each.place for each in insertions)
    inserted = insert(flat, insertions)
    assert len(inserted) == len(flat) + sum(len(each.text) for each in insertions)
    if pieces:
        assert "".join(insert_into_pieces(pieces, insertions)) == inserted
    position = 0
    for character in flat:
        position = inserted.index(character, position) + 1
