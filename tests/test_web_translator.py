"""The translator of a page translates and shows what `translate` and `inspect` do."""

import numpy as np
import pytest
import torch
from javascript import FINISH, TranslatorScripts

from seqcli.bundle import open_bundle
from seqcli.config import ModelConfig, SearchConfig, TokenizerConfig
from seqcli.data.carryover import SYMBOLS
from seqcli.data.pairs import Pair
from seqcli.data.source_text import CarryingReader
from seqcli.data.tokenizer import UNKNOWN, build
from seqcli.data.vocabulary import END_TOKEN, UNKNOWN_TOKEN, OutputVocabulary
from seqcli.data.word_list import WordList
from seqcli.decoding.inspection import inspect
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.search import beam_search
from seqcli.decoding.text_processor import TextProcessor
from seqcli.decoding.translator import Translator
from seqcli.export.network import export
from seqcli.model.seq2seq import Seq2Seq
from seqcli.web.folder_values import FolderValues, folder_values, open_for_page
from seqcli.web.graphs import model_values
from seqcli.web.pieces import tokenizer_values

CALLS = """
function plainValues(values) {
  if (ArrayBuffer.isView(values)) return [...values];
  if (Array.isArray(values)) return values.map(plainValues);
  if (!values || typeof values !== "object") return values;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, plainValues(value)]));
}
function translated(text, size) {
  const search = translator.translate(text, size);
  const grown = [];
  let step = search.next();
  for (; !step.done; step = search.next()) grown.push(translator.partialText(text, step.value));
  return { nbest: plainValues(step.value), grown };
}
function inspected(text, beam, prefix) {
  return plainValues(finish(inspect(translator, text, { beam, prefix })));
}
function complaint(text) {
  try { finish(inspect(translator, text, { beam: 1, prefix: [] })); }
  catch (error) { return error.message; }
}
"""
TEXTS = [
    "ba do ki mu", "ba", "ki ki ki ki ki", "mu do, ba!", "ba Zoltan ki", "7 ba https://a.org/ Ezra",
    "Mila do Mila do Xo 42 <b>ki</b>", "ba 😀 do", "do qqqq ki", "qqqq", "", "  \t", "ba  do  ki ",
    "ba do ki mu lo pa ti nu so re " * 4,
]  # fmt: skip


class Page:
    """A translator, and the same in a page."""

    def __init__(self, translator, folder):
        self.translator, self.values = translator, folder.values
        self.scripts = TranslatorScripts(folder, "translation/inspection.js")
        self.scripts.run(FINISH + CALLS)

    def with_beam(self, beam, nbest=1):
        return self.translator.with_settings(SearchConfig(beam=beam, nbest=nbest, split=False))


@pytest.fixture(scope="module")
def learned(copy_model):
    bundle = open_for_page(copy_model)
    return Page(load_translator(bundle), folder_values(bundle, "fp32"))


@pytest.fixture(scope="module")
def processor():
    """A text processor with symbols."""
    pairs = [Pair(text, text) for text in TEXTS[:4]]
    tokenizer = build(pairs, TokenizerConfig())
    words = WordList.of(pairs)
    reader = CarryingReader(",!", words, SYMBOLS, True, tokenizer.has)
    pieces = OutputVocabulary(np.arange(UNKNOWN, len(tokenizer)))
    return TextProcessor(tokenizer, pieces, reader, 1000)


@pytest.fixture(scope="module", params=["lstm", "rnn", "gru"])
def at_random(request, processor):
    """An untrained network, which carries little over."""
    torch.manual_seed(1)
    attention = "none" if request.param == "rnn" else "additive"
    shape = ModelConfig(
        embedding=12, hidden=16, attention_size=8, cell=request.param, attention=attention
    )
    pieces, size = processor.output_vocabulary.pieces, len(processor.tokenizer)
    graphs = export(Seq2Seq(shape, size, torch.from_numpy(pieces)))
    translator = Translator(
        OnnxSearchModel(graphs.encoder, graphs.step), processor, 1.5, SearchConfig()
    )
    model, weights = model_values(
        graphs.encoder, graphs.step, graphs.step_int8, [], pieces.tolist(), size, "fp32"
    )
    reader = processor.reader
    values = {
        "model": model,
        "tokenizer": tokenizer_values(processor.tokenizer.model),
        "words": reader.words.to_text(),
        "punctuation": reader.punctuation,
        "locale": "",
        "carriesOver": True,
        "carriesNumbers": True,
        "simultaneous": False,
        "maxLengthRatio": 1.5,
        "maxSourcePieces": 1000,
        "confidence": None,
        "wordVectors": None,
        "corrections": [],
        "info": {"cell": shape.cell, "hidden": shape.hidden, "attention": shape.attention},
    }
    return Page(translator, FolderValues(values, bytes(weights.content))), shape


def test_symbols_are_those_that_are_read_and_written(at_random):
    page, _ = at_random
    tokenizer = page.values["tokenizer"]
    pieces = [f"{each}-" if each in tokenizer["symbols"] else each for each in tokenizer["pieces"]]
    for changed, symbols in (
        ({}, SYMBOLS),
        ({"carriesOver": False}, ""),
        ({"tokenizer": {**tokenizer, "pieces": pieces, "symbols": []}}, ""),
    ):
        values = page.values | changed
        assert page.scripts.call("((it) => makeProcessor(it).reader.symbols)", values) == symbols


def check_translations(page, text, beam, nbest):
    (expected,) = page.with_beam(beam, nbest).translate(text)
    found = page.scripts.call("translated", text, {"beam": beam, "nbest": nbest})
    for translation, python in zip(found["nbest"], expected, strict=True):
        assert translation.pop("log_probabilities") == pytest.approx(
            list(python.log_probabilities), abs=1e-4
        )
        assert len(translation.pop("tokens")) == len(python.target_pieces)
        assert_near(translation, python.to_dict())
    assert bool(found["grown"]) is bool(expected[0].target_pieces)


def assert_near(found, expected):
    """The same values; numbers as near as the rounding of Python allows."""
    if isinstance(expected, dict):
        assert set(found) == set(expected)
        for name in expected:
            assert_near(found[name], expected[name])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_near(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=2e-4)
    else:
        assert found == expected


@pytest.mark.parametrize(("beam", "nbest"), [(1, 1), (5, 5), (2, 4)])
def test_a_trained_model_translates_as_in_python(learned, beam, nbest):
    for text in TEXTS:
        check_translations(learned, text, beam, nbest)


def test_an_untrained_model_translates_as_in_python(at_random):
    lacking = []
    page, _ = at_random
    for text in TEXTS:
        check_translations(page, text, 3, 2)
        encoded = page.translator.processor.encode_source(text)
        if not encoded.is_empty:
            request = page.translator.search.request([encoded])
            ((found,),) = beam_search(page.translator.model, request, beam=3)
            lacking.append(found.lacking)
    assert any(lacking)  # so that a wider search was made


def check_inspection(page, shape, text, beam):
    found = page.scripts.call("inspected", text, beam, [])
    assert_near(found, inspect(page.with_beam(beam), text).to_dict(shape))
    return found


@pytest.mark.parametrize("text", [TEXTS[5], TEXTS[8], "ba $ do"])
def test_what_is_inspected_is_what_python_inspects(learned, copy_model, text):
    check_inspection(learned, open_bundle(copy_model).settings.model, text, 3)


def test_networks_of_all_kinds_are_inspected(at_random):
    page, shape = at_random
    check_inspection(page, shape, TEXTS[6], 3)


def test_more_words_than_a_batch_has_are_inspected(learned, copy_model):
    found = check_inspection(learned, open_bundle(copy_model).settings.model, TEXTS[-1], 1)
    assert len(found["words"]) == 40


def test_all_but_the_influence_is_told_early_of_a_long_sentence(learned):
    code = """((text) => {
      const early = [];
      const tellEarly = ({ steps, influence, tree }) =>
        early.push([steps.length, influence.length, steps[0].candidates[0].without.length,
          tree.length > 0]);
      const { steps } = finish(inspect(translator, text, { beam: 1, prefix: [], tellEarly }));
      return { early, steps: steps.length };
    })"""
    found = learned.scripts.call(code, f"{TEXTS[-1]} {TEXTS[-1]}")
    assert found["early"] == [[found["steps"], 0, 0, True]]
    assert learned.scripts.call(code, TEXTS[0])["early"] == []


def test_a_chosen_candidate_is_written_and_the_rest_anew(learned):
    text, processor = TEXTS[0], learned.translator.processor
    encoded = processor.encode_source(text)
    first = learned.scripts.call("inspected", text, 3, [])
    for step, place in [(0, 1), (2, 2), (1, 4)]:
        chosen = first["steps"][step]["candidates"][place]["token"]
        prefix = [*first["translation"]["tokens"][:step], chosen]
        found = learned.scripts.call("inspected", text, 3, prefix)
        tokens = found["translation"]["tokens"]
        assert (found["given"], tokens[: step + 1]) == (step + 1, prefix)
        assert [each["token"] for each in found["steps"]] == tokens
        if chosen not in (END_TOKEN, UNKNOWN_TOKEN):
            request = learned.translator.search.request([encoded], [prefix])
            ((expected,),) = beam_search(learned.translator.model, request, beam=3)
            assert tuple(tokens) == expected.tokens


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", ""), (" ", ""), ("qqqq", ": the model knows no word of this sentence")],
)
def test_nothing_to_translate_is_said(learned, text, reason):
    assert learned.scripts.call("complaint", text) == f"there is nothing to translate{reason}"
