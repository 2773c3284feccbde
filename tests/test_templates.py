"""Training pairs with symbols for what is carried over."""

import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from seqcli.data.carryover import SYMBOLS
from seqcli.data.corpus_traits import has_open_targets, lack_end_marks
from seqcli.data.pairs import Pair
from seqcli.data.templates import (
    MIN_FREQUENCY,
    SHARE_ALIGNED,
    SHARE_BESIDE,
    SHARE_NAMES,
    SHARE_OF_JOINED,
    SHARE_OF_NAMED,
    WORDS_ALIGNED,
    Templates,
    join_texts,
)
from seqcli.data.word_alignment import AlignedSpans

TASKS = sorted((Path(__file__).parent.parent / "sample_data" / "tasks").glob("*.train.tsv"))
ONE_MARK = "<b>"


def corpus(count=400, seed=1):
    """Sentences of words that are translated one by one, with items here and there."""
    draw = random.Random(seed)
    items = ["https://a.io/x", "5", "3.5", "{name}", "%s", "<b>", "🌷", "tom", "mary"]
    pairs = []
    for _ in range(count):
        words = [f"wo{draw.randrange(150)}n" for _ in range(draw.randint(2, 6))]
        source = [draw.choice(items) if draw.random() < 0.15 else word for word in words]
        target = [word if word in items else word.replace("wo", "ta") for word in source]
        pairs.append(Pair(" ".join(source), " ".join(target)))
    return pairs


@pytest.fixture(scope="module")
def pairs():
    return corpus()


@pytest.fixture(scope="module")
def templates(pairs):
    return Templates.of(pairs, "", 1, symbols=True)


@pytest.fixture(scope="module")
def made(pairs, templates):
    return templates.pairs(pairs)


def symbols_of(text):
    return Counter(character for character in text if character in SYMBOLS)


def test_symbols_stand_on_both_sides_equally_often(made):
    assert all(symbols_of(pair.source) == symbols_of(pair.target) for pair in made)
    assert all(count == 1 for pair in made for count in symbols_of(pair.source).values())
    assert len(set().union(*(symbols_of(pair.source) for pair in made))) == len(SYMBOLS)


@pytest.fixture
def not_beside(monkeypatch):
    monkeypatch.setattr("seqcli.data.templates.SHARE_BESIDE", 0.0)


@pytest.mark.usefixtures("not_beside")
def test_no_item_and_no_mark_is_left(pairs, templates):
    for before, after in zip(pairs, templates.own_pairs(pairs), strict=True):
        words = [w for w in before.source.split() if w not in ("<b>", "🌷")]
        assert len(after.source.split()) == len(words)
        for item in ("https", "3.5", "{name}", "%s", "<b>", "🌷"):
            assert item not in after.source + after.target


@pytest.mark.usefixtures("not_beside")
def test_in_some_pairs_symbols_stand_for_aligned_words(pairs, templates):
    own = templates.own_pairs(pairs)
    assert len(own) == len(pairs)
    frequencies = Counter(word for pair in pairs for word in pair.source.split())
    changed = 0
    replaced: Counter[str] = Counter()
    for before, after in zip(pairs, own, strict=True):
        words = [w for w in before.source.split() if w not in ("<b>", "🌷")]
        # wo7n is ta7n in the target, and where it is a symbol it is the same there.
        assert [word.replace("wo", "ta") for word in after.source.split()] == after.target.split()
        gone = [
            word
            for word, new in zip(words, after.source.split(), strict=True)
            if new in SYMBOLS and word.startswith("wo")
        ]
        changed += bool(gone)
        replaced.update(gone)
        assert len(gone) <= max(WORDS_ALIGNED)
    # (In a few pairs it is a name that is aligned.)
    assert 0.8 * SHARE_ALIGNED * len(pairs) < changed <= SHARE_ALIGNED * len(pairs)
    # Each is still translated elsewhere.
    assert all(MIN_FREQUENCY <= frequencies[word] > count for word, count in replaced.items())
    assert len(replaced) > 20


def test_no_symbol_stands_for_a_word_that_few_pairs_have(pairs):
    rare = [Pair(f"wo{i % 9}n once{i}", f"ta{i % 9}n einmal{i}") for i in range(200)]
    own = Templates.of([*pairs, *rare], "", 1, symbols=True).own_pairs([*pairs, *rare])
    assert all(f"once{i}" in pair.source for i, pair in enumerate(own[len(pairs) :]))
    assert any(symbols_of(pair.source) for pair in own[len(pairs) :])


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("ein Hund, und", {"S t", "S, t", "t S"}),
        ("一只狗，", {"St", "S，t", "tS"}),
    ],
)
def test_in_a_few_pairs_a_symbol_stands_beside_both_sides(monkeypatch, target, expected):
    pairs = [Pair(f"a dog {i}x, and", f"{target}{i}x") for i in range(1000)]
    templates = Templates.of(pairs, "", 1, symbols=True)
    with monkeypatch.context() as patch:
        patch.setattr("seqcli.data.templates.SHARE_BESIDE", 0.0)
        usual = templates.own_pairs(pairs)
    own = templates.own_pairs(pairs)
    changed = [(old, new) for old, new in zip(usual, own, strict=True) if old != new]
    assert len(changed) == round(SHARE_BESIDE * len(pairs))
    seen = set()
    for old, new in changed:
        (symbol,) = set(new.source) & set(SYMBOLS) - set(old.source)
        shapes = [n.replace(o, "t").replace(symbol, "S") for o, n in zip(old, new, strict=True)]
        assert shapes[0].replace(" ", "") == shapes[1].replace(" ", "").replace("，", ",")
        seen.add(shapes[1])
    assert seen == expected


def test_pairs_joined_to_one_are_added(pairs, made):
    joined = made[len(pairs) :]
    assert 0.5 * SHARE_OF_JOINED * len(pairs) < len(joined) <= SHARE_OF_JOINED * len(pairs)
    own = set(made[: len(pairs)])
    for pair in joined[:40]:
        assert any(
            pair.source.startswith(f"{first.source} ")
            and pair.target.startswith(f"{first.target} ")
            for first in own
        )


def test_pairs_depend_only_on_the_seed(pairs, made):
    assert Templates.of(pairs, "", 1, symbols=True).pairs(pairs) == made
    assert Templates.of(pairs, "", 2, symbols=True).pairs(pairs) != made


def test_without_symbols_sentences_are_joined_and_nothing_is_replaced(pairs):
    made = Templates.of(pairs, "", 1, symbols=False).pairs(pairs)
    assert len(made) == len(pairs) + round(SHARE_OF_JOINED * len(pairs))
    assert made[: len(pairs)] == pairs  # (nothing to fold)
    assert not any(symbols_of(pair.source) for pair in made)


@pytest.mark.parametrize("path", TASKS, ids=lambda path: path.name)
def test_labels_and_digits_are_learned_as_they_are(path):
    lines = path.read_text(encoding="utf-8").splitlines()[:2000]
    pairs = [Pair(*line.split("\t")) for line in lines]
    templates = Templates.of(pairs, "", 1, symbols=True)
    if has_open_targets(pairs):
        assert "digits" not in path.name
        return
    assert not templates.symbols
    made = templates.pairs(pairs)
    assert len(made) == len(pairs)
    assert [pair.target for pair in made] == [pair.target for pair in pairs]
    assert not any(symbols_of(pair.source) for pair in made)


def test_there_are_tasks():
    assert TASKS


def template(pair, aligned=(), *, numbers=True, pairs=()):
    templates = Templates.of([*corpus(), *pairs], "", 1, symbols=True)
    assert templates.numbers or not numbers
    return templates.pair(Pair(*pair), np.random.default_rng(1), aligned)


def span(pair, source, target):
    starts = pair[0].index(source), pair[1].index(target)
    return AlignedSpans(
        (starts[0], starts[0] + len(source)), (starts[1], starts[1] + len(target)), 1
    )


def plain(pair):
    """With S for each symbol."""
    return tuple("".join("S" if c in SYMBOLS else c for c in text) for text in pair)


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (("see https://a.io/x", "sieh https://a.io/x"), ("see S", "sieh S")),
        (("see https://a.io/x", "sieh hin"), ("see https://a.io/x", "sieh hin")),
        (("wo1n 5 and 5", "5 und ta1n"), ("wo1n S and 5", "S und ta1n")),
        (("<b>wo1n</b> x", "<b>ta1n</b> x"), ("wo1n x", "ta1n x")),
        (("<b>wo1n</b> x", "ta1n x"), ("wo1n x", "ta1n x")),
        (("wo1n 🌷 x", "ta1n x 🌷"), ("wo1n x", "ta1n x")),
        (("A Dog  “runs”", "Ein  Hund"), ('a dog "runs"', "Ein  Hund")),
        (("%s has 15", "15 von %s"), ("S has S", "S von S")),
    ],
)
def test_items_of_both_sides_become_symbols(pair, expected):
    assert plain(template(pair)) == expected


def test_symbols_can_be_told_apart():
    made = template(("%s has 15 and 3.5", "15 und 3.5 von %s"))
    first, second, third = (c for c in made.source if c in SYMBOLS)
    assert made.target == f"{second} und {third} von {first}"


def test_aligned_words_become_symbols():
    pair = ("the dog sees 5 cats", "der Hund sieht 5 Katzen")
    aligned = [span(pair, "dog", "Hund"), span(pair, "cats", "Katzen")]
    assert plain(template(pair, aligned)) == ("the S sees S S", "der S sieht S S")
    # A word of an item, or of a mark that the target lacks, is none.
    assert plain(template(pair, [span(pair, "5", "5")])) == (
        "the dog sees S cats",
        "der Hund sieht S Katzen",
    )
    pair = ('<x alt="dog">the dog', "der Hund")
    assert plain(template(pair, [span(pair, "dog", "Hund")])) == ("the dog", "der Hund")


def test_a_part_of_a_contraction_becomes_no_symbol(monkeypatch):
    monkeypatch.setattr("seqcli.data.templates.SHARE_ALIGNED", 0.5)
    pairs = [
        Pair(f"don't {a} it {b}", f"nicht {a}x es {b}y") for a in "abcdefgh" for b in "klmnopqr"
    ]
    pairs += [Pair(f"Anna's {a} {b}", f"Annas {a}x {b}y") for a in "abcdefgh" for b in "klmnopqr"]
    pairs += [Pair(f"{a} Anna's", f"{a}x Annas") for a in "abcdefgh"]
    pairs += [Pair(f"he's {a} {b}", f"er ist {a}x {b}y") for a in "abcdefgh" for b in "klmnopqr"]
    for verb, other in (("can", "kann"), ("could", "konnte"), ("must", "muss")):
        pairs += [Pair(f"{verb}'t {a}", f"{other} nicht {a}x") for a in "abcdefghklmn"]
        pairs += [Pair(f"{verb} {a}", f"{other} {a}x") for a in "abcdefghklmn"]
    made = Templates.of([*pairs, *corpus()], "", 1, symbols=True).pairs([*pairs, *corpus()])
    for source, target in map(plain, made):
        assert not re.search(r"S't|\w'S", source)
        assert "S's" not in source or "Ss" in target
    # But a name that the target has too may be one.
    assert any("S's" in source and "Ss" in target for source, target in map(plain, made))


def test_sentences_are_joined_as_their_script_joins():
    assert join_texts(["A.", "B."]) == "A. B."
    assert join_texts(["我爱你。", "你好"]) == "我爱你。你好"
    assert join_texts(["我爱你", "Tom来"]) == "我爱你 Tom来"
    assert join_texts(["one"]) == "one"


def test_pairs_are_joined_as_often_as_they_are_long():
    short = [Pair("a", f"kurz{i}") for i in range(200)]
    long = [Pair("b" * 9, f"lang{i}") for i in range(200)]
    joined = Templates.of(short + long, "", 1, symbols=False).pairs(short + long)[400:]
    written = " ".join(target for _, target in joined)
    assert written.count("lang") == pytest.approx(9 * written.count("kurz"), rel=0.5)


def test_very_long_pairs_are_not_joined():
    short = [Pair("a", f"kurz{i}") for i in range(200)]
    long = [Pair("b" * 1001, "lang"), Pair("b", "l" * 1001)]
    joined = Templates.of([*short, *long], "", 1, symbols=False).pairs([*short, *long])[202:]
    assert joined and not any("b" in source for source, _ in joined)
    templates = Templates.of([*short, *long], "", 1, symbols=False)
    assert templates.added_pairs(long) == []


def test_sentences_without_an_end_mark_are_joined_by_the_comma_of_their_texts():
    assert join_texts(["one", "two"], ",") == "one, two"
    assert join_texts(["one!", "two"], ",") == "one! two"
    assert join_texts(["我爱你", "你好"], "，") == "我爱你，你好"
    # So joined pairs teach no clause without a comma, where the targets have commas.
    pairs = [Pair(f"a{i} b{i % 7} and c", f"甲{i}乙{i % 7}，丙") for i in range(200)]
    added = Templates.of(pairs, "", 1, symbols=False).pairs(pairs)[len(pairs) :]
    assert added
    for source, target in added:
        assert target.count("，") == 2 * target.count("甲") - 1
        assert "," not in source


@pytest.mark.parametrize("marks", [".", "?!", "。", "।", "…"])
def test_pairs_are_joined_only_where_lines_of_several_cannot_be_split(marks):
    bare = [Pair(f"{source} x", target) for source, target in corpus()]
    marked = [
        Pair(f"{source}{marks[i % len(marks)]}", target) for i, (source, target) in enumerate(bare)
    ]
    count = len(bare)
    for share, are_joined in ((0.0, True), (0.4, True), (0.6, False), (1.0, False)):
        pairs = [*marked[: int(share * count)], *bare[int(share * count) :]]
        assert lack_end_marks(pairs) == are_joined
        added = Templates.of(pairs, "", 1, symbols=False).pairs(pairs)[count:]
        assert bool(added) == are_joined


def test_numbers_that_targets_write_otherwise_are_not_carried():
    other = [Pair(f"see {i} cats", "siehe Katzen") for i in range(100)]
    assert not Templates.of([*other, *corpus(30)], "", 1, symbols=True).numbers


@pytest.mark.usefixtures("not_beside")
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_symbols_stand_for_names_and_not_for_common_words(share):
    """Names, however frequent; of the other words none that make up half of the text."""
    draw = random.Random(1)
    count, pairs = 2000, []
    for i in range(count):
        verb, noun = f"verb{draw.randrange(40)}x", f"noun{draw.randrange(300)}x"
        name = draw.choice(["Tom", "Mary"]) if i < share * count else "she"
        word = draw.choice(["the", "not"])
        pairs.append(Pair(f"{word} {name} {verb} {noun}", f"{word}o {name}o {verb}o {noun}o"))
    replaced: Counter[str] = Counter()
    templates = Templates.of(pairs, "", 1, symbols=True)
    for before, after in zip(pairs, templates.own_pairs(pairs), strict=True):
        words = plain(after)[0].split()
        for word, new in zip(before.source.lower().split(), words, strict=True):
            replaced[re.sub(r"\d", "", word)] += new == "S"
    assert replaced["she"] == replaced["not"] == replaced["the"] == 0
    names = min(SHARE_NAMES, SHARE_OF_NAMED * share) * count
    # (A few of them are among the other words.)
    assert names <= replaced["tom"] + replaced["mary"] < 1.2 * names
    assert replaced["nounx"] + replaced["verbx"] >= SHARE_ALIGNED * count
