"""Scripts and languages: sides in the wrong one, swapped sides, and untranslated copies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log

from seqcli.config import CorpusConfig
from seqcli.corpus_check.faults import Fault
from seqcli.corpus_check.findings import Finding
from seqcli.corpus_check.lengths import UNSPACED_SCRIPTS
from seqcli.data.normalization import normalize_source
from seqcli.data.pairs import Pair
from seqcli.data.scripts import LANGUAGE_SCRIPTS, MAX_CHARACTERS_EXAMINED, main_script
from seqcli.data.text import is_unspaced
from seqcli.data.words import UNSPACED

# A copy of fewer words may be a translation: names, "OK", titles.
MIN_COPIED_WORDS = 4
# A word counts as one of a language if it occurs so often.
MIN_OCCURRENCES = 5
# By how much a text must be more probable by the words of the other side, in nats. In swapped
# pairs, both must be. No pair of Multi30k reaches 1, two of 167,326 of Tatoeba reach 4.
SWAPPED_EVIDENCE, LANGUAGE_EVIDENCE = 4.0, 6.0

LETTERS_PER_CHARACTER = 4  # of a script without spaces

SIDES = ("source", "target")
_SHARED_WORD = re.compile(r"\w{2,}")
_WORD = re.compile(rf"[{UNSPACED}]|[^\W\d_{UNSPACED}]+")


class Scripts:
    """Finds sides in another script than usual among some pairs, and counts the scripts."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        scripts = [Pair(*map(text_script, pair)) for pair in pairs]
        self.usual = Pair(*(_most_frequent(each[side] for each in scripts) for side in (0, 1)))
        self.counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())

    def __call__(self, pair: Pair) -> Iterator[Fault]:
        scripts = Pair(*map(text_script, pair))
        for count, script in zip(self.counts, scripts, strict=True):
            count[script] += 1
        if scripts == self.usual:
            return
        if all(scripts) and scripts == self.usual.reversed():
            yield Fault("swapped", "the sides are swapped")
            return
        for number, (side, script) in enumerate(zip(SIDES, scripts, strict=True)):
            usual = self.usual[number]
            if script in ("", usual) or _is_mainly_unspaced(pair[number], usual):
                continue
            # (A long foreign name may be most of a short text.)
            rest = _without_shared_words(pair[number], pair[1 - number])
            if text_script(rest) not in ("", usual):
                yield Fault("script", f"the {side} is in {script} letters")

    def findings(self, config: CorpusConfig, pairs: int) -> Iterator[Finding]:
        """What is to be said of scripts that are not those of the stated languages."""
        tags = (config.source_language, config.target_language)
        for side, option, script, tag in zip(SIDES, ("from", "to"), self.usual, tags, strict=True):
            expected = LANGUAGE_SCRIPTS.get(tag.partition("-")[0].lower())
            if expected and script and script != expected:
                sentence = (
                    f"most {side}s are in {script} letters, not in {expected} as --{option} {tag} "
                    "says (--reverse swaps the sides)"
                )
                yield Finding("language_tag", sentence, "error", pairs)


class Languages:
    """Finds swapped sides, and sides that read like the other, by the words of some pairs; and
    untranslated copies."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        sources, targets = (
            Counter(word for pair in pairs for word in _WORD.findall(pair[side])) for side in (0, 1)
        )
        total = log((targets.total() + 1) / (sources.total() + 1))
        self._evidence = {
            word: log((sources[word] + 0.5) / (targets[word] + 0.5)) + total
            for word in sources.keys() | targets.keys()
            if sources[word] + targets[word] >= MIN_OCCURRENCES
        }

    def __call__(self, pair: Pair) -> Iterator[Fault]:
        if _is_copy(pair):
            yield Fault("copy", "the target is the source, untranslated")
            return
        source = self.evidence(pair.source)
        if source > LANGUAGE_EVIDENCE:
            if self.evidence(pair.target) > LANGUAGE_EVIDENCE:
                yield Fault("language", "the target reads like the language of the sources")
        elif source < -SWAPPED_EVIDENCE:
            target = self.evidence(pair.target)
            if target > SWAPPED_EVIDENCE:
                yield Fault("swapped", "the sides are swapped")
            elif max(source, target) < -LANGUAGE_EVIDENCE:
                yield Fault("language", "the source reads like the language of the targets")

    def evidence(self, text: str) -> float:
        """By how many nats the text is more probable as a source than as a target, by its words
        alone."""
        return sum(self._evidence.get(word, 0.0) for word in _WORD.findall(text))


def text_script(text: str) -> str:
    """The script of most letters, as `main_script` says; quicker for plain English."""
    if text.isascii():
        return "Latin" if any(map(str.isalpha, text)) else ""
    return main_script(text)


def _without_shared_words(text: str, other: str) -> str:
    """The text without the words, such as names, that the other side has too."""
    text = text[:MAX_CHARACTERS_EXAMINED]
    words = set(_SHARED_WORD.findall(other[:MAX_CHARACTERS_EXAMINED]))
    for word in sorted(words, key=len, reverse=True):  # "is" is part of "Dennis"
        text = text.replace(word, " ")
    return text


def _is_mainly_unspaced(text: str, script: str) -> bool:
    """Whether a text with words in letters is mainly in the script, one without spaces, of which a
    character says as much as several letters."""
    if text.isascii() or script not in UNSPACED_SCRIPTS:
        return False
    return LETTERS_PER_CHARACTER * sum(map(is_unspaced, text)) >= len(text)


def _is_copy(pair: Pair) -> bool:
    if pair.source != pair.target and normalize_source(pair.source) != normalize_source(
        pair.target
    ):
        return False
    return len(_WORD.findall(pair.source)) >= MIN_COPIED_WORDS


def _most_frequent(scripts: Iterable[str]) -> str:
    counts = Counter(filter(None, scripts))
    return counts.most_common(1)[0][0] if counts else ""
