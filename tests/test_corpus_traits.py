"""What a corpus shows of its language, its marks, its numbers and its names."""

from seqcli.data.corpus_traits import (
    find_comma,
    find_commas,
    find_names,
    lack_end_marks,
    numbers_are_carried,
)
from seqcli.data.pairs import Pair


def test_the_comma_is_the_most_frequent_one():
    assert find_comma(["one, two", "three", "我，你"] * 50) == ","
    assert find_comma(["我，你", "one, two", "你，我"]) == "，"
    assert find_comma(["one, two"] + ["one"] * 100) == find_comma([]) == ""
    assert find_commas([Pair("a, b", "甲，乙")]) == [",", "，"]


def test_words_without_an_end_mark_have_none():
    assert lack_end_marks([Pair("ฉันรักคุณน้ำ", "x"), Pair("मैं हूँ", "x")])
    assert lack_end_marks([Pair("", "x")])


def test_numbers_are_carried_unless_targets_write_them_otherwise():
    same = [Pair(f"see {i} cats", f"siehe {i} Katzen") for i in range(100)]
    other = [Pair(f"see {i} cats", "siehe Katzen") for i in range(100)]
    none = [Pair("see cats", "siehe Katzen")] * 100
    assert numbers_are_carried(same)
    assert numbers_are_carried(none)
    assert numbers_are_carried([*other[:9], *none])
    assert not numbers_are_carried(other)
    assert numbers_are_carried([*same[:20], *other[:80]])
    assert not numbers_are_carried([*same[:19], *other[:81]])


def test_names_are_written_with_a_capital_inside_sentences():
    texts = [
        *["Why did Tom go?", "When will Tom see Mary?", "Tom is here, and I am not"] * 3,
        *["Is this a Tree?", "the tree", "a tree", "my tree"],  # once a title
        *["Here was Anna", "Here was Anna"],  # twice alone
    ]
    assert find_names(texts) == {"tom", "mary"}
    assert find_names(texts * 2) == {"tom", "mary", "anna"}
    assert find_names(["我爱汤姆", "why TOM"] * 9) == {"tom"}
    assert find_names([]) == frozenset()
