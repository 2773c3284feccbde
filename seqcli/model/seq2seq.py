"""The whole network: source pieces and previous target tokens in, log-probabilities out.

The output layer covers only the pieces that occur in the targets of the training data.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from seqcli.config import ModelConfig
from seqcli.data.source_ids import split_ids
from seqcli.data.tokenizer import PAD
from seqcli.model.attention import Memory
from seqcli.model.decoder import Decoder, DecoderState
from seqcli.model.dropout import NO_DROPOUT, Dropout
from seqcli.model.encoder import make_encoder
from seqcli.model.network import Network, embedding_table
from seqcli.model.word_vectors import WordVectorInput
from seqcli.vectors.word_vectors import WordVectors


class Seq2Seq(Network):
    """Encoder, decoder, and the embedding tables of source, target and output layer."""

    config: ModelConfig

    def __init__(
        self,
        config: ModelConfig,
        pieces: int,
        output_pieces: Tensor,
        vectors: WordVectors | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("output_pieces", output_pieces, persistent=False)
        self.source_table = embedding_table(pieces, config.embedding)
        self.target_table = self.output_table = self.source_table
        # (Where vectors replace pieces, few rows of the source's table are read.)
        self.source_is_tied = config.tied and not (vectors is not None and vectors.replaces_pieces)
        if not self.source_is_tied:
            self.target_table = self.output_table = embedding_table(pieces, config.embedding)
        if not config.tied:
            self.output_table = embedding_table(pieces, config.embedding)
        self.output_bias = nn.Parameter(torch.zeros(len(output_pieces)))
        self.encoder = make_encoder(config)
        self.decoder = Decoder(config)
        self.word_vectors = None if vectors is None else WordVectorInput(config, vectors)

    @property
    def tied_tables(self) -> set[str]:
        if not self.config.tied:
            return set()
        return {"output_table"} | ({"target_table"} if self.source_is_tied else set())

    def encode(
        self, source: Tensor, lengths: Tensor, dropout: Dropout = NO_DROPOUT
    ) -> tuple[Memory, DecoderState]:
        """Source ids [B,S], lengths [B] -> the memory and the decoder's first state.

        A simultaneous network may be given smaller lengths, of what has been heard of each source.
        """
        embeddings = dropout.embeddings(self.embed_source(source.T))
        states, summary = self.encoder(embeddings, lengths, dropout)
        values = dropout(states.transpose(0, 1).contiguous())
        mask = length_mask(lengths, source.shape[1])
        keys, summary = self.decoder.keys(values), dropout(summary)
        memory = Memory(values, keys, mask, summary, embeddings.transpose(0, 1))
        return memory, self.decoder.start(summary)

    def step(
        self, previous: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Tensor, Tensor | None, DecoderState]:
        """Previous tokens [R] -> log-probabilities [R,V], weights [R,S] or None, the next state.

        The token before the first is END.
        """
        readouts, weights, state = self.decoder.step(self.embed(previous), memory, state)
        return torch.log_softmax(self.logits(readouts), dim=-1), weights, state

    def forward(self, source: Tensor, lengths: Tensor, target: Tensor, start: int) -> Tensor:
        """Logits of each target token given those before it: [B,S], [B], [T,B] -> [T,B,V].

        `start` is the token before the first. Logits on padding are undefined.
        """
        return self.logits(self.readouts(source, lengths, target, start))

    def readouts(
        self,
        source: Tensor,
        lengths: Tensor,
        target: Tensor,
        start: int,
        dropout: Dropout = NO_DROPOUT,
        heard: Tensor | None = None,
    ) -> Tensor:
        memory, _ = self.encode(source, lengths if heard is None else heard[0], dropout)
        embeddings = dropout.embeddings(self.embed(_previous(target, start)))
        masks = None if heard is None else length_mask(heard, source.shape[1])
        return dropout(self.decoder.steps(embeddings, memory, masks))

    def decoder_states(
        self, source: Tensor, lengths: Tensor, target: Tensor, start: int
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """What `Decoder.states` gives for targets [B,T]."""
        target = target.T
        memory, _ = self.encode(source, lengths)
        return self.decoder.states(self.embed(_previous(target, start)), memory)

    def embed_source(self, source: Tensor) -> Tensor:
        """Source embeddings, each with the vector of its word if there are word vectors:
        [...] -> [...,E]."""
        if self.word_vectors is None:
            return functional.embedding(source, self.source_table)
        pieces, words = split_ids(source, len(self.source_table))
        embeddings = functional.embedding(pieces, self.source_table, padding_idx=PAD)
        return torch.add(embeddings, self.word_vectors(words))


def _previous(target: Tensor, start: int) -> Tensor:
    """The token before each: [T,B] -> [T,B]."""
    return torch.cat([torch.full_like(target[:1], start), target[:-1]])


def length_mask(lengths: Tensor, longest: int) -> Tensor:
    """True on the first `lengths` of the positions: [...] -> [...,longest]."""
    return torch.arange(longest, device=lengths.device) < lengths.unsqueeze(-1)
