"""What a training tells of its pairs in its first lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from seqcli.config import CorpusConfig
from seqcli.corpus_check.check import check_corpus
from seqcli.corpus_check.findings import top_findings
from seqcli.data.pairs import Pair

MAX_PAIRS_EXAMINED = 20_000  # evenly spaced ones: about a second


def training_notes(
    train: Sequence[Pair],
    dev: Sequence[Pair],
    config: CorpusConfig,
    untold: Collection[str] = (),
) -> list[str]:
    """Sentences about what may be wrong with the pairs, the most serious two or three, without the
    kinds of findings in `untold`; in a large corpus some pairs are examined."""
    examined = train[:: -(-len(train) // MAX_PAIRS_EXAMINED) or 1]
    return top_findings(check_corpus(examined, config, dev=dev), untold)
