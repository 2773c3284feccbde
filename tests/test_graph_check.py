import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from conftest import part_path, replace_part
from hostile_graphs import (
    HOSTILE,
    KINDS,
    OUTPUT_PIECES,
    add,
    constant,
    external,
    graphs,
    parse,
    split,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, numpy_helper
from test_export import NETWORKS, PIECES
from test_piece_model import EDITS, edited

from seqcli.bundle import open_bundle
from seqcli.config import ATTENTIONS, CELLS, ModelConfig
from seqcli.decoding.runtime import load_translator
from seqcli.errors import UserError
from seqcli.export.trace import NODES
from seqcli.storage.graph_check import check_graph
from seqcli.storage.operators import RULES


def check(content, kind, config=None):
    check_graph(content, kind, config or graphs()[0], PIECES, OUTPUT_PIECES, "x.onnx")


LIMITS = [
    {"cell": "peephole", "encoder_layers": 16},
    {"embedding": 1, "hidden": 2, "attention_size": 1},
    {"embedding": 1, "hidden": 2, "attention_size": 70},
    {"embedding": 70, "hidden": 2, "attention_size": 1},
]


@pytest.mark.parametrize("changes", [*NETWORKS, *LIMITS])
def test_what_seqcli_exports_is_accepted(changes):
    config, written = graphs(**changes)
    for kind, content in written.items():
        check(content, kind, config)


@pytest.mark.slow
def test_all_combinations_of_settings_are_accepted():
    names = ("cell", "attention", "context", "lexical", "tied", "encoder_layers")
    values = (
        CELLS,
        (*ATTENTIONS, "none"),
        ("every", "first"),
        (True, False),
        (True, False),
        (1, 2),
    )
    for chosen in itertools.product(*values):
        if chosen[:3] != ("none", "none", "first"):
            test_what_seqcli_exports_is_accepted(dict(zip(names, chosen, strict=True)))


@pytest.mark.parametrize(("cell", "attention"), [("peephole", "additive"), ("gru", "cosine")])
def test_graphs_of_format_2_are_accepted(cell, attention):
    """The files were written by seqcli at the time of format 2, for networks of `test_export`."""
    config = ModelConfig(cell=cell, attention=attention, embedding=6, hidden=8, attention_size=5)
    for kind in KINDS:
        path = Path(__file__).parent / "format_2" / f"{cell}-{attention}.{kind}.onnx"
        check(path.read_bytes(), kind, config)


def test_every_operator_of_the_exporter_has_a_rule():
    """Those of `trace.NODES`, whether or not a present network uses them."""
    other = {"Squeeze", "Reshape", "Shape", "Gather", "Cast", "Identity", "Range", "Less"}
    single = {"add", "div", "exp", "mul", "neg", "relu", "sigmoid", "sub", "tanh", "where"}
    assert single <= NODES.keys()
    assert {name.title() for name in single} | other <= RULES.keys()


def refusal(content, kind):
    with pytest.raises(UserError) as caught:
        check(content, kind)
    message = str(caught.value)
    assert message.startswith("x.onnx is damaged or was not written by seqcli (")
    assert "\n" not in message and len(message) < 200
    return message


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_graph_is_refused(name):
    kind, change, reason = HOSTILE[name]
    model = parse(kind)
    change(model)
    with pytest.raises(UserError, match=reason):
        check(model.SerializeToString(), kind)
    refusal(model.SerializeToString(), kind)


def test_harmless_changes_are_accepted():
    """So what the hostile graphs are refused for is not how they are written."""
    model = parse("step")
    check(model.SerializeToString(), "step")
    scale = constant(model, [2.0])
    add(model, "Mul", [add(model, "Tanh", ["hidden"]), scale])
    split(model, 3, 5)
    check(model.SerializeToString(), "step")


@pytest.mark.parametrize("change", [{"hidden": 10}, {"embedding": 7}, {"attention_size": 6},
                                    {"cell": "gru"}, {"cell": "lstm-simple", "hidden": 10},
                                    {"attention": "dot"}, {"attention": "none"},
                                    {"lexical": False}, {"encoder_layers": 2}])  # fmt: skip
def test_a_graph_of_other_settings_is_refused(change):
    base = {"embedding": 6, "hidden": 8, "attention_size": 5}
    for kind in KINDS:
        if kind == "encoder" or "encoder_layers" not in change:
            with pytest.raises(UserError):
                check(graphs()[1][kind], kind, ModelConfig(**base | change))


def test_the_numbers_of_pieces_must_be_those_of_the_tables():
    config, written = graphs()
    for kind in KINDS:
        less = (1, 0) if kind == "encoder" else (0, 1)
        with pytest.raises(UserError):
            check_graph(written[kind], kind, config, PIECES - less[0], OUTPUT_PIECES - less[1], "x")


@pytest.mark.parametrize("kind", KINDS)
@given(EDITS)
@settings(max_examples=25)
def test_a_mutated_graph_is_accepted_or_refused(kind, edits):
    try:
        check(edited(graphs()[1][kind], edits), kind)
    except UserError as error:
        assert "\n" not in str(error)


def test_a_folder_with_a_hostile_graph_is_refused_before_it_runs(copy_model, tmp_path, monkeypatch):
    folder = tmp_path / "model"
    shutil.copytree(copy_model, folder, ignore=shutil.ignore_patterns("checkpoint"))
    contents = open_bundle(folder).contents
    monkeypatch.setattr("onnxruntime.InferenceSession", None)
    for name, content in contents.items():
        model = onnx.load_from_string(content)
        external(model)
        replace_part(folder, name, model.SerializeToString())
        place = part_path(folder, name).name
        with pytest.raises(UserError, match=f"{place} is damaged or was not written by seqcli"):
            load_translator(open_bundle(folder))
        replace_part(folder, name, content)


RUN = """
import sys
import numpy as np
from seqcli.config import ModelConfig
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.decoding.fast_step import LISTED_BIASES, LISTED_WEIGHTS, PARENTS
from seqcli.decoding.fast_step import step_with_lists, step_with_parents
from seqcli.errors import UserError
from seqcli.storage.graph_check import check_graph
config = ModelConfig(embedding=6, hidden=8, attention_size=5)
encoder = bytes.fromhex(sys.stdin.readline())
step = bytes.fromhex(sys.stdin.readline())
accepted = 0
for line in sys.stdin:
    kind, content = line.split()
    content = bytes.fromhex(content)
    try:
        check_graph(content, kind, config, 30, 22, "x")
    except UserError:
        continue
    accepted += 1
    try:
        model = OnnxSearchModel(*((content, step) if kind == "encoder" else (encoder, content)))
        memory, state = model.encode(np.array([[3, 4, 5], [6, 7, 0]]), np.array([3, 2]))
        state = tuple(part.repeat(2, axis=0) for part in state)
        model.step_with_gates(np.array([1, 2, 3, 21]), memory, state)
        if kind != "encoder":
            parents = np.arange(4)
            sharing = model.with_step(step_with_parents(content), [PARENTS])
            sharing.step(np.array([1, 2, 3, 21]), (*memory, parents), state)
            graph, layer = step_with_lists(content, np.arange(5))
            model = model.with_step(graph, [LISTED_WEIGHTS, LISTED_BIASES, PARENTS])
            weights = layer.weights[[[7, 8], [9, 9]]].transpose(0, 2, 1)
            further = (weights, np.zeros((2, 1, 2), "f"), parents)
            model.step(np.array([1, 2, 3, 21]), (*memory, *further), state)
    except Exception as error:
        if str(error) != "it has another output layer":
            print(error)
print("accepted", accepted)
"""


def mutants(count, draw):
    """Lines for `RUN`: graphs with one change of a byte, in which more are accepted."""
    written = graphs()[1]
    yield from (written["encoder"].hex(), written["step"].hex())
    for _ in range(count):
        kind = draw.choice(KINDS)
        content = bytearray(written[kind])
        content[draw.integers(len(content))] = draw.integers(256)
        yield f"{kind} {content.hex()}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_mutated_graph_that_is_accepted_does_no_harm(seed):
    lines = "\n".join(mutants(500, np.random.default_rng(seed)))
    done = subprocess.run(
        [sys.executable, "-c", RUN], input=lines.encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    *errors, accepted = done.stdout.decode().splitlines()
    assert not errors
    assert int(accepted.split()[1]) > 50


@pytest.mark.parametrize("number", [0, 1, 2**31, -1, 2**63 - 1])
@given(st.integers(0, 200))
@settings(max_examples=10)
def test_any_integer_constant_is_accepted_or_refused(number, place):
    model = parse("step")
    constants = [each for each in model.graph.initializer if each.data_type == TensorProto.INT64]
    each = constants[place % len(constants)]
    values = numpy_helper.to_array(each).copy()
    values[place % len(values)] = number
    each.raw_data = values.tobytes()
    try:
        check(model.SerializeToString(), "step")
    except UserError as error:
        assert "\n" not in str(error)
