import math
import random
import time

import numpy as np
import pytest
from conftest import WORDS

from seqcli.bundle import open_bundle, translating_parts
from seqcli.config import SearchConfig
from seqcli.data.normalization import normalize
from seqcli.decoding.runtime import load_translator


@pytest.fixture(scope="module")
def make(copy_model):
    return lambda **settings: load_translator(open_bundle(copy_model), SearchConfig(**settings))


def test_alone_in_a_batch_in_another_order(make):
    draw = random.Random(1)
    texts = [" ".join(draw.choices(WORDS, k=draw.randint(1, 9))) for _ in range(40)]
    translator = make(batch_size=16)
    together = translator.translate(texts)
    backwards = translator.translate(texts[::-1])[::-1]
    for text, first, second in zip(texts, together, backwards, strict=True):
        (alone,) = make().translate([text])
        for other in (first, second):
            assert [t.text for t in other] == [t.text for t in alone]
            assert [t.log_probability for t in other] == pytest.approx(
                [t.log_probability for t in alone], abs=1e-5
            )


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_alone_in_any_batch_in_any_window_by_any_thread(copy_model, precision):
    draw = random.Random(2)
    texts = [" ".join(draw.choices(WORDS, k=draw.randint(1, 9))) for _ in range(60)]
    bundle = open_bundle(copy_model, translating_parts(precision))

    def found(window, batch_size, threads):
        translator = load_translator(bundle, SearchConfig(batch_size=batch_size), threads)
        windows = [texts[i : i + window] for i in range(0, len(texts), window)]
        best = [each[0] for lines in windows for each in translator.translate(lines)]
        return [each.text for each in best], [each.score for each in best]

    texts_alone, scores_alone = found(1, 1, 1)
    for window, batch_size, threads in ((60, 32, 1), (60, 5, 3), (13, 4, 2)):
        texts_together, scores_together = found(window, batch_size, threads)
        assert texts_together == texts_alone
        assert scores_together == pytest.approx(scores_alone, abs=1e-5)


class Slow:
    """A model that takes its time and counts the batches that it is asked to encode."""

    def __init__(self, model):
        self.model = model
        self.batches = []

    def encode(self, source, lengths):
        self.batches.append(len(lengths))
        time.sleep(0.01)
        return self.model.encode(source, lengths)

    def step(self, previous, memory, state):
        return self.model.step(previous, memory, state)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_interrupt_or_an_error_ends_all_workers(copy_model, error):
    config = SearchConfig(batch_size=1, exact=True)
    translator = load_translator(open_bundle(copy_model), config, 2)
    translator.model = slow = Slow(translator.model)

    def broken(count):
        if count:
            raise error("broken")

    with pytest.raises(error, match="broken"):
        translator.translate(["ba do"] * 60, advance=broken)
    # What is asked next comes after all that was begun or still waits.
    found = translator.translate(["ba"] * 3)
    assert [best[0].text for best in found] == ["BA"] * 3
    assert 4 <= len(slow.batches) < 30


def test_a_string_is_one_sentence_and_names_a_folder(copy_model):
    translator = load_translator(open_bundle(str(copy_model)), SearchConfig())
    found = translator.translate("ba do ki")
    assert len(found) == 1
    assert found[0][0].text == "BA DO KI"
    assert translator.translate("")[0][0].text == ""


def test_every_text_is_counted_once(make):
    counted: list[int] = []
    make(batch_size=2).translate(["ba", "", "do", " ", "ki"], advance=counted.append)
    assert sum(counted) == 5


def test_blank_texts_give_blank_translations_in_their_places(make):
    found = make().translate(["ba", "", "do", "  ", "\t"])
    assert [best[0].text for best in found] == ["BA", "", "DO", "", ""]


def test_attention_has_a_row_for_every_target_piece(make):
    ((found, *_),) = make().translate(["ba do ki"])
    assert found.attention.shape == (len(found.target_pieces), len(found.source_pieces))
    np.testing.assert_allclose(found.attention.sum(1), 1, atol=1e-5)
    assert found.source_pieces[-1] == found.target_pieces[-1] == "</s>"
    assert "".join(found.target_pieces[:-1]).replace("▁", " ").strip() == found.text


def test_people_may_type_as_they_like(make):
    translator = make()
    for typed in ("BA DO", "Ba do.", "ba  do!", "ｂａ ｄｏ"):
        assert translator.translate([typed])[0][0].text == "BA DO"


def test_a_long_sentence_is_cut_and_says_so(make):
    translator = make(max_source_pieces=3)
    ((found, *_), (short, *_)) = translator.translate(["ba do ki mu pe", "ba"])
    assert found.cut
    assert not short.cut


def test_text_that_nobody_has_seen_does_no_harm(make):
    odd = ["☃" * 50, "𝔅𝔞 𝔡𝔬", "\x00\x01", "שלום", "🏳️‍🌈", "\ue000\u2581", "ba ☃ do", "☃"]
    translator = make()
    alone = translator.translate(WORDS)
    mixed = [text for pair in zip(WORDS, odd, strict=True) for text in pair]
    found = translator.translate(mixed)
    assert [best[0].text for best in found[::2]] == [word.upper() for word in WORDS]
    assert [best[0].score for best in found[::2]] == pytest.approx(
        [best[0].score for best in alone], abs=1e-5
    )
    letters = set("".join(WORDS).upper() + " ")
    for text, (best, *_) in zip(mixed, found, strict=True):
        assert best.source == text
        assert math.isfinite(best.score)
        if best.is_foreign:
            assert best.text == normalize(text)
        elif best.target_pieces:
            assert set(best.text) <= letters
            np.testing.assert_allclose(best.attention.sum(axis=1), 1, atol=1e-5)
