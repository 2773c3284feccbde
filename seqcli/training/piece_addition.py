"""Pieces that are added to a tokenizer, so that it can read and write new pairs too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from seqcli.data.piece_model import MAX_PIECES
from seqcli.data.tokenizer import MAX_WORD_SEARCHED, MAX_WORDS, Tokenizer
from seqcli.training.pieces import kind_of_pieces

_WORD = re.compile("▁[^▁]*|[^▁]+")


def with_new_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> Tokenizer:
    """The tokenizer with a piece for each character of the texts that it lacks; where pieces are
    words, for each word, the most frequent ones first.

    The texts are given as the model reads and writes them. Earlier pieces keep their ids, and a
    text of known characters (or words) is encoded as before.
    """
    # (The module needs protobuf, which comes with onnx, and creates its names at run time.)
    from sentencepiece import sentencepiece_model_pb2  # noqa: PLC0415

    messages: Any = sentencepiece_model_pb2
    model = messages.ModelProto.FromString(tokenizer.model)
    known = {each.piece for each in model.pieces}
    new = _missing(tokenizer, texts, known)[: MAX_PIECES - len(known)]
    if not new:
        return tokenizer
    # SentencePiece takes an unknown character for less probable than the least piece, so that a
    # lower score would change how a text with unknown characters is cut.
    score = min(each.score for each in model.pieces)
    kinds = messages.ModelProto.SentencePiece
    for piece in new:
        if len(piece) == 1 or kind_of_pieces(tokenizer) == "word":
            model.pieces.add(piece=piece, score=score)
        else:  # an escape, which is never split
            model.pieces.add(piece=piece, score=0.0, type=kinds.USER_DEFINED)
            model.trainer_spec.user_defined_symbols.append(piece)
    model.trainer_spec.vocab_size = len(model.pieces)
    return Tokenizer(model.SerializeToString(deterministic=True), "the tokenizer with new pieces")


def _missing(tokenizer: Tokenizer, texts: Iterable[str], known: set[str]) -> list[str]:
    """The characters, or words, that are no pieces yet, in a fixed order."""
    if kind_of_pieces(tokenizer) != "word":
        return sorted({each for text in texts for each in tokenizer.characters(text)} - known)
    counts = Counter(
        word for text in texts for word in _WORD.findall("".join(tokenizer.characters(text)))
    )
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    return [word for word in ordered if word not in known and len(word) <= MAX_WORD_SEARCHED][
        :MAX_WORDS
    ]
