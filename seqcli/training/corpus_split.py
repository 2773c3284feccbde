"""The pairs of a training: read, cleaned, and divided into those to train and to evaluate on."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from seqcli.config import CorpusConfig
from seqcli.data.cleaning import CleaningReport, clean
from seqcli.data.corpus import CorpusFiles
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.origins import Origins, ReadFile
from seqcli.data.pairs import Pair
from seqcli.data.sample import sample_file
from seqcli.data.scripts import are_swapped
from seqcli.data.splitting import hold_out
from seqcli.errors import UserError
from seqcli.wording import plural

# Dev is translated at every evaluation; more sentences than this would only take more time.
MAX_DEV_PAIRS = 2000

SAMPLE = ("train.en-zh.tsv", "dev.en-zh.tsv")

NO_FILES = CorpusFiles()


@dataclass(frozen=True)
class CorpusSplit:
    """Pairs to train and to evaluate on; a report on `train`, and notes for the user.

    `synthetic` are further pairs to train on, whose sources a model wrote. `origins` are those of
    `train`.
    """

    train: list[Pair]
    dev: list[Pair]
    report: CleaningReport
    notes: tuple[str, ...]
    synthetic: list[Pair] = field(default_factory=list)
    origins: Origins = field(default_factory=Origins)
    synthetic_origins: Origins = field(default_factory=Origins)

    @property
    def used(self) -> list[Pair]:
        """All pairs, in the order in which their fingerprint is taken."""
        return [*self.train, *self.dev, *self.synthetic]


def read_data(
    files: CorpusFiles,
    dev: CorpusFiles,
    config: CorpusConfig,
    seed: int,
    synthetic: CorpusFiles = NO_FILES,
) -> CorpusSplit:
    """Read and clean the pairs, and hold out a part of them if there are no dev files; none of the
    synthetic pairs is held out."""
    if not files:
        sample, sample_dev = (CorpusFiles(pairs=(sample_file(name),)) for name in SAMPLE)
        files, dev = sample, dev or sample_dev
    notes: list[str] = []
    train, report, origins = _read_cleaned(files, config, notes)
    split = split_pairs(train, report, dev, config, seed, tuple(notes), origins)
    return with_synthetic(split, synthetic, config) if synthetic else split


def split_pairs(
    train: list[Pair],
    report: CleaningReport,
    dev: CorpusFiles,
    config: CorpusConfig,
    seed: int,
    told: Sequence[str] = (),
    origins: Origins | None = None,
) -> CorpusSplit:
    """Pairs that are read and cleaned, with those of the dev files, or with a part of them held
    out. `told` are notes on them, and `origins` is where they come from, if that is known."""
    notes = list(told)
    if dev:
        dev_pairs, dev_report = clean(dev.read(reverse=config.reverse, notes=notes), config)
        _check_not_empty(dev, dev_report)
        if dev_report.dropped:
            notes.append(f"dropped {plural(sum(dev_report.dropped.values()), 'pair')} of dev")
    else:
        kept, dev_pairs, strict = hold_out(train, config.held_out, seed)
        origins = None if origins is None else origins.kept(train, dev_pairs)
        train = kept
        if not strict:
            notes.append(
                "many targets repeat: targets of dev may be in the training pairs too, sources "
                "are not"
            )
    if len(dev_pairs) > MAX_DEV_PAIRS:
        notes.append(
            f"{MAX_DEV_PAIRS:,} of the {len(dev_pairs):,} dev pairs are used, drawn at random"
        )
        dev_pairs = random.Random(seed).sample(dev_pairs, MAX_DEV_PAIRS)
    if dev:  # (pairs that are held out share no source with the training pairs)
        notes += overlap_note(train, dev_pairs)
    return CorpusSplit(train, dev_pairs, report, tuple(notes), origins=origins or Origins())


def overlap_note(train: Sequence[Pair], dev: Sequence[Pair]) -> list[str]:
    """A note on the dev sources that are in the training pairs too, once normalized."""
    dev_sources = Counter(fold(normalize_source(pair.source)) for pair in dev)
    shared = dev_sources.keys() & {fold(normalize_source(pair.source)) for pair in train}
    count = sum(dev_sources[source] for source in shared)
    if not count:
        return []
    return [
        f"{count:,} of {plural(len(dev), 'dev sentence')} {'is' if count == 1 else 'are'} in "
        "the training pairs too: the dev scores, which choose the best model, will be too high"
    ]


def _check_not_empty(files: CorpusFiles, report: CleaningReport) -> None:
    if not report.kept:
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in report.dropped.items())
        lines = f"{plural(report.read, 'line')} {'was' if report.read == 1 else 'were'} read"
        raise UserError(
            f"{files.names}: {lines}, and none is a usable pair"
            + (f" ({reasons})" if reasons else "")
        )


def with_synthetic(split: CorpusSplit, files: CorpusFiles, config: CorpusConfig) -> CorpusSplit:
    """The split with the synthetic pairs of files, without those whose target is in dev.

    Raises `UserError` if none remains, or if their columns seem to be swapped.
    """
    notes: list[str] = []
    pairs, report, origins = _read_cleaned(files, config, notes)
    if are_swapped(split.train, pairs):
        raise UserError(
            f"{files.names}: the columns seem to be swapped, since the first reads like the other "
            "side of the pairs: write the file with augment --swap"
        )
    notes += [
        f"dropped {count:,} of {plural(report.read, 'synthetic pair')}: {reason}"
        for reason, count in sorted(report.dropped.items())
    ]
    held_out = {fold(normalize_source(pair.target)) for pair in split.dev}
    left_out = [pair for pair in pairs if fold(normalize_source(pair.target)) in held_out]
    origins = origins.kept(pairs, left_out)
    without = set(left_out)
    kept = [pair for pair in pairs if pair not in without]
    if left_out:
        notes.append(f"left out {plural(len(left_out), 'synthetic pair')} with a target of dev")
    if not kept:
        raise UserError(f"{files.names}: every synthetic pair has a target of dev")
    count = repetitions(len(split.train), len(kept), config.synthetic_share)
    share = len(kept) / (len(kept) + count * len(split.train))
    times = "once" if count == 1 else f"{count} times"
    notes.append(
        f"{plural(len(kept), 'synthetic pair')}, {share:.0%} of each epoch, which has each of the "
        f"other pairs {times}"
    )
    return replace(split, synthetic=kept, synthetic_origins=origins, notes=(*split.notes, *notes))


def _read_cleaned(
    files: CorpusFiles, config: CorpusConfig, notes: list[str]
) -> tuple[list[Pair], CleaningReport, Origins]:
    """The usable pairs of files, the report on all, and where the usable ones come from. Raises
    `UserError` if there are none."""
    read_files: list[ReadFile] = []
    read = files.read(reverse=config.reverse, notes=notes, read_files=read_files)
    pairs, report = clean(read, config)
    _check_not_empty(files, report)
    return pairs, report, Origins(read_files, report.numbers)


def repetitions(pairs: int, synthetic: int, share: float) -> int:
    """How often an epoch has each pair, so that at most this share of it is synthetic."""
    return max(1, ceil(synthetic * (1 - share) / share / pairs))
