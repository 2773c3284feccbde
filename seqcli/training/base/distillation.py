"""What a network has learned before teaches it again: knowledge distillation.

For an old example, the target distribution of each token is that of the network as it was when the
run began (Li & Hoiem 2016, "Learning without forgetting"; for old examples that are repeated,
Buzzega et al. 2020, "Dark experience for general continual learning"). At first its gradient is 0:
unlike reference translations, it moves nothing without need.
"""

from __future__ import annotations

import copy
from typing import TypeVar

import numpy as np
import torch
from torch.nn import functional

from seqcli.arrays import Ints
from seqcli.data.batching import Batch
from seqcli.model.dropout import NO_DROPOUT, Dropout
from seqcli.model.network import Network
from seqcli.training.gradients import token_logits
from seqcli.training.loss import Loss, LossFunction

AnyNetwork = TypeVar("AnyNetwork", bound=Network)


class Distillation:
    """The loss of a batch, in which the `teacher` sets the targets of the old examples."""

    def __init__(self, teacher: Network) -> None:
        self.teacher = teacher

    def __call__(
        self,
        network: Network,
        batch: Batch,
        loss: LossFunction,
        dropout: Dropout = NO_DROPOUT,
        heard: Ints | None = None,
    ) -> Loss:
        """As `seqcli.training.gradients.batch_loss`, for a batch that says which rows are old."""
        logits, tokens, rows = token_logits(network, batch, dropout, heard)
        assert batch.old is not None
        old = torch.from_numpy(batch.old).to(rows.device)[rows]
        own, taught = logits[~old], logits[old]
        learned = loss(own, tokens[~old])
        if not len(taught):
            return learned
        with torch.no_grad():
            nll = functional.cross_entropy(taught, tokens[old], reduction="sum")
            targets = torch.softmax(self._taught(batch, np.flatnonzero(batch.old), heard), dim=1)
        objective = functional.cross_entropy(taught, targets, reduction="sum")
        return Loss(learned.objective + objective, learned.nll + nll)

    def _taught(self, batch: Batch, old: Ints, heard: Ints | None) -> torch.Tensor:
        """The logits of the teacher for the tokens of the old rows, in the same order."""
        source, source_lengths, target, target_lengths = (part[old] for part in batch[:4])
        heard = None if heard is None else heard[:, old]
        part = Batch(source, source_lengths, target, target_lengths)
        logits, _, _ = token_logits(self.teacher, part, NO_DROPOUT, heard)
        return logits


def frozen(network: AnyNetwork) -> AnyNetwork:
    """A copy of the network as it is now, which nothing trains."""
    return copy.deepcopy(network).requires_grad_(requires_grad=False)
