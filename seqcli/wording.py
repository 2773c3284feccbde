"""Parts of messages: nouns with their numbers, and texts of a user."""

LONGEST_SHOWN = 60  # characters of a text in a message


def plural(number: int, noun: str) -> str:
    """`1 pair`, `2 pairs`, `1,000 pairs`; the noun forms its plural with an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shortened(text: str, longest: int = LONGEST_SHOWN) -> str:
    """The text as a message shows it: of one that is longer, the first characters and an …."""
    return text if len(text) <= longest else f"{text[:longest]}…"
