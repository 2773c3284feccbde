"""Analysis of trained networks: gradient norms over distance, and the loss along a line."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seqcli.arrays import Array
from seqcli.bundle import Bundle
from seqcli.comparison.findings import SCALES
from seqcli.config import SearchConfig
from seqcli.data.batching import Batch, Example, collate
from seqcli.data.pairs import Pair
from seqcli.decoding.text_processor import make_processor
from seqcli.model.cells import Cell, run_cell
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.gradients import batch_loss
from seqcli.training.loss import cross_entropy
from seqcli.training.weights import load_network_tensors

GRADIENT_STEPS, GRADIENT_ROWS = 40, 32


def relative_gradient_norms(bundle: Bundle, pairs: Sequence[Pair]) -> tuple[Array, Array]:
    """Gradient norms of a folder's network before and after training, relative to the norm 0 steps
    back: two arrays [N]."""
    examples = _examples(bundle, pairs)
    before, after = (
        gradient_norms(network, long_sources(network, examples, GRADIENT_STEPS, GRADIENT_ROWS))
        for network in _networks(bundle)
    )
    return before / before[0], after / after[0]


def longest_pair_loss_curve(bundle: Bundle, pairs: Sequence[Pair]) -> Array:
    """The loss of a folder's network at SCALES, on the pair with the longest source: there the
    recurrence has most steps. (A mean over several pairs would be smoother than any loss that the
    network learns from.)"""
    _, network = _networks(bundle)
    longest = max(_examples(bundle, pairs), key=lambda example: len(example.source))
    return loss_curve(network, collate([longest]), SCALES)


def long_sources(network: Seq2Seq, examples: Sequence[Example], length: int, rows: int) -> Tensor:
    """Embeddings of sources joined to that length: [length, B, E], B at most `rows`."""
    ids = [piece for example in examples for piece in example.source[:-1]]
    count = max(1, min(rows, len(ids) // length))
    joined = np.resize(np.array(ids, dtype=np.int64), (count, length))
    pieces = torch.from_numpy(joined.T.copy()).to(network.source_table.device)
    return functional.embedding(pieces, network.source_table).detach()


def gradient_norms(network: Seq2Seq, vectors: Tensor) -> Array:
    """The norm of the gradient with respect to the input n steps back: [S,B,E] -> [S], for n from 0
    to S-1.

    It is ‖∂(u · h_S) / ∂x_{S-n}‖ in the encoder's first forward cell, for one random direction u of
    length 1 in each row, and the geometric mean over the rows. (Vanishing and exploding gradients:
    Bengio, Simard & Frasconi 1994; Pascanu, Mikolov & Bengio 2013, section 2.)
    """
    # (In double precision: the squares of vanished gradients underflow in single precision.)
    cell = copy.deepcopy(next(network.encoder.layers())[0]).double()
    inputs = vectors.double().requires_grad_()
    last = run_cell(cell, inputs)[-1]
    generator = torch.Generator().manual_seed(0)
    direction = torch.randn(last.shape, generator=generator).to(last)
    projection = (last * functional.normalize(direction, dim=1)).sum()
    (gradient,) = torch.autograd.grad(projection, inputs)
    norms = gradient.norm(dim=2).flip(0).clamp_min(1e-150)
    return np.asarray(norms.log().mean(dim=1).exp().cpu())


@torch.no_grad()
def loss_curve(network: Seq2Seq, batch: Batch, scales: Sequence[float]) -> Array:
    """The loss of a token (nats) with the recurrent weights multiplied by each scale; at 1 they are
    the network's own. The network is left unchanged.

    For a plain RNN this loss has cliffs (Pascanu, Mikolov & Bengio 2013, section 2.3).
    """
    cells = [module for module in network.modules() if isinstance(module, Cell)]
    # The columns of the feedback come before those of the hidden state, and are not scaled.
    recurrent = [cell.recurrent[:, cell.feedback_size :] for cell in cells]
    originals = [weight.clone() for weight in recurrent]
    tokens = int(batch.target_lengths.sum())
    losses = []
    for scale in scales:
        for weight, original in zip(recurrent, originals, strict=True):
            weight.copy_(scale * original)
        losses.append(float(batch_loss(network, batch, cross_entropy).nll) / tokens)
    for weight, original in zip(recurrent, originals, strict=True):
        weight.copy_(original)
    return np.array(losses)


def _networks(bundle: Bundle) -> tuple[Seq2Seq, Seq2Seq]:
    """The network of a folder before training, and after it."""
    settings = bundle.settings
    torch.manual_seed(settings.training.seed)
    shape = settings.model, len(bundle.tokenizer), torch.from_numpy(bundle.output_vocabulary.pieces)
    before, after = Seq2Seq(*shape), Seq2Seq(*shape)
    load_network_tensors(after, bundle.weights())
    return before, after


def _examples(bundle: Bundle, pairs: Sequence[Pair]) -> list[Example]:
    processor = make_processor(
        bundle.settings,
        bundle.tokenizer,
        bundle.output_vocabulary,
        bundle.words,
        SearchConfig().max_source_pieces,
    )
    return [processor.to_example(pair) for pair in pairs]
