"""What `seqcli inspect` shows is what the model does."""

import copy
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from rich.cells import cell_len
from rich.console import Console
from test_cells import numpy_step

from seqcli.bundle import open_bundle
from seqcli.config import CELLS, ModelConfig, SearchConfig
from seqcli.data.source_text import CompatibleReader
from seqcli.data.vocabulary import END_TOKEN
from seqcli.decoding.decoder_steps import CONTINUATION_LENGTH
from seqcli.decoding.inspection import inspect
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.scoring import token_log_probabilities
from seqcli.decoding.search import beam_search
from seqcli.decoding.text_processor import TextProcessor
from seqcli.decoding.translator import Translator
from seqcli.errors import UserError
from seqcli.export.network import export
from seqcli.folder import ENCODER, STEP, WEIGHTS
from seqcli.model.attention import Memory
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.weights import load_network_tensors
from seqcli.views.bars import histogram
from seqcli.views.heatmap import heatmap
from seqcli.views.inspection import PANELS, report
from seqcli.views.panels.attention import NO_ATTENTION
from seqcli.views.panels.gates import NO_GATES
from seqcli.views.panels.tree import tree_rows
from seqcli.views.pieces import printable

TEXT = "ba do ki mu"
END = "</s>"


@pytest.fixture(scope="module")
def bundle(copy_model):
    return open_bundle(copy_model, [ENCODER, STEP, WEIGHTS])


def at_random(bundle, beam=4, **shape):
    """An untrained network, and its translator with the pieces of a trained model."""
    torch.manual_seed(1)
    config = ModelConfig(embedding=12, hidden=16, attention_size=8, **shape)
    network = Seq2Seq(
        config, len(bundle.tokenizer), torch.from_numpy(bundle.output_vocabulary.pieces)
    )
    graphs = export(network)
    return network, Translator(
        OnnxSearchModel(graphs.encoder, graphs.step),
        TextProcessor(bundle.tokenizer, bundle.output_vocabulary, CompatibleReader(""), 1000),
        bundle.settings.max_length_ratio,
        SearchConfig(beam=beam),
    )


@pytest.fixture(scope="module")
def learned(bundle):
    """A trained network, and its translator."""
    network = Seq2Seq(
        bundle.settings.model,
        len(bundle.tokenizer),
        torch.from_numpy(bundle.output_vocabulary.pieces),
    )
    load_network_tensors(network, bundle.weights())
    return network, load_translator(bundle, SearchConfig(beam=4))


def source_ids(translator):
    return list(translator.processor.encode_source(TEXT).ids)


def assert_shown_is_used(network, translator):
    """From weights to gates, from gates to state, from state to probabilities, by the formulas
    alone."""
    found = inspect(translator, TEXT)
    source = torch.tensor([source_ids(translator)])
    memory, _ = network.encode(source, torch.tensor([source.shape[1]]))
    before, previous = found.start, END_TOKEN
    size = len(translator.processor.output_vocabulary)
    tokens = {translator.processor.target_pieces([token])[0]: token for token in range(size)}
    name, cell = network.config.cell, network.decoder.cell
    for step in found.steps:
        state = [before[each] for each in ("hidden", "cell") if each in before]
        x = network.embed(torch.tensor([previous]))[0].detach().numpy()
        following, gates = numpy_step(name, cell, x, before.get("context", np.zeros(0)), state)
        assert step.gates.keys() == gates.keys()
        for gate, right in gates.items():
            np.testing.assert_allclose(step.gates[gate], right, atol=1e-5)
        for part, right in zip(("hidden", "cell"), following, strict=False):
            np.testing.assert_allclose(step.state[part], right, atol=1e-5)
        probabilities = read_out(network, memory, previous, following[0], step, before)
        assert step.piece in [candidate.piece for candidate in step.candidates]
        assert 5 <= len(step.candidates) <= 6
        for candidate in step.candidates:
            right = probabilities[tokens[candidate.piece]]
            assert candidate.probability == pytest.approx(right, abs=1e-5)
        assert step.end == pytest.approx(probabilities[END_TOKEN], abs=1e-5)
        before, previous = step.state, tokens[step.piece]


@torch.no_grad()
def read_out(network, memory: Memory, previous, hidden, step, before):
    """The decoder's output layer, given its hidden state and attention weights."""
    vector = network.embed(torch.tensor([previous]))
    parts = [torch.from_numpy(hidden[None].astype(np.float32))]
    if step.weights is not None:
        weights = torch.from_numpy(step.weights[None])
        parts.append(weights @ memory.values[0])
        if network.decoder.lexical:
            parts.append(torch.tanh(weights @ memory.embeddings[0]))
    elif "context" in before:
        parts.append(torch.from_numpy(before["context"][None]))
    read = torch.tanh(network.decoder.readout(torch.cat([*parts, vector], dim=1)))
    return network.logits(read).softmax(-1)[0].numpy()


def test_the_gates_shown_are_the_gates_used(learned):
    assert_shown_is_used(*learned)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("attention", ["additive", "none"])
def test_every_cell_shows_what_it_uses(bundle, cell, attention):
    network, translator = at_random(bundle, cell=cell, attention=attention)
    assert_shown_is_used(network, translator)


def test_an_inspection_is_of_the_translation(learned):
    _, translator = learned
    found = inspect(translator, TEXT)
    ((best,),) = translator.translate([TEXT])
    assert found.translation.text == best.text == TEXT.upper()
    assert tuple(step.piece for step in found.steps) == best.target_pieces
    total = sum(np.log(step.probability) for step in found.steps)
    assert total == pytest.approx(best.log_probability, abs=1e-4)
    shown = np.stack([step.weights for step in found.steps if step.weights is not None])
    np.testing.assert_allclose(shown, best.attention, atol=1e-5)
    assert found.words == ("▁ba", "▁do", "▁ki", "▁mu")


def leaves(branches):
    for branch in branches:
        yield from leaves(branch.children) if branch.children else [branch]


def every_path(branches, before=()):
    """The pieces up to each leaf, and the leaf."""
    for branch in branches:
        pieces = (*before, branch.piece)
        yield from every_path(branch.children, pieces) if branch.children else [(pieces, branch)]


def levels(branches):
    while branches:
        yield branches
        branches = [child for branch in branches for child in branch.children]


@pytest.mark.parametrize("beam", [1, 2, 5])
@pytest.mark.parametrize("has_learned", [True, False])
def test_the_tree_is_the_tree_of_the_search(bundle, learned, beam, has_learned):
    translator = learned[1] if has_learned else at_random(bundle)[1]
    translator = copy.copy(translator)
    translator.config = replace(translator.config, beam=beam)
    found = inspect(translator, TEXT)
    source = translator.processor.encode_source(TEXT)
    ((best,),) = beam_search(translator.model, translator.search.request([source]), beam=beam)
    assert best.stopped_by == "eos" or not has_learned
    stopped = [leaf for leaf in leaves(found.tree) if leaf.outcome == best.stopped_by]
    (winner,) = [leaf for leaf in stopped if leaf.best]
    assert (
        winner.score == max(leaf.score for leaf in stopped) == pytest.approx(best.score, abs=1e-6)
    )
    for pieces, leaf in every_path(found.tree):
        ids = list(map(translator.processor.tokenizer._processor.piece_to_id, pieces))
        tokens = translator.processor.output_vocabulary.to_tokens(ids)
        (scores,) = token_log_probabilities(translator.model, [source.ids], [tokens], END_TOKEN)
        assert leaf.log_probability == pytest.approx(scores.sum(), abs=1e-4)
        if leaf.score is not None:
            assert leaf.score == pytest.approx(scores.mean(), abs=1e-5)
    assert all(leaf.outcome for leaf in leaves(found.tree))
    for level in levels(found.tree):
        assert sum(branch.outcome != "eos" for branch in level) <= beam
        assert sum(branch.best for branch in level) <= 1
    winning = [branch.piece for level in levels(found.tree) for branch in level if branch.best]
    assert tuple(winning) == found.translation.target_pieces
    if beam > 1:
        assert {leaf.outcome for leaf in leaves(found.tree)} & {"pruned", "unfinished"}


def test_the_rows_of_a_tree_hold_every_branch_once(bundle):
    _, translator = at_random(bundle, beam=5)
    found = inspect(translator, TEXT)
    count = sum(len(level) for level in levels(found.tree))
    assert sum(len(row.pieces) for row in tree_rows(found.tree)) == count
    trunk = [piece for row in tree_rows(found.tree) if row.best for piece in row.pieces]
    assert tuple(trunk) == found.translation.target_pieces


def paths(branches, before=()):
    for branch in branches:
        if branch.outcome:
            yield (*before, branch.piece), branch.outcome
        yield from paths(branch.children, (*before, branch.piece))


@pytest.mark.parametrize("has_learned", [True, False])
def test_every_way_can_be_read_off_the_rows(bundle, learned, has_learned):
    """A row that stands beside one begins where the row above it began, another goes on."""
    translator = learned[1] if has_learned else at_random(bundle, beam=5)[1]
    found = inspect(translator, TEXT)
    begun: dict[int, tuple[str, ...]] = {}
    gone: dict[int, tuple[str, ...]] = {0: ()}
    read = []
    for row in tree_rows(found.tree):
        before = begun[row.depth - 1] if row.alternative else gone[row.depth]
        begun[row.depth], gone[row.depth] = before, (*before, *row.pieces)
        if row.outcome:
            read.append((gone[row.depth], row.outcome))
    assert sorted(read) == sorted(paths(found.tree))


@pytest.mark.parametrize("has_learned", [True, False])
def test_every_way_can_be_read_off_the_screen(bundle, learned, has_learned):
    """“or” stands for: instead of the first piece of the last row that is less far to the right."""
    translator = learned[1] if has_learned else at_random(bundle, beam=5)[1]
    found = inspect(translator, TEXT)
    begun: dict[int, tuple[str, ...]] = {}
    gone: dict[int, tuple[str, ...]] = {0: ()}
    read = []
    for line in printed(PANELS["tree"].draw(found, 10_000), 10_000):
        match = re.fullmatch(r"( *)(or )?(.+?)  -?\d+\.\d\d(?:  (.+))?", line)
        assert match is not None
        indent, either, pieces, told = match.groups()
        depth = len(indent) // 2 if either or not indent else (len(indent) - 3) // 2
        before = begun[depth - 1] if either else gone[depth]
        begun[depth], gone[depth] = before, (*before, *pieces.split(" "))
        if told:
            read.append(gone[depth])
    assert sorted(read) == sorted(way for way, _ in paths(found.tree))


def test_pieces_look_different_on_the_screen(learned):
    _, translator = learned
    pieces = translator.processor.tokenizer.pieces(range(len(translator.processor.tokenizer)))
    assert len(set(map(printable, pieces))) == len(pieces)
    found = inspect(translator, TEXT)
    for panel in PANELS.values():
        shown = " ".join(printed(panel.draw(found, 80), 80)).split()
        assert set(found.translation.target_pieces) <= set(shown)
    assert printable("a\tb\0") == "a␉b␀"  # what would break the lines of a table
    assert printable("a\u202eb\u2066") == "a\ufffdb\ufffd"  # what would turn them round


def test_influence_is_how_far_the_state_moves(learned):
    _, translator = learned
    found = inspect(translator, TEXT)
    ids = source_ids(translator)
    assert found.influence.shape == (len(found.steps) + 1, 4)

    def states(source):
        memory, state = translator.model.encode(np.array([source]), np.array([len(source)]))
        rows, previous = [np.concatenate([state[0], state[1]], axis=1)], END_TOKEN
        for step in found.steps:
            _, _, state = translator.model.step(np.array([previous]), memory, state)
            rows.append(np.concatenate([state[0], state[1]], axis=1))
            (previous,) = translator.processor.output_vocabulary.to_tokens(
                [translator.processor.tokenizer._processor.piece_to_id(step.piece)]
            )
        return np.concatenate(rows)

    whole = states(ids)
    place = next(i for i, piece in enumerate(found.translation.source_pieces) if piece == "▁ki")
    without = states([*ids[:place], 1, *ids[place + 1 :]])
    moved = np.linalg.norm(without - whole, axis=1) / np.linalg.norm(whole, axis=1)
    np.testing.assert_allclose(found.influence[:, 2], moved, atol=1e-5)


def test_the_continuation_begins_with_the_next_best_piece(learned):
    _, translator = learned
    found = inspect(translator, TEXT)
    assert found.steps[-1].piece == END
    assert len(found.continuation) == CONTINUATION_LENGTH
    others = [c for c in found.steps[-1].candidates if c.piece not in (END, "<unk>")]
    assert found.continuation[0].piece == others[0].piece
    assert found.continuation[0].end == found.steps[-1].end
    assert END not in [step.piece for step in found.continuation]


def test_a_translation_without_an_end_has_no_continuation(bundle):
    _, translator = at_random(bundle)
    translator.config = replace(translator.config, max_length=2, min_length=2, beam=1)
    found = inspect(translator, TEXT)
    assert found.translation.stopped_by == "limit"
    assert found.continuation == ()
    with pytest.raises(UserError, match="nothing to translate"):
        inspect(translator, "  ")


def long_inspection(bundle, **shape):
    _, translator = at_random(bundle, **shape)
    translator.config = replace(
        translator.config, min_length=60, max_length=60, repetition_guard=False
    )
    return inspect(translator, " ".join(["ba do ki mu pe ra"] * 10))


def printed(renderable, width):
    console = Console(width=width, no_color=True)
    with console.capture() as capture:
        console.print(renderable, soft_wrap=False)
    return [line.rstrip() for line in capture.get().splitlines()]


@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("shape", [{}, {"cell": "gru"}, {"cell": "rnn", "attention": "none"}])
def test_sixty_pieces_fit_a_terminal(bundle, shape, width):
    found = long_inspection(bundle, **shape)
    assert len(found.steps) >= 60
    shown = printed(report(found, list(PANELS), width), width)
    titles = [panel.title for panel in PANELS.values()]
    assert [line for line in shown if line in titles] == titles
    assert max(map(cell_len, shown)) <= width
    # Where there is more room than is asked for nothing is folded: so it is not here either, but
    # for the two panels that may fold within a cell, or between the pieces of a long branch.
    for name in ("attention", "gates", "influence", "end"):
        wide, narrow = (printed(PANELS[name].draw(found, width), room) for room in (500, width))
        whole = [line for line in wide if line not in (NO_ATTENTION, NO_GATES)]
        assert narrow[len(narrow) - len(whole) :] == whole


@pytest.mark.parametrize("width", [80, 40, 25])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_every_gate_is_whole_in_any_width(bundle, cell, width):
    found = long_inspection(bundle, cell=cell)
    lines = printed(PANELS["gates"].draw(found, width), width)
    for name in (name for name in found.steps[0].gates if name != "candidate"):
        heads = [place for place, line in enumerate(lines) if f"{name} 0…1" in line]
        assert len(heads) == 1
        begin = lines[heads[0]].index(f"{name} 0…1")
        rows = [line for line in lines[heads[0] + 1 :] if not line.startswith("(start)")]
        for step, row in zip(found.steps, rows, strict=False):
            gate = step.gates[name]
            place = begin + len(row) - cell_len(row)  # (wide characters stand before it)
            own = row[place : place + len(f"{name} 0…1")]
            assert own.rstrip() == histogram(gate).rstrip()
            assert row[place + len(own) :].split()[0] == f"{gate.mean():.2f}"


def test_a_long_or_wide_name_does_not_break_a_heat_map():
    names = ["https://example.org/" + "a" * 90, "天安门" * 20, "i"]
    picture = heatmap(names, [*"北京欢迎你" * 12], np.ones((3, 60)), 80)
    lines = picture.plain.splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert any(line.startswith("https://example.org") and "…" in line for line in lines)


def test_a_tree_as_deep_as_a_thousand_pieces_can_be_drawn(bundle):
    _, translator = at_random(bundle, beam=2)
    translator.config = replace(
        translator.config, min_length=1200, max_length=1200, repetition_guard=False
    )
    found = inspect(translator, TEXT)
    assert found.tree[0].height >= 1200
    assert sum(len(row.pieces) for row in tree_rows(found.tree)) >= 1200


def test_inspect_from_the_shell(seqcli, seqcli_process, copy_model, tmp_path):
    shown = seqcli("inspect", "-m", copy_model, "ba", "do", COLUMNS="80").out
    assert shown.startswith("BA DO\n")
    assert all(f"\n{panel.title}\n" in shown for panel in PANELS.values())
    one = seqcli("inspect", "-m", copy_model, "ba do", "--show", "end").out
    assert "Probability of the end" in one and "Attention" not in one
    page = tmp_path / "page.html"
    written = seqcli_process("inspect", "-m", copy_model, "ba do", "--html", page)
    assert written.out == "" and "open it in a browser" in written.err
    (data,) = re.findall(r' id="data">(.*?)</script>', page.read_text(encoding="utf-8"))
    assert json.loads(data)["inspection"]["translation"]["translation"] == "BA DO"


def test_inspect_refuses_in_one_line(seqcli, copy_model, tmp_path):
    for arguments, told in (
        (["ba", "--show", "heart"], "show is one of attention, candidates"),
        ([" "], "there is nothing to translate"),
        (["ba", "--html", tmp_path / "no" / "page.html"], "cannot be written"),
    ):
        error = seqcli("inspect", "-m", copy_model, *arguments, code=2).err
        assert told in error
        assert len(error.strip().splitlines()) == 1


def test_an_unknown_word_says_that_it_is_one(learned):
    found = inspect(learned[1], "ba 安 do")
    assert found.unknown == (False, True, False)
    (name,) = [line for line in printed(PANELS["influence"].draw(found, 80), 80) if "安" in line]
    assert "安 (unknown)" in name


def test_influence_does_not_depend_on_the_batch(learned, monkeypatch):
    at_once = inspect(learned[1], TEXT)
    monkeypatch.setattr("seqcli.decoding.inspection.WORDS_PER_BATCH", 3)
    in_batches = inspect(learned[1], TEXT)
    np.testing.assert_allclose(in_batches.influence, at_once.influence, atol=1e-5)
    for step, other in zip(in_batches.steps, at_once.steps, strict=True):
        without = [candidate.without for candidate in step.candidates]
        right = [candidate.without for candidate in other.candidates]
        np.testing.assert_allclose(without, right, atol=1e-4)


def test_the_piece_that_is_written_is_among_the_candidates(bundle, monkeypatch):
    monkeypatch.setattr("seqcli.decoding.decoder_steps.CANDIDATES", 1)
    found = inspect(at_random(bundle, beam=5)[1], TEXT)
    for step in found.steps:
        assert step.candidates[-1].token == step.token
        assert step.candidates[0].probability >= step.probability - 1e-6
    assert {len(step.candidates) for step in found.steps} == {1, 2}


def test_a_candidate_knows_its_probability_without_each_word(bundle):
    _, translator = at_random(bundle)
    found = inspect(translator, TEXT)
    ids = source_ids(translator)
    tokens = [step.token for step in found.steps]
    for word, pieces in enumerate(found.word_pieces):
        masked = [1 if i in pieces else piece for i, piece in enumerate(ids)]
        for number, step in enumerate(found.steps):
            ways = [[*tokens[:number], candidate.token] for candidate in step.candidates]
            scores = token_log_probabilities(
                translator.model, [masked] * len(ways), ways, END_TOKEN
            )
            without = [candidate.without[word] for candidate in step.candidates]
            np.testing.assert_allclose(without, [each[-1] for each in scores], atol=1e-4)
