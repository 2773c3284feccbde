"""How probable texts are to a language model, in bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log
from typing import Any

from seqcli.data.normalization import normalize
from seqcli.data.tokenizer import END
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN
from seqcli.decoding.batches import BatchRunner
from seqcli.decoding.fusion import NO_SOURCE
from seqcli.decoding.scoring import token_log_probabilities
from seqcli.language_model.folder import LanguageModelBundle
from seqcli.language_model.runtime import OnnxLanguageModel

BATCH_SIZE = 64
# Of a longer line, the beginning is scored.
MAX_PIECES = 10_000
# A script without spaces has fewer words in a line, with its end, than this.
FEWEST_WORDS = 2.5


@dataclass(frozen=True)
class ScoredText:
    """A line of text, its pieces with the end, and their log-probabilities (natural logarithms).

    `unknown` pieces stand for characters that the model does not know; `cut`: the line was too
    long, and this is its beginning, without an end.
    """

    text: str
    pieces: tuple[str, ...]
    log_probabilities: tuple[float, ...]
    unknown: int = 0
    cut: bool = False

    @property
    def totals(self) -> Totals:
        """The figures of this line alone."""
        return Totals().plus(self)

    def to_dict(self) -> dict[str, Any]:
        """The values that `seqcli score --format json --each` prints."""
        return {
            "text": self.text,
            **self.totals.to_dict(),
            "target_pieces": list(self.pieces),
            "log_probabilities": [round(value, 6) for value in self.log_probabilities],
        }


@dataclass(frozen=True)
class Totals:
    """Sums over lines. The end of a line counts as a piece, and as a character.

    Bits per character can be compared between models of any pieces; those per piece, and the
    perplexity, between models of the same pieces alone.
    """

    lines: int = 0
    pieces: int = 0
    characters: int = 0
    words: int = 0
    bits: float = 0.0
    unknown: int = 0

    def plus(self, scored: ScoredText) -> Totals:
        """The sums with one more line."""
        ended = not scored.cut
        return Totals(
            self.lines + 1,
            self.pieces + len(scored.pieces),
            self.characters + len(scored.text) + ended,
            self.words + len(scored.text.split()) + ended,
            self.bits - sum(scored.log_probabilities) / log(2),
            self.unknown + scored.unknown,
        )

    @property
    def bits_per_piece(self) -> float:
        return self.bits / max(1, self.pieces)

    @property
    def bits_per_character(self) -> float:
        return self.bits / max(1, self.characters)

    @property
    def perplexity(self) -> float:
        """2 to the power of the bits per piece; infinity if that is too large a number."""
        return 2.0**self.bits_per_piece if self.bits_per_piece < 1000 else float("inf")

    @property
    def has_words(self) -> bool:
        """Whether lines have words between spaces, unlike in scripts without these."""
        return self.words > FEWEST_WORDS * self.lines

    @property
    def word_perplexity(self) -> float:
        """The perplexity per word between spaces, the end of each line included."""
        bits = self.bits / max(1, self.words)
        return 2.0**bits if bits < 1000 else float("inf")

    def to_dict(self) -> dict[str, Any]:
        """The values that `seqcli score --format json` prints."""
        return {
            "lines": self.lines,
            "pieces": self.pieces,
            "characters": self.characters,
            "bits": round(self.bits, 4),
            "bits_per_piece": round(self.bits_per_piece, 6),
            "bits_per_character": round(self.bits_per_character, 6),
            "perplexity": _finite(self.perplexity),
            "word_perplexity": _finite(self.word_perplexity) if self.has_words else None,
            "unknown": self.unknown,
        }


def _finite(value: float) -> float | None:
    """A number for JSON, which has no infinity."""
    return round(value, 4) if isfinite(value) else None


class TextScorer:
    """Scores texts with the model of an opened folder, `workers` batches at once."""

    def __init__(self, bundle: LanguageModelBundle, workers: int) -> None:
        self.model = OnnxLanguageModel.of(bundle)
        self.tokenizer = bundle.tokenizer
        self.vocabulary = bundle.output_vocabulary
        self.batches = BatchRunner(workers, BATCH_SIZE)

    def __call__(self, texts: Sequence[str]) -> list[ScoredText]:
        """The texts with their log-probabilities, each as one line. A blank text has the
        probability of an end at once."""
        lines = [normalize(text) for text in texts]
        tokens = [self._tokens(line) for line in lines]
        results: list[ScoredText | None] = [None] * len(lines)

        def work(batch: Sequence[int]) -> None:
            targets = [tokens[i] for i in batch]
            scores = token_log_probabilities(
                self.model, [NO_SOURCE] * len(batch), targets, END_TOKEN
            )
            for i, log_probabilities in zip(batch, scores, strict=True):
                ids, cut = self.vocabulary.to_ids(tokens[i]), tokens[i][-1] != END_TOKEN
                results[i] = ScoredText(
                    self.tokenizer.decode(ids) if cut else lines[i],
                    tuple(self.tokenizer.pieces(ids)),
                    tuple(map(float, log_probabilities)),
                    tokens[i].count(UNKNOWN_TOKEN),
                    cut=cut,
                )

        self.batches.run(work, list(map(len, tokens)), beam=1)
        return [scored for scored in results if scored is not None]

    def _tokens(self, line: str) -> list[int]:
        ids = [*self.tokenizer.encode(line), END][:MAX_PIECES]
        return [int(token) for token in self.vocabulary.to_tokens(ids)]
