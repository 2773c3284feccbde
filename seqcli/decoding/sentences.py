"""The sentences of a text.

The rules are data, `sentences.json`, and hold for all languages at once, because nothing says in
which language a line is. In doubt a text is left whole. The code needs no more than regular
expressions and properties of Unicode, so that another program can read the same rules and find the
same sentences.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NamedTuple

_RULES_FILE = Path(__file__).with_suffix(".json")
_LONGEST_WORD = 30  # characters before a full stop that are read
# What every end mark is: a text without it, before a letter, does not need the rules.
_PUNCTUATION = re.compile(r"[^\w\s,'’-]")
_LETTER = re.compile(r"[^\W\d_]")


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, each with the white space after it; joined they are the text.

    Each has a letter, and all but the last end with an end mark, after which closing quotes,
    brackets and emoji may follow. No sentence ends

    - inside quotes, brackets, braces or backticks;
    - at a mark without a space after it, except full-width marks, dandas and the like;
    - before a lower-case word, if the sentence begins with a capital;
    - after a quotation that its speaker follows (“Come!” he said);
    - at an ellipsis, or the full stop of an abbreviation, an initial or a number that may be an
      ordinal, unless the next word shows that a sentence begins.
    """
    if not _has_inside(_PUNCTUATION, text):
        return [text]
    rules = _load_rules()
    return _Splitter(text, rules).sentences() if _has_inside(rules.mark, text) else [text]


def _has_inside(mark: re.Pattern[str], text: str) -> bool:
    """Whether the text has a mark before a letter."""
    first = mark.search(text)
    return first is not None and _LETTER.search(text, first.end()) is not None


class _Rules(NamedTuple):
    """The rules of the file: sets of characters by name, patterns, and sets of lower-case words."""

    characters: dict[str, str]
    openers: dict[str, str]  # of each closing mark
    mark: re.Pattern[str]  # end marks in sequence
    last_word: re.Pattern[str]
    first_word: re.Pattern[str]  # a word or a number, with what is before it
    east_asian_letter: re.Pattern[str]
    thai_letter: re.Pattern[str]
    emoji: re.Pattern[str]
    before_name: frozenset[str]
    before_number: frozenset[str]
    may_end: frozenset[str]
    starters: frozenset[str]


@cache
def _load_rules() -> _Rules:
    rules: dict[str, Any] = json.loads(_RULES_FILE.read_text(encoding="utf-8"))
    characters = {name: value for name, value in rules.items() if isinstance(value, str)}
    openers: dict[str, str] = {}
    for opener, closer in rules["pairs"]:
        openers[closer] = openers.get(closer, "") + opener
    opening = re.escape("".join(openers.values()))
    return _Rules(
        characters,
        openers,
        mark=re.compile(
            rf"(?:[{characters['marks']}]|(?<=[{characters['greek_letters']}]);)+(?:\s\.(?!\w))*"
        ),
        last_word=re.compile(rf"[^\s{opening}¿¡]*$"),
        first_word=re.compile(r"[\W_]{0,9}([^\W_]+)"),
        east_asian_letter=re.compile(f"[{characters['east_asian_letters']}]"),
        thai_letter=re.compile(f"[{characters['thai_letters']}]"),
        emoji=re.compile(rf"\s?[{characters['emoji']}]+"),
        starters=_union(rules["starters"]),
        **{kind: _union(words) for kind, words in rules["abbreviations"].items()},
    )


def page_rules() -> dict[str, Any]:
    """The rules as JSON for the scripts of a page, which have the patterns apart."""
    rules = _load_rules()
    words = ("before_name", "before_number", "may_end", "starters")
    return {
        "characters": rules.characters,
        "openers": rules.openers,
        **{name: sorted(getattr(rules, name)) for name in words},
    }


def page_patterns() -> dict[str, str]:
    """The patterns by the names that they have in the scripts of a page."""
    rules = _load_rules()
    return {
        "sentencePunctuation": _PUNCTUATION.pattern,
        "sentenceLetter": _LETTER.pattern,
        "endMark": rules.mark.pattern,
        "lastWord": rules.last_word.pattern,
        "firstWord": rules.first_word.pattern,
        "eastAsianLetter": rules.east_asian_letter.pattern,
        "thaiLetter": rules.thai_letter.pattern,
        "sentenceEmoji": rules.emoji.pattern,
    }


def _union(words_by_language: dict[str, list[str]]) -> frozenset[str]:
    return frozenset(word for words in words_by_language.values() for word in words)


class _Splitter:
    """Finds the sentences of one text."""

    def __init__(self, text: str, rules: _Rules) -> None:
        self.text = text
        self.rules = rules
        self.opened_at = _match_pairs(text, rules.openers)
        self.openings = set(self.opened_at.values())
        changes = [(i in self.openings) - (i in self.opened_at) for i in range(len(text))]
        self.depths = list(accumulate(changes))  # pairs that are open after each character
        self.starts = [0]

    def sentences(self) -> list[str]:
        text = self.text
        letters = [match.start() for match in _LETTER.finditer(text)]
        first_letter = 0  # of the sentence, an index into `letters`
        for mark in self.rules.mark.finditer(text):
            end = self._after_closers(mark.end())
            start = _after_spaces(text, end)
            if start > letters[-1]:
                break
            is_lower = text[letters[first_letter]].islower()
            if letters[first_letter] < mark.start() and self._is_end(mark, end, start, is_lower):
                self.starts.append(start)
                first_letter = bisect_left(letters, start)
        return [text[begin:end] for begin, end in pairwise([*self.starts, len(text)])]

    def _after_closers(self, position: int) -> int:
        """The position after the closing marks and emoji at a position."""
        text, closers = self.text, self.rules.characters["closers"]
        while position < len(text):
            after_spaces = _after_spaces(text, position)
            is_closer = text[position] in closers and position not in self.openings
            if is_closer or position in self.opened_at:
                position += 1
            elif after_spaces in self.opened_at and text[after_spaces] == "»":  # as in French
                position = after_spaces + 1
            elif emoji := self.rules.emoji.match(text, position):
                position = emoji.end()
            else:
                break
        return position

    def _is_end(self, mark: re.Match[str], end: int, start: int, is_lower: bool) -> bool:
        """Whether a sentence, `is_lower` if its first letter is, ends with this mark and closing
        marks up to `end`, before the text at `start`."""
        characters, next_character = self.rules.characters, self.text[start]
        next_word = self.rules.first_word.match(self.text, start)
        if (
            next_word is None
            or self.depths[end - 1]
            or next_character in characters["continuations"]
            or (end == start and not self._needs_no_space(mark, next_character))
        ):
            return False
        letter = next_word[1][0]
        if letter.islower() and not is_lower and next_character not in "¿¡":
            return False
        if not (letter.isupper() or letter.isdigit()) and self._is_speech(mark.end(), end, start):
            return False
        if mark[0] == ".":
            return self._is_full_stop(mark.start(), start, next_word)
        is_ellipsis = set(mark[0]) <= {*characters["ellipsis"], " "}
        return not is_ellipsis or end > mark.end() or (letter.isupper() and next_word[1] != "I")

    def _needs_no_space(self, mark: re.Match[str], next_character: str) -> bool:
        if mark[0][-1] in self.rules.characters["unspaced_marks"]:
            return True
        is_letter = self.rules.east_asian_letter.match
        before = self._character_before(mark.start())
        return bool(is_letter(before) and is_letter(next_character))

    def _is_speech(self, first: int, end: int, start: int) -> bool:
        """Whether the marks from `first` to `end` close a quotation in a sentence that continues,
        as after speech that no colon or comma introduces."""
        quotes = self.rules.characters["quotes"]
        closers = [i for i in range(first, end) if i in self.opened_at and self.text[i] in quotes]
        if not closers or (start in self.openings and self.text[start] in quotes):
            return False
        before = self._character_before(self.opened_at[closers[-1]])
        return not before or before not in self.rules.characters["introductions"]

    def _character_before(self, position: int) -> str:
        """The last character of the sentence before a position, spaces aside; empty if there is
        none. (No copy of the sentence is made, which may be as long as the text.)"""
        while position > self.starts[-1] and self.text[position - 1].isspace():
            position -= 1
        return self.text[position - 1] if position > self.starts[-1] else ""

    def _is_full_stop(self, position: int, start: int, next_word: re.Match[str]) -> bool:
        """Whether the single full stop at a position ends a sentence before `next_word`."""
        text, rules, begin = self.text, self.rules, self.starts[-1]
        if position and rules.thai_letter.match(text[position - 1]):
            return False
        match = rules.last_word.search(text[max(begin, position - _LONGEST_WORD) : position])
        assert match is not None, "the pattern matches an empty word too"
        word = match[0].lstrip("'’")
        name = word.lower()
        if name in rules.before_name or (name in rules.before_number and text[start].isdigit()):
            return False
        if not (name in rules.may_end or _may_continue(word)):
            return True
        is_initial = len(next_word[1]) == 1 and text.startswith(".", next_word.end())
        is_item = not self._character_before(position - len(word))  # as in: 1. Open the door.
        return (
            next_word[1][0].isupper()
            and next_word[1].lower() in rules.starters
            and not is_initial
            and not (is_item and len(word) < 4)
        )


def _may_continue(word: str) -> bool:
    """Whether a word with a full stop after it may be an initial, an abbreviation with full stops
    in it, or an ordinal."""
    parts = word.split(".")
    return (
        (len(parts) > 1 and all(part.isalpha() and len(part) < 4 for part in parts))
        or (len(word) == 1 and (word.isupper() or word.islower()))
        or (len(word) < 4 and word.isdigit())
        or (word.isupper() and set(word) <= set("IVXLC"))
    )


def _match_pairs(text: str, openers: dict[str, str]) -> dict[int, int]:
    """The position of the opening mark for the position of each closing mark that has one."""
    opened_at: dict[int, int] = {}
    opened: dict[str, list[int]] = {}  # positions without a closing mark so far
    all_openers = set("".join(openers.values()))
    for position, character in enumerate(text):
        candidates = [opened[each] for each in openers.get(character, "") if opened.get(each)]
        if candidates:
            opened_at[position] = max(candidates, key=lambda positions: positions[-1]).pop()
        elif character in all_openers:
            opened.setdefault(character, []).append(position)
    return opened_at


def _after_spaces(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position
