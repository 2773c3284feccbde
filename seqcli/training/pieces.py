"""The tokenizer that a training is given, and the kind of its pieces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqcli.bundle import open_bundle
from seqcli.config import ModelConfig, TokenizerConfig
from seqcli.data.tokenizer import Tokenizer, load
from seqcli.errors import UserError
from seqcli.folder import holds_language_model
from seqcli.language_model.folder import open_language_model


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in a file, or that of a model folder."""
    if not path.is_dir():
        return load(path)
    if holds_language_model(path):
        return open_language_model(path).tokenizer
    return open_bundle(path, ()).tokenizer


def kind_of_pieces(tokenizer: Tokenizer) -> str:
    """The value of `TokenizerConfig.pieces` with which a tokenizer was built, from its model."""
    # (The module needs protobuf, which comes with onnx, and creates its names at run time.)
    from sentencepiece import sentencepiece_model_pb2  # noqa: PLC0415

    messages: Any = sentencepiece_model_pb2
    kind = messages.ModelProto.FromString(tokenizer.model).trainer_spec.model_type
    return str(messages.TrainerSpec.ModelType.Name(kind)).lower()


def check_drawable(model: ModelConfig, tokenizer: TokenizerConfig, option: str) -> None:
    """Raise a `UserError` if pieces are to be drawn that are not of a kind that can be; `option` is
    that which chose the kind."""
    if model.subword_sampling and tokenizer.pieces != "unigram":
        raise UserError(
            "only unigram pieces can be drawn: leave out --subword-sampling or "
            f"{option} {tokenizer.pieces}"
        )
