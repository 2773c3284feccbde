"""A training under way: learning, evaluating and saving until the budget is spent."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch

from seqcli.bundle import TOKENIZER, Settings, write_bundle
from seqcli.data.batching import Packed, epoch_batches
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.model.seq2seq import Seq2Seq
from seqcli.model.stepper import TorchSearchModel
from seqcli.training.best import Best
from seqcli.training.card import model_card
from seqcli.training.checkpoint import RunRecord, network_tensors, save_checkpoint
from seqcli.training.events import (
    Ended,
    Evaluated,
    Event,
    Prepared,
    Previewed,
    Sample,
    Updated,
)
from seqcli.training.gradients import Gradients, useful_shards
from seqcli.training.heap import trim_heap
from seqcli.training.loop import Position, UpdateResult, learn
from seqcli.training.optimization import make_optimizer
from seqcli.training.prepare import PreparedData, TrainRequest
from seqcli.training.schedule import Schedule
from seqcli.training.validation import GREEDY, Validation, Validator

SECONDS_BETWEEN_LOOKS = 6.0
# Saved after an evaluation, and without one if none comes for long.
SECONDS_BETWEEN_SAVES = 30.0
SECONDS_WITHOUT_SAVING = 300.0


class Session:
    """A training under way: the network and all that changes with it."""

    def __init__(
        self,
        request: TrainRequest,
        material: PreparedData,
        record: RunRecord,
        position: Position,
        device: torch.device,
        started: float,
    ) -> None:
        workers = useful_shards(record.threads) if device.type == "cpu" else 1
        torch.set_num_threads(record.threads // workers)
        self.request = request
        self.material = material
        self.record = record
        self.started = started
        self.settings: Settings = material.settings
        self.config = material.settings.training
        torch.manual_seed(self.config.seed)
        self.network = Seq2Seq(
            self.settings.model,
            len(material.tokenizer),
            torch.from_numpy(material.output_vocabulary.pieces),
        ).to(device)
        self.gradients = Gradients(self.network, self.config, workers)
        self.optimizer = make_optimizer(self.network.parameters(), self.config)
        translator_of = partial(
            Translator,
            tokenizer=material.tokenizer,
            output_vocabulary=material.output_vocabulary,
            max_length_ratio=self.settings.max_length_ratio,
            source_punctuation=self.settings.source_punctuation,
            config=GREEDY,
            workers=record.threads,
        )
        dev = material.data.dev
        self.validator = Validator(
            translator_of,
            dev,
            Packed.of(map(translator_of(TorchSearchModel(self.network)).to_example, dev)),
            self.config.batch_tokens,
            self.config.metric,
            workers,
        )
        # (Of one epoch; others may have a batch or two more or less.)
        generator = np.random.default_rng(self.config.seed)
        self.batches = len(epoch_batches(material.train, self.config.batch_tokens, generator))
        self.position = position
        self.schedule = Schedule(self.config, position, self.batches)
        self.best = Best()

    def prepared(self) -> Prepared:
        data = self.material.data
        return Prepared(
            settings=self.settings,
            report=data.report,
            train_pairs=len(data.train),
            dev_pairs=len(data.dev),
            pieces=len(self.material.tokenizer),
            output_size=len(self.material.output_vocabulary),
            parameters=sum(p.numel() for p in self.network.parameters()),
            batches=self.batches,
            device=str(self.network.output_pieces.device),
            notes=data.notes,
        )

    def go(self, stop: Callable[[], bool]) -> Iterator[Event]:
        """Update until the budget is spent, the score stands still, or `stop` says so."""
        if self.schedule.over():
            yield self._end()
            return
        looked = saved = begun = time.monotonic()
        steps = learn(
            self.gradients,
            self.optimizer,
            self.material.train,
            self.position,
            self.schedule.rate,
        )
        for learned in steps:
            now = time.monotonic()
            self.position.learning_seconds += now - begun
            yield self._updated(learned)
            if self.schedule.measured(self._seconds()):
                excess = self._validate().excess
                yield self.schedule.fix_budget(self._seconds(), excess)
            if self.schedule.due():
                yield self._evaluate()
                if self._finished():
                    break
                if now - saved > SECONDS_BETWEEN_SAVES:
                    self._save()
                    saved = time.monotonic()
            elif stop():
                break
            elif now - saved > SECONDS_WITHOUT_SAVING:
                self._save()
                saved = time.monotonic()
            elif self.request.preview and now - looked > SECONDS_BETWEEN_LOOKS:
                yield Previewed(self.position.update, self.validator.look(self.network))
                looked = time.monotonic()
            begun = time.monotonic()
        yield self._end()

    def _seconds(self) -> float:
        return time.monotonic() - self.started

    def _updated(self, learned: UpdateResult) -> Updated:
        position, seconds = self.position, self._seconds()
        return Updated(
            update=position.update,
            total=position.total,
            epoch=position.epoch,
            loss=learned.nll,
            tokens=learned.tokens,
            rate=learned.rate,
            seconds=seconds,
            seconds_left=self.schedule.seconds_left(seconds),
        )

    def _evaluate(self) -> Evaluated:
        """Score the network on dev and keep it if it is the best so far."""
        validation = self._validate()
        samples = self.validator.samples(validation.translations)
        # Of two equal scores (a short dev set has many), the lower loss is better.
        standing = (validation.score, -validation.loss)
        best, best_loss = self.position.best, self.position.best_loss
        improved = best is None or standing > (best, -best_loss)
        train_loss = self.position.loss / max(1, self.position.tokens)
        self.position.loss, self.position.tokens = 0.0, 0
        self.position.evaluations_since_best += 1
        self.position.seconds = self._seconds()
        self.record.history.append(
            {
                "update": self.position.update,
                "seconds": round(self.position.seconds, 1),
                "tokens": self.position.all_tokens,
                "train_loss": round(train_loss, 4),
                "dev_loss": round(validation.loss, 4),
                self.config.metric: round(validation.score, 2),
            }
        )
        if improved:
            self.position.best, self.position.best_loss = validation.score, validation.loss
            self.position.evaluations_since_best = 0
            self.best = Best(network_tensors(self.network))
            self.record.samples = [list(each) for each in samples]
        return Evaluated(
            update=self.position.update,
            seconds=self.position.seconds,
            train_loss=train_loss,
            dev_loss=validation.loss,
            metric=self.config.metric,
            score=validation.score,
            improved=improved,
            samples=samples,
        )

    def _validate(self) -> Validation:
        before = time.monotonic()
        trim_heap()
        validation = self.validator(self.network)
        trim_heap()
        self.schedule.evaluation_seconds = time.monotonic() - before
        return validation

    def _finished(self) -> bool:
        return self.schedule.over() or self.stands_still()

    def stands_still(self) -> bool:
        return 0 < self.config.patience <= self.position.evaluations_since_best

    def _save(self) -> None:
        """What it takes to go on, then the model: whatever fails there leaves the run resumable.

        Where the checkpoint, which is larger, cannot be written, the model may still be.
        """
        try:
            self._save_checkpoint()
        except UserError:
            self._save_model()
            raise
        self._save_model()

    def _save_checkpoint(self) -> None:
        trim_heap()
        self.position.seconds = self._seconds()
        save_checkpoint(
            self.request.folder,
            self.settings,
            self.material.tokenizer,
            self.network,
            self.best.weights,
            self.optimizer,
            self.position,
            self.record,
        )

    def _save_model(self) -> None:
        """The folder to translate with: the best network so far, or the present one."""
        trim_heap()
        about = self.settings.about | {
            "updates": self.position.update,
            "total_updates": self.position.total,
            "seconds": round(self._seconds(), 1),
            "metric": self.config.metric,
            "dev_score": self.position.best,
        }
        settings = dataclasses.replace(self.settings, about=about)
        best_samples = [Sample(*each) for each in self.record.samples]
        samples = best_samples or self.validator.look(self.network)
        card = model_card(settings, samples, len(self.material.tokenizer))
        write_bundle(
            self.request.folder,
            settings,
            self.material.output_vocabulary,
            {TOKENIZER: self.material.tokenizer.model} | self.best.files(self.network),
            self.record.history,
            card,
        )
        trim_heap()

    def _end(self) -> Ended:
        self._save()
        reason: Any = "interrupted"
        if self.schedule.over():
            reason = "finished"
        elif self.stands_still():
            reason = "no improvement"
        return Ended(
            reason=reason,
            folder=self.request.folder,
            update=self.position.update,
            total=self.position.total,
            seconds=self._seconds(),
            metric=self.config.metric,
            score=self.position.best,
        )
