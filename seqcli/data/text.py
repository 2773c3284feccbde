"""What is known of text: what is folded, what is left out, which scripts have spaces."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_LOOKALIKES = str.maketrans("‘’‚‛“”„‟–—‐‑", "''''\"\"\"\"----")

_UNSPACED = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u1000", "\u109f"),  # Burmese
    ("\u1780", "\u17ff"),  # Khmer
    ("\u3040", "\u30ff"),  # Japanese kana
    ("\u3400", "\u9fff"),  # Han
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)


def normalize_source(text: str) -> str:
    """Source text without differences that mean nothing: case, width, curly quotes, spacing."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_LOOKALIKES)
    return " ".join(unicodedata.normalize("NFKC", text).split())


def find_punctuation(texts: Iterable[str]) -> str:
    """The punctuation marks that occur in the folded texts, in order of their code points."""
    return "".join(
        sorted(c for c in set().union(*map(normalize_source, texts)) if _is_punctuation(c))
    )


def drop_unseen_punctuation(text: str, known: str) -> str:
    """Folded text without the marks that are not among the known: they could only confuse.

    So a full stop does no harm to a model whose sentences never had one.
    """
    marks = {c for c in text if _is_punctuation(c)} - set(known)
    if not marks:
        return text
    # An apostrophe joins, other marks part.
    return " ".join(text.translate({ord(c): "" if c == "'" else " " for c in marks}).split())


def one_line(text: str) -> str:
    """The text without anything at which some program ends a line (U+2028 or a carriage return,
    say): each is a space, none at the end."""
    return " ".join(text.splitlines())


def is_unspaced(character: str) -> bool:
    """Whether the character belongs to a script written without spaces between words."""
    return any(low <= character <= high for low, high in _UNSPACED)


def is_east_asian(character: str) -> bool:
    """Whether it is a Han character or a kana, of which one to four make a word."""
    return character >= "\u3040" and is_unspaced(character)


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P")
