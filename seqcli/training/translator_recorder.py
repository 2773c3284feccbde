"""Evaluates and saves the network of a translator, and fits the confidence of its translations."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Generator
from typing import Any, cast

from seqcli.arrays import Tensors
from seqcli.bundle import write_bundle
from seqcli.config import SearchConfig
from seqcli.data.shortlist import Shortlist
from seqcli.decoding.onnx_model import OnnxSearchModel
from seqcli.errors import MemoryShortError
from seqcli.folder import ENCODER, INDEX, SHORTLIST, STEP, TOKENIZER, VECTORS, WORDS
from seqcli.model.seq2seq import Seq2Seq
from seqcli.storage.lock import FolderLock
from seqcli.training.best_model import translator_files
from seqcli.training.card import model_card
from seqcli.training.checkpoint import RunRecord, save_checkpoint
from seqcli.training.confidence import EXAMPLES, PRIOR, fit_confidence
from seqcli.training.events import ConfidenceFitted, IndexMade, Prepared, Sample
from seqcli.training.heap import trim_heap
from seqcli.training.network import make_network
from seqcli.training.pair_index import make_index
from seqcli.training.prepare import PreparedData
from seqcli.training.recorder import AnyValidator, Recorder
from seqcli.training.shortlist import make_shortlist, needs_shortlist, shortlist_seconds
from seqcli.training.trainer import Trainer
from seqcli.training.validation import translator_factory
from seqcli.vectors.word_vectors import VectorTable, WordVectors


class TranslatorRecorder(Recorder):
    """The recorder of a translator."""

    def __init__(
        self,
        lock: FolderLock,
        data: PreparedData,
        trainer: Trainer,
        validator: AnyValidator,
        record: RunRecord,
        *,
        fits_confidence: bool,
        makes_index: bool,
    ) -> None:
        super().__init__(lock, trainer, validator, record, data.settings, translator_files)
        self.data = data
        self.confidence = PRIOR
        self.fits_confidence = fits_confidence
        self.makes_index = makes_index
        self.index: bytes | None = None
        self.shortlist: Shortlist | None = None

    def prepared(self) -> Prepared:
        split, network = self.data.split, self.trainer.network
        return Prepared(
            settings=self.data.settings,
            report=split.report,
            train_pairs=self.data.settings.about["pairs"],
            dev_pairs=len(split.dev),
            pieces=len(self.data.tokenizer),
            output_size=len(self.data.output_vocabulary),
            parameters=sum(parameter.numel() for parameter in network.parameters()),
            batches=self.trainer.batches,
            device=str(network.output_pieces.device),
            notes=split.notes,
        )

    def new_network(self) -> Seq2Seq:
        return make_network(self.data, self.trainer.network.output_pieces.device)

    def confidence_evaluations(self) -> float:
        return EXAMPLES / len(self.data.split.dev) if self.fits_confidence else 0.0

    def complete(
        self, stop: Callable[[], bool]
    ) -> Generator[ConfidenceFitted | IndexMade, None, bool]:
        """Learn the shortlist, fit the confidence, and make the index of training pairs."""
        if stop():
            return False
        if self.learns_shortlist:
            trim_heap()
            self.shortlist = self._learn_shortlist()
        if self.fits_confidence:
            if stop():
                return False
            yield self.fit_confidence()
        made = self._make_index(stop) if self.makes_index and not stop() else None
        if self.fits_confidence or made is not None or self.shortlist is not None:
            self.save_model()
        if made is not None:
            yield made
        return made is not None or not self.makes_index

    def save_checkpoint(self) -> None:
        save_checkpoint(
            self.folder,
            self.data.settings,
            self.data.tokenizer,
            self.trainer.network,
            self.best.weights,
            self.trainer.optimizer,
            self.position,
            self.record,
            self.data.vectors,
            self.data.target_vectors,
            self.more_tensors(),
        )

    def more_tensors(self) -> Tensors:
        """What a checkpoint needs beside what those of all translators have."""
        return {}

    def save_model(self) -> None:
        trim_heap()
        network, settings, tokenizer = self.trainer.network, self.data.settings, self.data.tokenizer
        about = (
            settings.about
            | {
                "updates": self.position.update,
                "total_updates": self.position.total,
                "seconds": round(self.trainer.seconds(), 1),
                "metric": settings.training.metric,
                "dev_score": self.position.best,
            }
            | self.more_about()
        )
        settings = dataclasses.replace(settings, about=about)
        best_samples = [Sample(*sample) for sample in self.record.samples]
        card = model_card(
            settings, best_samples or self._preview_samples(), len(tokenizer), self.confidence
        )
        write_bundle(
            self.folder,
            self.record.run,
            settings,
            self.data.output_vocabulary,
            {TOKENIZER: tokenizer.model, WORDS: self.data.words.to_text().encode()}
            | self.best.files(network)
            | ({} if self.index is None else {INDEX: self.index})
            | ({} if self.shortlist is None else {SHORTLIST: self.shortlist.to_bytes()}),
            self.record.history,
            card,
            self.confidence.to_dict(),
        )
        trim_heap()

    def more_about(self) -> dict[str, Any]:
        """What is told of the run beside what those of all translators tell."""
        return {}

    @property
    def learns_shortlist(self) -> bool:
        """Whether the model gets a shortlist."""
        return needs_shortlist(self.data.output_vocabulary, self.data.vectors)

    def make_shortlist(self) -> Shortlist:
        """The shortlist of the model."""
        return make_shortlist(self.data)

    def _learn_shortlist(self) -> Shortlist | None:
        """The shortlist; None if there is not enough memory, where a model does without."""
        try:
            return self.make_shortlist()
        except MemoryError:
            return None

    def completion_seconds(self) -> float:
        return shortlist_seconds(self.data) if self.learns_shortlist else 0.0

    def fit_confidence(self) -> ConfidenceFitted:
        """Fit the confidence of the best network, on no more sentences than the budget allows."""
        begin = time.monotonic()
        trim_heap()
        part = self.trainer.schedule.confidence_part(self.confidence_evaluations())
        make_translator = translator_factory(self.data, SearchConfig(), self.record.threads)
        self.confidence = fit_confidence(
            make_translator(self._search_model()),
            self.data.split.dev,
            self.data.settings.training.seed,
            int(part * EXAMPLES),
        )
        trim_heap()
        return ConfidenceFitted(self.confidence, time.monotonic() - begin)

    def _make_index(self, stop: Callable[[], bool]) -> IndexMade | None:
        """Make the index with the best network; None if `stop` returned True."""
        begin = time.monotonic()
        trim_heap()
        network = cast(Seq2Seq, self.best.network(self.trainer.network))
        shards, epochs = self.trainer.shards, self.trainer.epochs()
        index = make_index(network, self.data, epochs, shards, stop)
        trim_heap()
        if index is None:
            return None
        self.index = index.to_bytes()
        return IndexMade(len(index.positions), len(index.pairs), time.monotonic() - begin)

    def _search_model(self) -> OnnxSearchModel:
        """The best network as a model that translates."""
        network = cast(Seq2Seq, self.trainer.network)
        files, vectors = self.best.files(network), None
        if VECTORS in files:
            words = WordVectors.from_bytes(files[VECTORS])
            vectors = VectorTable(words.vectors, len(network.source_table))
        return OnnxSearchModel(files[ENCODER], files[STEP], vectors=vectors)

    def _preview_samples(self) -> tuple[Sample, ...]:
        """A few dev sentences and their translations; none if there is not enough memory."""
        try:
            return self.validator.preview(self.trainer.network)
        except MemoryShortError:
            return ()
