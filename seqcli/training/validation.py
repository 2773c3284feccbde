"""How well a network does on dev: loss, and the score of its greedy translations."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import torch

from seqcli import evaluation
from seqcli.config import SearchConfig
from seqcli.data.batching import Example, collate
from seqcli.data.corpus import Pair
from seqcli.decoding.translator import Translator
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.events import Sample
from seqcli.training.gradients import batch_loss

GREEDY = SearchConfig(beam=1, batch_size=128)


class Validation(NamedTuple):
    """Loss in nats per token, score from 0 to 100, translations in the order of dev.

    `excess` is how much longer the translations are than the references (1 if not longer).
    """

    loss: float
    score: float
    translations: list[str]
    excess: float


class Validator:
    """Dev pairs, ready to be scored again and again."""

    def __init__(
        self,
        translator: Translator,
        pairs: Sequence[Pair],
        examples: Sequence[Example],
        metric: str,
        workers: int,
    ) -> None:
        self.translator = translator
        self.pairs = pairs
        self.examples = sorted(examples, key=lambda example: len(example.source))
        self.metric = metric
        self.workers = workers
        self.tokenizer = evaluation.bleu_tokenizer(pair.target for pair in pairs)
        self.shown = _telling(pairs)

    def __call__(self, network: Seq2Seq) -> Validation:
        found = self.translator.translate([pair.source for pair in self.pairs])
        translations = [best[0].text for best in found]
        scores = evaluation.score(translations, [[p.target] for p in self.pairs], self.tokenizer)
        written = sum(len(best[0].target_pieces) for best in found)
        wanted = sum(len(example.target) for example in self.examples)
        return Validation(
            loss=self._loss(network),
            score=scores.bleu if self.metric == "bleu" else scores.chrf,
            translations=translations,
            excess=max(1.0, written / wanted),
        )

    def look(self) -> tuple[Sample, ...]:
        """How a few dev sentences are translated now."""
        chosen = [self.pairs[i] for i in self.shown]
        found = self.translator.translate([pair.source for pair in chosen])
        return tuple(
            Sample(p.source, p.target, best[0].text) for p, best in zip(chosen, found, strict=True)
        )

    def samples(self, translations: Sequence[str]) -> tuple[Sample, ...]:
        return tuple(
            Sample(self.pairs[i].source, self.pairs[i].target, translations[i]) for i in self.shown
        )

    def _loss(self, network: Seq2Seq) -> float:
        size = GREEDY.batch_size
        parts = [self.examples[i : i + size] for i in range(0, len(self.examples), size)]
        with ThreadPoolExecutor(self.workers) as pool:
            surprises = list(pool.map(partial(_surprise, network), parts))
        return sum(surprises) / sum(len(example.target) for example in self.examples)


@torch.no_grad()
def _surprise(network: Seq2Seq, examples: Sequence[Example]) -> float:
    return float(batch_loss(network, collate(examples), 0.0).surprise)


def _telling(pairs: Sequence[Pair], count: int = 4) -> list[int]:
    """Sentences worth watching: of middling length, spread over it, always the same."""
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].source))
    places = [len(order) * (2 * i + 1) // (2 * count) for i in range(count)]
    return [order[place] for place in dict.fromkeys(places)]
