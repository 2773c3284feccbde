"""What a translator hears of its sources, word by word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqcli.config import SearchConfig
from seqcli.data.heard_words import heard_words
from seqcli.data.normalization import normalize
from seqcli.data.source_text import drop_surrogates
from seqcli.decoding.encoded import EncodedSource
from seqcli.decoding.heard_sentences import HeardSentence, heard_sentences
from seqcli.decoding.search import SearchRequest
from seqcli.decoding.simultaneous import Hearing, words_to_wait
from seqcli.decoding.text_processor import TextProcessor


def as_heard(text: str) -> str:
    """A line as it is heard: without what no word has."""
    return normalize(drop_surrogates(text))


def line_sentences(processor: TextProcessor, line: str, *, split: bool) -> list[HeardSentence]:
    """The sentences of a line that are translated: none begins after `max_source_pieces` pieces."""
    sentences = heard_sentences(line, split=split)
    room = processor.max_source_pieces
    heard: list[HeardSentence] = []
    for sentence in sentences:
        if heard and room <= 0:
            break
        heard.append(sentence)
        if len(sentences) > 1:
            room -= len(encode_heard(processor, sentence).ids) - 1
    return heard


def encode_heard(processor: TextProcessor, sentence: HeardSentence) -> EncodedSource:
    """A sentence as a model reads it that hears its words one by one."""
    encoded = processor.encode_words(heard_words(sentence.text), followed=sentence.followed)
    # What is not translated is left as it is, which may be known as late as at its end.
    return processor.encode_source(sentence.text) if encoded.is_empty else encoded


def make_hearing(
    processor: TextProcessor,
    config: SearchConfig,
    sources: Sequence[EncodedSource],
    request: SearchRequest,
    *,
    ended: bool = True,
) -> Hearing:
    """How the sources of a search are heard, with the `wait` of the settings."""
    pieces = [np.array(source.heard) for source in sources]
    return Hearing(
        pieces,
        [processor.symbols_heard(source, request.counted) for source in sources],
        [words_to_wait(config.wait, len(each)) for each in pieces],
        ended=ended,
        has_limit=config.max_length > 0,
    )
