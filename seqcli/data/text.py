"""Text: normalization, punctuation, scripts without spaces, one line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_LOOKALIKES = str.maketrans("‘’‚‛“”„‟–—‐‑", "''''\"\"\"\"----")

END_MARKS = (".", "!", "?", "…", "。", "！", "？", "؟", "۔", "।")  # of sentences

UNSPACED_RANGES = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u1000", "\u109f"),  # Burmese
    ("\u1780", "\u17ff"),  # Khmer
    ("\u3040", "\u30ff"),  # Japanese kana
    ("\u3400", "\u9fff"),  # Han
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)


def fold_compatible(text: str) -> str:
    """Source text as models of formats 2 and 3 read it: in NFKC, without differences of case,
    quotes, dashes and white space."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_LOOKALIKES)
    return " ".join(unicodedata.normalize("NFKC", text).split())


def find_punctuation(texts: Iterable[str]) -> str:
    """The punctuation marks in the texts, in order of their code points."""
    return "".join(sorted(c for c in set().union(*texts) if _is_punctuation(c)))


def drop_unseen_punctuation(text: str, known: str) -> tuple[str, str]:
    """Normalized text without punctuation marks other than the known ones; those that it had, in
    order of their code points.

    So a full stop does not disturb a model whose training sources have none. An apostrophe is
    removed, other marks separate words.
    """
    unseen = "".join(sorted(c for c in set(text) - set(known) if _is_punctuation(c)))
    if not unseen:
        return text, ""
    table = {ord(c): "" if c == "'" else " " for c in unseen}
    return " ".join(text.translate(table).split()), unseen


def one_line(text: str) -> str:
    """The text as one line for every program: whatever may end a line (such as U+2028 or a carriage
    return) becomes a space, or nothing at the end."""
    return " ".join(text.splitlines())


def is_unspaced(character: str) -> bool:
    """Whether the character belongs to a script written without spaces between words."""
    return any(low <= character <= high for low, high in UNSPACED_RANGES)


def is_east_asian(character: str) -> bool:
    """Whether it is a Han character or a kana (words have one to four of them)."""
    return character >= "\u3040" and is_unspaced(character)


@lru_cache(maxsize=10_000)
def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P")
