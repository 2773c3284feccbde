import math
import struct
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_protobuf import field
from test_tokenizer import corpus, earlier_build

from seqcli.config import TokenizerConfig
from seqcli.data import piece_model
from seqcli.data.pairs import Pair
from seqcli.data.piece_model import MAX_PIECE_BYTES, check_piece_model
from seqcli.data.tokenizer import Tokenizer, build
from seqcli.errors import UserError

NORMAL, UNKNOWN, CONTROL, SYMBOL, UNUSED, BYTE = range(1, 7)
SYMBOL_TEXT = "\ue000\ue100"


def piece(text, kind=NORMAL, score=-1.0):
    content = field(1, text if isinstance(text, bytes) else text.encode()) + field(2, score)
    return field(1, content + (b"" if kind == NORMAL else field(3, kind)))


SPECIAL = [piece("<pad>", CONTROL, 0.0), piece("<unk>", UNKNOWN, 0.0), piece("</s>", CONTROL, 0.0)]
PIECES = [*SPECIAL, piece(SYMBOL_TEXT, SYMBOL, 0.0), piece("▁a"), piece("a"), piece("b")]
TRAINER = {
    3: 1, 4: len(PIECES), 10: 1.0, 16: 1, 18: 1_000_000, 20: 16, 31: SYMBOL_TEXT.encode(),
    33: 0, 40: 1, 41: -1, 42: 2, 43: 0, 54: b"-----",
}  # fmt: skip
NORMALIZER = {1: b"identity", 2: b"", 3: 0, 4: 0}


def model(pieces=PIECES, trainer=None, normalizer=None, more=b""):
    """A model like those of `build`, but for what is given."""
    values = TRAINER | {4: len(pieces)} | (trainer or {})
    specs = (values, NORMALIZER | (normalizer or {}))
    written = [b"".join(field(*each) for each in spec.items() if each[1] is not None)
               for spec in specs]  # fmt: skip
    return b"".join(pieces) + field(2, written[0]) + field(3, written[1]) + more


def test_the_model_that_the_others_are_made_from_is_accepted_and_loads():
    assert Tokenizer(model()).encode("aab") == [4, 5, 6]
    long = "x" * MAX_PIECE_BYTES
    assert Tokenizer(model([*PIECES, piece(long)])).encode("a" + long) == [4, len(PIECES)]


def words():
    return [Pair(pair.source, pair.source.upper()) for pair in corpus(100)]


@pytest.mark.parametrize("kind", ["unigram", "bpe", "char", "word"])
def test_what_seqcli_builds_is_accepted(kind):
    chosen = build(words(), TokenizerConfig(kind))
    exact = build(words(), TokenizerConfig(kind, 0 if kind == "char" else len(chosen)))
    for built in (chosen, exact):
        check_piece_model(built.model, "place")


def test_a_tokenizer_of_an_earlier_version_is_accepted(monkeypatch):
    pairs = [Pair("press <b> to save", f"drücke <b> {text}") for text in ("▁", "a", "b")]
    check_piece_model(earlier_build(monkeypatch, pairs, TokenizerConfig("char")).model, "place")


HOSTILE = {
    "nothing": b"",
    "no message": b"not a tokenizer",
    "a break in a piece": model()[:8],
    "a break before a piece": b"\n\x08",
    "a break in the settings": model()[:-3],
    "no pieces": model([]),
    "no special pieces": model(PIECES[3:]),
    "two special pieces": model(PIECES[:2]),
    "special pieces in another order": model([PIECES[1], PIECES[0], *PIECES[2:]]),
    "no unknown piece": model([SPECIAL[0], piece("<unk>"), SPECIAL[2], *PIECES[3:]]),
    "another special piece": model([*PIECES, piece("<s>", CONTROL, 0.0)]),
    "a second unknown piece": model([*PIECES, piece("x", UNKNOWN)]),
    "an unused piece": model([*PIECES, piece("x", UNUSED)]),
    "a byte piece": model([*PIECES, piece("<0x41>", BYTE)]),
    "a piece of no kind": model([*PIECES, piece("x", 7)]),
    "a symbol that hides text": model(
        [*SPECIAL, piece("a", SYMBOL), *PIECES[4:5]], trainer={31: b"a"}
    ),
    "a symbol that is not declared": model([*PIECES, piece("\ue000\ue101", SYMBOL)]),
    "a declared symbol that is no piece": model(trainer={31: "\ue000\ue101".encode()}),
    "a piece twice": model([*PIECES, piece("a")]),
    "a special piece twice": model([*PIECES, piece("<unk>")]),
    "an empty piece": model([*PIECES, piece("")]),
    "a piece without text": model([*PIECES, field(1, field(2, -1.0))]),
    "an empty message": model([*PIECES, field(1, b"")]),
    "a giant piece": model([*PIECES, piece("x" * (MAX_PIECE_BYTES + 1))]),
    "a null character": model([*PIECES, piece("x\0y")]),
    "a line break": model([*PIECES, piece("x\ny")]),
    "a surrogate": model([*PIECES, piece(b"\xed\xa0\x80")]),
    "a cut character": model([*PIECES, piece(b"\xe4\xbd"), piece(b"\xa0")]),
    "a score that is no number": model([*PIECES, piece("x", score=math.nan)]),
    "an infinite score": model([*PIECES, piece("x", score=math.inf)]),
    "an infinite score of a symbol": model(
        [*SPECIAL, piece(SYMBOL_TEXT, SYMBOL, -math.inf), *PIECES[4:]]
    ),
    "a score twice": model([*PIECES, field(1, field(1, b"x") + field(2, 0.0) * 2)]),
    "an unknown field in a piece": model([*PIECES, field(1, field(1, b"x") + field(4, 1))]),
    "ten million pieces": field(1, b"") * 10_000_000,
    "five million pieces with a text": field(1, field(1, b"x")) * 5_000_000,
    "a million symbols": piece("\ue000\ue100", SYMBOL, 0.0) * 1_000_000,
    "pieces after the settings": model(more=piece("x")),
    "a map for the normalizer": model(normalizer={2: struct.pack("<I", 4) + b"\xff" * 8}),
    "rules for the normalizer": model(normalizer={1: b"nmt_nfkc"}),
    "rules as a table": model(normalizer={6: b"a\tb"}),
    "a dummy prefix": model(normalizer={3: 1}),
    "a dummy prefix by default": model(normalizer={3: None}),
    "spaces removed": model(normalizer={4: 1}),
    "spaces not escaped": model(normalizer={5: 0}),
    "two normalizers": model(more=field(3, b"")),
    "no normalizer": model()[: model().index(b"\x1a")],
    "a denormalizer": model(more=field(5, field(2, b"\xff" * 8))),
    "a test of itself": model(more=field(4, field(1, field(1, b"a") + field(2, b"b")))),
    "an extension": model(more=field(200, b"x")),
    "bytes for unknown characters": model(trainer={35: 1}),
    "another kind": model(trainer={3: 5}),
    "no kind": model(trainer={3: None}),
    "another number of pieces": model(trainer={4: 100_000_000}),
    "another unknown id": model(trainer={40: 0}),
    "a beginning": model(trainer={41: 3}),
    "another end": model(trainer={42: 2**31}),
    "another padding": model(trainer={43: -1}),
    "spaces at the end of words": model(trainer={24: 1}),
    "another name of unknown": model(trainer={45: b"x"}),
    "a surface for unknown": model(trainer={44: b"x"}),
    "a path": model(trainer={54: b"/etc/passwd"}),
    "a truth value of 2": model(trainer={33: 2}),
    "a delimiter": model(trainer={53: b"x"}),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_model_is_refused_unloaded(kind, monkeypatch):
    monkeypatch.setattr("sentencepiece.SentencePieceProcessor", None)
    with pytest.raises(UserError) as caught:
        Tokenizer(HOSTILE[kind], "some.model")
    message = str(caught.value)
    assert message.startswith("some.model is not a SentencePiece model that seqcli built (")
    assert message.endswith("): make one with `seqcli tokenizer build`")
    assert "\n" not in message and len(message) < 200


def test_sizes_are_limited(monkeypatch):
    limits = {"MAX_BYTES": len(model()), "MAX_PIECES": len(PIECES), "MAX_UNUSUAL_PIECES": 4}
    for name, limit in limits.items():
        with monkeypatch.context() as patched:
            patched.setattr(piece_model, name, limit)
            check_piece_model(model(), "place")
            patched.setattr(piece_model, name, limit - 1)
            with pytest.raises(UserError, match="than"):
                check_piece_model(model(), "place")


EDITS = st.lists(
    st.tuples(st.integers(min_value=0), st.integers(0, 2), st.binary(max_size=3)), min_size=1
)


def edited(content, edits):
    """The content with bytes inserted, deleted or overwritten at some places."""
    changed = bytearray(content)
    for position, removed, inserted in edits:
        place = position % (len(changed) + 1)
        changed[place : place + removed] = inserted
    return bytes(changed)


@given(EDITS)
@settings(max_examples=60)
def test_a_mutated_model_is_accepted_or_refused(edits):
    try:
        check_piece_model(edited(model(), edits), "place")
    except UserError as error:
        assert "\n" not in str(error)


LOAD = """
import sys
from seqcli.data.tokenizer import Tokenizer
from seqcli.errors import UserError
accepted = 0
for line in sys.stdin:
    try:
        tokenizer = Tokenizer(bytes.fromhex(line))
    except UserError:
        continue
    tokenizer.decode(tokenizer.encode("a b \\ue000\\ue100 ab"))
    accepted += 1
print(accepted)
"""


def mutants(count, draw):
    """Models, each with another byte at one or two places."""
    for _ in range(count):
        content = bytearray(model())
        for _ in range(draw.integers(1, 3)):
            content[draw.integers(len(content))] = draw.integers(256)
        yield content.hex()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_mutated_model_that_is_accepted_does_no_harm(seed):
    lines = "\n".join(mutants(5000, np.random.default_rng(seed)))
    done = subprocess.run(
        [sys.executable, "-c", LOAD], input=lines.encode(), capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert int(done.stdout) > 200
