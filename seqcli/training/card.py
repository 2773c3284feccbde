"""The model card: the README of a model folder."""

from __future__ import annotations

from collections.abc import Sequence

from seqcli import __version__
from seqcli.bundle import Settings
from seqcli.data.text import one_line
from seqcli.training.events import Sample


def model_card(settings: Settings, samples: Sequence[Sample], pieces: int) -> str:
    """Markdown for people: what the model learned, how well it does, how to use it."""
    about, model = settings.about, settings.model
    score = about["dev_score"]
    told = "not evaluated yet" if score is None else f"{about['metric']} {score:.1f} on dev, greedy"
    rows = "\n".join(
        f"| {_cell(s.source)} | {_cell(s.translation)} | {_cell(s.reference)} |" for s in samples
    )
    return f"""# A translator made by seqcli {__version__}

Learned from {about["pairs"]:,} sentence pairs in {about["updates"]:,} updates \
({about["seconds"] / 60:.1f} minutes); {told}.

    seqcli translate --model . "a sentence"

It knows only what its pairs have shown: expect nonsense on text of another kind.

| source | translation | reference |
| --- | --- | --- |
{rows}

- network: {model.cell} encoder (both directions, {model.encoder_layers} layer(s)) and decoder, \
{model.hidden} units, piece vectors of {model.embedding}, attention {model.attention}\
{" with a look at the source's pieces themselves (lexical)" if model.lexical else ""}
- pieces: {pieces:,}
- everything else: `config.json`; how learning went: `history.jsonl`
"""


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")
