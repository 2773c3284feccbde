"""Pairs of daily talk, in which names and numbers that no list has stand on both sides."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Collection

import daily_lexicon
import daily_patterns
import lexicon
import patterns
from daily_classes import daily_classes, open_vocabulary
from filling import Corpus, Filling
from grammar import DIGITS, Item, Pair, chinese_number, english_number, rows

SEED = 2036
LENGTHS = range(1, 15)  # in English words
MAX_USES = 9  # of an open word: names that are in more training pairs are not carried over
OLD_PATTERN_PAIRS = 1  # of every pattern of patterns.py
TEST_PAIRS, OF_PATTERN = 150, 2
SILLY = [re.compile(silly) for silly in (*lexicon.SILLY, *daily_lexicon.SILLY)]
WORD = re.compile(r"[\w']+?(?='s\b|[^\w']|$)")
NUMBERS = {english_number(n): n for n in range(2, 1000)}
_NUMBER_WORDS = "|".join(sorted(set(" ".join(NUMBERS).split())))
NUMBER = re.compile(rf"\b(?:{_NUMBER_WORDS})(?: (?:{_NUMBER_WORDS}))*\b")
CHINESE_DIGITS = f"[{DIGITS}两百]"


class DailyTalk:
    """Pairs in which open words stand unchanged on both sides, each open word in few of them.

    If `known` words are given, each sentence has a number or an open word beside only those.
    """

    def __init__(self, corpus: Corpus, held_out: bool, known: Collection[str] = ()) -> None:
        self.corpus, self.rng = corpus, random.Random(SEED + held_out)
        self.classes = daily_classes(held_out, self.rng)
        self.open_words, self.uses = open_vocabulary(held_out), Counter[str]()
        self.known = frozenset(known)

    def sample(self, line: str, count: int) -> list[Pair]:
        """New sentences of one pattern; fewer than the count if the pattern has no more."""
        _, english_pattern, chinese_pattern = (part.strip() for part in line.split("|"))
        pairs: list[Pair] = []
        for _ in range(60 * count):
            if len(pairs) == count:
                break
            filling = Filling(english_pattern, self.classes, self.rng)
            if not (filling.sensible() and same_sex(filling.items)):
                continue
            pair = filling.english(english_pattern), filling.chinese(chinese_pattern)
            if not any(silly.search(pair[0]) for silly in SILLY):
                pair = self.rewrite(*pair)
                pairs += [pair] if self.accept(*pair) else []
        return pairs

    def rewrite(self, english: str, chinese: str) -> Pair:
        """Some sentences with contractions, without any, or with digits."""
        draw = self.rng.random
        if draw() < daily_lexicon.CONTRACTED:
            for full, short in daily_lexicon.CONTRACTIONS:
                english = re.sub(full, short, english)
        if draw() < daily_lexicon.WRITTEN_OUT:
            for short, full in daily_lexicon.FULL_FORMS:
                english = re.sub(short, full, english)
        return in_digits(english, chinese) if draw() < 0.5 else (english, chinese)

    def accept(self, english: str, chinese: str) -> bool:
        """Whether a pair is new and its open words may be used again; keep it then."""
        if english in self.corpus.chinese_of or chinese in self.corpus.english_of:
            return False
        if re.search(r"[a-z]\d|\d[a-z]", chinese) and "@" not in chinese:
            return False  # a name runs into a number
        words = {word for word in WORD.findall(english) if not word[0].isdigit()}
        used = words & self.open_words
        has_open = used or re.search(r"\d", english)
        if self.known and not (has_open and words - used <= self.known):
            return False
        if len(english.split()) not in LENGTHS or any(self.uses[w] >= MAX_USES for w in used):
            return False
        self.corpus.add(english, chinese)
        self.uses.update(used)
        return True


def same_sex(items: dict[str, Item]) -> bool:
    """Whether no man is called by a woman's name, or is a daughter, and the other way round."""
    sexes = {
        slot: items[slot].more.get("sex", items[slot].more.get("pro", ("", "")))[0]
        for slot in ("N", "T", "me", "rel", "relone", "relof", "namer", "asked", "person")
        if slot in items
    }
    if "relof" in sexes:
        del sexes["N"]
    return not set(sexes.values()) >= {"he", "she"}


def in_digits(english: str, chinese: str) -> Pair:
    """A pair with digits in place of its number word, if it has one that is found on both sides."""
    match = NUMBER.search(english)
    if match and match[0] in NUMBERS:
        n = NUMBERS[match[0]]
        for word in (chinese_number(n), chinese_number(n, counting=False)):
            alone = re.findall(rf"(?<!{CHINESE_DIGITS}){word}(?!{CHINESE_DIGITS})", chinese)
            if len(alone) == chinese.count(word) == 1:
                return NUMBER.sub(str(n), english, count=1), chinese.replace(word, str(n))
    return english, chinese


def daily_talk(corpus: Corpus) -> dict[str, list[Pair]]:
    """Pairs to train on, and to test on: with numbers and with open words that are held out."""
    lines = daily_patterns.DAILY.strip().splitlines()
    old_lines = patterns.SHORT.strip().splitlines()
    talk = DailyTalk(corpus, held_out=False)
    train = [pair for line in lines for pair in talk.sample(line, int(line.split("|")[0]))]
    train += [pair for line in old_lines for pair in talk.sample(line, OLD_PATTERN_PAIRS)]
    phrases = [*rows(daily_lexicon.GREETINGS), *rows(daily_lexicon.PHRASES)]
    train += [(english, chinese) for english, chinese in phrases if talk.accept(english, chinese)]
    talk.rng.shuffle(train)
    known = {word for english in corpus.chinese_of for word in WORD.findall(english)}
    talk = DailyTalk(corpus, held_out=True, known=known)
    test = [pair for line in (*lines, *old_lines) for pair in talk.sample(line, OF_PATTERN)]
    talk.rng.shuffle(test)
    return {"train": train, "test-open": test[:TEST_PAIRS]}
