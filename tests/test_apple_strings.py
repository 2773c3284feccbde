import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqcli.data.pairs import Pair, make_pair
from seqcli.data.readers.apple import read_strings
from seqcli.data.reading import Reading
from seqcli.errors import UserError

# As genstrings and Xcode write it, and as people do.
STRINGS = r"""/* Title of the window; "quoted" = "not read"; */
"Good morning!" = "早上好！";

// With escapes.
"Say \"hi\"\nto the cat\\dog" = "说\t\"\U4f60\U597d\" \UD83D\UDE00\'";
"Two
lines" = "两\
行";
"No translation yet" = "";
cancel.button = "取消"; "OK"="好"  ;
"Save %@ to \U201c?" /* why */ = /* not */ "把%@存到“？"; "早上" = "morning";"""
PAIRS = [
    Pair("Good morning!", "早上好！"),
    make_pair('Say "hi"\nto the cat\\dog', '说\t"你好" 😀\''),
    make_pair("Two\nlines", "两\n行"),
    Pair("Save %@ to “?", "把%@存到“？"),
    Pair("早上", "morning"),
]


def read(content, reading=None):
    return list(read_strings(io.BytesIO(content), reading or Reading("a.strings")))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_keys_that_are_texts_make_pairs(encoding, end):
    reading = Reading("a.strings")
    content = STRINGS.replace("\n", end)
    assert read(content.encode(encoding), reading) == PAIRS
    assert reading.notes == ["a.strings: left out 2 entries whose keys are names, not a text"]


def test_a_byte_order_mark_of_big_endian_utf_16():
    assert read(b"\xfe\xff" + STRINGS.encode("utf-16-be")) == PAIRS


def test_half_a_character_is_replaced():
    assert read(rb'"a b" = "\UD83D c";') == [Pair("a b", "\ufffd c")]


def test_keys_that_are_names_make_no_pairs():
    names = b'"app.title" = "Clock";\n"menu_save-all" = "Save all";\n"Good day" = "Guten Tag";\n'
    with pytest.raises(UserError, match=r"^a\.strings: its keys are names, .* one language and no"):
        read(names)
    reading = Reading("a.strings")
    assert read(names + b'"Bye bye" = "Ade";', reading)[1:] == [Pair("Bye bye", "Ade")]
    assert read(b"// nothing\n") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'"a b" = "c";\n"d e" "f";\n', "line 2: not as in a file of strings"),
        (b'"a b" = "c";\n\n"d e" = "f"', 'line 3: not as in .* "key" = "value";'),
        (b'"a b" =\n= "c";\n', "line 2: not as"),
        (b'"a b" = "c;\n', "line 1: not as"),
        (b'/* a */\n/* "a b" = "c";\n', "line 2: not as"),
        (b'"a "b" c" = "d";\n', "line 1: not as"),
        (b'"a b" = ("c", "d");\n', "line 1: not as"),
        (b'"a b" = "c";\n"d e" = "\xff";\n', "line 2: not valid UTF-8; save the file as UTF-8"),
        (b"\xff\xfea", "line 1: not valid UTF-16; save the file as UTF-8"),
        (b"bplist00", "a property list"),
        (b'<?xml version="1.0"?><plist/>', "a property list, not .*: export the strings as PO"),
    ],
)
def test_errors_name_the_file_and_the_line(content, message):
    with pytest.raises(UserError, match=rf"^a\.strings: {message}"):
        read(content)


TEXTS = st.text(st.sampled_from(' ab"\\\n\t;=/*他') | st.characters(codec="utf-8"), min_size=1)


@given(st.dictionaries(TEXTS.map(lambda text: f"{text} ."), TEXTS), st.sampled_from(["\n", " "]))
def test_what_is_written_is_read(strings, end):
    def quoted(text):
        for character, code in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\0", "\\U0000")):
            text = text.replace(character, code)
        return f'"{text}"'

    content = "".join(f"{quoted(key)} = {quoted(value)};{end}" for key, value in strings.items())
    assert read(content.encode()) == [make_pair(*pair) for pair in strings.items()]


@example(content=b"\xfe\xff")
@given(
    st.binary(max_size=60)
    | st.text(st.sampled_from('"=;/* \\\nab')).map(str.encode)
    | st.tuples(st.integers(0, 400), st.binary(max_size=3), st.integers(0, 400)).map(
        lambda cut: STRINGS.encode()[: cut[0]] + cut[1] + STRINGS.encode()[cut[2] :]
    )
)
def test_any_bytes_give_pairs_or_one_line_that_names_the_file(content):
    try:
        assert all(isinstance(pair, Pair) for pair in read(content))
    except UserError as error:
        assert str(error).startswith("a.strings: ")
        assert str(error).isprintable()
