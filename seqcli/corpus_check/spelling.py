"""How texts are written: wrongly decoded, with leftover markup, control characters or mixed forms.

The readers return texts normalized, in which control characters and normal forms no longer show.
`RawTexts` therefore sees each text as the file has it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from seqcli.corpus_check.faults import MIN_SHARE, Fault
from seqcli.corpus_check.findings import Finding
from seqcli.data.pairs import Pair
from seqcli.wording import plural

# U+FFFD stands for bytes that were no text. The rest is UTF-8 that was read as Windows-1252: the
# bytes of é are those of Ã©, and those of ’ are those of â€™.
_WRONGLY_DECODED = re.compile(
    "\ufffd|[ÂÃ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ](?![a-z]{0,2}\\d)|â€[\u0080-\u00bf™œ“”˜¦¢]?"
)
# (Tags within a line, such as <b>, may be meant; whether both sides have them is another check.)
_TAG_NAMES = "blockquote|body|br|center|div|font|h[1-6]|head|hr|html|img|li|ol|p|pre|ref|script"
_TAG_NAMES += "|span|table|tbody|td|th|tr|ul"
_MARKUP = re.compile(
    r"&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,6});"
    rf"|</?(?:{_TAG_NAMES})(?:\s[^<>]*)?/?>"
    r"|\[/?(?:b|i|u|url|img|quote|code)(?:=[^\[\]]*)?\]"
    r"|\[\[|\]\]|'''?[^']+'''?|<!--|-->",
    re.IGNORECASE,
)
_MARKUP_SIGN = re.compile(r"[&<\[]|\]\]|''|-->")
# Not tab, line feed and carriage return: they separate columns and lines.
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def written_faults(pair: Pair) -> Iterator[Fault]:
    """Wrongly decoded characters and leftover markup."""
    for text in pair:
        if not text.isascii() and (found := _WRONGLY_DECODED.search(text)):
            yield Fault(
                "encoding", f"wrongly decoded: {text[max(0, found.start() - 8) : found.end()]}"
            )
            break
    for text in pair:
        if _MARKUP_SIGN.search(text) and (found := _MARKUP.search(text)):
            yield Fault("markup", f"leftover markup: {found[0]}")
            break


class RawTexts:
    """Notes what normalization hides. It is called with both texts of a pair, as the file has them,
    before the reader returns the pair."""

    def __init__(self) -> None:
        self._arrived: tuple[str, str] | None = None
        self._controls: dict[int, str] = {}
        self._composed, self._other = [0, 0], [0, 0]

    def __call__(self, source: str, target: str) -> None:
        self._arrived = source, target

    def watch(self, pairs: Iterable[Pair], *, reverse: bool = False) -> Iterator[Pair]:
        """The pairs, as a reader returns them, with the texts that arrived for each examined;
        `reverse`: the pairs have been reversed."""
        for number, pair in enumerate(pairs, 1):
            if self._arrived is not None:
                texts = self._arrived[::-1] if reverse else self._arrived
                self._examine(number, texts)
                self._arrived = None
            yield pair

    def _examine(self, number: int, texts: Iterable[str]) -> None:
        for side, text in enumerate(texts):
            if text.isascii() and text.isprintable():
                continue
            if found := _CONTROL.search(text):
                self._controls.setdefault(number, f"U+{ord(found[0]):04X}")
            if not unicodedata.is_normalized("NFC", text):
                self._other[side] += 1
            elif not unicodedata.is_normalized("NFD", text):
                self._composed[side] += 1

    def faults(self, number: int) -> Iterator[Fault]:
        """What is wrong with the texts of a pair."""
        if code := self._controls.get(number):
            yield Fault("control", f"control character {code}")

    @property
    def told(self) -> dict[str, int]:
        """The number of texts that are not in NFC."""
        return {"not_nfc": sum(self._other)}

    def findings(self) -> Iterator[Finding]:
        """A note for each side that mixes composed characters with other forms."""
        sides = zip(("sources", "targets"), self._composed, self._other, strict=True)
        for side, composed, other in sides:
            if min(composed, other) > MIN_SHARE * (composed + other):
                sentence = (
                    f"{other:,} of {plural(composed + other, 'text')} with accents or the like in "
                    f"the {side} are not in normal form C, as the others are: train puts all in "
                    "this form, but other programs will see different words"
                )
                yield Finding("normal_forms", sentence, "note", other)
