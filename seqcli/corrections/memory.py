"""A translation memory: sources whose translations a user has told, and similar ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seqcli.corrections.files import Row, raw_corrections, source_key
from seqcli.data.normalization import normalize
from seqcli.data.pairs import Pair
from seqcli.errors import UserError

# In percent: translators' tools show matches from 70 to 85 % on.
MIN_SIMILARITY = 85.0


class Match(NamedTuple):
    """The correction of a similar source, and how similar its source is, from 0 to 1."""

    source: str
    translation: str
    similarity: float

    def to_dict(self) -> dict[str, Any]:
        """The values that `--format json` prints."""
        return self._asdict() | {"similarity": round(self.similarity, 4)}


class TranslationMemory:
    """Corrections, by what `source_key` leaves of their sources; of the same source, the last.

    It is false if it holds none.
    """

    def __init__(self, pairs: Iterable[Pair] = (), locale: str = "") -> None:
        self.locale = locale
        self._pairs: dict[str, Row] = {}
        self._latest_first: list[str] | None = None
        for pair in pairs:
            self.add(pair)

    def __len__(self) -> int:
        return len(self._pairs)

    def add(self, pair: Pair) -> None:
        """Remember a pair, in place of one with the same source."""
        self.update({source_key(pair.source, self.locale): pair})

    def update(self, pairs: dict[str, Row]) -> None:
        """Remember pairs by the keys of their sources, as `raw_corrections` returns them."""
        for key, pair in pairs.items():
            self._pairs.pop(key, None)
            self._pairs[key] = pair
        self._latest_first = None

    def find(self, text: str, prefix: str = "") -> str | None:
        """The translation of this source, if it is known and begins with the prefix."""
        pair = self._pairs.get(source_key(text, self.locale))
        if pair is None:
            return None
        target = normalize(pair[1])
        return target if target.startswith(normalize(prefix)) else None

    def nearest(self, text: str) -> Match | None:
        """The correction whose source is most similar, or this one, if it is similar enough; of
        equals the latest.

        The similarity of two keys is twice the length of their longest common subsequence, divided
        by the sum of their lengths (rapidfuzz's `ratio`).
        """
        key = source_key(text, self.locale)
        if not key or not self._pairs:
            return None
        try:
            from rapidfuzz import fuzz, process  # noqa: PLC0415  (for a quick start)
        except ModuleNotFoundError as error:
            raise UserError(
                "similar corrections are found by rapidfuzz, which is missing: "
                "pip install rapidfuzz, or translate with --no-memory"
            ) from error

        if self._latest_first is None:
            self._latest_first = list(reversed(self._pairs))
        found = process.extractOne(
            key, self._latest_first, scorer=fuzz.ratio, score_cutoff=MIN_SIMILARITY
        )
        if found is None:
            return None
        near, similarity, _ = found
        source, target = map(normalize, self._pairs[near])
        return Match(source, target, similarity / 100)


def open_memory(folders: Sequence[Path], locale: str = "") -> TranslationMemory:
    """The corrections of model folders; of the same source, those of an earlier folder count.

    Raises `UserError` as `read_corrections` does.
    """
    memory = TranslationMemory(locale=locale)
    for folder in reversed(folders):
        memory.update(raw_corrections(folder, locale))
    return memory
