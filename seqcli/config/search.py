"""How translations are searched for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seqcli.config.limits import MAX_COUNT
from seqcli.config_fields import Config, setting
from seqcli.errors import UserError

# A translation waits for so many words of its source, for a share of them, or for all.
WHOLE = "full"
_WAIT = re.compile(f"[1-9][0-9]{{0,5}}|[1-9][0-9]?/[1-9][0-9]?|{WHOLE}")

# Number formats of the decoder's matrix products; the first is the default.
PRECISIONS = ("fp32", "int8")
# Number formats of the weights in a page; the first is the default (docs/page.md has the sizes and
# the differences that were measured).
PAGE_PRECISIONS = ("fp16", "int8", "fp32")


@dataclass(frozen=True)
class SearchConfig(Config):
    """How translations are searched for."""

    beam: int = setting(
        5, "partial translations kept at each step; 1 (greedy) is fastest", low=1, high=1000
    )
    nbest: int = setting(
        1, "translations for each sentence; widens a smaller beam", low=1, high=1000
    )
    mbr: int = setting(
        0,
        "choose among N translations the one that is most like the others (minimum Bayes risk, by "
        "chrF); widens a smaller beam, 0 turns it off",
        low=0,
        high=200,
    )
    length_penalty: float = setting(
        1.0, "how strongly longer translations are favoured; 0 turns it off", low=0.0, high=5.0
    )
    length_norm: str = setting(
        "power",
        "what divides scores: length, or for wu (5 + length) / 6, to the power of --length-penalty",
        choices=("power", "wu"),
    )
    coverage_penalty: float = setting(
        0.0,
        "how strongly unattended source words lower the score; 0.2 is a lot, 0 turns it off",
        low=0.0,
        high=100.0,
    )
    min_length: int = setting(0, "fewest pieces of a translation", low=0, high=100_000)
    max_length: int = setting(
        0,
        "most pieces of a translation",
        low=0,
        high=100_000,
        shown_default="0 (chosen by the source's length)",
    )
    no_repeat_ngram: int = setting(
        0, "never write the same N pieces in sequence twice; 0 allows it", low=0, high=100
    )
    repetition_guard: bool = setting(
        True,
        "cut off a translation that repeats itself up to its length limit, unless the source "
        "repeats itself too",
    )
    language_weight: float = setting(
        0.2, "how much the --language-model counts in the search", low=0.0, high=10.0
    )
    exact: bool = setting(
        False,
        "score every piece at every step, and drop no translation that could still win; takes up "
        "to 1.4 times as long",
    )
    split: bool = setting(True, "translate the sentences of a line one by one")
    wait: str = setting(
        WHOLE,
        "begin to write when so many words have been heard, and hear one more before each word "
        "that is written; a share such as 1/2 is that of the words of each sentence (for models "
        "that were trained with --simultaneous)",
        metavar="K",
    )
    sample: bool = setting(False, "draw translations at random instead of searching for the best")
    temperature: float = setting(
        1.0,
        "with --sample: below 1 keeps to likely pieces, above 1 takes more risks",
        low=0.01,
        high=100.0,
    )
    seed: int = setting(1, "with --sample: seed of the random draws", low=0, high=2**31 - 1)
    batch_size: int = setting(32, "most sentences translated together", low=1, high=10_000)
    max_source_pieces: int = setting(
        1000,
        "pieces read of each source (by score, of each target too); the rest is left out",
        low=1,
        high=MAX_COUNT,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_wait(self.wait)
        if self.sample and self.wait != WHOLE:
            raise UserError("--sample draws whole translations: leave out --wait")
        if self.mbr and self.wait != WHOLE:
            raise UserError("--mbr compares whole translations: leave out --wait")
        if 0 < self.max_length < self.min_length:
            raise UserError(
                f"min-length ({self.min_length}) must not be over max-length ({self.max_length})"
            )

    @property
    def candidates(self) -> int:
        """The number of translations of a sentence that the search returns."""
        return max(self.nbest, self.mbr)

    @property
    def is_of_whole_sentences(self) -> bool:
        """Whether the best translations of whole sentences are searched for: no samples are drawn,
        and no words are heard one by one."""
        return self.wait == WHOLE and not self.sample


def check_wait(wait: str) -> None:
    """Raise a `UserError` unless it is a number of words, a share of at most 1, or "full"."""
    part, _, whole = wait.partition("/")
    if not _WAIT.fullmatch(wait) or (whole and int(part) > int(whole)):
        raise UserError(
            f"wait is a number of words such as 3, a share such as 1/2, or {WHOLE}, not {wait!r}"
        )
