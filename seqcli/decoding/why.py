"""Which training pairs are nearest to each word of a translation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from seqcli.bundle import Bundle
from seqcli.data.source_ids import split_ids
from seqcli.decoding.decoder_steps import DecoderStep, SentenceDecoder
from seqcli.decoding.encoded import EncodedSource
from seqcli.decoding.joining import sentences_within
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.decoding.sentences import split_sentences
from seqcli.decoding.translation import Translation, unchanged
from seqcli.decoding.translator import Translator
from seqcli.decoding.words import group_pieces
from seqcli.errors import UserError
from seqcli.folder import INDEX
from seqcli.pair_index.index import PairIndex
from seqcli.pair_index.nearest import NearPair, nearest
from seqcli.pair_index.words import WordStarts, bare_word
from seqcli.storage.generation import damaged


@dataclass(frozen=True)
class WordReason:
    """A word of a translation, the index of its first target piece, the source word that it attends
    to most (empty without attention), and the training pairs nearest to it, nearest first."""

    word: str
    piece: int
    source_word: str
    pairs: tuple[NearPair, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "word": self.word,
            "piece": self.piece,
            "source_word": self.source_word,
            "pairs": [
                {
                    "file": near.pair.file,
                    "number": near.pair.number,
                    "synthetic": near.pair.is_synthetic,
                    "source": near.pair.pair.source,
                    "target": near.pair.pair.target,
                    "word": near.word,
                    "similarity": round(near.similarity, 4),
                }
                for near in self.pairs
            ],
        }


@dataclass(frozen=True)
class SentenceReasons:
    """A translation of a sentence, and its words; none if there was nothing to translate."""

    translation: Translation
    words: tuple[WordReason, ...]

    def to_dict(self) -> dict[str, Any]:
        """The values that `seqcli why --format json` prints."""
        return {
            "source": self.translation.source,
            "translation": self.translation.text,
            "foreign": self.translation.is_foreign,
            "words": [word.to_dict() for word in self.words],
        }


def read_index(bundle: Bundle) -> PairIndex | None:
    """The index of a folder that was opened with the part `INDEX`; None if it has none. Raises
    `UserError` for a damaged one."""
    if INDEX not in bundle.contents:
        return None
    path = bundle.path(INDEX)
    try:
        index = PairIndex.from_bytes(bundle.contents[INDEX])
    except ValueError as error:
        raise damaged(path, error) from error
    model = bundle.settings.model
    if len(index.projection.mean) != model.hidden:
        raise damaged(path, "states of another size than those of the model")
    return index


class Why:
    """Finds the training pairs that are nearest to the words of translations."""

    def __init__(self, translator: Translator, index: PairIndex) -> None:
        assert isinstance(translator.model, OnnxSearchModel), "an ensemble has no index"
        self.translator = translator
        self.model = translator.model
        self.index = index
        processor = translator.processor
        self.tokenizer = processor.tokenizer
        pieces = self.tokenizer.pieces(processor.output_vocabulary.pieces.tolist())
        self.starts = WordStarts(pieces)
        self.source_starts = WordStarts(self.tokenizer.pieces(range(len(self.tokenizer))))

    def sentences(self, text: str, count: int) -> list[SentenceReasons]:
        """The sentences of a text, each with at most `count` pairs for each word. Raises
        `UserError` for a blank text."""
        if not text.strip():
            raise UserError("there is nothing to translate: name a text")
        sentences = sentences_within(self.translator.processor, split_sentences(text))
        return [self._sentence(sentence, count) for sentence in sentences]

    def _sentence(self, text: str, count: int) -> SentenceReasons:
        source = self.translator.processor.encode_source(text)
        if source.is_empty:
            return SentenceReasons(unchanged(text, source, has_confidence=False), ())
        hypothesis = self.translator.hypotheses([source])[0][0]
        piece_of = partial(self.translator.processor.piece_name, source)
        heard = [len(source.ids)] * len(hypothesis.tokens)
        decoder = SentenceDecoder(self.model, piece_of, source.ids, heard)
        steps = list(decoder.forced_steps(hypothesis.tokens))
        translation = self.translator.to_translation(text, source, hypothesis)
        return SentenceReasons(translation, tuple(self.words(source, steps, count)))

    def words(
        self, source: EncodedSource, steps: Sequence[DecoderStep], count: int
    ) -> list[WordReason]:
        """The words that decoder steps have written; items that are carried over are none."""
        ids, _ = split_ids(np.array([source.ids]), len(self.tokenizer))
        codes = self.source_starts.codes(ids)[0]
        source_word = _source_words(source)
        found = []
        for word in self.starts.words([step.token for step in steps]):
            step = steps[word.first]
            peak = -1 if step.weights is None else int(step.weights.argmax())
            attends = step.weights is not None and "context" in step.state
            state = step.state["context" if attends else "hidden"]
            code = int(codes[peak]) if peak >= 0 else -1
            near = nearest(self.index, state, code, count)
            text = word.text.replace("▁", " ")
            found.append(WordReason(text, word.first, source_word(peak), tuple(near)))
        return found


def _source_words(source: EncodedSource) -> Callable[[int], str]:
    """A function that gives the source word of a piece; nothing for the end, and for -1."""
    words: dict[int, str] = {}
    for group in group_pieces(source.pieces[:-1]):
        text = bare_word("".join(source.pieces[i] for i in group))
        words |= dict.fromkeys(group, text)
    return lambda piece: words.get(piece, "")
