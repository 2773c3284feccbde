"""The model card: the README of a model folder."""

from __future__ import annotations

from collections.abc import Sequence

from seqcli import __version__
from seqcli.data.text import one_line
from seqcli.settings import Settings
from seqcli.training.events import Sample
from seqcli.wording import plural


def model_card(settings: Settings, samples: Sequence[Sample], pieces: int) -> str:
    """Markdown: what the model was trained on, its score, how to use it, a few translations."""
    about, model = settings.about, settings.model
    score = about["dev_score"]
    result = (
        "not evaluated yet" if score is None else f"{about['metric']} {score:.1f} on dev (greedy)"
    )
    rows = "\n".join(
        f"| {_cell(sample.source)} | {_cell(sample.translation)} | {_cell(sample.reference)} |"
        for sample in samples
    )
    languages = " to ".join(
        filter(None, (settings.corpus.source_language, settings.corpus.target_language))
    )
    return f"""# A translator made by seqcli {__version__}{languages and f", {languages}"}

Trained on {plural(about["pairs"], "sentence pair")} in {plural(about["updates"], "update")} \
({about["seconds"] / 60:.1f} minutes); {result}.

    seqcli translate --model . "a sentence"

It has learned from these pairs alone: expect wrong translations of other kinds of text.

| source | translation | reference |
| --- | --- | --- |
{rows}

- network: {model.cell} encoder (both directions, {plural(model.encoder_layers, "layer")}) and \
decoder, {model.hidden} units, embeddings of {model.embedding}, attention {model.attention}\
{", applied to the source's embeddings too (lexical)" if model.lexical else ""}
- pieces: {pieces:,}
- all settings: `config.json`; loss and score at each evaluation: `history.jsonl`
"""


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")
