"""Evaluates a network on dev while it is trained, and saves the run."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Literal

from seqcli.bundle import TOKENIZER, WORDS, write_bundle
from seqcli.config import SearchConfig
from seqcli.errors import MemoryShortError, UserError
from seqcli.storage.lock import FolderLock
from seqcli.training.best_model import BestModel
from seqcli.training.card import model_card
from seqcli.training.checkpoint import RunRecord, network_tensors, save_checkpoint
from seqcli.training.confidence import EXAMPLES, PRIOR, fit_confidence
from seqcli.training.events import (
    BudgetFixed,
    ConfidenceFitted,
    Ended,
    Evaluated,
    Previewed,
    Sample,
    Saved,
)
from seqcli.training.heap import trim_heap
from seqcli.training.prepare import PreparedData
from seqcli.training.trainer import Trainer
from seqcli.training.validation import Validation, Validator, translator_factory


class Recorder:
    """Evaluates the network of a trainer on dev, keeps its best weights, and saves to a folder."""

    def __init__(
        self,
        lock: FolderLock,
        data: PreparedData,
        trainer: Trainer,
        validator: Validator,
        record: RunRecord,
        *,
        fits_confidence: bool,
    ) -> None:
        self.lock = lock
        self.folder = lock.folder
        self.data = data
        self.trainer = trainer
        self.position = trainer.position
        self.validator = validator
        self.record = record
        self.best = BestModel()
        self.confidence = PRIOR
        self.fits_confidence = fits_confidence

    def fix_budget(self) -> BudgetFixed:
        """Turn a budget in minutes into a number of updates, after a first timed evaluation."""
        length_ratio = self._validate().length_ratio
        return self.trainer.schedule.fix_budget(
            self.trainer.seconds(), length_ratio, self._confidence_evaluations()
        )

    def preview(self) -> Previewed:
        """Translate a few dev sentences."""
        return Previewed(self.position.update, self.validator.preview(self.trainer.network))

    def evaluate(self) -> Evaluated:
        """Score the network on dev, and keep its weights if they are the best so far."""
        validation = self._validate()
        samples = self.validator.samples(validation.translations)
        position, metric = self.position, self.data.settings.training.metric
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
        position.evaluations_since_best += 1
        if improved:
            position.best, position.best_loss = validation.score, validation.loss
            position.evaluations_since_best = 0
            self.best = BestModel(network_tensors(self.trainer.network))
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
        try:
            self._save_checkpoint()
        except UserError:
            self._save_model()
            raise
        self._save_model()
        return Saved(self.position.update)

    def end(self, stop: Callable[[], bool]) -> Iterator[Saved | ConfidenceFitted | Ended]:
        """Save, fit the confidence unless the run was interrupted, and report why and where the run
        ended."""
        yield self.save()
        schedule = self.trainer.schedule
        reason: Literal["finished", "no improvement", "interrupted"] = "interrupted"
        if schedule.finished():
            reason = "finished"
        elif schedule.out_of_patience():
            reason = "no improvement"
        if self.fits_confidence and stop():
            reason = "interrupted"
        if self.fits_confidence and reason != "interrupted":
            yield self._fit_confidence()
            self._save_model()
        yield Ended(
            reason=reason,
            folder=self.folder,
            update=self.position.update,
            total=self.position.total,
            seconds=self.trainer.seconds(),
            metric=self.data.settings.training.metric,
            score=self.position.best,
            skipped=self.position.skipped,
        )

    def _confidence_evaluations(self) -> float:
        """The sentences that are translated to fit the confidence, relative to those of dev."""
        return EXAMPLES / len(self.data.split.dev) if self.fits_confidence else 0.0

    def _fit_confidence(self) -> ConfidenceFitted:
        """Fit the confidence of the best network, on no more sentences than the budget allows."""
        begin = time.monotonic()
        trim_heap()
        part = self.trainer.schedule.confidence_part(self._confidence_evaluations())
        make_translator = translator_factory(self.data, SearchConfig(), self.record.threads)
        self.confidence = fit_confidence(
            make_translator(self.best.search_model(self.trainer.network)),
            self.data.split.dev,
            self.data.settings.training.seed,
            int(part * EXAMPLES),
        )
        trim_heap()
        return ConfidenceFitted(self.confidence, time.monotonic() - begin)

    def _validate(self) -> Validation:
        begin = time.monotonic()
        trim_heap()
        validation = self.validator(self.trainer.network)
        trim_heap()
        self.trainer.schedule.evaluation_seconds = time.monotonic() - begin
        return validation

    def _preview_samples(self) -> tuple[Sample, ...]:
        """A few dev sentences and their translations; none if there is not enough memory."""
        try:
            return self.validator.preview(self.trainer.network)
        except MemoryShortError:
            return ()

    def _is_best(self, validation: Validation) -> bool:
        """Whether the score is the best so far; of equal scores, the lower loss is better.

        (Equal scores are common where dev is small.)
        """
        best, best_loss = self.position.best, self.position.best_loss
        return best is None or (validation.score, -validation.loss) > (best, -best_loss)

    def _save_checkpoint(self) -> None:
        trim_heap()
        self.position.seconds = self.trainer.seconds()
        save_checkpoint(
            self.folder,
            self.data.settings,
            self.data.tokenizer,
            self.trainer.network,
            self.best.weights,
            self.trainer.optimizer,
            self.position,
            self.record,
            self.data.vectors,
            self.data.target_vectors,
        )

    def _save_model(self) -> None:
        """Write the model folder: the best network so far, or the current one if none is scored."""
        trim_heap()
        network, settings, tokenizer = self.trainer.network, self.data.settings, self.data.tokenizer
        about = settings.about | {
            "updates": self.position.update,
            "total_updates": self.position.total,
            "seconds": round(self.trainer.seconds(), 1),
            "metric": settings.training.metric,
            "dev_score": self.position.best,
        }
        settings = dataclasses.replace(settings, about=about)
        best_samples = [Sample(*sample) for sample in self.record.samples]
        card = model_card(
            settings, best_samples or self._preview_samples(), len(tokenizer), self.confidence
        )
        write_bundle(
            self.folder,
            self.record.run,
            settings,
            self.data.output_vocabulary,
            {TOKENIZER: tokenizer.model, WORDS: self.data.words.to_text().encode()}
            | self.best.files(network),
            self.record.history,
            card,
            self.confidence.to_dict(),
        )
        trim_heap()
