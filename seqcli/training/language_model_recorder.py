"""Evaluates and saves the network of a language model."""

from __future__ import annotations

import dataclasses

import torch
from safetensors.numpy import save

from seqcli.data.batching import PackedExamples
from seqcli.data.tokenizer import Tokenizer
from seqcli.data.vocabulary import OutputVocabulary
from seqcli.export.language_model import export_language_model
from seqcli.folder import STEP, TOKENIZER, WEIGHTS
from seqcli.language_model.folder import write_language_model
from seqcli.language_model.runtime import OnnxLanguageModel
from seqcli.language_model.sampling import sample_texts
from seqcli.model.language_model import LanguageModel
from seqcli.settings import LanguageModelSettings
from seqcli.storage.lock import FolderLock
from seqcli.training.card import language_model_card
from seqcli.training.checkpoint import RunRecord, save_checkpoint
from seqcli.training.events import Sample, TextPrepared
from seqcli.training.heap import trim_heap
from seqcli.training.recorder import Recorder
from seqcli.training.text_data import TextData
from seqcli.training.trainer import Trainer
from seqcli.training.validation import DevLoss, Validation, dev_perplexity
from seqcli.training.weights import network_tensors

# Sentences that the card of a model shows.
SAMPLES = 5


def make_language_model(
    settings: LanguageModelSettings,
    tokenizer: Tokenizer,
    output_vocabulary: OutputVocabulary,
    device: torch.device,
) -> LanguageModel:
    """A network with random weights that depend only on the seed, which is set for PyTorch."""
    torch.manual_seed(settings.training.seed)
    pieces = torch.from_numpy(output_vocabulary.pieces)
    return LanguageModel(settings.model, len(tokenizer), pieces).to(device)


class LanguageModelValidator:
    """Computes the loss and the perplexity of networks on dev, with `threads`."""

    def __init__(self, examples: PackedExamples, batch_tokens: int, threads: int) -> None:
        self.dev_loss = DevLoss(examples, batch_tokens, threads)

    @property
    def halved(self) -> bool:
        """Whether there was ever not enough memory for a batch."""
        return self.dev_loss.halved

    def __call__(self, network: LanguageModel) -> Validation:
        loss = self.dev_loss(network)
        return Validation(loss, dev_perplexity(loss), [], 1.0)

    def preview(self, network: LanguageModel) -> tuple[Sample, ...]:
        """Nothing is translated."""
        network.check_finite()
        return ()

    def samples(self, translations: list[str]) -> tuple[Sample, ...]:  # noqa: ARG002
        """Nothing is translated."""
        return ()


class LanguageModelRecorder(Recorder):
    """The recorder of a language model."""

    def __init__(
        self,
        lock: FolderLock,
        data: TextData,
        trainer: Trainer,
        validator: LanguageModelValidator,
        record: RunRecord,
    ) -> None:
        super().__init__(lock, trainer, validator, record, data.settings, _network_files)
        self.data = data

    def prepared(self) -> TextPrepared:
        split, network = self.data.split, self.trainer.network
        return TextPrepared(
            settings=self.data.settings,
            read=split.read,
            dropped=split.dropped,
            train_sentences=len(split.train),
            dev_sentences=len(split.dev),
            pieces=len(self.data.tokenizer),
            parameters=sum(parameter.numel() for parameter in network.parameters()),
            batches=self.trainer.batches,
            device=str(network.output_pieces.device),
            notes=split.notes,
        )

    def new_network(self) -> LanguageModel:
        data, device = self.data, self.trainer.network.output_pieces.device
        return make_language_model(data.settings, data.tokenizer, data.output_vocabulary, device)

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
        )

    def save_model(self) -> None:
        trim_heap()
        data, settings = self.data, self.data.settings
        about = settings.about | {
            "updates": self.position.update,
            "total_updates": self.position.total,
            "seconds": round(self.trainer.seconds(), 1),
            "dev_perplexity": self.position.best,
        }
        settings = dataclasses.replace(settings, about=about)
        files = self.best.files(self.trainer.network)
        model = OnnxLanguageModel(files[STEP], settings.model.hidden)
        samples = sample_texts(
            model, data.tokenizer, data.output_vocabulary, count=SAMPLES, temperature=0.7, seed=1
        )
        write_language_model(
            self.folder,
            self.record.run,
            settings,
            data.output_vocabulary,
            {TOKENIZER: data.tokenizer.model} | files,
            self.record.history,
            language_model_card(settings, [each.text for each in samples], len(data.tokenizer)),
        )
        trim_heap()


def _network_files(network: LanguageModel) -> dict[str, bytes]:
    return {WEIGHTS: save(network_tensors(network)), STEP: export_language_model(network)}
