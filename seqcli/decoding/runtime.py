"""Translators from model folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from seqcli.bundle import Bundle
from seqcli.config import WHOLE, SearchConfig
from seqcli.data.shortlist import Shortlist
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.decoding.confidence import Confidence
from seqcli.decoding.ensemble import Ensemble
from seqcli.decoding.fast_search import FastSearch, OpenModel, ShortlistSearch
from seqcli.decoding.once import Once
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.decoding.sentence_search import is_fast
from seqcli.decoding.text_processor import make_processor
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.folder import ENCODER, MANIFEST, SHORTLIST, STEP, STEP_INT8
from seqcli.settings import Settings
from seqcli.storage.generation import damaged
from seqcli.storage.graph_check import check_graph
from seqcli.storage.interface import Kind

if TYPE_CHECKING:
    from seqcli.vectors.word_vectors import WordVectors

DEFAULT_SEARCH = SearchConfig()


def load_translator(
    bundles: Bundle | Sequence[Bundle],
    config: SearchConfig = DEFAULT_SEARCH,
    threads: int = 0,
) -> Translator:
    """The translator of an opened model folder, or of the ensemble of several.

    `threads` batches are searched at once; 0 uses one thread for each core. Raises `UserError` for
    folders whose tokenizers or directions differ, and for a coverage penalty without attention.
    """
    bundles = [bundles] if isinstance(bundles, Bundle) else bundles
    _check_compatible(bundles, config)
    fast = None
    if len(bundles) == 1:
        model, fast = _open_model(bundles[0], config)
        models = [model]
    else:
        models = [_model_opener(bundle)(bundle.contents[_step_part(bundle)]) for bundle in bundles]
    output_vocabulary = OutputVocabulary(
        np.unique(np.concatenate([b.output_vocabulary.pieces for b in bundles]))
    )
    columns = [b.output_vocabulary.to_tokens(output_vocabulary.pieces, missing=-1) for b in bundles]
    return Translator(
        models[0] if len(models) == 1 else Ensemble(models, columns),
        make_processor(
            _joint_settings(bundles),
            bundles[0].tokenizer,
            output_vocabulary,
            WordList.union([bundle.words for bundle in bundles]),
            config.max_source_pieces,
            _joint_vectors(bundles),
        ),
        max(bundle.settings.max_length_ratio for bundle in bundles),
        config,
        threads or available_cores(),
        _confidence(bundles),
        fast=fast,
    )


def checked_graph(bundle: Bundle, part: str) -> bytes:
    """The graph of the encoder or of a step of a folder; a `UserError` for one that is not of
    seqcli."""
    kinds: dict[str, Kind] = {ENCODER: "encoder", STEP: "step", STEP_INT8: "step_int8"}
    graph, place = bundle.contents[part], str(bundle.path(part))
    pieces, output_pieces = len(bundle.tokenizer), len(bundle.output_vocabulary)
    size = 0 if bundle.vectors is None else bundle.vectors.dimensions
    check_graph(graph, kinds[part], bundle.settings.model, pieces, output_pieces, place, size)
    return graph


def checked_confidence(bundle: Bundle) -> Confidence | None:
    """The confidence of a folder, None without one; a `UserError` for values of no confidence."""
    if bundle.confidence is None:
        return None
    try:
        return Confidence.from_dict(bundle.confidence)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        place = bundle.folder / MANIFEST
        raise UserError(
            f"{place} is damaged (confidence: {error}): copy the folder again"
        ) from error


def read_shortlist(bundle: Bundle) -> Shortlist | None:
    """The shortlist of a folder that was opened with the part `SHORTLIST`; None if it has none."""
    if SHORTLIST not in bundle.contents:
        return None
    try:
        return Shortlist.from_bytes(bundle.contents[SHORTLIST])
    except ValueError as error:
        raise damaged(bundle.path(SHORTLIST), error) from error


def _open_model(
    bundle: Bundle, config: SearchConfig
) -> tuple[OnnxSearchModel, Callable[[], FastSearch]]:
    """The model of a folder, and the same for searches that are not exact. What the settings need
    first is opened at once, the other when it is needed."""
    step, opener = bundle.contents[_step_part(bundle)], _model_opener(bundle)
    make = partial(_fast_search, bundle, read_shortlist(bundle))
    if is_fast(config):
        fast = make(opener)
        return fast.model.with_step(step), lambda: fast
    model = opener(step)
    return model, Once(lambda: make(model.with_step))


def _fast_search(bundle: Bundle, shortlist: Shortlist | None, open_model: OpenModel) -> FastSearch:
    """The model of a folder for searches, with its shortlist if it has one."""
    part = _step_part(bundle)
    step = bundle.contents[part]
    if shortlist is None:
        return FastSearch(open_model, step)
    pieces, smoothing = len(bundle.tokenizer), bundle.settings.training.label_smoothing
    try:
        return ShortlistSearch(
            open_model, step, shortlist, bundle.output_vocabulary, pieces, smoothing
        )
    except ValueError as error:
        raise damaged(bundle.path(part), error) from error


def _step_part(bundle: Bundle) -> str:
    return STEP if STEP in bundle.contents else STEP_INT8


def _model_opener(bundle: Bundle) -> Callable[..., OnnxSearchModel]:
    """What opens the encoder of a folder with a step, given as for `OnnxSearchModel`. Raises
    `UserError` if a graph of the folder is not one of seqcli."""
    encoder, _ = (checked_graph(bundle, part) for part in (ENCODER, _step_part(bundle)))
    vectors = None
    if bundle.vectors is not None:
        from seqcli.vectors.word_vectors import VectorTable  # noqa: PLC0415  (for a quick start)

        vectors = VectorTable(bundle.vectors.vectors, len(bundle.tokenizer))
    return partial(OnnxSearchModel, encoder, vectors=vectors, place=str(bundle.folder))


def _joint_settings(bundles: Sequence[Bundle]) -> Settings:
    """The settings of the first folder, with the punctuation marks of all."""
    punctuation = set().union(*(bundle.settings.source_punctuation for bundle in bundles))
    return replace(bundles[0].settings, source_punctuation="".join(sorted(punctuation)))


def _confidence(bundles: Sequence[Bundle]) -> Confidence | None:
    """The confidence of a folder; None for an ensemble, whose probabilities are others than those
    that each was fitted to."""
    return checked_confidence(bundles[0]) if len(bundles) == 1 else None


def _check_compatible(bundles: Sequence[Bundle], config: SearchConfig) -> None:
    """Raise `UserError` if the folders cannot translate together, or not with these settings."""
    first = bundles[0]
    for other in bundles[1:]:
        if other.tokenizer.model != first.tokenizer.model:
            raise UserError(
                f"{first.folder} and {other.folder} cut text into different pieces, so they cannot "
                f"translate together: train with --tokenizer {first.folder}"
            )
        if _seen_words(other) != _seen_words(first):
            raise UserError(
                f"{first.folder} and {other.folder} know word vectors of other words, so they "
                "cannot translate together: train with the same --source-vectors and pairs"
            )
        if other.settings.model.simultaneous != first.settings.model.simultaneous:
            raise UserError(
                f"{first.folder} and {other.folder} cannot translate together: only one of them "
                "was trained with --simultaneous"
            )
        if other.settings.corpus.reverse != first.settings.corpus.reverse:
            raise UserError(
                f"{first.folder} and {other.folder} translate in opposite directions (--reverse)"
            )
    for bundle in bundles:
        if config.wait != WHOLE and not bundle.settings.model.simultaneous:
            raise UserError(
                f"{bundle.folder} needs whole sentences, as it was not trained with "
                "--simultaneous: leave out --wait"
            )
        if config.coverage_penalty and bundle.settings.model.attention == "none":
            raise UserError(
                f"{bundle.folder} was trained without attention, which the coverage penalty needs"
            )


def _seen_words(bundle: Bundle) -> tuple[int, tuple[str, ...]]:
    """The words of which a folder has vectors, and how many of them are in its pairs."""
    return (0, ()) if bundle.vectors is None else (bundle.vectors.seen, bundle.vectors.words)


def _joint_vectors(bundles: Sequence[Bundle]) -> WordVectors | None:
    """The words with vectors, with the translations that all folders have."""
    first = bundles[0].vectors
    if first is None:
        return None
    others = [each.vectors.lexicon for each in bundles[1:] if each.vectors is not None]
    lexicon = {
        word: translation
        for word, translation in first.lexicon.items()
        if all(other.get(word) == translation for other in others)
    }
    return replace(first, lexicon=lexicon)


def available_cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
