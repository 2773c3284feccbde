"""Text to text: pieces, search, and text again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from seqcli.config import SearchConfig
from seqcli.data.batching import pad
from seqcli.data.text import fold, without_strange_punctuation
from seqcli.data.tokenizer import END, Tokenizer
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN, Writable
from seqcli.decoding.search import Array, Hypothesis, SearchModel, beam_search

# A translation may be this many pieces longer than its length ratio allows.
LENGTH_MARGIN = 10


@dataclass(frozen=True)
class Translation:
    """One translation and how it came about.

    The pieces include the end of the sentence, `</s>`: attention has a column for every source
    piece and a row for every target piece, `[T,S]`, each summing to 1; None for a model without.
    `stopped_by` is "limit" when the end was not reached. `cut` tells that the source was too long
    and only its beginning was translated.
    """

    source: str
    text: str
    score: float
    log_probability: float
    source_pieces: tuple[str, ...]
    target_pieces: tuple[str, ...]
    attention: Array | None
    stopped_by: Literal["eos", "limit"]
    cut: bool = False

    def to_dict(self) -> dict[str, Any]:
        """What `--format json` prints."""
        return {
            "source": self.source,
            "translation": self.text,
            "score": round(self.score, 6),
            "source_pieces": list(self.source_pieces),
            "target_pieces": list(self.target_pieces),
            "attention": None if self.attention is None else self.attention.round(6).tolist(),
            "stopped_by": self.stopped_by,
        }


class Translator:
    """A model, its tokenizer and the settings of the search.

    `length_ratio` is how many target pieces a source piece may need, and sets the length limit;
    `punctuation` is what the source side of the training data has shown of it.
    """

    def __init__(
        self,
        model: SearchModel,
        tokenizer: Tokenizer,
        writable: Writable,
        length_ratio: float,
        punctuation: str,
        config: SearchConfig,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.writable = writable
        self.length_ratio = length_ratio
        self.punctuation = punctuation
        self.config = config

    def translate(self, texts: Sequence[str]) -> list[list[Translation]]:
        """For each text its translations, best first; a blank text gives one empty translation."""
        sources = [self._encode(text) for text in texts]
        results = [[_nothing(text)] for text in texts]
        # Similar lengths together: little is computed on padding.
        order = sorted((i for i, ids in enumerate(sources) if ids), key=lambda i: len(sources[i]))
        for begin in range(0, len(order), self.config.batch_size):
            chosen = order[begin : begin + self.config.batch_size]
            longest = self.config.max_source_pieces
            found = self._search([[*sources[i][:longest], END] for i in chosen])
            for i, hypotheses in zip(chosen, found, strict=True):
                ids = sources[i][:longest]
                results[i] = [
                    replace(self._spell(texts[i], ids, each), cut=len(sources[i]) > longest)
                    for each in hypotheses
                ]
        return results

    def _encode(self, text: str) -> list[int]:
        known = without_strange_punctuation(fold(text), self.punctuation)
        return self.tokenizer.encode_source(known)

    def _search(self, sources: list[list[int]]) -> list[list[Hypothesis]]:
        padded, lengths = pad(sources)
        limits = [int(self.length_ratio * length) + LENGTH_MARGIN for length in lengths]
        return beam_search(
            self.model,
            padded,
            lengths,
            end=END_TOKEN,
            beam=self.config.beam,
            max_lengths=limits,
            length_penalty=self.config.length_penalty,
            forbidden=[UNKNOWN_TOKEN],
        )

    def _spell(self, text: str, source: list[int], hypothesis: Hypothesis) -> Translation:
        ids = self.writable.ids(hypothesis.tokens)
        written = ids[:-1] if hypothesis.stopped_by == "eos" else ids
        return Translation(
            source=text,
            text=self.tokenizer.decode(written),
            score=hypothesis.score,
            log_probability=hypothesis.log_probability,
            source_pieces=tuple(self.tokenizer.pieces([*source, END])),
            target_pieces=tuple(self.tokenizer.pieces(ids)),
            attention=hypothesis.weights,
            stopped_by=hypothesis.stopped_by,
        )


def _nothing(text: str) -> Translation:
    return Translation(text, "", 0.0, 0.0, (), (), None, "eos")
