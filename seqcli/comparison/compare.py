"""Several stations of the story on the same data and budget, side by side, and a closer look."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from seqcli import evaluation
from seqcli.arrays import Array
from seqcli.bundle import STEP, Bundle, open_bundle, write_files
from seqcli.comparison.findings import (
    SCALES,
    Bucket,
    Comparison,
    Failed,
    Result,
    Scoring,
    Started,
)
from seqcli.comparison.probes import gradient_norms, long_sources, loss_curve
from seqcli.comparison.stations import Station
from seqcli.config import CorpusConfig, TrainingConfig
from seqcli.data.batching import Example, collate
from seqcli.data.corpus import CorpusFiles, check_standard_input
from seqcli.data.pairs import Pair
from seqcli.data.sample import sample_file
from seqcli.decoding.assessment import Assessed, about_empty_sides, assess
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.words import split_words
from seqcli.errors import UserError
from seqcli.model.seq2seq import Seq2Seq
from seqcli.paths import STANDARD_STREAM, display_name
from seqcli.training.checkpoint import Checkpoint, load_network_tensors
from seqcli.training.events import Event, Updated
from seqcli.training.prepare import TrainRequest, read_data
from seqcli.training.train import train

SAMPLE_TESTS = ("test.en-zh.tsv", "test-long.en-zh.tsv")
GRADIENT_STEPS, GRADIENT_ROWS = 40, 32

# Where pairs from standard input are kept, in the folder of the models.
PIPED = "standard-input.tsv"

# Words of a bucket of lengths; and buckets of fewer sentences are joined.
BUCKET, LEAST_SENTENCES = 5, 20


# The stations of a closer look: at gradients, at lines of loss, and at how often weights move.
GRADIENT_STATIONS = ("rnn/none", "gru/none", "lstm/none")
CURVE_STATIONS = ("rnn/none", "rnn/none/clip=0", "lstm/none")
UPDATE_FREQUENCY = ("lstm/additive", "lstm/additive/batch-tokens=1")


@dataclass(frozen=True)
class CompareRequest:
    """What is to be compared: stations on pairs, within a budget for each (a setting and its
    value). `folder` takes a model folder for each; `analysis` looks closer than at scores."""

    folder: Path
    stations: Sequence[Station]
    budget: Mapping[str, Any]
    files: CorpusFiles = field(default_factory=CorpusFiles)
    dev: CorpusFiles = field(default_factory=CorpusFiles)
    tests: Sequence[Path] = ()
    analysis: bool = True

    def __post_init__(self) -> None:
        check_standard_input(self.files, self.dev, CorpusFiles(pairs=tuple(self.tests)))


def compare(
    request: CompareRequest, stop: Callable[[], bool] = lambda: False
) -> Iterator[Event | Started | Failed | Scoring | Comparison]:
    """Train one after another, and at the end tell what came of it. Raises `KeyboardInterrupt` when
    `stop` says so, and `UserError` where nothing can be learned or scored; a station whose loss
    runs away is told of, and the others go on."""
    analysis = (*GRADIENT_STATIONS, *CURVE_STATIONS, *UPDATE_FREQUENCY) if request.analysis else ()
    stations = {each.name: each for each in (*request.stations, *map(Station.parse, analysis))}
    files, dev = (_kept(each, request.folder) for each in (request.files, request.dev))
    request = replace(request, files=files, dev=dev)
    tests = _tests(request)
    bundles: dict[str, Bundle] = {}
    failed: dict[str, str] = {}
    for number, (name, station) in enumerate(stations.items(), start=1):
        yield Started(name, number, len(stations))
        folder, learning = request.folder / name.replace("/", "-"), False
        overrides = dict(station.overrides) | dict(request.budget)
        training = TrainRequest(
            folder, request.files, request.dev, overrides=overrides, overwrite=True
        )
        try:
            for event in train(training, stop):
                learning = learning or isinstance(event, Updated)
                yield event
        except UserError as error:
            if not learning:
                raise
            failed[name] = str(error)
            yield Failed(str(error))
            continue
        if stop():
            raise KeyboardInterrupt
        bundles[name] = open_bundle(folder)
    yield Scoring(tuple(filter(None, map(about_empty_sides, tests.values()))))
    yield _findings(request, bundles, tests, failed)


def _findings(
    request: CompareRequest,
    bundles: Mapping[str, Bundle],
    tests: Mapping[str, Sequence[Pair]],
    failed: Mapping[str, str],
) -> Comparison:
    asked = [each.name for each in request.stations]
    scored = [*asked, *UPDATE_FREQUENCY] if request.analysis else asked
    results = {name: _result(name, bundles[name], tests) for name in scored if name in bundles}
    if not any(name in results for name in asked):
        raise UserError("no station came to its end: " + "; ".join(failed.values()))
    pairs = [pair for own in tests.values() for pair in own]

    targets = [pair.target for pair in pairs]
    short = evaluation.too_short_for_bleu(targets)
    ((_, most),) = Counter(targets).most_common(1)

    def those(names: Sequence[str]) -> list[str]:
        return [name for name in names if request.analysis and name in bundles]

    return Comparison(
        results=tuple(results[name] for name in asked if name in results),
        short=short,
        gradient_norms={
            name.split("/")[0]: _gradient_norms(bundles[name], pairs)
            for name in those(GRADIENT_STATIONS)
        },
        loss_curves={name: _loss_curve(bundles[name], pairs) for name in those(CURVE_STATIONS)},
        update_frequency=tuple(results[name] for name in those(UPDATE_FREQUENCY)),
        failed=dict(failed),
        budget=dict(request.budget),
        baseline=100 * most / len(targets) if short else 0.0,
    )


def _kept(files: CorpusFiles, folder: Path) -> CorpusFiles:
    """What comes on standard input, in a file: each station reads its pairs anew."""
    if STANDARD_STREAM not in files.paths:
        return files
    lines = [f"{source}\t{target}\n" for source, target in files.read()]
    write_files(folder, {PIPED: "".join(lines).encode()})
    return CorpusFiles(pairs=(folder / PIPED,))


def _tests(request: CompareRequest) -> dict[str, list[Pair]]:
    """The pairs to score on, by the name of their file; dev if no test is named."""
    paths = request.tests or ([] if request.files else [sample_file(name) for name in SAMPLE_TESTS])
    if not paths:
        config, seed = CorpusConfig(), request.budget.get("seed", TrainingConfig.seed)
        return {"dev": read_data(request.files, request.dev, config, seed).dev}
    tests: dict[str, list[Pair]] = {}
    for path in paths:
        pairs = [pair for pair in CorpusFiles(pairs=(path,)).read() if pair.source or pair.target]
        if not pairs:
            raise UserError(
                f"{display_name(path)}: no pairs to score; each line is source<TAB>target"
            )
        name = Path(display_name(path)).name
        if name in tests:
            raise UserError(f"two test files are named {name}: give one another name")
        tests[name] = pairs
    return tests


def _result(name: str, bundle: Bundle, tests: Mapping[str, Sequence[Pair]]) -> Result:
    translator = load_translator(bundle)
    assessed = {test: assess(translator, pairs) for test, pairs in tests.items()}
    about, position = bundle.settings.about, Checkpoint(bundle.folder).position
    return Result(
        name=name,
        weights=sum(array.size for array in bundle.weights().values()),
        size=bundle.checked(STEP).stat().st_size,
        updates=position.update,
        seconds=position.seconds,
        speed=position.all_tokens / max(position.learning_seconds, 1e-9),
        dev=about["dev_score"],
        metric=about["metric"],
        tests={test: found.scores for test, found in assessed.items()},
        by_length=by_length([each for found in assessed.values() for each in found.ranked]),
    )


def by_length(assessed: Sequence[Assessed]) -> tuple[Bucket, ...]:
    """Scores of sentences of 1 to 5 words, 6 to 10, and so on; few are joined to the shorter, or,
    where there are none, to the longer."""
    kept: defaultdict[int, list[Assessed]] = defaultdict(list)
    for each in assessed:
        kept[max(0, len(split_words(each.source)) - 1) // BUCKET].append(each)
    joined: list[tuple[int, int, list[Assessed]]] = []
    for place, found in sorted(kept.items()):
        first, before = BUCKET * place + 1, list[Assessed]()
        if joined and min(len(found), len(joined[-1][2])) < LEAST_SENTENCES:
            first, _, before = joined.pop()
        joined.append((first, BUCKET * (place + 1), before + found))
    tokenizer = evaluation.bleu_tokenizer(text for each in assessed for text in each.references)
    return tuple(_bucket(first, last, own, tokenizer) for first, last, own in joined)


def _bucket(first: int, last: int, own: Sequence[Assessed], tokenizer: str) -> Bucket:
    references = [each.references for each in own]
    translations = [each.translation for each in own]
    bleu = evaluation.corpus_score("bleu", translations, references, tokenizer)
    exact = evaluation.exact_match(translations, references)
    mean = sum(len(split_words(each.source)) for each in own) / len(own)
    return Bucket(first, last, mean, len(own), bleu, exact)


def _networks(bundle: Bundle) -> tuple[Seq2Seq, Seq2Seq]:
    """The network of a folder as it was before it learned anything, and as it is now."""
    settings = bundle.settings
    torch.manual_seed(settings.training.seed)
    shape = settings.model, len(bundle.tokenizer), torch.from_numpy(bundle.output_vocabulary.pieces)
    before, after = Seq2Seq(*shape), Seq2Seq(*shape)
    load_network_tensors(after, bundle.weights())
    return before, after


def _examples(bundle: Bundle, pairs: Sequence[Pair]) -> list[Example]:
    translator = load_translator(bundle)
    return [translator.processor.to_example(pair) for pair in pairs]


def _gradient_norms(bundle: Bundle, pairs: Sequence[Pair]) -> tuple[Array, Array]:
    examples = _examples(bundle, pairs)
    before, after = (
        gradient_norms(network, long_sources(network, examples, GRADIENT_STEPS, GRADIENT_ROWS))
        for network in _networks(bundle)
    )
    return before / before[0], after / after[0]


def _loss_curve(bundle: Bundle, pairs: Sequence[Pair]) -> Array:
    """On the longest sentence: there the memory goes round most often. (A mean over several would
    be smoother than any that the network learns from.)"""
    _, network = _networks(bundle)
    longest = max(_examples(bundle, pairs), key=lambda each: len(each.source))
    return loss_curve(network, collate([longest]), SCALES)
