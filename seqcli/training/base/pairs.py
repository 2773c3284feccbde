"""The pairs of a run with a base: new ones, and those that the base has learned."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from seqcli.config import CorpusConfig
from seqcli.corpus_check.training_notes import training_notes
from seqcli.data.cleaning import CleaningReport
from seqcli.data.corpus import CorpusFiles
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.origins import Origins, ReadFile
from seqcli.data.pairs import Pair
from seqcli.data.scripts import are_swapped
from seqcli.errors import UserError
from seqcli.folder import CORRECTIONS
from seqcli.training.corpus_split import CorpusSplit, read_data

# Kept pairs to draw from; more would take long to prepare, and few runs draw more.
MAX_KEPT = 10_000


@dataclass(frozen=True)
class BaseSplit:
    """The new pairs, and those that the base has learned, each to train and to evaluate on; a
    report on the new ones, and notes for the user. Corrections are in `new` and in `new_dev`. The
    origins are those of the pairs to train on."""

    new: list[Pair]
    new_dev: list[Pair]
    old: list[Pair]
    old_dev: list[Pair]
    report: CleaningReport
    notes: tuple[str, ...]
    corrections: bool
    new_origins: Origins
    old_origins: Origins

    @property
    def used(self) -> list[Pair]:
        """All pairs, in the order in which their fingerprint is taken."""
        return [*self.new, *self.new_dev, *self.old, *self.old_dev]

    def as_split(self) -> CorpusSplit:
        """New and old pairs together."""
        train, dev = [*self.new, *self.old], [*self.new_dev, *self.old_dev]
        origins = Origins.joined([self.new_origins, self.old_origins])
        return CorpusSplit(train, dev, self.report, self.notes, origins=origins)

    def filtered(self, keeps: Callable[[Pair], bool]) -> BaseSplit:
        """The split without the pairs to train on that are not to be kept."""
        new, old = (list(filter(keeps, part)) for part in (self.new, self.old))
        return replace(
            self,
            new=new,
            old=old,
            new_origins=self.new_origins.of(self.new, new),
            old_origins=self.old_origins.of(self.old, old),
        )


@dataclass(frozen=True)
class OldFiles:
    """The files of the pairs that the base has learned, and the settings and the seed by which its
    training has read them and has held some out."""

    keep: CorpusFiles
    keep_dev: CorpusFiles
    config: CorpusConfig
    seed: int


def read_split(
    files: CorpusFiles,
    dev: CorpusFiles,
    old: OldFiles,
    corrections: Sequence[Pair],
    config: CorpusConfig,
    seed: int,
) -> BaseSplit:
    """Read and clean the pairs. Kept pairs with a source of the new dev are left out, and of many,
    `MAX_KEPT` are drawn. Raises `UserError` if the sides of the new pairs seem to be swapped."""
    if corrections:
        pairs = list(dict.fromkeys(corrections))
        report = CleaningReport(read=len(corrections), kept=len(pairs))
        origins = Origins([ReadFile(CORRECTIONS, len(pairs))], range(1, len(pairs) + 1))
        new = CorpusSplit(pairs, pairs, report, (), origins=origins)
    else:
        new = read_data(files, dev, config, seed)
        # (A network that is trained already needs no thousands of them.)
        notes = training_notes(new.train, new.dev, config, untold=("few_pairs",))
        new = replace(new, notes=(*new.notes, *notes))
    known = _read_old(old)
    kept = known.train
    if not corrections:
        of_base = kept or known.dev
        if of_base and are_swapped(of_base, new.train):
            raise UserError(
                f"{files.names}: the columns seem to be swapped, since the first reads like the "
                "other side of the kept pairs: name them in the other order (--columns 2,1)"
            )
        held_out = {_folded(pair.source) for pair in new.dev}
        kept = [pair for pair in kept if _folded(pair.source) not in held_out]
    if len(kept) > MAX_KEPT:
        kept = random.Random(seed).sample(kept, MAX_KEPT)
    return BaseSplit(
        new.train,
        new.dev,
        kept,
        known.dev,
        new.report,
        (*new.notes, *known.notes),
        bool(corrections),
        new.origins,
        known.origins.of(known.train, kept),
    )


def _read_old(old: OldFiles) -> CorpusSplit:
    """The kept pairs. Of dev files alone, nothing is trained on."""
    if not old.keep and not old.keep_dev:
        return CorpusSplit([], [], CleaningReport(), ())
    split = read_data(old.keep or old.keep_dev, old.keep_dev, old.config, old.seed)
    if not old.keep:
        return CorpusSplit([], split.dev, split.report, ())
    return replace(split, notes=tuple(f"kept pairs: {note}" for note in split.notes))


def _folded(text: str) -> str:
    return fold(normalize_source(text))
