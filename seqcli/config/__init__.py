"""Every setting of seqcli, with its default, its unit and its range.

A config is a frozen dataclass of `setting`s. It checks its values when it is made and refuses
unknown keys when it is read. Defaults are written down only here.
"""

from __future__ import annotations

from seqcli.config.corpus import CorpusConfig, TokenizerConfig
from seqcli.config.limits import MAX_COUNT, MAX_EVALUATIONS, MAX_THREADS
from seqcli.config.model import ATTENTIONS, CELLS, LanguageModelConfig, ModelConfig
from seqcli.config.search import PAGE_PRECISIONS, PRECISIONS, WHOLE, SearchConfig, check_wait
from seqcli.config.training import PERPLEXITY, SkipGramConfig, TrainingConfig

__all__ = [
    "ATTENTIONS",
    "CELLS",
    "MAX_COUNT",
    "MAX_EVALUATIONS",
    "MAX_THREADS",
    "PAGE_PRECISIONS",
    "PERPLEXITY",
    "PRECISIONS",
    "WHOLE",
    "CorpusConfig",
    "LanguageModelConfig",
    "ModelConfig",
    "SearchConfig",
    "SkipGramConfig",
    "TokenizerConfig",
    "TrainingConfig",
    "check_wait",
]
