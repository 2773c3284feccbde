"""Training several stations of the story on the same data and budget, and comparing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from seqcli import evaluation
from seqcli.bundle import Bundle, open_bundle
from seqcli.comparison.analysis import longest_pair_loss_curve, relative_gradient_norms
from seqcli.comparison.buckets import scores_by_length
from seqcli.comparison.findings import Comparison, Failed, Result, Scoring, Started
from seqcli.comparison.stations import Station
from seqcli.config import CorpusConfig, TrainingConfig
from seqcli.data.corpus import CorpusFiles, check_standard_input
from seqcli.data.pairs import Pair
from seqcli.data.sample import sample_file
from seqcli.decoding.assessment import about_empty_sides, assess
from seqcli.decoding.runtime import load_translator
from seqcli.errors import UserError
from seqcli.folder import ENCODER, STEP, WEIGHTS
from seqcli.paths import STANDARD_STREAM, display_name
from seqcli.storage.disk import make_folder, replace_content
from seqcli.storage.generation import errors_reported
from seqcli.training.checkpoint import Checkpoint
from seqcli.training.corpus_split import read_data
from seqcli.training.events import Event, Updated
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train

SAMPLE_TESTS = ("test.en-zh.tsv", "test-long.en-zh.tsv")

# The file in the folder of the models that keeps pairs from standard input.
STANDARD_INPUT_COPY = "standard-input.tsv"

# The stations of the analysis: of gradient norms, of loss curves, and of the update frequency.
GRADIENT_STATIONS = ("rnn/none", "gru/none", "lstm/none")
CURVE_STATIONS = ("rnn/none", "rnn/none/clip=0", "lstm/none")
UPDATE_FREQUENCY = ("lstm/additive", "lstm/additive/batch-tokens=1")


@dataclass(frozen=True)
class CompareRequest:
    """The input of a comparison.

    `budget`: settings that all stations share, with their values. `folder` receives a model folder
    for each station. `analysis`: analyze gradients, losses and the update frequency, too.
    """

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
    request: CompareRequest,
) -> Iterator[Event | Started | Failed | Scoring | Comparison]:
    """Train the stations one after another; the last event is the comparison.

    A station whose training fails, because its loss diverges, is reported as `Failed`; the others
    are trained all the same. Raises `UserError` if there is nothing to train on or to score.
    """
    analyzed = (*GRADIENT_STATIONS, *CURVE_STATIONS, *UPDATE_FREQUENCY) if request.analysis else ()
    stations = {each.name: each for each in (*request.stations, *map(Station.parse, analyzed))}
    files, dev = (
        _copy_standard_input(each, request.folder) for each in (request.files, request.dev)
    )
    request = replace(request, files=files, dev=dev)
    tests = _tests(request)
    bundles: dict[str, Bundle] = {}
    failed: dict[str, str] = {}
    for number, (name, station) in enumerate(stations.items(), start=1):
        yield Started(name, number, len(stations))
        folder, updated = request.folder / name.replace("/", "-"), False
        overrides = dict(station.overrides) | dict(request.budget)
        training = TrainRequest(
            folder,
            request.files,
            request.dev,
            overrides=overrides,
            overwrite=True,
            confidence=False,
            index=False,
        )
        try:
            for event in train(training):
                updated = updated or isinstance(event, Updated)
                yield event
        except UserError as error:
            if not updated:
                raise
            failed[name] = str(error)
            yield Failed(str(error))
            continue
        bundles[name] = open_bundle(folder, (ENCODER, STEP, WEIGHTS))
    yield Scoring(tuple(filter(None, map(about_empty_sides, tests.values()))))
    yield _comparison(request, bundles, tests, failed)


def _comparison(
    request: CompareRequest,
    bundles: Mapping[str, Bundle],
    tests: Mapping[str, Sequence[Pair]],
    failed: Mapping[str, str],
) -> Comparison:
    requested = [station.name for station in request.stations]
    scored = [*requested, *UPDATE_FREQUENCY] if request.analysis else requested
    results = {name: _result(name, bundles[name], tests) for name in scored if name in bundles}
    if not any(name in results for name in requested):
        raise UserError("no station finished its training: " + "; ".join(failed.values()))
    pairs = [pair for test_pairs in tests.values() for pair in test_pairs]
    targets = [pair.target for pair in pairs]
    short = evaluation.too_short_for_bleu(targets)
    ((_, count),) = Counter(targets).most_common(1)

    def analyzed(names: Sequence[str]) -> list[str]:
        return [name for name in names if request.analysis and name in bundles]

    return Comparison(
        results=tuple(results[name] for name in requested if name in results),
        short=short,
        gradient_norms={
            name.split("/")[0]: relative_gradient_norms(bundles[name], pairs)
            for name in analyzed(GRADIENT_STATIONS)
        },
        loss_curves={
            name: longest_pair_loss_curve(bundles[name], pairs) for name in analyzed(CURVE_STATIONS)
        },
        update_frequency=tuple(results[name] for name in analyzed(UPDATE_FREQUENCY)),
        failed=dict(failed),
        budget=dict(request.budget),
        baseline=100 * count / len(targets) if short else 0.0,
    )


def _copy_standard_input(files: CorpusFiles, folder: Path) -> CorpusFiles:
    """Files with a copy in place of standard input, which can be read only once."""
    if STANDARD_STREAM not in files.paths:
        return files
    lines = [f"{source}\t{target}\n" for source, target in files.read()]
    with errors_reported(folder):
        make_folder(folder)
        replace_content(folder / STANDARD_INPUT_COPY, "".join(lines).encode())
    return CorpusFiles(pairs=(folder / STANDARD_INPUT_COPY,))


def _tests(request: CompareRequest) -> dict[str, list[Pair]]:
    """The pairs to score on, by file name; dev if no test files are given."""
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
    assessments = {test: assess(translator, pairs) for test, pairs in tests.items()}
    about, position = bundle.settings.about, Checkpoint(bundle.folder).position
    return Result(
        name=name,
        weights=sum(array.size for array in bundle.weights().values()),
        size=len(bundle.contents[STEP]),
        updates=position.update,
        seconds=position.seconds,
        speed=position.all_tokens / max(position.learning_seconds, 1e-9),
        dev=about["dev_score"],
        metric=about["metric"],
        tests={test: assessment.scores for test, assessment in assessments.items()},
        by_length=scores_by_length(
            [each for assessment in assessments.values() for each in assessment.ranked]
        ),
    )
