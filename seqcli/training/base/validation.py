"""Scores a network on the dev of new pairs and on that of the pairs that its base has learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from seqcli import evaluation
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.base.data import BaseData
from seqcli.training.events import DevScores, Sample
from seqcli.training.validation import Validation, Validator, make_validator


class PartsValidator:
    """Scores networks on each set of dev. Loss and score of all are the means of theirs: none
    counts more because it has more sentences."""

    def __init__(self, validators: Sequence[Validator]) -> None:
        self.validators = validators

    @property
    def halved(self) -> bool:
        """Whether there was ever not enough memory for a batch, which was computed in halves."""
        return any(each.halved for each in self.validators)

    def __call__(self, network: Seq2Seq) -> Validation:
        results = [validator(network) for validator in self.validators]
        return Validation(
            loss=fmean(each.loss for each in results),
            score=fmean(each.score for each in results),
            translations=results[0].translations,
            length_ratio=max(each.length_ratio for each in results),
            parts=tuple(map(_scores, self.validators, results)),
        )

    def preview(self, network: Seq2Seq) -> tuple[Sample, ...]:
        """A few sentences of the first set as the network translates them now."""
        return self.validators[0].preview(network)

    def samples(self, translations: list[str]) -> tuple[Sample, ...]:
        """The sentences of `preview` with their translations."""
        return self.validators[0].samples(translations)


def make_parts_validator(
    base: BaseData, translator_threads: int, loss_threads: int
) -> PartsValidator:
    """A validator on the new dev, and on the old one if there is one."""
    data, split = base.data, base.split
    parts = filter(None, (split.new_dev, split.old_dev))
    return PartsValidator(
        [
            make_validator(
                replace(data, split=replace(data.split, dev=part)), translator_threads, loss_threads
            )
            for part in parts
        ]
    )


def _scores(validator: Validator, result: Validation) -> DevScores:
    references = [[pair.target] for pair in validator.pairs]
    bleu, chrf = (
        evaluation.corpus_score(metric, result.translations, references, validator.tokenizer)
        for metric in ("bleu", "chrf")
    )
    exact = sum(map(evaluation.matches, result.translations, references))
    return DevScores(len(references), result.loss, bleu, chrf, exact)
