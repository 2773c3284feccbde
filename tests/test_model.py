import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from seqcli import config
from seqcli.config import ModelConfig
from seqcli.data.tokenizer import END, UNKNOWN
from seqcli.data.vocabulary import END_TOKEN
from seqcli.model import attention as attention_module
from seqcli.model.attention import Memory, make_attention
from seqcli.model.cells import CELLS
from seqcli.model.dropout import Dropout
from seqcli.model.seq2seq import Seq2Seq
from seqcli.model.stepwise_linear import stepwise_linear

ATTENTIONS = ["additive", "bilinear", "dot", "cosine", "none"]
PIECES = 40
OUTPUT_PIECES = torch.tensor([UNKNOWN, END, *range(20, 40)])


def network(attention="additive", **settings):
    torch.manual_seed(3)
    shape = ModelConfig(embedding=12, hidden=16, attention_size=10, attention=attention, **settings)
    return Seq2Seq(shape, PIECES, OUTPUT_PIECES)


def batch(lengths=(5, 3, 7), target_length=6):
    torch.manual_seed(5)
    source = torch.randint(3, PIECES, (len(lengths), max(lengths)))
    return (
        source,
        torch.tensor(lengths),
        torch.randint(2, len(OUTPUT_PIECES), (target_length, len(lengths))),
    )


def dropped(share, words=0.0):
    """Dropout that draws the same each time."""
    return Dropout(share, words, torch.Generator().manual_seed(7))


def share_of_zeros(values):
    return float((values == 0).double().mean())


def test_units_are_dropped_in_the_memory_and_in_the_readouts():
    made = network(encoder_layers=2)
    source, lengths, target = batch(lengths=[9] * 60)
    memory, _ = made.encode(source, lengths, dropped(0.4))
    plain, _ = made.encode(source, lengths)
    for name in ("values", "summary", "embeddings"):
        assert share_of_zeros(getattr(memory, name)) == pytest.approx(0.4, abs=0.03), name
        assert share_of_zeros(getattr(plain, name)) == 0
    torch.testing.assert_close(memory.keys, made.decoder.keys(memory.values))
    read = made.readouts(source, lengths, target, END_TOKEN, dropped(0.4))
    assert share_of_zeros(read) == pytest.approx(0.4, abs=0.03)
    # The other units are scaled, so that the mean stays the same.
    kept = memory.embeddings != 0
    torch.testing.assert_close(memory.embeddings[kept], plain.embeddings[kept] / 0.6)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_units_are_dropped_between_the_layers_of_the_encoder(layers):
    source, lengths, _ = batch()
    handed = []

    class Watched(Dropout):
        def __call__(self, states):
            handed.append(tuple(states.shape))
            return super().__call__(states)

    network(encoder_layers=layers).encode(source, lengths, Watched(0.4))
    assert handed.count((7, 3, 16)) == layers - 1  # [S,B,H], states of a layer


@pytest.mark.parametrize("side", ["source", "target"])
def test_words_are_dropped_as_a_whole_on_both_sides(side):
    made = network()
    source, lengths, target = batch()
    others = {"source": (source.flip(1), target), "target": (source, target.flip(0))}[side]

    def read(words, source, target):
        return made.readouts(source, lengths, target, END_TOKEN, dropped(0.0, words))

    lengths = torch.full_like(lengths, source.shape[1])
    blind = [read(0.9999, *each) for each in ((source, target), others)]
    torch.testing.assert_close(*blind)
    seeing = [read(0.0, *each) for each in ((source, target), others)]
    assert not torch.allclose(*seeing)


def linear_products(weight, added):
    return (lambda x, plus=each: functional.linear(x, weight) + plus for each in added)


def test_stepwise_maps_have_the_values_and_gradients_of_linear():
    torch.manual_seed(2)
    start = [torch.randn(*shape, dtype=torch.double) for shape in ((4, 4), (3, 4), (5, 3, 4))]
    results = []
    for make in (stepwise_linear, linear_products):
        weight, state, added = leaves = [each.clone().requires_grad_() for each in start]
        total = torch.zeros((), dtype=torch.double)
        for product in make(weight, added):
            state = torch.tanh(product(state))
            total = total + state.square().sum()
        total.backward()
        results.append((total.detach(), *(leaf.grad for leaf in leaves)))
    torch.testing.assert_close(results[0], results[1])


def test_stepwise_maps_are_called_in_order_and_can_be_differentiated_twice():
    weight, added = torch.randn(2, 2, requires_grad=True), torch.randn(3, 4, 2)
    first, second, _ = stepwise_linear(weight, added)
    loss = second(first(torch.randn(4, 2))).sum()
    once, again = (torch.autograd.grad(loss, weight, retain_graph=True) for _ in range(2))
    torch.testing.assert_close(once, again)
    with pytest.raises(AssertionError, match="in order"):
        first(torch.randn(4, 2))


def test_stepwise_maps_that_are_unused_have_no_gradient():
    weight, added = torch.randn(2, 2, requires_grad=True), torch.randn(3, 4, 2, requires_grad=True)
    first, *_ = stepwise_linear(weight, added)
    (first(torch.randn(4, 2)) * 0 + weight.sum()).sum().backward()
    torch.testing.assert_close(weight.grad, torch.full((2, 2), 8.0))
    torch.testing.assert_close(added.grad, torch.zeros(3, 4, 2))


def numpy_match(name, module, z, h):
    """The formulas of the papers for one query and one position."""
    p = {key: value.detach().numpy().astype(float) for key, value in module.named_parameters()}
    if name == "additive":
        return p["vector"] @ np.tanh(p["query"] @ z + p["key.weight"] @ h + p["key.bias"])
    if name == "bilinear":
        return h @ (p["matrix"] @ z)
    if name == "dot":
        return z @ h
    return math.exp(p["log_scale"]) * (z @ h) / (np.linalg.norm(z) * np.linalg.norm(h))


@pytest.mark.parametrize("name", ATTENTIONS[:-1])
def test_match_functions_are_their_formulas(name):
    torch.manual_seed(6)
    module = make_attention(name, 8, 5)
    assert module is not None
    values, query = torch.randn(2, 4, 8), torch.randn(6, 8)  # three queries a sentence
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    memory = Memory(values, module.keys(values), mask, torch.zeros(2, 8), values)
    (query_of,) = module.queries(1, 6)
    weights, context = module(query_of(query), memory)
    weights = weights.flatten(0, 1)
    for row in range(6):
        sentence = row // 3
        real = int(mask[sentence].sum())
        matches = np.array(
            [
                numpy_match(name, module, query[row].numpy().astype(float), h.numpy().astype(float))
                for h in values[sentence, :real]
            ]
        )
        wanted = np.exp(matches) / np.exp(matches).sum()
        np.testing.assert_allclose(weights[row, :real].detach(), wanted, atol=1e-5)
        assert (weights[row, real:] == 0).all()
        mix = wanted @ values[sentence, :real].numpy()
        np.testing.assert_allclose(context[row].detach(), mix, atol=1e-5)


def test_every_match_function_is_named_in_the_configuration_and_tested():
    base = attention_module.Attention
    classes = {
        name
        for name, value in vars(attention_module).items()
        if isinstance(value, type) and issubclass(value, base) and value is not base
    }
    named = set(config.ATTENTIONS.values())
    assert classes - named == set(), "not named in ATTENTIONS of seqcli/config.py"
    assert named - classes == set(), "named in seqcli/config.py, not in seqcli/model/attention.py"
    assert [*config.ATTENTIONS, "none"] == ATTENTIONS, "without a formula in this file"


@pytest.mark.parametrize(
    ("attention", "settings"),
    [(name, {"cell": cell}) for name in ATTENTIONS for cell in CELLS]
    + [
        ("none", {"context": "first"}),
        ("additive", {"encoder_layers": 2}),
        ("additive", {"lexical": False}),
        ("dot", {"tied": False}),
    ],
)
def test_all_steps_at_once_are_the_single_steps(attention, settings):
    source, lengths, target = batch()
    results = []
    for whole in (True, False):
        model = network(attention, **settings)
        if whole:
            log_probabilities = model(source, lengths, target, END_TOKEN).log_softmax(-1)
        else:
            memory, state = model.encode(source, lengths)
            previous, rows = torch.full_like(target[0], END_TOKEN), []
            for token in target:
                row, _, state = model.step(previous, memory, state)
                rows.append(row)
                previous = token
            log_probabilities = torch.stack(rows)
        log_probabilities.gather(2, target.unsqueeze(2)).sum().backward()
        gradients = {name: p.grad for name, p in model.named_parameters()}
        results.append((log_probabilities.detach(), gradients))
    torch.testing.assert_close(results[0], results[1], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("attention", "cell"),
    [(name, "lstm") for name in ATTENTIONS] + [("additive", name) for name in CELLS],
)
def test_padding_and_neighbours_change_nothing(attention, cell):
    model = network(attention, cell=cell)
    source, lengths, target = batch()
    together = model(source, lengths, target, END_TOKEN).log_softmax(-1)
    padded = functional.pad(source, (0, 9), value=17)
    torch.testing.assert_close(
        model(padded, lengths, target, END_TOKEN).log_softmax(-1), together, atol=1e-5, rtol=0
    )
    for row, length in enumerate(lengths):
        alone = model(
            source[row : row + 1, :length],
            lengths[row : row + 1],
            target[:, row : row + 1],
            END_TOKEN,
        )
        torch.testing.assert_close(alone.log_softmax(-1)[:, 0], together[:, row], atol=1e-5, rtol=0)


def test_attention_weights_sum_to_one_and_are_nothing_on_padding():
    for name in ATTENTIONS[:-1]:
        model = network(name)
        source, lengths, target = batch()
        memory, state = model.encode(source, lengths)
        _, weights, _ = model.step(target[0], memory, state)
        torch.testing.assert_close(weights.sum(1), torch.ones(3))
        for row, length in enumerate(lengths):
            assert (weights[row, length:] == 0).all()
            assert (weights[row, :length] > 0).all()


def test_dropout_drops_its_share_and_keeps_the_mean():
    dropout = Dropout(0.3, 0.2, torch.Generator().manual_seed(1))
    units = dropout(torch.ones(200, 300))
    assert (units == 0).double().mean() == pytest.approx(0.3, abs=0.01)
    assert units.mean() == pytest.approx(1, abs=0.01)
    embeddings = dropout.embeddings(torch.ones(100, 50, 40))
    words = (embeddings == 0).all(dim=2)
    assert words.double().mean() == pytest.approx(0.2, abs=0.02)
    assert (embeddings[~words] == 0).double().mean() == pytest.approx(0.3, abs=0.01)
    assert embeddings.mean() == pytest.approx(1, abs=0.02)


def test_dropout_depends_on_its_generator_alone():
    source, lengths, target = batch()
    model, read = network(), []
    for seed in (1, 1, 2):
        torch.rand(seed)  # the generator of the whole process is another one
        dropout = Dropout(0.3, 0.2, torch.Generator().manual_seed(seed))
        read.append(model.readouts(source, lengths, target, END_TOKEN, dropout))
    assert (read[0] == read[1]).all()
    assert (read[0] != read[2]).any()


def test_the_one_vector_is_given_once_or_at_every_step():
    source, lengths, target = batch()
    for context, changes in (("every", True), ("first", False)):
        model = network("none", context=context)
        memory, state = model.encode(source, lengths)
        before = model.step(target[0], memory, state)[0]
        other = state._replace(context=None if state.context is None else state.context + 1)
        assert (before != model.step(target[0], memory, other)[0]).any() == changes
        assert (state.context is None) == (context == "first")
        assert model.step(target[0], memory, state)[1] is None


def test_tied_tables_are_one_table():
    tied, loose = network(), network(tied=False)
    assert tied.source_table is tied.target_table is tied.output_table
    tables = loose.source_table, loose.target_table, loose.output_table
    assert len({table.data_ptr() for table in tables}) == 3
    count = sum(p.numel() for p in loose.parameters()) - sum(p.numel() for p in tied.parameters())
    assert count == 2 * PIECES * 12
