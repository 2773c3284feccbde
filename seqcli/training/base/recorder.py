"""Evaluates and saves a translator that begins with another, and tells what it has forgotten."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from seqcli.arrays import Tensors
from seqcli.corrections.files import copy_missing
from seqcli.data.shortlist import Shortlist
from seqcli.decoding.confidence import Confidence
from seqcli.model.seq2seq import Seq2Seq
from seqcli.storage.lock import FolderLock
from seqcli.training.base.data import BaseData
from seqcli.training.base.merging import Merging
from seqcli.training.base.record import BaseRecord
from seqcli.training.base.validation import PartsValidator
from seqcli.training.checkpoint import RunRecord
from seqcli.training.events import (
    BudgetFixed,
    ConfidenceFitted,
    DevScores,
    Evaluated,
    LearnedOn,
    Prepared,
)
from seqcli.training.trainer import Trainer
from seqcli.training.translator_recorder import TranslatorRecorder
from seqcli.training.weights import network_tensors
from seqcli.wording import plural

# The network of the base in a checkpoint.
TEACHER = "teacher"


class BaseRecorder(TranslatorRecorder):
    """The recorder of a run with a base.

    The base itself, the `teacher`, is scored first, and kept if no later network is better. What is
    scored and kept are means of the weights of the base and of the trained network.
    `companions` are files that are written beside the model, where the folder has none of that
    name.
    """

    def __init__(
        self,
        lock: FolderLock,
        base: BaseData,
        trainer: Trainer,
        teacher: Seq2Seq,
        validator: PartsValidator,
        record: RunRecord,
        base_record: BaseRecord,
        companions: Mapping[str, bytes],
        *,
        fits_confidence: bool,
        makes_index: bool,
    ) -> None:
        super().__init__(
            lock,
            base.data,
            trainer,
            validator,
            record,
            fits_confidence=fits_confidence,
            makes_index=makes_index,
        )
        self.base = base
        self.teacher = teacher
        self.base_record = base_record
        self.companions = companions
        self.merged = Merging(teacher, base.data.examples, base.draw, trainer.gradients.shards)

    def prepared(self) -> Prepared:
        split, draw = self.base.split, self.base.draw
        what = "correction" if split.corrections else "new pair"
        note = f"an epoch has {plural(len(draw.new), what)}"
        if draw.drawn:
            note += f" and {plural(draw.drawn, 'old pair')}, drawn from {len(draw.old):,}"
        if not split.old_dev:
            note += "; what is forgotten cannot be measured without old pairs (--keep)"
        prepared = super().prepared()
        return replace(
            prepared,
            train_pairs=len(split.new),
            dev_pairs=len(split.new_dev),
            notes=(*prepared.notes, note),
        )

    def begin(self) -> Iterator[Evaluated]:
        """Score the base as it is."""
        if self.position.best is None:
            yield self.evaluate()

    def evaluate(self) -> Evaluated:
        """As for other runs; the time of an evaluation has that of making the mean."""
        begin = time.monotonic()
        evaluated = super().evaluate()
        self.trainer.schedule.evaluation_seconds = time.monotonic() - begin
        return evaluated

    def scored_network(self) -> Seq2Seq:
        """The mean of the present network and the base."""
        return self.merged(cast(Seq2Seq, self.trainer.network))

    def fix_budget(self) -> BudgetFixed:
        """As for other runs, but for an evaluation whose time is known already."""
        schedule = self.trainer.schedule
        if not schedule.evaluation_seconds:  # resumed
            return super().fix_budget()
        return schedule.fix_budget(
            self.trainer.seconds(),
            1.0,
            self.confidence_evaluations(),
            makes_index=self.makes_index,
            completion=self.completion_seconds(),
        )

    def note_parts(self, parts: Sequence[DevScores], *, improved: bool) -> None:
        values = [asdict(part) for part in parts]
        if not self.base_record.before:
            self.base_record.before = values
        self.base_record.last = values
        if improved:
            self.base_record.after = values
            self.base_record.kept_update = self.position.update
        names = ("new", "old")
        self.record.history[-1] |= {
            f"{name}_{metric}": round(part[metric], 2)
            for name, part in zip(names, values, strict=False)
            for metric in ("bleu", "chrf")
        }

    def findings(self) -> Iterator[LearnedOn]:
        """What was learned and forgotten."""
        scores = self.base_record.scores()
        if not scores:
            return
        old_before, old_after = scores[1] if len(scores) > 1 else (None, None)
        yield LearnedOn(
            new_before=scores[0][0],
            new_after=scores[0][1],
            old_before=old_before,
            old_after=old_after,
            last=self.base_record.last_scores(),
            kept_update=self.base_record.kept_update,
            metric=self.settings.training.metric,
            corrections=self.base_record.corrections,
            hint=self.base_record.hint,
        )

    @property
    def learns_shortlist(self) -> bool:
        """Whether the base has a shortlist: new pairs alone tell too little."""
        return self.base.state.shortlist is not None

    def make_shortlist(self) -> Shortlist:
        """What the base has, and what the pairs of this run tell."""
        assert self.base.state.shortlist is not None, "the base has one"
        return self.base.state.shortlist.joined(super().make_shortlist())

    def fit_confidence(self) -> ConfidenceFitted:
        """Fit the confidence; where there is too little to fit it to, that of the base is kept."""
        fitted = super().fit_confidence()
        before = self.base_record.confidence
        if fitted.confidence.fitted or before is None:
            return fitted
        self.confidence = Confidence.from_dict(before)
        return replace(fitted, kept=self.confidence.fitted)

    def save_checkpoint(self) -> None:
        companions, self.companions = self.companions, {}  # once, as the user may change them
        if companions:
            copy_missing(self.folder, companions)
        self.record.base = asdict(self.base_record)
        super().save_checkpoint()

    def more_tensors(self) -> Tensors:
        weights = network_tensors(self.teacher)
        teacher = {f"{TEACHER}.{name}": array for name, array in weights.items()}
        return self.base.state.to_tensors() | teacher

    def new_network(self) -> Seq2Seq:
        return copy.deepcopy(self.teacher)

    def more_about(self) -> dict[str, Any]:
        record = self.base_record
        return {
            "dev_before": record.before,
            "dev_after": record.after,
            "kept_update": record.kept_update,
        }
