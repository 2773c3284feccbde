import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli import evaluation
from seqcli.data.corpus import Pair
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
def test_how_a_letter_is_composed_makes_no_difference(sentences, draw):
    others = draw.sample(sentences, len(sentences))
    plain = evaluation.score(others, [[text] for text in sentences])
    for mine, theirs in (("NFD", "NFC"), ("NFC", "NFD"), ("NFD", "NFD")):
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
    assert wrong.bleu < 100 and wrong.exact_match == 0.5
    assert evaluation.score(["", long], [["", long], [long]]).exact_match == 1.0
    assert evaluation.sentence_chrf("", [""]) == 100
    assert evaluation.sentence_chrf("dog", [""]) == 0


def test_no_bleu_where_most_references_are_too_short_for_it():
    labels = ["praise", "complaint", "praise", "not a complaint at all"]
    found = evaluation.score(labels, [[label] for label in labels])
    assert found.bleu is None
    assert set(found.signatures) == {"chrf"}
    assert found.exact_match == 1.0
    # Characters are many enough, and so are words beside empty references.
    assert evaluation.score(labels, [[label] for label in labels], "char").bleu == 100
    long = ["a b c d e", "", "", ""]
    assert evaluation.score(long, [[text] for text in long]).bleu == 100
    assert evaluation.score(["", "x"], [[""], [""]]).bleu is None


def test_one_score_alone_is_that_of_all():
    translations = ["the cat sat on a mat", "a dog runs in the garden"]
    references = [["the cat sat on the mat"], ["the dog runs in the garden"]]
    every = evaluation.score(translations, references)
    assert evaluation.corpus_score("bleu", translations, references, "13a") == every.bleu < 100
    assert evaluation.corpus_score("chrf", translations, references, "13a") == every.chrf < 100


class Dictionary:
    """A translator that knows some sentences by heart, and says nothing to others."""

    def __init__(self, known):
        self.known = known

    def translate(self, texts):
        return [
            [Translation(text, self.known.get(text, ""), 0.0, 0.0, (), (), None, "eos")]
            for text in texts
        ]


def test_pairs_with_one_empty_side_are_scored_and_told():
    known = Dictionary({"eins": "one is a number", "zwei": "two"})
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
    told = about_empty_sides(pairs)
    assert "of 4 pairs, 2 an empty target and 1 an empty source" in told
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


def test_clipped_counts_as_papineni_has_them():
    """Papineni et al. 2002, section 2.1.1: seven times "the" has a unigram precision of 2/7."""
    from sacrebleu.metrics.bleu import BLEU

    candidate = "the the the the the the the"
    references = ["the cat is on the mat", "there is a cat on the mat"]
    found = BLEU(effective_order=True).sentence_score(candidate, references)
    assert found.counts[0] / found.totals[0] == pytest.approx(2 / 7)
    assert evaluation.score([candidate], [references]).length_ratio == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "tokenizer"),
    [
        ("Ein Hund läuft.", "13a"),
        ("我爱北京天安门", "zh"),
        ("我爱 DVD 和 MP3", "zh"),
        ("私は北京が好きです", "char"),
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


def test_any_of_several_references_will_do():
    found = evaluation.score(
        ["a b c d e", "v w x y z"], [["q", "a b c d e", "r s t u v"], ["v w x y z"]], "none"
    )
    assert found.exact_match == 1.0
    assert found.bleu == pytest.approx(100)
