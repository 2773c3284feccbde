import gettext
import io
import re
import shutil
import struct
import subprocess
import tracemalloc

import polib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqcli.data.pairs import Pair
from seqcli.data.readers.gettext import read_mo, read_po, recognizes_po
from seqcli.data.reading import Reading, Selection
from seqcli.data.writers.gettext import open_po, write_po
from seqcli.errors import UserError

# As Poedit writes it on Windows.
POEDIT = r"""msgid ""
msgstr ""
"Project-Id-Version: Zegar 1.2\n"
"PO-Revision-Date: 2024-03-01 10:00+0100\n"
"Last-Translator: Ola <ola@example.org>\n"
"Language-Team: \n"
"Language: pl_PL\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 "
"|| n%100>14) ? 1 : 2);\n"
"X-Generator: Poedit 3.4.2\n"

#. Shown above the list
#: src/list.c:12 src/list.c:80
#, c-format
msgid "%d file was deleted."
msgid_plural "%d files were deleted."
msgstr[0] "Usunięto %d plik."
msgstr[1] "Usunięto %d pliki."
msgstr[2] "Usunięto %d plików."

#: src/list.c:90
#, c-format, no-wrap
msgid "%d hour"
msgid_plural "%d hours"
msgstr[0] ""
msgstr[1] ""
msgstr[2] "%d godzin"

#, fuzzy
#| msgctxt "menu"
#| msgid "Save"
msgctxt "menu"
msgid "Save all"
msgstr "Zapisz"

#| msgid "Good morning"
msgctxt "greeting \"at\" noon"
msgid "Good day"
msgstr ""

msgid ""
"First line\n"
"second line with a \\ and a \"quote\", which is so long that the editor has to "
"wrap it\n"
msgstr ""

#~ msgid "Clock"
#~ msgstr "Zegar"
""".replace("\n", "\r\n")

# As Weblate writes it.
WEBLATE = r"""# Chinese (Simplified) translations
# This file is distributed under the same license as the package.
#
msgid ""
msgstr ""
"Project-Id-Version: clock\n"
"Report-Msgid-Bugs-To: \n"
"PO-Revision-Date: 2024-03-01 10:00+0000\n"
"Last-Translator: Li <li@example.org>\n"
"Language-Team: Chinese <zh@example.org>\n"
"Language: zh_Hans\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=1; plural=0;\n"
"X-Generator: Weblate 5.4\n"

#: clock/views.py:3
#, python-format
msgid "%(count)d alarm"
msgid_plural "%(count)d alarms"
msgstr[0] "%(count)d 个闹钟"

#: clock/views.py:9
#, python-format
msgid "%(count)d timer"
msgid_plural "%(count)d timers"
msgstr[0] ""

#: clock/views.py:20
msgctxt "greeting"
msgid "Good morning"
msgstr "早上好"

#, fuzzy
msgid "Good night"
msgstr "晚上好"

# Shouted
msgid "Wake up!"
msgstr ""

#~| msgid "Old"
#~ msgid "Older"
#~ msgstr "更旧"
"""

# As xgettext writes it.
TEMPLATE = r"""# SOME DESCRIPTIVE TITLE.
#, fuzzy
msgid ""
msgstr ""
"Project-Id-Version: PACKAGE VERSION\n"
"POT-Creation-Date: 2024-03-01 10:00+0100\n"
"PO-Revision-Date: YEAR-MO-DA HO:MI+ZONE\n"
"Last-Translator: FULL NAME <EMAIL@ADDRESS>\n"
"Language-Team: LANGUAGE <LL@li.org>\n"
"Language: \n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=CHARSET\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=INTEGER; plural=EXPRESSION;\n"

#: clock.c:7
#, c-format
msgid "%s rings.\n"
msgstr ""

#: clock.c:9
#, c-format
msgid "one bell"
msgid_plural "%d bells"
msgstr[0] ""
msgstr[1] ""
"""
CATALOGUES = {
    "Poedit": POEDIT.encode(),
    "Weblate": WEBLATE.encode(),
    "Latin 2": POEDIT.replace("UTF-8", "ISO-8859-2").encode("iso-8859-2"),
    "no end": WEBLATE.encode().rstrip(b"\n"),
    "xgettext": TEMPLATE.encode(),
    "BOM": b"\xef\xbb\xbf" + WEBLATE.encode(),
    "no header": b'msgid "a"\nmsgstr ""',
    "flag in the first line": b'\xef\xbb\xbf#,no-wrap\nmsgid "a"\nmsgstr ""',
}
in_catalogues = pytest.mark.parametrize("content", CATALOGUES.values(), ids=CATALOGUES)

# The first bytes of an MO file.
MAGICS = (b"\xde\x12\x04\x95", b"\x95\x04\x12\xde")


def read(content, reading=None, **selection):
    reading = reading or Reading("a.po", Selection(**selection))
    reader = read_mo if content[:4] in MAGICS else read_po
    return list(reader(io.BytesIO(content), reading))


def make_mo(text, order="<"):
    """The MO file that polib makes of a PO file, in a byte order."""
    content = polib.pofile(text).to_binary()
    numbers = 7 + 4 * struct.unpack_from("<I", content, 8)[0]
    head = struct.unpack_from(f"<{numbers}I", content)
    return struct.pack(f"{order}{numbers}I", *head) + content[4 * numbers :]


def is_accepted(content):
    """Whether `msgfmt` accepts a PO file, with its fuzzy messages."""
    command = ["msgfmt", "--check", "--use-fuzzy", "-o", "/dev/null", "-"]
    return not subprocess.run(command, input=content, capture_output=True, check=False).returncode


def translate(text):
    """Something other than the text that has its format directives and its line ends."""
    return re.sub(r"\A(\n?)", r"\1> ", text)


def test_pairs_are_the_translated_messages():
    reading = Reading("a.po")
    assert read(POEDIT.encode(), reading) == [
        Pair("%d file was deleted.", "Usunięto %d plik."),
        Pair("%d files were deleted.", "Usunięto %d pliki."),
    ]
    assert reading.notes == ["a.po: left out 1 fuzzy entry"]
    assert read(WEBLATE.encode()) == [
        Pair("%(count)d alarm", "%(count)d 个闹钟"),
        Pair("%(count)d alarms", "%(count)d 个闹钟"),
        Pair("Good morning", "早上好"),
    ]
    assert read(CATALOGUES["Latin 2"]) == read(POEDIT.encode())
    assert read(TEMPLATE.encode()) == []


@pytest.mark.parametrize(
    ("rule", "targets"),
    [
        ("nplurals=3; plural=n==1 ? 2 : n==2 ? 0 : 1;", "ca"),
        ("nplurals=3; plural=n==1 ? 2 : n==5 ? 1 : 2;", "cb"),  # that for 2 things does not differ
        ("nplurals=3; plural=n;", "ac"),  # 2 is a form, but 3 is none
        ("nplurals=3; plural=n==7 ? 3 : n!=1;", "ac"),
        ("nplurals=3; plural=n%0;", "ac"),
        ("nplurals=3; plural=012;", "ac"),
        ("nplurals=3; plural=__import__('os');", "ac"),
        (f"nplurals=3; plural={'(' * 99}n{')' * 99};", "ac"),
        ("nplurals=2; plural=n!=1;", "ac"),
        ("", "ac"),
    ],
)
def test_plural_forms_are_chosen_by_the_rule_of_the_header(rule, targets):
    content = (
        f'msgid ""\nmsgstr "Plural-Forms: {rule}"\n'
        'msgid "1"\nmsgid_plural "2"\nmsgstr[0] "a"\nmsgstr[1] "b"\nmsgstr[2] "c"\n'
    ).encode()
    assert "".join(pair.target for pair in read(content)) == targets


@pytest.mark.parametrize(
    ("source", "target", "is_reversed"),
    [
        ("", "", False),
        ("en", "zh", False),
        ("", "zh-Hans-CN", False),
        ("zh", "", True),
        ("zh", "en", True),
        ("zh-Hans", "de", True),
        ("zh", "zh", False),
        ("en", "", False),
    ],
)
def test_the_language_selected_gives_the_direction(source, target, is_reversed):
    pairs = read(WEBLATE.encode())
    expected = [pair.reversed() for pair in pairs] if is_reversed else pairs
    assert read(WEBLATE.encode(), source=source, target=target) == expected
    assert read(make_mo(WEBLATE), source=source, target=target) == expected


@pytest.mark.parametrize("make", [str.encode, make_mo], ids=["po", "mo"])
def test_another_language_is_refused(make):
    message = r"^a\.po: its translations are in zh_Hans, not in de: name the file of another langu"
    with pytest.raises(UserError, match=message):
        read(make(WEBLATE), source="en", target="de")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'msgid "a"\nmsgstr "b\n', "line 2: no line of a PO file, such as"),
        (b'msgid "a"\nmsgid "b"\n', "line 2: msgid is out of place"),
        (b'msgid "a"\nmsgid_plural "b"\nmsgstr "c"\n', "line 3: msgstr is out of place"),
        (b'msgid "a"\nmsgid_plural "b"\nmsgstr[1] "c"\n', r"line 3: msgstr\[\] is out of place"),
        (b'msgid "a"\nmsgstr[0] "c"\n', r"line 2: msgstr\[\] is out of place"),
        (b'msgid "a"\n# why\nmsgstr "c"\n', "line 2: a comment between msgid and msgstr"),
        (b'"a"\n', "line 1: a text without msgid or msgstr"),
        (b'msgid "a"\n\n', "line 2: the file ends before a msgstr"),
        (b'msgid "a"\nmsgstr "\xff"\n', "line 2: not valid UTF-8: name the charset"),
        (b"\xde\x12\x04\x95", "a damaged MO file: make it again with msgfmt"),
        (struct.pack("<7I", 0x950412DE, 0, 1 << 30, 28, 28, 0, 0), "a damaged MO file"),
        (struct.pack("<9I", 0x950412DE, 0, 1, 28, 28, 0, 0, 4, 40), "a damaged MO file"),
        (struct.pack("<7I", 0x950412DE, 2 << 16, 0, 28, 28, 0, 0), "an MO file of a later revi"),
    ],
)
def test_errors_name_the_file_and_the_line(content, message):
    with pytest.raises(UserError, match=rf"^a\.po: .*{message}"):
        read(content)


@pytest.mark.parametrize(
    "charset", ["klingon", "zlib", "utf-7", "utf-16", "iso-2022-jp", "cp037", "unicode_escape"]
)
def test_a_charset_that_gettext_does_not_have_is_refused(charset):
    content = f'msgid ""\nmsgstr "Content-Type: text/plain; charset={charset}\\n"\n'
    message = f"^a.po: its header names the charset {charset}, which is unknown: recode the file"
    with pytest.raises(UserError, match=message):
        read(content.encode())


def test_what_msgfmt_accepts_and_polib_does_not_is_read():
    content = (
        'domain "x"\nmsgid""\nmsgstr"Content-Type: text/plain; charset=utf8\\n"\n'
        '#note\n#,fuzzy,c-format\nmsgid "left out"\nmsgstr "x"\n#, fuzzy\n#~\n'
        '#~msgid "old"\n#~msgstr "old"\n'
        'msgid\t"a\u2028" "b"\n\n"\\101\\x42\\q"\nmsgstr "1"\n"2\\"3"\n'
    )
    assert read(content.encode()) == [Pair("a bAB\\q", '12"3')]


@in_catalogues
def test_formats_are_recognized(content):
    assert recognizes_po(content[:4096])
    for other in (b"", b"# a\n", b'a\tmsgid "b"\n', b'"msgid" = "x";\n', content[:3] + b"x"):
        assert not recognizes_po(other)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("text", [POEDIT, WEBLATE], ids=["Poedit", "Weblate"])
def test_an_mo_file_has_the_pairs_of_its_po_file(text, order):
    content = make_mo(text, order)
    assert gettext.GNUTranslations(io.BytesIO(content)).info()["language"][:2] in ("pl", "zh")
    assert read(content) == read(text.encode())


def test_a_hostile_mo_file_takes_no_memory():
    count = 60_000
    spans = struct.pack("<2I", 500_000, 500) * count
    content = struct.pack("<7I", 0x950412DE, 0, count, 28, 28, 0, 0) + spans + bytes(600_000)
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match=r"^a\.po: a damaged MO file"):
            read(content)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_entries_are_the_texts_without_a_translation():
    document = open_po(POEDIT.encode(), Reading("a.po"), all_entries=False)
    assert [(entry.text[:8], entry.place) for entry in document.entries] == [
        ("%d hour", "line 26"),
        ("%d hours", "line 27"),
        ("Good day", "line 41"),
        ("First li", "line 44"),
    ]
    assert not document.notes
    every = open_po(POEDIT.encode(), Reading("a.po"), all_entries=True)
    assert [entry.text[:8] for entry in every.entries if entry not in document.entries] == [
        "%d file ",
        "%d files",
        "Save all",
    ]
    template = open_po(TEMPLATE.encode(), Reading("a.pot"), all_entries=False)
    charset, plurals = template.notes
    assert charset == "its header names no charset: it is read and written as UTF-8"
    assert plurals.startswith("its header has no valid Plural-Forms: the first form")


def test_what_is_filled_in_is_fuzzy_and_all_else_stays():
    document = open_po(POEDIT.encode(), Reading("a.po"), all_entries=False)
    filled = document.fill(["%d godz.", "%d godziny", "Dzień\n\tdobry\\", None]).decode()
    expected = POEDIT.replace(", c-format, no-wrap", ", fuzzy, c-format, no-wrap")
    for form, text in enumerate(("%d godz.", "%d godziny", "%d godziny")):
        expected = expected.replace(f'[{form}] ""', f'[{form}] "{text}"')
    expected = expected.replace('"%d godzin"', '"%d godziny"')
    expected = expected.replace('#| msgid "Good', '#, fuzzy\r\n#| msgid "Good')
    expected = expected.replace(
        'day"\r\nmsgstr ""', 'day"\r\nmsgstr ""\r\n"Dzień\\n"\r\n"\\tdobry\\\\"'
    )
    assert filled == expected
    half = document.fill(["%d godz.", None, None, "Pierwsza\ndruga " + "w" * 60 + " 他" * 9 + "\n"])
    end = f'msgstr ""\nPierwsza\\n"\n"druga {"w" * 60} 他 他 他 "\n"{"他 " * 5}他\\n"\n\n#~ msgid'
    end = end.replace("Pier", '"Pier').replace("\n", "\r\n")
    assert end in half.decode()
    assert half.decode().startswith(POEDIT[: POEDIT.index("#, fuzzy\r\n#| msgctxt")])


def test_a_single_plural_form_is_that_of_the_plural():
    document = open_po(WEBLATE.encode(), Reading("a.po"), all_entries=False)
    assert b'timers"\nmsgstr[0] "many"\n' in document.fill(["one", "many", None])


@pytest.mark.parametrize(
    ("flags", "filled"),
    [
        ("", "#, fuzzy\n"),
        ("#, c-format\n", "#, fuzzy, c-format\n"),
        ("#,c-format,no-wrap \n", "#, fuzzy,c-format,no-wrap \n"),
        ("#,\n", "#, fuzzy\n"),
        ("#, no-wrap, fuzzy\n", "#, no-wrap, fuzzy\n"),
        ("#, no-wrap\n#, c-format\n", "#, fuzzy, no-wrap\n#, c-format\n"),
    ],
)
def test_the_flag_is_put_before_others(flags, filled):
    content = '# b\n{}msgid "a"\nmsgstr "{}"'
    document = open_po(content.format(flags, "").encode(), Reading("a.po"), all_entries=True)
    assert document.fill(["c"]).decode() == content.format(filled, "c")


@in_catalogues
@pytest.mark.parametrize("all_entries", [False, True])
def test_a_filled_catalogue_remains_one(content, all_entries):
    document = open_po(content, Reading("a.po"), all_entries=all_entries)
    assert document.fill([None] * len(document.entries)) == content
    filled = document.fill([translate(entry.text) for entry in document.entries])
    assert not open_po(filled, Reading("a.po"), all_entries=False).entries
    assert b"\r\n" not in content or filled.count(b"\n") == filled.count(b"\r\n")
    assert filled.endswith(b"\n") == content.endswith(b"\n")
    if shutil.which("msgfmt") and is_accepted(content):
        assert is_accepted(filled)


@pytest.mark.skipif(not shutil.which("msgfmt"), reason="msgfmt is not installed")
def test_msgfmt_accepts_what_these_tests_begin_with():
    accepted = [name for name, content in CATALOGUES.items() if is_accepted(content)]
    assert {"Poedit", "Weblate", "Latin 2", "no end"} <= set(accepted)


@pytest.mark.parametrize(("charset", "lost"), [("ISO8859-1", "…"), ("SHIFT_JIS", "¥")])
def test_a_character_that_the_charset_does_not_have_is_refused(charset, lost):
    content = f'msgid ""\nmsgstr "Content-Type: ; charset={charset}\\n"\nmsgid "a"\nmsgstr ""\n'
    document = open_po(content.encode(), Reading("a.po"), all_entries=False)
    message = rf"^a\.po: line 3: its translation has '{lost}', which {charset} does not have: rec"
    with pytest.raises(UserError, match=message):
        document.fill([f"a{lost}"])


TEXTS = st.text(
    st.sampled_from(' ab"\\\n\t\r。（他') | st.characters(exclude_categories=["C", "Zl", "Zp"]),
    min_size=1,
    max_size=90,
).filter(str.strip)
STATES = st.sampled_from(["translated", "untranslated", "fuzzy", "obsolete"])
MESSAGES = st.tuples(TEXTS, st.none() | TEXTS, st.none() | TEXTS, STATES, st.booleans())


def make_catalogue(messages, end):
    catalogue = polib.POFile(wrapwidth=40)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=3; plural=n==1 ? 1 : n%2;",
    }
    for number, (text, context, plural, state, has_flag) in enumerate(messages):
        translation = "" if state == "untranslated" else text[::-1]
        entry = polib.POEntry(msgid=text, msgctxt=context, comment=f"c{number}")
        if plural is None:
            entry.msgstr = translation
        else:
            entry.msgid_plural, entry.msgstr_plural = plural, dict.fromkeys(range(3), translation)
        entry.flags = ["fuzzy"] * (state == "fuzzy") + ["no-wrap"] * has_flag
        entry.obsolete = state == "obsolete"
        catalogue.append(entry)
    return str(catalogue).replace("\n", end).encode()


def fields(entry):
    """All of an entry but its translation and whether it is fuzzy."""
    names = ("msgid", "msgctxt", "msgid_plural", "comment", "obsolete", "occurrences")
    flags = [flag for flag in entry.flags if flag != "fuzzy"]
    return [getattr(entry, name) for name in names], flags


@settings(max_examples=60)
@given(st.lists(MESSAGES, max_size=4), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.data())
def test_polib_reads_what_is_filled_in(messages, end, all_entries, data):
    content = make_catalogue(messages, end)
    document = open_po(content, Reading("a.po"), all_entries=all_entries)
    given_texts = [data.draw(st.none() | TEXTS) for _ in document.entries]
    remaining = iter(given_texts)
    before, after = (polib.pofile(each.decode()) for each in (content, document.fill(given_texts)))
    assert before.metadata == after.metadata
    for old, new in zip(before, after, strict=True):
        assert fields(new) == fields(old)
        texts = []
        if not old.obsolete and (
            all_entries or not (old.msgstr or any(old.msgstr_plural.values()))
        ):
            texts = [next(remaining) for _ in range(1 if old.msgid_plural == "" else 2)]
        if not texts or None in texts:
            assert str(new) == str(old)
            continue
        assert new.fuzzy
        forms = {0: texts[-1], 1: texts[0], 2: texts[-1]} if len(texts) == 2 else {}
        assert (new.msgstr_plural, new.msgstr) == (forms, "" if forms else texts[0])
    assert not list(remaining)


@example(base=b'msgid ""\nmsgstr "Content-Type: ; charset=utf-16\\n"\n', changes=[])
@given(
    st.sampled_from([*CATALOGUES.values(), make_mo(WEBLATE), make_mo(POEDIT, ">")]) | st.binary(),
    st.lists(
        st.tuples(st.integers(0, 1500), st.integers(0, 40), st.binary(max_size=9)), max_size=4
    ),
)
def test_any_bytes_give_pairs_or_one_line_that_names_the_file(base, changes):
    content = base
    for start, length, put in changes:
        content = content[:start] + put + content[start + length :]
    try:
        assert all(isinstance(pair, Pair) for pair in read(content))
        document = open_po(content, Reading("a.po"), all_entries=False)
        assert document.fill([None] * len(document.entries)) == content
        filled = document.fill(["x"] * len(document.entries))
    except UserError as error:
        assert str(error).startswith("a.po: ")
        assert str(error).isprintable()
    else:
        assert not open_po(filled, Reading("a.po"), all_entries=False).entries


def test_a_new_catalogue():
    pairs = [Pair("a cat", "一只猫"), Pair("", "x"), Pair("a cat", "猫"), Pair('a\\ "dog"', "")]
    text = "".join(write_po(pairs, "en", "zh-CN"))
    assert read(text.encode(), source="en", target="zh") == [pairs[0]]
    catalogue = polib.pofile(text)
    assert catalogue.metadata["Language"] == "zh_CN"
    assert [(entry.msgid, entry.msgstr) for entry in catalogue] == [pairs[0], pairs[3]]
    assert "Language:" not in "".join(write_po(pairs, "", ""))
    if shutil.which("msgfmt"):
        assert is_accepted(text.encode())
