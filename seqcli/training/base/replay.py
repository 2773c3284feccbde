"""Which examples an epoch has: all new ones, and old ones beside them, so that little is forgotten.

(Rehearsal, Robins 1995; for translation, mixed fine-tuning of Chu, Dabre & Kurohashi 2017.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqcli.arrays import Bools, Ints


@dataclass(frozen=True, eq=False)
class Replay:
    """The `new` and the `old` examples, by index; `share` of an epoch is drawn from the old ones,
    each as often as another, but for one time."""

    new: Ints
    old: Ints
    share: float
    seed: int

    @property
    def drawn(self) -> int:
        """The number of old examples of an epoch."""
        return round(len(self.new) * self.share / (1 - self.share)) if len(self.old) else 0

    def are_old(self, indices: Ints) -> Bools:
        """Whether these examples are among the old ones."""
        return np.isin(indices, self.old)

    def __call__(self, epoch: int) -> Ints:
        """The indices of the examples of an epoch, which depend on nothing else."""
        generator = np.random.default_rng([self.seed, epoch, 20])
        rounds = -(-self.drawn // len(self.old)) if self.drawn else 0
        order = [generator.permutation(self.old) for _ in range(rounds)]
        return np.concatenate([self.new, *order])[: len(self.new) + self.drawn]
