import importlib.util
import math
import unicodedata
from collections import Counter
from functools import reduce
from operator import or_
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli import evaluation
from seqcli.data.pairs import Pair
from seqcli.decoding.assessment import about_empty_sides, assess
from seqcli.decoding.translation import Translation
from seqcli.errors import UserError

WORDS = ["die", "Katze", "größer", "Ångström", "naïve", "Việt", "läuft", "x", "."]
SENTENCES = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=4, max_size=9).map(" ".join), min_size=1, max_size=8
)


@given(SENTENCES)
def test_a_perfect_score_is_exactly_100(sentences):
    for text in (sentences, [f"我爱{text}北京" for text in sentences]):
        found = evaluation.score(text, [[each] for each in text])
        assert (found.bleu, found.chrf, found.exact_match) == (100.0, 100.0, 1.0)
        assert evaluation.sentence_chrf(text[0], [text[0]]) == 100.0


@given(SENTENCES, st.randoms(use_true_random=False))
def test_unicode_composition_makes_no_difference(sentences, draw):
    others = draw.sample(sentences, len(sentences))
    plain = evaluation.score(others, [[text] for text in sentences])
    forms: list[tuple[Literal["NFC", "NFD"], Literal["NFC", "NFD"]]]
    forms = [("NFD", "NFC"), ("NFC", "NFD"), ("NFD", "NFD")]
    for mine, theirs in forms:
        translations = [unicodedata.normalize(mine, text) for text in others]
        references = [[unicodedata.normalize(theirs, text)] for text in sentences]
        assert evaluation.score(translations, references) == plain
        assert evaluation.sentence_chrf(translations[0], references[0]) == pytest.approx(
            evaluation.sentence_chrf(others[0], [sentences[0]])
        )


def test_an_empty_reference_is_a_reference():
    long = "the cat sat on the mat"
    right = evaluation.score(["", long], [[""], [long]])
    assert (right.bleu, right.exact_match) == (100.0, 1.0)
    wrong = evaluation.score(["the dog", long], [[""], [long]])
    assert wrong.bleu is not None and wrong.bleu < 100
    assert wrong.exact_match == 0.5
    assert evaluation.score(["", long], [["", long], [long]]).exact_match == 1.0
    assert evaluation.sentence_chrf("", [""]) == 100
    assert evaluation.sentence_chrf("dog", [""]) == 0


def test_no_bleu_where_most_references_are_too_short_for_it():
    labels = ["praise", "complaint", "praise", "not a complaint at all"]
    found = evaluation.score(labels, [[label] for label in labels])
    assert found.bleu is None
    assert set(found.signatures) == {"chrf"}
    assert found.exact_match == 1.0
    # There are enough characters, and enough words in the references that are not empty.
    assert evaluation.score(labels, [[label] for label in labels], "char").bleu == 100
    long = ["a b c d e", "", "", ""]
    assert evaluation.score(long, [[text] for text in long]).bleu == 100
    assert evaluation.score(["", "x"], [[""], [""]]).bleu is None


def test_a_single_score_equals_that_of_all_scores():
    translations = ["the cat sat on a mat", "a dog runs in the garden"]
    references = [["the cat sat on the mat"], ["the dog runs in the garden"]]
    every = evaluation.score(translations, references)
    bleu = evaluation.corpus_score("bleu", translations, references, "13a")
    assert bleu == every.bleu
    assert bleu < 100
    assert evaluation.corpus_score("chrf", translations, references, "13a") == every.chrf < 100


class Dictionary:
    """A translator that knows some sentences and translates others as nothing."""

    def __init__(self, known):
        self.known = known

    def translate(self, texts):
        return [
            [Translation(text, self.known.get(text, ""), 0.0, 0.0, (), (), None, "eos")]
            for text in texts
        ]


def test_pairs_with_one_empty_side_are_scored_and_reported():
    known: Any = Dictionary({"eins": "one is a number", "zwei": "two"})
    pairs = [
        Pair("eins", "one is a number"),
        Pair("zwei", ""),
        Pair("drei", ""),
        Pair("", "four"),
        Pair("", ""),
    ]
    found = assess(known, pairs)
    assert found.scores.sentences == 4
    assert found.scores.exact_match == 2 / 4  # "drei" is rightly nothing
    assert {each.source for each in found.ranked if each.exact} == {"eins", "drei"}
    assert assess(known, pairs * 2).scores == found.scores
    told = about_empty_sides(pairs)
    assert "2 of 4 pairs have an empty target and 1 of 4 pairs has an empty source" in told
    assert about_empty_sides(pairs[:1]) == ""
    with pytest.raises(UserError, match="no pairs"):
        assess(known, [Pair("", "")])


def test_scores_of_a_perfect_and_of_a_wrong_translation():
    perfect = evaluation.score(["the cat sat on the mat"], [["the cat sat on the mat"]])
    assert perfect.bleu == 100.0
    assert perfect.exact_match == 1.0
    wrong = evaluation.score(["zzz"], [["the cat sat on the mat"]])
    assert wrong.bleu == 0
    assert wrong.exact_match == 0.0


def ngrams(text, n):
    words = text.split()
    return Counter(zip(*(words[i:] for i in range(n)), strict=False))


def bleu_of_the_paper(translations, references):
    """BLEU and the length ratio by Papineni et al. 2002, section 2.3: the count of an n-gram is
    clipped to its largest count in a reference; lengths are compared with the closest reference."""
    precisions = []
    for n in (1, 2, 3, 4):
        clipped = total = 0
        for translation, texts in zip(translations, references, strict=True):
            largest = reduce(or_, (ngrams(text, n) for text in texts))
            counts = ngrams(translation, n)
            clipped += (counts & largest).total()
            total += counts.total()
        precisions.append(clipped / total)
    length = sum(len(translation.split()) for translation in translations)
    closest = sum(
        min((abs(len(text.split()) - len(t.split())), len(text.split())) for text in texts)[1]
        for t, texts in zip(translations, references, strict=True)
    )
    brevity = min(1.0, math.exp(1 - closest / length))
    return 100 * brevity * math.prod(precisions) ** 0.25, length / closest


@pytest.mark.parametrize(
    ("translations", "references"),
    [
        # Seven times "the", of which two count: the example of section 2.1.1, made longer.
        (
            ["the the the the the cat is on the mat"],
            [["the cat is on the mat", "there is a cat on the mat"]],
        ),
        (  # too short; uneven numbers of references
            ["the cat is on the", "a dog is here and there is a cat"],
            [
                ["the cat is on the mat", "there is a cat on the mat"],
                ["a dog is here now and there is a cat", "here is a dog", "a dog a dog a dog"],
            ],
        ),
        (["a b c d e f", "a b c"], [["a b c d x f"], ["c b a"]]),
        (["a a b a a b a a b"], [["a a b a", "b a a b a x y"]]),
    ],
)
def test_bleu_has_clipped_counts_and_the_brevity_of_the_paper(translations, references):
    found = evaluation.score(translations, references, "none")
    assert (found.bleu, found.length_ratio) == pytest.approx(
        bleu_of_the_paper(translations, references)
    )


@pytest.mark.parametrize(
    ("text", "tokenizer"),
    [
        ("Ein Hund läuft.", "13a"),
        ("我爱北京天安门", "zh"),
        ("我爱 DVD 和 MP3", "zh"),
        ("私は北京が好きです", "char"),
        ("東京都知事選挙の結果", "char"),  # one kana among nine Han
        ("我爱北京天安门和长城の", "zh"),  # one among eleven: a stray
        ("나는 베이징을 사랑해요", "char"),
        ("ฉันรักปักกิ่ง", "char"),
        ("123 !?", "13a"),
    ],
)
def test_the_tokenizer_follows_the_script(text, tokenizer):
    assert evaluation.bleu_tokenizer([text]) == tokenizer


def test_the_tokenizer_can_be_chosen_and_is_in_the_signature():
    found = evaluation.score(["我爱北京"], [["我爱北京"]], "char")
    assert "tok:char" in found.signatures["bleu"]
    assert "chrF2" in found.signatures["chrf"]
    assert "tok:zh" in evaluation.score(["我爱北京"], [["我爱北京"]]).signatures["bleu"]


def test_a_tokenizer_of_sacrebleu_is_checked_by_name():
    for name in ("13a", "zh", "char", "none"):
        evaluation.check_tokenizer(name)
    with pytest.raises(UserError, match=r"bleu-tokenizer is one of .*zh.*, not 'chinese'$"):
        evaluation.check_tokenizer("chinese")
    if not importlib.util.find_spec("MeCab"):
        with pytest.raises(UserError, match="the tokenizer ja-mecab needs more than is installed"):
            evaluation.check_tokenizer("ja-mecab")


def test_each_translation_needs_references():
    with pytest.raises(ValueError, match="zip"):
        evaluation.exact_match(["a", "b"], [["a"]])
    found = evaluation.sentence_chrf("a small cat", ["a small dog"])
    assert 0 < found < 100
    assert found == round(found, 10) != round(found)


def test_tokenized_text_is_scored_without_a_warning(caplog):
    sentences = ["a cat sat on the mat ."] * 200
    evaluation.score(sentences, [[each] for each in sentences])
    assert not caplog.records


@pytest.mark.parametrize(
    ("translation", "reference", "ratio"),
    [("a", "b", 1.0), ("a b c", "b", 3.0), ("", "b", 0.0), ("a b", "", 2.0)],
)
def test_the_length_ratio_of_few_words_and_of_none(translation, reference, ratio):
    assert evaluation.score([translation], [[reference]]).length_ratio == ratio


def test_any_of_several_references_may_match():
    found = evaluation.score(
        ["a b c d e", "v w x y z"], [["q", "a b c d e", "r s t u v"], ["v w x y z"]], "none"
    )
    assert found.exact_match == 1.0
    assert found.bleu == pytest.approx(100)
