"""Training pairs as the model reads and writes them, with symbols for what is carried over.

So the network learns to write a symbol where its item belongs (the "copyable" and "positional"
unknown words of Luong et al. 2015, sections 3.1 and 3.2, with symbols that are told apart).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from seqcli.data.carryover import SYMBOLS, Item, find_items
from seqcli.data.corpus_traits import (
    find_commas,
    find_names,
    has_end_mark,
    has_open_targets,
    lack_end_marks,
    numbers_are_carried,
)
from seqcli.data.pairs import Pair
from seqcli.data.source_text import assemble, substitute
from seqcli.data.target_text import find_item
from seqcli.data.text import is_unspaced
from seqcli.data.word_alignment import AlignedSpans, WordAligner
from seqcli.data.word_list import WordList
from seqcli.data.words import find_words

# In a share of the pairs symbols stand for so many aligned words, of those that occur so often. The
# words that make up half of a text are of the kinds that no new word belongs to ("not", "she"). (As
# copies, added to the pairs, these would cost an eighth of the updates.)
SHARE_ALIGNED = 0.08
WORDS_ALIGNED = (1, 1, 1, 2, 2, 3)
MIN_FREQUENCY = 3
SHARE_COMMON = 0.5

# In a share of all pairs, and of those with a name, symbols stand for the aligned names.
SHARE_NAMES, SHARE_OF_NAMED = 0.06, 0.3

# In a further share of the pairs, one more symbol stands before or after both sides: so items also
# come through where no training sentence has any.
SHARE_BESIDE = 0.04

# Pairs joined to one (Nguyen, Murray & Chiang 2021; Kondo et al. 2021) are added, as a share of the
# training pairs up to a number that is enough.
SHARE_OF_JOINED, MAX_JOINED = 0.4, 4_500
# Pairs with a longer side are not joined: as they are drawn by their lengths, a very long one would
# be in thousands of the joined pairs.
MAX_CHARACTERS_JOINED = 1_000
PAIRS_JOINED = (2, 2, 3)


@dataclass(frozen=True)
class WordsAligned:
    """What is learned from pairs about the words for which symbols may stand.

    `share` is that of the usual number of pairs in which they do, and `commas` are the commas of
    both sides.
    """

    aligner: WordAligner
    names: Collection[str]
    commas: Sequence[str]
    share: float = 1.0

    @classmethod
    def of(cls, pairs: Sequence[Pair], share: float = 1.0) -> WordsAligned:
        """Learn from pairs."""
        aligner = WordAligner([pair.source for pair in pairs], [pair.target for pair in pairs])
        names = find_names(pair.source for pair in pairs)
        return cls(aligner, names, find_commas(pairs), share)


@dataclass(frozen=True)
class Templates:
    """Makes the pairs that a model is trained on.

    `words` are those of the training sources. With `symbols`, items are carried over, `numbers`
    too. With `joining`, pairs joined to one are added.
    """

    words: WordList
    symbols: bool
    numbers: bool
    joining: bool
    seed: int

    @classmethod
    def of(cls, pairs: Sequence[Pair], locale: str, seed: int, *, symbols: bool) -> Templates:
        """The templates of training pairs, with symbols if the tokenizer has them."""
        return cls(
            WordList.of(pairs, locale),
            symbols=symbols and has_open_targets(pairs),
            numbers=numbers_are_carried(pairs),
            joining=are_joined(pairs),
            seed=seed,
        )

    def pairs(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The training pairs, and those that are added, as the model reads and writes them."""
        own = self.own_pairs(pairs)
        return own + self.added_pairs(own)

    def own_pairs(
        self, pairs: Sequence[Pair], words: WordsAligned | None = None, part: int | None = None
    ) -> list[Pair]:
        """The training pairs alone, as the model reads and writes them.

        They may be one part of a corpus, with a number; `words` are then learned from others.
        """
        if not pairs:
            return []
        generator = np.random.default_rng([self.seed, 16, *([] if part is None else [part])])
        if not self.symbols:
            return [self.pair(pair, generator) for pair in pairs]
        words = words or WordsAligned.of(pairs)
        aligned = _align(pairs, words, generator)
        own = [self.pair(pair, generator, aligned.get(i, ())) for i, pair in enumerate(pairs)]
        count = round(SHARE_BESIDE * len(own))
        for i in generator.choice(len(own), count, replace=False).tolist():
            own[i] = _add_symbol_beside(own[i], words.commas, generator)
        return own

    def added_pairs(self, own: Sequence[Pair]) -> list[Pair]:
        """The pairs that are added to `own`, which are as the model reads and writes them."""
        generator = np.random.default_rng([self.seed, 17])
        return list(self._joined(own, generator)) if self.joining else []

    def pair(
        self, pair: Pair, generator: np.random.Generator, aligned: Iterable[AlignedSpans] = ()
    ) -> Pair:
        """A pair as the model reads and writes it.

        Symbols stand for the items that both sides have, and for aligned words.
        """
        if not self.symbols:
            return Pair(assemble(pair.source, [], "", None, self.words.locale).text, pair.target)
        items = find_items(
            pair.source,
            numbers=self.numbers,
            is_new=self.words.is_name,
            is_readable=lambda _: True,
        )
        spans: dict[Item, tuple[int, int]] = {}  # in the target
        for item in items:
            span = find_item(pair.target, item.text, spans.values())
            if span:
                spans[item] = span
        # Marks are never read, also where the target lacks them.
        marks = [item for item in items if item.kind == "mark"]
        for chosen in aligned:
            item = Item(pair.source[slice(*chosen.source)], "new", *chosen.source)
            is_free = not _overlaps(chosen.source, [(i.start, i.end) for i in [*spans, *marks]])
            if is_free and not _overlaps(chosen.target, spans.values()):
                spans[item] = chosen.target
        parts = sorted((item for item in spans if item.kind != "mark"), key=lambda item: item.start)
        order = generator.permutation(len(SYMBOLS)).tolist()
        symbols = [SYMBOLS[order[i % len(SYMBOLS)]] for i in range(len(parts))]
        used = sorted([*marks, *parts], key=lambda item: item.start)
        source = assemble(pair.source, used, symbols, None, self.words.locale).text
        symbol_of = dict(zip(parts, symbols, strict=True))
        written = substitute(
            pair.target,
            [(start, end, symbol_of.get(item, "")) for item, (start, end) in spans.items()],
        )
        return Pair(source, " ".join(written.split()) if marks else written)

    def _joined(self, pairs: Sequence[Pair], generator: np.random.Generator) -> Iterator[Pair]:
        """Several pairs, drawn at random by their lengths, as one."""
        commas = find_commas(pairs)
        pairs = [pair for pair in pairs if max(map(len, pair)) <= MAX_CHARACTERS_JOINED]
        if not pairs:
            return
        lengths = np.array([len(pair.source) for pair in pairs], dtype=float)
        count = min(round(SHARE_OF_JOINED * len(pairs)), MAX_JOINED)
        sizes = generator.choice(PAIRS_JOINED, size=count)
        drawn = generator.choice(len(pairs), size=sizes.sum(), p=lengths / lengths.sum())
        for size, end in zip(sizes, sizes.cumsum(), strict=True):
            parts = [pairs[i] for i in drawn[end - size : end]]
            # A symbol must not stand for two things.
            used = Counter(c for part in parts for c in set(part.source) if c in SYMBOLS)
            if used and max(used.values()) > 1:
                continue
            yield Pair(*map(join_texts, zip(*parts, strict=True), commas))


def are_joined(pairs: Sequence[Pair]) -> bool:
    """Whether pairs joined to one are added: to sentences without end marks."""
    return has_open_targets(pairs) and lack_end_marks(pairs)


def join_texts(texts: Sequence[str], comma: str = "") -> str:
    """Sentences as one text, with spaces between them unless their script has none.

    After a sentence without an end mark there is a comma: else a model learns to write clauses
    without what joins them.
    """
    joined = texts[0]
    for text in texts[1:]:
        if not has_end_mark(joined):
            joined += comma
        unspaced = is_unspaced(joined[-1:] or " ") or joined.endswith(tuple("。！？，、」”"))
        joined += text if unspaced and is_unspaced(text[:1] or " ") else f" {text}"
    return joined


def _folded_words(text: str) -> list[str]:
    return [word.folded for word in find_words(text)]


def _align(
    pairs: Sequence[Pair], words: WordsAligned, generator: np.random.Generator
) -> dict[int, list[AlignedSpans]]:
    """The words of some pairs, by the index of the pair, for which symbols shall stand."""
    aligner, names, number = words.aligner, set(words.names), words.share * len(pairs)
    order = generator.permutation(len(pairs)).tolist()
    named = [i for i in order if not names.isdisjoint(_folded_words(pairs[i].source))]
    count = min(round(SHARE_NAMES * number), round(SHARE_OF_NAMED * len(named)))
    aligned = dict(islice(_aligned_names(pairs, named, aligner, names), count))
    others = (i for i in order if i not in aligned)
    count = round(SHARE_ALIGNED * number)
    return aligned | dict(islice(_aligned_words(pairs, others, aligner, generator), count))


def _aligned_names(
    pairs: Sequence[Pair], order: Iterable[int], aligner: WordAligner, names: Collection[str]
) -> Iterator[tuple[int, list[AlignedSpans]]]:
    """The pairs in which names are aligned, and these."""
    for i in order:
        spans = [
            _stem(pairs[i], span)
            for span in aligner.align(*pairs[i])
            if pairs[i].source[slice(*span.source)].lower() in names
        ]
        if spans:
            yield i, spans[: max(WORDS_ALIGNED)]


def _aligned_words(
    pairs: Sequence[Pair],
    order: Iterable[int],
    aligner: WordAligner,
    generator: np.random.Generator,
) -> Iterator[tuple[int, list[AlignedSpans]]]:
    """The pairs in which words are aligned, and some of these, rare ones rather than others."""
    most = aligner.frequency_at(SHARE_COMMON)
    for i in order:
        spans = [
            span
            for span in aligner.align(*pairs[i])
            if MIN_FREQUENCY <= span.frequency <= most and not _is_contracted(pairs[i], span)
        ]
        if spans:
            weights = np.array([span.frequency for span in spans]) ** -0.5
            wanted = min(len(spans), int(generator.choice(WORDS_ALIGNED)))
            chosen = generator.choice(len(spans), wanted, replace=False, p=weights / weights.sum())
            yield i, [_stem(pairs[i], spans[j]) for j in chosen]


def _add_symbol_beside(pair: Pair, commas: Sequence[str], generator: np.random.Generator) -> Pair:
    """The pair with one more symbol before both sides, with or without a comma, or after them."""
    free = [symbol for symbol in SYMBOLS if symbol not in pair.source]
    if not free:
        return pair
    symbol = free[generator.integers(len(free))]
    is_before, has_comma = generator.random() < 0.75, generator.random() < 0.5
    texts = []
    for text, comma in zip(pair, commas, strict=True):
        space = "" if is_unspaced(text[:1] or " ") else " "
        before = symbol + (comma if has_comma else "")
        texts.append(f"{before}{space}{text}" if is_before else f"{text}{space}{symbol}")
    return Pair(*texts)


def _is_contracted(pair: Pair, span: AlignedSpans) -> bool:
    """Whether a source word is part of a contraction ("don't"), unless the target has it too, as
    a name ("Tom's")."""
    start, end = span.source
    is_joined = bool(
        set(pair.source[max(0, start - 1) : start] + pair.source[end : end + 1]) & set("'’")
    )
    return is_joined and not pair.target[slice(*span.target)].startswith(pair.source[start:end])


def _stem(pair: Pair, aligned: AlignedSpans) -> AlignedSpans:
    """Without the ending that the target adds to the same word, as in "Tom" and "Toms"."""
    word, (start, end) = pair.source[slice(*aligned.source)], aligned.target
    if pair.target[start:end].lower().startswith(word.lower()) and end - start - len(word) <= 2:
        return aligned._replace(target=(start, start + len(word)))
    return aligned


def _overlaps(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)
