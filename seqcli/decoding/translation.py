"""The results of a translator: translations, and given pairs with their probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from seqcli.arrays import Array
from seqcli.corrections.memory import Match
from seqcli.data.pairs import Pair
from seqcli.data.written_terms import WrittenTerm
from seqcli.decoding.encoded import Copy, EncodedSource
from seqcli.decoding.faults import Fault
from seqcli.decoding.hypotheses import StoppedBy

# An item is called misplaced if the model wrote its symbol, where it stands, with a smaller
# probability than this. In 300 lines of Multi30k with numbers, links and tags, this tells the items
# that follow the end of a sentence or its last phrase; of 202 invented names in Tatoeba, it tells
# none.
MIN_PLACE_PROBABILITY = 0.05


@dataclass(frozen=True)
class Translation:
    """One translation and how it was found.

    The pieces include the end of the sentence, `</s>`. `attention` [T,S] are the weights of each
    source piece at each target piece; each row sums to 1; None for a model without attention.
    Source pieces that the model does not know are shown as they are in the text. `stopped_by` is
    "eos" if the translation ended by itself; "limit" if it was ended at its length limit, or where
    the settings allowed no further piece; "repetition" if it repeated itself up to its limit and
    the repetition was cut off, without an end. `cut`: the source was too long, so that only its
    beginning was translated. `sentences` are the translations of its sentences, if it was made from
    several: see `seqcli.decoding.joining`.

    `copies` are the items of the source, such as names and links, that were carried over, `missing`
    those that the translation lacks, `misplaced` those of the copies whose place has a probability
    under `MIN_PLACE_PROBABILITY`. `unknown` are the words that no training source has, `dropped`
    punctuation marks that the model does not know and did not read. A source that `is_foreign` has
    no word that the model knows: it is its own translation.

    `heard` are the numbers of words of the source that had been heard when each target piece was
    written; empty if the translation began after the source had ended.

    `log_probabilities` are those of the target pieces. Where a language model was fused into the
    search, `language_log_probability` is what it gives to the translation, and the score that of
    both together; else it is None. `confidence` is the chance that the
    translation is usable, from 0 to 1; None for a blank source, an ensemble, and a model folder
    without a confidence.

    `origin` is "memory" if the translation is what a user has told for this source, or for each of
    its sentences: then it has no pieces, no attention weights and no score. `match` is the
    correction of a similar source, where one was looked for (`Translator.with_match`) and found.

    `terms` are those of a glossary that the source has; what is not written of them is `missing`.
    """

    source: str
    text: str
    score: float
    log_probability: float
    source_pieces: tuple[str, ...]
    target_pieces: tuple[str, ...]
    attention: Array | None
    stopped_by: StoppedBy
    cut: bool = False
    copies: tuple[Copy, ...] = ()
    missing: tuple[str, ...] = ()
    misplaced: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    dropped: str = ""
    is_foreign: bool = False
    sentences: tuple[Translation, ...] = ()
    log_probabilities: tuple[float, ...] = ()
    confidence: float | None = None
    heard: tuple[int, ...] = ()
    language_log_probability: float | None = None
    origin: Literal["model", "memory"] = "model"
    match: Match | None = None
    terms: tuple[WrittenTerm, ...] = ()

    @property
    def pieces_without_end(self) -> tuple[str, ...]:
        """The target pieces without the end, which a translation may lack."""
        pieces = self.target_pieces
        return pieces[:-1] if pieces[-1:] == self.source_pieces[-1:] else pieces

    @property
    def faults(self) -> list[Fault]:
        """The ways in which it may be incomplete."""
        faults: dict[Fault, bool] = {
            self.stopped_by: self.stopped_by != "eos",  # type: ignore[dict-item]
            "cut": self.cut,
            "missing": bool(self.missing),
            "misplaced": bool(self.misplaced),
            "foreign": self.is_foreign,
        }
        return [fault for fault, has in faults.items() if has]

    def to_dict(self) -> dict[str, Any]:
        """The values that `--format json` prints."""
        # (Rounded as doubles: rounded single-precision values would be printed with all digits.)
        attention = None if self.attention is None else self.attention.astype(np.float64).round(6)
        values = {
            "source": self.source,
            "translation": self.text,
            "score": round(self.score, 6),
            "log_probability": round(self.log_probability, 6),
            "source_pieces": list(self.source_pieces),
            "target_pieces": list(self.target_pieces),
            "attention": None if attention is None else attention.tolist(),
            "stopped_by": self.stopped_by,
            "cut": self.cut,
            "copied": [copy.to_dict() for copy in self.copies],
            "missing": list(self.missing),
            "misplaced": list(self.misplaced),
            "unknown": list(self.unknown),
            "dropped": self.dropped,
            "foreign": self.is_foreign,
            "confidence": None if self.confidence is None else round(self.confidence, 6),
            "origin": self.origin,
            "match": None if self.match is None else self.match.to_dict(),
        }
        if self.heard:
            values["heard"] = list(self.heard)
        if self.terms:
            values["terms"] = [term.to_dict() for term in self.terms]
        if self.language_log_probability is not None:
            values["language_log_probability"] = round(self.language_log_probability, 6)
        return values


def unchanged(text: str, encoded: EncodedSource, *, has_confidence: bool) -> Translation:
    """The translation of a text in which nothing is to be translated: the text, or nothing."""
    source = encoded.source
    confidence = 0.0 if source.unknown else 1.0
    return Translation(
        text,
        source.text if source.is_foreign else "",
        0.0,
        0.0,
        (),
        (),
        None,
        "eos",
        unknown=source.unknown,
        is_foreign=source.is_foreign,
        confidence=confidence if has_confidence and source.is_foreign else None,
    )


def remembered(text: str, target: str, *, has_confidence: bool) -> Translation:
    """What a user has told as the translation of a text."""
    confidence = 1.0 if has_confidence else None
    return Translation(
        text, target, 0.0, 0.0, (), (), None, "eos", confidence=confidence, origin="memory"
    )


@dataclass(frozen=True)
class ScoredPair:
    """A given pair, the pieces of its target and their log-probabilities, the end included.

    `unknown` is the number of target pieces that the model cannot write; `cut`: a side was too
    long, so that only its beginning was read; of such a target the end is not included.
    """

    pair: Pair
    target_pieces: tuple[str, ...]
    log_probabilities: tuple[float, ...]
    unknown: int
    cut: bool

    @property
    def log_probability(self) -> float:
        return sum(self.log_probabilities)

    @property
    def per_piece(self) -> float:
        """The mean log-probability, comparable between short and long targets."""
        return self.log_probability / len(self.log_probabilities)

    @property
    def faults(self) -> list[Fault]:
        """The ways in which the score may be incomplete."""
        faults: list[Fault] = ["unknown"] if self.unknown else []
        return [*faults, "cut"] if self.cut else faults

    def to_dict(self) -> dict[str, Any]:
        """The values that `seqcli score --format json` prints."""
        return {
            "source": self.pair.source,
            "target": self.pair.target,
            "per_piece": round(self.per_piece, 6),
            "log_probability": round(self.log_probability, 6),
            "target_pieces": list(self.target_pieces),
            "log_probabilities": [round(value, 6) for value in self.log_probabilities],
        }
