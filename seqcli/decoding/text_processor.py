"""Text to pieces and tokens, and back: what a translator does around its model."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from seqcli.data.batching import Example
from seqcli.data.pairs import Pair
from seqcli.data.text import drop_unseen_punctuation, normalize_source
from seqcli.data.tokenizer import END, Tokenizer
from seqcli.data.vocabulary import END_TOKEN, OutputVocabulary


@dataclass(frozen=True)
class TextProcessor:
    """A tokenizer, an output vocabulary, and how source text is normalized and cut.

    `source_punctuation` are the punctuation marks on the source side of the training data; of a
    source, the first `max_source_pieces` pieces are read.
    """

    tokenizer: Tokenizer
    output_vocabulary: OutputVocabulary
    source_punctuation: str
    max_source_pieces: int

    def normalize(self, text: str) -> str:
        """Source text as the model reads it: normalized, without unseen punctuation."""
        return drop_unseen_punctuation(normalize_source(text), self.source_punctuation)

    def encode_source(self, text: str) -> list[tuple[str, int]]:
        """The pieces of a source text and their ids, without an end; not cut."""
        return self.tokenizer.segment(self.normalize(text))

    def source_ids(self, pieces: Sequence[tuple[str, int]]) -> list[int]:
        """The ids that the model reads, with the end; cut."""
        return [*(i for _, i in pieces[: self.max_source_pieces]), END]

    def source_pieces(self, pieces: Sequence[tuple[str, int]]) -> tuple[str, ...]:
        """The pieces that the model reads, with the end; cut."""
        read = [piece for piece, _ in pieces[: self.max_source_pieces]]
        return (*read, *self.tokenizer.pieces([END]))

    def is_cut(self, pieces: Sequence[tuple[str, int]]) -> bool:
        """Whether a source has more pieces than the model reads."""
        return len(pieces) > self.max_source_pieces

    def target_tokens(self, text: str) -> list[int]:
        """The tokens of a target text, with the end."""
        return [*self.output_vocabulary.encode(self.tokenizer, text), END_TOKEN]

    def to_example(self, pair: Pair) -> Example:
        """A pair as the ids of its source and the tokens of its target, with their ends."""
        source = self.source_ids(self.encode_source(pair.source))
        return Example(source, self.target_tokens(pair.target))

    def prefix_tokens(self, prefix: str) -> list[int]:
        """The tokens of the beginning of a translation, without an end."""
        # NFC like the targets of training. A space at its end would be written twice: the next word
        # brings its own.
        prefix = unicodedata.normalize("NFC", prefix).rstrip()
        return self.output_vocabulary.encode(self.tokenizer, prefix) if prefix else []

    def target_pieces(self, tokens: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.tokenizer.pieces(self.output_vocabulary.to_ids(tokens)))

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, whose last one may be the end."""
        ids = self.output_vocabulary.to_ids(tokens)
        return self.tokenizer.decode(ids[:-1] if ids[-1:] == [END] else ids)
