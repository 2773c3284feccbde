"""What is searched for: encoded sources, and the constraints that settings put on translations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqcli.config import SearchConfig
from seqcli.data.batching import pad
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN
from seqcli.decoding.constraints import Constraints
from seqcli.decoding.encoded import EncodedSource
from seqcli.decoding.search import SearchRequest
from seqcli.decoding.text_processor import TextProcessor
from seqcli.errors import UserError
from seqcli.wording import shortened

# A translation may be this many pieces longer than its length ratio allows.
LENGTH_MARGIN = 10


def make_request(
    processor: TextProcessor,
    config: SearchConfig,
    max_length_ratio: float,
    sources: Sequence[EncodedSource],
    prefixes: Sequence[Sequence[int]],
) -> SearchRequest:
    """The search for translations of sources that begin with their prefixes, if there are some.

    A source piece may need `max_length_ratio` target pieces.
    """
    padded, lengths = pad([source.ids for source in sources])
    symbols = processor.all_symbol_tokens
    copied = [processor.symbol_tokens(source) for source in sources]
    limits = [
        config.max_length or int(max_length_ratio * length) + LENGTH_MARGIN + len(prefix)
        for length, prefix in zip(lengths, prefixes or [()] * len(sources), strict=True)
    ]
    return SearchRequest(
        padded,
        lengths,
        END_TOKEN,
        limits=[max(limit, config.min_length) for limit in limits],
        forbidden=[UNKNOWN_TOKEN, *symbols] if not any(copied) else [UNKNOWN_TOKEN],
        counted=symbols if any(copied) else (),
        counts=np.array([[tokens.count(symbol) for symbol in symbols] for tokens in copied])
        if any(copied)
        else None,
        prefixes=prefixes,
        constraints=Constraints(
            length_penalty=config.length_penalty,
            length_norm=config.length_norm,
            coverage_penalty=config.coverage_penalty,
            min_length=config.min_length,
            no_repeat_ngram=config.no_repeat_ngram,
            repetition_guard=config.repetition_guard,
        ),
    )


def prefix_tokens(
    processor: TextProcessor, config: SearchConfig, prefix: str, source: EncodedSource
) -> list[int]:
    """The tokens of a prefix of the translation of a source. Raises `UserError` for one that the
    model cannot write, or that is longer than the settings allow."""
    tokens = processor.prefix_tokens(prefix, source)
    if 0 < config.max_length < len(tokens):
        raise UserError(
            f"the prefix {shortened(prefix)!r} has {len(tokens)} pieces, more than max-length "
            f"({config.max_length})"
        )
    if UNKNOWN_TOKEN in tokens:
        raise UserError(
            f"the prefix {shortened(prefix)!r} cannot be written: the pieces that this "
            "model writes do not cover all of it"
        )
    return tokens
