import pytest

from seqcli import evaluation


def test_scores_of_a_perfect_and_of_a_wrong_translation():
    perfect = evaluation.score(["the cat sat on the mat"], [["the cat sat on the mat"]])
    assert perfect.bleu == pytest.approx(100)
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
        ["a b c d e", "v w x y z"], [["q", "a b c d e", "r"], ["v w x y z"]], "none"
    )
    assert found.exact_match == 1.0
    assert found.bleu == pytest.approx(100)
