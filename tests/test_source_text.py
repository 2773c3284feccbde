"""What a model reads of a source, and the items put back into its translation."""

import random

import numpy as np
import pytest
from fakes import PrefixModel
from hypothesis import given, settings
from hypothesis import strategies as st

from seqcli.config import SearchConfig, TokenizerConfig
from seqcli.data.carryover import SYMBOLS
from seqcli.data.pairs import Pair
from seqcli.data.source_text import CarryingReader, CompatibleReader, Mark
from seqcli.data.target_text import find_item, put_symbols
from seqcli.data.tokenizer import END, build
from seqcli.data.vocabulary import END_TOKEN, OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.decoding.text_processor import TextProcessor
from seqcli.decoding.translator import Translator

KNOWN = ["the", "dog", "sees", "a", "cat", "and", "runs", "in", "park", "my", "name", "is"]
HAN = ["我", "叫", "名", "字"]
WORDS = WordList((*KNOWN, *HAN, "tom", "d"), frozenset({"tom"}))
LETTERS = "abcdefghijklmnopqrstuvwxyzäöüß我叫名字"
ONE, TWO, THREE = list(SYMBOLS[:3])


def reader(*, punctuation=".,'", symbols=SYMBOLS, numbers=True, words=WORDS):
    return CarryingReader(punctuation, words, symbols, numbers, set(LETTERS).__contains__)


def test_symbols_replace_items_in_order():
    read = reader().read("The dog sees Zoltan and 5 cats.")
    assert read.text == f"the dog sees {ONE} and {TWO} {THREE}."
    assert read.items == ("Zoltan", "5", "cats")
    assert read.unknown == ("Zoltan", "cats")
    assert (read.marks, read.dropped, read.is_foreign) == ((), "", False)
    # A name that training had is carried over, and yet known.
    read = reader().read("Tom sees TOM")
    assert (read.text, read.items, read.unknown) == (f"{ONE} sees {TWO}", ("Tom", "TOM"), ())


def test_items_keep_their_spelling_and_the_rest_is_folded():
    read = reader().read("MY NAME IS  “Ｚoltan” `X`")
    assert read.items == ("Ｚoltan", "`X`")
    assert read.text == f"my name is {ONE} {TWO}"
    assert read.dropped == '"'


def test_more_items_than_symbols_use_them_again():
    source = "the " + " and ".join(str(i) for i in range(20, 40))
    read = reader().read(source)
    assert read.items == tuple(str(i) for i in range(20, 40))
    used = [c for c in read.text if c in SYMBOLS]
    assert used == [SYMBOLS[i % len(SYMBOLS)] for i in range(20)]


def test_numbers_are_read_where_they_are_not_carried_over():
    words = WordList((*KNOWN, "5"), frozenset())
    assert reader(numbers=False, words=words).read("the 5 dog").text == "the 5 dog"
    assert reader(words=words).read("the 5 dog").text == f"the {ONE} dog"


@pytest.mark.parametrize(
    ("typed", "items", "marks"),
    [
        ("My name is Fatoumata Diallo.", ["Fatoumata Diallo"], []),
        ("My dog is 3 and runs in 17 parks", ["3", "17", "parks"], []),
        ("Angela runs in the park with 17 dog", ["Angela", "with", "17"], []),
        (
            "The dog sees bob@example.com and https://example.com/a?b=1.",
            ["bob@example.com", "https://example.com/a?b=1"],
            [],
        ),
        ("<b>A dog</b> runs in the {place}.", ["{place}"], ["<b>", "</b>"]),
        ("a park is 37 euros", ["37", "euros"], []),
        ("my name is info@example.org", ["info@example.org"], []),
    ],
)
def test_what_no_training_pair_had_is_carried_over(typed, items, marks):
    read = reader().read(typed)
    assert list(read.items) == items
    assert [mark.text for mark in read.marks] == marks


def test_a_model_without_symbols_reads_all():
    read = reader(symbols="").read("The Zoltan sees 5 <b> cat")
    assert (read.items, read.marks, read.unknown) == ((), (), ("Zoltan", "5", "b"))
    assert read.text == "the zoltan sees 5 <b> cat"


@pytest.mark.parametrize(
    ("source", "text", "marks"),
    [
        ("<b>The dog</b> runs", "the dog runs", [("<b>", 0, 1, 0), ("</b>", 7, 0, 1)]),
        ("the <b>dog</b>", "the dog", [("<b>", 4, 1, 0), ("</b>", 7, 0, 1)]),
        ("the <br/> dog", "the dog", [("<br/>", 4, 1, 1)]),
        ("the dog 🌷", "the dog", [("🌷", 7, 1, 1)]),
        ("the dog🌷.", "the dog.", [("🌷", 7, 0, 0)]),
        ("🌷 the dog", "the dog", [("🌷", 0, 1, 1)]),
        ("the <b><i>dog</i></b>", "the dog",
         [("<b>", 4, 1, 0), ("<i>", 4, 1, 0), ("</i>", 7, 0, 1), ("</b>", 7, 0, 1)]),
        ("<b>5</b> dog", f"{ONE} dog", [("<b>", 0, 1, 0), ("</b>", 1, 0, 1)]),
        ("我叫♪名字", "我叫名字", [("♪", 2, 0, 0)]),
    ],
)  # fmt: skip
def test_marks_are_taken_out(source, text, marks):
    read = reader().read(source)
    assert read.text == text
    expected = [Mark(t, place, bool(after), bool(before)) for t, place, after, before in marks]
    assert list(read.marks) == expected


def test_unknown_punctuation_is_dropped_and_reported():
    read = reader(punctuation="").read("The dog’s cat: runs; in – park!")
    assert read.dropped == "!'-:;"
    assert read.text == "the dogs cat runs in park"
    assert (read.items, read.unknown) == ((), ("s",))
    read = reader(punctuation=".").read("(The) dog.")
    assert (read.text, read.dropped) == ("the dog.", "()")
    # What is in an item is no punctuation of the sentence.
    assert reader(punctuation="").read("the https://a.io/?b dog").dropped == ""


@pytest.mark.parametrize(
    "source",
    ["-5", "♪", "🌷", "=====", "$$$", "|", "~~~", "<b>", "...", "https://a.io/x", "%s", "`the`",
     "Я тебя люблю.", "Fatoumata Diallo", "Zoltan 5", "สวัสดี"],
)  # fmt: skip
def test_a_source_without_a_known_word_is_foreign(source):
    read = reader().read(source)
    assert read.is_foreign
    assert (read.text, read.items, read.marks) == (source, (), ())
    known = reader().read(f"{source} dog")
    assert not known.is_foreign


@pytest.mark.parametrize("source", ["", " ", "\u200b", "\ufeff\n", "\ud800"])
def test_a_blank_source_is_empty(source):
    read = reader().read(source)
    assert (read.text, read.is_foreign, read.unknown) == ("", False, ())


@given(
    st.lists(st.sampled_from([*"\ud800\ud8ff\udc00\udfff", *SYMBOLS, "the dog", " ", "Z", "<b>"]))
)
def test_lone_surrogates_are_dropped(parts):
    source = "".join(parts)
    clean = "".join(part for part in parts if not "\ud800" <= part <= "\udfff")
    assert reader().read(source) == reader().read(clean)
    assert reader().normalize(source) == reader().normalize(clean)
    processor = processor_of_all()
    assert processor.to_example(Pair(source, source)) == processor.to_example(Pair(clean, clean))
    encoded = processor.encode_source(clean)
    assert processor.prefix_tokens(source, encoded) == processor.prefix_tokens(clean, encoded)
    assert CompatibleReader(".").read(source) == CompatibleReader(".").read(clean)


def test_a_prefix_has_symbols_for_the_items_of_its_source():
    processor = processor_of_all()
    encoded = processor.encode_source("my name is Zoltan and the dog sees 5")
    tokens = processor.prefix_tokens("Zoltan 5 ", encoded)
    symbols = processor.symbol_tokens(encoded)
    assert [token for token in tokens if token in symbols] == symbols
    assert processor.decode(encoded, tokens, None).text == "Zoltan 5"
    # Another source's items are read in pieces.
    assert not set(processor.prefix_tokens("Anna", encoded)) & set(symbols)


def test_normalize_keeps_the_items():
    assert reader().normalize("The  DOG sees Zoltan & <b>5</b>!") == "the dog sees Zoltan 5"
    assert reader().normalize("Zoltan") == "Zoltan"
    compatible = CompatibleReader(".")
    assert (
        compatible.read("The DOG №5!").text == compatible.normalize("The DOG №5!") == "the dog no5"
    )
    assert compatible.read("The dog!").dropped == "!"


@pytest.mark.parametrize(
    ("text", "item", "found"),
    [
        ("Tom runs", "Tom", (0, 3)),
        ("Toms Hund", "Tom", (0, 3)),
        ("Tomas Hund", "Tom", (0, 3)),
        ("Tomaten", "Tom", None),
        ("Phantom", "tom", None),
        ("Tomate Tom", "Tom", (7, 10)),
        ("15 or 5", "5", (6, 7)),
        ("5.5 or 5", "5", (7, 8)),
        ("5. or", "5", (0, 1)),
        ("a {x} b", "{x}", (2, 5)),
        ("我叫Anna。", "Anna", (2, 6)),
        ("我叫安娜", "安娜", (2, 4)),
    ],
)
def test_an_item_in_a_target(text, item, found):
    assert find_item(text, item) == found


def test_an_item_is_found_where_nothing_else_is():
    assert find_item("Tom and Tom", "Tom", [(0, 3)]) == (8, 11)
    assert find_item("Tom and Tom", "Tom", [(0, 3), (10, 11)]) is None


def test_targets_get_the_symbols_of_their_source():
    source = reader().read("Tom sees <b>Zoltan</b> and Tom")
    assert put_symbols("Zoltan <b>sieht</b> Tom, Toms", source) == f"{TWO} sieht {ONE}, {THREE}s"
    assert put_symbols("nichts", source) == "nichts"


_PROCESSOR: list[TextProcessor] = []


def processor_of_all():
    """A text processor whose vocabulary has each piece, with the reader of this file."""
    if not _PROCESSOR:
        words = KNOWN
        lines = [f"{a} {b}" for a in words for b in words] + [LETTERS, "我叫名字", ".,'"]
        tokenizer = build([Pair(line, line) for line in lines], TokenizerConfig(pieces="char"))
        vocabulary = OutputVocabulary.of([list(range(1, len(tokenizer)))])
        _PROCESSOR.append(TextProcessor(tokenizer, vocabulary, reader(), 1000))
    return _PROCESSOR[0]


ITEMS = [
    *("5", "3.5", "-7", "50%", "https://example.com/a?b=1", "bob@example.com", "%s", "{name}"),
    *("{{x}}", "${x}", "%1$d", "`the dog`", "@bob", "#tag", "&amp;", "Zoltan"),
    *("O'Brien", "Fatoumata Diallo", "Москва", "snake_case", "12:30", "10⁵", "½"),
    *("{n, plural, one {# cat} other {# cats}}", "{Q\\1}"),
]  # fmt: skip
SENTENCES = st.lists(
    st.sampled_from(KNOWN) | st.sampled_from(ITEMS).map(lambda t: f" {t}"),
    min_size=1,
    max_size=24,
)


@settings(max_examples=50)
@given(SENTENCES, st.randoms(use_true_random=False))
def test_each_item_is_put_back_once_whatever_the_order_of_the_symbols(parts, draw: random.Random):
    processor = processor_of_all()
    expected = [part.strip() for part in parts if part.startswith(" ")]
    # (A known word between items, so that neighbours are not one.)
    source = " the ".join(part.strip() for part in ["dog", *parts, "dog"])
    encoded = processor.encode_source(source)
    assert list(encoded.source.items) == expected
    assert [encoded.pieces[i] for i in encoded.symbol_pieces] == expected
    symbols = processor.symbol_tokens(encoded)
    assert len(symbols) == len(expected)
    draw.shuffle(symbols)
    word = processor.target_tokens("dog")[:-1]
    tokens = [token for symbol in symbols for token in (*word, symbol)] + [*word, END_TOKEN]
    decoded = processor.decode(encoded, tokens, None)
    assert decoded.missing == ()
    assert sorted(copy.text for copy in decoded.copies) == sorted(expected)
    for copy in decoded.copies:
        assert encoded.pieces[copy.source_piece] == decoded.pieces[copy.target_piece] == copy.text
    placed = [
        decoded.pieces[c.target_piece] for c in sorted(decoded.copies, key=lambda c: c.target_piece)
    ]
    assert decoded.text == " dog".join(["", *placed, ""]).strip()
    # And one that is left out is reported as missing.
    if symbols:
        fewer = [token for token in tokens if token != symbols[0]]
        lost = processor.decode(encoded, fewer, None)
        copied = [copy.text for copy in lost.copies]
        assert sorted([*copied, *lost.missing]) == sorted(expected)
        assert len(lost.missing) == tokens.count(symbols[0])


def test_a_source_that_is_cut_asks_only_for_what_is_read():
    whole = processor_of_all()
    cut = TextProcessor(whole.tokenizer, whole.output_vocabulary, whole.reader, 9)
    encoded = cut.encode_source("the 5 dog 6")
    assert (encoded.cut, len(encoded.ids)) == (True, 10)
    assert [encoded.pieces[i] for i in encoded.symbol_pieces] == ["5"]
    assert len(cut.symbol_tokens(encoded)) == 1
    decoded = cut.decode(encoded, [*cut.symbol_tokens(encoded), END_TOKEN], None)
    assert (decoded.text, decoded.missing) == ("5", ("6",))


def test_a_source_of_nothing_to_translate_has_no_pieces():
    for source in ("♪", "", "Я тебя люблю."):
        encoded = processor_of_all().encode_source(source)
        assert encoded.is_empty
        assert encoded.ids == (END,)


def test_two_items_do_not_run_into_each_other():
    processor = processor_of_all()
    encoded = processor.encode_source("the dog sees Zoltan and 5 and {x}")
    first, second, third = processor.symbol_tokens(encoded)
    decoded = processor.decode(encoded, [first, second, third, END_TOKEN], None)
    assert decoded.text == "Zoltan 5{x}"
    assert decoded.pieces[:-1] == ("Zoltan", "▁5", "{x}")


@pytest.mark.parametrize("apostrophe", "'’´`ʼ′＇")
def test_an_apostrophe_may_be_typed_in_many_ways(apostrophe):
    read = reader().read(f"the dog{apostrophe}s name is my park")
    assert read.text == "the dog's name is my park"
    assert (read.items, read.marks, read.dropped) == ((), (), "")


class OnlyAtFirst(PrefixModel):
    """Writes one token at the first step, with a given probability, or else nothing."""

    def __init__(self, vocabulary, token, probability):
        super().__init__(vocabulary)
        self.token, self.probability = token, probability

    def draw(self, source, prefix):
        probabilities = np.full(self.vocabulary, 0.1 / self.vocabulary)
        probabilities[self.token] = 1e-12 if len(prefix) else self.probability
        probabilities[END_TOKEN] = 1 - probabilities.sum() + probabilities[END_TOKEN]
        return np.log(probabilities), np.full(len(source), 1 / len(source))


@pytest.mark.parametrize(
    ("probability", "prefix", "misplaced"),
    [(1e-6, "", ["5"]), (0.04, "", ["5"]), (0.06, "", []), (0.04, "5", [])],
)
def test_an_item_in_an_unlikely_place_is_carried_over_and_told(probability, prefix, misplaced):
    processor = processor_of_all()
    (symbol,) = processor.symbol_tokens(processor.encode_source("the 5 dog"))
    model = OnlyAtFirst(len(processor.output_vocabulary), symbol, probability)
    translator = Translator(model, processor, 2.0, SearchConfig(length_penalty=0.0))
    ((found, *_),) = translator.translate("the 5 dog", prefix)
    assert (found.text, found.missing, list(found.misplaced)) == ("5", (), misplaced)
    assert found.faults == ["misplaced"] * bool(misplaced)
    assert found.to_dict()["misplaced"] == misplaced
    ((joined, *_),) = translator.translate("the 5 dog. the dog.", prefix)
    assert list(joined.misplaced) == misplaced


class Wordy(PrefixModel):
    """Writes one token again and again."""

    def __init__(self, vocabulary, token):
        super().__init__(vocabulary)
        self.token = token

    def draw(self, source, *_):
        probabilities = np.full(self.vocabulary, 1e-4)
        probabilities[self.token] = 1 - 1e-4 * (self.vocabulary - 1)
        return np.log(probabilities), np.full(len(source), 1 / len(source))


def test_where_there_is_no_room_the_items_alone_are_no_translation():
    processor = processor_of_all()
    model = Wordy(len(processor.output_vocabulary), processor.target_tokens("dog")[0])
    settings = SearchConfig(max_length=3, repetition_guard=False)
    ((found, *_),) = Translator(model, processor, 2.0, settings).translate("the 5 dog 6 sees 7")
    assert (found.stopped_by, found.missing) == ("limit", ("5", "6", "7"))
