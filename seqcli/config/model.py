"""The shape of a network."""

from __future__ import annotations

from dataclasses import dataclass

from seqcli.config.limits import BY_BUDGET, BY_DATA
from seqcli.config_fields import Config, setting
from seqcli.errors import UserError

# The recurrent cells and the match functions of attention, each with its class in
# `seqcli.model.cells` and `seqcli.model.attention`.
CELLS = {
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn": "RNN",
    "peephole": "Peephole",
    "lstm-simple": "SimpleLSTM",
    "none": "Feedforward",
}
ATTENTIONS = {"additive": "Additive", "bilinear": "Bilinear", "dot": "Dot", "cosine": "Cosine"}


@dataclass(frozen=True)
class ModelConfig(Config):
    """The shape of the network. E, H and A are numbers of units."""

    embedding: int = setting(
        256, "size of the embeddings (E)", low=1, high=4096, shown_default=BY_DATA
    )
    hidden: int = setting(
        384,
        "size of the decoder's hidden state (H); each encoder direction has half",
        low=2,
        high=4096,
        shown_default=BY_DATA,
    )
    encoder_layers: int = setting(1, "number of encoder layers", low=1, high=16)
    cell: str = setting("lstm", "the recurrent cell", choices=tuple(CELLS))
    attention: str = setting(
        "additive",
        "how source positions are scored; none gives the decoder one vector for the whole sentence",
        choices=(*ATTENTIONS, "none"),
    )
    attention_size: int = setting(128, "inner size of additive attention (A)", low=1, high=4096)
    lexical: bool = setting(True, "attention also averages the embeddings of the source pieces")
    context: str = setting(
        "every",
        "with --attention none: give the one vector to every step or only to the first",
        choices=("every", "first"),
    )
    dropout: float = setting(
        0.2,
        "share of units set to zero in training",
        low=0.0,
        high=0.95,
        shown_default=BY_BUDGET,
    )
    word_dropout: float = setting(
        0.0, "share of whole embeddings set to zero in training, on both sides", low=0.0, high=0.95
    )
    subword_sampling: float = setting(
        0.0,
        "share of the training texts whose pieces are drawn at random, anew in each epoch",
        low=0.0,
        high=1.0,
        shown_default=BY_BUDGET,
    )
    tied: bool = setting(True, "source, target and output share one embedding table")
    learn_vectors: bool = setting(False, "train the word vectors too, of words that pairs have")
    simultaneous: bool = setting(
        False,
        "read the source one way, so that a translation may begin before the source has ended: see "
        "translate --wait",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.simultaneous and self.attention == "none":
            raise UserError(
                "--simultaneous needs attention: with --attention none the decoder gets one vector "
                "of the whole sentence, which cannot be had before its end"
            )
        if self.simultaneous and self.subword_sampling:
            raise UserError("--simultaneous reads word by word: leave out --subword-sampling")
        if self.hidden % 2:
            raise UserError(
                f"hidden must be even (each encoder direction has half), not {self.hidden}"
            )
        if (self.cell, self.attention, self.context) == ("none", "none", "first"):
            raise UserError(
                "the cell none keeps no state and forgets what the first step receives: choose "
                "another cell, another attention, or the context of every step"
            )


@dataclass(frozen=True)
class LanguageModelConfig(Config):
    """The shape of a language model: one recurrent layer. Input and output share one table."""

    embedding: int = setting(
        256, "size of the embeddings (E)", low=1, high=4096, shown_default=BY_DATA
    )
    hidden: int = setting(
        512, "size of the hidden state (H)", low=1, high=4096, shown_default=BY_DATA
    )
    cell: str = setting("lstm", "the recurrent cell", choices=tuple(CELLS))
    dropout: float = setting(0.1, "share of units set to zero in training", low=0.0, high=0.95)
    word_dropout: float = setting(
        0.05, "share of whole embeddings set to zero in training", low=0.0, high=0.95
    )
