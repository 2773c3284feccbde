import itertools

from hypothesis import given
from hypothesis import strategies as st

from seqcli.data.segmentation import best_segmentation


def every_segmentation(text):
    for cuts in itertools.product([True, False], repeat=max(0, len(text) - 1)):
        pieces = [""]
        for character, cut in zip(text, [False, *cuts], strict=True):
            pieces = [*pieces, character] if cut else [*pieces[:-1], pieces[-1] + character]
        yield pieces


@given(
    st.text("abc", max_size=7),
    st.dictionaries(st.text("abc", min_size=1, max_size=3), st.floats(-9, -0.5), min_size=1),
)
def test_no_segmentation_has_a_higher_sum(text, scores):
    def total(pieces):
        unknown = [p for p in pieces if p not in scores]
        if any(len(p) > 1 for p in unknown):
            return None
        return -len(unknown), sum(scores.get(p, 0.0) for p in pieces)

    pieces = best_segmentation(text, scores)
    assert "".join(pieces) == text
    best = max(filter(None, map(total, every_segmentation(text)))) if text else (0, 0)
    assert total(pieces)[0] == best[0]
    assert abs(total(pieces)[1] - best[1]) < 1e-3


def test_a_character_of_two_code_points_is_not_split():
    scores = {"a": -1.0, "x": -1.0, "y": -1.0, "xy": -9.0, "axy": -20.0}
    assert best_segmentation(["a", "xy", "a"], scores) == ["a", "xy", "a"]
    del scores["xy"], scores["axy"]
    assert best_segmentation(["a", "xy"], scores) == ["a", "xy"]
