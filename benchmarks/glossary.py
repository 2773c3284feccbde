"""Measures what a glossary costs, with terms that the references have.

    python benchmarks/glossary.py MODEL TRAIN.tsv DEV.tsv [--sentences 300] [--runs 5] [--beam 5]

Sentences of DEV get one to three terms each, drawn by a seed: a word of the source, and the word of
the reference that goes with it most often in TRAIN (by Dice's coefficient). Each sentence has a
glossary of its own. It prints how many of the terms are met and BLEU, with and without, and the
ratio of the times, in pairs.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.data.corpus import CorpusFiles
from seqcli.data.glossary import FoundTerm, Glossary, parse_term
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.pairs import Pair
from seqcli.data.words import find_words
from seqcli.data.written_terms import written_terms
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.translation import Translation
from seqcli.decoding.translator import Translator
from seqcli.evaluation import score

SHORTEST = 4  # letters of a word that is a term


class Case(NamedTuple):
    """A pair, and terms of which the reference has the target."""

    pair: Pair
    terms: dict[str, str]


def make_cases(train: list[Pair], dev: list[Pair], count: int) -> list[Case]:
    """Sentences with terms."""
    sources: Counter[str] = Counter()
    targets: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    for pair in train:
        words = {word.folded for word in find_words(pair.source)}
        others = {word.text for word in find_words(pair.target)}
        sources.update(words)
        targets.update(others)
        both.update((word, other) for word in words for other in others)

    def dice(word: str, other: str) -> float:
        return 2 * both[word, other] / (sources[word] + targets[other] + 1)

    draw, cases = random.Random(1), []
    for pair in dev:
        words = [word.folded for word in find_words(pair.source)]
        others = [word.text for word in find_words(pair.target)]
        terms = {}
        for word in words:
            if len(word) < SHORTEST or words.count(word) > 1 or not others:
                continue
            other = max(others, key=lambda each, word=word: dice(word, each))
            is_usual = both[word, other] > 0.05 * (sources[word] + 1)
            if is_usual and len(other) >= SHORTEST and other not in terms.values():
                terms[word] = other
        if terms:
            chosen = draw.sample(sorted(terms), min(len(terms), draw.randint(1, 3)))
            cases.append(Case(pair, {word: terms[word] for word in chosen}))
    return draw.sample(cases, min(count, len(cases)))


class CaseGlossary(Glossary):
    """For each source the glossary of its own case."""

    def __init__(self, cases: list[Case]) -> None:
        super().__init__(parse_term(term) for case in cases for term in case.terms.items())
        self._own = {
            fold(normalize_source(case.pair.source)): Glossary(map(parse_term, case.terms.items()))
            for case in cases
        }

    def find(self, text: str) -> list[FoundTerm]:
        # (What is read may lack marks: then the places of its terms are not known.)
        own = self._own.get(fold(normalize_source(text)))
        return [] if own is None else own.find(text)


def timed(translator: Translator, cases: list[Case]) -> tuple[list[Translation], float]:
    """The translations of the cases, and the seconds that they took."""
    begin = time.perf_counter()
    found = translator.translate([case.pair.source for case in cases])
    return [nbest[0] for nbest in found], time.perf_counter() - begin


def report(name: str, found: list[Translation], terms: list[list[FoundTerm]], pairs: list[Pair]):
    met = [
        term.is_met
        for translation, sought in zip(found, terms, strict=True)
        for term in written_terms(translation.text, sought)
    ]
    scores = score([each.text for each in found], [[pair.target] for pair in pairs])
    print(f"{name}: {sum(met)} of {len(met)} terms, BLEU {scores.bleu:.2f}, chrF {scores.chrf:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("train", type=Path)
    parser.add_argument("dev", type=Path)
    parser.add_argument("--sentences", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--beam", type=int, default=5)
    arguments = parser.parse_args()
    train, dev = (list(CorpusFiles((path,)).read()) for path in (arguments.train, arguments.dev))
    cases = make_cases(train, dev, arguments.sentences)
    glossary = CaseGlossary(cases)
    config = SearchConfig(beam=arguments.beam, split=False)
    plain = load_translator(open_bundle(arguments.model), config)
    bound = plain.with_glossary(glossary)
    ratios = []
    for _ in range(arguments.runs):
        without, seconds = timed(plain, cases)
        used, longer = timed(bound, cases)
        ratios.append(longer / seconds)
    terms = [glossary.find(case.pair.source) for case in cases]
    pairs = [case.pair for case in cases]
    report("without the glossary", without, terms, pairs)
    report("with the glossary", used, terms, pairs)
    print(f"time: {statistics.median(ratios):.2f} times ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
