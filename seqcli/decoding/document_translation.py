"""The entries of a file translated: what was done, and what is left for a person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from seqcli.data.carryover import find_items
from seqcli.data.documents import Entry
from seqcli.data.inline_codes import has_same_tags
from seqcli.decoding.faults import Fault
from seqcli.decoding.translation import Translation
from seqcli.decoding.translator import Translator
from seqcli.decoding.windows import in_windows

_LINE_END = re.compile(r"(\r\n|\r|\n)")
# Codes of programs that no ordinary text has: %1, %L1 and %n of Qt, %% and the like of printf,
# <0> of JavaScript, templates, and escapes that are written out.
_FURTHER_CODE = re.compile(r"%%|%L?\d+|%[a-zA-Z]|<%.*?%>|</?\d+/?>|\\[nrt]")
# Why a translation is not written. (One that may stand in the wrong place is: a person reads all.)
_REASONS: dict[Fault, str] = {
    "limit": "cut off at the length limit",
    "repetition": "stuck repeating",
    "missing": "a name, number, term or the like is lost",
    "cut": "too long to be read as a whole",
    "foreign": "no word that the model knows",
}
LOST_CODE = "a placeholder or a tag is lost"


class Outcome(NamedTuple):
    """The translation of an entry, or why there is none; and the lowest confidence of its lines."""

    text: str | None
    reason: str = ""
    confidence: float = 1.0


def translate_entries(
    translator: Translator,
    entries: Sequence[Entry],
    advance: Callable[[int], None] = lambda _: None,
    *,
    min_confidence: float = 0.0,
    charset: str = "utf-8",
) -> list[Outcome]:
    """An outcome for each entry. The lines of a text are translated one by one, and the space
    around each stays.

    A text is left if one of its lines cannot be translated as a whole, if its translation would
    lack a placeholder or a tag, or has characters that the charset lacks, or if the confidence is
    lower than wanted. `advance` is called with
    numbers of lines that are done.
    """
    lines = dict.fromkeys(core for entry in entries for core in _cores(entry.text))
    found: dict[str, Outcome] = {}
    for window in in_windows(lines, len):
        translations = translator.translate(window, "", advance)
        for line, (best, *_) in zip(window, translations, strict=True):
            reason = _why_not(line, best, min_confidence) or _not_in(charset, best.text)
            confidence = 1.0 if best.confidence is None else best.confidence
            found[line] = Outcome(None if reason else best.text, reason, confidence)
    return [_joined(entry.text, found) for entry in entries]


def count_lines(entries: Sequence[Entry]) -> int:
    """The number of different lines that are translated."""
    return len({core for entry in entries for core in _cores(entry.text)})


def lacks_codes(source: str, translation: str) -> bool:
    """Whether a translation lacks a tag, a placeholder, a link or code of its source, or has one
    more, or has its tags crossed."""
    rest = translation
    for code, count in sorted(_codes(source).items(), key=lambda item: -len(item[0])):
        # (Counted as text: Chinese right after a link would be taken for a part of it.)
        if rest.count(code) < count:
            return True
        rest = rest.replace(code, " ", count)
    return bool(_codes(rest)) or not has_same_tags(source, translation)


def _not_in(charset: str, text: str) -> str:
    """That a charset lacks characters of a text; an empty string if it has all."""
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return f"{charset.upper()}, the charset of the file, lacks its characters (recode the file)"
    return ""


def _codes(text: str) -> Counter[str]:
    """The placeholders, tags, links and the like of a text."""
    spans = _item_spans(text)
    codes = Counter(text[start:end] for start, end in spans)
    for start, end in reversed(spans):
        text = f"{text[:start]} {text[end:]}"
    return codes + Counter(_FURTHER_CODE.findall(text))


def _item_spans(text: str) -> list[tuple[int, int]]:
    items = find_items(text, numbers=False, is_new=lambda _: False, is_readable=lambda _: True)
    return [(item.start, item.end) for item in items]


def _why_not(line: str, translation: Translation, min_confidence: float) -> str:
    """Why a translation is not written; an empty string if it is."""
    if reasons := [_REASONS[fault] for fault in translation.faults if fault in _REASONS]:
        return reasons[0]
    if lacks_codes(line, translation.text):
        return LOST_CODE
    if not translation.text.strip():
        return "the translation is empty"
    confidence = translation.confidence
    if confidence is not None and confidence < min_confidence:
        return f"confidence under {min_confidence:g}"
    return ""


def _has_letters(text: str) -> bool:
    """Whether a text has letters outside of its codes, so that there is something to translate."""
    if not any(map(str.isalpha, text)):
        return False
    for start, end in reversed(_item_spans(text)):
        text = text[:start] + text[end:]
    return any(map(str.isalpha, _FURTHER_CODE.sub("", text)))


def _cores(text: str) -> list[str]:
    """The lines of a text that have letters, without the space around them."""
    return [line.strip() for line in _LINE_END.split(text) if _has_letters(line)]


def _joined(text: str, found: dict[str, Outcome]) -> Outcome:
    """The outcome for a text, from those for its lines."""
    parts, confidence = [], 1.0
    for line in _LINE_END.split(text):
        core = line.strip()
        outcome = found.get(core) if _has_letters(line) else None
        if outcome is None:
            parts.append(line)
        elif outcome.text is None:
            return outcome
        else:
            before, _, after = line.partition(core)
            parts.append(f"{before}{outcome.text}{after}")
            confidence = min(confidence, outcome.confidence)
    return Outcome("".join(parts), "", confidence)
