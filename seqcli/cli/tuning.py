"""`seqcli eval --tune-language-weight`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from seqcli.cli.streams import json_line, stderr_console, stdout_console

if TYPE_CHECKING:
    from seqcli.data.pairs import Pair
    from seqcli.decoding.translator import Translator

WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)


def tune_language_weight(
    translator: Translator, pairs: Sequence[Pair], bleu_tokenizer: str, *, as_json: bool
) -> None:
    """Score the translations with each weight of the language model, and print which is best."""
    from seqcli.decoding.assessment import assess
    from seqcli.views.progress import line_progress
    from seqcli.views.weights import WeightScore, best_weight, weight_report

    rows, console = [], stderr_console()
    with line_progress(console, len(WEIGHTS), shown=console.is_terminal) as advance:
        for weight in WEIGHTS:
            weighted = translator.with_settings(replace(translator.config, language_weight=weight))
            rows.append(WeightScore(weight, assess(weighted, pairs, bleu_tokenizer)))
            advance(1)
    if not as_json:
        stdout_console().print(weight_report(rows), crop=False)
        return
    for row in rows:
        values = {"language_weight": row.weight, "best": row is best_weight(rows)}
        print(json_line(values | dataclasses.asdict(row.assessment.scores)))
