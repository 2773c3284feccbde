"""Terms in sources and in translations, and the lines that tell them."""

import random
import time
import types
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqcli.data.carryover import SYMBOLS
from seqcli.data.glossary import FoundTerm, Glossary, TargetForm, parse_term
from seqcli.data.source_text import CarryingReader, SourceText
from seqcli.data.word_list import WordList
from seqcli.data.written_terms import written_terms
from seqcli.decoding.encoded import Copy
from seqcli.decoding.hypotheses import Hypothesis
from seqcli.decoding.items import with_capital
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError


def glossary(*lines, locale=""):
    return Glossary((parse_term(line) for line in lines), locale)


def found(terms, text):
    return [(term.source, term.forms[0].text) for term in terms.find(text)]


def met_terms(translation, terms):
    return [term.is_met for term in written_terms(translation, terms)]


def test_terms_are_found_as_whole_words_in_any_case_and_spelling():
    terms = glossary(("dog|dogs", "Hund"), ("hot dog", "Hotdog"), ("e-mail", "E-Mail"))
    assert found(terms, "DOGS, a hot  dog. e‑mail: dogma") == [
        ("DOGS", "Hund"),
        ("hot  dog", "Hotdog"),
        ("e‑mail", "E-Mail"),
    ]
    assert found(glossary(("C++", "Cpp")), "I write C++.") == [("C++", "Cpp")]
    assert found(glossary(("iPhone", "x")), "我的ｉＰｈｏｎｅ手机") == [("ｉＰｈｏｎｅ", "x")]
    assert found(glossary(("先生", "Herr")), "王先生们") == [("先生", "Herr")]
    assert found(glossary(("KIZ", "x"), locale="tr"), "kız kiz") == [("kız", "x")]


def test_the_longest_term_counts_and_of_the_same_source_the_last():
    terms = glossary(("New York", "NY"), ("New York City", "NYC"), ("York", "Y"), ("york", "Z"))
    assert found(terms, "new york city New York york York") == [
        ("new york city", "NYC"),
        ("New York", "NY"),
        ("york", "Z"),
        ("York", "Y"),
    ]
    assert found(glossary(("a", "b"), ("a", "c")), "a") == [("a", "c")]
    assert found(glossary(("May", "Mai"), ("may", "darf")), "May may MAY") == [
        ("May", "Mai"),
        ("may", "darf"),
        ("MAY", "DARF"),
    ]


def test_many_terms_that_begin_alike_are_found_soon():
    terms = glossary(*((f"a {number}", "x") for number in range(5000)), ("a", "y"))
    begin = time.monotonic()
    assert found(terms, "a " * 5000) == [("a", "y")] * 5000
    assert time.monotonic() - begin < 5  # at each place, all of these terms would take 20 s


@given(st.integers(0, 10_000))
def test_what_is_found_is_in_the_text_in_order(number):
    draw = random.Random(number)
    words = ["a", "b", "ab", "先", "-", "生"]
    terms = glossary(
        *(("".join(draw.choices([*words, " "], k=3)).strip() or "a", "x") for _ in range(4))
    )
    text = "".join(draw.choices([*words, " ", " "], k=12))
    end = 0
    for term in terms.find(text):
        assert term.start >= end
        assert text[term.start : term.end] == term.source
        end = term.end


@pytest.mark.parametrize(
    ("line", "text", "forms"),
    [
        (("water", "eau"), "the water", [("eau", False), ("Eau", True)]),
        (("water", "eau"), "- Water is", [("eau", False), ("Eau", True)]),
        (("water", "eau"), "the Water", [("Eau", False)]),
        (("water", "eau"), "the WATER", [("EAU", False)]),
        (("Water", "eau"), "the Water", [("eau", False), ("Eau", True)]),
        (("water", "Wasser"), "the WATER", [("Wasser", False)]),
        (("water", "iWater"), "Water", [("iWater", False)]),
        (("water", "水"), "WATER", [("水", False)]),
        (("a|b", "c|D"), "b", [("c", False), ("C", True), ("D", False)]),
        (("us", "uns"), "I see", []),
    ],
)
def test_the_case_is_that_of_the_source_unless_the_term_has_its_own(line, text, forms):
    terms = glossary(line).find(text)
    assert [tuple(form) for term in terms for form in term.forms] == forms


@pytest.mark.parametrize("cells", [("a|", "b"), ("a", "|b"), ("|", "b"), ("a", "b||c")])
def test_an_empty_form_is_refused(cells):
    with pytest.raises(UserError, match="an empty form"):
        parse_term(cells)


@pytest.mark.parametrize("cells", [("a" * 501, "b"), ("a", "b|" + "c" * 501)])
def test_a_form_that_is_too_long_is_refused(cells):
    with pytest.raises(UserError, match="500 characters"):
        parse_term(cells)
    parse_term([cell[:500] for cell in cells])


def test_a_term_is_met_as_whole_words_and_no_word_counts_twice():
    terms = glossary(("ny", "New York"), ("nyc", "New York City"), ("dog", "Hund|Hunde"))
    sought = terms.find("nyc ny dog dog")
    assert met_terms("New York City", sought) == [True, False, False, False]
    assert met_terms("New York City in New York: Hunde, ein Hund", sought) == [True] * 4
    assert met_terms("Hundehaus und Hund", sought) == [False, False, True, False]
    (water,) = glossary(("water", "eau")).find("water")
    assert met_terms("Eau froide", [water]) == [True]
    assert met_terms("De Eau", [water]) == [False]
    assert met_terms("De l'air. Eau froide", [water]) == [True]  # of two sentences
    assert met_terms("3.5 Eau", [water]) == [False]


def test_terms_that_share_a_form_each_have_one():
    terms = glossary(("big", "groß|riesig"), ("large", "groß"), ("huge", "groß|riesig|sehr groß"))
    assert met_terms("riesig und groß", terms.find("big large")) == [True, True]
    assert met_terms("groß", terms.find("big large")).count(True) == 1
    assert met_terms("groß, sehr groß, riesig", terms.find("big large huge")) == [True] * 3


def reader(terms, symbols=SYMBOLS, **more):
    words = WordList(("the", "dogs", "run", "in", "new", "york", "quickly"), frozenset())
    return CarryingReader(".,", words, symbols, True, str.isascii, glossary=terms, **more)


def test_a_term_with_a_new_word_is_carried_as_one_item():
    terms = glossary(("Kubernetes|Kubernetes 2", "Kubernetes-Cluster"), ("dogs", "Hunde"))
    source = reader(terms).read("Alice Kubernetes 2 run dogs 3")
    assert source.text == f"{SYMBOLS[0]} {SYMBOLS[1]} run dogs {SYMBOLS[2]}"
    assert source.items == ("Alice", "Kubernetes 2", "3")
    assert source.carried == ("Alice", "Kubernetes-Cluster", "3")
    assert source.unknown == ("Alice",)
    assert [(term.source, term.carried) for term in source.terms] == [
        ("Kubernetes 2", True),
        ("dogs", False),
    ]


def test_a_source_of_a_term_alone_is_not_foreign():
    terms = glossary(("Kubernetes", "K8s"))
    assert not reader(terms).read("Kubernetes").is_foreign
    assert reader(None).read("Kubernetes").is_foreign


def test_without_symbols_nothing_is_carried():
    terms = glossary(("Kubernetes", "K8s"))
    source = reader(terms, symbols="").read("the Kubernetes")
    assert source.items == ()
    assert [term.carried for term in source.terms] == [False]


def test_a_glossary_of_words_that_a_source_lacks_changes_nothing():
    text = "Alice <b>sees</b> 3 dogs at http://a.org in New York"
    assert reader(glossary(("cat", "Katze"))).read(text) == reader(None).read(text)


def test_a_term_keeps_lexicon_and_other_items():
    terms = glossary(("dogs", "Hunde"), ("Zed", "Zett"))
    read = reader(terms, lexicon={"foxglove": "Fingerhut"}).read("foxglove dogs 5 Zed")
    assert read.carried == ("Fingerhut", "5", "Zett")
    assert read.terms[0].forms[0] == TargetForm("Hunde")


def test_a_term_with_a_capital_letter_stays_as_it_is():
    for text, written in (("hund", "Hund"), ("iPhone", "iPhone"), ("ßa", "ßa")):
        copy, pieces = Copy(text, 0, 0, "new"), [f"▁{text}", "▁x"]
        assert with_capital(f"{text} x", pieces, (copy,), 0)[0] == f"{written} x"
        assert pieces[0] == f"▁{written}"
        term = Glossary([parse_term(("new", text))]).find("new")
        assert met_terms(f"{written} x", term) == [True]


def test_a_lost_term_is_told_once():
    terms = tuple(FoundTerm(name, 0, 1, (TargetForm("x"),), name == "new") for name in ("new", "b"))
    source = types.SimpleNamespace(
        pieces=(), cut=False, words=(), source=SourceText("", terms=terms)
    )
    decoded = types.SimpleNamespace(text="y", pieces=(), copies=(), missing=("new",))
    translator: Any = types.SimpleNamespace(
        processor=types.SimpleNamespace(decode=lambda *_: decoded), confidence=None
    )
    hypothesis = Hypothesis((), 0.0, 0.0, None, "limit", 0, ())
    found = Translator.to_translation(translator, "new b", source, hypothesis)  # type: ignore[arg-type]
    assert found.missing == ("new", "x")
