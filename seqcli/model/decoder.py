"""The decoder: generates the target token by token, with attention over the source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor, nn

from seqcli.config import ModelConfig
from seqcli.model.attention import Memory, make_attention
from seqcli.model.cells import CELLS, Gates, Linears, State
from seqcli.model.stepwise_linear import StepLinear


class DecoderState(NamedTuple):
    """What one step passes to the next: the state of the cell and the context [R,H]."""

    cell: State
    context: Tensor | None

    def parts(self) -> list[Tensor]:
        """The tensors of the state in their order."""
        return [*self.cell, *([] if self.context is None else [self.context])]


class Decoder(nn.Module):
    """One recurrent layer with attention and input feeding of the context.

    z_t, … = cell([y_{t-1}; c_{t-1}], z_{t-1}, …), attention with the query z_t gives c_t, and the
    readout is tanh(W [z_t; c_t; l_t; y_{t-1}]). (The order of Luong, Pham & Manning 2015,
    section 3.3, with the context itself fed back as in Bahdanau, Cho & Bengio 2015.)

    l_t = tanh Σ_s a_ts x_s is the sum of the source embeddings x, weighted by attention: a direct
    path from a word to its translation. (The weighted sum of the lexical module of Nguyen & Chiang
    2018, who give it an output layer of its own.) With `lexical` off there is no l_t.
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
        """The keys of attention, [B,S,H] -> [B,S,A]; the values themselves without attention."""
        return values if self.attention is None else self.attention.keys(values)

    def start(self, summary: Tensor) -> DecoderState:
        """The first state, made from the encoder's summary [B,H]."""
        cell = self.cell.start(torch.tanh(self.bridge(summary)))
        if self.attention is not None:
            return DecoderState(cell, torch.zeros_like(summary))
        return DecoderState(cell, summary if self.fixed_context else None)

    def restore(self, parts: Sequence[Tensor]) -> DecoderState:
        """The state of `DecoderState.parts`."""
        context = parts[-1] if len(parts) > self.cell.num_states else None
        return DecoderState(tuple(parts[: self.cell.num_states]), context)

    def step(
        self, previous: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Tensor, Tensor | None, DecoderState]:
        """Embeddings of the previous tokens [R,E] -> readouts [R,E], weights [R,S], next state."""
        ((linears, query),) = self._unroll(previous.unsqueeze(0))
        inputs, weights, state, _ = self.step_inputs(linears, query, memory, state)
        return self._read_out(inputs, previous), weights, state

    def step_inputs(
        self, linears: Linears, query: StepLinear | None, memory: Memory, state: DecoderState
    ) -> tuple[Tensor, Tensor | None, DecoderState, Gates]:
        """A step without readout: [z_t; c_t; l_t] [R,·], weights [R,S], next state, gates."""
        state, weights, gates = self._advance(linears, query, memory, state)
        parts = [state.cell[0], *([] if state.context is None else [state.context])]
        if weights is None:
            return torch.cat(parts, dim=-1), None, state, gates
        parts += [self._lexical(weights, memory).flatten(0, 1)] if self.lexical else []
        return torch.cat(parts, dim=-1), weights.flatten(0, 1), state, gates

    def steps(self, previous: Tensor, memory: Memory, masks: Tensor | None = None) -> Tensor:
        """All steps of given targets: embeddings of the previous tokens [T,B,E] -> readouts.

        `masks` [T,B,S] are the masks of the memory at each step, if they are not all the same.
        """
        hidden, contexts, weights = self.states(previous, memory, masks)
        parts = [hidden, *([] if contexts is None else [contexts])]
        if self.lexical and weights is not None:
            parts.append(self._lexical(weights.transpose(0, 1), memory).transpose(0, 1))
        return self._read_out(*parts, previous)

    def states(
        self, previous: Tensor, memory: Memory, masks: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """z_t, c_t and the attention weights at all steps of `steps`: [T,B,H], [T,B,H], [T,B,S];
        None for what the decoder does not have."""
        state = self.start(memory.summary)
        hidden, contexts, weights = [], [], []
        for step, (linears, query) in enumerate(self._unroll(previous)):
            heard = memory if masks is None else memory._replace(mask=masks[step])
            state, step_weights, _ = self._advance(linears, query, heard, state)
            hidden.append(state.cell[0])
            contexts += [] if state.context is None else [state.context]
            weights += [] if step_weights is None else [step_weights]
        return (
            torch.stack(hidden),
            torch.stack(contexts) if contexts else None,
            torch.cat(weights, dim=1).transpose(0, 1) if weights else None,
        )

    def _unroll(self, previous: Tensor) -> Iterator[tuple[Linears, StepLinear | None]]:
        """For each step of [T,R,E] the maps of the cell, and the map to the attention's query."""
        steps, rows, _ = previous.shape
        attention = self.attention
        queries = repeat(None, steps) if attention is None else attention.queries(steps, rows)
        return zip(self.cell.unroll(self.cell.project(previous)), queries, strict=True)

    def _advance(
        self, linears: Linears, query: StepLinear | None, memory: Memory, state: DecoderState
    ) -> tuple[DecoderState, Tensor | None, Gates]:
        """The next state, the attention weights [B,K,S] if there are any, and the cell's gates."""
        cell, gates = self.cell.step(linears, state.cell, state.context)
        if self.attention is None or query is None:
            return DecoderState(cell, state.context), None, gates
        weights, context = self.attention(query(cell[0]), memory)
        return DecoderState(cell, context), weights, gates

    def _lexical(self, weights: Tensor, memory: Memory) -> Tensor:
        """l_t for the attention weights of K rows or steps: [B,K,S] -> [B,K,E]."""
        return torch.tanh(torch.bmm(weights, memory.embeddings))

    def _read_out(self, *inputs: Tensor) -> Tensor:
        return torch.tanh(self.readout(torch.cat(inputs, dim=-1)))
