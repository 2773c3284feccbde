"""Makes the index of training pairs: the states of the best network before the words of targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate
from pathlib import PurePath

import numpy as np
import torch

from seqcli.arrays import Ints
from seqcli.data.batching import PackedExamples, collate, epoch_batches
from seqcli.data.source_ids import split_ids
from seqcli.data.vocabulary import END_TOKEN
from seqcli.errors import MemoryShortError
from seqcli.memory import in_parts
from seqcli.model.seq2seq import Seq2Seq
from seqcli.pair_index.index import MAX_CHARACTERS, PairIndex, Projection
from seqcli.pair_index.words import WordStarts, find_word
from seqcli.training.corpus_split import CorpusSplit, repetitions
from seqcli.training.gradients import no_room
from seqcli.training.heap import trim_heap
from seqcli.training.index_positions import Collected, Positions
from seqcli.training.prepare import PreparedData

# So many examples are looked at, as a share of those that the updates have had: it takes a fifth of
# the time of an update to look at its examples, and the index shall take less than a tenth of all.
SHARE_OF_UPDATES = 0.3
BATCH_TOKENS = 4000


def make_index(
    network: Seq2Seq,
    data: PreparedData,
    epochs: float,
    threads: int,
    stop: Callable[[], bool] = lambda: False,
) -> PairIndex | None:
    """The index of the pairs that a network was trained on for so many `epochs`; None if `stop`
    returned True, which is called after each batch.

    It has at most `MAX_POSITIONS` words. Where there are more, as many are kept for each source
    word that attention peaks at: so what is rare is kept, and of these, each translation. Pairs
    that were joined from others are left out, synthetic ones are not. The same arguments give the
    same index.
    """
    generator = np.random.default_rng([data.settings.training.seed, 18])
    numbers = pair_numbers(data)
    eligible = generator.permutation(np.flatnonzero(numbers >= 0))
    count = max(1, round(SHARE_OF_UPDATES * epochs * len(numbers)))
    chosen = np.sort(eligible[:count])
    examples = PackedExamples.of(data.examples[i] for i in chosen.tolist())
    starts = WordStarts(data.tokenizer.pieces(data.output_vocabulary.pieces.tolist()))
    source = WordStarts(data.tokenizer.pieces(range(len(data.tokenizer))))
    collected = Collected(generator)
    work = partial(_positions, network, examples, starts, source)
    for positions in _passed(work, examples, threads):
        if stop():
            return None
        collected.add(positions)
    positions, projection = collected.result()
    return _assemble(data.split, examples, numbers[chosen], starts, positions, projection)


def pair_numbers(data: PreparedData) -> Ints:
    """For each example the number of its pair: its index among those of the corpus, which the
    synthetic ones follow; -1 for a pair that is added, and for one that an epoch has again."""
    own, synthetic = len(data.split.train), len(data.split.synthetic)
    again = 0
    if synthetic:
        again = own * (repetitions(own, synthetic, data.settings.corpus.synthetic_share) - 1)
    added = len(data.examples) + len(data.left_out) - own - synthetic - again
    numbers = np.concatenate(
        [np.arange(own), np.full(added, -1), own + np.arange(synthetic), np.full(again, -1)]
    )
    return np.delete(numbers, data.left_out)


def _passed(
    work: Callable[[Ints], Positions], examples: PackedExamples, threads: int
) -> Iterator[Positions]:
    """The positions of all examples, batch by batch, always in the same order."""
    batches = epoch_batches(examples, BATCH_TOKENS, np.random.default_rng(0))
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(batches), threads):  # so that few results wait
            yield from pool.map(work, batches[first : first + threads])


def _positions(
    network: Seq2Seq,
    examples: PackedExamples,
    starts: WordStarts,
    source: WordStarts,
    indices: Ints,
) -> Positions:
    """The beginnings of words in the targets of some examples. Raises `MemoryShortError` if there
    is not enough memory for one of these."""
    compute = partial(_positions_of, network, examples, starts, source)
    return Positions.joined(in_parts(compute, indices, _halves, partial(_no_room, examples)))


@torch.inference_mode()
def _positions_of(
    network: Seq2Seq,
    examples: PackedExamples,
    starts: WordStarts,
    source: WordStarts,
    indices: Ints,
) -> Positions:
    batch = collate([examples[i] for i in indices.tolist()])
    device = network.output_pieces.device
    ids, lengths, target = (torch.from_numpy(part).to(device) for part in batch[:3])
    hidden, contexts, weights = network.decoder_states(ids, lengths, target, END_TOKEN)
    is_written = np.arange(batch.target.shape[1]) < batch.target_lengths[:, None]
    rows, places = np.nonzero(starts(batch.target) & is_written)
    # What attention has found decides the word: with z_t beside it, fewer pairs are found.
    deciding = hidden if weights is None or contexts is None else contexts
    states = deciding[places, rows].cpu().numpy()
    words, peaks = np.full(len(rows), -1), np.zeros(len(rows), np.float32)
    if weights is not None:
        highest = weights[places, rows].max(dim=-1)
        peaks, pieces = highest.values.cpu().numpy(), highest.indices.cpu().numpy()
        words = source.codes(split_ids(batch.source, len(network.source_table))[0])[rows, pieces]
    tokens = batch.target[rows, places]
    return Positions(indices[rows], places, tokens, words, peaks, states)


def _halves(indices: Ints) -> list[Ints]:
    trim_heap()
    return [half for half in np.array_split(indices, 2) if len(half)]


def _no_room(examples: PackedExamples, indices: Ints) -> MemoryShortError:
    return no_room(collate([examples[int(indices[0])]]))


def _assemble(
    split: CorpusSplit,
    examples: PackedExamples,
    numbers: Ints,
    starts: WordStarts,
    positions: Positions,
    projection: Projection,
) -> PairIndex:
    """The index of these positions; `numbers` are those of the pairs of the examples."""
    kept = np.unique(positions.examples)
    texts: list[str] = []
    origins: list[tuple[int, int]] = []
    spans: list[tuple[int, int]] = []
    own, own_files = len(split.train), len(split.origins.files)
    ends = np.searchsorted(positions.examples, kept, side="right").tolist()
    for example, begin, end in zip(kept.tolist(), [0, *ends][:-1], ends, strict=True):
        number = int(numbers[example])
        if number < own:
            pair, (file, line) = split.train[number], split.origins[number]
        else:
            number -= own
            pair, (file, line) = split.synthetic[number], split.synthetic_origins[number]
            file += own_files
        texts += [side[:MAX_CHARACTERS] for side in pair]
        origins.append((file, line))
        places = word_places(starts, examples[example].target.tolist(), texts[-1])
        spans += [places[place] for place in positions.places[begin:end].tolist()]
    files = [*split.origins.files, *split.synthetic_origins.files]
    columns = [np.searchsorted(kept, positions.examples), positions.tokens, positions.source_words]
    return PairIndex(
        positions.states,
        projection,
        np.column_stack([*columns, np.reshape(spans, (-1, 2))]).astype(np.int32),
        np.reshape(origins, (-1, 2)).astype(np.int32),
        tuple(PurePath(file.name).name for file in files),
        len(split.synthetic_origins.files),
        tuple(texts),
    )


def word_places(starts: WordStarts, tokens: Sequence[int], text: str) -> dict[int, tuple[int, int]]:
    """[start, end) of each word in a text, by the index of its first token; (0, 0) if it is not
    there. The tokens may be those of the text with symbols in place of its items."""
    lengths = [0, *accumulate(len(starts.pieces[token]) for token in tokens)]
    lead = int(starts.pieces[tokens[0]].startswith("▁") and not text.startswith("▁"))
    return {
        word.first: find_word(
            text, word.text.replace("▁", " "), lengths[word.first] + word.offset - lead
        )
        for word in starts.words(tokens)
    }
