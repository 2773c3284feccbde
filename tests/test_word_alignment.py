"""Word alignment, against IBM Model 1 in plain Python, and where the links are obvious."""

import random
from collections import defaultdict

import pytest

from seqcli.data.ibm_model1 import ITERATIONS, TranslationTable
from seqcli.data.word_alignment import MAX_WORDS, WordAligner


def slow_lexicon(causes, written):
    """t(written word | cause), by the definition of Model 1: Brown et al. 1993, section 4.1."""
    pairs = [([0, *a], b) for a, b in zip(causes, written, strict=True) if a and b]
    table = {(cause, word): 1.0 for a, b in pairs for cause in a for word in b}
    for _ in range(ITERATIONS):
        counts: defaultdict[tuple[int, int], float] = defaultdict(float)
        totals: defaultdict[int, float] = defaultdict(float)
        for a, b in pairs:
            for word in b:
                norm = sum(table[cause, word] for cause in a)
                for cause in a:
                    counts[cause, word] += table[cause, word] / norm
                    totals[cause] += table[cause, word] / norm
        table = {key: counts[key] / totals[key[0]] for key in table}
    return table


def slow_posteriors(table, causes, written):
    rows = []
    for word in written:
        values = [table.get((cause, word), 0.0) for cause in [0, *causes]]
        rows.append([value / (sum(values) or 1.0) for value in values][1:])
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_the_probabilities_are_those_of_model_1(seed):
    draw = random.Random(seed)

    def sentences(words):
        return [[draw.randint(1, words) for _ in range(draw.randint(0, 6))] for _ in range(30)]

    causes, written = sentences(9), sentences(12)
    lexicon, table = TranslationTable.of(causes, written), slow_lexicon(causes, written)
    unseen = [([1, -1, 99], [2, -1, 500]), ([1], [3, 3]), ([2, 2], [1])]
    for a, b in [*zip(causes, written, strict=True), *unseen]:
        if a and b:
            expected = slow_posteriors(table, a, b)
            for row, values in zip(lexicon.posteriors(a, b).tolist(), expected, strict=True):
                assert row == pytest.approx(values, abs=1e-9)


NOUNS = ["dog", "cat", "man", "bird", "tree", "boat"]
VERBS = ["runs", "sleeps", "falls", "waits"]
ARTICLES = ["the", "a", "no"]  # (a word of all sentences would be the empty word's equal)
ENGLISH = [*NOUNS, *VERBS, *ARTICLES]
GERMAN_WORDS = "Hund Katze Mann Vogel Baum Boot rennt schläft fällt wartet das ein kein"
CHINESE_WORDS = "狗 小猫 男人 鸟 大树 船 跑 睡觉 掉下来 等 这 一 没有"
GERMAN = dict(zip(ENGLISH, GERMAN_WORDS.split(" "), strict=True))
CHINESE = dict(zip(ENGLISH, CHINESE_WORDS.split(" "), strict=True))


def corpus(words, joint):
    sources = [f"{a} {noun} {verb}." for noun in NOUNS for verb in VERBS for a in ARTICLES]
    targets = [joint.join(words[word] for word in s.strip(".").split()) for s in sources]
    return sources, targets


@pytest.mark.parametrize(("words", "joint"), [(GERMAN, " "), (CHINESE, "")])
def test_obvious_links_are_found(words, joint):
    sources, targets = corpus(words, joint)
    aligner = WordAligner(sources, targets)
    for source, target in zip(sources, targets, strict=True):
        spans = aligner.align(source, target)
        links = {source[slice(*span.source)]: target[slice(*span.target)] for span in spans}
        assert links == {word: words[word] for word in source.strip(".").split()}
        assert [span.source for span in spans] == sorted(span.source for span in spans)
        counts = [span.frequency for span in spans]  # of an article, a noun, and a verb
        assert counts == [len(NOUNS) * 4, 4 * 3, len(NOUNS) * 3]


def test_links_follow_a_word_that_moved():
    aligner = WordAligner(*corpus(GERMAN, " "))
    source, target = "The dog waits", "wartet Hund das"
    spans = aligner.align(source, target)
    assert [target[slice(*span.target)] for span in spans] == ["das", "Hund", "wartet"]


def test_unseen_words_have_no_link():
    aligner = WordAligner(*corpus(GERMAN, " "))
    source, target = "The zebra runs", "das Zebra rennt"
    spans = aligner.align(source, target)
    assert [source[slice(*span.source)] for span in spans] == ["The", "runs"]
    assert aligner.align("zebra", "Zebra") == []
    assert aligner.align("dog", "Zebra") == aligner.align("zebra", "Hund") == []


def test_a_word_that_two_words_translate_has_no_link():
    words = GERMAN | {"cat": "kleine Katze"}
    aligner = WordAligner(*corpus(words, " "))
    spans = aligner.align("The cat runs.", "das kleine Katze rennt")
    assert [span.source for span in spans] == [(0, 3), (8, 12)]


def test_empty_and_very_long_sentences():
    sources, targets = corpus(GERMAN, " ")
    long = " ".join(["dog"] * (MAX_WORDS + 1))
    aligner = WordAligner([*sources, "", "...", long, "dog"], [*targets, "Hund", "", "Hund", "..."])
    assert aligner.align("", "Hund") == aligner.align("dog", "") == aligner.align("", "") == []
    assert aligner.align(long, "Hund") == aligner.align("dog", long) == []
    (span,) = aligner.align("dog", "Hund")
    assert (span.source, span.target) == ((0, 3), (0, 4))
    for empty in (WordAligner([], []), WordAligner([""], [""]), WordAligner([long], [long])):
        assert empty.align("dog", "Hund") == []
