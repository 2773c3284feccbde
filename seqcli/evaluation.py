"""Scores with their signatures, by sacreBLEU."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from seqcli.errors import UserError

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
    reference; length ratio of the translations' words to the references'."""

    bleu: float
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


def too_short_for_bleu(references: Sequence[str]) -> bool:
    """Whether most references have fewer than the four words in a row that BLEU looks for."""
    split = BLEU(tokenize=bleu_tokenizer(references)).tokenizer
    return median(len(split(reference).split()) for reference in references) < 4


def score(
    translations: Sequence[str], references: Sequence[Sequence[str]], tokenizer: str = ""
) -> Scores:
    """Scores of translations against one or more references each.

    `tokenizer` is sacreBLEU's name; by default it is picked by the references' script.
    """
    tokenizer = tokenizer or bleu_tokenizer(text for each in references for text in each)
    # Already split text is scored as it is: sacreBLEU warns of it unless forced.
    bleu = BLEU(tokenize=tokenizer, force=True)
    chrf = CHRF()
    streams = _streams(references)
    bleu_score = bleu.corpus_score(list(translations), streams)
    chrf_score = chrf.corpus_score(list(translations), streams)
    exact = sum(
        translation.strip() in (reference.strip() for reference in of_one)
        for translation, of_one in zip(translations, references, strict=True)
    )
    return Scores(
        bleu=bleu_score.score,
        chrf=chrf_score.score,
        exact_match=exact / len(translations),
        length_ratio=bleu_score.sys_len / max(1, bleu_score.ref_len),
        sentences=len(translations),
        signatures={
            "bleu": f"{bleu_score.name}|{bleu.get_signature()}",
            "chrf": f"{chrf_score.name}|{chrf.get_signature()}",
        },
    )


def sentence_chrf(translation: str, references: Sequence[str]) -> float:
    """chrF of one sentence, 0 to 100: what the best and the worst are told by."""
    return float(CHRF().sentence_score(translation, list(references)).score)


def _streams(references: Sequence[Sequence[str]]) -> list[Any]:
    """References by sentence -> by stream, as sacreBLEU wants them, gaps filled with None."""
    most = max(len(of_one) for of_one in references)
    return [[of_one[i] if i < len(of_one) else None for of_one in references] for i in range(most)]
