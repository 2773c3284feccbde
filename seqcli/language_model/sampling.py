"""Texts that a language model writes, each token sampled by its probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqcli.data.carryover import SYMBOLS
from seqcli.data.normalization import normalize
from seqcli.data.tokenizer import Tokenizer
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN, OutputVocabulary
from seqcli.decoding.fusion import NO_SOURCE
from seqcli.decoding.hypotheses import Hypothesis
from seqcli.decoding.sampling import sample
from seqcli.decoding.search import SearchModel, SearchRequest
from seqcli.errors import UserError
from seqcli.wording import shortened

MAX_LENGTH = 200  # pieces


@dataclass(frozen=True)
class SampledText:
    """A text, its log-probability (natural logarithm, that of its beginning included), and whether
    it ended by itself before the length limit."""

    text: str
    log_probability: float
    is_ended: bool


def sample_texts(
    model: SearchModel,
    tokenizer: Tokenizer,
    vocabulary: OutputVocabulary,
    *,
    begin: str = "",
    count: int = 1,
    temperature: float = 1.0,
    seed: int = 1,
    max_length: int = MAX_LENGTH,
) -> list[SampledText]:
    """`count` texts that begin with `begin`, each of up to `max_length` further pieces.

    Raises `UserError` for a beginning with characters that the model does not know.
    """
    prefix = [int(token) for token in vocabulary.to_tokens(tokenizer.encode(normalize(begin)))]
    if UNKNOWN_TOKEN in prefix:
        raise UserError(f"the model does not know all characters of {shortened(begin)!r}")
    symbols = vocabulary.to_tokens([tokenizer.id_of(symbol) for symbol in SYMBOLS])
    request = SearchRequest(
        np.array([NO_SOURCE]),
        np.array([len(NO_SOURCE)]),
        END_TOKEN,
        limits=[len(prefix) + max_length],
        forbidden=sorted({UNKNOWN_TOKEN, *map(int, symbols)}),
        prefixes=[prefix],
    )
    (found,) = sample(model, request, count=count, temperature=temperature, seed=seed)

    def sampled(hypothesis: Hypothesis) -> SampledText:
        tokens = [token for token in hypothesis.tokens if token != END_TOKEN]
        text = tokenizer.decode(vocabulary.to_ids(tokens))
        return SampledText(text, hypothesis.log_probability, hypothesis.stopped_by == "eos")

    return [sampled(hypothesis) for hypothesis in found]
