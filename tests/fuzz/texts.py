"""Readers of files, the tokenizer, normalization and segmentation."""

from __future__ import annotations

import gzip
import io
import queue
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from seqcli.config import TokenizerConfig
from seqcli.data import normalization
from seqcli.data.pairs import Pair
from seqcli.data.readers.aligned import read_aligned
from seqcli.data.readers.lines import decode_lines
from seqcli.data.readers.registry import READERS, read_pairs
from seqcli.data.reading import Reading
from seqcli.data.source_text import drop_surrogates
from seqcli.data.text import fold_compatible
from seqcli.data.tokenizer import UNKNOWN, Tokenizer, build, escape, unescape
from seqcli.data.words import split_words
from seqcli.decoding import windows
from seqcli.decoding.sentences import split_sentences
from seqcli.errors import UserError

from .registry import read_or_refuse, target, text_of


@target
def readers(content: bytes) -> None:
    """Each reader of pairs reads or refuses a file; no side has a tab or the end of a line."""
    for reader in READERS:
        file = cast("io.BufferedReader", io.BufferedReader(io.BytesIO(content)))
        read_or_refuse("pairs", partial(_check_pairs, reader.read(file, Reading("pairs"))))


def _check_pairs(pairs: Iterable[Pair]) -> None:
    for side in chain.from_iterable(pairs):
        assert side == " ".join(side.splitlines()).replace("\t", " ")
        assert normalization.normalize(side) == side


@target
def files(content: bytes) -> None:
    """Files of pairs, aligned and compressed files are read or refused by name."""
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        plain, damaged, whole = (Path(folder) / name for name in ("a", "a.gz", "b.gz"))
        plain.write_bytes(content)
        damaged.write_bytes(gzip.compress(content)[: -1 - len(content) % 9] + content)
        whole.write_bytes(gzip.compress(content, mtime=0))
        for path in (plain, damaged, whole):
            read_or_refuse(str(path), partial(list, read_pairs(path)))
        for path in (plain, damaged):
            read_or_refuse(folder, partial(list, read_aligned(whole, path)))


@target
def lines_as_they_arrive(content: bytes) -> None:
    """In whatever chunks lines arrive, they are those of a file."""
    size, content = 1 + (content[0] if content else 0), content[1:]
    chunks: queue.Queue[bytes | OSError] = queue.Queue()
    for start in range(0, len(content), size):
        chunks.put(content[start : start + size])
    chunks.put(b"")
    arrived: list[str] = []
    refused: list[str] = []
    try:
        for window in windows.in_windows(windows._arriving_lines(chunks), len, 3):
            assert 1 <= len(window) <= 3
            arrived += window
    except UserError as error:
        refused.append(str(error))
    read: list[str] = []
    try:
        for line in decode_lines(io.BytesIO(content), "standard input"):
            read.append(line)  # noqa: PERF402  (until it is refused)
    except UserError as error:
        refused.append(str(error))
    assert arrived == read
    assert len(refused) in (0, 2)
    assert len(set(refused)) < 2


@cache
def small_tokenizer(kind: str) -> Tokenizer:
    text = "the cat sat 我爱北京 on <b>a</b> mat, ▁▁ 5 \ue000 times."
    return build([Pair(text, text)] * 30, TokenizerConfig(pieces=kind))


@target
def tokenizers(content: bytes) -> None:
    """Pieces are the text, and what has no unknown piece comes back."""
    text = text_of(content)
    assert unescape(escape(text)) == text
    for kind in ("unigram", "bpe", "char", "word"):
        try:
            tokenizer = small_tokenizer(kind)
        except UserError:  # no word pieces for Chinese
            continue
        ids = tokenizer.encode(text)
        if UNKNOWN not in ids:
            assert tokenizer.decode(ids) == text
        segments = tokenizer.segment(text)
        assert [i for _, i in segments] == ids
        shown = "".join(piece for piece, _ in segments).replace("▁", " ")
        assert shown in (text.replace("▁", " "), " " + text.replace("▁", " "))


@target
def normal_forms(content: bytes) -> None:
    """Each normalization is idempotent, gives NFC, and makes canonical equivalents equal."""
    text = drop_surrogates(text_of(content))
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    for locale in ("", "tr", "lt"):
        folded = normalization.fold(text, locale)
        assert normalization.fold(folded, locale) == folded
        assert normalization.fold(composed, locale) == normalization.fold(decomposed, locale)
    for function in (normalization.normalize, normalization.normalize_source):
        once = function(text)
        assert function(once) == once
        assert unicodedata.is_normalized("NFC", once)
        assert function(composed) == function(decomposed)
    assert fold_compatible(fold_compatible(text)) == fold_compatible(text)


@target
def segmentation(content: bytes) -> None:
    """Sentences are the text; each has a word, if there are several. Words are the text too."""
    text = text_of(content)
    sentences = split_sentences(text)
    assert "".join(sentences) == text
    if len(sentences) > 1:
        assert all(re.search(r"[^\W_]", sentence) for sentence in sentences)
    words = split_words(text)
    assert all(words)
    assert "".join(words) == "".join(text.split())
