"""Sentences that occur more than once: in training, dev and test pairs, or with other targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from seqcli.corpus_check.faults import MIN_SHARE, Fault
from seqcli.corpus_check.findings import Finding
from seqcli.data.normalization import fold, normalize_source
from seqcli.data.pairs import Pair
from seqcli.data.scripts import are_swapped
from seqcli.wording import plural

HELD_OUT = ("dev", "test")
# Some short sentences are in any two parts of a corpus.
MAX_SHARED = 0.01


class Overlap:
    """Finds pairs whose source is in dev or test; counts those whose source came before, with the
    same target or with another one. Sentences are compared normalized and in lower case.

    They are remembered by their hash values, which take less memory.
    """

    def __init__(self, dev: Sequence[Pair], test: Sequence[Pair]) -> None:
        self._held_out = dict(zip(HELD_OUT, (dev, test), strict=True))
        self._sources = {
            name: Counter(_key(pair.source) for pair in pairs)
            for name, pairs in self._held_out.items()
        }
        self._shared: dict[str, set[int]] = {name: set() for name in HELD_OUT}
        self._first_target: dict[int, int] = {}
        self.told = {"different_targets": 0, "near_duplicates": 0}

    def __call__(self, pair: Pair) -> Iterator[Fault]:
        source, target = _key(pair.source), _key(pair.target)
        if source in self._first_target:
            is_same = self._first_target[source] == target
            self.told["near_duplicates" if is_same else "different_targets"] += 1
        else:
            self._first_target[source] = target
        for name in HELD_OUT:
            if source in self._sources[name]:
                self._shared[name].add(source)
                yield Fault("leakage", f"the source is in {name} too")

    def findings(self, train: Sequence[Pair]) -> Iterator[Finding]:
        """What is to be said of the training pairs, and of dev and test beside them."""
        for name, pairs in self._held_out.items():
            if train and pairs and are_swapped(train, pairs):
                sentence = (
                    f"the sides of {name} are swapped: its sources look like the training targets"
                )
                yield Finding(f"{name}_swapped", sentence, "error", len(pairs))
            count = sum(self._sources[name][source] for source in self._shared[name])
            if count:
                sentence = (
                    f"{count:,} of {plural(len(pairs), f'{name} sentence')} "
                    f"{'is' if count == 1 else 'are'} in the training pairs too: the {name} scores "
                    "will be too high"
                )
                is_note = count <= MAX_SHARED * len(pairs)
                yield Finding("leakage", sentence, "note" if is_note else "error", count)
        count = self.told["different_targets"]
        if count > MIN_SHARE * len(train):
            sentence = (
                f"{count:,} of {plural(len(train), 'pair')} have a source that came before with "
                "another target: all are learned"
            )
            yield Finding("different_targets", sentence, "note", count)
        dev, test = (self._sources[name] for name in HELD_OUT)
        if count := sum(test[source] for source in dev.keys() & test):
            sentence = (
                f"{count:,} of {plural(len(self._held_out['test']), 'test sentence')} "
                f"{'is' if count == 1 else 'are'} in dev too, by which the best model is chosen"
            )
            is_note = count <= MAX_SHARED * len(self._held_out["test"])
            yield Finding("test_in_dev", sentence, "note" if is_note else "warning", count)


def _key(text: str) -> int:
    return hash(fold(normalize_source(text)))
