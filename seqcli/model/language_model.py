"""The recurrent language model: how probable each piece of a text is, given those before it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqcli.config import LanguageModelConfig
from seqcli.data.tokenizer import UNKNOWN
from seqcli.model.cells import CELLS, Gates, Linears, State
from seqcli.model.dropout import NO_DROPOUT, Dropout
from seqcli.model.network import Network, embedding_table


class LanguageModel(Network):
    """A recurrent cell that reads a text, and predicts each next token (Mikolov et al. 2010).

    h_t, … = cell(y_{t-1}, h_{t-1}, …) from a state of zeros, the readout is tanh(W [h_t; y_{t-1}]),
    and its products with the embeddings are the logits. The cell none has no memory: each token
    then depends on the one before it alone. An unknown token is read as a dropped one: its
    embedding is 0. A source, if there is one, is not read.
    """

    config: LanguageModelConfig

    def __init__(self, config: LanguageModelConfig, pieces: int, output_pieces: Tensor) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("output_pieces", output_pieces, persistent=False)
        self.target_table = self.output_table = embedding_table(pieces, config.embedding)
        self.output_bias = nn.Parameter(torch.zeros(len(output_pieces)))
        self.cell = CELLS[config.cell](config.embedding, config.hidden)
        self.readout = nn.Linear(config.hidden + config.embedding, config.embedding)
        nn.init.xavier_uniform_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)

    @property
    def tied_tables(self) -> set[str]:
        return {"output_table"}

    def start(self, rows: int) -> State:
        """The state before the first token: zeros [R,H]."""
        return self.cell.start(self.output_bias.new_zeros(rows, self.config.hidden))

    def step(self, previous: Tensor, state: State) -> tuple[Tensor, State]:
        """Previous tokens [R] -> log-probabilities [R,V], the next state.

        The token before the first is END.
        """
        embeddings = self.embed(previous)
        (linears,) = self.cell.unroll(self.cell.project(embeddings.unsqueeze(0)))
        state, _ = self.advance(linears, state)
        readouts = self._read_out(state[0], embeddings)
        return torch.log_softmax(self.logits(readouts), dim=-1), state

    def advance(self, linears: Linears, state: State) -> tuple[State, Gates]:
        """The next state and the cell's gates, given the maps of one step."""
        return self.cell.step(linears, state, None)

    def readouts(
        self,
        source: Tensor,  # noqa: ARG002
        lengths: Tensor,  # noqa: ARG002
        target: Tensor,
        start: int,
        dropout: Dropout = NO_DROPOUT,
        heard: Tensor | None = None,  # noqa: ARG002
    ) -> Tensor:
        previous = torch.cat([torch.full_like(target[:1], start), target[:-1]])
        embeddings = dropout.embeddings(self.embed(previous))
        state, hidden = self.start(target.shape[1]), []
        for linears in self.cell.unroll(self.cell.project(embeddings)):
            state, _ = self.advance(linears, state)
            hidden.append(state[0])
        return dropout(self._read_out(dropout(torch.stack(hidden)), embeddings))

    def embed(self, tokens: Tensor) -> Tensor:
        ids = self.output_pieces[tokens]
        return super().embed(tokens) * (ids != UNKNOWN).unsqueeze(-1)

    def _read_out(self, hidden: Tensor, previous: Tensor) -> Tensor:
        return torch.tanh(self.readout(torch.cat([hidden, previous], dim=-1)))
