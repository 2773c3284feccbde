"""Texts whose translation a user has told: they need no search."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seqcli.corrections.memory import TranslationMemory
from seqcli.decoding.translation import Translation, remembered

Advance = Callable[[int], None] | None
# Takes texts, a prefix and what counts translated texts; the translations of each, best first.
Translate = Callable[[Sequence[str], str, Advance], list[list[Translation]]]


def translate_remembering(
    translate: Translate,
    memory: TranslationMemory,
    texts: Sequence[str],
    prefix: str,
    advance: Advance,
    *,
    nbest: int,
    has_confidence: bool,
) -> list[list[Translation]]:
    """What `translate` returns; of a text that the memory knows, what was told, if that begins with
    the prefix. Up to `nbest` - 1 others follow it."""
    told = [memory.find(text, prefix) for text in texts]
    searched = [
        text for text, target in zip(texts, told, strict=True) if target is None or nbest > 1
    ]
    if advance and len(searched) < len(texts):
        advance(len(texts) - len(searched))
    found = iter(translate(searched, prefix, advance))  # of no text, only the prefix is checked
    results = []
    for text, target in zip(texts, told, strict=True):
        others = next(found) if target is None or nbest > 1 else []
        if target is None:
            results.append(others)
            continue
        first = remembered(text, target, has_confidence=has_confidence)
        results.append([first, *(each for each in others if each.text != target)][:nbest])
    return results
