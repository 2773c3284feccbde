"""The whole network: pieces in, log-probabilities of the next piece out.

The output layer covers only the pieces that occur in the targets of the training data:
`output_pieces` [V], a sorted list of piece ids that begins with UNKNOWN and END. A token is an
index into that list.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli.config import ModelConfig
from seqcli.data.tokenizer import PAD
from seqcli.errors import UserError
from seqcli.model.attention import Memory
from seqcli.model.decoder import Decoder, DecoderState
from seqcli.model.dropout import NO_DROPOUT, Dropout
from seqcli.model.encoder import Encoder

# What to do when a training has diverged.
REMEDY = "start again with a lower --learning-rate, or with --clip 1 if clipping is off"


class Seq2Seq(nn.Module):
    """Encoder, decoder and the tables of piece vectors between them and the world."""

    output_pieces: Tensor

    def __init__(self, config: ModelConfig, pieces: int, output_pieces: Tensor) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("output_pieces", output_pieces, persistent=False)
        self.source_table = _table(pieces, config.embedding)
        self.target_table = self.source_table if config.tied else _table(pieces, config.embedding)
        self.output_table = self.source_table if config.tied else _table(pieces, config.embedding)
        self.output_bias = nn.Parameter(torch.zeros(len(output_pieces)))
        self.encoder = Encoder(config.embedding, config.hidden, config.encoder_layers, config.cell)
        self.decoder = Decoder(config)

    def check_finite(self) -> None:
        """Raise a `UserError` that names a weight which has become infinite or no number."""
        for name, weight in self.named_parameters():
            if not weight.isfinite().all():
                raise UserError(
                    f"the weights in {name} are no longer finite numbers, so the training has "
                    f"diverged: {REMEDY}"
                )

    def encode(
        self, source: Tensor, lengths: Tensor, dropout: Dropout = NO_DROPOUT
    ) -> tuple[Memory, DecoderState]:
        """Piece ids [B,S], lengths [B] -> what the decoder looks at, and its first state."""
        vectors = dropout.vectors(functional.embedding(source.T, self.source_table))
        states, summary = self.encoder(vectors, lengths, dropout)
        values = dropout(states.transpose(0, 1).contiguous())
        mask = torch.arange(source.shape[1], device=lengths.device) < lengths.unsqueeze(1)
        words = vectors.transpose(0, 1)
        memory = Memory(values, self.decoder.keys(values), mask, dropout(summary), words)
        return memory, self.decoder.start(memory)

    def step(
        self, previous: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Tensor, Tensor | None, DecoderState]:
        """Previous tokens [R] -> log-probabilities [R,V], weights [R,S] or None, the next state.

        A sentence starts after END.
        """
        output_vectors, weights, state = self.decoder.step(self._vectors(previous), memory, state)
        return torch.log_softmax(self.logits(output_vectors), dim=-1), weights, state

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor, start: int) -> Tensor:
        """Logits of every target token given those before it: [B,S], [B], [T,B] -> [T,B,V].

        `start` is the token before the first. What stands on padding means nothing.
        """
        return self.logits(self.output_vectors(source, lengths, target, start))

    def output_vectors(
        self,
        source: Tensor,
        lengths: Tensor,
        target: Tensor,
        start: int,
        dropout: Dropout = NO_DROPOUT,
    ) -> Tensor:
        """The same before the output layer: [T,B,E]."""
        memory, _ = self.encode(source, lengths, dropout)
        previous = torch.cat([torch.full_like(target[:1], start), target[:-1]])
        vectors = dropout.vectors(self._vectors(previous))
        return dropout(self.decoder.steps(vectors, memory))

    def _vectors(self, tokens: Tensor) -> Tensor:
        return functional.embedding(self.output_pieces[tokens], self.target_table)

    def logits(self, output_vectors: Tensor) -> Tensor:
        """The output layer: [...,E] -> [...,V]."""
        return functional.linear(
            output_vectors, self.output_table[self.output_pieces], self.output_bias
        )


def _table(pieces: int, size: int) -> nn.Parameter:
    """Vectors of about unit length, which suits both ends of a tied table."""
    table = nn.Parameter(torch.empty(pieces, size))
    nn.init.normal_(table, std=size**-0.5)
    table.data[PAD].zero_()
    return table
