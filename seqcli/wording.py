"""Words that depend on a number."""


def plural(number: int, noun: str) -> str:
    """`1 pair`, `2 pairs`, `1,000 pairs`; the noun forms its plural with an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
