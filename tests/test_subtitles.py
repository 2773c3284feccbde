import re
from itertools import pairwise

import pysubs2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqcli.data.reading import Reading
from seqcli.data.writers.subtitles import open_subtitles
from seqcli.data.writers.wrapping import columns, divide, split_units
from seqcli.errors import UserError

SRT = r"""1
00:00:01,000 --> 00:00:02,500
<i>I have been living here</i>

2
00:00:02,600 --> 00:00:04,000  X1:40 X2:600 Y1:20 Y2:50
<i>for ten years,
and nobody came.</i>

3
00:00:05,000 --> 00:00:06,000
- Hi.
- Hello, how are
you?

4
00:00:07,000 --> 00:00:08,000
{\an8}<b>CLOCK</b> MAKER

5
00:00:08,000 --> 00:00:09,000
It is 5 o'clock, I say

6
00:00:11,001 --> 00:00:12,000
at last!

7
00:00:12,000 --> 00:00:13,000

8
00:00:13,000 --> 00:00:14,000
[door opens]

9
00:00:14,000 --> 00:00:15,000
and closes

10
00:00:15,000 --> 00:00:16,000
again
"""
VTT = r"""WEBVTT - A clock

STYLE
::cue(b) { color: red }

NOTE
This is "not" a cue.

intro
00:01.000 --> 00:02.500 align:start position:10%
<v Tom &amp; Ann>This &amp; that &lt; these</v>

00:02.500 --> 01:00:04.000
<v Tom &amp; Ann><c.loud>and</c> those.</v>

NOTE between

2
01:00:05.000 --> 01:00:06.000
<v Tom>Who&nbsp;is it?
<v Ann>A &lt;b&gt; tag.
"""
FILES = {
    "srt": ("srt", SRT.encode()),
    "srt, CRLF": ("srt", SRT.replace("\n", "\r\n").encode()),
    "srt, CR": ("srt", SRT.replace("\n", "\r").encode()),
    "srt, UTF-16": ("srt", SRT.encode("utf-16")),
    "srt, UTF-16 BE": ("srt", b"\xfe\xff" + SRT.encode("utf-16-be")),
    "srt, BOM, no end": ("srt", b"\xef\xbb\xbf" + SRT.encode().rstrip(b"\n")),
    "vtt": ("vtt", VTT.encode()),
    "vtt, CRLF, BOM": ("vtt", b"\xef\xbb\xbf" + VTT.replace("\n", "\r\n").encode()),
}
in_files = pytest.mark.parametrize(("form", "content"), FILES.values(), ids=FILES)


def open_text(text, form="srt"):
    return open_subtitles(text.encode(), Reading(f"a.{form}"), form=form)


def make_srt(*cues, start=0, pause=0):
    """Cues of a second each."""
    return "".join(
        f"{i + 1}\n00:00:{start + i:02},000 --> 00:00:{start + i:02},{999 - pause}\n{cue}\n\n"
        for i, cue in enumerate(cues)
    )


def texts_of(*cues):
    return [entry.text for entry in open_text(make_srt(*cues)).entries]


@in_files
def test_entries_are_sentences(form, content):
    document = open_subtitles(content, Reading("a"), form=form)
    sentences = {
        "srt": [
            ("<i>I have been living here for ten years, and nobody came.</i>", "cue 1"),
            ("- Hi.\n- Hello, how are you?", "cue 3"),
            ("<b>CLOCK</b> MAKER", "cue 4"),
            ("It is 5 o'clock, I say", "cue 5"),
            ("at last!", "cue 6"),
            ("[door opens]", "cue 8"),
            ("and closes again", "cue 9"),
        ],
        "vtt": [
            ("This & that < these <c.loud>and</c> those.", "cue 1"),
            ("Who\xa0is it?\n<v Ann>A &lt;b&gt; tag.", "cue 3"),
        ],
    }
    assert document.entries == sentences[form]
    assert not document.notes
    assert document.fill([None] * len(document.entries)) == content
    filled = document.fill(["x y"] * len(document.entries))
    ends = [each.strip(b"\0")[-1:] in b"\r\n" for each in (content, filled)]
    assert ends[0] == ends[1]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_lines_of_text_change(end):
    document = open_text(SRT.replace("\n", end))
    filled = document.fill(
        [
            "<i>Ich lebe hier seit zehn Jahren, und niemand kam.</i>",
            *("- He!\n- Hallo!", "UHRMACHER", "", None, "[Tür]", "und zu"),
        ]
    )
    expected = SRT
    for old, new in (
        ("I have been living here<", "Ich lebe hier seit<"),
        ("for ten years,\nand nobody came.", "zehn Jahren, und niemand kam."),
        ("- Hi.\n- Hello, how are\nyou?", "- He!\n- Hallo!"),
        ("<b>CLOCK</b> MAKER", "UHRMACHER"),
        ("It is 5 o'clock, I say\n", ""),
        ("[door opens]", "[Tür]"),
        ("and closes", "und"),
        ("again", "zu"),
    ):
        assert old in expected
        expected = expected.replace(old, new)
    assert filled.decode() == expected.replace("\n", end)


def test_settings_speakers_notes_and_escapes_of_webvtt_stay():
    filled = open_text(VTT, "vtt").fill(
        ["Dies & das < jenes, <c.loud>und</c> anderes -->", "Wer?\n<v Ann>Ein &lt;b&gt;."]
    )
    expected = VTT.replace("This &amp; that &lt; these", "Dies &amp; das &lt; jenes,")
    expected = expected.replace("</c> those.", "</c> anderes --&gt;")
    expected = expected.replace("loud>and", "loud>und")
    expected = expected.replace("Who&nbsp;is it?", "Wer?").replace(
        "A &lt;b&gt; tag", "Ein &lt;b&gt;"
    )
    assert filled.decode() == expected


@pytest.mark.parametrize(
    ("cues", "texts"),
    [
        (["one", "two", "three."], ["one two three."]),
        (["one…", "two?)", "three！”", "four", "five"], ["one…", "two?)", "three！”", "four five"]),
        (["one", "- two", "– three"], ["one", "- two", "– three"]),
        (["- one\n- two", "three"], ["- one\n- two", "three"]),
        (["one", "two\n- three"], ["one", "two\n- three"]),
        (["one", "-5 two"], ["one -5 two"]),
        (["one", "♪ la la ♪", "two"], ["one", "♪ la la ♪", "two"]),
        (["one", r"{\an8}two", r"{\an8}three"], ["one", "two three"]),
        (list("abcdefgh"), ["a b c d e f", "g h"]),
        (["我在这里", "住了\n十年。", "OK", "好", "好"], ["我在这里住了十年。", "OK 好好"]),
        (["<i>one</i>", "<b>two</b>"], ["<i>one</i> <b>two</b>"]),
        (["<font color=a>one</font>", "two"], ["<font color=a>one</font> two"]),
        (["one", "<i></i>", "two"], ["one two"]),
        (["one\n\ntwo", "1984"], ["one two 1984"]),
    ],
)
def test_which_cues_are_a_sentence(cues, texts):
    assert texts_of(*cues) == texts


def test_a_long_pause_ends_a_sentence():
    for pause, count in (("02,999", 1), ("03,000", 2)):
        text = f"00:00:00,500 --> 00:00:00,999\na\n\n00:00:{pause} --> 00:00:04,00\nb"
        assert len(open_text(text).entries) == count
    assert open_text("\ufeff00:00:00,5 --> 00:00:00,9\na").entries == [("a", "cue 1")]
    backwards = "00:01:00.0 --> 00:01:01.0\na\n\n00:00:00.0 --> 00:00:01.0\nb"
    assert len(open_text(backwards).entries) == 2


@pytest.mark.parametrize(
    ("cues", "translation", "filled"),
    [
        (["a b", "c d e f"], "u v w x y z", ["u v", "w x y z"]),
        (["a", "b", "c"], "x", ["x", "", ""]),
        (["a b c", "d e f"], "u v w, x y", ["u v w,", "x y"]),
        (["<i>a b", "c d</i>"], "<i>u v w x</i>", ["<i>u v</i>", "<i>w x</i>"]),
        (
            ["a b", "c d"],
            '<font size="9">u <i>v x</i></font> y',
            ['<font size="9">u <i>v</i></font>', '<font size="9"><i>x</i></font> y'],
        ),
        (["one", "two"], "这是两个句子，好吗", ["这是两个", "句子，好吗"]),
        (["one two", "three four"], "他说：“好。”我走了", ["他说：", "“好。”我走了"]),
        (["x" * 40], "a" * 21 + " " + "b" * 21, ["a" * 21 + "\n" + "b" * 21]),
        (["a\nb"], "a" * 20 + " " + "b" * 21, ["a" * 20 + " " + "b" * 21]),
        (["a\nb\nc"], "one, two " * 5 + "x", ["one, two one,\ntwo one, two one,\ntwo one, two x"]),
        (["a\nb"], "好" * 22, ["好" * 11 + "\n" + "好" * 11]),
        (["a"], "x --> y", ["x -> y"]),
    ],
)
def test_how_a_translation_is_divided(cues, translation, filled):
    result = open_text(make_srt(*cues)).fill([translation]).decode()
    expected = make_srt(*filled)
    assert result == re.sub(r"(?<=\d\n)\n\n", "\n", expected)


@pytest.mark.parametrize(
    ("form", "content", "message"),
    [
        ("srt", b"Hello.\n", "has no times such as 00:00:01,000 --> 00:00:02,500; is this an SRT"),
        ("srt", b"1\n00:00:01 --> 00:00:02\na\n", "line 2: times are written as 00:00:01,000 -->"),
        ("vtt", b"WEBVTT\n\n1:1 -> 1:2\n", "line 3: times are written as 00:00:01.000 -->"),
        ("vtt", SRT.encode(), "line 1: a WebVTT file begins with WEBVTT; is this SRT?"),
        ("srt", b"1\n00:00:01,0 --> 00:00:02,0\n\xff", "line 3: not valid UTF-8; save the file as"),
    ],
)
def test_errors_name_the_file_and_the_line(form, content, message):
    with pytest.raises(UserError, match=f"^a: {re.escape(message)}"):
        open_subtitles(content, Reading("a"), form=form)


WORDS = st.lists(
    st.sampled_from(["ba", "do.", "<i>ki</i>", "mu,", "他说。", "1984", "&"]), min_size=1
)
LINES = st.lists(WORDS.map(" ".join), min_size=1, max_size=3)


@given(st.lists(LINES, min_size=1, max_size=9), st.sampled_from(["srt", "vtt"]), st.data())
def test_cues_keep_their_times_and_get_all_words(cues, form, data):
    head = "WEBVTT\n\n" if form == "vtt" else ""
    text = head + make_srt(*map("\n".join, cues)).replace(",", ".")
    document = open_text(text, form)
    given_texts = [data.draw(st.none() | WORDS.map(" ".join)) for _ in document.entries]
    filled = document.fill(given_texts).decode()
    before, after = (pysubs2.SSAFile.from_string(each, format_=form) for each in (text, filled))
    assert [(cue.start, cue.end) for cue in after] == [(cue.start, cue.end) for cue in before]
    blocks = [block.split("\n")[2:] for block in filled.removeprefix(head).split("\n\n")[:-1]]
    assert len(blocks) == len(cues)
    numbers = [int(entry.place.removeprefix("cue ")) - 1 for entry in document.entries]
    for begin, end, translation in zip(
        numbers, [*numbers[1:], len(cues)], given_texts, strict=True
    ):
        got = [line for block in blocks[begin:end] for line in block]
        if translation is None:
            assert got == [line.replace(",", ".") for cue in cues[begin:end] for line in cue]
            continue
        plain = (re.sub(r"<.*?>| |amp;", "", "".join(each)) for each in (got, translation))
        assert len(set(plain)) == 1
        enough = len(split_units(translation)) >= end - begin
        assert not enough or all(blocks[begin:end])
        for block in blocks[begin:end]:
            cue = "\n".join(block)
            assert cue.count("<i>") == cue.count("</i>")


@given(st.text(st.sampled_from("ab <i/>&他。，「」.\xa0")), st.lists(st.integers(1, 9), min_size=1))
def test_a_text_is_divided_between_units(text, shares):
    units = split_units(text)
    assert "".join(units) == text
    parts = divide(text, shares)
    assert len(parts) == len(shares)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
    words = split_units(text.strip(" "))
    assert all(parts) or len(words) < len(shares)
    for left, right in pairwise(units):
        assert right[0] not in "。，」" or left[-1] == " "


def test_where_a_line_may_break():
    assert split_units("<b>un</b>like <i>this</i>") == ["<b>un</b>like ", "<i>this</i>"]
    assert split_units("a\xa0b c") == ["a\xa0b ", "c"]
    assert split_units("<b>他</b>（好）。") == ["<b>他</b>", "（好）。"]


def test_wide_characters_count_as_two_columns():
    assert [columns(text) for text in ("abc", "他a", "e\u0301", "한")] == [3, 3, 1, 2]


@example(form="srt", content=b"00:00:01,000 --> 00:00:02,000")
@given(
    st.sampled_from(["srt", "vtt"]),
    st.binary(max_size=60)
    | st.tuples(st.sampled_from([SRT, VTT]), st.integers(0, 700), st.binary(max_size=3)).map(
        lambda cut: cut[0][: cut[1]].encode() + cut[2] + cut[0][cut[1] + 9 :].encode()
    ),
)
def test_any_bytes_give_subtitles_or_one_line_that_names_the_file(form, content):
    try:
        document = open_subtitles(content, Reading("a"), form=form)
    except UserError as error:
        assert str(error).startswith("a: ")
        assert str(error).isprintable()
        return
    assert document.fill([None] * len(document.entries)) == content
    filled = document.fill([f"{entry.text} z" for entry in document.entries])
    again = open_subtitles(filled, Reading("a"), form=form)
    assert again.fill([None] * len(again.entries)) == filled
