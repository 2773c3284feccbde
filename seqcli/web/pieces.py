"""The pieces of a tokenizer, for a page that cuts text into them without SentencePiece."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqcli.data.piece_model import SPECS, read_pieces
from seqcli.protobuf import read_message

_KINDS = {1: "unigram", 2: "bpe", 3: "word", 4: "char"}  # as SentencePiece numbers them


def tokenizer_values(model: bytes) -> dict[str, Any]:
    """The kind, the pieces with their scores, and the declared symbols of a SentencePiece model
    that `check_piece_model` accepts, ready for JSON."""
    pieces = read_pieces(model)
    trainer = read_message(model[pieces.end :], SPECS)["trainer_spec"]
    scores = np.frombuffer(b"".join(pieces.scores), "<f4")
    return {
        "kind": _KINDS[trainer["model_type"]],
        "pieces": [text.decode() for text in pieces.texts],
        # (With the digits that tell single-precision numbers apart, for a small page.)
        "scores": [float(str(score)) for score in scores],
        "symbols": trainer["user_defined_symbols"],
    }
