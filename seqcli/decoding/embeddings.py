"""The embeddings of a trained model, to look at."""

from __future__ import annotations

import numpy as np

from seqcli.bundle import Bundle
from seqcli.data.carryover import SYMBOLS
from seqcli.data.tokenizer import SPECIAL_PIECES
from seqcli.vectors.vocabulary import Vocabulary


def embeddings(bundle: Bundle, *, target: bool) -> Vocabulary:
    """The pieces that a model reads, or writes, with their embeddings.

    Where word vectors take the place of pieces, these are the vectors, also of words that are no
    pieces. The bundle must hold the weights.
    """
    tensors = bundle.weights()
    table = tensors["source_table"]
    ids = list(range(SPECIAL_PIECES, len(bundle.tokenizer)))
    if target:
        table = tensors.get("target_table", table)
        ids = [i for i in bundle.output_vocabulary.pieces.tolist() if i >= SPECIAL_PIECES]
    found = {
        piece: table[i]
        for piece, i in zip(bundle.tokenizer.pieces(ids), ids, strict=True)
        if piece not in SYMBOLS
    }
    if bundle.vectors is not None and bundle.vectors.replaces_pieces and not target:
        for word, vector in zip(bundle.vectors.words, bundle.vectors.vectors[1:], strict=True):
            found.pop(f"▁{word}", None)
            found[word] = vector
    name = f"the pieces that {bundle.folder} {'writes' if target else 'reads'}"
    return Vocabulary(list(found), np.stack(list(found.values())), name)
