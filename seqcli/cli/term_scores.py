"""`seqcli eval --glossary`: the share of terms that are met, and what they cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqcli.cli.streams import stdout_console

if TYPE_CHECKING:
    from seqcli.data.pairs import Pair
    from seqcli.decoding.assessment import Assessment
    from seqcli.decoding.translator import Translator
    from seqcli.settings import Settings
    from seqcli.views.terms import TermScore


def with_glossary_file(
    translator: Translator, path: Path, settings: Settings, notes: list[str]
) -> Translator:
    """The translator with the terms of a file; what is left out is told in `notes`.

    Raises `UserError` if none of them can be used.
    """
    from seqcli.decoding.glossary import with_glossaries

    return with_glossaries(translator, [], path, settings.locale, notes)


def score_terms(
    assessment: Assessment, plain: Translator, pairs: Sequence[Pair], bleu_tokenizer: str
) -> list[TermScore]:
    """The scores of an assessment with a glossary, and of a translator without it."""
    from seqcli.data.written_terms import written_terms
    from seqcli.decoding.assessment import assess
    from seqcli.views.terms import TermScore

    terms = {each.source: [term.term for term in each.terms] for each in assessment.ranked}
    without = assess(plain, pairs, bleu_tokenizer)
    return [
        TermScore(
            name,
            each.scores,
            met=sum(
                term.is_met
                for sentence in each.ranked
                for term in written_terms(sentence.translation, terms[sentence.source])
            ),
            terms=sum(map(len, terms.values())),
            seconds=each.seconds,
        )
        for name, each in (("used", assessment), ("not used", without))
    ]


def print_terms(rows: Sequence[TermScore]) -> None:
    """Print a table of the scores, if there are some."""
    if not rows:
        return
    from seqcli.views.terms import term_report

    stdout_console().print(term_report(rows), crop=False)


def terms_to_dict(rows: Sequence[TermScore]) -> dict[str, Any]:
    """The values that `eval --glossary --format json` adds; none without a glossary."""
    if not rows:
        return {}
    used, unused = rows
    scores = dataclasses.asdict(unused.scores)
    plain = scores | {"seconds": unused.seconds, "terms_met": unused.met}
    return {"terms": used.terms, "terms_met": used.met, "without_glossary": plain}
