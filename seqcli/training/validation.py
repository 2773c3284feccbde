"""How well a network does on dev: loss, and the score of its greedy translations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from seqcli import evaluation
from seqcli.config import SearchConfig
from seqcli.data.batching import Batch, Packed, collate, epoch_batches
from seqcli.data.corpus import Pair
from seqcli.decoding.search import SearchModel
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.export.network import search_model
from seqcli.model.seq2seq import REMEDY, Seq2Seq
from seqcli.model.stepper import TorchSearchModel
from seqcli.training.events import Sample
from seqcli.training.gradients import batch_loss
from seqcli.training.loss import cross_entropy

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
    """Dev pairs, ready to be scored again and again.

    `translator_of` a model translates with it; `examples` are the pairs as a translator reads them,
    so that the loss is what `seqcli score` gives. Batches have about `batch_tokens` pieces.
    """

    def __init__(
        self,
        translator_of: Callable[[SearchModel], Translator],
        pairs: Sequence[Pair],
        examples: Packed,
        batch_tokens: int,
        metric: str,
        workers: int,
    ) -> None:
        self.translator_of = translator_of
        self.pairs = pairs
        batches = epoch_batches(examples, batch_tokens, np.random.default_rng(0))
        self.batches = [collate([examples[i] for i in indices]) for indices in batches]
        self.tokens = len(examples.targets)
        self.metric = metric
        self.workers = workers
        self.tokenizer = evaluation.bleu_tokenizer(pair.target for pair in pairs)
        self.shown = sample_indices(pairs)

    def __call__(self, network: Seq2Seq) -> Validation:
        loss = self._loss(network)
        if not math.isfinite(loss):
            raise UserError(f"the loss on dev is no longer a finite number: {REMEDY}")
        # Its graphs are soon made, and translate twice as fast as the network itself.
        translator = self.translator_of(search_model(network))
        found = translator.translate([pair.source for pair in self.pairs])
        translations = [best[0].text for best in found]
        references = [[pair.target] for pair in self.pairs]
        written = sum(len(best[0].target_pieces) for best in found)
        return Validation(
            loss=loss,
            score=evaluation.corpus_score(self.metric, translations, references, self.tokenizer),
            translations=translations,
            excess=max(1.0, written / self.tokens),
        )

    def look(self, network: Seq2Seq) -> tuple[Sample, ...]:
        """How a few dev sentences are translated now."""
        network.check_finite()
        chosen = [self.pairs[i] for i in self.shown]
        translator = self.translator_of(TorchSearchModel(network))
        found = translator.translate([pair.source for pair in chosen])
        return tuple(
            Sample(p.source, p.target, best[0].text) for p, best in zip(chosen, found, strict=True)
        )

    def samples(self, translations: Sequence[str]) -> tuple[Sample, ...]:
        return tuple(
            Sample(self.pairs[i].source, self.pairs[i].target, translations[i]) for i in self.shown
        )

    def _loss(self, network: Seq2Seq) -> float:
        with ThreadPoolExecutor(self.workers) as pool:
            nlls = list(pool.map(partial(_nll, network), self.batches))
        return sum(nlls) / self.tokens


@torch.no_grad()
def _nll(network: Seq2Seq, batch: Batch) -> float:
    return float(batch_loss(network, batch, cross_entropy).nll)


def sample_indices(pairs: Sequence[Pair], count: int = 4) -> list[int]:
    """Sentences worth watching: of middling length, spread over it, always the same."""
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].source))
    places = [len(order) * (2 * i + 1) // (2 * count) for i in range(count)]
    return [order[place] for place in dict.fromkeys(places)]
