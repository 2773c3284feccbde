"""Assessment of a translator on a test set."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seqcli import evaluation
from seqcli.data.pairs import Pair
from seqcli.decoding.faults import FaultLog
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.wording import plural


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
    """Scores on a test set.

    `seconds` is the time of translation alone; `ranked` are the sentences, lowest chrF first;
    `faults` are the line numbers in the test set of sentences whose translations may be incomplete.
    """

    scores: evaluation.Scores
    seconds: float
    ranked: tuple[Assessed, ...]
    faults: FaultLog


def assess(translator: Translator, pairs: Iterable[Pair], bleu_tokenizer: str = "") -> Assessment:
    """Translate each source once and score it against all the targets that the pairs give it.

    The translation of an empty source is empty; an empty target is a reference like any other.
    Pairs of two empty sides are left out. Raises `UserError` if no pairs remain.
    """
    references: dict[str, list[str]] = {}
    numbers: dict[str, int] = {}
    for number, pair in enumerate(pairs, start=1):
        if pair.source or pair.target:
            references.setdefault(pair.source, []).append(pair.target)
            numbers.setdefault(pair.source, number)
    if not references:
        raise UserError("the test set has no pairs: each line is source<TAB>target")
    started = time.perf_counter()
    translations = [best[0] for best in translator.translate(list(references))]
    seconds = time.perf_counter() - started
    faults = FaultLog()
    for translation, number in zip(translations, numbers.values(), strict=True):
        faults.record(number, translation.faults)
    texts = [translation.text for translation in translations]
    assessed = [
        Assessed(source, text, tuple(targets), evaluation.sentence_chrf(text, targets))
        for (source, targets), text in zip(references.items(), texts, strict=True)
    ]
    return Assessment(
        scores=evaluation.score(texts, list(references.values()), bleu_tokenizer),
        seconds=seconds,
        ranked=tuple(sorted(assessed, key=lambda each: each.chrf)),
        faults=faults,
    )


def about_empty_sides(pairs: Sequence[Pair]) -> str:
    """A sentence about the pairs that have one empty side; empty if there are none."""
    scored = [pair for pair in pairs if pair.source or pair.target]
    counts = {
        "target": sum(not pair.target for pair in scored),
        "source": sum(not pair.source for pair in scored),
    }
    total = plural(len(scored), "pair")
    parts = [
        f"{count:,} of {total} {'has' if count == 1 else 'have'} an empty {side}"
        for side, count in counts.items()
        if count
    ]
    return f"{' and '.join(parts)}: scored like the others" if parts else ""
