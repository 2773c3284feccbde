"""SentencePiece: build, load, encode, decode.

One model of pieces serves both sides, but the sides are treated differently. The source is folded
first, so that people may type as they like; the target is taken as it is, so that
`decode(encode_target(text)) == text` for every target of the training data.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sentencepiece

from seqcli.config import TokenizerConfig
from seqcli.data.pairs import Pair
from seqcli.data.segmentation import best_segmentation
from seqcli.data.text import is_east_asian, is_unspaced, normalize_source
from seqcli.errors import UserError

PAD, UNKNOWN, END = 0, 1, 2
SPECIAL_PIECES = 3

# The largest vocabulary beyond the single characters that is chosen unasked.
MOST_PIECES = 8000
MOST_WORDS = 30_000

# In characters: how long a piece may be, and how much is searched for candidates.
LONGEST_PIECE = 16
LONGEST_EAST_ASIAN_PIECE = 4
FEW_TEXTS = 30_000  # of both sides together
CHARACTERS_SEARCHED = 500_000
CANDIDATES_PER_PIECE = 6

# What SentencePiece keeps for itself ("<" begins its own symbols) is written as two private
# characters instead. `build` declares the pairs that occur as symbols, which are never split.
_ESCAPE = "\ue000"
_RESERVED = {
    plain: chr(0xE001 + number) for number, plain in enumerate([_ESCAPE, *"\u2581\u2585\t\0\x1f<"])
}
_TO_ESCAPED = str.maketrans({plain: _ESCAPE + code for plain, code in _RESERVED.items()})
_FROM_ESCAPED = {_ESCAPE + code: plain for plain, code in _RESERVED.items()}
_ESCAPED = re.compile(f"{_ESCAPE}[{''.join(_RESERVED.values())}]")
_CHARACTER = re.compile(f"{_ESCAPED.pattern}|.", re.DOTALL)  # of an escaped text


def escape(text: str) -> str:
    """Text as SentencePiece gets it: without characters that it keeps for itself, and with a space
    before the first word, so that a word is the same piece at the beginning and in the middle.

    A sentence of a script without spaces gets none. `unescape` undoes all of it.
    """
    spaced = text and not is_unspaced(text[0])
    return (" " if spaced else "") + text.translate(_TO_ESCAPED)


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return restore(text).removeprefix(" ")


def restore(piece: str) -> str:
    """A piece with the characters that were escaped; a space stays a space."""
    return _ESCAPED.sub(lambda found: _FROM_ESCAPED[found[0]], piece)


class Tokenizer:
    """Text to piece ids and back. Ids: 0 pads, 1 is unknown, 2 ends a sentence, pieces follow."""

    def __init__(self, model: bytes, origin: str = "the tokenizer") -> None:
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        except RuntimeError as error:
            raise UserError(f"{origin} is not a SentencePiece model") from error
        specials = (
            self._processor.pad_id(), self._processor.unk_id(), self._processor.eos_id()
        )  # fmt: skip
        if specials != (PAD, UNKNOWN, END):
            raise UserError(
                f"{origin} was not built by seqcli (its special pieces differ): "
                "make one with `seqcli tokenizer build`"
            )
        self.model = model
        # Tokenizers of earlier versions have the two characters of an escape as pieces.
        splits = self._processor.piece_to_id(_ESCAPE) != UNKNOWN
        self._character = re.compile(".", re.DOTALL) if splits else _CHARACTER

    def __len__(self) -> int:
        return int(self._processor.get_piece_size())

    def encode_source(self, text: str) -> list[int]:
        """Ids of the folded text, without an end."""
        return self._encode(escape(normalize_source(text)))

    def encode_target(self, text: str) -> list[int]:
        """Ids of the text as it is, without an end."""
        return self._encode(escape(text))

    def scores(self, ids: Iterable[int]) -> dict[str, float]:
        """The pieces of some ids, special ones left out, and how the tokenizer values each."""
        own = [i for i in ids if i >= SPECIAL_PIECES]
        return {self._processor.id_to_piece(i): self._processor.get_score(i) for i in own}

    def encode_target_within(self, text: str, scores: Mapping[str, float]) -> list[int]:
        """The same with the pieces of `scores` alone; UNKNOWN where they cannot write it."""
        characters = self._character.findall(escape(text).replace(" ", "▁"))
        pieces = best_segmentation(characters, scores)
        return [self._processor.piece_to_id(p) if p in scores else UNKNOWN for p in pieces]

    def decode(self, ids: Sequence[int]) -> str:
        """Text of the ids; an unknown piece shows as ⁇."""
        return unescape(str(self._processor.decode(list(ids))))

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """The pieces as written in the vocabulary; ▁ stands for a space before."""
        return [restore(self._processor.id_to_piece(i)) for i in ids]

    def surfaces(self, text: str, *, as_target: bool = False) -> list[tuple[str, int]]:
        """Each piece of a text with its id, the unknown ones as they stand in the text."""
        text = escape(text if as_target else normalize_source(text))
        pieces = self._processor.encode(text, out_type=str)
        return [(restore(p), i) for p, i in zip(pieces, self._encode(text), strict=True)]

    def _encode(self, text: str) -> list[int]:
        return list(self._processor.encode(text))


def load(path: Path) -> Tokenizer:
    """The tokenizer in a file that `seqcli tokenizer build` wrote."""
    try:
        return Tokenizer(path.read_bytes(), str(path))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error


def build(pairs: Sequence[Pair], config: TokenizerConfig) -> Tokenizer:
    """A tokenizer learned from both sides of the pairs, in memory.

    Raises `UserError` when the corpus cannot give the size asked for, and for `word` pieces of a
    language that is written without spaces.
    """
    texts = [escape(normalize_source(pair.source)) for pair in pairs]
    texts += [escape(pair.target) for pair in pairs]
    characters = len(_characters(texts))
    if config.pieces == "word":
        _refuse_unspaced(pairs)
    size = config.vocabulary or choose_size(texts, config.pieces)
    least = characters + SPECIAL_PIECES + 1
    if config.vocabulary and config.vocabulary < least and config.pieces != "word":
        raise UserError(
            f"{config.vocabulary} pieces are too few: the corpus has {characters} different "
            f"characters, so ask for {least} or more (--vocabulary)"
        )
    try:
        return Tokenizer(_train_sentencepiece(texts, config, size))
    except RuntimeError as error:
        raise UserError(_explain(str(error), size)) from error


def choose_size(texts: Sequence[str], kind: str) -> int:
    """Pieces for a corpus of the texts of both sides.

    Every character, and beyond those one piece for every eight pairs, but no more than there are
    words that come twice (a corpus that repeats a few words needs no more), and at least one for
    every thirty-two pairs. Of words, all that occur (to a limit).
    """
    if kind == "word":
        every = {word for text in texts for word in re.findall(" [^ ]*|[^ ]+", text)}
        return SPECIAL_PIECES + min(MOST_WORDS, len(every))
    words = Counter(word for text in texts for word in text.split())
    pairs = len(texts) // 2
    repeated = sum(count > 1 for count in words.values())
    beyond = max(min(pairs // 8, repeated, MOST_PIECES), min(pairs // 32, MOST_PIECES))
    return len(_characters(texts)) + SPECIAL_PIECES + 1 + beyond


def _characters(texts: Sequence[str]) -> set[str]:
    """The different characters of escaped texts, an escape being one of them."""
    return _escapes(texts).union(_ESCAPED.sub("", "".join(texts)))


def _escapes(texts: Sequence[str]) -> set[str]:
    return set(_ESCAPED.findall("".join(texts)))


def _candidates(texts: Sequence[str], size: int) -> list[tuple[str, int]]:
    """The parts of words that cover most text, with how often they occur: six for each piece.

    SentencePiece would look for candidates itself, but among different words only, however often a
    word comes: "the" would count less than any part of a rare long word, and get lost. So it does
    among too many candidates. Of few sentences, Han characters and kana stay apart, whatever stands
    beside them: pieces of several would be phrases learned by heart. No candidate holds an escape.
    """
    longest_east_asian = 1 if len(texts) < FEW_TEXTS else LONGEST_EAST_ASIAN_PIECE
    parts = _ESCAPED.sub("\t", "\t".join(texts)).replace(" ", "▁")
    words = Counter(re.findall("▁?[^▁\t]+", parts))
    east_asian = set(filter(is_east_asian, set(parts)))
    found: Counter[str] = Counter()
    read = 0
    for word, count in words.most_common():
        for begin in range(len(word)):
            longest = LONGEST_PIECE
            for end in range(begin + 1, len(word) + 1):
                if word[end - 1] in east_asian:
                    longest = longest_east_asian
                if end - begin > longest:
                    break
                if end - begin > 1:
                    found[word[begin:end]] += count
        read += len(word)
        if read > CHARACTERS_SEARCHED:
            break
    covering = sorted(found.items(), key=lambda item: (-item[1] * len(item[0]), item[0]))
    return covering[: CANDIDATES_PER_PIECE * size]


def _train_sentencepiece(texts: Sequence[str], config: TokenizerConfig, size: int) -> bytes:
    model = io.BytesIO()
    with TemporaryDirectory() as folder:
        seeds = Path(folder) / "candidates.tsv"
        options: dict[str, Any] = {}
        if config.pieces != "word":  # (a word is one piece, whatever it holds)
            options["user_defined_symbols"] = sorted(_escapes(texts))
        if config.pieces == "unigram":  # the one kind that takes candidates, and only from a file
            lines = [f"{piece}\t{count}\n" for piece, count in _candidates(texts, size)]
            seeds.write_text("".join(lines), encoding="utf-8")
            options["seed_sentencepieces_file"] = str(seeds)
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=model,
            model_type=config.pieces,
            vocab_size=size,
            # A size of our own choosing is a wish; one that was asked for is kept or refused.
            hard_vocab_limit=bool(config.vocabulary),
            character_coverage=1.0,
            normalization_rule_name="identity",
            add_dummy_prefix=False,  # `escape` does that, where there are spaces
            remove_extra_whitespaces=False,
            max_sentencepiece_length=LONGEST_PIECE,
            max_sentence_length=1_000_000,
            pad_id=PAD,
            unk_id=UNKNOWN,
            eos_id=END,
            bos_id=-1,
            num_threads=1,  # more threads may add up in another order, and give other pieces
            minloglevel=2,
            **options,
        )
    # The model keeps the settings that it was made with, and with them the name of that file, which
    # is another one each time.
    name = str(seeds).encode()
    return model.getvalue().replace(name, b"-" * len(name))


def _explain(message: str, size: int) -> str:
    most = re.search(r"<= (\d+)", message)
    if "too high" in message and most:
        return (
            f"the corpus is too small for {size} pieces: "
            f"ask for {most[1]} or fewer (--vocabulary), or leave the choice to seqcli"
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
