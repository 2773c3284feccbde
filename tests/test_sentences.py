"""Several sentences in a line: where they end, and how their translations are joined."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig
from seqcli.decoding.alignment import word_links
from seqcli.decoding.joining import join_nbest
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.sentences import split_sentences
from seqcli.decoding.translation import Translation

SAMPLE_DATA = Path(__file__).parents[1] / "sample_data"

# `|` is where a sentence ends.
SENTENCES = [
    "Two dogs play. |A cat sleeps. |A woman reads a book in the park while the children sing.",
    "two dogs play. |a cat sleeps! |does it?",
    "TWO DOGS PLAY. |A CAT SLEEPS.",
    "What?! |No way!!! |Yes.",
    "he came . |she went .",
    "He came.\tShe went.".replace("\t", "\t|"),
    "A boy whose shirt says FROG! stands there. |It is near Lansing, Mich. as you know.",
    # Quotes and brackets
    '"Come here!" he said. |She went.',
    'He said, "Come here." |She went.',
    "“Are you there?” she asked. |“Yes.”",
    "He said: “I came. You went.” |She left.",
    '"I came." |"You went."',
    "'I came.' |'You went.'",
    "“Stop.” |3 men came.",
    "'Dr. Smith came.' |He left.",
    "(He was late.) |She left.",
    "He came (he was late. Very late) and sat down. |She left.",
    "„Komm her!“, sagte er. |Sie ging.",
    "Er sagte: „Komm her.“ |Sie ging.",
    "»Komm her!« |Sie ging.",
    "« Viens ici. » |Elle part.",
    "Où vas-tu ? |Je pars.",
    "¿Cómo estás? |¡Muy bien! |¿y tú?",
    "Type `a. B` or {x. Y}. |Then go.",
    'The screen is 5" wide. |It is new.',
    # Abbreviations, initials, numbers
    "Dr. Smith met Mr. Jones. |They talked.",
    "dr. smith met mr. jones. |they talked.",
    "We sell fruit, e.g. Apples and pears. |Come in!",
    "Apples, pears etc. are fruit. |Eat them.",
    "Come at 5 p.m. tomorrow. |Bring tea.",
    "He lives in the U.S. and works. |She too.",
    "I live in the U.S. |He lives in France.",
    "The U.N. Security Council met. |It voted.",
    "Ask Acme Inc. Paul did. |He knows.",
    "J. R. R. Tolkien wrote it. |I read it.",
    "Ask J. A. Smith. |He knows.",
    "Take vitamin C. |It helps.",
    "Albert I. Jones came. |He sat.",
    "Das ist z.B. Hunden eigen. |Er bellt.",
    "Das ist z. B. Hunden eigen. |Er bellt.",
    "Er kam bzw. Anna kam. |Dann ging er.",
    "Am 3. Mai kam er. |Sie ging am 14. Juni.",
    "am 3. mai kam er. |sie ging.",
    "am 1. und 2. mai kam er. |sie ging.",
    "Ludwig XIV. König von Frankreich starb. |Er war alt.",
    "Ich bin 17. |Er ist 3.",
    "It happened in 1990. |Nobody came.",
    "See No. 5 for more. |It helps.",
    "I said no. |You said yes.",
    "It costs 3.5 euros. |That is 1,000.50 less.",
    "1. Open the door. |2. Go in.",
    "A. The door. |It opens.",
    "It isn't. |He's late.",
    "M. Dupont est là. |Il dort.",
    "А. С. Пушкин писал. |Я читал.",
    # Links, addresses, files
    "See https://example.com/a?b=1. |Then call me.",
    "Email me at bob@example.com or see https://example.com/a?b=1.",
    "Visit www.example.com! |It is good.",
    "Open node.js or a.b.c and version 2.0.1 now.",
    "He came.She went.",
    # Ellipses
    "Well... I do not know.",
    "Well … maybe.",
    "Wait . . . I know.",
    "I waited... |Nobody came.",
    "等等……我不知道。|好。",
    "他说：“等等……”|她走了。",
    # Other marks and scripts
    "我爱北京。|你呢？|好！",
    "他说：“我来了。”|她走了。",
    "他说：「我来了。」|她走了。",
    "「你好！」他说。|她走了。",
    "“我来了。”|“你走了。”",
    "今天是3.5度。|很冷。",
    "他来了（很晚。真的）。|她走了。",
    "我爱你！！|真的？！|是。",
    "我爱北京.|你呢?|好!",
    "我爱北京。 |Tom来了。",
    "私は学生です。|あなたは？|はい！",
    "彼は「行くよ。」と言った。|彼女は去った。",
    "ฉันรักคุณ คุณรักฉันไหม",
    "พ.ศ. ๒๕๖๐ ดี",
    "ดร. สมชาย มา",
    "สวัสดี! |คุณสบายดีไหม?",
    "كيف حالك؟ |أنا بخير.",
    "یہ کتاب ہے۔ |وہ قلم ہے۔",
    "मैं घर जाता हूँ। |तुम कहाँ हो? |ठीक है।",
    "मैं घर जाता हूँ।|ठीक है।",
    "डॉ. शर्मा आए। |वे बैठे।",
    "Ես սիրում եմ քեզ։ |Իսկ դու։",
    "ሰላም ነው። |ደህና ነኝ።",
    "Τι κάνεις; |Καλά είμαι.",
    "Hello; Good day.",
    "나는 학생입니다. |너는?",
    # What is beside sentences
    "I came. 🙂 |You went. 🎉🎉",
    "I came! :) You went.",
    "I came. - You went.",
    "I came. 5 6 7.",
    "... Hello.",
    "0 1 + 1 1.",
    "3. 4. 5.",
    "Hello, world",
    "Hello, world!  ",
    "",
    " . ",
]


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_end_where_people_end_them(text):
    assert split_sentences(text.replace("|", "")) == text.split("|")


PARTS = [*'.!?…。”“"„«»()（[{`;:-, \t\n', "...", "A", "ab", "e.g", "3", "我", "ไ", "🙂"]


@given(st.lists(st.sampled_from(PARTS)).map("".join))
def test_sentences_are_the_text_and_each_has_a_letter(text):
    sentences = split_sentences(text)
    assert "".join(sentences) == text
    assert len(sentences) == 1 or all(any(map(str.isalpha, each)) for each in sentences)
    for sentence in sentences[:-1]:
        assert any(unicodedata.category(character) == "Po" for character in sentence)


def test_lines_of_the_sample_and_of_the_tasks_are_one_sentence():
    paths = [*SAMPLE_DATA.glob("*.tsv"), *SAMPLE_DATA.glob("tasks/*.tsv")]
    assert len(paths) > 10
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            for text in line.split("\t"):
                assert split_sentences(text) == [text]


@pytest.mark.parametrize(
    "text", ["(" * 50_000 + "a", ". " * 50_000 + "a", "a " + "! #" * 30_000 + "a", "雪。" * 50_000]
)
def test_a_long_line_takes_time_in_proportion(text):
    code = "import sys, seqcli.decoding.sentences as s; s.split_sentences(sys.stdin.read())"
    subprocess.run([sys.executable, "-c", code], input=text.encode(), timeout=20, check=True)


class CountingText(str):
    """Counts the characters that are copied from it."""

    copied = 0

    def __getitem__(self, key):
        part = super().__getitem__(key)
        self.copied += len(part)
        return part


@pytest.mark.parametrize("text", ["a." * 3000, "a “b!” c " * 1000, "a. I.b " * 1000])
def test_a_long_line_is_not_copied_at_each_mark(text):
    counting = CountingText(text)
    assert split_sentences(counting) == split_sentences(text)
    assert counting.copied < 60 * len(text)


def test_rules_are_not_read_for_a_line_without_a_mark_inside():
    code = (
        "import seqcli.decoding.sentences as s\n"
        "s._RULES_FILE = None\n"
        'assert len(s.split_sentences("i love beijing, don\'t you?")) == 1'
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def sentence(source, text, source_pieces, target_pieces, score=-1.0, **more):
    """A translation with attention weights that differ everywhere."""
    shape = (len(target_pieces.split()), len(source_pieces.split()))
    weights = np.random.default_rng(len(text)).dirichlet(np.ones(shape[1]), shape[0])
    fields = {"stopped_by": "eos", **more}
    return Translation(
        source,
        text,
        score,
        score * shape[0],
        tuple(source_pieces.split()),
        tuple(target_pieces.split()),
        weights,
        **fields,
    )


FIRST = sentence("I came. ", "Ich kam.", "▁i ▁came . </s>", "▁Ich ▁ka m. </s>", score=-1.0)
SECOND = sentence("You went.", "Du gingst.", "▁you ▁went . </s>", "▁Du ▁gingst . </s>", score=-2.0)


def joined(*sentences, text=""):
    text = text or "".join(each.source for each in sentences)
    (translation,) = join_nbest(text, [[each] for each in sentences])
    return translation


def test_joined_sentences_are_one_translation():
    line = joined(FIRST, SECOND)
    assert line.source == "I came. You went."
    assert line.text == "Ich kam. Du gingst."
    assert line.source_pieces == ("▁i", "▁came", ".", "▁you", "▁went", ".", "</s>")
    assert line.target_pieces == ("▁Ich", "▁ka", "m.", "▁Du", "▁gingst", ".", "</s>")
    assert line.log_probability == FIRST.log_probability + SECOND.log_probability
    assert line.score == line.log_probability / 8  # as for one sentence of eight pieces
    assert (line.stopped_by, line.cut) == ("eos", False)
    assert line.sentences == (FIRST, SECOND)


def test_attention_stays_within_the_sentence():
    attention = joined(FIRST, SECOND).attention
    assert attention.shape == (7, 7)
    np.testing.assert_allclose(attention.sum(1), 1)
    np.testing.assert_array_equal(attention[:3, :3], FIRST.attention[:3, :3])
    np.testing.assert_array_equal(attention[3:, 3:6], SECOND.attention[:, :3])
    assert not attention[:3, 3:6].any()
    assert not attention[3:, :3].any()
    np.testing.assert_array_equal(attention[:3, 6], FIRST.attention[:3, 3])


def test_without_attention():
    parts = [
        Translation(each.source, each.text, 0.0, 0.0, ("▁a", "</s>"), ("▁b", "</s>"), None, "eos")
        for each in (FIRST, SECOND)
    ]
    assert joined(*parts).attention is None


@pytest.mark.parametrize(
    ("first", "second", "text", "pieces"),
    [
        ("▁Ich ▁ka m.", "▁Du", "Ich kam. Du", "▁Ich ▁ka m. ▁Du"),
        ("我 来 了 。", "你 走", "我来了。你走", "我 来 了 。 你 走"),
        ("我 来 了 。", "▁Tom 走", "我来了。Tom走", "我 来 了 。 Tom 走"),
        ("他 说 。 ”", "▁“ 好", "他说。”“好", "他 说 。 ” “ 好"),
        ("我 来 了 !", "▁“ 好", "我来了!“好", "我 来 了 ! “ 好"),
        ("我 来 了", "你 走", "我来了 你走", "我 来 了 ▁你 走"),
        ("ฉัน", "คุณ", "ฉัน คุณ", "ฉัน ▁คุณ"),
        ("▁我 来!", "▁Du", "我来! Du", "▁我 来! ▁Du"),
        ("", "▁Du", "Du", "▁Du"),
        ("▁Ich", "", "Ich", "▁Ich"),
    ],
)
def test_sentences_are_joined_as_the_script_joins(first, second, text, pieces):
    parts = [
        sentence(
            source,
            each.replace(" ", "").replace("▁", " ").strip(),
            "▁a </s>",
            f"{each} </s>",
        )
        for source, each in (("a. ", first), ("b", second))
    ]
    line = joined(*parts)
    assert line.text == text
    assert line.target_pieces == (*pieces.split(), "</s>")
    spelled = "".join(line.target_pieces[:-1]).replace("▁", " ")
    assert spelled.removeprefix(" ") == text


def test_a_source_without_spaces_is_spelled_without():
    parts = [sentence(text, "x", f"▁{text} </s>", "▁x </s>") for text in ("Tom。", "Anna。")]
    assert joined(*parts).source_pieces == ("▁Tom。", "Anna。", "</s>")


def test_the_worst_end_counts():
    def stopped(first, second):
        ends = [
            sentence("a. ", "x", "▁a </s>", "▁x", stopped_by=first),
            sentence("b.", "y", "▁b </s>", "▁y </s>", stopped_by=second),
        ]
        return joined(*ends)

    assert stopped("repetition", "eos").stopped_by == "repetition"
    assert stopped("limit", "repetition").stopped_by == "repetition"
    assert stopped("eos", "limit").faults == ["limit"]
    assert stopped("repetition", "eos").target_pieces == ("▁x", "▁y", "</s>")
    unfinished = joined(FIRST, sentence("b.", "y", "▁b </s>", "▁y", stopped_by="repetition"))
    assert unfinished.target_pieces == ("▁Ich", "▁ka", "m.", "▁y")
    assert len(unfinished.attention) == 4


def test_a_sentence_that_is_cut_or_missing_cuts_the_line():
    assert joined(FIRST, sentence("b.", "y", "▁b </s>", "▁y </s>", cut=True)).cut
    assert joined(FIRST, text="I came. You went.").cut
    assert joined(FIRST, text="I came. You went.").source == "I came. You went."


def test_a_sentence_of_which_nothing_is_left():
    blank = Translation("** ", "", 0.0, 0.0, (), (), None, "eos")
    line = joined(blank, FIRST, SECOND)
    assert line.text == "Ich kam. Du gingst."
    assert line.source_pieces == joined(FIRST, SECOND).source_pieces
    assert line.score == joined(FIRST, SECOND).score
    assert joined(FIRST, SECOND, blank).target_pieces == line.target_pieces
    assert joined(FIRST, blank, SECOND).text == line.text
    assert joined(blank, blank).text == ""
    assert joined(blank, blank).source == "** ** "


def test_a_rank_joins_the_same_rank_of_each_sentence():
    def nbest(source, *scored):
        return [sentence(source, text, "▁a </s>", text + " </s>", score) for text, score in scored]

    lines = join_nbest(
        "a. b.",
        [nbest("a. ", ("x", -1.0), ("x x x x x", -9.0), ("xx", -9.5)), nbest("b.", ("y", -2.0))],
    )
    assert [line.text for line in lines] == ["x y", "x x x x x y", "xx y"]
    scores = [line.score for line in lines]
    assert scores == sorted(scores, reverse=True)
    (alone,) = join_nbest("b.", [nbest("b.", ("y", -2.0))])
    assert (alone.text, alone.sentences) == ("y", ())


def test_links_are_those_of_the_sentences():
    def same(text):
        return text

    line = joined(FIRST, SECOND)
    links = word_links(FIRST, same)
    links += [(source + 2, target + 2) for source, target in word_links(SECOND, same)]
    assert word_links(line, same) == sorted(links)
    assert {target for _, target in links} == {0, 1, 2, 3}


def test_links_of_short_words_keep_their_numbers():
    part = sentence("a b c. ", "a b c.", "▁a ▁b ▁c. </s>", "▁a ▁b ▁c. </s>")
    part.attention[:, :] = np.eye(4)
    assert word_links(joined(part, part), lambda text: text) == [(i, i) for i in range(6)]


def test_links_are_between_the_words_of_the_whole_line():
    """`。Tom` is one word of the line, and two of its sentences."""
    parts = [
        sentence("我。", "我。", "我 。 </s>", "我 。 </s>"),
        sentence("Tom走", "Tom走", "▁Tom 走 </s>", "▁Tom 走 </s>"),
    ]
    for part in parts:
        part.attention[:, :] = np.eye(3)
    assert word_links(joined(*parts), lambda text: text) == [(0, 0), (1, 1), (2, 2)]


@pytest.fixture(scope="module")
def make(copy_model):
    return lambda **settings: load_translator(open_bundle(copy_model), SearchConfig(**settings))


TEXT = "ba do ki. mu! pe ra"


@pytest.mark.parametrize("settings", [{}, {"nbest": 3}, {"beam": 1, "batch_size": 2}])
def test_each_sentence_is_translated_by_itself(make, settings):
    translator = make(**settings)
    texts = ["ba", TEXT, "", "so. tu"]
    lines = translator.translate(texts)
    assert [line[0].text for line in lines] == ["BA", "BA DO KI MU PE RA", "", "SO TU"]
    assert [line[0].source for line in lines] == texts
    alone = [translator.translate(part)[0] for part in ("ba do ki", "mu", "pe ra")]
    for rank, line in enumerate(lines[1]):
        parts = [nbest[rank] for nbest in alone]
        assert line.text == " ".join(part.text for part in parts)
        assert line.log_probability == pytest.approx(
            sum(part.log_probability for part in parts), abs=1e-4
        )
    best = lines[1][0]
    assert best.attention.shape == (len(best.target_pieces), len(best.source_pieces))
    np.testing.assert_allclose(best.attention.sum(1), 1, atol=1e-5)
    assert word_links(best, translator.processor.reader.normalize) == [(i, i) for i in range(6)]


def test_the_prefix_begins_the_first_sentence_alone(make):
    ((line, *_), (other, *_)) = make().translate(["ba. do", "ki"], prefix="MU")
    assert line.text.startswith("MU")
    assert line.text.endswith(" DO")
    assert line.text.count("MU") == 1
    assert other.text.startswith("MU")


def test_lines_are_counted_not_sentences(make):
    counted: list[int] = []
    texts = ["ba. do. ki. mu", "", "pe", "ra. so"] * 5
    make(batch_size=2).translate(texts, advance=counted.append)
    assert sum(counted) == len(texts)
    assert len(counted) > 3
    assert min(counted) > 0


def test_the_first_sentences_are_read_of_a_line_that_is_too_long(make):
    translator = make(max_source_pieces=4)
    ((line, *_),) = translator.translate("ba do. ki. mu pe. ra")
    assert (line.text, line.cut) == ("BA DO KI", True)
    assert line.source == "ba do. ki. mu pe. ra"
    ((line, *_),) = translator.translate("ba do ki mu pe ra. so")
    assert (line.cut, len(line.source_pieces)) == (True, 5)
    ((line, *_),) = translator.translate("ba do. ki. mu")
    assert (line.text, line.cut) == ("BA DO KI MU", False)


def test_no_split(make):
    translator = make(split=False)
    ((line, *_),) = translator.translate(TEXT)
    assert line.sentences == ()
    assert line.attention.all()  # no sentence is hidden from another


def test_the_command_line_splits_unless_told_not_to(seqcli, copy_model):
    def translate(*arguments):
        return seqcli("translate", "-m", copy_model, *arguments).out

    assert translate("--max-length", 2, "ba. do. ki") == "BA DO KI\n"
    assert len(translate("--max-length", 2, "--no-split", "ba. do. ki").split()) < 3
    line = json.loads(translate("--format", "json", TEXT))
    whole = json.loads(translate("--format", "json", "--no-split", TEXT))
    assert line["translation"] == "BA DO KI MU PE RA"
    assert line["source_pieces"] == whole["source_pieces"]
    assert (np.array(line["attention"])[:, :-1] == 0).any(1).all()
    assert not (np.array(whole["attention"]) == 0).all(0).any()
    assert translate("--format", "pharaoh", TEXT) == "0-0 1-1 2-2 3-3 4-4 5-5\n"
    assert "▁RA" in translate("--heatmap", TEXT)


def test_eval_splits_unless_told_not_to(seqcli, copy_model):
    source = "ba do ki mu pe. ra so tu ba do. ki mu pe"
    pair = f"{source}\t{source.upper().replace('.', '')}\n".encode()

    def exact(*arguments):
        out = seqcli("eval", "-m", copy_model, "--format", "json", *arguments, stdin=pair).out
        return json.loads(out)["exact_match"]

    assert exact() > exact("--no-split")
