"""Scores with their signatures, by sacreBLEU."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import median
from typing import Any

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from seqcli.errors import UserError

# BLEU counts runs of up to so many words.
BLEU_ORDER = 4

# Decimal places of a score; what follows is rounding error of the arithmetic (100.00000000000004).
PLACES = 10

# What sacreBLEU offers without extras for scripts that its default tokenizer leaves whole.
_TOKENIZER_OF_SCRIPT = {
    "CJK": "zh",
    "HIRAGANA": "char",
    "KATAKANA": "char",
    "HANGUL": "char",
    "THAI": "char",
    "LAO": "char",
    "KHMER": "char",
    "MYANMAR": "char",
}


@dataclass(frozen=True)
class Scores:
    """BLEU and chrF from 0 to 100; exact match from 0 to 1, the share of sentences that equal a
    reference; length ratio of the translations' words to the references'.

    BLEU is None, and has no signature, where most references are too short for it.
    """

    bleu: float | None
    chrf: float
    exact_match: float
    length_ratio: float
    sentences: int
    signatures: dict[str, str]


def bleu_tokenizer(references: Iterable[str]) -> str:
    """sacreBLEU's tokenizer for the script that the references are written in."""
    votes: dict[str, int] = {}
    for character in "".join(references):
        if character.isalpha():
            script = unicodedata.name(character, "").split()[0:1]
            name = _TOKENIZER_OF_SCRIPT.get(script[0] if script else "", "13a")
            # One character of these scripts says as much as several letters.
            votes[name] = votes.get(name, 0) + (1 if name == "13a" else 3)
    if votes.get("char", 0) > votes.get("zh", 0) / 10:  # Japanese: kana among Han
        votes["char"] += votes.pop("zh", 0)
    return max(votes, key=lambda name: votes[name], default="13a")


def check_tokenizer(name: str) -> None:
    """Raise a `UserError` for a name that sacreBLEU does not know, or cannot serve here."""
    if name not in BLEU.TOKENIZERS:
        known = ", ".join(str(each) for each in BLEU.TOKENIZERS)
        raise UserError(f"bleu-tokenizer is one of {known}, not {name!r}")
    try:
        BLEU(tokenize=name)
    except (ImportError, RuntimeError) as error:
        raise UserError(f"the tokenizer {name} needs more than is installed: {error}") from error


def too_short_for_bleu(references: Iterable[str], tokenizer: str = "") -> bool:
    """Whether most references, the empty ones left aside, have fewer words than the longest runs
    that BLEU counts; then it says little, and is 0 for most sets."""
    references = [reference for reference in references if reference]
    split = BLEU(tokenize=tokenizer or bleu_tokenizer(references)).tokenizer
    return median([len(split(each).split()) for each in references] or [0]) < BLEU_ORDER


def score(
    translations: Sequence[str], references: Sequence[Sequence[str]], tokenizer: str = ""
) -> Scores:
    """Scores of translations against one or more references each, all compared in NFC.

    `tokenizer` is sacreBLEU's name; by default it is picked by the references' script.
    """
    texts, streams = _composed_all(translations, references)
    every = [text for stream in streams for text in stream if text is not None]
    tokenizer = tokenizer or bleu_tokenizer(every)
    bleu, chrf = _bleu(tokenizer), CHRF()
    of_bleu, of_chrf = bleu.corpus_score(texts, streams), chrf.corpus_score(texts, streams)
    short = too_short_for_bleu(every, tokenizer)
    signatures = {} if short else {"bleu": f"{of_bleu.name}|{bleu.get_signature()}"}
    return Scores(
        bleu=None if short else round(of_bleu.score, PLACES),
        chrf=round(of_chrf.score, PLACES),
        exact_match=exact_match(translations, references),
        length_ratio=of_bleu.sys_len / max(1, of_bleu.ref_len),
        sentences=len(texts),
        signatures=signatures | {"chrf": f"{of_chrf.name}|{chrf.get_signature()}"},
    )


def corpus_score(
    metric: str, translations: Sequence[str], references: Sequence[Sequence[str]], tokenizer: str
) -> float:
    """One score alone, "bleu" or "chrf", from 0 to 100; BLEU of short references, too."""
    counter = _bleu(tokenizer) if metric == "bleu" else CHRF()
    found = counter.corpus_score(*_composed_all(translations, references))
    return round(float(found.score), PLACES)


def exact_match(translations: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """The share, from 0 to 1, of translations that equal one of their references."""
    found = sum(matches(*each) for each in zip(translations, references, strict=True))
    return found / len(translations)


def matches(translation: str, references: Sequence[str]) -> bool:
    """Whether a translation equals a reference, white space at the ends and NFC aside."""
    return _composed(translation).strip() in (_composed(each).strip() for each in references)


def sentence_chrf(translation: str, references: Sequence[str]) -> float:
    """chrF of one sentence, 0 to 100, and 100 if it equals a reference, which may be empty."""
    if matches(translation, references):
        return 100.0
    found = CHRF().sentence_score(_composed(translation), list(map(_composed, references)))
    return round(float(found.score), PLACES)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _composed_all(
    translations: Sequence[str], references: Sequence[Sequence[str]]
) -> tuple[list[str], list[Any]]:
    """Both in NFC; references by sentence -> by stream, as sacreBLEU wants them, gaps None."""
    streams = zip_longest(*(map(_composed, of_one) for of_one in references))
    return list(map(_composed, translations)), list(streams)


def _bleu(tokenizer: str) -> BLEU:
    # Already split text is scored as it is: sacreBLEU warns of it unless forced.
    return BLEU(tokenize=tokenizer, force=True)
