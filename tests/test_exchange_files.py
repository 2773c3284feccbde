"""TMX, XLIFF and Qt TS, as several tools write them: read, filled in, and refused."""

import re
import time
import tracemalloc
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_file_kinds import read, refusal

from seqcli.data.inline_codes import InlineText, Places, TaggedText, has_same_tags
from seqcli.data.pairs import Pair
from seqcli.data.reading import Reading, Selection
from seqcli.data.writers.qt import QtDocument
from seqcli.data.writers.tmx import TmxDocument
from seqcli.data.writers.xliff import XliffDocument
from seqcli.data.writers.xml_document import XmlDocument, with_attributes
from seqcli.data.xml_stream import MAX_DEPTH, root_element
from seqcli.errors import UserError

EN_ZH = Selection(source="en", target="zh")
DOCUMENTS = Path(__file__).parent / "documents"
OMEGAT = (DOCUMENTS / "omegat.tmx").read_bytes().decode()
TRADOS = (DOCUMENTS / "trados.tmx").read_bytes().decode()
MEMOQ = (DOCUMENTS / "memoq.tmx").read_bytes().decode()
LOCALISED = (DOCUMENTS / "weblate.xlf").read_bytes().decode()
SEGMENTED = (DOCUMENTS / "trados.sdlxliff").read_bytes().decode()
VERSION_2 = (DOCUMENTS / "version-2.xlf").read_bytes().decode()
LINGUIST = (DOCUMENTS / "linguist.ts").read_bytes().decode()
XLIFF_12 = "{urn:oasis:names:tc:xliff:document:1.2}"


@pytest.mark.parametrize(
    ("content", "pair"),
    [
        (OMEGAT, Pair("Press <f0>OK</f0>.", "按<f0>确定</f0>。")),
        (TRADOS, Pair("See <g1>page <x2/></g1>.", "见<g1>第<x2/>页</g1>。")),
        (MEMOQ, Pair("Click <x1/>.", "点击<x1/>。")),
    ],
)
def test_memories_of_several_tools(tmp_path, content, pair):
    for encoded in (content.encode(), content.replace("utf-8", "utf-16").encode("utf-16")):
        assert read(tmp_path, "memory.tmx", encoded) == ([pair], [])
        assert read(tmp_path, "memory.txt", encoded, EN_ZH) == ([pair], [])  # by its content
        back = Selection(source="zh", target="en")
        assert read(tmp_path, "memory.tmx", encoded, back)[0] == [pair.reversed()]


def memory(*units):
    """A memory of units, each given as its texts by language."""
    written = "".join(
        "<tu>"
        + "".join(f'<tuv xml:lang="{tag}"><seg>{text}</seg></tuv>' for tag, text in unit.items())
        + "</tu>"
        for unit in units
    )
    return f'<tmx version="1.4"><header srclang="en"/><body>{written}</body></tmx>'


def test_two_languages_need_no_name_and_more_are_listed(tmp_path):
    two = [{"de": "eins", "en": "one"}, {"en": "two", "de": "zwei"}, {"en": "three"}]
    pairs, (note,) = read(tmp_path, "a.tmx", memory(*two))
    assert pairs == [Pair("one", "eins"), Pair("two", "zwei")]
    assert note == "left out 1 of 3 units without both texts"
    three = memory(*two, {"en": "four", "fr": "quatre"})
    message = "a.tmx: its languages are en (4), de (2), fr (1): name two, such as --from de --to en"
    assert refusal(tmp_path, "a.tmx", three) == message
    pairs, _ = read(tmp_path, "a.tmx", three, Selection(source="de", target="en"))
    assert pairs == [Pair("eins", "one"), Pair("zwei", "two")]
    message = "a.tmx: no unit is in it and en; its languages are en (4), de (2), fr (1)"
    assert refusal(tmp_path, "a.tmx", three, Selection(source="it", target="en")) == message
    ambiguous = memory({"en": "a", "zh-CN": "b", "zh-TW": "c"})
    assert "zh may be zh-cn or zh-tw: name one" in refusal(tmp_path, "a.tmx", ambiguous, EN_ZH)
    assert "all its texts are in one language, en (1)" in refusal(
        tmp_path, "a.tmx", memory({"en": "a"})
    )


# Hostile XML

DOUBLED = "".join(f'<!ENTITY a{i} "&a{i - 1};&a{i - 1};">' for i in range(1, 31))
BILLION = f'<!DOCTYPE l [<!ENTITY a "ha">{DOUBLED}]><tmx>&a30;</tmx>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BILLION, "line 1: declares the entity 'a'; entities are refused"),
        ('<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><tmx>&x;</tmx>', "declares the en"),
        ('<!DOCTYPE t [<!ENTITY % x SYSTEM "http://a.b/c">%x;]><tmx/>', "declares the entity 'x'"),
        ("<tmx>&unknown;</tmx>", "not well-formed XML (undefined entity)"),
        ('<!DOCTYPE tmx SYSTEM "http://a.b/tmx.dtd"><tmx>&odd;</tmx>', "unknown entity &odd;"),
        ("<tmx><body>", "not well-formed XML (no element found)"),
        ("<tmx>" + "<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH + "</tmx>", "200 elements within each"),
        ("<tmx><a></b></tmx>", "line 1: not well-formed XML (mismatched tag)"),
    ],
)
@pytest.mark.parametrize("name", ["x.tmx", "x.xlf", "x.ts"])
def test_hostile_xml_is_refused_in_one_line_and_at_once(tmp_path, name, content, message):
    started = time.perf_counter()
    assert message in refusal(tmp_path, name, content)
    assert time.perf_counter() - started < 1


def test_a_document_type_is_allowed_and_names_of_html_are_known(tmp_path):
    content = memory({"en": "a&nbsp;b &amp; &lt;c>", "zh": "一"})
    content = f'<!DOCTYPE tmx PUBLIC "-//LISA//DTD" "http://a.b/tmx14.dtd">\n{content}'
    assert read(tmp_path, "a.tmx", content)[0] == [Pair("a\u00a0b & <c>", "一")]


def test_a_large_memory_takes_little_of_the_ram(tmp_path):
    path = tmp_path / "large.tmx"
    unit = memory({"en": "a sentence of some words", "zh": "一二三"})
    head, body, foot = re.split(r"(?<=<body>)|(?=</body>)", unit)
    path.write_text(head + body * 30_000 + foot, encoding="utf-8")
    from seqcli.data.readers.registry import read_pairs

    tracemalloc.start()
    try:
        assert sum(1 for _ in read_pairs(path)) == 30_000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'<?xml version="1.0"?>\n<!-- <tmx> -->\n<!DOCTYPE TS>\n<TS version="2.1">', "TS"),
        (b"<x:xliff>", "xliff"),
        (b"\xef\xbb\xbf<tmx>", "tmx"),
        (b"a\tb", ""),
        (b"I <3 you\t<b>", ""),
    ],
)
def test_the_first_element_tells_the_kind(head, name):
    assert root_element(head) == name


# Inline codes

TAGS = st.sampled_from(["<g1>", "</g1>", "<x2/>", "<b>", "</b>", "a", " & ", "<", ">"])


def parsed(content):
    """The text of the first `seg` of a document, read as a document is."""
    places = Places()

    class Handler:
        text_read: InlineText | None = None
        result: TaggedText | None = None

        def start(self, name, attributes):
            if self.text_read is not None:
                self.text_read.start(name, attributes)
            elif name == "seg":
                self.text_read = InlineText(places, places.position)

        def text(self, text):
            if self.text_read is not None:
                self.text_read.text(text)

        def end(self, _name):
            if self.text_read is not None and not self.text_read.end():
                self.result, self.text_read = self.text_read.part().tagged, None

    handler = Handler()
    document = XmlDocument.of(content.encode(), Reading("a"))
    document.parse(handler, places, Reading("a"))
    assert handler.result is not None
    return handler.result, document.content


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ('a <g id="7">b</g>', "a <g7>b</g7>"),
        ('<g id="1"><g id="2">b</g></g>', "<g1><g2>b</g2></g1>"),
        ('<bx id="1"/>b<ex id="2" rid="1"/>', "<g1>b</g1>"),
        ('<bx id="1" rid="9"/>b<ex id="2" rid="9"/>', "<g1>b</g1>"),
        ('<sc id="1"/>b<ec startRef="1"/>', "<g1>b</g1>"),
        ('<ept i="1"/>b<bpt i="1"/>', "<x1/>b<x1_2/>"),
        # Codes that cross are not all pairs.
        ('<bpt i="1"/><bpt i="2"/>a<ept i="1"/>b<ept i="2"/>', "<g1><x2/>a</g1>b<x2_2/>"),
        ("<ph>{0}<sub>text</sub></ph>b", "<x1/>b"),
        ('<x id="a b"/>b<x id="a b"/>', "<x1/>b<x2/>"),
        ('<g id="1"/>b', "<x1/>b"),
        ("&lt;g1&gt; <g id='1'>b</g>", "<g1> <gg1>b</gg1>"),
    ],
)
def test_inline_codes_are_tags_and_come_back(xml, text):
    tagged, content = parsed(f"<a><seg>{xml}</seg></a>")
    assert tagged.text == text
    back = tagged.to_xml(tagged.text, content).decode()
    assert parsed(f"<a><seg>{back}</seg></a>")[0].text == text
    assert back.replace("&gt;", ">") == xml.replace("&gt;", ">")


@given(st.lists(TAGS, max_size=8).map("".join), st.lists(TAGS, max_size=8).map("".join))
def test_tags_that_are_lost_or_crossed_are_seen(text, other):
    def tags(text):
        return re.findall(r"</?[gxb]\d?/?>", text)

    if sorted(tags(text)) != sorted(tags(other)):
        assert not has_same_tags(text, other)
    assert has_same_tags(text, text)
    assert not has_same_tags("<g1><b>a</b></g1>", "<g1><b>a</g1></b>")


# Filled in


def filled(document, translate=str.upper):
    """The document with translations made by a function, as text."""
    return document.fill([translate(entry.text) for entry in document.entries]).decode()


ALL_DOCUMENTS = [
    (TmxDocument, OMEGAT, EN_ZH),
    (TmxDocument, TRADOS, Selection(source="en", target="de")),
    (XliffDocument, LOCALISED, EN_ZH),
    (XliffDocument, SEGMENTED, EN_ZH),
    (XliffDocument, VERSION_2, EN_ZH),
    (QtDocument, LINGUIST, EN_ZH),
]


@pytest.mark.parametrize(("kind", "content", "selection"), ALL_DOCUMENTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_is_not_filled_in_stays_the_same_bytes(kind, content, selection, encoding):
    content = re.sub("utf-8", encoding, content, flags=re.IGNORECASE).encode(encoding)
    document = kind(content, Reading("a", selection), all_entries=True)
    assert document.fill([None] * len(document.entries)) == content
    assert document.entries


@pytest.mark.parametrize(("kind", "content", "selection"), ALL_DOCUMENTS)
def test_only_targets_differ_after_filling(kind, content, selection):
    """Without the elements that were filled in, and their states, both files are the same."""

    def rest(text):
        root = ElementTree.fromstring(re.sub("<!DOCTYPE.*?>", "", text).encode())
        for element in root.iter():
            for child in list(element):
                name = child.tag.rpartition("}")[2]
                language = child.get("{http://www.w3.org/XML/1998/namespace}lang")
                language = language or child.get("lang") or ""
                is_new = name == "tuv" and not language.lower().startswith("en")
                if name in ("target", "translation") or is_new:
                    element.remove(child)
            for name in ("state", "subState"):
                element.attrib.pop(name, None)
        return re.sub(r"\s+", " ", ElementTree.tostring(root, "unicode")).replace("> <", "><")

    document = kind(content.encode(), Reading("a", selection), all_entries=False)
    written = filled(document, lambda text: text.replace("e", "é"))
    assert rest(written) == rest(content)
    again = kind(written.encode(), Reading("a", selection), all_entries=False)
    if kind is not QtDocument:
        assert not again.entries  # nothing is left
    else:
        assert filled(again) == written


def test_a_memory_gets_a_further_language(tmp_path):
    reading = Reading("a", Selection(source="en", target="de"))
    document = TmxDocument(TRADOS.encode(), reading, all_entries=False)
    assert [entry.text for entry in document.entries] == ["See <g1>page <x2/></g1>."]
    written = filled(document, lambda _: "Siehe <g1>Seite <x2/></g1> <&>.")
    new = '<tuv xml:lang="de"><seg>Siehe <bpt i="1" type="1" x="1" />Seite <ph x="2" type="3"/>'
    assert f'{new}<ept i="1"/> &lt;&amp;&gt;.</seg></tuv>' in written
    pairs, _ = read(tmp_path, "a.tmx", written, Selection(source="en", target="de"))
    assert pairs == [Pair("See <g1>page <x2/></g1>.", "Siehe <g1>Seite <x2/></g1> <&>.")]
    with pytest.raises(UserError, match="into which language"):
        TmxDocument(TRADOS.encode(), Reading("a"), all_entries=False)


def targets(written, namespace):
    root = ElementTree.fromstring(written.encode())
    return {
        (unit.get("id") or ""): [
            (target.get("state"), "".join(target.itertext()))
            for target in unit.findall(f"{namespace}target")
        ]
        for unit in root.iter(f"{namespace}trans-unit")
    }


def test_a_job_of_version_1_2(tmp_path):
    document = XliffDocument(LOCALISED.encode(), Reading("a", EN_ZH), all_entries=False)
    texts = ["Open <g1>the <x2/>file</g1> & read", "Close", "Empty"]
    assert [entry.text for entry in document.entries] == texts
    written = filled(document, lambda text: text.replace("the", "一"))
    review = "needs-review-translation"
    assert targets(written, XLIFF_12) == {
        "0": [],
        "1": [(review, "Open 一 file & read")],
        "2": [(review, "Close")],
        "3": [(None, "好了")],
        "4": [(review, "Empty")],
    }
    target = '<target state="needs-review-translation">Open <g id="1" ctype=\'bold\'>一 <x id="2"/>'
    assert f"        {target}file</g> &amp; read</target>" in written
    assert '<target state="needs-review-translation">Close</target>\n        <alt-trans>' in written
    pairs, _ = read(tmp_path, "a.xlf", written)
    assert pairs[2] == Pair("Done", "好了")
    assert len(pairs) == 4


def test_a_job_whose_units_are_divided_into_segments(tmp_path):
    assert read(tmp_path, "a.sdlxliff", SEGMENTED)[0] == [Pair("Two <x6/>.", "二<x6/>。")]
    document = XliffDocument(SEGMENTED.encode(), Reading("a"), all_entries=False)
    assert [entry.text for entry in document.entries] == ["One.", "Three.", "Four."]
    written = document.fill(["一。", "三。", "四。"]).decode()
    assert (
        '<mrk mtype="seg" mid="1">一。</mrk>\n <mrk mtype="seg" mid="2">二<x id="6"/>。</mrk>'
        in written
    )
    new = '<mrk mtype="seg" mid="1">三。</mrk> <mrk\n mtype="seg" mid="2">四。</mrk></target>'
    assert f'<target state="needs-review-translation">{new}' in written
    assert len(read(tmp_path, "a.sdlxliff", written)[0]) == 4
    partly = XliffDocument(SEGMENTED.encode(), Reading("a"), all_entries=False)
    assert partly.fill([None, "三。", None]) == SEGMENTED.encode()  # a unit has one state


def test_a_job_of_version_2(tmp_path):
    assert read(tmp_path, "a.xlf", VERSION_2)[0] == [Pair("Done", "好了")]
    document = XliffDocument(VERSION_2.encode(), Reading("a"), all_entries=False)
    assert [entry.text for entry in document.entries] == ["Press <g1>here</g1>.", "Again<x2/>"]
    written = document.fill(["按<g1>这里</g1>。", None]).decode()
    first, rest = written.split("</segment>", 1)
    assert '<segment id="s1" state="translated" subState="seqcli:machine">' in first
    assert '<target>按<pc id="1" dataRefStart="d1">这里</pc>。</target>' in first
    assert rest == VERSION_2.split("</segment>", 1)[1]
    without = VERSION_2.replace(' trgLang="zh"', "")
    with pytest.raises(UserError, match=r"names no target language \(trgLang\): name it"):
        XliffDocument(without.encode(), Reading("a"), all_entries=False)
    named = XliffDocument(without.encode(), Reading("a", EN_ZH), all_entries=False)
    assert ' trgLang="zh">' in filled(named)


def test_qt_linguist(tmp_path):
    assert read(tmp_path, "a.ts", LINGUIST)[0] == [Pair("Done", "好了")]
    document = QtDocument(LINGUIST.encode(), Reading("a"), all_entries=False)
    assert [entry.text for entry in document.entries] == ["&Open…", "%n file(s)"]
    written = document.fill(["打开", "%n<个>文件"]).decode()
    assert '<translation type="unfinished">打开</translation>' in written
    form = "<numerusform>%n&lt;个&gt;文件</numerusform>"
    assert f'<translation type="unfinished">{form}</translation>' in written
    assert written.count("unfinished") == 2


def test_an_encoding_that_lacks_a_character_gets_a_reference():
    content = LOCALISED.replace("utf-8", "iso-8859-1").encode("latin-1", "xmlcharrefreplace")
    document = XliffDocument(content, Reading("a", EN_ZH), all_entries=False)
    assert b"&#19968;" in document.fill(["一"] * len(document.entries))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (b"<target>", b'<target a="1 &quot;2">'),
        (b"<target />", b'<target a="1 &quot;2" />'),
        (b"<t b='x' a = 'old'>", b"<t b='x' a=\"1 &quot;2\">"),
        (b'<t xa="old">', b'<t xa="old" a="1 &quot;2">'),
    ],
)
def test_attributes_are_replaced_or_added(tag, expected):
    expected = expected.replace(b'"1 &quot;2"', b"'1 \"2'")
    assert with_attributes(tag, {"a": '1 "2'}) == expected


# What an attack found


def unit_12(content):
    return (
        '<xliff version="1.2"><file source-language="en" target-language="zh"><body>'
        f'<trans-unit id="1">{content}</trans-unit></body></file></xliff>'
    )


def test_a_segment_that_a_person_has_translated_is_kept():
    marks = [f'<mrk mtype="seg" mid="{i}">{text}</mrk>' for i, text in enumerate("ab")]
    source = f"<source>a b</source><seg-source>{' '.join(marks)}</seg-source>"
    human = marks[0].replace("a</", "HUMAN</")
    content = unit_12(f"{source}<target>{human}</target>")
    document = XliffDocument(content.encode(), Reading("a"), all_entries=False)
    assert [entry.text for entry in document.entries] == ["b"]
    both = f"{human} {marks[1].replace('b</', 'B</')}</target>"
    assert both in document.fill(["B"]).decode()


def test_a_target_of_version_2_without_a_state_is_a_translation(tmp_path):
    content = (
        '<xliff version="2.0" srcLang="en" trgLang="zh"><file id="f"><unit id="u"><segment>'
        "<source>a</source><target>HUMAN</target></segment></unit></file></xliff>"
    )
    assert read(tmp_path, "a.xlf", content)[0] == [Pair("a", "HUMAN")]
    assert not XliffDocument(content.encode(), Reading("a"), all_entries=False).entries


def test_texts_for_several_lengths_are_left():
    variants = "<lengthvariant>long</lengthvariant><lengthvariant/>"
    content = LINGUIST.replace(
        'unfinished"></translation>', f'unfinished" variants="yes">{variants}</translation>'
    )
    document = QtDocument(content.encode(), Reading("a"), all_entries=True)
    assert [entry.text for entry in document.entries] == ["%n file(s)", "Done"]
    assert document.notes == ["left 1 message with texts for several lengths"]
    ElementTree.fromstring(re.sub("<!DOCTYPE.*?>", "", filled(document)).encode())


@pytest.mark.parametrize(
    ("kind", "content"),
    [(XliffDocument, VERSION_2), (XliffDocument, LOCALISED), (QtDocument, LINGUIST)],
)
def test_a_file_in_other_languages_is_refused(kind, content):
    with pytest.raises(UserError, match=r"a: is to be translated into zh.*, not into de"):
        kind(content.encode(), Reading("a", Selection(target="de")), all_entries=False)
    with pytest.raises(UserError, match=r"a: is to be translated from en.*, not from fr"):
        kind(content.encode(), Reading("a", Selection(source="fr")), all_entries=False)


@pytest.mark.parametrize("encoding", ["foo", "hex", "rot13", "idna", "undefined", "unicode_escape"])
def test_an_encoding_that_no_text_has_is_refused(tmp_path, encoding):
    content = f'<?xml version="1.0" encoding="{encoding}"?><tmx/>'
    assert f"unknown encoding, {encoding}" in refusal(tmp_path, "x.tmx", content)
    assert "x.tsv" in refusal(tmp_path, "x.tsv", content)


@pytest.mark.parametrize(
    "content",
    [
        "<!DOCTYPE " + "[]" * 40 + "\tb\n",
        f'<tmx><body a="{"x" * 6_000_000}"/></tmx>',
        f"<tmx><!--{'x' * 6_000_000}--></tmx>",
        memory({"en": '<bpt i="1"/>' * 9000 + '<ept i="2"/>' * 9000, "zh": "a"}),
        memory({"en": '<ph x="1"/>' * 9000, "zh": "a"}),
    ],
)
def test_what_takes_long_is_refused_soon(tmp_path, content):
    started = time.perf_counter()
    refusal(tmp_path, "x.tmx", content)
    assert time.perf_counter() - started < 2


def test_characters_that_xml_cannot_have_are_left_out():
    from seqcli.data.writers.tmx import write_tmx

    written = "\n".join(write_tmx([Pair("a\ufffe\x01b", "c")], "en", "zh"))
    assert "<seg>ab</seg>" in written
    ElementTree.fromstring(written.encode())
