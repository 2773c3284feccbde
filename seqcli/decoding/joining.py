"""Lines of several sentences: each sentence is translated, and the translations are joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from operator import add
from threading import Lock
from typing import TypeVar

import numpy as np

from seqcli.arrays import Array
from seqcli.data.text import is_east_asian
from seqcli.decoding.confidence import joined_confidence
from seqcli.decoding.encoded import Copy
from seqcli.decoding.hypotheses import StoppedBy
from seqcli.decoding.text_processor import TextProcessor
from seqcli.decoding.translation import Translation

Advance = Callable[[int], None] | None
Sentence = TypeVar("Sentence")  # as the function that translates it takes it

# From best to worst.
_STOPPED_BY: tuple[StoppedBy, ...] = ("eos", "limit", "repetition")
# After these, in scripts without spaces, the next sentence follows without a space.
_FULL_WIDTH_MARKS = tuple("。！？｡．")
_MARKS = tuple(".!?…")
_CLOSERS = "”’」』）》】\"')"


def sentences_within(processor: TextProcessor, sentences: list[str]) -> list[str]:
    """The first sentences, at least one, that have at most `max_source_pieces` pieces together."""
    room = processor.max_source_pieces
    if len(sentences) == 1 or sum(map(len, sentences)) <= room:  # (pieces are no shorter than 1)
        return sentences
    for number, sentence in enumerate(sentences):
        room -= len(processor.encode_source(sentence).ids) - 1
        if room < 0:
            return sentences[: max(1, number)]
    return sentences


def translate_lines(
    translate: Callable[[Sequence[Sentence], str, Advance], list[list[Translation]]],
    texts: Sequence[str],
    lines: Sequence[Sequence[Sentence]],
    prefix: str,
    advance: Advance,
) -> list[list[Translation]]:
    """The translations of texts, given their sentences; the rest of a text is left out (`cut`).

    `translate` takes sentences, a prefix and what counts translated sentences, and returns the
    translations of each sentence, best first. That of the first sentence begins with the prefix.
    """
    if all(len(line) == 1 and line[0] == text for line, text in zip(lines, texts, strict=True)):
        return translate([line[0] for line in lines], prefix, advance)
    count = sum(map(len, lines))
    progress = _LineProgress(len(texts), count, advance) if advance else None
    if prefix:
        firsts = iter(translate([line[0] for line in lines], prefix, progress))
        others = iter(translate([s for line in lines for s in line[1:]], "", progress))
        parts = [[next(firsts), *islice(others, len(line) - 1)] for line in lines]
    else:
        results = iter(translate([s for line in lines for s in line], "", progress))
        parts = [list(islice(results, len(line))) for line in lines]
    return [join_nbest(text, part) for text, part in zip(texts, parts, strict=True)]


def join_nbest(text: str, sentences: Sequence[Sequence[Translation]]) -> list[Translation]:
    """The translations of a text, best first, from those of its sentences.

    The translation of a rank joins those of this rank, or the last ones, of each sentence.
    """
    if len(sentences) == 1 and sentences[0][0].source == text:
        return list(sentences[0])
    # The same for every rank, so that a better rank has a better score.
    # (What a user has told has no pieces, but others of the same sentence do.)
    sizes = [next(filter(None, map(_size, nbest)), 0) for nbest in sentences]
    return [
        _join(text, [nbest[min(rank, len(nbest) - 1)] for nbest in sentences], sizes)
        for rank in range(max(map(len, sentences)))
    ]


def _size(translation: Translation) -> int:
    return len(translation.target_pieces)


def _join(text: str, sentences: Sequence[Translation], sizes: Sequence[int]) -> Translation:
    """One translation of a text, whose score is the mean of the scores, weighted by the sizes."""
    filled = [sentence for sentence in sentences if sentence.source_pieces]
    between = list(separators([sentence.text for sentence in sentences]))
    if not filled:
        return _join_without_pieces(text, sentences, between)
    spaces = [" " if each.source[-1:].isspace() else "" for each in sentences]
    targets = [sentence.pieces_without_end for sentence in sentences]
    end = filled[-1].target_pieces[len(filled[-1].pieces_without_end) :]
    return Translation(
        source=text,
        text="".join(map(add, between, (sentence.text for sentence in sentences))),
        score=float(np.average([sentence.score for sentence in sentences], weights=sizes)),
        log_probability=sum(sentence.log_probability for sentence in sentences),
        source_pieces=(
            *_join_pieces([each.source_pieces[:-1] for each in sentences], ["", *spaces]),
            *filled[-1].source_pieces[-1:],
        ),
        target_pieces=(*_join_pieces(targets, between), *end),
        attention=_join_attention(filled),
        stopped_by=max((sentence.stopped_by for sentence in sentences), key=_STOPPED_BY.index),
        cut=any(sentence.cut for sentence in sentences)
        or sum(len(sentence.source) for sentence in sentences) < len(text),
        copies=tuple(_shifted_copies(sentences, [len(target) for target in targets])),
        missing=tuple(item for each in sentences for item in each.missing),
        misplaced=tuple(item for each in sentences for item in each.misplaced),
        unknown=tuple(word for each in sentences for word in each.unknown),
        dropped="".join(sorted(set().union(*(each.dropped for each in sentences)))),
        is_foreign=all(each.is_foreign for each in sentences),
        log_probabilities=(
            *(
                p
                for each, target in zip(sentences, targets, strict=True)
                for p in each.log_probabilities[: len(target)]
            ),
            *filled[-1].log_probabilities[len(filled[-1].pieces_without_end) :],
        ),
        confidence=joined_confidence(each.confidence for each in sentences),
        sentences=tuple(sentences),
        heard=_joined_heard(sentences, targets, end),
        language_log_probability=_joined_language_log_probability(filled),
        terms=tuple(term for each in sentences for term in each.terms),
    )


def _join_without_pieces(
    text: str, sentences: Sequence[Translation], between: Sequence[str]
) -> Translation:
    """One translation of a text whose sentences needed no search: a user has told them, or nothing
    of them is to be translated."""
    unknown = tuple(word for each in sentences for word in each.unknown)
    if all(each.origin == "model" for each in sentences):
        joined = " ".join(each.text for each in sentences if each.text)
        return replace(sentences[0], source=text, text=joined, unknown=unknown)
    remembered = [each for each in sentences if each.origin == "memory"]
    return replace(
        remembered[0],
        source=text,
        text="".join(map(add, between, (each.text for each in sentences))),
        cut=sum(len(each.source) for each in sentences) < len(text),
        unknown=unknown,
        confidence=joined_confidence(each.confidence for each in sentences),
        origin="memory" if len(remembered) == len(sentences) else "model",
    )


def _joined_language_log_probability(sentences: Sequence[Translation]) -> float | None:
    """That of all sentences; None where no language model took part."""
    found = [each.language_log_probability for each in sentences]
    given = [value for value in found if value is not None]
    return sum(given) if given else None


def _joined_heard(
    sentences: Sequence[Translation], targets: Sequence[Sequence[str]], end: Sequence[str]
) -> tuple[int, ...]:
    """The words of the whole text that had been heard at each of the joined pieces; empty unless
    one of the sentences was heard word by word."""
    if not any(each.heard for each in sentences):
        return ()
    from seqcli.data.heard_words import heard_words  # noqa: PLC0415  (for a quick start)

    heard: list[int] = []
    before = 0  # words of the sentences before
    for sentence, target in zip(sentences, targets, strict=True):
        words = len(heard_words(sentence.source))
        own = sentence.heard or (words,) * len(target)
        heard += (before + count for count in own[: len(target)])
        before += words
    return (*heard, *(before for _ in end))


def _shifted_copies(sentences: Sequence[Translation], lengths: Sequence[int]) -> Iterator[Copy]:
    """What the sentences carry over, with the indices of the joined pieces, of which each sentence
    gives the target so many."""
    sources = targets = 0
    for sentence, length in zip(sentences, lengths, strict=True):
        for copy in sentence.copies:
            yield copy._replace(
                source_piece=sources + copy.source_piece,
                target_piece=targets + copy.target_piece,
            )
        sources += len(sentence.source_pieces[:-1])
        targets += length


def separators(texts: Sequence[str]) -> Iterator[str]:
    """What is written before each text: a space, or nothing at the beginning, beside an empty text,
    after a full-width mark, and in Chinese and Japanese after any end mark."""
    before = ""
    for text in texts:
        bare = before.rstrip(_CLOSERS)
        needs_no_space = bare.endswith(_FULL_WIDTH_MARKS) or (
            bare.endswith(_MARKS) and any(map(is_east_asian, text[:2]))
        )
        yield "" if needs_no_space or not before or not text else " "
        before = text or before


def _join_pieces(sentences: Sequence[Sequence[str]], separators: Sequence[str]) -> list[str]:
    """The pieces of sentences, none of which has an end, with ▁ where a separator is a space."""
    joined: list[str] = []
    for pieces, separator in zip(sentences, separators, strict=False):
        if joined and pieces:
            first = pieces[0].removeprefix("▁")
            joined += [f"▁{first}" if separator else first, *pieces[1:]]
        else:
            joined += pieces
    return joined


def _join_attention(sentences: Sequence[Translation]) -> Array | None:
    """The attention weights of one translation: zero between pieces of different sentences; what
    attends to the end of any sentence's source attends to the one end."""
    blocks = [each.attention for each in sentences if each.attention is not None]
    if not blocks:
        return None
    ends = [len(each.pieces_without_end) for each in sentences[:-1]]
    blocks = [*(block[:end] for block, end in zip(blocks, ends, strict=False)), blocks[-1]]
    joined = np.zeros(
        (sum(map(len, blocks)), sum(block.shape[1] - 1 for block in blocks) + 1),
        dtype=blocks[0].dtype,
    )
    row = column = 0
    for block in blocks:
        rows, columns = slice(row, row + len(block)), slice(column, column + block.shape[1] - 1)
        joined[rows, columns] = block[:, :-1]
        joined[rows, -1] = block[:, -1]
        row, column = rows.stop, columns.stop
    return joined


class _LineProgress:
    """Counts translated sentences, and reports them as lines: all lines with the last sentence."""

    def __init__(self, lines: int, sentences: int, advance: Callable[[int], None]) -> None:
        self.lines = lines
        self.sentences = sentences
        self.advance = advance
        self.translated = 0
        self.reported = 0
        self.lock = Lock()

    def __call__(self, sentences: int) -> None:
        with self.lock:
            self.translated += sentences
            lines = self.translated * self.lines // self.sentences - self.reported
            self.reported += lines
        if lines:
            self.advance(lines)
