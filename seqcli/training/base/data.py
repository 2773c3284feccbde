"""The data of a run with a base: new and kept pairs, as the model of the base reads and writes
them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from seqcli.arrays import Bools
from seqcli.data.origins import Origins
from seqcli.data.pairs import Pair
from seqcli.data.templates import Templates, are_joined
from seqcli.data.text import find_punctuation
from seqcli.data.tokenizer import Tokenizer, escape
from seqcli.data.word_list import WordList
from seqcli.settings import Settings
from seqcli.training.base.pairs import BaseSplit
from seqcli.training.base.replay import Replay
from seqcli.training.base.state import BaseState
from seqcli.training.piece_addition import with_new_pieces
from seqcli.training.prepare import MAX_PIECES, PreparedData, encode_data
from seqcli.vectors.word_vectors import WordVectors
from seqcli.wording import plural


@dataclass(frozen=True)
class BaseData:
    """The pairs, and what is needed to train on them: `draw` gives the examples of an epoch."""

    data: PreparedData
    split: BaseSplit
    draw: Replay
    state: BaseState


def prepare_base(
    settings: Settings,
    split: BaseSplit,
    tokenizer: Tokenizer,
    state: BaseState,
    vectors: WordVectors | None,
    replay: float,
) -> BaseData:
    """Add the pieces that are missing, and encode the pairs; see `encode_data`.

    The words of the sources, the pieces that can be written, the punctuation marks that are read
    and the limit of the length are those of the base and of the pairs together.
    """
    learned = replay > 0
    split = _without_long(split if learned else replace(split, old=[], old_origins=Origins()))
    seed = settings.training.seed
    words = WordList.union([WordList.of([*split.new, *split.old], settings.locale), state.words])
    templates = Templates(
        words, symbols=settings.carry_over, numbers=settings.carry_numbers, joining=False, seed=seed
    )
    pairs, is_new = _epoch_pairs(templates, split)
    tokenizer = with_new_pieces(tokenizer, (text for pair in pairs for text in pair))
    data = encode_data(
        settings,
        split.as_split(),
        tokenizer,
        pairs,
        words,
        vectors,
        known=state.output_vocabulary,
    )
    draw = Replay(np.flatnonzero(is_new), np.flatnonzero(~is_new), replay, seed)
    marks = settings.source_punctuation + data.settings.source_punctuation
    settings = replace(
        data.settings,
        max_length_ratio=max(settings.max_length_ratio, data.settings.max_length_ratio),
        source_punctuation=find_punctuation([marks]),
    )
    return BaseData(replace(data, settings=settings), split, draw, state)


def _epoch_pairs(templates: Templates, split: BaseSplit) -> tuple[list[Pair], Bools]:
    """The pairs of `split.as_split()` as the model reads and writes them, followed by those that
    are added, and whether each is new."""
    if split.corrections:
        # Each correction is learned as it is: no symbol stands for a word of it that is known.
        generator = np.random.default_rng([templates.seed, 22])
        new = [templates.pair(pair, generator) for pair in split.new]
        old = templates.own_pairs(split.old)
    else:  # (Words are aligned better in more pairs.)
        own = templates.own_pairs([*split.new, *split.old])
        new, old = own[: len(split.new)], own[len(split.new) :]
    added_new, added_old = (
        replace(templates, joining=are_joined(part)).added_pairs(own)
        for part, own in ((split.new, new), (split.old, old))
    )
    parts = (new, old, [] if split.corrections else added_new, added_old)
    is_new = np.repeat([True, False, True, False], [len(part) for part in parts])
    return [pair for part in parts for pair in part], is_new


def _without_long(split: BaseSplit) -> BaseSplit:
    """Without the pairs that `encode_data` would leave out: each example must have its place."""

    def fits(pair: Pair) -> bool:
        return max(len(escape(text)) for text in pair) < MAX_PIECES

    fitting = split.filtered(fits)
    left_out = len(split.new) + len(split.old) - len(fitting.new) - len(fitting.old)
    if not left_out:
        return split
    note = f"left out {plural(left_out, 'pair')} with a side of over {MAX_PIECES:,} characters"
    return replace(fitting, notes=(*split.notes, note))
