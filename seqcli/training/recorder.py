"""Evaluates a network on dev while it is trained, and saves the run."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, Literal, Protocol

from seqcli.config import PERPLEXITY
from seqcli.errors import UserError
from seqcli.model.network import Network
from seqcli.settings import LanguageModelSettings, Settings
from seqcli.storage.lock import FolderLock
from seqcli.training.base.ancestry import measured_on
from seqcli.training.best_model import BestModel, NetworkFiles
from seqcli.training.checkpoint import RunRecord
from seqcli.training.events import (
    BudgetFixed,
    ConfidenceFitted,
    DevScores,
    Ended,
    Evaluated,
    IndexMade,
    LearnedOn,
    Prepared,
    Previewed,
    Sample,
    Saved,
    TextPrepared,
)
from seqcli.training.heap import trim_heap
from seqcli.training.trainer import Trainer
from seqcli.training.validation import Validation
from seqcli.training.weights import network_tensors


class AnyValidator(Protocol):
    """Scores networks of one kind on dev."""

    @property
    def halved(self) -> bool:
        """Whether there was ever not enough memory for a batch, which was computed in halves."""
        ...

    def __call__(self, network: Any) -> Validation: ...

    def preview(self, network: Any) -> tuple[Sample, ...]:
        """A few dev sentences as the network writes them now."""
        ...

    def samples(self, translations: list[str]) -> tuple[Sample, ...]:
        """The sentences of `preview` with their translations among those of all dev sentences."""
        ...


class Recorder(ABC):
    """Evaluates the network of a trainer on dev, keeps its best weights, and saves to a folder.

    There is one for each kind of model. `make_files` turns a network into its files in a folder.
    """

    def __init__(
        self,
        lock: FolderLock,
        trainer: Trainer,
        validator: AnyValidator,
        record: RunRecord,
        settings: Settings | LanguageModelSettings,
        make_files: NetworkFiles,
    ) -> None:
        self.lock = lock
        self.folder = lock.folder
        self.trainer = trainer
        self.position = trainer.position
        self.validator = validator
        self.record = record
        self.settings = settings
        self.make_files = make_files
        self.best = BestModel(make_files)
        self.makes_index = False

    @abstractmethod
    def prepared(self) -> Prepared | TextPrepared:
        """The event that opens the run."""

    @abstractmethod
    def new_network(self) -> Network:
        """The network that the run began with."""

    @abstractmethod
    def save_checkpoint(self) -> None:
        """Save what `--resume` needs."""

    @abstractmethod
    def save_model(self) -> None:
        """Write the model folder: the best network so far, or the current one if none is scored."""

    def begin(self) -> Iterator[Evaluated]:
        """What is done before the first update; nothing, unless the network can translate."""
        yield from ()

    def scored_network(self) -> Network:
        """The network that is evaluated, and kept if it is the best: the present one."""
        return self.trainer.network

    def note_parts(self, parts: Sequence[DevScores], *, improved: bool) -> None:  # noqa: B027
        """Note the scores of the network on each set of dev, if dev has several."""

    def findings(self) -> Iterator[LearnedOn]:
        """What is told at the end; nothing, unless there is a network to compare with."""
        yield from ()

    def confidence_evaluations(self) -> float:
        """The sentences that are translated to fit the confidence, relative to those of dev."""
        return 0.0

    def completion_seconds(self) -> float:
        """The time that `complete` takes for anything but the confidence and the index."""
        return 0.0

    def complete(
        self,
        stop: Callable[[], bool],  # noqa: ARG002
    ) -> Generator[ConfidenceFitted | IndexMade, None, bool]:
        """Do what remains when all updates are made; returns False if `stop` left it undone."""
        yield from ()
        return True

    def restore_best(self, weights: Any) -> None:
        """Take these weights as the best ones so far."""
        self.best = BestModel(self.make_files, weights)

    def fix_budget(self) -> BudgetFixed:
        """Turn a budget in minutes into a number of updates, after a first timed evaluation."""
        length_ratio = self._validate(self.trainer.network).length_ratio
        return self.trainer.schedule.fix_budget(
            self.trainer.seconds(),
            length_ratio,
            self.confidence_evaluations(),
            makes_index=self.makes_index,
            completion=self.completion_seconds(),
        )

    def preview(self) -> Previewed:
        """Translate a few dev sentences."""
        return Previewed(self.position.update, self.validator.preview(self.trainer.network))

    def evaluate(self) -> Evaluated:
        """Score the network on dev, and keep its weights if they are the best so far."""
        network = self.scored_network()
        validation = self._validate(network)
        samples = self.validator.samples(validation.translations)
        position, metric = self.position, self.settings.training.metric
        train_loss = position.loss / max(1, position.tokens)
        position.loss, position.tokens = 0.0, 0
        position.seconds = self.trainer.seconds()
        self.record.history.append(
            {
                "update": position.update,
                "seconds": round(position.seconds, 1),
                "tokens": position.all_tokens,
                "train_loss": round(train_loss, 4),
                "dev_loss": round(validation.loss, 4),
                metric: round(validation.score, 2),
            }
        )
        improved = self._is_best(validation)
        self.note_parts(validation.parts, improved=improved)
        position.evaluations_since_best += 1
        if improved:
            position.best, position.best_loss = validation.score, validation.loss
            position.evaluations_since_best = 0
            self.restore_best(network_tensors(network))
            self.record.samples = [list(sample) for sample in samples]
        return Evaluated(
            update=position.update,
            seconds=position.seconds,
            train_loss=train_loss,
            dev_loss=validation.loss,
            metric=metric,
            score=validation.score,
            improved=improved,
            samples=samples,
        )

    def save(self) -> Saved:
        """Save the checkpoint, then the model: if the model fails, the run can be resumed.

        If the checkpoint, which is larger, cannot be written, the model may still be. If somebody
        has removed the folder, it is made anew.
        """
        self.lock.renew()
        trim_heap()
        self.position.seconds = self.trainer.seconds()
        try:
            self.save_checkpoint()
        except UserError:
            self.save_model()
            raise
        self.save_model()
        trim_heap()
        return Saved(self.position.update)

    def end(
        self, stop: Callable[[], bool]
    ) -> Iterator[Saved | ConfidenceFitted | IndexMade | LearnedOn | Ended]:
        """Save, complete the model unless the run was interrupted, and report why and where the run
        ended."""
        yield self.save()
        schedule = self.trainer.schedule
        reason: Literal["finished", "no improvement", "interrupted"] = "interrupted"
        if schedule.finished():
            reason = "finished"
        elif schedule.out_of_patience():
            reason = "no improvement"
        if reason != "interrupted":
            completed = yield from self.complete(stop)
            reason = reason if completed else "interrupted"
        yield from self.findings()
        yield Ended(
            reason=reason,
            folder=self.folder,
            update=self.position.update,
            total=self.position.total,
            seconds=self.trainer.seconds(),
            metric=self.settings.training.metric,
            score=self.position.best,
            scored_on=measured_on(self.settings.about),
            skipped=self.position.skipped,
            is_language_model=isinstance(self.settings, LanguageModelSettings),
        )

    def _validate(self, network: Network) -> Validation:
        begin = time.monotonic()
        trim_heap()
        validation = self.validator(network)
        trim_heap()
        self.trainer.schedule.evaluation_seconds = time.monotonic() - begin
        return validation

    def _is_best(self, validation: Validation) -> bool:
        """Whether the score is the best so far; of equal scores, the lower loss is better.

        (Equal scores are common where dev is small.)
        """
        best, best_loss = self.position.best, self.position.best_loss
        sign = -1 if self.settings.training.metric == PERPLEXITY else 1
        return best is None or (sign * validation.score, -validation.loss) > (
            sign * best,
            -best_loss,
        )
