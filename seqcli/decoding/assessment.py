"""A translator against a test set."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
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

    @property
    def exact(self) -> bool:
        """Whether the translation equals a reference."""
        return evaluation.matches(self.translation, self.references)


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
    """Translate each source once and score it against all the targets that the pairs give it.

    An empty source is translated as nothing, an empty target is a reference like any other. Pairs
    of two empty sides are left out; with no other, it raises `UserError`.
    """
    references: dict[str, list[str]] = {}
    for pair in pairs:
        if pair.source or pair.target:
            references.setdefault(pair.source, []).append(pair.target)
    if not references:
        raise UserError("the test set has no pairs: each line is source<TAB>target")
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


def about_empty_sides(pairs: Sequence[Pair]) -> str:
    """A sentence on the pairs that have one empty side; empty where none has."""
    told = [pair for pair in pairs if pair.source or pair.target]
    counts = {
        "target": sum(not pair.target for pair in told),
        "source": sum(not pair.source for pair in told),
    }
    found = [f"{count} an empty {side}" for side, count in counts.items() if count]
    if not found:
        return ""
    return f"of {len(told)} pairs, {' and '.join(found)}: they are scored like the others"
