"""The confidence: its features, its fit, what it is kept in, and what the commands do with it."""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import Any

import numpy as np
import pytest
from conftest import as_format_4, edit_manifest
from hypothesis import given
from hypothesis import strategies as st
from test_cli import read_terminal, start_in_terminal

from seqcli.bundle import open_bundle
from seqcli.config import SearchConfig, TrainingConfig
from seqcli.data.pairs import Pair
from seqcli.decoding.assessment import Assessed, confidence_report
from seqcli.decoding.confidence import (
    LEAST_COVERAGE,
    LOWEST,
    Confidence,
    Features,
    features,
    joined_confidence,
)
from seqcli.decoding.runtime import load_translator
from seqcli.decoding.translation import Translation
from seqcli.errors import UserError
from seqcli.evaluation import USABLE_CHRF, area_under_curve, is_usable, sentence_chrf
from seqcli.folder import MANIFEST
from seqcli.training.card import about_confidence
from seqcli.training.confidence import (
    BIAS_RIDGE,
    EXAMPLES,
    MIN_BAD,
    PRIOR,
    RIDGE,
    fit_confidence,
    fit_logistic_regression,
)
from seqcli.training.damage import COPIES, KEPT_OF_FOREIGN, make_examples
from seqcli.training.loop import Position
from seqcli.training.schedule import CONFIDENCE_COST, CONFIDENCE_PART, Schedule


def translation(**changes):
    values: dict[str, Any] = {
        "source": "ab cd",
        "text": "XY",
        "score": -0.5,
        "log_probability": -1.0,
        "source_pieces": ("▁ab", "▁c", "d", "</s>"),
        "target_pieces": ("▁XY", "</s>"),
        "attention": np.array([[0.5, 0.5, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]]),
        "stopped_by": "eos",
        "log_probabilities": (-0.2, -0.8),
    }
    return Translation(**(values | changes))


def test_features_of_a_translation():
    found = features(translation(), unknown_pieces=1, length_ratio=1.0)
    assert found == pytest.approx(
        Features(
            mean=-0.5,
            surprise=np.log(0.501),
            least=-0.8,
            unknown_pieces=1 / 3,
            unknown_words=0.0,
            pieces_per_character=3 / 6,
            least_coverage=np.log(0.25),
            entropy=(np.log(2) + np.log(4)) / 2,
            length=np.log(3),
            length_deviation=np.log(2),
            faults=0.0,
        )
    )


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"unknown": ("ab", "cd")}, "unknown_words", 2 / 3),
        ({"stopped_by": "limit"}, "faults", 1),
        ({"misplaced": ("7",)}, "faults", 0),
        ({"stopped_by": "repetition", "cut": True, "missing": ("7", "9")}, "faults", 5),
        ({"attention": None}, "least_coverage", 0),
        ({"attention": None}, "entropy", 0),
        ({"attention": np.array([[0.0, 0, 0, 1]] * 2)}, "least_coverage", np.log(LEAST_COVERAGE)),
        # (A piece that is attended to more than once is covered; that of the end does not count.)
        ({"attention": np.array([[1.0, 1, 1, 0]] * 2)}, "least_coverage", 0),
        ({"log_probabilities": (-np.inf, 0.0)}, "least", LOWEST),
        ({"log_probabilities": (), "target_pieces": ()}, "mean", LOWEST),
    ],
)
def test_a_feature(changes, name, expected):
    found = features(translation(**changes), unknown_pieces=0, length_ratio=1.0)
    assert getattr(found, name) == pytest.approx(expected)
    assert np.isfinite(found).all()


def test_length_deviates_on_both_sides_of_the_expected_ratio():
    short, long = (features(translation(), 0, ratio).length_deviation for ratio in (1.0, 0.25))
    assert short == pytest.approx(long)
    assert features(translation(), 0, 0.5).length_deviation == pytest.approx(0)


def test_log_probabilities_of_a_translation_add_up(copy_model):
    translator = load_translator(open_bundle(copy_model), SearchConfig(beam=3, nbest=3))
    for each in translator.translate(["ba do ki mu", "zzz"])[0]:
        assert len(each.log_probabilities) == len(each.target_pieces)
        assert sum(each.log_probabilities) == pytest.approx(each.log_probability, abs=1e-4)
        assert max(each.log_probabilities) <= 1e-6
    # They are those of the pieces: the same as when the translation is scored as a given target.
    best = translator.translate(["ba do ki mu"])[0][0]
    (scored,) = translator.score([Pair(best.source, best.text)])
    assert best.log_probabilities == pytest.approx(scored.log_probabilities, abs=1e-4)


def line(**weights):
    nothing = Features(*(0.0 for _ in Features._fields))
    ones = Features(*(1.0 for _ in Features._fields))
    return Confidence(0.5, nothing._replace(**weights), nothing, ones, 1.0)


def test_confidence_is_the_logistic_function_of_the_features():
    confidence = line(mean=2.0, faults=-3.0)
    assert confidence(translation(), 0) == pytest.approx(1 / (1 + np.exp(-(0.5 - 1.0))))
    faulty = confidence(translation(cut=True), 0)
    assert faulty == pytest.approx(1 / (1 + np.exp(-(0.5 - 1.0 - 3.0))))


def test_standardization_is_part_of_a_confidence():
    plain = line(mean=2.0)
    moved = Confidence(
        0.5,
        plain.weights._replace(mean=4.0),
        plain.means._replace(mean=-0.5),
        plain.scales._replace(mean=2.0),
        1.0,
    )
    found = moved(translation(log_probabilities=(-0.1, -0.3)), 0)
    assert found == pytest.approx(1 / (1 + np.exp(-(0.5 + 4 * (-0.2 + 0.5) / 2))))


def test_a_confidence_survives_json():
    confidence = fitted_on_random()
    assert Confidence.from_dict(json.loads(json.dumps(confidence.to_dict()))) == confidence
    assert Confidence.from_dict(PRIOR.to_dict()) == PRIOR


def test_a_feature_of_a_later_version_has_no_weight():
    confidence = fitted_on_random()
    values = confidence.to_dict()
    del values["features"]["faults"]
    found = Confidence.from_dict(values)
    assert found.weights == confidence.weights._replace(faults=0.0)
    assert found.scales.faults == 1.0


def fitted_on_random():
    values = np.random.default_rng(1).normal(size=(3, len(Features._fields)))
    values[2] = np.abs(values[2])
    weights, means, scales = (Features(*row.tolist()) for row in values)
    return Confidence(0.1, weights, means, scales, 1.2, True, 8, 3, auc=0.75, dev_auc=None)


def test_a_line_is_as_sure_as_its_worst_sentence():
    assert joined_confidence([0.9, 0.2, None]) == 0.2
    assert joined_confidence([None]) is None
    assert joined_confidence([]) is None


# The fit


def loss(weights, inputs, labels):
    """The negative log-likelihood and the penalty, term by term."""
    total = BIAS_RIDGE / 2 * weights[0] ** 2 + RIDGE / 2 * sum(w**2 for w in weights[1:])
    for row, label in zip(inputs, labels, strict=True):
        z = weights[0] + sum(w * x for w, x in zip(weights[1:], row, strict=True))
        total += np.log1p(np.exp(-z if label else z))
    return total


@pytest.mark.parametrize("kind", ["noisy", "separable", "one class"])
def test_the_regression_is_at_the_least_loss(kind):
    generator = np.random.default_rng(3)
    values = generator.normal(3.0, 2.0, size=(60, 3))
    labels = values[:, 0] > 3.0
    if kind == "noisy":
        labels = values[:, 0] + generator.normal(0, 2, 60) > 3.0
    if kind == "one class":
        labels[:] = False
    found = fit_logistic_regression(values, labels)
    assert found.means == pytest.approx(values.mean(axis=0))
    assert found.scales == pytest.approx(values.std(axis=0))
    weights = np.array([found.bias, *found.weights])
    inputs = (values - found.means) / found.scales
    least = loss(weights, inputs, labels)
    for i in range(len(weights)):
        step = np.eye(len(weights))[i] * 1e-4
        up, down = loss(weights + step, inputs, labels), loss(weights - step, inputs, labels)
        assert (up - down) / 2e-4 == pytest.approx(0, abs=1e-5)  # the gradient
        assert min(up, down) > least


def test_a_regression_with_a_known_optimum():
    """Without a penalty on it, the bias alone is the log odds: here nearly, as it is tiny."""
    labels = np.arange(100) < 80
    found = fit_logistic_regression(np.ones((100, 1)), labels)
    assert found.weights == pytest.approx([0.0])
    assert found.bias == pytest.approx(np.log(4), abs=2e-3)


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=30))
def test_the_area_under_the_curve_counts_pairs(cases):
    scores, labels = [score for score, _ in cases], [label for _, label in cases]
    pairs = [(s, t) for s, a in cases for t, b in cases if a and not b]
    wins = sum((s > t) + (s == t) / 2 for s, t in pairs)
    expected = wins / len(pairs) if pairs else None
    assert area_under_curve(scores, labels) == pytest.approx(expected)


def test_usable_is_a_chrf_of_forty():
    assert USABLE_CHRF == 40
    reference = "a woman reads a book in the park"
    for text in (reference, "a woman reads", "in the", "nothing"):
        assert is_usable(text, [reference]) == (sentence_chrf(text, [reference]) >= 40)
    assert is_usable("in the", ["nothing", "in the"])


# Damaged sentences

PAIRS = [
    Pair("Ein Hund rennt schnell.", "A dog runs fast."),
    Pair("Zwei Frauen lesen ein Buch.", "Two women read a book."),
    Pair("Das Kind singt ein Lied.", "The child sings a song."),
    Pair("Wir gehen heute nach Hause.", "We go home today."),
]


def test_a_third_of_the_examples_are_damaged_and_the_halves_share_no_sentence():
    marks = [f"{a}{b}" for a in "abcdefgh" for b in "ijklmnopqrst"]
    pairs = [Pair(f"{PAIRS[i % 4].source} {mark}", "A dog runs.") for i, mark in enumerate(marks)]
    examples = make_examples(pairs, 60, seed=1)
    assert len(examples) == 60
    assert sum(each.damaged for each in examples) == 20
    assert sum(each.half for each in examples) == 30
    known = {pair.source for pair in pairs}
    plain = [each for each in examples if not each.damaged]
    assert {each.source for each in plain} <= known
    assert len({each.source for each in plain}) == 40
    assert not known & {each.source for each in examples if each.damaged}
    assert examples == make_examples(pairs, 60, seed=1) != make_examples(pairs, 60, seed=2)
    # The last word marks the line of each example, unless it was damaged.
    first, second = (
        {e.source.split()[-1] for e in examples if e.half == half} & set(marks) for half in (0, 1)
    )
    assert len(first) > 20
    assert not first & second


def test_each_kind_of_damage():
    examples = [each for each in make_examples(PAIRS, 150, seed=2) if each.damaged]
    assert len(examples) == COPIES * len(PAIRS)
    foreign = [each for each in examples if each.reference is None]
    assert len(foreign) >= 3
    for each in foreign:
        words = [word for word in each.source.split() if word.isalpha()]
        plain = [word for word in words if any("a" <= c.casefold() <= "z" for c in word)]
        assert len(plain) == -(-len(words) // KEPT_OF_FOREIGN)
    targets = {pair.target: pair.source for pair in PAIRS}
    replaced = [(e.source, targets[e.reference]) for e in examples if e.reference in targets]
    known = {word.strip(".").casefold() for pair in PAIRS for word in pair.source.split()}
    assert len(replaced) >= 4
    for damaged, original in replaced:
        changed = [word for word in damaged.split() if word not in original.split()]
        assert len(damaged.split()) == len(original.split())
        assert changed
        assert not {word.casefold() for word in changed} & known
    spliced = [(e.source, e.reference) for e in examples if e.reference]
    spliced = [(source, reference) for source, reference in spliced if reference not in targets]
    assert spliced
    for source, reference in spliced:
        (begun,) = (pair for pair in PAIRS if pair.source.split()[:2] == source.split()[:2])
        (ended,) = (pair for pair in PAIRS if pair.source.split()[-2:] == source.split()[-2:])
        assert begun != ended
        assert reference.split()[0] == begun.target.split()[0]
        assert reference.split()[-1] == ended.target.split()[-1]


def test_sums_get_no_other_digits():
    pairs = [Pair(f"{i} + {j} = {i * j}", str(i)) for i in range(9) for j in range(9)]
    examples = [each for each in make_examples(pairs, 100, seed=1) if each.damaged]
    assert len(examples) == 34
    assert all(each.reference is None for each in examples)
    assert not any(c.isdigit() for each in examples for c in each.source)


def test_a_long_line_takes_time_in_proportion():
    pairs = [Pair("a " * 100_000, "b"), Pair("a b c", "b")]
    started = time.process_time()
    assert any(each.reference is None for each in make_examples(pairs, 40, seed=1))
    assert time.process_time() - started < 8


def test_a_script_of_the_corpus_is_not_foreign():
    pairs = [Pair("собака бежит", "σκύλος τρέχει")] * 8
    foreign = [e.source for e in make_examples(pairs, 60, seed=1) if e.reference is None]
    assert foreign
    plain = {"собака", "бежит"}
    assert not any(
        set(word) & set("собакаежитσκύλοςτρέχει")
        for line in foreign
        for word in set(line.split()) - plain
    )


def test_text_without_spaces_is_damaged_character_by_character():
    texts = ["我爱北京", "他在看书", "你们去学校吗", "今天天气很好", "老师喝茶", "朋友来了"]
    pairs = [Pair(source, "I see it") for source in texts]
    examples = [each for each in make_examples(pairs, 90, seed=1) if each.damaged]
    assert not any(" " in each.source for each in examples)
    assert sum(each.reference is None for each in examples) < len(examples) / 2


# The model folder


def test_a_training_fits_the_confidence(copy_model, copy_files):
    bundle = open_bundle(copy_model)
    assert bundle.confidence is not None
    confidence = Confidence.from_dict(bundle.confidence)
    assert confidence.fitted
    assert confidence.bad >= MIN_BAD
    assert confidence.auc is not None
    assert confidence.auc > 0.9
    translator = load_translator(bundle)
    sure, foreign = (
        best[0].confidence for best in translator.translate(["ba do ki", "дбв щжюя вгд"])
    )
    assert sure is not None
    assert foreign is not None
    assert foreign == 0  # it has no word that the model knows
    assert 0.6 < sure < 1
    card = (copy_model / "README.md").read_text(encoding="utf-8")
    assert about_confidence(confidence) in card
    assert f"AUC {confidence.auc:.2f}" in card
    # What is reported is what the half that was not fitted on gives.
    lines = copy_files[1].read_text(encoding="utf-8").splitlines()
    pairs = [Pair(*each.split("\t")) for each in lines]
    seed = bundle.settings.training.seed
    held_out = [each for each in make_examples(pairs, EXAMPLES, seed) if each.half == 1]
    best = [each[0] for each in translator.translate([each.source for each in held_out])]
    usable = [
        each.reference is not None and is_usable(found.text, [each.reference])
        for each, found in zip(held_out, best, strict=True)
    ]
    area = area_under_curve([found.confidence or 0.0 for found in best], usable)
    assert area == pytest.approx(confidence.auc, abs=1e-6)
    again = fit_confidence(translator, pairs, seed)
    assert again.to_dict()["features"]["mean"]["weight"] == pytest.approx(confidence.weights.mean)


def test_a_fault_never_makes_a_translation_look_better(copy_model, copy_files, monkeypatch):
    def by_chance(values, labels):
        found = fit_logistic_regression(values, labels)
        return found._replace(weights=found.weights + 1)

    monkeypatch.setattr("seqcli.training.confidence.fit_logistic_regression", by_chance)
    lines = copy_files[1].read_text(encoding="utf-8").splitlines()
    pairs = [Pair(*each.split("\t")) for each in lines]
    found = fit_confidence(load_translator(open_bundle(copy_model)), pairs, seed=1)
    assert found.fitted
    assert found.weights.faults == 0


def test_too_few_bad_cases_leave_the_prior(copy_model, copy_files):
    translator = load_translator(open_bundle(copy_model))
    lines = copy_files[1].read_text(encoding="utf-8").splitlines()[:20]
    pairs = [Pair(*each.split("\t")) for each in lines]
    found = fit_confidence(translator, pairs, seed=1)
    assert (found.fitted, found.bad < MIN_BAD, found.examples) == (False, True, 80)
    assert found.weights == PRIOR.weights
    assert about_confidence(found) == (
        f"a fixed prior, not fitted to this model (only {found.bad} of 80 translations were bad)"
    )
    assert fit_confidence(translator, pairs, seed=1, count=MIN_BAD - 1) == PRIOR
    assert "a fixed prior" in about_confidence(PRIOR)


def test_the_prior_prefers_probable_translations():
    sure = PRIOR(translation(log_probabilities=(-0.2, -0.2)), 0)
    unsure = PRIOR(translation(log_probabilities=(-2.0, -2.0)), 0)
    assert unsure < 0.1
    assert sure > 0.9


@pytest.fixture
def old_model(copy_model, tmp_path):
    """A model folder as an older version wrote it: without a confidence."""
    folder = tmp_path / "old"
    shutil.copytree(copy_model, folder)
    manifest = as_format_4(folder)
    del manifest["confidence"]
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_an_older_folder_and_an_ensemble_have_no_confidence(copy_model, old_model):
    for bundles in ([open_bundle(old_model)], [open_bundle(copy_model)] * 2):
        translator = load_translator(bundles)
        assert translator.confidence is None
        assert translator.translate("ba do")[0][0].confidence is None


@pytest.mark.parametrize(
    "damage", [{"bias": "x"}, {"features": 3}, {"features": {"mean": {}}}, {"length_ratio": None}]
)
def test_a_damaged_confidence_is_reported(copy_model, tmp_path, damage):
    folder = tmp_path / "damaged"
    shutil.copytree(copy_model, folder)
    edit_manifest(folder, lambda values: values["confidence"].update(damage))
    with pytest.raises(UserError, match=r"config.json is damaged \(confidence: "):
        load_translator(open_bundle(folder))


def test_a_budget_in_minutes_has_room_for_the_confidence():
    def plan(evaluations):
        position = Position(update=100, learning_seconds=20.0)
        schedule = Schedule(TrainingConfig(updates=0, minutes=10.0), position, 5)
        schedule.evaluation_seconds = 6.0
        return schedule, schedule.fix_budget(60, 2.0, evaluations)

    without, with_confidence = plan(0.0), plan(0.5)
    reserved = CONFIDENCE_COST * 0.5 * 3.0
    assert with_confidence[0].confidence_seconds == pytest.approx(reserved)
    planned = (without[1].total - with_confidence[1].total) * 0.2
    assert planned == pytest.approx(0.97 * reserved, abs=0.4)
    assert plan(100.0)[0].confidence_seconds == CONFIDENCE_PART * 600
    assert with_confidence[0].seconds_left(60) - without[0].seconds_left(60) == pytest.approx(
        0.03 * reserved, abs=0.4
    )


def test_a_short_budget_fits_the_confidence_on_less():
    schedule = Schedule(TrainingConfig(updates=0, minutes=1.0), Position(), 5)
    schedule.evaluation_seconds = 3.0
    assert schedule.confidence_part(0.1) == 1
    assert schedule.confidence_part(1.0) == pytest.approx(CONFIDENCE_PART * 60 / 12)
    unlimited = Schedule(TrainingConfig(updates=5), Position(), 5)
    unlimited.evaluation_seconds = 3.0
    assert unlimited.confidence_part(1.0) == 1


# Commands


def assessed(*pairs):
    return [Assessed("", "", (), chrf, confidence) for chrf, confidence in pairs]


def test_sentences_are_counted_by_confidence():
    report = confidence_report(
        assessed((90, 1.0), (39.9, 0.9), (40, 0.89), (10, 0.7), (80, 0.5), (5, 0.2), (0, None))
    )
    assert report is not None
    assert report.bins == (
        (0.9, 1.0, 2, 1),
        (0.7, 0.9, 2, 1),
        (0.5, 0.7, 1, 1),
        (0.0, 0.5, 1, 0),
    )
    assert report.auc == pytest.approx((3 + 2 + 1) / 9)
    assert confidence_report(assessed((0, None))) is None


def test_evaluation_reports_the_confidence(seqcli, copy_model, copy_files, tmp_path):
    test = tmp_path / "test.tsv"
    lines = copy_files[1].read_text(encoding="utf-8").splitlines()[:30]
    bad = [f"{'щжю ' * n}щжю\tBA DO KI" for n in range(10)]
    test.write_text("\n".join(lines + bad) + "\n", encoding="utf-8")
    found = json.loads(seqcli("eval", test, "-m", copy_model, "--format", "json").out)
    assert found["confidence"]["auc"] > 0.9
    bins = found["confidence"]["bins"]
    assert [each["low"] for each in bins] == [0.9, 0.7, 0.5, 0.0]
    assert sum(each["sentences"] for each in bins) == 40
    assert bins[0]["usable"] > 0.8 * bins[0]["sentences"] > 0
    assert bins[-1]["usable"] < 0.5 * bins[-1]["sentences"]
    shown = seqcli("eval", test, "-m", copy_model).out
    assert f"AUC            {found['confidence']['auc']:.2f}" in shown
    rows = {tuple(row.split()[:-3]): row.split()[-3:] for row in shown.splitlines() if "%" in row}
    assert rows["90%", "or", "more"][:2] == [str(bins[0]["sentences"]), str(bins[0]["usable"])]
    assert rows["50%", "to", "70%"][0] == str(bins[2]["sentences"])
    assert rows["under", "50%"][:2] == [str(bins[3]["sentences"]), str(bins[3]["usable"])]


def test_an_older_model_is_evaluated_without_confidence(seqcli, old_model, copy_files):
    found = seqcli("eval", copy_files[1], "-m", old_model, "--format", "json")
    assert json.loads(found.out)["confidence"] is None
    assert "confidence" not in seqcli("eval", copy_files[1], "-m", old_model).out


def test_json_has_the_confidence(seqcli, copy_model):
    found = seqcli("translate", "-m", copy_model, "--format", "json", stdin=b"ba do\n\n")
    first, blank = map(json.loads, found.out.splitlines())
    translator = load_translator(open_bundle(copy_model))
    assert first["confidence"] == pytest.approx(
        translator.translate("ba do")[0][0].confidence, abs=1e-4
    )
    assert blank["confidence"] is None


SOURCE = "ba do ki\nщжю щжю щжю щжю\n\nmu pe\nдбв юя\n"


def test_doubtful_lines_are_left_as_they_are(seqcli, copy_model):
    found = seqcli("translate", "-m", copy_model, "--min-confidence", "0.4", stdin=SOURCE.encode())
    assert found.out == "BA DO KI\nщжю щжю щжю щжю\n\nMU PE\nдбв юя\n"
    assert (
        "2 of 5 translations (lines 2, 5): confidence under 0.4, the source was left in its place"
        in found.err
    )
    assert "source was left" not in seqcli("translate", "-m", copy_model, stdin=b"ba do\n").err


def test_doubtful_lines_are_counted(seqcli, copy_model):
    found = seqcli("translate", "-m", copy_model, stdin=SOURCE.encode())
    assert "2 of 5 translations (lines 2, 5): doubtful, the confidence is under 0.5" in found.err
    assert "doubtful" not in seqcli("translate", "-m", copy_model, stdin=b"ba do\n").err
    # Those that were left as they are, are not counted again.
    found = seqcli("translate", "-m", copy_model, "--min-confidence", "0.4", stdin=SOURCE.encode())
    assert "doubtful" not in found.err


@pytest.mark.parametrize("form", ["json", "tsv"])
def test_a_line_that_is_left_has_one_translation(seqcli, copy_model, form):
    found = seqcli(
        "translate", "-m", copy_model, "--min-confidence", "0.4", "--format", form,
        "--nbest", 3, stdin="щжю щжю\nba do\n".encode(),
    )  # fmt: skip
    lines = found.out.splitlines()
    assert len(lines) > 2
    if form == "json":
        values = list(map(json.loads, lines))
        assert [each["line"] for each in values] == [1] + [2] * (len(lines) - 1)
        assert values[0]["translation"] == "щжю щжю"
        assert values[0]["confidence"] < 0.4
    else:
        assert lines[0].split("\t")[::3] == ["1", "щжю щжю"]
        assert lines[1].startswith("2\t1\t")


def test_without_a_confidence_none_can_be_asked_for(seqcli, copy_model, old_model):
    found = seqcli("translate", "ba", "-m", old_model, "--min-confidence", "0.3", code=2)
    assert "has no confidence" in found.err
    assert "train it again" in found.err
    found = seqcli(
        "translate", "ba", "-m", copy_model, "-m", copy_model, "--min-confidence", "0.3", code=2
    )
    assert "name one --model" in found.err
    found = seqcli(
        "translate", "ba", "-m", copy_model, "--format", "pharaoh", "--min-confidence", "1", code=2
    )
    assert "pharaoh" in found.err


def test_inspection_shows_the_confidence(seqcli, copy_model):
    value = load_translator(open_bundle(copy_model)).translate("ba do")[0][0].confidence
    found = seqcli("inspect", "ba do", "-m", copy_model, "--show", "end")
    assert f"\nconfidence {value:.2f}, the chance that the translation is usable\n" in found.out


def conversation(arguments, typed, folder):
    """What the prompt shows while lines are typed at it."""
    child, terminal = start_in_terminal(arguments, folder)
    shown = b""
    for line in (*typed, b"\x04"):
        while not shown.endswith(b"> "):
            shown += read_terminal(terminal)
        os.write(terminal, line)
        shown += read_terminal(terminal)
    while part := read_terminal(terminal):
        shown += part
    os.waitpid(child, 0)
    return shown.decode()


def test_the_prompt_says_when_it_is_not_sure(copy_model, tmp_path):
    typed = b"ba do\n", "щжю щжю щжю\n".encode()
    shown = conversation(["translate", "-m", str(copy_model)], typed, tmp_path)
    first, second = shown.split("BA DO")[-1].split("щжю щжю щжю", 1)
    assert "not sure" not in first
    assert "seqcli: not sure of this one (confidence 0." in second


def test_the_prompt_tells_a_fault_at_once(copy_model, tmp_path):
    arguments = ["translate", "-m", str(copy_model), "--max-length", "1"]
    shown = conversation(arguments, [b"ba do ki\n", b"ba\n"], tmp_path)
    first, second = shown.rsplit("> ", 2)[0], shown.rsplit("> ", 2)[1]
    assert first.count("seqcli: cut off at the length limit") == 1
    assert "BA" in second
