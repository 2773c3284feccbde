"""The page of `seqcli inspect` shows what the inspection holds: its scripts, in V8."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from javascript import Scripts
from test_inspection import TEXT, at_random, bundle, learned, long_inspection  # noqa: F401

from seqcli.config import ModelConfig
from seqcli.decoding.inspection import inspect
from seqcli.decoding.tree import Branch, Outcome, tree_list
from seqcli.views.inspection_page import inspection_page
from seqcli.views.panels.panel import START
from seqcli.views.panels.tree import tree_rows
from seqcli.views.pieces import printable


@pytest.fixture(scope="module")
def scripts():
    return Scripts("views/inspection.js")


def as_json(inspection, model=ModelConfig()):  # noqa: B008  (it is frozen)
    """What the script gets."""
    return json.loads(json.dumps(inspection.to_dict(model), allow_nan=False))


CODES = [*range(0x110), *range(0x2027, 0x2030), *range(0x2065, 0x206B), 0x2400, 0x4E00, 0x1F600]


@given(st.text(st.sampled_from(list(map(chr, CODES)))))
def test_pieces_look_the_same_on_a_page_as_on_the_screen(scripts, piece):
    assert scripts.call("printable", piece) == printable(piece)


def test_the_page_has_the_inspection_as_it_is(learned):  # noqa: F811
    found = inspect(learned[1], TEXT)
    model = ModelConfig(cell="gru", hidden=8, attention="additive")
    values = as_json(found, model)
    assert values["model"] == {"cell": "gru", "hidden": 8, "attention": "additive"}
    assert values["given"] == 0
    assert values["translation"]["tokens"] == [step["token"] for step in values["steps"]]
    probabilities = [step["probability"] for step in values["steps"]]
    np.testing.assert_allclose(
        np.exp(values["translation"]["log_probabilities"]), probabilities, atol=1e-4
    )
    assert np.array(values["memory"]).round(4).tolist() == values["memory"]
    assert len(values["memory"]) == len(found.translation.source_pieces)
    for step, shown in zip(found.steps, values["steps"], strict=True):
        for part in ("state", "gates"):
            assert shown[part].keys() == getattr(step, part).keys()
            for name, right in getattr(step, part).items():
                np.testing.assert_allclose(shown[part][name], right, atol=5.1e-5)
        assert [each["piece"] for each in shown["candidates"]] == [
            each.piece for each in step.candidates
        ]
    assert [found.words[i] for i in range(4)] == [
        "".join(values["translation"]["source_pieces"][i] for i in pieces)
        for pieces in values["word_pieces"]
    ]
    shown = values["steps"][0]["gates"]["forget"]
    assert len(json.dumps(shown, separators=(",", ":"))) <= 7 * len(shown) + 1  # 0.1234 and a comma


@pytest.mark.parametrize("shape", [{}, {"cell": "none", "attention": "none"}])
def test_a_page_fetches_nothing_and_holds_no_markup_of_others(bundle, shape):  # noqa: F811
    _, translator = at_random(bundle, **shape)
    found = inspect(translator, "<script>ba & do</script> <!-- <img src=x>")
    html = inspection_page(found, ModelConfig(**shape))
    assert html.count("<script") == 2 and "<!--" not in html and "<img" not in html
    assert "&lt;script&gt;ba &amp; do" in html  # the title
    assert "default-src 'none'" in html
    assert "url(" not in html and "@import" not in html
    (data,) = re.findall(r' id="data">(.*?)</script>', html)
    assert json.loads(data)["inspection"] == as_json(found, ModelConfig(**shape))


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn", "peephole", "none"])
def test_the_numbers_beside_a_picture_are_of_what_it_shows(scripts, bundle, cell):  # noqa: F811
    found = long_inspection(bundle, cell=cell)
    louder = [replace(m, state={k: 30 * v for k, v in m.state.items()}) for m in found.steps]
    if cell in ("lstm", "peephole"):  # whose state has no bounds
        found = replace(found, steps=tuple(louder))
    table = scripts.call("unitTable", as_json(found))
    names = [printable(step.piece) for step in found.steps]
    pictures = {rows["title"]: rows for rows in table["rows"]}
    for gate, values in found.steps[0].gates.items():
        rows = pictures.pop("candidate" if gate == "candidate" else f"{gate} gate")
        right = np.array([step.gates[gate] for step in found.steps])
        np.testing.assert_allclose(rows["values"], right, atol=1e-4)
        np.testing.assert_allclose(rows["numbers"], np.mean(right, axis=1), atol=1e-4)
        assert rows["names"] == names and rows["first"] == 1
        assert len(rows["values"][0]) == len(values)
    (rows,) = pictures.values()
    states = [found.start, *(step.state for step in found.steps)]
    right = np.array([state[found.main_state] for state in states])
    if found.main_state == "cell":
        right = np.tanh(right)
    np.testing.assert_allclose(rows["values"], right, atol=1e-4)
    np.testing.assert_allclose(rows["numbers"], np.sqrt((right**2).mean(axis=1)), atol=1e-4)
    assert rows["names"] == [START, *names] and rows["first"] == 0
    assert sorted(table["order"]) == list(range(right.shape[1]))
    order = {"lstm": "forget", "peephole": "forget", "gru": "update"}.get(cell)
    leading = [step.gates[order] for step in found.steps] if order else abs(right)
    means = np.mean(leading, axis=0)[table["order"]]
    assert (np.diff(means) > -1e-4).all()  # units from left to right, as it says
    key = f"mean of their {order} gate" if order else "mean absolute value of their hidden state"
    assert table["key"] == f"the {key}"


def rows_of_script(scripts, tree):
    """(Without the children of the branches, which would be told again and again.)"""
    rows = scripts.evaluate(
        f"treeRows({json.dumps(tree_list(tree))}).map((row) => [row.depth, row.alternative, "
        "row.branches.map((each) => each.piece), row.outcome, row.branches.at(-1).score, row.best])"
    )
    return [(depth, other, tuple(pieces), *rest) for depth, other, pieces, *rest in rows]


def rows_of_python(tree):
    return [
        (row.depth, row.alternative, row.pieces, row.outcome,
         None if row.score is None else round(row.score, 6), row.best)
        for row in tree_rows(tree)
    ]  # fmt: skip


@pytest.mark.parametrize("has_learned", [True, False])
def test_the_rows_of_a_tree_are_those_of_the_terminal(scripts, bundle, learned, has_learned):  # noqa: F811
    translator = learned[1] if has_learned else at_random(bundle, beam=5)[1]
    found = inspect(translator, TEXT)
    assert rows_of_script(scripts, found.tree) == rows_of_python(found.tree)
    begun: dict[int, int] = {}
    gone = {0: 1}
    for row in scripts.call("treeRows", tree_list(found.tree)):
        depth = row["depth"]
        assert row["first"] == (begun[depth - 1] if row["alternative"] else gone[depth])
        begun[depth], gone[depth] = row["first"], row["first"] + len(row["branches"])
        if row["best"]:
            assert gone[depth] <= len(found.steps) + 1


BRANCHES = st.recursive(
    st.just(()),
    lambda children: st.lists(st.tuples(st.sampled_from("abc"), children), max_size=3).map(tuple),
    max_leaves=12,
)


ENDS: tuple[Outcome, ...] = ("eos", "pruned", "unfinished")


def to_tree(forks, *, best=True):
    """Branches of any shape; the first of each fork is the best."""
    tree = []
    for i, (piece, children) in enumerate(forks):
        below = to_tree(children, best=best and i == 0)
        height = 1 + max((child.height for child in below), default=0)
        outcome: Outcome = "" if below else ENDS[i % 3]
        tree.append(Branch(piece, -1.5, below, height, outcome, None, best and i == 0))
    return tuple(tree)


@given(BRANCHES)
def test_any_tree_has_the_rows_of_the_terminal(scripts, forks):
    tree = to_tree(forks)
    assert rows_of_script(scripts, tree) == rows_of_python(tree)


def test_a_tree_as_deep_as_thousands_of_pieces_is_in_the_page(scripts):
    tree = (Branch("a", -1.0, (), 1, "eos", -1.0, True),)
    for height in range(2, 5001):
        tree = (Branch("a", -1.0, tree, height, "", None, True),)
    assert len(json.dumps(tree_list(tree))) > 5000
    ((*_, pieces, _, _, _),) = rows_of_script(scripts, tree)
    assert len(pieces) == 5000


def test_words_speak_for_a_candidate_as_far_as_it_falls_without_them(scripts, learned):  # noqa: F811
    found = as_json(inspect(learned[1], TEXT))
    for step in found["steps"]:
        one, other, *_ = step["candidates"]
        shifts = scripts.call("contrastShifts", one, other)
        for word, shift in enumerate(shifts):
            whole = math.log(one["probability"] / max(other["probability"], 1e-6))
            without = one["without"][word] - other["without"][word]
            if other["probability"] > 1e-4:
                assert shift == pytest.approx(whole - without, abs=0.02)
    # Each word of this made-up language is translated by itself: it speaks for its translation.
    for number, name in enumerate(TEXT.upper().split()):
        step = found["steps"][number]
        assert step["piece"].strip("▁") == name
        shifts = scripts.call("contrastShifts", *step["candidates"][:2])
        assert np.argmax(shifts) == number


def moments(scripts, heard, sources):
    steps = [{"heard": each} for each in heard]
    value = {"steps": steps, "translation": {"source_pieces": ["a"] * sources}}
    return [
        ("read" if each["isReading"] else "write", each["index"])
        for each in scripts.call("momentsOf", value)
    ]


def test_the_player_reads_before_it_writes_as_the_model_did(scripts):
    assert moments(scripts, [3, 3], 3) == [
        ("read", 0), ("read", 1), ("read", 2), ("write", 0), ("write", 1)
    ]  # fmt: skip
    assert moments(scripts, [1, 2], 3) == [
        ("read", 0), ("write", 0), ("read", 1), ("write", 1), ("read", 2)
    ]  # fmt: skip


def test_a_small_share_is_not_said_to_be_none(scripts):
    shares = [(0.5, 1), (0.0004, 1), (0.0006, 1), (0, 1), (0.00004, 2), (0.004, 0), (1, 0)]
    told = [scripts.call("percent", *each) for each in shares]
    assert told == ["50.0%", "<0.1%", "0.1%", "0.0%", "<0.01%", "<1%", "100%"]
