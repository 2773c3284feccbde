"""The decoder: writes the target piece by piece, looking back at the source."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli.config import ModelConfig
from seqcli.model.attention import Memory, make_attention, mix
from seqcli.model.cells import CELLS, State, Step
from seqcli.model.stepwise_linear import StepLinear


class DecoderState(NamedTuple):
    """What one step hands to the next: the cell's memory, and where it last looked [R,H]."""

    cell: State
    context: Tensor | None


class Decoder(nn.Module):
    """One recurrent layer with attention whose context is fed back.

    z_t, … = cell([y_{t-1}; c_{t-1}], z_{t-1}, …), then attention with the new z_t finds c_t, and
    both give the output: tanh(W [z_t; c_t; l_t; y_{t-1}]). (The order of Luong, Pham & Manning
    2015, section 3.3, with the context itself fed back as in Bahdanau, Cho & Bengio 2015.)

    l_t = tanh Σ_s a_ts x_s mixes the vectors x of the source pieces by the attention's weights a:
    a short way from a word to its translation. (The mix of the lexical module of Nguyen & Chiang
    2018, who give it an output layer of its own.) Nothing of it with `lexical` off.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        hidden = config.hidden
        self.attention = make_attention(config.attention, hidden, config.attention_size)
        self.fixed_context = self.attention is None and config.context == "every"
        context = hidden if self.attention is not None or self.fixed_context else 0
        self.bridge = nn.Linear(hidden, hidden)
        self.cell = CELLS[config.cell](config.embedding, hidden, context)
        self.lexical = config.lexical and self.attention is not None
        lexical = config.embedding if self.lexical else 0
        self.readout = nn.Linear(hidden + context + lexical + config.embedding, config.embedding)
        for linear in (self.bridge, self.readout):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def keys(self, values: Tensor) -> Tensor:
        """What attention will match queries with: [B,S,H] -> [B,S,A]."""
        return values if self.attention is None else self.attention.keys(values)

    def start(self, memory: Memory) -> DecoderState:
        """The first state: z is made from the vector that the encoder ends in."""
        cell = self.cell.start(torch.tanh(self.bridge(memory.summary)))
        if self.attention is not None:
            return DecoderState(cell, torch.zeros_like(memory.summary))
        return DecoderState(cell, memory.summary if self.fixed_context else None)

    def step(
        self, previous: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Tensor, Tensor | None, DecoderState]:
        """Vectors of the previous pieces [R,E] -> output vectors [R,E], weights, next state."""
        ((recur, query),) = self._moments(previous.unsqueeze(0))
        state, weights = self._advance(recur, query, memory, state)
        words = None if weights is None else self._words(weights, memory)
        return self._read(previous, state.cell[0], state.context, words), weights, state

    def steps(self, previous: Tensor, memory: Memory) -> Tensor:
        """The same for all steps of known targets: [T,B,E] -> output vectors [T,B,E]."""
        steps, sentences, _ = previous.shape
        state = self.start(memory)
        shown, contexts, looks = [], [], []
        for recur, query in self._moments(previous):
            state, weights = self._advance(recur, query, memory, state)
            shown.append(state.cell[0])
            contexts += [] if state.context is None else [state.context]
            looks += [] if weights is None else [weights]
        words = self._words(torch.stack(looks, 1).flatten(0, 1), memory) if looks else None
        if words is not None:
            words = words.view(sentences, steps, -1).transpose(0, 1)
        context = torch.stack(contexts) if contexts else None
        return self._read(previous, torch.stack(shown), context, words)

    def _moments(self, previous: Tensor) -> Iterator[tuple[Step, StepLinear | None]]:
        """What the cell and the attention do at each step of [T,R,E]."""
        steps, rows, _ = previous.shape
        attention = self.attention
        queries = repeat(None, steps) if attention is None else attention.queries(steps, rows)
        return zip(self.cell.unroll(self.cell.project(previous)), queries, strict=True)

    def _advance(
        self, recur: Step, query: StepLinear | None, memory: Memory, state: DecoderState
    ) -> tuple[DecoderState, Tensor | None]:
        cell = recur(state.cell, state.context)
        if self.attention is None or query is None:
            return DecoderState(cell, state.context), None
        weights, context = self.attention(query(cell[0]), memory)
        return DecoderState(cell, context), weights

    def _words(self, weights: Tensor, memory: Memory) -> Tensor | None:
        """What the source pieces that were looked at are by themselves: [R,S] -> [R,E]."""
        return torch.tanh(mix(weights, memory.words)) if self.lexical else None

    def _read(self, previous: Tensor, *shown: Tensor | None) -> Tensor:
        parts = [*(part for part in shown if part is not None), previous]
        linear = self.readout
        return torch.tanh(functional.linear(torch.cat(parts, -1), linear.weight, linear.bias))
