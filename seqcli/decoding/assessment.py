"""A translator against a test set."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seqcli import evaluation
from seqcli.data.pairs import Pair
from seqcli.decoding.translation import Fault
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError


@dataclass(frozen=True)
class Assessed:
    """One sentence of a test set, its translation, and its chrF (0 to 100)."""

    source: str
    translation: str
    references: tuple[str, ...]
    chrf: float

    @property
    def exact(self) -> bool:
        """Whether the translation equals a reference."""
        return evaluation.matches(self.translation, self.references)


@dataclass(frozen=True)
class Assessment:
    """Scores over a test set; `seconds` of translating alone; sentences, the worst first.

    `faults` are the places in the test set, counted from 1, of sentences whose translations may be
    incomplete.
    """

    scores: evaluation.Scores
    seconds: float
    ranked: tuple[Assessed, ...]
    faults: dict[Fault, list[int]]


def assess(translator: Translator, pairs: Iterable[Pair], bleu_tokenizer: str = "") -> Assessment:
    """Translate each source once and score it against all the targets that the pairs give it.

    An empty source is translated as nothing, an empty target is a reference like any other. Pairs
    of two empty sides are left out; with no other, it raises `UserError`.
    """
    references: dict[str, list[str]] = {}
    places: dict[str, int] = {}
    for place, pair in enumerate(pairs, start=1):
        if pair.source or pair.target:
            references.setdefault(pair.source, []).append(pair.target)
            places.setdefault(pair.source, place)
    if not references:
        raise UserError("the test set has no pairs: each line is source<TAB>target")
    started = time.perf_counter()
    found = [best[0] for best in translator.translate(list(references))]
    seconds = time.perf_counter() - started
    texts = [each.text for each in found]
    faults: dict[Fault, list[int]] = {}
    for each, place in zip(found, places.values(), strict=True):
        for fault in each.faults:
            faults.setdefault(fault, []).append(place)
    ranked = [
        Assessed(source, text, tuple(own), evaluation.sentence_chrf(text, own))
        for (source, own), text in zip(references.items(), texts, strict=True)
    ]
    return Assessment(
        scores=evaluation.score(texts, list(references.values()), bleu_tokenizer),
        seconds=seconds,
        ranked=tuple(sorted(ranked, key=lambda each: each.chrf)),
        faults=faults,
    )


def about_empty_sides(pairs: Sequence[Pair]) -> str:
    """A sentence on the pairs that have one empty side; empty where none has."""
    told = [pair for pair in pairs if pair.source or pair.target]
    counts = {
        "target": sum(not pair.target for pair in told),
        "source": sum(not pair.source for pair in told),
    }
    found = [f"an empty {side} in {count}" for side, count in counts.items() if count]
    if not found:
        return ""
    return f"{len(told)} pairs have {' and '.join(found)}: they are scored like the others"
