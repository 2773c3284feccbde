"""Scores of translations with their signatures, by sacreBLEU."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import median
from typing import Any

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from seqcli.errors import UserError

# The longest n-grams that BLEU counts.
BLEU_ORDER = 4

# A translation with a sentence chrF of this or more against its reference counts as usable.
USABLE_CHRF = 40.0

# Decimal places of a score; further ones are rounding errors (100.00000000000004).
PLACES = 10

# Tokenizers that sacreBLEU has without extras, for scripts that its default one does not split.
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
    """BLEU and chrF from 0 to 100; exact match, the share (0 to 1) of sentences that equal a
    reference; length ratio, the number of words in the translations over that in the references.

    BLEU is None, and has no signature, if most references are too short for it.
    """

    bleu: float | None
    chrf: float
    exact_match: float
    length_ratio: float
    sentences: int
    signatures: dict[str, str]


def bleu_tokenizer(references: Iterable[str]) -> str:
    """The name of sacreBLEU's tokenizer for the script of the references."""
    votes: dict[str, int] = {}
    for character in "".join(references):
        if character.isalpha():
            script = unicodedata.name(character, "").split()[0:1]
            name = _TOKENIZER_OF_SCRIPT.get(script[0] if script else "", "13a")
            # One character of these scripts has the content of several letters.
            votes[name] = votes.get(name, 0) + (1 if name == "13a" else 3)
    if votes.get("char", 0) > votes.get("zh", 0) / 10:  # Japanese: kana among Han
        votes["char"] += votes.pop("zh", 0)
    return max(votes, key=lambda name: votes[name], default="13a")


def check_tokenizer(name: str) -> None:
    """Raise a `UserError` for a tokenizer that sacreBLEU does not know, or whose packages are not
    installed."""
    if name not in BLEU.TOKENIZERS:
        known = ", ".join(map(str, BLEU.TOKENIZERS))
        raise UserError(f"bleu-tokenizer is one of {known}, not {name!r}")
    try:
        BLEU(tokenize=name)
    except (ImportError, RuntimeError) as error:
        raise UserError(f"the tokenizer {name} needs more than is installed: {error}") from error


def too_short_for_bleu(references: Iterable[str], tokenizer: str = "") -> bool:
    """Whether most references, except empty ones, have fewer words than the longest n-grams that
    BLEU counts, so that BLEU says little (and is often 0)."""
    references = [reference for reference in references if reference]
    tokenize = BLEU(tokenize=tokenizer or bleu_tokenizer(references)).tokenizer
    lengths = [len(tokenize(reference).split()) for reference in references]
    return median(lengths or [0]) < BLEU_ORDER


def score(
    translations: Sequence[str], references: Sequence[Sequence[str]], tokenizer: str = ""
) -> Scores:
    """Scores of translations, each against one or more references, all compared in NFC.

    `tokenizer` is the name of one of sacreBLEU's; by default the references' script decides.
    """
    hypotheses, streams = _to_streams(translations, references)
    all_references = [text for stream in streams for text in stream if text is not None]
    tokenizer = tokenizer or bleu_tokenizer(all_references)
    bleu, chrf = _bleu(tokenizer), CHRF()
    bleu_score = bleu.corpus_score(hypotheses, streams)
    chrf_score = chrf.corpus_score(hypotheses, streams)
    is_short = too_short_for_bleu(all_references, tokenizer)
    signatures = {} if is_short else {"bleu": f"{bleu_score.name}|{bleu.get_signature()}"}
    return Scores(
        bleu=None if is_short else round(bleu_score.score, PLACES),
        chrf=round(chrf_score.score, PLACES),
        exact_match=exact_match(translations, references),
        length_ratio=bleu_score.sys_len / max(1, bleu_score.ref_len),
        sentences=len(hypotheses),
        signatures=signatures | {"chrf": f"{chrf_score.name}|{chrf.get_signature()}"},
    )


def corpus_score(
    metric: str, translations: Sequence[str], references: Sequence[Sequence[str]], tokenizer: str
) -> float:
    """A single score, "bleu" or "chrf", from 0 to 100; BLEU also for short references."""
    scorer = _bleu(tokenizer) if metric == "bleu" else CHRF()
    result = scorer.corpus_score(*_to_streams(translations, references))
    return round(float(result.score), PLACES)


def exact_match(translations: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """The share (0 to 1) of translations that equal one of their references."""
    matching = sum(matches(*pair) for pair in zip(translations, references, strict=True))
    return matching / len(translations)


def matches(translation: str, references: Sequence[str]) -> bool:
    """Whether a translation equals a reference, both in NFC and stripped."""
    return _compose(translation).strip() in (_compose(text).strip() for text in references)


def sentence_chrf(translation: str, references: Sequence[str]) -> float:
    """chrF of one sentence (0 to 100); 100 if it equals a reference, which may be empty."""
    if matches(translation, references):
        return 100.0
    result = CHRF().sentence_score(_compose(translation), list(map(_compose, references)))
    return round(float(result.score), PLACES)


def is_usable(translation: str, references: Sequence[str]) -> bool:
    """Whether a translation is similar enough to a reference to be worth having: what a confidence
    is the chance of."""
    return sentence_chrf(translation, references) >= USABLE_CHRF


def area_under_curve(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """The chance that a true one has a higher score than a false one, ties counted as one half: the
    area under the ROC curve, from the rank statistic of Mann and Whitney. None without both."""
    true = sorted(score for score, label in zip(scores, labels, strict=True) if label)
    false = sorted(score for score, label in zip(scores, labels, strict=True) if not label)
    if not true or not false:
        return None
    wins = sum(bisect_left(false, score) + bisect_right(false, score) for score in true) / 2
    return float(wins / (len(true) * len(false)))


def _compose(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _to_streams(
    translations: Sequence[str], references: Sequence[Sequence[str]]
) -> tuple[list[str], list[Any]]:
    """Both in NFC, as sacreBLEU takes them: references by sentence -> by stream, None where a
    sentence has fewer than others."""
    streams = zip_longest(*(map(_compose, texts) for texts in references))
    return list(map(_compose, translations)), list(streams)


def _bleu(tokenizer: str) -> BLEU:
    # force: no warning about text that is tokenized already.
    return BLEU(tokenize=tokenizer, force=True)
