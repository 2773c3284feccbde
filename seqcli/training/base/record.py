"""What a checkpoint records of a run with a base, beside what other runs have."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from seqcli.config import CorpusConfig
from seqcli.data.corpus import CorpusFiles
from seqcli.decoding.confidence import Confidence
from seqcli.paths import may_name_file
from seqcli.training.base.pairs import OldFiles
from seqcli.training.base.request import MAX_REPLAY
from seqcli.training.events import DevScores


@dataclass
class BaseRecord:
    """The origin of the kept pairs, the settings and the seed by which the base was trained on
    them, their share in an epoch, whether the new pairs are corrections, and the confidence of the
    base. `hint` is as in `LearnedOn`.

    `before` are the scores of the base on each dev set, the new one first; `after` those of the
    best network so far, which was scored after `kept_update` updates, and `last` those of the last.
    """

    keep: dict[str, list[str]]
    keep_dev: dict[str, list[str]]
    replay: float
    corrections: bool
    corpus: dict[str, Any]
    seed: int
    confidence: dict[str, Any] | None = None
    hint: str = ""
    before: list[dict[str, Any]] = field(default_factory=list)
    after: list[dict[str, Any]] = field(default_factory=list)
    last: list[dict[str, Any]] = field(default_factory=list)
    kept_update: int = 0

    def __post_init__(self) -> None:
        """Raise `UserError`, `KeyError`, `TypeError` or `ValueError` for what no run has."""
        self.old_files()
        if not all(map(may_name_file, chain(*self.keep.values(), *self.keep_dev.values()))):
            raise ValueError("a name that no file has")
        if self.replay > MAX_REPLAY:
            raise ValueError(f"a replay of {self.replay}")
        if len(self.before) > 2 or not len(self.before) == len(self.after) == len(self.last):
            raise ValueError("scores of more or fewer dev sets than a run has")
        self.scores()
        self.last_scores()
        if self.confidence is not None:
            Confidence.from_dict(self.confidence)

    def old_files(self) -> OldFiles:
        """The files of the pairs that the base has learned."""
        keep, keep_dev = map(CorpusFiles.from_dict, (self.keep, self.keep_dev))
        return OldFiles(keep, keep_dev, CorpusConfig.from_dict(self.corpus), self.seed)

    def last_scores(self) -> tuple[DevScores, ...]:
        """The scores of the last network on each dev set, the new one first."""
        return tuple(map(DevScores.from_dict, self.last))

    def scores(self) -> list[tuple[DevScores, DevScores]]:
        """The scores before and after on each dev set, the new one first; none before the base is
        scored."""
        return [
            (DevScores.from_dict(before), DevScores.from_dict(after))
            for before, after in zip(self.before, self.after, strict=True)
        ]
