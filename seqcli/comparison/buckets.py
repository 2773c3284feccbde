"""Scores of sentences by their length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from seqcli import evaluation
from seqcli.comparison.findings import Bucket
from seqcli.data.words import split_words
from seqcli.decoding.assessment import Assessed

# The words of a bucket: 1 to 5, 6 to 10, …; buckets of fewer sentences than MIN_SENTENCES are
# joined.
BUCKET_SIZE, MIN_SENTENCES = 5, 20


def scores_by_length(assessed: Sequence[Assessed]) -> tuple[Bucket, ...]:
    """Scores of sentences with 1 to 5 source words, 6 to 10, and so on. A bucket of few sentences
    is joined with the one before it; the first bucket, with the one after it."""
    by_number: defaultdict[int, list[Assessed]] = defaultdict(list)
    for sentence in assessed:
        by_number[max(0, _length(sentence) - 1) // BUCKET_SIZE].append(sentence)
    joined: list[tuple[int, int, list[Assessed]]] = []
    for number, sentences in sorted(by_number.items()):
        first, before = BUCKET_SIZE * number + 1, list[Assessed]()
        if joined and min(len(sentences), len(joined[-1][2])) < MIN_SENTENCES:
            first, _, before = joined.pop()
        joined.append((first, BUCKET_SIZE * (number + 1), before + sentences))
    tokenizer = evaluation.bleu_tokenizer(text for each in assessed for text in each.references)
    return tuple(_bucket(first, last, sentences, tokenizer) for first, last, sentences in joined)


def _bucket(first: int, last: int, sentences: Sequence[Assessed], tokenizer: str) -> Bucket:
    references = [sentence.references for sentence in sentences]
    translations = [sentence.translation for sentence in sentences]
    return Bucket(
        shortest=first,
        longest=last,
        mean=sum(map(_length, sentences)) / len(sentences),
        sentences=len(sentences),
        bleu=evaluation.corpus_score("bleu", translations, references, tokenizer),
        exact_match=evaluation.exact_match(translations, references),
    )


def _length(sentence: Assessed) -> int:
    return len(split_words(sentence.source))
