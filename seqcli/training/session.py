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
from seqcli.data.batching import epoch_batches
from seqcli.decoding.translator import Translator
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.best import Best
from seqcli.training.card import model_card
from seqcli.training.checkpoint import Record, save_checkpoint
from seqcli.training.events import (
    Ended,
    Evaluated,
    Event,
    Frozen,
    Looked,
    Prepared,
    Sample,
    Updated,
)
from seqcli.training.gradients import Gradients, useful_shares
from seqcli.training.loop import Learned, Position, learn
from seqcli.training.memory import give_back
from seqcli.training.optimization import (
    MEASURED,
    affordable_evaluations,
    evaluation_points,
    frozen_total,
    make_optimizer,
    rate_at,
)
from seqcli.training.prepare import Material, Request
from seqcli.training.validation import GREEDY, Validation, Validator

SECONDS_BETWEEN_LOOKS = 6.0
# Saved after an evaluation, and without one if none comes for long.
SECONDS_BETWEEN_SAVES = 30.0
SECONDS_WITHOUT_SAVING = 300.0
LEAST_UPDATES_MEASURED = 20


class Session:
    """A training under way: the network and all that changes with it."""

    def __init__(
        self,
        request: Request,
        material: Material,
        record: Record,
        device: torch.device,
        started: float,
    ) -> None:
        workers = useful_shares(record.threads) if device.type == "cpu" else 1
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
            torch.from_numpy(material.writable.pieces),
        ).to(device)
        self.gradients = Gradients(self.network, self.config, workers)
        self.optimizer = make_optimizer(self.network.parameters(), self.config)
        self.validator = Validator(
            partial(
                Translator,
                tokenizer=material.tokenizer,
                writable=material.writable,
                length_ratio=self.settings.length_ratio,
                punctuation=self.settings.punctuation,
                config=GREEDY,
                workers=record.threads,
            ),
            material.data.dev,
            material.dev,
            self.config.batch_tokens,
            self.config.metric,
            workers,
        )
        self.position = Position(total=self._known_total())
        self.best = Best()
        self.points = set[int]()
        self.evaluation_seconds = 0.0  # what the last one took

    def prepared(self) -> Prepared:
        data = self.material.data
        return Prepared(
            settings=self.settings,
            report=data.report,
            train_pairs=len(data.train),
            dev_pairs=len(data.dev),
            pieces=len(self.material.tokenizer),
            writable=len(self.material.writable),
            parameters=sum(p.numel() for p in self.network.parameters()),
            batches=self._batches(),
            device=str(self.network.writable.device),
            notes=data.notes,
        )

    def go(self, stop: Callable[[], bool]) -> Iterator[Event]:
        """Update until the budget is spent, the score stands still, or `stop` says so."""
        looked = saved = begun = time.monotonic()
        self._set_points()
        steps = learn(
            self.gradients,
            self.optimizer,
            self.material.train,
            self.position,
            self._rate,
        )
        for learned in steps:
            now = time.monotonic()
            self.position.learning_seconds += now - begun
            yield self._updated(learned)
            if self._measured():
                yield self._freeze()
            if self.position.update in self.points:
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
            elif self.request.watched and now - looked > SECONDS_BETWEEN_LOOKS:
                yield Looked(self.position.update, self.validator.look(self.network))
                looked = time.monotonic()
            begun = time.monotonic()
        yield self._end()

    def _known_total(self) -> int | None:
        if self.config.updates:
            return self.config.updates
        return None if self.config.minutes else self.config.epochs * self._batches()

    def _batches(self) -> int:
        """Batches of an epoch (of the first; the others may differ by one or two)."""
        generator = np.random.default_rng(self.config.seed)
        return len(epoch_batches(self.material.train, self.config.batch_tokens, generator))

    def _set_points(self) -> None:
        if self.position.total is not None:
            evaluations = self.position.evaluations or self.config.evaluations
            self.points = set(evaluation_points(self.position.total, evaluations))

    def _rate(self, update: int) -> float:
        return rate_at(update, self.position.total, self.config)

    def _seconds(self) -> float:
        return time.monotonic() - self.started

    def _measured(self) -> bool:
        """Whether to fix the number of updates now: enough has been seen, or half is over."""
        spent = self._seconds() / 60 / max(self.config.minutes, 1e-9)
        enough = MEASURED if self.position.update >= LEAST_UPDATES_MEASURED else 0.5
        return self.position.total is None and spent >= enough

    def _freeze(self) -> Frozen:
        """Fix the number of updates by the speed of learning and of one evaluation so far."""
        validation = self._validate()
        # A beginner's translations run on; later evaluations will be shorter by that.
        evaluation = self.evaluation_seconds / validation.excess
        per_update = self.position.learning_seconds / self.position.update
        left = self.config.minutes * 60 - self._seconds()
        self.position.evaluations = affordable_evaluations(
            left, evaluation, self.config.evaluations
        )
        self.position.total = frozen_total(
            self.position.update, per_update, left - self.position.evaluations * evaluation
        )
        self._set_points()
        return Frozen(self.position.total, per_update, self.position.evaluations)

    def _updated(self, learned: Learned) -> Updated:
        position, seconds = self.position, self._seconds()
        if position.total is None:
            left = self.config.minutes * 60 - seconds
        else:
            per_update = position.learning_seconds / position.update
            to_come = sum(point > position.update for point in self.points)
            left = (
                position.total - position.update
            ) * per_update + to_come * self.evaluation_seconds
        return Updated(
            update=position.update,
            total=position.total,
            epoch=position.epoch,
            loss=learned.surprise,
            tokens=learned.tokens,
            rate=learned.rate,
            seconds=seconds,
            seconds_left=max(0.0, left),
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
            self.best.keep(self.network)
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
        give_back()
        validation = self.validator(self.network)
        give_back()
        self.evaluation_seconds = time.monotonic() - before
        return validation

    def _finished(self) -> bool:
        return self.position.update == self.position.total or self.stands_still()

    def stands_still(self) -> bool:
        return 0 < self.config.patience <= self.position.evaluations_since_best

    def _save(self) -> None:
        """The model (the best so far, or the present one) and what it takes to go on."""
        give_back()
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
            self.material.writable,
            {TOKENIZER: self.material.tokenizer.model} | self.best.files(self.network),
            self.record.history,
            card,
        )
        self.position.seconds = self._seconds()
        give_back()
        save_checkpoint(
            self.request.folder,
            self.network,
            self.optimizer,
            self.position,
            self.record,
        )

    def _end(self) -> Ended:
        self._save()
        reason: Any = "interrupted"
        if self.position.update == self.position.total:
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
