"""The training pairs that are nearest to a word of a translation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqcli.arrays import Array
from seqcli.pair_index.index import IndexedPair, PairIndex

# So many positions are looked through for other words than those that were found.
MOST_EXAMINED = 1000
# A position that attends to an equal source word is as near as one whose cosine is so much larger.
SAME_SOURCE_WORD = 0.3


class NearPair(NamedTuple):
    """A pair, the cosine of its state and that of the translation, and [start, end) of its word in
    its target; 0 and 0 where the word is not in the text that is kept."""

    pair: IndexedPair
    similarity: float
    start: int
    end: int

    @property
    def word(self) -> str:
        return self.pair.pair.target[self.start : self.end]


def nearest(index: PairIndex, state: Array, source_word: int, count: int) -> list[NearPair]:
    """At most `count` different pairs with positions near to a state of the decoder [F], nearest
    first: of each word that is written there the nearest one, then further ones.

    `source_word` is the code of the source word that is attended to, -1 if that is not known.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # of a projection that nobody has made
        cosines = index.states.astype(np.float32) @ index.projection(state[None])[0]
    cosines = np.clip(np.nan_to_num(cosines), -1.0, 1.0)
    same = (index.source_words == source_word) & (source_word >= 0)
    order = np.argsort(-(cosines + SAME_SOURCE_WORD * same), kind="stable")
    order = order[: max(MOST_EXAMINED, 10 * count)]
    firsts: list[int] = []
    others: list[int] = []
    pairs, tokens = set[int](), set[int]()
    for i in order.tolist():
        if len(firsts) == count:
            break
        pair, token = int(index.positions[i, 0]), int(index.tokens[i])
        if pair in pairs:
            continue
        pairs.add(pair)
        (others if token in tokens else firsts).append(i)
        tokens.add(token)
    rank = {i: number for number, i in enumerate(order.tolist())}
    chosen = [*firsts, *others[: count - len(firsts)]]
    return [_near(index, i, float(cosines[i])) for i in sorted(chosen, key=rank.__getitem__)]


def _near(index: PairIndex, i: int, cosine: float) -> NearPair:
    position = index.position(i)
    return NearPair(index.pair(position.pair), cosine, position.start, position.end)
