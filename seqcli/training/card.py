"""The model card: the README of a model folder."""

from __future__ import annotations

from collections.abc import Sequence

from seqcli import __version__
from seqcli.config import PERPLEXITY
from seqcli.data.text import one_line
from seqcli.decoding.confidence import Confidence
from seqcli.settings import LanguageModelSettings, Settings
from seqcli.training.base.ancestry import ancestors, ancestry_lines, measured_on
from seqcli.training.events import Sample
from seqcli.wording import plural


def model_card(
    settings: Settings, samples: Sequence[Sample], pieces: int, confidence: Confidence
) -> str:
    """Markdown: what the model was trained on, its score, how to use it, a few translations."""
    about, model = settings.about, settings.model
    score = about["dev_score"]
    result = (
        "not evaluated yet"
        if score is None
        else f"{about['metric']} {score:.1f} on {measured_on(about)}"
        + ("" if about["metric"] == PERPLEXITY else " (greedy)")
    )
    rows = "\n".join(
        f"| {_cell(sample.source)} | {_cell(sample.translation)} | {_cell(sample.reference)} |"
        for sample in samples
    )
    languages = " to ".join(
        filter(None, (settings.corpus.source_language, settings.corpus.target_language))
    )
    directions = (
        "one-way, for simultaneous translation" if model.simultaneous else "both directions"
    )
    ancestry = "".join(f"\n{line}" for line in ancestry_lines(about))
    pairs = "these pairs and those of the runs before" if ancestors(about) else "these pairs alone"
    return f"""# A translator made by seqcli {__version__}{languages and f", {languages}"}

Trained on {plural(about["pairs"], "sentence pair")} in {plural(about["updates"], "update")} \
({about["seconds"] / 60:.1f} minutes); {result}.

    seqcli translate --model . "a sentence"

It has learned from {pairs}: expect wrong translations of other kinds of text.
{ancestry}
| source | translation | reference |
| --- | --- | --- |
{rows}

- network: {model.cell} encoder ({directions}, {plural(model.encoder_layers, "layer")}) and \
decoder, {model.hidden} units, embeddings of {model.embedding}, attention {model.attention}\
{", applied to the source's embeddings too (lexical)" if model.lexical else ""}
- pieces: {pieces:,}
- confidence: {about_confidence(confidence)}
- all settings: `config.json`; loss and score at each evaluation: `history.jsonl`
"""


def language_model_card(
    settings: LanguageModelSettings, samples: Sequence[str], pieces: int
) -> str:
    """Markdown: what a language model was trained on, its perplexity, how to use it, what it
    writes."""
    about, model = settings.about, settings.model
    perplexity = about["dev_perplexity"]
    result = (
        "not evaluated yet"
        if perplexity is None
        else f"perplexity {perplexity:.1f} of a piece on dev"
    )
    lines = "\n".join(f"- {one_line(sample)}" for sample in samples)
    return f"""# A language model made by seqcli {__version__}

Trained on {plural(about["sentences"], "sentence")} in {plural(about["updates"], "update")} \
({about["seconds"] / 60:.1f} minutes); {result}. It does not translate; it tells how probable a
text is, writes others, and helps a translator that has the same pieces:

    seqcli score --model . text.txt
    seqcli sample --model .
    seqcli translate --model TRANSLATOR --language-model . "a sentence"

Sentences that it wrote, at temperature 0.7:

{lines}

- network: {model.cell}, {plural(model.hidden, "unit")}, embeddings of {model.embedding}
- pieces: {pieces:,}
- all settings: `config.json`; loss and perplexity at each evaluation: `history.jsonl`
"""


def about_confidence(confidence: Confidence) -> str:
    """How the confidence was made, and how well it tells usable translations from others."""
    if not confidence.fitted:
        reason = (
            f"only {confidence.bad:,} of {plural(confidence.examples, 'translation')} were bad"
            if confidence.examples
            else "the training has not ended, or its budget was too short"
        )
        return f"a fixed prior, not fitted to this model ({reason})"
    areas = [
        f"AUC {area:.2f} on {what}"
        for area, what in (
            (confidence.dev_auc, "dev sentences"),
            (confidence.auc, "these and damaged ones"),
        )
        if area is not None
    ]
    measured = f"; {', '.join(areas)} that it was not fitted on" if areas else ""
    return (
        f"fitted on half of {confidence.examples:,} translations of dev sentences and of damaged "
        f"ones ({confidence.bad:,} bad){measured}"
    )


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")
