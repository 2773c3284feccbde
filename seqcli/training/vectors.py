"""Word vectors in a training: read from their files, and put into the settings of the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Array, Ints, Tensors
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.pairs import Pair
from seqcli.data.source_ids import LARGEST_ID
from seqcli.data.tokenizer import SPECIAL_PIECES, Tokenizer
from seqcli.errors import UserError
from seqcli.paths import display_name
from seqcli.settings import Settings
from seqcli.vectors.lexicon import find_translations, induce_lexicon
from seqcli.vectors.selection import Selection, folded_spelling, normalized, select_vectors
from seqcli.vectors.units import candidates
from seqcli.vectors.word_vectors import MAX_BYTES, MAX_WORDS, WordVectors
from seqcli.wording import plural

# The most frequent words of the target, among which translations are looked for.
TARGET_WORDS = 20_000

# Names of tensors of a checkpoint.
_SOURCE, _TARGET = "source_vectors", "target."

_BYTES_OF_A_WORD = 100  # as text, and its translation


class VectorFiles(NamedTuple):
    """The files of word vectors of both sides, as far as there are any."""

    source: Path | None = None
    target: Path | None = None


class TargetVectors(NamedTuple):
    """The pieces [N] of the target whose embeddings are given, and these [N,E]."""

    pieces: Ints
    vectors: Array


@dataclass(frozen=True)
class LoadedVectors:
    """What was read from files of word vectors, the settings of a model that uses it, and notes for
    the user."""

    settings: Settings
    source: WordVectors | None = None
    target: TargetVectors | None = None
    notes: tuple[str, ...] = ()


def load_vectors(
    files: VectorFiles,
    settings: Settings,
    tokenizer: Tokenizer,
    corpus: Sequence[Pair],
    pairs: Sequence[Pair],
    embedding: int | None = None,
) -> LoadedVectors:
    """Read the vectors for the pairs of a corpus, given as they are and as the model reads and
    writes them.

    Where pieces are words, the size of the embeddings is that of the vectors; `embedding` is the
    size that the user chose, if any. Raises `UserError` for a file that cannot be used or has no
    word of the pairs, and for vectors of another size.
    """
    if files == (None, None):
        return LoadedVectors(settings)
    are_words = settings.tokenizer.pieces == "word"
    if files.source is None and not are_words:
        raise UserError(
            "this model writes parts of words, so that --target-vectors only helps to translate "
            "further words of --source-vectors: name this file too, or use --pieces word"
        )
    source = target = None
    notes: list[str] = []
    if files.source is not None:
        texts = {pair.source for pair in pairs} | _spelled_sources(corpus, settings.locale)
        source, more = _load_source(files.source, settings, tokenizer, texts)
        notes += more
    if files.target is not None and are_words:
        target, more = _load_target(files.target, tokenizer)
        notes += more
    elif files.target is not None and source is not None:
        source, more = _with_lexicon(source, files.target, corpus, settings.locale)
        notes += more
    if are_words:
        sizes = [source.dimensions] if source else []
        sizes += [target.vectors.shape[1]] if target else []
        _check_sizes([*sizes, *([embedding] if embedding else [])])
        settings = replace(settings, model=replace(settings.model, embedding=sizes[0]))
        if source is not None and settings.model.tied:
            notes.append("the embedding table of the source is not shared with the target")
    return LoadedVectors(settings, source, target, tuple(notes))


def _spelled_sources(corpus: Sequence[Pair], locale: str) -> set[str]:
    """The sources as they were, with the names and numbers for which symbols may stand."""
    return {fold(normalize_source(pair.source), locale) for pair in corpus}


def _load_source(
    path: Path, settings: Settings, tokenizer: Tokenizer, texts: Iterable[str]
) -> tuple[WordVectors, list[str]]:
    """The vectors for texts of sources."""
    if settings.tokenizer.pieces == "word":
        needed = {word for text in texts for word in text.split()}
    else:
        needed = {unit.text for text in texts for unit in candidates(text)}
    keep = settings.corpus.keep_vectors
    selection = select_vectors(path, needed, keep, folded_spelling(settings.locale))
    _check_found(path, selection, "sources")
    rows = np.stack([*selection.needed.values(), *selection.others.values()])
    vectors = np.concatenate([np.zeros_like(rows[:1]), normalized(rows)])
    words = (*selection.needed, *selection.others)
    # What a source id can name, and what a folder can hold (in fp32, if they are learned).
    row = selection.dimensions * (4 if settings.model.learn_vectors else 2)
    most = min(LARGEST_ID // len(tokenizer) - 1, MAX_BYTES // (row + _BYTES_OF_A_WORD), MAX_WORDS)
    if len(words) > most:
        raise UserError(
            f"{display_name(path)}: {len(words):,} word vectors are too many for one model: ask "
            f"for --keep-vectors {max(0, most - len(selection.needed))} or fewer"
        )
    note = (
        f"{display_name(path)}: {plural(len(selection.needed), 'word')} of the sources have "
        f"vectors of {selection.dimensions} numbers; those of {len(selection.others):,} other "
        f"words are kept, of {plural(selection.rows, 'row')}"
    )
    are_words = settings.tokenizer.pieces == "word"
    source = WordVectors(words, len(selection.needed), vectors.astype(np.float16), are_words)
    return source, [note, *_left_out(path, selection)]


def _load_target(path: Path, tokenizer: Tokenizer) -> tuple[TargetVectors, list[str]]:
    pieces = range(SPECIAL_PIECES, len(tokenizer))
    ids = {
        text.removeprefix("▁"): i for i, text in zip(pieces, tokenizer.pieces(pieces), strict=True)
    }
    # Words are written with their case; a file may have them in lower case alone.
    lower = {text.lower() for text in ids}
    selection = select_vectors(path, ids.keys() | lower, 0, str)
    found = {
        i: selection.needed[key]
        for text, i in ids.items()
        if (key := text if text in selection.needed else text.lower()) in selection.needed
    }
    if not found:
        _check_found(path, Selection(selection.dimensions, {}, {}, selection.rows), "targets")
    rows = np.stack(list(found.values()))
    note = (
        f"{display_name(path)}: {len(found):,} of {plural(len(ids), 'piece')} have vectors of "
        f"{selection.dimensions} numbers"
    )
    target = TargetVectors(np.array(list(found), dtype=np.int64), normalized(rows))
    return target, [note, *_left_out(path, selection)]


def _with_lexicon(
    source: WordVectors, path: Path, corpus: Sequence[Pair], locale: str
) -> tuple[WordVectors, list[str]]:
    """The vectors with translations of words that no pair has."""
    selection = select_vectors(path, (), TARGET_WORDS, str)
    if not selection.others:
        _check_found(path, selection, "targets")
    lexicon = induce_lexicon(
        dict(zip(source.words, source.vectors[1:].astype(np.float32), strict=True)),
        selection.others,
        find_translations(corpus, locale),
        source.unseen,
    )
    note = (
        f"{display_name(path)}: {plural(len(lexicon), 'word')} of no pair can be translated by the "
        "vectors"
        if lexicon
        else f"{display_name(path)}: the vectors of both files do not fit together, or the pairs "
        "are too few to tell: they translate no word"
    )
    return replace(source, lexicon=lexicon), [note, *_left_out(path, selection)]


def _check_found(path: Path, selection: Selection, side: str) -> None:
    if not selection.needed:
        raise UserError(
            f"{display_name(path)}: none of its {plural(selection.rows, 'word')} is in the {side}: "
            "name a file of their language"
        )


def _check_sizes(sizes: Iterable[int]) -> None:
    if len(different := sorted(set(sizes))) > 1:
        raise UserError(
            "where pieces are words, their vectors are the embeddings, and all have one size, not "
            f"{' and '.join(map(str, different))}: leave out --embedding, or name files of one size"
        )


def _left_out(path: Path, selection: Selection) -> list[str]:
    """A note on rows that were left out, if there are any."""
    parts = [
        f"{selection.duplicates:,} of words that came before" if selection.duplicates else "",
        f"{selection.unreadable:,} with a blank word or one that is not UTF-8"
        if selection.unreadable
        else "",
    ]
    reasons = " and ".join(filter(None, parts))
    return [f"{display_name(path)}: left out {reasons}"] if reasons else []


def stored_vectors(source: WordVectors | None, target: TargetVectors | None) -> Tensors:
    """The vectors as tensors of a checkpoint."""
    tensors: Tensors = {}
    if source is not None:
        tensors[_SOURCE] = np.frombuffer(source.to_bytes(), dtype=np.uint8)
    if target is not None:
        tensors |= {f"{_TARGET}{name}": part for name, part in target._asdict().items()}
    return tensors


def stored_source_vectors(tensors: Tensors, embedding: int) -> WordVectors | None:
    """The word vectors of the sources in a checkpoint, as they were given; None if there are none.

    Raises `ValueError` for what is none.
    """
    if _SOURCE not in tensors:
        return None
    vectors = WordVectors.from_bytes(tensors[_SOURCE].tobytes())
    if vectors.replaces_pieces and vectors.dimensions != embedding:
        raise ValueError("word vectors of another size than the embeddings")
    return vectors


def stored_target_vectors(tensors: Tensors, embedding: int, pieces: int) -> TargetVectors | None:
    """The embeddings of target pieces that were given, in a checkpoint; None if there are none.

    Raises `TypeError` or `ValueError` for what is none.
    """
    own = {
        name.removeprefix(_TARGET): part
        for name, part in tensors.items()
        if name.startswith(_TARGET)
    }
    if not own:
        return None
    given = TargetVectors(**own)
    shape = (len(given.pieces), embedding)
    if given.pieces.dtype != np.int64 or given.pieces.ndim != 1 or given.vectors.shape != shape:
        raise ValueError("vectors of target pieces of another type or shape")
    if not ((given.pieces >= 0) & (given.pieces < pieces)).all():
        raise ValueError("a vector of a piece that the tokenizer has not")
    if given.vectors.dtype.kind != "f" or not np.isfinite(given.vectors).all():
        raise ValueError("a vector of a target piece that is not finite")
    return given
