"""What a page needs of a model folder. `translation/loading.js` reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seqcli.bundle import Bundle, open_bundle
from seqcli.config import SearchConfig
from seqcli.decoding.runtime import checked_confidence, checked_graph
from seqcli.errors import UserError
from seqcli.folder import ENCODER, STEP, STEP_INT8, WEIGHTS
from seqcli.storage.generation import damaged
from seqcli.web.graphs import model_values
from seqcli.web.pieces import tokenizer_values
from seqcli.web.remembered import Corrections

# The embeddings of the target side among the weights, if they are not those of the source side.
_TARGET_TABLES = ("target_table", "output_table")


class FolderValues(NamedTuple):
    """What a page needs of a folder, ready for JSON, and the bytes of its weights."""

    values: dict[str, Any]
    weights: bytes


def open_for_page(folder: str | Path) -> Bundle:
    """The model of a folder with all that a page may need.

    Raises `UserError`, also for a folder of an old format, whose text a page cannot read.
    """
    bundle = open_bundle(folder, (ENCODER, STEP, STEP_INT8, WEIGHTS))
    if bundle.settings.read_compatibly:
        raise UserError(
            f"{folder} was trained by an early version of seqcli, which read text in another way: "
            "train it again to make a page of it"
        )
    return bundle


def folder_values(
    bundle: Bundle, precision: str, corrections: Corrections | None = None
) -> FolderValues:
    """What a page needs of a folder, whose weights have a precision; it remembers corrections."""
    settings, stored = bundle.settings, bundle.weights()
    confidence = checked_confidence(bundle)
    encoder, step, step_int8 = (checked_graph(bundle, part) for part in (ENCODER, STEP, STEP_INT8))
    tables = [stored[name].astype(np.float32) for name in _TARGET_TABLES if name in stored]
    output_pieces, pieces = bundle.output_vocabulary.pieces.tolist(), len(bundle.tokenizer)
    try:
        model, weights = model_values(
            encoder, step, step_int8, tables, output_pieces, pieces, precision
        )
    except (IndexError, ValueError) as error:  # what the graphs and the weights hold does not fit
        raise damaged(bundle.path(WEIGHTS), error) from error
    word_vectors = None
    if bundle.vectors is not None:
        vectors = bundle.vectors
        model["vectors"] = weights.add(vectors.vectors)
        word_vectors = {
            "words": vectors.words,
            "seen": vectors.seen,
            "replacesPieces": vectors.replaces_pieces,
            "lexicon": dict(vectors.lexicon),
        }
    values = {
        "model": model,
        "tokenizer": tokenizer_values(bundle.tokenizer.model),
        "words": bundle.words.to_text(),
        "punctuation": settings.source_punctuation,
        "locale": settings.locale,
        "carriesOver": settings.carry_over,
        "carriesNumbers": settings.carry_numbers,
        "simultaneous": settings.model.simultaneous,
        "maxLengthRatio": settings.max_length_ratio,
        "maxSourcePieces": SearchConfig().max_source_pieces,
        "confidence": None if confidence is None else confidence.to_dict(),
        "wordVectors": word_vectors,
        "corrections": corrections or [],
        "info": {
            "cell": settings.model.cell,
            "hidden": settings.model.hidden,
            "attention": settings.model.attention,
        },
    }
    return FolderValues(values, bytes(weights.content))
