import math
from dataclasses import fields

import pytest

from seqcli.config import (
    CorpusConfig,
    ModelConfig,
    SearchConfig,
    TokenizerConfig,
    TrainingConfig,
)
from seqcli.errors import UserError
from seqcli.wording import plural


def test_a_config_survives_its_dictionary():
    config = ModelConfig(hidden=64, attention="dot", tied=False)
    assert ModelConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ModelConfig(hidden=0), "hidden must be at least 2, not 0"),
        (lambda: ModelConfig(hidden=7), "hidden must be even"),
        (lambda: ModelConfig(attention="magic"), "attention is one of additive, .* not 'magic'"),
        (lambda: ModelConfig(dropout=1.5), "dropout must be at most 0.95"),
        (
            lambda: ModelConfig(hidden="12"),  # type: ignore[arg-type]
            "hidden cannot be '12'",
        ),
        (lambda: ModelConfig(hidden=True), "hidden cannot be True"),
        (lambda: TrainingConfig(learning_rate=math.nan), "learning-rate must be at least"),
        (lambda: SearchConfig(beam=0), "beam must be at least 1"),
        (lambda: ModelConfig.from_dict({"hiden": 3}), "no setting named hiden"),
    ],
)
def test_wrong_settings_are_named(make, message):
    with pytest.raises(UserError, match=message):
        make()


def test_every_setting_explains_itself():
    for config in (CorpusConfig, ModelConfig, SearchConfig, TokenizerConfig, TrainingConfig):
        for setting in config.__dataclass_fields__.values():
            assert len(setting.metadata["explanation"]) > 10


def test_nouns_are_counted():
    assert [plural(number, "pair") for number in (0, 1, 2)] == ["0 pairs", "1 pair", "2 pairs"]
    assert plural(12_345, "piece") == "12,345 pieces"


@pytest.mark.parametrize(
    "config", [CorpusConfig, ModelConfig, SearchConfig, TokenizerConfig, TrainingConfig]
)
def test_every_number_has_limits(config):
    """A manifest may hold any number, also one that is no float."""
    for each in fields(config):
        if type(each.default) in (int, float):
            for name in ("low", "high"):
                assert each.metadata[name] is not None, (each.name, name)
