"""Which pairs are used, and how text is split into pieces."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seqcli.config.limits import BY_DATA, MAX_COUNT
from seqcli.config_fields import Config, setting
from seqcli.errors import UserError

# A language tag of BCP 47, roughly.
_LANGUAGE_TAG = re.compile("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class CorpusConfig(Config):
    """Which pairs are used, and how many are held out when there is no dev file."""

    reverse: bool = setting(False, "swap the columns: the second one is the source")
    source_language: str = setting(
        "",
        "language of the source, as a tag such as tr or en-GB; Turkish, Azeri and Lithuanian have "
        "their own rules of upper and lower case",
        shown_default="Turkish is recognized",
        option="from",
    )
    target_language: str = setting(
        "", "language of the target, for the model card", shown_default="not stated", option="to"
    )
    max_characters: int = setting(
        500, "leave out pairs with a side longer than this many characters", low=1, high=MAX_COUNT
    )
    max_ratio: float = setting(
        10.0,
        "leave out pairs with one side over 100 bytes and more than this many times the other",
        low=1.0,
        high=MAX_COUNT,
    )
    held_out: int = setting(
        1000, "pairs to hold out without --dev (at most one in twenty)", low=1, high=2000
    )
    synthetic_share: float = setting(
        0.85,
        "with --synthetic: repeat the other pairs until no more than this share of an epoch is "
        "synthetic",
        low=0.01,
        high=0.99,
    )
    keep_vectors: int = setting(
        20_000,
        "with --source-vectors: keep the vectors of so many words that are in no pair, the first "
        "of the file",
        low=0,
        high=1_000_000,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for option, tag in (("from", self.source_language), ("to", self.target_language)):
            if tag and not _LANGUAGE_TAG.fullmatch(tag):
                raise UserError(
                    f"{option} is a language tag such as en, zh-Hans or pt-BR, not {tag!r}"
                )


@dataclass(frozen=True)
class TokenizerConfig(Config):
    """How text is split into pieces."""

    pieces: str = setting(
        "unigram", "how the pieces are learned", choices=("unigram", "bpe", "char", "word")
    )
    vocabulary: int = setting(
        0, "number of pieces", low=0, high=100_000, shown_default=f"0 ({BY_DATA})"
    )
