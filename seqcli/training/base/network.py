"""The network of a base, with rows for new pieces."""

from __future__ import annotations

import numpy as np
import torch

from seqcli.arrays import Array, Ints, Tensors
from seqcli.bundle import Bundle
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.errors import UserError
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.prepare import PreparedData
from seqcli.training.weights import check_shapes, load_network_tensors

_BIAS = "output_bias"
_CHANGE = "word_vectors.change"
_TABLES = ("source_table", "target_table", "output_table")

# Of the deviation of the old embeddings, that of the new ones from the mean.
NOISE = 0.3
# The bias of a token that the base does not write: below that of all that it writes, so that what
# was learned about the others stays as it is.
NEW_BIAS = -2.0


def check_weights(bundle: Bundle, weights: Tensors) -> None:
    """Raise `UserError` unless these are finite weights of the network that the settings describe;
    no memory is taken for it."""
    with torch.device("meta"):
        pieces = torch.empty(len(bundle.output_vocabulary), dtype=torch.int64)
        network = Seq2Seq(bundle.settings.model, len(bundle.tokenizer), pieces, bundle.vectors)
    check_shapes(network, weights)
    if not all(np.isfinite(array).all() for array in weights.values()):
        raise UserError("weights that are not finite")


def grown_network(
    data: PreparedData, weights: Tensors, before: OutputVocabulary, device: torch.device
) -> Seq2Seq:
    """A network for the data with the weights of a base, which writes the pieces of `before`. What
    is random depends only on the seed, which is set for PyTorch."""
    seed = data.settings.training.seed
    torch.manual_seed(seed)
    output_pieces = torch.from_numpy(data.output_vocabulary.pieces)
    network = Seq2Seq(data.settings.model, len(data.tokenizer), output_pieces, data.vectors)
    grown = grown_weights(weights, len(data.tokenizer), before, data.output_vocabulary, seed)
    load_network_tensors(network, grown)
    return network.to(device)


def grown_weights(
    weights: Tensors, pieces: int, before: OutputVocabulary, after: OutputVocabulary, seed: int
) -> Tensors:
    """The weights of a network for more pieces, of which it writes those of `after`.

    The embedding of a new piece is the mean of the others, with noise; new tokens have a low bias.
    """
    generator = np.random.default_rng([seed, 21])
    grown = dict(weights)
    for name in _TABLES:
        if name in weights:
            grown[name] = _grown_table(weights[name], pieces, generator)
    if _CHANGE in weights:  # the word vectors of a folder have it in them
        grown[_CHANGE] = np.zeros_like(weights[_CHANGE])
    bias = np.full(len(after), weights[_BIAS].min() + NEW_BIAS, dtype=weights[_BIAS].dtype)
    bias[_places(before, after)] = weights[_BIAS]
    return grown | {_BIAS: bias}


def _grown_table(table: Array, pieces: int, generator: np.random.Generator) -> Array:
    """A table [pieces,E]: the old rows, and new ones beside their mean."""
    size = (pieces - len(table), table.shape[1])
    learned = table[1:]  # (without padding)
    noise = generator.normal(size=size) * NOISE * learned.std(axis=0)
    return np.concatenate([table, (learned.mean(axis=0) + noise).astype(table.dtype)])


def _places(before: OutputVocabulary, after: OutputVocabulary) -> Ints:
    """The tokens in `after` of all pieces of `before`, which it contains."""
    places = after.to_tokens(before.pieces, missing=-1)
    assert (places >= 0).all()
    return places
