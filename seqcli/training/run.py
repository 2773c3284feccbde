"""The whole of a training, from pairs to a model folder; what `seqcli train` calls."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from seqcli.bundle import Bundle, Settings, holds_model, open_bundle, write_bundle
from seqcli.config import SearchConfig
from seqcli.data.batching import epoch_batches
from seqcli.data.corpus import Files, fingerprint
from seqcli.data.vocabulary import Writable
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.model.seq2seq import Seq2Seq
from seqcli.model.stepper import TorchSearchModel
from seqcli.training.card import model_card
from seqcli.training.checkpoint import (
    Checkpoint,
    load_network_tensors,
    network_tensors,
    save_checkpoint,
)
from seqcli.training.events import Ended, Evaluated, Event, Frozen, Looked, Prepared, Updated
from seqcli.training.loop import Learned, Position, learn
from seqcli.training.optimization import (
    MEASURED,
    evaluation_points,
    frozen_total,
    make_optimizer,
    rate_at,
)
from seqcli.training.prepare import Material, Request, encode, prepare, read_data
from seqcli.training.validation import GREEDY, Validator

SECONDS_BETWEEN_LOOKS = 6.0


def train(request: Request, stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Learn, evaluate and save, telling of it as it goes.

    `stop` is asked after every update; when it says yes, the run is saved and ends. Sets torch's
    number of threads and seed. Nothing is written before the first save.
    """
    started = time.monotonic()
    run = _resumed(request, started) if request.resume else _begun(request, started)
    yield run.prepared()
    yield from run.go(stop)


def load_translator(bundle: Bundle, config: SearchConfig, device: str = "auto") -> Translator:
    """The translator in an opened model folder, on torch."""
    writable = bundle.weights["writable"]
    network = Seq2Seq(
        bundle.settings.model, len(bundle.tokenizer), torch.from_numpy(writable.copy())
    )
    load_network_tensors(network, bundle.weights)
    return Translator(
        TorchSearchModel(network.to(pick_device(device))),
        bundle.tokenizer,
        Writable(writable),
        bundle.settings.length_ratio,
        config,
    )


def pick_device(name: str) -> torch.device:
    """`auto` is CUDA where there is one, else the CPU."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise UserError("this machine has no CUDA device that PyTorch can use: leave out --device")
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise UserError(f"device is auto, cpu or cuda, not {name!r}") from error


def _begun(request: Request, started: float) -> Run:
    if holds_model(request.folder) and not request.overwrite:
        raise UserError(
            f"{request.folder} holds a model already: --resume goes on with it, --overwrite "
            "replaces it, --model DIR writes another"
        )
    device = pick_device(request.device)
    material = prepare(request)
    inputs = {
        "files": request.files.to_dict(),
        "dev": request.dev.to_dict(),
        "fingerprint": fingerprint([*material.data.train, *material.data.dev]),
    }
    return Run(request, material, inputs, device, started)


def _resumed(request: Request, started: float) -> Run:
    checkpoint = Checkpoint(request.folder)
    bundle = open_bundle(request.folder)
    device = pick_device(request.device)
    settings = bundle.settings
    files = request.files or Files.from_dict(checkpoint.inputs["files"])
    dev = request.dev or Files.from_dict(checkpoint.inputs["dev"])
    data = read_data(files, dev, settings.corpus, settings.training.seed)
    if fingerprint([*data.train, *data.dev]) != checkpoint.inputs["fingerprint"]:
        raise UserError(
            f"the pairs are not those that {request.folder} has learned from: name the same files, "
            "or start again with --overwrite"
        )
    updates = request.given.get("updates")
    if updates:
        training = dataclasses.replace(settings.training, updates=updates, minutes=0.0)
        settings = dataclasses.replace(settings, training=training)
        checkpoint.position.total = updates
    total = checkpoint.position.total
    if total is not None and checkpoint.position.update >= total:
        raise UserError(
            f"{request.folder} has learned its {total} updates: a larger --updates goes on"
        )
    material = encode(settings, data, bundle.tokenizer)
    run = Run(request, material, checkpoint.inputs, device, started - checkpoint.position.seconds)
    run.position = checkpoint.position
    run.history = checkpoint.history
    checkpoint.restore(run.network, run.optimizer)
    run.best_tensors = bundle.weights if run.position.best is not None else None
    return run


class Run:
    """A training under way: the network and all that changes with it."""

    def __init__(
        self,
        request: Request,
        material: Material,
        inputs: dict[str, Any],
        device: torch.device,
        started: float,
    ) -> None:
        if request.cpu_threads:
            torch.set_num_threads(request.cpu_threads)
        self.request = request
        self.material = material
        self.inputs = inputs
        self.started = started
        self.settings: Settings = material.settings
        self.config = material.settings.training
        torch.manual_seed(self.config.seed)
        self.network = Seq2Seq(
            self.settings.model,
            len(material.tokenizer),
            torch.from_numpy(material.writable.pieces),
        ).to(device)
        self.optimizer = make_optimizer(self.network.parameters(), self.config)
        self.validator = Validator(
            Translator(
                TorchSearchModel(self.network),
                material.tokenizer,
                material.writable,
                self.settings.length_ratio,
                GREEDY,
            ),
            material.data.dev,
            material.dev,
            self.config.metric,
        )
        self.position = Position(total=self._known_total())
        self.history: list[dict[str, Any]] = []
        self.best_tensors: dict[str, Any] | None = None
        self.points = set[int]()

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
        looked = begun = time.monotonic()
        self._set_points()
        steps = learn(
            self.network,
            self.optimizer,
            self.material.train,
            self.config,
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
                self._save_checkpoint()
            elif stop():
                break
            elif self.request.watched and now - looked > SECONDS_BETWEEN_LOOKS:
                yield Looked(self.position.update, self.validator.look())
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
            self.points = set(evaluation_points(self.position.total, self.config.evaluations))

    def _rate(self, update: int) -> float:
        return rate_at(update, self.position.total, self.config)

    def _seconds(self) -> float:
        return time.monotonic() - self.started

    def _measured(self) -> bool:
        return (
            self.position.total is None and self._seconds() >= MEASURED * self.config.minutes * 60
        )

    def _freeze(self) -> Frozen:
        """Fix the number of updates by the speed of learning and of one evaluation so far."""
        before = time.monotonic()
        validation = self.validator(self.network)
        # A beginner's translations run on; later evaluations will be shorter by that.
        evaluation = (time.monotonic() - before) / validation.excess
        per_update = self.position.learning_seconds / self.position.update
        left = self.config.minutes * 60 - self._seconds()
        self.position.total = frozen_total(
            self.position.update, per_update, left, evaluation, self.config.evaluations
        )
        self._set_points()
        return Frozen(self.position.total, per_update)

    def _updated(self, learned: Learned) -> Updated:
        total, seconds = self.position.total, self._seconds()
        if total is not None:
            left = (total - self.position.update) * seconds / self.position.update
        else:
            left = self.config.minutes * 60 - seconds
        return Updated(
            update=self.position.update,
            total=total,
            epoch=self.position.epoch,
            loss=learned.surprise,
            tokens=learned.tokens,
            rate=learned.rate,
            seconds=seconds,
            seconds_left=max(0.0, left),
        )

    def _evaluate(self) -> Evaluated:
        """Score the network on dev and keep it if it is the best so far."""
        validation = self.validator(self.network)
        improved = self.position.best is None or validation.score > self.position.best
        train_loss = self.position.loss / max(1, self.position.tokens)
        self.position.loss, self.position.tokens = 0.0, 0
        self.position.evaluations_since_best += 1
        self.position.seconds = self._seconds()
        self.history.append(
            {
                "update": self.position.update,
                "seconds": round(self.position.seconds, 1),
                "train_loss": round(train_loss, 4),
                "dev_loss": round(validation.loss, 4),
                self.config.metric: round(validation.score, 2),
            }
        )
        if improved:
            self.position.best = validation.score
            self.position.evaluations_since_best = 0
            self.best_tensors = network_tensors(self.network)
        self._save_model()
        return Evaluated(
            update=self.position.update,
            seconds=self.position.seconds,
            train_loss=train_loss,
            dev_loss=validation.loss,
            metric=self.config.metric,
            score=validation.score,
            improved=improved,
            samples=self.validator.samples(validation.translations),
        )

    def _finished(self) -> bool:
        return self.position.update == self.position.total or self._stands_still()

    def _stands_still(self) -> bool:
        return 0 < self.config.patience <= self.position.evaluations_since_best

    def _save_model(self) -> None:
        tensors = self.best_tensors or network_tensors(self.network)
        about = self.settings.about | {
            "updates": self.position.update,
            "total_updates": self.position.total,
            "seconds": round(self._seconds(), 1),
            "metric": self.config.metric,
            "dev_score": self.position.best,
        }
        settings = dataclasses.replace(self.settings, about=about)
        card = model_card(settings, self.validator.look(), len(self.material.tokenizer))
        write_bundle(
            self.request.folder, settings, self.material.tokenizer, tensors, self.history, card
        )

    def _save_checkpoint(self) -> None:
        self.position.seconds = self._seconds()
        save_checkpoint(
            self.request.folder,
            self.network,
            self.optimizer,
            self.position,
            self.inputs,
            self.history,
        )

    def _end(self) -> Ended:
        self._save_model()
        self._save_checkpoint()
        reason: Any = "interrupted"
        if self.position.update == self.position.total:
            reason = "finished"
        elif self._stands_still():
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
