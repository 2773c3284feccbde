"""Sentence pairs from patterns: what fills the slots of one, and the pairs so far."""

from __future__ import annotations

import random
import re

import lexicon
from grammar import ASPECTS, FORMS, Item, agree, inflect, rows

SLOT = re.compile(r"\[([A-Za-z]+)(\d?)(?:\.(\w+))?\??\]")
AGREEING = re.compile(r"\(([\w']+)(?::(\w+))?\)")
ABSENT = Item("", "")


class Filling:
    """One choice of items for the slots of a pattern."""

    def __init__(self, pattern: str, classes: dict[str, list[Item]], rng: random.Random) -> None:
        self.items: dict[str, Item] = {}
        self.subject = ""  # what verbs agree with unless told otherwise
        for slot in SLOT.finditer(pattern):
            name = slot[1] + slot[2]
            if name not in self.items:
                absent = slot[0].endswith("?]") and rng.random() < 0.5
                self.items[name] = ABSENT if absent else rng.choice(classes[slot[1]])
                self.subject = self.subject or (name if self.items[name].agr else "")

    def english(self, pattern: str) -> str:
        agreed = AGREEING.sub(lambda m: agree(m[1], self.items[m[2] or self.subject].agr), pattern)
        return " ".join(SLOT.sub(self.english_form, agreed).split())

    def english_form(self, slot: re.Match[str]) -> str:
        chosen, form = self.items[slot[1] + slot[2]], slot[3] or ""
        if form == "s":
            return agree(chosen.en, self.items[self.subject].agr)
        if form == "as":
            owner = self.items["G2" if slot[2] else self.subject]
            several = owner.agr == "p" and owner.en != "you"
            return chosen.more["many" if several else "one"][0]
        if form in FORMS[1:]:
            return inflect(chosen.en, form)
        return chosen.more[form][0] if form and chosen is not ABSENT else chosen.en

    def chinese(self, pattern: str) -> str:
        return SLOT.sub(self.chinese_form, pattern)

    def chinese_form(self, slot: re.Match[str]) -> str:
        chosen, form = self.items[slot[1] + slot[2]], slot[3] or ""
        if form in ASPECTS:
            return chosen.zh.replace("*", ASPECTS[form])
        return (chosen.more[form][1] if form else chosen.zh).replace("*", "")

    def sensible(self) -> bool:
        """Nobody meets himself or goes twice to one place, and it is clear who he or she is."""
        chinese = [chosen.zh for chosen in self.items.values() if chosen.zh]
        if self.items.keys() >= {"G", "G2"}:
            persons = self.items["G"], self.items["G2"]
            pronouns = [one.more["pro"][1] for one in persons]
            chinese += [zh for zh, one in zip(pronouns, persons, strict=True) if zh != one.zh]
        return len({zh.removesuffix("们") for zh in chinese}) == len(chinese)


class Corpus:
    """Sentence pairs, no sentence of either language twice."""

    def __init__(self) -> None:
        self.chinese_of: dict[str, str] = {}
        self.english_of: dict[str, str] = {}
        for english, chinese in rows(lexicon.HELD_OUT):
            self.add(english, chinese)

    def add(self, english: str, chinese: str) -> None:
        """Keep a new pair; an error if either sentence has another translation already."""
        known = (
            self.chinese_of.setdefault(english, chinese),
            self.english_of.setdefault(chinese, english),
        )
        if known != (chinese, english):
            raise ValueError(f"{(english, chinese)} against {known}")
