"""The sentences of text files, from which word vectors are learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from seqcli.data.normalization import find_locale, fold, normalize_source
from seqcli.data.readers.lines import read_lines
from seqcli.data.readers.registry import read_pairs
from seqcli.data.sample import sample_file
from seqcli.data.words import find_words


def read_sentences(
    paths: Sequence[Path], locale: str = "", *, keep_case: bool = False
) -> list[str]:
    """The lines of text files in the spelling of sources; of no files, the English sentences of the
    sample.

    They are in lower case, by the rules of the locale (without one, that of Turkish is recognized);
    or they keep their case, but for the first words of lines that elsewhere are mostly in lower
    case. Raises `UserError` as `read_lines` does.
    """
    if paths:
        lines = [line for path in paths for line in read_lines(path)]
    else:
        lines = [pair.source for pair in read_pairs(sample_file("train.en-zh.tsv"))]
    lines = [normalize_source(line) for line in lines]
    if keep_case:
        return _truecased(lines)
    locale = locale or find_locale(lines)
    return [fold(line, locale) for line in lines]


def _truecased(lines: Sequence[str]) -> list[str]:
    """The lines with their first words in lower case, unless these are more often spelled as they
    are within lines."""
    counts = Counter(word.text for line in lines for word in find_words(line)[1:])
    truecased = []
    for line in lines:
        words = find_words(line)
        if words and counts[words[0].folded] > counts[words[0].text]:
            rest = line[words[0].end :]
            truecased.append(line[: words[0].start] + words[0].folded + rest)
        else:
            truecased.append(line)
    return truecased
