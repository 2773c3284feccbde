import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.cli.streams import write_page
from seqcli.decoding.translation import Translation
from seqcli.decoding.unread import Unread
from seqcli.errors import UserError, visible


@given(st.text(st.characters(codec=None)))
def test_a_message_is_one_line_that_can_be_printed(text):
    message = str(UserError(f"{text}: cannot be read"))
    assert len(message.splitlines()) == 1
    message.encode()
    assert visible(message) == message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("new\nline", r"new\nline"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\u2028b\x85", r"a\u2028b\x85"),
        ("not\udcffutf8", r"not\udcffutf8"),
        ("a\u202eb\u2066", r"a\u202eb\u2066"),
        ("中文 two words 👩\u200d👧", "中文 two words 👩\u200d👧"),
    ],
)
def test_what_is_no_character_is_shown_as_an_escape(text, shown):
    assert visible(text) == shown


def test_a_message_quotes_the_beginning_of_a_long_text():
    unread = Unread()
    marks = "".join(map(chr, range(0x2010, 0x2100)))
    unread.record(
        Translation(
            "", "", 0.0, 0.0, (), (), None, "eos", unknown=("a" * 10**6, "b"), dropped=marks
        )
    )
    words, punctuation = unread.messages(1)
    assert words == f"2 words were not in the training pairs: {'a' * 60}…, b"
    assert len(punctuation) < 150


def test_a_page_may_name_a_file_that_is_not_utf8(tmp_path):
    path = tmp_path / "page\udcff.html"
    write_page(path, "<p>中文 not\udcffutf8\n</p>")
    assert path.read_text(encoding="utf-8") == "<p>中文 not\\udcffutf8\n</p>"
