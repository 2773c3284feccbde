"""A translator against a test set."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from seqcli import evaluation
from seqcli.data.corpus import Pair
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError


@dataclass(frozen=True)
class Assessed:
    """One sentence of a test set, its translation, and its chrF (0 to 100)."""

    source: str
    translation: str
    references: tuple[str, ...]
    chrf: float


@dataclass(frozen=True)
class Assessment:
    """Scores over a test set; `seconds` of translating alone; sentences, the worst first."""

    scores: evaluation.Scores
    seconds: float
    ranked: tuple[Assessed, ...]
    limits: int  # translations that hit the length limit
    repetitions: int  # translations that said the same over and over
    cuts: int  # sources that were too long


def assess(translator: Translator, pairs: Iterable[Pair], bleu_tokenizer: str = "") -> Assessment:
    """Translate each source once and score it against all the targets that the pairs give it."""
    references: dict[str, list[str]] = {}
    for pair in pairs:
        if pair.source and pair.target:
            references.setdefault(pair.source, []).append(pair.target)
    if not references:
        raise UserError("the test set has no pair with two sides: each line is source<TAB>target")
    started = time.perf_counter()
    found = [best[0] for best in translator.translate(list(references))]
    seconds = time.perf_counter() - started
    texts = [each.text for each in found]
    ranked = [
        Assessed(source, text, tuple(own), evaluation.sentence_chrf(text, own))
        for (source, own), text in zip(references.items(), texts, strict=True)
    ]
    return Assessment(
        scores=evaluation.score(texts, list(references.values()), bleu_tokenizer),
        seconds=seconds,
        ranked=tuple(sorted(ranked, key=lambda each: each.chrf)),
        limits=sum(each.stopped_by == "limit" for each in found),
        repetitions=sum(each.stopped_by == "repetition" for each in found),
        cuts=sum(each.cut for each in found),
    )
