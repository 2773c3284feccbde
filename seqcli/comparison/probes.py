"""What learning looks like from inside: how far a gradient reaches, and how rough the loss is."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seqcli.arrays import Array
from seqcli.data.batching import Batch, Example
from seqcli.model.cells import Cell, run_cell
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.gradients import batch_loss
from seqcli.training.loss import cross_entropy


def long_sources(network: Seq2Seq, examples: Sequence[Example], length: int, rows: int) -> Tensor:
    """Piece vectors of sources that are joined until they are long: [length, B, E], B at most
    `rows`."""
    ids = [piece for example in examples for piece in example.source[:-1]]
    count = max(1, min(rows, len(ids) // length))
    joined = np.resize(np.array(ids, dtype=np.int64), (count, length))
    pieces = torch.from_numpy(joined.T.copy()).to(network.source_table.device)
    return functional.embedding(pieces, network.source_table).detach()


def gradient_norms(network: Seq2Seq, vectors: Tensor) -> Array:
    """How large a gradient arrives at a piece n steps back: [S,B,E] -> [S], n rising from 0.

    It is ‖∂(u · h_S) / ∂x_{S-n}‖ in the encoder's first forward cell, for one random direction u of
    length 1 a row, and the geometric mean over the rows. (Its vanishing and exploding: Bengio,
    Simard & Frasconi 1994; Pascanu, Mikolov & Bengio 2013, section 2.)
    """
    # (In double precision: the squares of what has faded are too small for single.)
    cell = copy.deepcopy(cast(Cell, network.encoder.forwards[0])).double()
    inputs = vectors.double().requires_grad_()
    last = run_cell(cell, inputs)[-1]
    generator = torch.Generator().manual_seed(0)
    direction = torch.randn(last.shape, generator=generator).to(last)
    pulled = (last * functional.normalize(direction, dim=1)).sum()
    (gradient,) = torch.autograd.grad(pulled, inputs)
    sizes = gradient.norm(dim=2).flip(0).clamp_min(1e-150)
    return np.asarray(sizes.log().mean(dim=1).exp().cpu())


@torch.no_grad()
def loss_curve(network: Seq2Seq, batch: Batch, places: Sequence[float]) -> Array:
    """The loss of a token (nats) at places on the line through a network's weights along which its
    recurrent weights grow, from 0 (none) through 1 (its own). The network is left as it was.

    Along it the plain cell's loss has cliffs (Pascanu, Mikolov & Bengio 2013, section 2.3).
    """
    cells = [each for each in network.modules() if isinstance(each, Cell)]
    # What is fed back to a cell stands before what comes round in it, and is left alone.
    recurrent = [cell.recurrent[:, cell.feedback_size :] for cell in cells]
    own = [weight.clone() for weight in recurrent]
    tokens = int(batch.target_lengths.sum())
    losses = []
    for place in places:
        for weight, learned in zip(recurrent, own, strict=True):
            weight.copy_(place * learned)
        losses.append(float(batch_loss(network, batch, cross_entropy).nll) / tokens)
    for weight, learned in zip(recurrent, own, strict=True):
        weight.copy_(learned)
    return np.array(losses)
