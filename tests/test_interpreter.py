"""Simultaneous translation of text: in a batch, alone, and while it is written."""

from __future__ import annotations

import json
import os
import random
import re
import select
import subprocess
import sys
import time

import numpy as np
import pytest
from conftest import WORDS, copy_pairs, write_pairs
from javascript import Scripts

import seqcli as package
from seqcli.bundle import open_bundle
from seqcli.cli.keyboard import TypedLine
from seqcli.config import SearchConfig, TokenizerConfig
from seqcli.data.carryover import SYMBOLS
from seqcli.data.heard_words import MAX_OPEN_WORDS, WordByWordReader, heard_words
from seqcli.data.pairs import Pair
from seqcli.data.source_text import CarryingReader
from seqcli.data.tokenizer import END, build
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.data.words import split_words
from seqcli.decoding.delays import heard_translation, word_delays
from seqcli.decoding.heard_sentences import heard_sentences, sentence_end
from seqcli.decoding.interpreter import Interpreter
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.text_processor import TextProcessor
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError


@pytest.fixture(scope="module")
def bundle(simultaneous_model):
    return open_bundle(simultaneous_model)


@pytest.fixture(scope="module")
def translator_of(bundle):
    """The translator with a k."""
    made = load_translator(bundle, threads=1)
    return lambda wait, **settings: made.with_settings(SearchConfig(wait=wait, **settings))


class Copier:
    """A model that writes the pieces of its source, as far as it has heard them, and then the end.

    Where it has heard no more, but the source has not ended, it would end too.
    """

    def __init__(self, vocabulary: OutputVocabulary) -> None:
        self.vocabulary = vocabulary

    def encode(self, source, lengths):
        known = np.arange(source.shape[1]) < lengths[:, None]
        return (np.where(known, source, END),), (np.zeros(len(source), dtype=np.int64),)

    def hear(self, memory, heard):
        (source,) = memory
        return (np.where(np.arange(source.shape[1]) < heard[:, None], source, END),)

    def step(self, _, memory, state):
        (source,), (place,) = memory, state
        rows = np.arange(len(place)) // (len(place) // len(source))
        tokens = self.vocabulary.to_tokens(source[rows, place.clip(max=source.shape[1] - 1)])
        scores = np.full((len(place), len(self.vocabulary)), -20.0, dtype=np.float32)
        scores[np.arange(len(place)), tokens] = -0.01
        weights = np.zeros((len(place), source.shape[1]), dtype=np.float32)
        weights[np.arange(len(place)), place.clip(max=source.shape[1] - 1)] = 1
        return scores, weights, (place + 1,)


@pytest.fixture(scope="module")
def copier_of():
    """A translator with the `Copier`, symbols for what is carried over, and a k."""
    sentences = [" ".join(WORDS), "ba, do. ki! mu? pe", "我爱北京，我", "ba 我 do 北 ki 京。"]
    pairs = [Pair(f"{each} {SYMBOLS}", f"{each} {SYMBOLS}") for each in sentences] * 20
    tokenizer = build(pairs, TokenizerConfig())
    pieces = [tokenizer.encode_words(pair.source) for pair in pairs]
    vocabulary = OutputVocabulary.of([[*each, tokenizer.id_of("▁")] for each in pieces])
    words = WordList.of([Pair(each, each) for each in sentences * 20], "")
    reader = CarryingReader(",.!?，。", words, SYMBOLS, True, tokenizer.has)
    processor = TextProcessor(tokenizer, vocabulary, WordByWordReader(reader), 1000)
    return lambda wait: Translator(Copier(vocabulary), processor, 2.0, SearchConfig(wait=wait))


# Lines with what is carried over, marks, several sentences, unknown and unwritable signs.
ODD_LINES = [
    "ba do <b>ki mu</b> pe",
    "🌷 ba do 🌷 ki",
    "ba do. Ki mu pe. Ra so",
    "ba do! 3 ki mu. The ra. So pe",
    "我有狗。Tom 很好。他 is here",
    "ba do ki 🐶",
    "running {",
    "ba do <b>",
    "ba \u200b do \u00ad ki",
    "ba info@example.org do",
    "Zork ba do Zork Blim",
    "ba <a href='x y'>do</a> ki {a b} mu `x y` pe",
    "ba, do; ki (mu) 'pe' — ra",
    "Я тебя люблю",
    "ba 我爱 do 北京 ki",
    "ba do `ki mu pe",
    "♪",
    "ba\u00ad do\u200b ki\ufeff",
    "  ba   do ",
    "ba do! ki? Mu… pe",
    "<b> ba do",
    "",
]


def lines(count=200, seed=5):
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(1, 8))) for _ in range(count)]


def early(translation, words):
    """What of a translation had been written before more than so many words were heard."""
    triples = zip(
        translation.target_pieces, translation.heard, translation.log_probabilities, strict=True
    )
    return [(piece, heard, score) for piece, heard, score in triples if heard <= words]


def same(one, other):
    assert [each[:2] for each in one] == [each[:2] for each in other]
    np.testing.assert_allclose([e[2] for e in one], [e[2] for e in other], atol=1e-5)


@pytest.mark.parametrize("wait", list("12345678"))
def test_nothing_unheard_matters_in_a_batch_or_alone(translator_of, wait):
    """Of 200 sentences all words after a cut are others, and another number of them."""
    translator, draw = translator_of(wait), random.Random(1)
    sources, cuts = lines(), []
    for source in sources:
        words = source.split()
        cut = draw.randint(1, len(words))
        others = draw.choices([*WORDS, "Zork", "7", "🌷", "info@example.org"], k=draw.randint(1, 6))
        cuts.append((cut, " ".join([*words[:cut], *others])))
    whole = [best[0] for best in translator.translate(sources)]
    changed = [best[0] for best in translator.translate([line for _, line in cuts])]
    written = 0
    for source, (cut, line), one, other in zip(sources, cuts, whole, changed, strict=True):
        kept = min(cut, len(source.split()) - 1)  # with the last word the end is heard
        same(early(one, kept), early(other, kept))
        written += len(early(one, kept))
        ((alone,),) = translator.translate([line])
        same(early(alone, cut), early(other, cut))
    assert written > {1: 400, 2: 250, 3: 100}.get(int(wait), -1)


def test_a_line_is_copied_word_by_word(translator_of):
    ((found,),) = translator_of("2").translate(["ba do ki mu pe"])
    assert found.text == "BA DO KI MU PE"
    assert word_delays(found) == [2, 3, 4, 5, 5]
    assert found.to_dict()["heard"] == list(found.heard)
    ((whole,),) = translator_of("full").translate(["ba do ki mu pe"])
    assert (whole.text, whole.heard, word_delays(whole)) == (found.text, (), [])
    assert "heard" not in whole.to_dict()
    assert heard_translation(whole, ["BA DO"]) == ([5] * 5, 5, 2)


@pytest.mark.parametrize("share", ["1/2", "1/3", "1/1"])
def test_a_share_waits_for_as_many_words_as_it_says(translator_of, share):
    part, whole = map(int, share.split("/"))
    for line, (best, *_) in zip(lines(30), translator_of(share).translate(lines(30)), strict=True):
        assert best.heard[0] == max(1, -(-len(line.split()) * part // whole))


def grow(translator, line, cuts=None):
    """Hear a line up to each cut, by default after each of its words: what is written each time,
    and the translation."""
    interpreter = Interpreter(translator)
    if cuts is None:
        cuts = np.cumsum([len(word) for word in heard_words(line)]).tolist()[:-1]
    parts = [interpreter.hear(line[:cut]) for cut in cuts]
    last, translation = interpreter.end(line)
    assert "".join([*parts, last]) == interpreter.text
    return [*parts, last], translation


@pytest.mark.parametrize("wait", ["1", "3"])
@pytest.mark.parametrize("line", [*ODD_LINES, *lines(10)])
def test_what_is_heard_word_by_word_is_translated_as_in_a_batch(translator_of, wait, line):
    translator = translator_of(wait)
    parts, grown = grow(translator, line)
    ((whole,),) = translator.translate([line])
    assert "".join(parts) == whole.text == grown.text
    assert grown.heard == whole.heard
    assert (grown.missing, grown.unknown, grown.faults) == (
        whole.missing,
        whole.unknown,
        whole.faults,
    )


def test_words_are_written_as_soon_as_k_allows(translator_of):
    parts, _ = grow(translator_of("2"), "ba do ki mu pe")
    assert parts == ["", "BA", " DO", " KI", " MU PE"]
    parts, _ = grow(translator_of("1"), "ba do ki")
    assert parts == ["BA", " DO", " KI"]


@pytest.mark.parametrize("line", [*ODD_LINES, *lines(5)])
def test_text_that_comes_character_by_character_only_grows(translator_of, line):
    """A word that goes on after it was heard as a whole may be another word; nothing is lost."""
    parts, _ = grow(translator_of("1"), line, cuts=range(1, len(line)))
    assert not any("\ud800" <= character <= "\udfff" for part in parts for character in part)


@pytest.mark.parametrize("wait", ["1", "2", "4"])
@pytest.mark.parametrize(
    "line",
    [
        "ba info@example.org do Zork",
        "ba 7 do 4711. ki",
        "Zork Blim ba Zork",
        "ba {a b} `x y` do https://x.org/y",
        "ba 我爱北京 do",
        "我爱北京。我",
        "ba 🌷 do <b>ki</b> mu",
        "🌷 ba <b>do ki</b>",
        "ba <a href='x y'>do</a> ki",
        "ba do 🌷",
        "ba do. Ki mu pe",
        "♪",
    ],
)
def test_what_is_carried_over_comes_through_whatever_k(copier_of, wait, line):
    """A model that copies gives the line back, in a batch and word by word."""
    translator = copier_of(wait)
    parts, grown = grow(translator, line)
    ((found,),) = translator.translate([line])
    assert "".join(parts) == found.text == grown.text
    assert found.text.lower() == line.lower()
    assert found.missing == ()
    visible = len(heard_words(line))
    assert all(heard <= visible for heard in found.heard)
    for copy in found.copies:
        before = line[: line.index(copy.text)]
        assert found.heard[copy.target_piece] > len(heard_words(before))


def test_marks_are_written_with_the_word_after_them(copier_of):
    parts, _ = grow(copier_of("1"), "ba 🌷 do <b>ki</b> mu")
    assert parts == ["ba", "", " 🌷 do", " <b>ki", "</b> mu"]


def test_what_the_model_does_not_read_is_no_word_to_wait_for(copier_of):
    ((found,),) = copier_of("2").translate(["ba 🌷 🌷 do ki"])
    assert word_delays(found) == [4, 4, 4, 5, 5]  # the emoji are words of the text


def test_a_sentence_ends_when_the_first_word_after_it_is_heard(translator_of):
    line = "ba do. Ki mu pe"
    assert heard_sentences(line) == [("ba do. ", True), ("Ki mu pe", False)]
    assert heard_sentences(line, split=False) == [(line, False)]
    for end in range(len(line)):
        assert sentence_end(line[:end], 0) == (7 if end >= 8 else 0)
    assert sentence_end(line, 9) == 0  # that word has been used
    ((found,),) = translator_of("5").translate([line])
    assert found.heard[0] == 3  # the word that shows that the sentence has ended
    assert found.heard[-1] == 5
    assert len(found.sentences) == 2


@pytest.mark.parametrize(
    "line",
    [
        'He said "Go. Now." Then he went.',
        "Dr. No came. He left.",
        "ba! Do (ki. Mu) pe. Ra",
        "Two dogs run! 3 men sit. The woman sleeps.",
        "A dog runs. 12 men sit. He... left? $5 men. So",
        "我有狗。Tom 很好。他 is here。我",
        "A dog runs。Tom sits. The man",
    ],
)
def test_where_a_sentence_ends_does_not_depend_on_what_is_heard_later(line):
    words = heard_words(line)
    assert "".join(each.text for each in heard_sentences(line)) == line
    for count in range(1, len(words) + 1):
        beginning = "".join(words[:count])
        whole = [each.text for each in heard_sentences(line) if each.followed]
        known = [each.text for each in heard_sentences(beginning) if each.followed]
        assert known == whole[: len(known)]


@pytest.mark.parametrize(
    ("text", "words", "open_words"),
    [
        ("ba do", ["ba", " do"], ["ba", " do"]),
        ("ba <a href='x y'>do ki", ["ba", " <a href='x y'>do", " ki"], None),
        ("ba <a href", ["ba", " <a href"], ["ba"]),
        ("a < b", ["a", " <", " b"], None),
        ("{a, plural, one {b} c} d", ["{a, plural, one {b} c}", " d"], None),
        ("a `b c` d `e", ["a", " `b c`", " d", " `e"], ["a", " `b c`", " d"]),
        ("我爱 <b>北京", ["我", "爱", " <b>", "北", "京"], None),
        ("", [], None),
        ("  ", [], None),
    ],
)
def test_an_item_of_several_words_is_heard_as_one(text, words, open_words):
    assert heard_words(text) == words
    assert heard_words(text, ended=False) == (words if open_words is None else open_words)


def test_an_item_that_does_not_end_is_heard_after_a_while():
    text = "a {" + " b" * 100
    assert len(heard_words(text, ended=False)) > 60
    longest = max(heard_words(text, ended=False), key=len)
    assert len(split_words(longest)) == MAX_OPEN_WORDS + 1


@pytest.mark.parametrize("settings", [{"max_length": 2}, {"max_source_pieces": 3}])
@pytest.mark.parametrize("line", ["ba do ki mu pe", "ba do. Ki mu pe. Ra so", "Zork ba do ki mu"])
def test_limits_hold_in_a_line_that_grows(translator_of, settings, line):
    translator = translator_of("1", **settings)
    parts, grown = grow(translator, line)
    ((whole,),) = translator.translate([line])
    assert "".join(parts) == whole.text == grown.text
    assert (grown.heard, grown.cut, grown.stopped_by) == (whole.heard, whole.cut, whole.stopped_by)


def test_a_line_of_many_sentences_is_split_in_little_time(translator_of):
    started = time.monotonic()
    assert len(heard_sentences("Ba do. " * 3000)) == 3000
    assert len(heard_sentences("< . " * 3000)) >= 1
    assert time.monotonic() - started < 10
    ((found,),) = translator_of("3", max_source_pieces=20).translate(["Ba do. " * 300])
    assert found.cut
    assert len(found.sentences) < 30


def test_a_share_needs_a_whole_line(translator_of):
    for wait in ("1/2", "full"):
        with pytest.raises(UserError, match="name a number of words, such as --wait 3"):
            Interpreter(translator_of(wait))


def test_a_model_that_reads_both_ways_cannot_wait(copy_model, simultaneous_model):
    with pytest.raises(UserError, match="it was not trained with --simultaneous: leave out --wait"):
        load_translator(open_bundle(copy_model), SearchConfig(wait="3"))
    with pytest.raises(UserError, match="only one of them was trained with --simultaneous"):
        load_translator([open_bundle(copy_model), open_bundle(simultaneous_model)])


def test_several_folders_translate_together_before_the_end(bundle):
    alone = load_translator(bundle, SearchConfig(wait="2"))
    both = load_translator([bundle, bundle], SearchConfig(wait="2"))
    for one, other in zip(alone.translate(lines(9)), both.translate(lines(9)), strict=True):
        assert (one[0].text, one[0].heard) == (other[0].text, other[0].heard)


def test_python_hears_a_line_word_by_word(simultaneous_model):
    interpreter = package.load(simultaneous_model, wait="2").interpreter()
    assert interpreter.hear("ba do ki ") == "BA DO"
    rest, translation = interpreter.end("ba do ki mu")
    assert (rest, translation.text) == (" KI MU", "BA DO KI MU")
    with pytest.raises(UserError, match="--wait 3"):
        package.load(simultaneous_model).interpreter()


class TestCommands:
    """`translate`, `eval` and `inspect` with --wait."""

    def test_lines_are_translated_with_a_k(self, seqcli, simultaneous_model):
        arguments = "translate", "-m", simultaneous_model, "--wait", "2"
        assert seqcli(*arguments, "ba", "do", "ki").out == "BA DO KI\n"
        found = seqcli(*arguments, "--format", "json", stdin=b"ba do ki\n\nmu\n")
        rows = [json.loads(line) for line in found.out.splitlines()]
        assert [row["translation"] for row in rows] == ["BA DO KI", "", "MU"]
        assert rows[0]["heard"] == sorted(rows[0]["heard"])

    def test_wrong_combinations_are_refused_in_one_line(
        self, seqcli, simultaneous_model, copy_model
    ):
        def refusal(*arguments):
            result = seqcli("translate", "-m", simultaneous_model, *arguments, stdin=b"", code=2)
            assert result.out == ""
            assert result.err.count("\n") == 1
            return result.err

        assert "such as --wait 3" in refusal("--stream")
        assert "such as --wait 3" in refusal("--stream", "--wait", "1/2")
        assert "leave out the text and --input" in refusal("--stream", "--wait", "3", "ba")
        wrong = refusal("--stream", "--wait", "3", "--format", "json", "--nbest", "2")
        assert "leave out --format and --nbest" in wrong
        assert "wait is a number of words" in refusal("--wait", "0")
        assert "leave out --wait" in refusal("--wait", "3", "--sample")
        both_ways = seqcli("translate", "-m", copy_model, "--wait", "3", "ba", code=2)
        assert "leave out --wait" in both_ways.err
        no_attention = "train", "--simultaneous", "--attention", "none"
        assert "--simultaneous needs attention" in seqcli(*no_attention, code=2).err

    def test_each_k_is_scored(self, seqcli, simultaneous_model, tmp_path):
        test = write_pairs(tmp_path / "test.tsv", copy_pairs(40, seed=9, longest=8))
        page = tmp_path / "lag.html"
        arguments = "eval", "-m", simultaneous_model, test, "--wait", "1,3,1/2,full"
        found = seqcli(*arguments, "--html", page, COLUMNS="80")
        rows = [line.split() for line in found.out.splitlines()[1:5]]
        assert [row[0] for row in rows] == ["1", "3", "1/2", "full"]
        assert max(map(len, found.out.splitlines()[:30])) <= 80
        assert "●full" in found.out
        for text in ("Quality against lag", "wait until the end", "<svg"):
            assert text in page.read_text(encoding="utf-8")
        scored = [
            json.loads(line)
            for line in seqcli(*arguments, "--format", "json").out.split("\n")
            if line
        ]
        lags = [row["average_lagging"] for row in scored]
        assert lags[0] < lags[1] < lags[3]
        sources = {line.split("\t")[0] for line in test.read_text().splitlines()}
        words = [len(source.split()) for source in sources]
        assert lags[3] == pytest.approx(sum(words) / len(words), abs=1e-6)
        assert scored[3]["average_proportion"] == 1.0
        assert all(row["laal"] <= row["average_lagging"] + 9 for row in scored)
        strange = write_pairs(tmp_path / "strange.tsv", ["ba do\t", "Zork Blim\tx", "ba\tBA"])
        told = seqcli("eval", "-m", simultaneous_model, strange, "--wait", "1,full").err
        assert "1 of 3 pairs has an empty target" in told
        assert "1 of 3 translations with --wait full (line 2): no word that the model knows" in told
        refused = seqcli("eval", "-m", simultaneous_model, test, "--html", page, code=2)
        assert "--html is for the plot of --wait" in refused.err

    def test_the_staircase_is_drawn(self, seqcli, simultaneous_model, tmp_path):
        arguments = "inspect", "-m", simultaneous_model, "--wait", "2", "ba do ki mu pe"
        found = seqcli(*arguments, "--show", "attention", COLUMNS="80").out
        assert "not heard yet when the piece was written" in found
        rows = [line.split() for line in found.splitlines() if line.strip()[:1] == "▁"][1:]
        dots = [sum(set(cell) == {"·"} for cell in row) for row in rows]
        assert dots == sorted(dots)
        assert dots[0] == 0
        assert dots[-1] > 0
        page = tmp_path / "page.html"
        seqcli(*arguments, "--html", page)
        data = re.search(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"))
        assert data is not None
        scripts = Scripts("views/panels/attention.js")
        weights = scripts.call("heardWeights", json.loads(data[1])["inspection"])
        assert sum(row.count(None) for row in weights) == sum(dots) + dots[-1]
        whole = seqcli("inspect", "-m", simultaneous_model, "ba do ki mu pe").out
        assert "not heard" not in whole

    def test_unheard_words_have_no_influence(self, simultaneous_model):
        from seqcli.decoding.inspection import inspect

        translator = load_translator(open_bundle(simultaneous_model), SearchConfig(wait="1"))
        found = inspect(translator, "ba do ki mu")
        influence = found.influence  # at the start, and after each step
        for number, heard in enumerate([found.translation.heard[0], *found.translation.heard]):
            assert (influence[number, heard:] == 0).all()
            assert (influence[number, : min(heard, 1)] > 0).all()
        for step, heard in zip(found.steps, found.translation.heard, strict=True):
            assert step.weights is not None
            assert step.weights[step.heard :].sum() == 0
            assert step.heard >= heard
        probability = np.prod([step.probability for step in found.steps])
        assert np.log(probability) == pytest.approx(found.translation.log_probability, abs=1e-4)


def test_a_stream_is_answered_word_by_word(simultaneous_model):
    """Each word is sent when the one before it has been answered."""
    program = [sys.executable, "-m", "seqcli", "translate", "-m", str(simultaneous_model)]
    program += ["--wait", "2", "--stream"]
    answers, seconds = [], []
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for part in (b"ba do ", b"ki", b" mu ", b"pe\n", b"so ba", b" ki\n"):
            child.stdin.write(part)
            child.stdin.flush()
            started = time.monotonic()
            is_answered = select.select([child.stdout], [], [], 30)[0]
            answers.append(os.read(child.stdout.fileno(), 100).decode() if is_answered else "")
            seconds.append(time.monotonic() - started)
        rest, _ = child.communicate()
    assert answers == ["BA", " DO", " KI", " MU PE\n", "SO", " BA KI\n"]
    assert rest == b""
    assert sorted(seconds[1:])[2] < 0.05  # the median; the first waits for the start


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"ba do", "BA DO\n"),
        (b"ba do\r\n\nki\n", "BA DO\n\nKI\n"),
    ],
)
def test_a_stream_has_the_lines_of_its_source(seqcli, simultaneous_model, content, text):
    arguments = "translate", "-m", simultaneous_model, "--wait", "2", "--stream"
    assert seqcli(*arguments, stdin=content).out == text


def test_a_bad_line_of_a_stream_ends_it_after_the_lines_before(seqcli, simultaneous_model):
    arguments = "translate", "-m", simultaneous_model, "--wait", "2", "--stream"
    result = seqcli(*arguments, stdin=b"ba do\nki \xff\n", code=2)
    assert result.out.startswith("BA DO\n")
    assert "line 2" in result.err


def type_all(text):
    line = TypedLine()
    for character in text:
        line.type(character)
    return line


@pytest.mark.parametrize(
    ("typed", "heard", "unfinished"),
    [
        ("i lo", "i ", "lo"),
        ("i love ", "i love ", ""),
        ("i lo\x7f\x7fam", "i ", "am"),
        ("i \x7f\x7f\x7f", "i ", ""),  # what was heard stays
        ("i lov\x15", "i ", ""),
        ("我爱", "我爱", ""),
        ("我爱\x7f", "我爱", ""),
        ("a\tb", "a ", "b"),
        ("a\x01\x1bb", "", "ab"),
    ],
)
def test_a_line_that_is_typed_is_heard_by_whole_words(typed, heard, unfinished):
    line = type_all(typed)
    assert (line.heard, line.unfinished, line.text) == (heard, unfinished, heard + unfinished)


@pytest.mark.parametrize("columns", [80, 40])
def test_the_translation_grows_while_one_types(simultaneous_model, tmp_path, columns):
    from test_cli import in_terminal

    arguments = ["translate", "-m", str(simultaneous_model), "--wait", "2"]
    typed = "ba \x1b[Ddo kx\x7fi mu\nso\x04\x04"
    shown = in_terminal(arguments, tmp_path, typed, COLUMNS=str(columns))
    assert "BA DO KI MU" in shown
    assert "SO" in shown
    assert shown.index("BA") < shown.index("ki mu")  # before the line has ended
    assert "\x1b[D" not in shown
