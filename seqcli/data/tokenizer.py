"""SentencePiece: build, load, encode, decode.

Source and target share one SentencePiece model, which normalizes nothing: `decode(encode(text)) ==
text` for every text of the training data.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import sentencepiece

from seqcli.config import TokenizerConfig
from seqcli.data.carryover import SYMBOLS
from seqcli.data.pairs import Pair
from seqcli.data.piece_model import MAX_BYTES, check_piece_model
from seqcli.data.segmentation import best_segmentation
from seqcli.data.text import is_east_asian, is_unspaced
from seqcli.data.words import word_parts
from seqcli.errors import UserError
from seqcli.interrupts import at_end

PAD, UNKNOWN, END = 0, 1, 2
SPECIAL_PIECES = 3

# The largest numbers of pieces chosen by default: beyond the single characters, and of words.
MAX_PIECES = 8000
MAX_WORDS = 30_000

MAX_PIECE_LENGTH = 16  # in characters
MAX_EAST_ASIAN_PIECE_LENGTH = 4  # and 1 in a small corpus
SMALL_CORPUS_TEXTS = 30_000  # of both sides together
MAX_CHARACTERS_SEARCHED = 500_000  # for candidates
MAX_WORD_SEARCHED = 1000  # characters of one word; of a longer one, parts are words
CANDIDATES_PER_PIECE = 6
PART_PIECES = 4  # of a part that is cut independently, in a script without spaces

# SentencePiece reserves some characters ("<" begins its own symbols), and our symbols, as lone
# surrogates, are no UTF-8. Each is written as an escape of two private-use characters. `build`
# declares the escapes that occur as symbols, which SentencePiece never splits.
_ESCAPE = "\ue000"
_RESERVED = {
    plain: chr(0xE001 + number) for number, plain in enumerate([_ESCAPE, *"\u2581\u2585\t\0\x1f<"])
} | {symbol: chr(0xE100 + number) for number, symbol in enumerate(SYMBOLS)}
_TO_ESCAPED = str.maketrans({plain: _ESCAPE + code for plain, code in _RESERVED.items()})
_FROM_ESCAPED = {_ESCAPE + code: plain for plain, code in _RESERVED.items()}
_ESCAPED = re.compile(f"{_ESCAPE}[{''.join(_RESERVED.values())}]")
_SYMBOLS = frozenset(symbol.translate(_TO_ESCAPED) for symbol in SYMBOLS)
_CHARACTER = re.compile(f"{_ESCAPED.pattern}|.", re.DOTALL)  # of an escaped text
_WORD = re.compile(" [^ ]*|[^ ]+")  # of an escaped text, with the space before it
_LONG_WORD = re.compile(f"[^ ]{{{MAX_WORD_SEARCHED + 1},}}")
_PART = re.compile(f"(?:{_CHARACTER.pattern}){{1,{MAX_WORD_SEARCHED}}}", re.DOTALL)


def escape(text: str) -> str:
    """Text for SentencePiece: reserved characters escaped, and a space before the first word, so
    that a word is the same piece at the beginning and in the middle.

    A text that begins with a script without spaces gets no space. `unescape` is the inverse.
    """
    has_spaces = text and not is_unspaced(text[0])
    return (" " if has_spaces else "") + text.translate(_TO_ESCAPED)


def unescape(text: str) -> str:
    """The text that was passed to `escape`."""
    return restore(text).removeprefix(" ")


def restore(piece: str) -> str:
    """A piece with its reserved characters instead of escapes."""
    return _ESCAPED.sub(lambda match: _FROM_ESCAPED[match[0]], piece)


class Segmentation(NamedTuple):
    """The ids of a text, and the sum of the log-probabilities of these pieces."""

    ids: list[int]
    log_probability: float


class Tokenizer:
    """Text to piece ids and back. Ids: 0 is padding, 1 unknown, 2 the end of a sentence; pieces
    follow.

    Raises `UserError`, which names the origin of the model, if it is not one of `build`.
    """

    def __init__(self, model: bytes, origin: str = "the tokenizer") -> None:
        check_piece_model(model, origin)
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        except RuntimeError as error:
            raise UserError(f"{origin} is not a SentencePiece model") from error
        self.model = model
        # Tokenizers of earlier versions have each of the two characters of an escape as a piece.
        splits_escapes = self._processor.piece_to_id(_ESCAPE) != UNKNOWN
        self._character = re.compile(".", re.DOTALL) if splits_escapes else _CHARACTER

    def __len__(self) -> int:
        return int(self._processor.get_piece_size())

    def encode(self, text: str) -> list[int]:
        """Ids of a text, without an end."""
        return list(self._processor.encode(escape(text)))

    def encode_words(self, text: str) -> list[int]:
        """Ids of a text of which the words are encoded one by one: see `segment_words`."""
        return [i for _, i in self.segment_words(text)]

    def words(self, text: str) -> list[str]:
        """The parts of a text that are cut independently, as `segmentations` takes them: no piece
        of unigram or BPE pieces extends beyond a space. A clause of a script without spaces has
        parts of `PART_PIECES` of its best pieces."""
        return [part for word in _WORD.findall(escape(text)) for part in self._parts(word)]

    def _parts(self, word: str) -> Iterator[str]:
        if not any(map(is_unspaced, word)):
            yield word
            return
        pieces = self._processor.encode(word, out_type=str)
        for begin in range(0, len(pieces), PART_PIECES):
            yield "".join(pieces[begin : begin + PART_PIECES]).replace("▁", " ")

    def segmentations(self, word: str, count: int) -> list[Segmentation]:
        """Up to `count` segmentations of a part of `words`, the most probable first, of a tokenizer
        with unigram pieces."""
        return [
            Segmentation(ids, sum(map(self._processor.get_score, ids)))
            for ids in self._processor.nbest_encode(word, nbest_size=count)
        ]

    def id_of(self, character: str) -> int:
        """The id of a character, or of a symbol, as a piece; UNKNOWN if it is none."""
        return int(self._processor.piece_to_id(character.translate(_TO_ESCAPED)))

    def has(self, character: str) -> bool:
        """Whether a character, or a symbol, is a piece."""
        return self.id_of(character) != UNKNOWN

    def scores(self, ids: Iterable[int]) -> dict[str, float]:
        """The pieces of the ids, except special ones, with their scores in the tokenizer."""
        ids = [i for i in ids if i >= SPECIAL_PIECES]
        return {self._processor.id_to_piece(i): self._processor.get_score(i) for i in ids}

    def characters(self, text: str) -> list[str]:
        """The characters of a text as pieces have them: none of them is ever split."""
        return self._character.findall(escape(text).replace(" ", "▁"))

    def encode_within(self, text: str, scores: Mapping[str, float]) -> list[int]:
        """Ids of the text in pieces of `scores` only; UNKNOWN for a character that is in none."""
        pieces = best_segmentation(self.characters(text), scores)
        return [self._processor.piece_to_id(p) if p in scores else UNKNOWN for p in pieces]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of the ids; an unknown piece is written as ⁇."""
        return unescape(str(self._processor.decode(list(ids))))

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """The pieces of the ids; ▁ is a space."""
        return [restore(self._processor.id_to_piece(i)) for i in ids]

    def segment(self, text: str) -> list[tuple[str, int]]:
        """Each piece of a text with its id; an unknown piece is given as in the text."""
        return self._segment(escape(text))

    def segment_words(self, text: str, *, begins: bool = True) -> list[tuple[str, int]]:
        """Each piece of a text with its id, of which the words are segmented one by one.

        So the pieces of a word do not depend on the words after it. In a script with spaces they
        are those of `segment`; in another, no piece has several characters. The text is a whole
        one, or the beginning of one, unless `begins` is off.
        """
        first, *others = word_parts(text)
        parts = [part.translate(_TO_ESCAPED) for part in others]
        parts.insert(0, escape(first) if begins else first.translate(_TO_ESCAPED))
        return [piece for part in parts for piece in self._segment(part)]

    def _segment(self, escaped: str) -> list[tuple[str, int]]:
        pieces = self._processor.encode(escaped, out_type=str)
        ids = self._processor.encode(escaped)
        return [(restore(piece), int(i)) for piece, i in zip(pieces, ids, strict=True)]


def load(path: Path) -> Tokenizer:
    """The tokenizer in a file written by `seqcli tokenizer build`."""
    try:
        with path.open("rb") as file:  # which may have no end
            return Tokenizer(file.read(MAX_BYTES + 1), str(path))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def build(pairs: Sequence[Pair], config: TokenizerConfig) -> Tokenizer:
    """A tokenizer trained on both sides of pairs, given as the model reads and writes them.

    Raises `UserError` if the corpus is too small or has too many characters for the requested
    vocabulary, and for `word` pieces of a language that is written without spaces.
    """
    texts = [escape(pair.source) for pair in pairs] + [escape(pair.target) for pair in pairs]
    characters = len(_characters(texts) | _SYMBOLS)
    if config.pieces == "word":
        _refuse_unspaced(pairs)
    size = config.vocabulary or choose_vocabulary_size(texts, config.pieces)
    minimum = characters + SPECIAL_PIECES + 1
    if config.vocabulary and config.vocabulary < minimum and config.pieces != "word":
        raise UserError(
            f"{config.vocabulary} pieces are too few: the corpus has {characters} different "
            f"characters and symbols, so ask for {minimum} or more (--vocabulary)"
        )
    try:
        return Tokenizer(_train_sentencepiece(texts, config, size))
    except RuntimeError as error:
        raise UserError(_explain_failure(str(error), size)) from error


def choose_vocabulary_size(texts: Sequence[str], kind: str) -> int:
    """The number of pieces for a corpus, given the escaped texts of both sides.

    `word` pieces: all words, up to MAX_WORDS. Other kinds: all characters, and further pieces, of
    which there are the fewest of one for eight pairs, one for each word that occurs twice (a corpus
    of few words needs no more) and MAX_PIECES, but at least one for 32 pairs.
    """
    if kind == "word":
        distinct = {word for text in texts for word in _WORD.findall(text)}
        return SPECIAL_PIECES + min(MAX_WORDS, len(distinct))
    words = Counter(word for text in texts for word in text.split())
    pairs = len(texts) // 2
    repeated = sum(count > 1 for count in words.values())
    further = max(min(pairs // 8, repeated, MAX_PIECES), min(pairs // 32, MAX_PIECES))
    return len(_characters(texts) | _SYMBOLS) + SPECIAL_PIECES + 1 + further


def _characters(texts: Sequence[str]) -> set[str]:
    """The distinct characters of escaped texts; an escape counts as one character."""
    return _escapes(texts).union(_ESCAPED.sub("", "".join(texts)))


def _escapes(texts: Sequence[str]) -> set[str]:
    return set(_ESCAPED.findall("".join(texts)))


def _candidates(texts: Sequence[str], size: int) -> list[tuple[str, int]]:
    """Candidate pieces for SentencePiece, with their counts: the parts of words that cover the most
    characters of the texts, CANDIDATES_PER_PIECE for each piece. None contains an escape.

    SentencePiece's own candidates come from the distinct words, without their frequencies, so that
    "the" counts less than any part of a rare long word and is lost; too many candidates have the
    same effect. In a small corpus, candidates of several Han characters or kana are left out: they
    would be memorized phrases.
    """
    is_small = len(texts) < SMALL_CORPUS_TEXTS
    max_east_asian_length = 1 if is_small else MAX_EAST_ASIAN_PIECE_LENGTH
    parts = _ESCAPED.sub("\t", "\t".join(texts)).replace(" ", "▁")
    words = Counter(re.findall("▁?[^▁\t]+", parts))
    east_asian = set(filter(is_east_asian, set(parts)))
    counts: Counter[str] = Counter()
    characters_searched = 0
    for whole_word, count in words.most_common():
        word = whole_word[:MAX_WORD_SEARCHED]
        for begin in range(len(word)):
            max_length = MAX_PIECE_LENGTH
            for end in range(begin + 1, len(word) + 1):
                if word[end - 1] in east_asian:
                    max_length = max_east_asian_length
                if end - begin > max_length:
                    break
                if end - begin > 1:
                    counts[word[begin:end]] += count
        characters_searched += len(word)
        if characters_searched > MAX_CHARACTERS_SEARCHED:
            break
    by_coverage = sorted(counts.items(), key=lambda item: (-item[1] * len(item[0]), item[0]))
    return by_coverage[: CANDIDATES_PER_PIECE * size]


def _parts(text: str) -> list[str]:
    """The escaped text; in parts if it has a very long word, which SentencePiece could not learn
    from: as a piece it is too long, and its likelihood in shorter pieces too small for a float."""
    return _PART.findall(text) if _LONG_WORD.search(text) else [text]


def _train_sentencepiece(texts: Sequence[str], config: TokenizerConfig, size: int) -> bytes:
    model = io.BytesIO()
    with TemporaryDirectory() as folder, at_end(partial(rmtree, folder, ignore_errors=True)):
        seeds = Path(folder) / "candidates.tsv"
        options: dict[str, Any] = {}
        if config.pieces != "word":  # a word is one piece with all its characters
            options["user_defined_symbols"] = sorted(_escapes(texts) | _SYMBOLS)
        if config.pieces == "unigram":  # the only kind that takes candidates, from a file
            lines = [f"{piece}\t{count}\n" for piece, count in _candidates(texts, size)]
            seeds.write_text("".join(lines), encoding="utf-8")
            options["seed_sentencepieces_file"] = str(seeds)
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=chain.from_iterable(map(_parts, texts)),
            model_writer=model,
            model_type=config.pieces,
            vocab_size=size,
            # A chosen size is a limit; a size that the user gave is exact, or an error.
            hard_vocab_limit=bool(config.vocabulary),
            character_coverage=1.0,
            normalization_rule_name="identity",
            add_dummy_prefix=False,  # `escape` adds a space where the script has spaces
            remove_extra_whitespaces=False,
            max_sentencepiece_length=MAX_PIECE_LENGTH,
            max_sentence_length=1_000_000,
            pad_id=PAD,
            unk_id=UNKNOWN,
            eos_id=END,
            bos_id=-1,
            num_threads=1,  # several threads may add in another order and find other pieces
            minloglevel=2,
            **options,
        )
    # The model contains its training options, and so the name of the temporary file, which differs
    # each time.
    name = str(seeds).encode()
    return model.getvalue().replace(name, b"-" * len(name))


def _explain_failure(message: str, size: int) -> str:
    limit = re.search(r"<= (\d+)", message)
    if "too high" in message and limit:
        return (
            f"the corpus is too small for {size} pieces: "
            f"ask for {limit[1]} or fewer (--vocabulary), or leave the size to seqcli"
        )
    return f"no tokenizer of {size} pieces can be built from this corpus ({message.strip()})"


def _refuse_unspaced(pairs: Sequence[Pair]) -> None:
    for side, texts in (
        ("source", [pair.source for pair in pairs]),
        ("target", [pair.target for pair in pairs]),
    ):
        characters = "".join(texts)
        unspaced = sum(map(is_unspaced, characters))
        if unspaced > len(characters.replace(" ", "")) / 2 and characters.count(" ") < unspaced / 4:
            raise UserError(
                f"word pieces need spaces between words, and the {side} side has none: "
                "use unigram, bpe or char"
            )
