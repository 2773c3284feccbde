"""What all networks have in common: an output layer over pieces, which predicts them in order."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli.data.tokenizer import PAD
from seqcli.errors import DivergedError
from seqcli.model.dropout import NO_DROPOUT, Dropout

# What to do when a training has diverged.
REMEDY = "start again with a lower --learning-rate, or with --clip 1 if clipping is off"


class DropoutConfig(Protocol):
    """The shares of units and of embeddings that are set to zero in training."""

    @property
    def dropout(self) -> float: ...

    @property
    def word_dropout(self) -> float: ...


class Network(nn.Module):
    """Base: given a source, or none, the probabilities of target tokens one after another.

    The output layer covers some of the pieces: `output_pieces` [V], a sorted list of piece ids that
    begins with UNKNOWN and END. A token is an index into that list. `target_table` [pieces,E] and
    `output_table` [pieces,E] are the embeddings of the input and of the output layer.
    """

    output_pieces: Tensor
    config: DropoutConfig
    target_table: nn.Parameter
    output_table: nn.Parameter
    output_bias: nn.Parameter

    @property
    def tied_tables(self) -> set[str]:
        """The names of the tables that are others under a second name."""
        raise NotImplementedError

    def readouts(
        self,
        source: Tensor,
        lengths: Tensor,
        target: Tensor,
        start: int,
        dropout: Dropout = NO_DROPOUT,
        heard: Tensor | None = None,
    ) -> Tensor:
        """The inputs of the output layer for each target token, given those before it:
        [B,S], [B], [T,B] -> [T,B,E].

        `start` is the token before the first. Of a simultaneous network, `heard` [T,B] is how many
        source pieces have been heard when each target token is written; None: all of them.
        """
        raise NotImplementedError

    def embed(self, tokens: Tensor) -> Tensor:
        """Target embeddings: [...] -> [...,E]."""
        return functional.embedding(self.output_pieces[tokens], self.target_table)

    def logits(self, readouts: Tensor) -> Tensor:
        """The output layer: [...,E] -> [...,V]."""
        return functional.linear(readouts, self.output_table[self.output_pieces], self.output_bias)

    def check_finite(self) -> None:
        """Raises a `DivergedError` that names a weight which has become infinite or NaN."""
        for name, weight in self.named_parameters():
            if not weight.isfinite().all():
                raise DivergedError(
                    f"the weights in {name} are no longer finite numbers, so the training has "
                    f"diverged: {REMEDY}"
                )


def embedding_table(pieces: int, size: int) -> nn.Parameter:
    """Embeddings of expected norm 1, which suits both uses of a tied table: input and output."""
    table = nn.Parameter(torch.empty(pieces, size))
    nn.init.normal_(table, std=size**-0.5)
    table.data[PAD].zero_()
    return table
