"""Checks a SentencePiece model before SentencePiece loads it.

A model file is a protobuf message, `ModelProto` of
https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto. SentencePiece
trusts what is in it: a map for its normalizer can make it read outside of its memory
(https://github.com/google/sentencepiece/issues/1269, and CVE-2026-1260 before version 0.2.1), and a
piece of 100,000 characters overflows its stack (issue 1263). So a model is accepted only if it is
one that `seqcli.data.tokenizer.build` makes, of any version of seqcli.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from seqcli.errors import UserError
from seqcli.protobuf import (
    BYTES,
    FIXED32,
    FLOAT,
    INTEGER,
    LENGTH,
    TEXT,
    Field,
    ProtobufError,
    read_message,
    read_varint,
)

MAX_BYTES = 1 << 25
MAX_PIECES = 250_000  # more than there are characters, and the most pieces that can be asked for
MAX_UNUSUAL_PIECES = 10_000  # special ones, symbols, and texts of more than 127 bytes
MAX_PIECE_BYTES = 7999  # a word may be one piece; SentencePiece 0.2.3 has the same limit

# The types of a piece. Bytes (6) and unused pieces (5) are in no model of ours.
_NORMAL, _UNKNOWN, _CONTROL, _SYMBOL = 1, 2, 3, 4
_SPECIAL_PIECES = [("<pad>", _CONTROL), ("<unk>", _UNKNOWN), ("</s>", _CONTROL)]
# Escapes of `seqcli.data.tokenizer`.
_DECLARED_SYMBOL = re.compile("[\ue000-\uf8ff]{2}")

_PIECE = {1: Field("piece", BYTES), 2: Field("score", FLOAT), 3: Field("type", INTEGER)}
# The first bytes of a piece in a model, and of its text and its score.
_PIECE_TAG, _TEXT_TAG, _SCORE_TAG = 1 << 3 | LENGTH, 1 << 3 | LENGTH, 2 << 3 | FIXED32

_TRAINER = {
    3: Field("model_type", INTEGER),
    4: Field("vocab_size", INTEGER),
    10: Field("character_coverage", FLOAT),
    16: Field("num_threads", INTEGER),
    18: Field("max_sentence_length", INTEGER),
    20: Field("max_sentencepiece_length", INTEGER),
    31: Field("user_defined_symbols", TEXT, repeated=True),
    33: Field("hard_vocab_limit", INTEGER),
    40: Field("unk_id", INTEGER),
    41: Field("bos_id", INTEGER),
    42: Field("eos_id", INTEGER),
    43: Field("pad_id", INTEGER),
    54: Field("seed_sentencepieces_file", TEXT),
}
_NORMALIZER = {
    1: Field("name", TEXT),
    2: Field("precompiled_charsmap", BYTES),
    3: Field("add_dummy_prefix", INTEGER),
    4: Field("remove_extra_whitespaces", INTEGER),
}
# What follows the pieces.
SPECS = {2: Field("trainer_spec", _TRAINER), 3: Field("normalizer_spec", _NORMALIZER)}

_TRAINER_VALUES = {
    "character_coverage": 1.0,
    "num_threads": 1,
    "max_sentence_length": 1_000_000,
    "max_sentencepiece_length": 16,
    "unk_id": 1,
    "bos_id": -1,
    "eos_id": 2,
    "pad_id": 0,
}
_NORMALIZER_VALUES = {
    "name": "identity",
    "precompiled_charsmap": b"",
    "add_dummy_prefix": 0,
    "remove_extra_whitespaces": 0,
}


class _Pieces(NamedTuple):
    texts: list[bytes]
    scores: list[bytes]  # four bytes each
    types: dict[int, int]  # by id; the others are normal
    end: int  # the position after the last


def check_piece_model(content: bytes, place: str) -> None:
    """Raise a `UserError` that names the place if the content is no SentencePiece model of seqcli.

    What passes has unique pieces in UTF-8 with finite scores, our special pieces and symbols, and
    no rules of normalization.
    """
    try:
        _check(content)
    except ProtobufError as error:
        raise UserError(
            f"{place} is not a SentencePiece model that seqcli built ({error}): "
            "make one with `seqcli tokenizer build`"
        ) from error


def _check(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise ProtobufError(f"it is larger than {MAX_BYTES} bytes")
    pieces = read_pieces(content)
    symbols = _check_pieces(pieces)
    specs = read_message(content[pieces.end :], SPECS)
    trainer, normalizer = specs.get("trainer_spec", {}), specs.get("normalizer_spec", {})
    _check_values(trainer, _TRAINER_VALUES)
    _check_values(normalizer, _NORMALIZER_VALUES)
    if trainer.get("model_type") not in range(1, 5):
        raise ProtobufError("its kind is unknown")
    if trainer.get("vocab_size") != len(pieces.texts):
        raise ProtobufError("its number of pieces differs from its vocab_size")
    if trainer["user_defined_symbols"] != symbols:
        raise ProtobufError("its symbols differ from its user_defined_symbols")
    if trainer.get("hard_vocab_limit", 0) not in (0, 1):
        raise ProtobufError("its hard_vocab_limit is no truth value")
    # `build` overwrites the name of the file.
    if trainer.get("seed_sentencepieces_file", "").strip("-"):
        raise ProtobufError("it names a file")


def read_pieces(content: bytes) -> _Pieces:
    """The pieces at the beginning of a model.

    Most have a text shorter than 128 bytes, a score and nothing more: to read these here takes a
    tenth of the time of `read_message`, which reads the others.
    """
    texts: list[bytes] = []
    scores: list[bytes] = []
    types: dict[int, int] = {}
    position, end = 0, len(content)
    while position < end and content[position] == _PIECE_TAG:
        if len(texts) == MAX_PIECES:
            raise ProtobufError(f"it has more than {MAX_PIECES} pieces")
        size, begin = read_varint(content, position + 1, end)
        position = begin + size
        if position > end:
            raise ProtobufError("a piece breaks off")
        body = content[begin:position]
        is_short = 7 < size < 135 and body[0] == _TEXT_TAG and body[1] == size - 7
        if is_short and body[-5] == _SCORE_TAG:
            texts.append(body[2:-5])
            scores.append(body[-4:])
            continue
        if len(types) == MAX_UNUSUAL_PIECES:
            raise ProtobufError(f"it has more than {MAX_UNUSUAL_PIECES} unusual pieces")
        piece = read_message(body, _PIECE)
        types[len(texts)] = piece.get("type", _NORMAL)
        texts.append(bytes(piece.get("piece", b"")))
        scores.append(struct.pack("<f", piece.get("score", 0.0)))
    return _Pieces(texts, scores, types, position)


def _check_pieces(pieces: _Pieces) -> list[str]:
    """Raise `ProtobufError` for a piece that is not ours; the declared symbols."""
    texts, types = pieces.texts, pieces.types
    if not texts:
        raise ProtobufError("it has no pieces")
    if not np.isfinite(np.frombuffer(b"".join(pieces.scores), "<f4")).all():
        raise ProtobufError("a score is not a finite number")
    if max(map(len, texts)) > MAX_PIECE_BYTES:
        raise ProtobufError(f"a piece is longer than {MAX_PIECE_BYTES} bytes")
    if not all(texts) or len(set(texts)) < len(texts):
        raise ProtobufError("a piece is empty or comes twice")
    try:
        decoded = b"\n".join(texts).decode().split("\n")
    except UnicodeDecodeError as error:
        raise ProtobufError("a piece is not UTF-8") from error
    if len(decoded) != len(texts) or any("\0" in text for text in decoded):
        raise ProtobufError("a piece has a line break or a null character")
    special = [(decoded[i], types.get(i)) for i in range(min(len(decoded), len(_SPECIAL_PIECES)))]
    if special != _SPECIAL_PIECES:
        raise ProtobufError("its special pieces differ")
    others = {i: each for i, each in types.items() if i >= len(special) and each != _NORMAL}
    symbols = [decoded[i] for i in others]
    if set(others.values()) - {_SYMBOL} or not all(map(_DECLARED_SYMBOL.fullmatch, symbols)):
        raise ProtobufError("a piece is of a kind that seqcli does not make")
    return symbols


def _check_values(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    for name, value in expected.items():
        if found.get(name) != value:
            raise ProtobufError(f"its {name} differs")
