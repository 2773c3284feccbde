"""The words of the training sources: what a model has seen, and which words it carries over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from seqcli.data.normalization import fold, normalize_source
from seqcli.data.pairs import Pair
from seqcli.data.words import find_words

MAX_BYTES = 1_000_000  # of the list as a file; the least frequent words are left out

# A rare word that nearly all its translations contain unchanged is a name, and is carried over.
MAX_NAME_COUNT = 10
MIN_COPIED = 0.9
NAME_SIGN = "\t="

# An unseen word is read in pieces if it is made of seen parts of this length, or of one such part
# and an ending that many seen words have.
MIN_PART = 4
MAX_ENDING = 4
MIN_WORDS_OF_ENDING = 0.002  # share of the seen words; at least 5 words

# Longer words, which are none, are not kept in the RAM.
LONGEST_CACHED = 100  # characters


@dataclass(frozen=True)
class WordList:
    """Folded words of the training sources, most frequent first, and the names among them."""

    words: tuple[str, ...]
    names: frozenset[str]
    locale: str = ""

    @classmethod
    def of(cls, pairs: Iterable[Pair], locale: str = "") -> WordList:
        """The list of the sources of pairs."""
        return WordCounts.of(pairs, locale).to_list(locale)

    @classmethod
    def from_text(cls, text: str, locale: str = "") -> WordList:
        """The list of a `to_text`."""
        words = tuple(filter(None, text.replace(NAME_SIGN, "").splitlines()))
        marked = (line for line in text.splitlines() if line.endswith(NAME_SIGN))
        names = filter(None, (line.removesuffix(NAME_SIGN) for line in marked))
        return cls(words, frozenset(names), locale)

    @classmethod
    def union(cls, lists: Sequence[WordList]) -> WordList:
        """The words of several lists; names are those that no list has as another word."""
        if len(lists) == 1:
            return lists[0]
        words = tuple(dict.fromkeys(word for each in lists for word in each.words))
        others = {word for each in lists for word in each.words if word not in each.names}
        names = frozenset().union(*(each.names for each in lists)) - others
        return cls(words, names, lists[0].locale)

    def to_text(self) -> str:
        """One word a line, names with a sign after them; at most MAX_BYTES in UTF-8."""
        lines, size = [], 0
        for word in self.words:
            line = word + NAME_SIGN * (word in self.names) + "\n"
            size += len(line.encode())
            if size > MAX_BYTES:
                break
            lines.append(line)
        return "".join(lines)

    def is_known(self, word: str) -> bool:
        """Whether a word was in a training source, in any case."""
        return self.spell(word) in self._known

    def is_name(self, word: str) -> bool:
        """Whether a word was in a training source, and nearly always in its target too."""
        return self.spell(word) in self.names

    def is_carried(self, word: str) -> bool:
        """Whether a word is carried over: a name, or a new word not made of known parts."""
        folded = self.spell(word)
        if folded in self._known:
            return folded in self.names
        return not self._has_known_parts(folded)

    def spell(self, word: str) -> str:
        """A word as it is spelled in the list."""
        fold_word = _folded if len(word) <= LONGEST_CACHED else _folded.__wrapped__
        return fold_word(word, self.locale)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.words)

    @cached_property
    def _endings(self) -> frozenset[str]:
        """The endings that many known words have beside the same word without it."""
        counts: Counter[str] = Counter()
        for word in self._known:
            for length in range(1, min(MAX_ENDING, len(word) - MIN_PART) + 1):
                if word[:-length] in self._known:
                    counts[word[-length:]] += 1
        least = max(5, MIN_WORDS_OF_ENDING * len(self._known))
        return frozenset(ending for ending, count in counts.items() if count >= least)

    @cached_property
    def _longest(self) -> int:
        """A length that no known word with an ending has, but for words of no language."""
        return min(max(map(len, self.words), default=0), LONGEST_CACHED) + MAX_ENDING

    def _has_known_parts(self, word: str) -> bool:
        if len(word) > 2 * self._longest:  # (so that a hostile word takes no time)
            return False
        for place in range(MIN_PART, len(word)):
            rest = word[place:]
            if word[:place] in self._known and word[:place] not in self.names:
                if rest in self._endings:
                    return True
                if len(rest) >= MIN_PART and rest in self._known and rest not in self.names:
                    return True
        return any(
            word.endswith(ending)
            and any(word[: -len(ending)] + other in self._known for other in self._endings)
            for ending in self._endings
            if len(word) - len(ending) >= MIN_PART
        )


@dataclass(frozen=True)
class WordCounts:
    """How often each folded word is in the sources of pairs, and in the target too."""

    counts: Counter[str] = field(default_factory=Counter)
    copied: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, pairs: Iterable[Pair], locale: str) -> WordCounts:
        """The counts of some pairs."""
        found = cls()
        for source, target in pairs:
            words = find_words(source)
            others = {word.text for word in find_words(target)}
            for word in words:
                folded = _folded(word.text, locale)
                if not folded:  # an invisible letter
                    continue
                found.counts[folded] += 1
                found.copied[folded] += word.text in others
        return found

    def add(self, other: WordCounts) -> None:
        """Add the counts of other pairs."""
        self.counts.update(other.counts)
        self.copied.update(other.copied)

    def to_list(self, locale: str) -> WordList:
        """The list of the words."""
        ordered = sorted(self.counts.items(), key=lambda each: (-each[1], each[0]))
        copied = self.copied
        names = {
            word
            for word, count in ordered
            if word[0].isalpha() and count <= MAX_NAME_COUNT and copied[word] >= MIN_COPIED * count
        }
        return WordList(tuple(word for word, _ in ordered), frozenset(names), locale)


@lru_cache(maxsize=100_000)
def _folded(word: str, locale: str) -> str:
    return fold(normalize_source(word), locale)
