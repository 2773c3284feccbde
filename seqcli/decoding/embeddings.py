"""The embeddings of a trained model, to look at."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from seqcli.arrays import Array
from seqcli.bundle import Bundle
from seqcli.data.carryover import SYMBOLS
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.tokenizer import SPECIAL_PIECES, UNKNOWN
from seqcli.folder import VECTORS, WEIGHTS
from seqcli.storage.generation import damaged
from seqcli.vectors.vocabulary import Vocabulary


def embeddings(bundle: Bundle, words: Iterable[str], *, target: bool) -> Vocabulary:
    """The pieces that a model reads, or writes, with their embeddings; and those of the words that
    are several pieces, with the mean of these.

    Where word vectors take the place of pieces, these are the vectors, also of words that are no
    pieces. The bundle must hold the weights. Raises `UserError` if these are damaged.
    """
    tensors, tokenizer = bundle.weights(), bundle.tokenizer
    table = _table(bundle, tensors.get("source_table"))
    ids = list(range(SPECIAL_PIECES, len(tokenizer)))
    if target:
        table = _table(bundle, tensors.get("target_table", table))
        ids = [i for i in bundle.output_vocabulary.pieces.tolist() if i >= SPECIAL_PIECES]
    found = {
        piece: table[i]
        for piece, i in zip(tokenizer.pieces(ids), ids, strict=True)
        if piece not in SYMBOLS
    }
    if bundle.vectors is not None and bundle.vectors.replaces_pieces and not target:
        if bundle.vectors.dimensions != table.shape[1]:
            raise damaged(bundle.path(VECTORS), "vectors of another size than the embeddings")
        for word, vector in zip(bundle.vectors.words, bundle.vectors.vectors[1:], strict=True):
            found.pop(f"▁{word}", None)
            found[word] = vector
    for word in words:
        text = word if target else fold(normalize_source(word), bundle.settings.locale)
        pieces = tokenizer.encode(text)
        is_known = bool(pieces) and UNKNOWN not in pieces and set(pieces) <= set(ids)
        if is_known and not {f"▁{text}", text} & found.keys():
            found[word] = table[pieces].mean(axis=0)
    name = f"the pieces that {bundle.folder} {'writes' if target else 'reads'}"
    return Vocabulary(list(found), np.stack(list(found.values())), name)


def _table(bundle: Bundle, table: Array | None) -> Array:
    """A table of embeddings, which a stranger may have made."""
    shape = (len(bundle.tokenizer), bundle.settings.model.embedding)
    if table is None or table.shape != shape or table.dtype.kind != "f":
        raise damaged(bundle.path(WEIGHTS), "no table of embeddings")
    if not np.isfinite(table).all():
        raise damaged(bundle.path(WEIGHTS), "an embedding that is not finite")
    return table
