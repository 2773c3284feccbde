"""The Python interface: `seqcli.load` uses a model folder, `seqcli.train` makes one.

All names here are attributes of `seqcli`. Wrong settings, files and folders raise
`seqcli.UserError` with the message that the command line prints. Only `train` loads PyTorch.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from os import PathLike
from typing import TypedDict, Unpack, overload

from seqcli.api_arguments import (
    Paths,
    check_names,
    check_setting,
    check_text,
    to_pair,
    to_path,
    to_paths,
)
from seqcli.api_training import TrainingResult, TrainSettings, train
from seqcli.bundle import open_bundle, translating_parts
from seqcli.config import MAX_THREADS, PRECISIONS, SearchConfig
from seqcli.decoding import translator as decoding
from seqcli.decoding.glossary import with_users_files
from seqcli.decoding.interpreter import Interpreter
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.translation import ScoredPair, Translation
from seqcli.errors import UserError

__all__ = [
    "ScoredPair",
    "SearchSettings",
    "TrainSettings",
    "TrainingResult",
    "Translation",
    "Translator",
    "UserError",
    "load",
    "train",
]


class SearchSettings(TypedDict, total=False):
    """Keyword settings of `load`: `seqcli.config.SearchConfig` explains them."""

    beam: int
    mbr: int
    length_penalty: float
    length_norm: str
    coverage_penalty: float
    min_length: int
    max_length: int
    no_repeat_ngram: int
    repetition_guard: bool
    language_weight: float
    exact: bool
    split: bool
    wait: str
    sample: bool
    temperature: float
    seed: int
    batch_size: int
    max_source_pieces: int


class Translator:
    """A loaded model, or several that translate together; `load` returns it.

    A text is translated as one line of `seqcli translate` is: its case, width and spacing do not
    matter, and a blank text gives an empty translation. What the corrections of the folder have is
    translated as they say (`origin`); a similar source is the `match` of its translation.
    """

    def __init__(self, translator: decoding.Translator) -> None:
        self._translator = translator

    @overload
    def translate(self, text: str, *, prefix: str = "", nbest: None = None) -> Translation: ...

    @overload
    def translate(self, text: str, *, prefix: str = "", nbest: int) -> list[Translation]: ...

    def translate(
        self, text: str, *, prefix: str = "", nbest: int | None = None
    ) -> Translation | list[Translation]:
        """The best translation of a text; with `nbest`, a list of up to that many, best first.

        Every translation begins with `prefix`. Raises `UserError` for a prefix that the model
        cannot write.
        """
        if not isinstance(text, str):
            raise UserError("translate takes one text: use translate_batch for several")
        (translations,) = self._translate([text], prefix, nbest)
        return translations[0] if nbest is None else translations

    @overload
    def translate_batch(
        self, texts: Iterable[str], *, prefix: str = "", nbest: None = None
    ) -> list[Translation]: ...

    @overload
    def translate_batch(
        self, texts: Iterable[str], *, prefix: str = "", nbest: int
    ) -> list[list[Translation]]: ...

    def translate_batch(
        self, texts: Iterable[str], *, prefix: str = "", nbest: int | None = None
    ) -> list[Translation] | list[list[Translation]]:
        """For each text what `translate` returns; faster than one call for each text."""
        if isinstance(texts, str):
            raise UserError("translate_batch takes a list of texts: use translate for one")
        results = self._translate(list(texts), prefix, nbest)
        return [translations[0] for translations in results] if nbest is None else results

    def interpreter(self) -> Interpreter:
        """What translates one line while it is still being written, with `load(…, wait="3")`.

        Its `hear` takes the line so far and returns what is written now; its `end` takes the whole
        line and returns the rest and the `Translation`. Raises `UserError` if `wait` is no number
        of words.
        """
        return Interpreter(self._translator)

    def score(self, pairs: Iterable[tuple[str, str]]) -> list[ScoredPair]:
        """How probable the model finds the target of each (source, target), given the source."""
        return self._translator.score([to_pair(pair) for pair in pairs])

    def _translate(
        self, texts: Sequence[str], prefix: str, nbest: int | None
    ) -> list[list[Translation]]:
        for text in [*texts, prefix]:
            check_text(text)
        translator = self._translator
        if nbest is not None:
            translator = translator.with_settings(replace(translator.config, nbest=nbest))
        return [translator.with_match(each) for each in translator.translate(texts, prefix)]


def load(
    model: Paths,
    *,
    precision: str = PRECISIONS[0],
    threads: int = 0,
    language_model: str | PathLike[str] | None = None,
    glossary: str | PathLike[str] | None = None,
    memory: bool = True,
    **settings: Unpack[SearchSettings],
) -> Translator:
    """Open a model folder, or several that translate together as an ensemble.

    `precision` is "fp32" or "int8"; `threads` batches are translated side by side, 0 for one on
    each core. The folder of a `language_model` of the same pieces takes part in the search, by the
    `language_weight`. The terms of a `glossary` file, and the corrections and glossaries in the
    model folders, unless `memory` is False, are used; terms that cannot be written are left out
    with a warning. The other keywords are settings of the search, such as `beam=5`, with the names
    of the options of `seqcli translate`. Raises `UserError` for a folder that cannot be used, for
    an unknown setting and for a wrong value.
    """
    check_names("load", settings, SearchSettings.__annotations__)
    config = SearchConfig.from_dict(settings)
    check_setting("threads", threads, int, 0, MAX_THREADS)
    if not isinstance(memory, bool):
        raise UserError(f"memory is True or False, not {memory!r}")
    terms = None if glossary is None else to_path("glossary", glossary)
    folders = to_paths("model", model)
    if not folders:
        raise UserError("model names no folder")
    bundles = [open_bundle(folder, translating_parts(precision)) for folder in folders]
    translator = load_translator(bundles, config, threads)
    if terms is not None and not config.is_of_whole_sentences:
        raise UserError("a glossary is for whole sentences: leave out sample and wait")
    own, notes, locale = folders if memory else [], list[str](), bundles[0].settings.locale
    translator = with_users_files(translator, own, terms, locale, notes)
    for note in notes:
        warnings.warn(note, stacklevel=2)
    if language_model is not None:
        from seqcli.language_model.folder import open_language_model  # noqa: PLC0415  (only here)
        from seqcli.language_model.fusion import fuse  # noqa: PLC0415

        bundle = open_language_model(to_path("language_model", language_model))
        translator = fuse(translator, bundle)
    elif "language_weight" in settings:
        raise UserError("language_weight needs a language_model")
    return Translator(translator)
