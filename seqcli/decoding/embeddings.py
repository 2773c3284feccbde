"""The embeddings of a trained model, to look at."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from seqcli.bundle import Bundle
from seqcli.data.carryover import SYMBOLS
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.tokenizer import SPECIAL_PIECES, UNKNOWN
from seqcli.vectors.vocabulary import Vocabulary


def embeddings(bundle: Bundle, words: Iterable[str], *, target: bool) -> Vocabulary:
    """The pieces that a model reads, or writes, with their embeddings; and those of the words that
    are several pieces, with the mean of these.

    Where word vectors take the place of pieces, these are the vectors, also of words that are no
    pieces. The bundle must hold the weights.
    """
    tensors, tokenizer = bundle.weights(), bundle.tokenizer
    table = tensors["source_table"]
    ids = list(range(SPECIAL_PIECES, len(tokenizer)))
    if target:
        table = tensors.get("target_table", table)
        ids = [i for i in bundle.output_vocabulary.pieces.tolist() if i >= SPECIAL_PIECES]
    found = {
        piece: table[i]
        for piece, i in zip(tokenizer.pieces(ids), ids, strict=True)
        if piece not in SYMBOLS
    }
    if bundle.vectors is not None and bundle.vectors.replaces_pieces and not target:
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
