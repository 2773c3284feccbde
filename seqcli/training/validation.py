"""Scores a network on dev: its loss, and the score of its greedy translations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
import torch

from seqcli import evaluation
from seqcli.config import PERPLEXITY, SearchConfig
from seqcli.data.batching import (
    Batch,
    Example,
    PackedExamples,
    collate,
    epoch_batches,
    split_batch,
)
from seqcli.data.pairs import Pair
from seqcli.decoding.search import SearchModel
from seqcli.decoding.text_processor import TextProcessor, make_processor
from seqcli.decoding.translation import Translation
from seqcli.decoding.translator import Translator
from seqcli.errors import DivergedError
from seqcli.export.network import search_model
from seqcli.memory import in_parts
from seqcli.model.network import REMEDY, Network
from seqcli.model.seq2seq import Seq2Seq
from seqcli.model.stepper import TorchSearchModel
from seqcli.training.events import DevScores, Sample
from seqcli.training.gradients import batch_loss, no_room
from seqcli.training.heap import trim_heap
from seqcli.training.loss import cross_entropy
from seqcli.training.prepare import MAX_PIECES, PreparedData

GREEDY = SearchConfig(beam=1, batch_size=128, split=False)


class Validation(NamedTuple):
    """Loss in nats per token, score (from 0 to 100, or a perplexity), translations in the order of
    dev.

    `length_ratio` is tokens of the translations per token of the references, at least 1. If dev
    has several sets, `parts` are the scores on each.
    """

    loss: float
    score: float
    translations: list[str]
    length_ratio: float
    parts: tuple[DevScores, ...] = ()


# A network with a larger loss on dev (nats per token) has diverged: its perplexity, e to this
# power, would be no finite number.
MAX_LOSS = 700.0


def dev_perplexity(loss: float) -> float:
    """The perplexity of a loss on dev. Raises a `DivergedError` for one that is too large."""
    if not loss < MAX_LOSS:  # written so that a NaN is refused too
        raise DivergedError(f"the loss on dev is no longer a finite number: {REMEDY}")
    return math.exp(loss)


class DevLoss:
    """The mean loss of networks on examples, in nats per token.

    Batches have about `batch_tokens` pieces, and are computed by `threads`. A batch for which there
    is not enough memory is computed in halves; `halved` is whether there was ever one.
    """

    def __init__(self, examples: PackedExamples, batch_tokens: int, threads: int) -> None:
        batches = epoch_batches(examples, batch_tokens, np.random.default_rng(0))
        self.batches = [collate([examples[i] for i in indices]) for indices in batches]
        self.tokens = len(examples.targets)
        self.threads = threads
        self.halved = False

    def __call__(self, network: Network) -> float:
        """The loss. Raises `MemoryShortError` if there is not enough for one sentence."""

        def nll(batch: Batch) -> float:
            return sum(in_parts(partial(_nll, network), batch, self._halves, no_room))

        with ThreadPoolExecutor(self.threads) as pool:
            nlls = list(pool.map(nll, self.batches))
        return sum(nlls) / self.tokens

    def _halves(self, batch: Batch) -> list[Batch]:
        self.halved = True
        trim_heap()
        return split_batch(batch, 2)


class Validator:
    """Scores networks on the pairs of dev.

    `make_translator` returns a translator for a model. `examples` are the pairs as a translator
    reads them, so that the loss is the same as from `seqcli score` (of a target of over
    `MAX_PIECES` pieces, that of its beginning). Batches have about
    `batch_tokens` pieces; `threads` compute the loss. Raises `MemoryShortError` if there is not
    enough memory for one sentence.
    """

    def __init__(
        self,
        make_translator: Callable[[SearchModel], Translator],
        pairs: Sequence[Pair],
        examples: PackedExamples,
        batch_tokens: int,
        metric: str,
        threads: int,
    ) -> None:
        self.make_translator = make_translator
        self.pairs = pairs
        self.dev_loss = DevLoss(examples, batch_tokens, threads)
        self.metric = metric
        self.tokenizer = evaluation.bleu_tokenizer(pair.target for pair in pairs)
        self.sample_indices = sample_indices(pairs)
        self.translating_halved = False

    @property
    def halved(self) -> bool:
        """Whether there was ever not enough memory for a batch, which was computed in halves."""
        return self.translating_halved or self.dev_loss.halved

    def __call__(self, network: Seq2Seq) -> Validation:
        loss = self.dev_loss(network)
        perplexity = dev_perplexity(loss)
        # Graphs for ONNX Runtime are quickly made, and translate twice as fast as the network.
        results = self._translate(search_model(network), self.pairs)
        best = [hypotheses[0] for hypotheses in results]
        translations = [translation.text for translation in best]
        references = [[pair.target] for pair in self.pairs]
        tokens = sum(len(translation.target_pieces) for translation in best)
        return Validation(
            loss=loss,
            score=perplexity
            if self.metric == PERPLEXITY
            else evaluation.corpus_score(self.metric, translations, references, self.tokenizer),
            translations=translations,
            length_ratio=max(1.0, tokens / self.dev_loss.tokens),
        )

    def preview(self, network: Seq2Seq) -> tuple[Sample, ...]:
        """A few dev sentences as the network translates them now."""
        network.check_finite()
        pairs = [self.pairs[i] for i in self.sample_indices]
        results = self._translate(TorchSearchModel(network), pairs)
        return tuple(
            Sample(pair.source, pair.target, hypotheses[0].text)
            for pair, hypotheses in zip(pairs, results, strict=True)
        )

    def samples(self, translations: Sequence[str]) -> tuple[Sample, ...]:
        """The sentences of `preview` with their translations among those of all dev sentences."""
        return tuple(
            Sample(self.pairs[i].source, self.pairs[i].target, translations[i])
            for i in self.sample_indices
        )

    def _translate(self, model: SearchModel, pairs: Sequence[Pair]) -> list[list[Translation]]:
        translator = self.make_translator(model)
        results = translator.translate([pair.source for pair in pairs])
        self.translating_halved = self.translating_halved or translator.batches.halved
        return results


def make_validator(data: PreparedData, translator_threads: int, loss_threads: int) -> Validator:
    """A validator on dev that translates as `seqcli translate` does, but greedily."""
    settings, dev = data.settings, data.split.dev
    examples = map(text_processor(data, GREEDY).to_example, dev)
    return Validator(
        translator_factory(data, GREEDY, translator_threads),
        dev,
        # (Sources are cut by the text processor.)
        PackedExamples.of(Example(source, target[:MAX_PIECES]) for source, target in examples),
        settings.training.batch_tokens,
        settings.training.metric,
        loss_threads,
    )


def translator_factory(
    data: PreparedData, config: SearchConfig, workers: int
) -> Callable[[SearchModel], Translator]:
    """A function that returns a translator for a model, as `seqcli translate` makes one."""
    return partial(
        Translator,
        processor=text_processor(data, config),
        max_length_ratio=data.settings.max_length_ratio,
        config=config,
        workers=workers,
    )


def text_processor(data: PreparedData, config: SearchConfig) -> TextProcessor:
    """The text processor of a network that is trained on the data."""
    return make_processor(
        data.settings,
        data.tokenizer,
        data.output_vocabulary,
        data.words,
        config.max_source_pieces,
        data.vectors,
    )


@torch.no_grad()
def _nll(network: Network, batch: Batch) -> float:
    return float(batch_loss(network, batch, cross_entropy).nll)


def sample_indices(pairs: Sequence[Pair], count: int = 4) -> list[int]:
    """Indices of up to `count` pairs for a preview, always the same: evenly spaced by source
    length, without the shortest and the longest."""
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].source))
    places = [len(order) * (2 * i + 1) // (2 * count) for i in range(count)]
    return [order[place] for place in dict.fromkeys(places)]
