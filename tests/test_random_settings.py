"""Short trainings with random valid settings: each ends with a model, or with one line."""

import random
import warnings
from collections import Counter

import pytest
from conftest import copy_pairs, write_pairs

from seqcli.bundle import open_bundle
from seqcli.config import ATTENTIONS, CELLS
from seqcli.data.corpus import CorpusFiles
from seqcli.errors import UserError
from seqcli.training.events import Ended
from seqcli.training.prepare import TrainRequest
from seqcli.training.train import train

RUNS = 100


def random_settings(draw):
    """Valid values over the whole ranges, small where they cost time."""
    values = {
        "cell": draw.choice(list(CELLS)),
        "attention": draw.choice([*ATTENTIONS, "none"]),
        "context": draw.choice(["every", "first"]),
        "lexical": draw.random() < 0.5,
        "tied": draw.random() < 0.5,
        "embedding": draw.randint(1, 24),
        "hidden": 2 * draw.randint(1, 12),
        "attention_size": draw.randint(1, 12),
        "encoder_layers": draw.randint(1, 3),
        "dropout": draw.choice([0.0, 0.2, 0.95]),
        "word_dropout": draw.choice([0.0, 0.1, 0.95]),
        "loss": draw.choice(["cross-entropy", "cross-entropy", "mse"]),
        "optimizer": draw.choice(["adam", "rmsprop", "nesterov", "sgd"]),
        "learning_rate": draw.choice([0.0, 1e-4, 0.01, 1.0, 10.0, 100.0]),
        "warmup": draw.choice([0, 5, 1000]),
        "decay": draw.choice(["cosine", "linear", "none"]),
        "clip": draw.choice([0.0, 1e-6, 1.0, 1e9]),
        "batch_tokens": draw.choice([1, 40, 300, 1_000_000]),
        "updates": draw.randint(1, 12),
        "evaluations": draw.randint(1, 4),
        "metric": draw.choice(["bleu", "chrf"]),
        "patience": draw.choice([0, 1, 5]),
        "seed": draw.randint(0, 2**31 - 1),
        "pieces": draw.choice(["unigram", "bpe", "char", "word"]),
        "max_ratio": draw.choice([1.0, 10.0]),
        "held_out": draw.choice([1, 2000]),
        "reverse": draw.random() < 0.5,
    }
    if values["loss"] == "cross-entropy":
        values["label_smoothing"] = draw.choice([0.0, 0.1, 0.9])
    if (values["cell"], values["attention"]) == ("none", "none"):
        values["context"] = "every"
    return values


@pytest.mark.slow
def test_random_settings_end_in_a_model_or_in_one_line(tmp_path):
    """Warnings are errors here."""
    files = CorpusFiles(pairs=(write_pairs(tmp_path / "pairs.tsv", copy_pairs(60)),))
    endings: Counter[str] = Counter()
    for number in range(RUNS):
        settings = random_settings(random.Random(number))
        folder = tmp_path / "model"
        request = TrainRequest(
            folder, files, overrides=settings, overwrite=True, threads=1, confidence=False
        )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                *_, ended = train(request)
            assert isinstance(ended, Ended)
            reason: str = ended.reason
            open_bundle(folder)
        except UserError as error:
            reason = "one line"
            assert "\n" not in str(error), settings
            assert "lower --learning-rate" in str(error), settings
        except Exception as error:
            raise AssertionError(f"run {number}: {settings}") from error
        endings[reason] += 1
    assert endings.total() == RUNS
    assert endings["finished"] > RUNS / 2, endings
