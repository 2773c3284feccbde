"""Everything that `--resume` needs: settings, tokenizer, weights, optimizer, position.

It is a generation of its own (`seqcli.storage.generation`), which does not depend on the model in
the folder and may be newer. All random choices depend only on the seed and the position, so no
random state is saved.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save

from seqcli.arrays import Tensors
from seqcli.config import MAX_EVALUATIONS, MAX_THREADS, PERPLEXITY, CorpusConfig
from seqcli.config_fields import override
from seqcli.data.corpus import CorpusFiles
from seqcli.data.text_files import TextFiles
from seqcli.data.tokenizer import Tokenizer
from seqcli.errors import UserError
from seqcli.folder import (
    CHECKPOINT,
    CHECKPOINT_MANIFEST,
    FORMAT,
    LANGUAGE_MODEL,
    STATE,
    TRANSLATOR,
    WRONG_VALUES,
    check_format,
    kind_of,
    read_tensors,
)
from seqcli.model.network import Network
from seqcli.paths import may_name_file
from seqcli.settings import LanguageModelSettings, Settings, upgrade_settings
from seqcli.storage.generation import (
    FILES,
    MAX_FILE_BYTES,
    damaged,
    parse_entry,
    read_manifest,
    read_part,
    write_generation,
)
from seqcli.storage.reading import MissingFileError, parse_json, read_regular
from seqcli.training.base.record import BaseRecord
from seqcli.training.base.state import BaseState
from seqcli.training.events import Sample
from seqcli.training.loop import Position
from seqcli.training.optimization import load_optimizer_tensors, optimizer_tensors
from seqcli.training.vectors import (
    TargetVectors,
    stored_source_vectors,
    stored_target_vectors,
    stored_vectors,
)
from seqcli.training.weights import check_shapes, load_network_tensors, network_tensors
from seqcli.typed import from_values
from seqcli.vectors.word_vectors import WordVectors


@dataclass
class RunRecord:
    """A run: its name, the origin of its data (`synthetic`: that of synthetic pairs), its number of
    threads, its evaluations (`history`), and a few dev sentences translated by its best model.

    `replaces` names the run whose model it may replace, empty if there was none. `base` has the
    values of a `BaseRecord` if the run began with another folder.
    """

    files: dict[str, list[str]]
    dev: dict[str, list[str]]
    fingerprint: str
    threads: int
    history: list[dict[str, Any]] = field(default_factory=list)
    samples: list[list[str]] = field(default_factory=list)
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    replaces: str = ""
    synthetic: dict[str, list[str]] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)


def save_checkpoint(
    folder: Path,
    settings: Settings | LanguageModelSettings,
    tokenizer: Tokenizer,
    network: Network,
    best: Tensors | None,
    optimizer: torch.optim.Optimizer,
    position: Position,
    record: RunRecord,
    source_vectors: WordVectors | None = None,
    target_vectors: TargetVectors | None = None,
    more: Tensors | None = None,
) -> None:
    """Write the state of a run. `best` are the best weights so far, None before an evaluation;
    `more` are tensors that the run needs beside those of all runs.

    Raises `UserError` for weights that are not finite, and if the file cannot be written; an
    earlier checkpoint is then unchanged.
    """
    network.check_finite()
    current = network_tensors(network)
    tensors = {f"network.{name}": array for name, array in current.items()}
    if best is not None and any((best[name] != array).any() for name, array in current.items()):
        tensors |= {f"best.{name}": array for name, array in best.items()}
    tensors["tokenizer"] = np.frombuffer(tokenizer.model, dtype=np.uint8)
    tensors |= stored_vectors(source_vectors, target_vectors) | (more or {})
    tensors |= {f"optimizer.{name}": array for name, array in optimizer_tensors(optimizer).items()}
    values = {
        "format": FORMAT,
        "kind": LANGUAGE_MODEL if isinstance(settings, LanguageModelSettings) else TRANSLATOR,
        "settings": settings.to_dict(),
        "position": asdict(position),
        "record": asdict(record),
    }
    write_generation(folder / CHECKPOINT / CHECKPOINT_MANIFEST, values, {STATE: save(tensors)})


class SavedRun:
    """A saved run of any kind of model.

    Raises `UserError` for a file that is missing, damaged or of another format, and for a run of
    another `kind` of model.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.path = folder / CHECKPOINT / CHECKPOINT_MANIFEST
        self.values, self._tensors = _read(folder / CHECKPOINT)
        if kind_of(self.values) != kind:
            held = kind_of(self.values)[:20]
            raise UserError(f"{folder} holds the training of a {held}, not of a {kind}")
        try:
            self.position = from_values(Position, self.values["position"])
            self.record = from_values(RunRecord, self.values["record"])
            _check_run(self.record, self.position)
            model = self._tensors["tokenizer"].tobytes()
        except WRONG_VALUES as error:
            raise damaged(self.path, error) from error
        self.tokenizer = Tokenizer(model, str(self.path))

    def belongs_to(self, run: str | None) -> bool:
        """Whether the run may replace the model of another run, or is the same; None: no model."""
        return run is None or run in (self.record.run, self.record.replaces)

    def check_fits(
        self, make_network: Callable[[], Network], parts: Sequence[str] = ("network", "best")
    ) -> None:
        """Raise `UserError` unless the weights of these parts are those of a network of this shape;
        no memory is taken for one."""
        with torch.device("meta"):
            network = make_network()
        try:
            for part in parts:
                tensors = self.tensors_of(part)
                if tensors or part != "best":  # the best may be the same
                    check_shapes(network, tensors)
                if not all(np.isfinite(array).all() for array in tensors.values()):
                    raise UserError("weights that are not finite")
        except UserError as error:
            raise damaged(self.path, error) from error

    def restore(self, network: Network, optimizer: torch.optim.Optimizer) -> None:
        """Restore the weights and the optimizer's state. Raises `UserError` if they do not fit."""
        try:
            load_network_tensors(network, self.tensors_of("network"))
            load_optimizer_tensors(optimizer, self.tensors_of("optimizer"))
        except (KeyError, ValueError, RuntimeError) as error:
            raise damaged(self.path, error) from error

    def best(self) -> Tensors | None:
        """The best weights so far; None before an evaluation."""
        if self.position.best is None:
            return None
        return self.tensors_of("best") or self.tensors_of("network")

    def tensors_of(self, part: str) -> Tensors:
        """The tensors of a part, by name: "network", "best", …"""
        return {
            name.removeprefix(f"{part}."): array
            for name, array in self._tensors.items()
            if name.startswith(f"{part}.")
        }


class Checkpoint(SavedRun):
    """A saved run of a translator."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, TRANSLATOR)
        try:
            values = upgrade_settings(self.values["settings"], self.values["format"])
            self.settings = Settings.from_dict(values)
            CorpusFiles.from_dict(self.record.files)
            CorpusFiles.from_dict(self.record.dev)
            CorpusFiles.from_dict(self.record.synthetic)
            if type(self.settings.about["pairs"]) is not int:
                raise ValueError("no number of pairs")
            if self.record.base:
                self.began_with()
            embedding = self.settings.model.embedding
            self.source_vectors = stored_source_vectors(self._tensors, embedding)
            self.target_vectors = stored_target_vectors(
                self._tensors, embedding, len(self.tokenizer)
            )
        except (UserError, *WRONG_VALUES) as error:
            raise damaged(self.path, error) from error

    def began_with(self) -> tuple[BaseRecord, BaseState]:
        """What was kept of the base that the run began with. Raises `KeyError`, `TypeError` or
        `ValueError` if nothing was."""
        state = BaseState.from_tensors(self._tensors, self.settings.locale, len(self.tokenizer))
        record = from_values(BaseRecord, self.record.base)
        if self.position.best is not None and not record.before:
            raise ValueError("no scores of the base")
        return record, state


class LanguageModelCheckpoint(SavedRun):
    """A saved run of a language model."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, LANGUAGE_MODEL)
        try:
            self.settings = LanguageModelSettings.from_dict(self.values["settings"])
            TextFiles.from_dict(self.record.files)
            TextFiles.from_dict(self.record.dev)
            override(CorpusConfig(), self.settings.about)
            if self.settings.training.metric != PERPLEXITY or not self.record.files.get("text"):
                raise ValueError("another metric than perplexity, or no file of text")
            if type(self.settings.about["sentences"]) is not int:
                raise ValueError("no number of sentences")
        except (UserError, *WRONG_VALUES) as error:
            raise damaged(self.path, error) from error


def _check_run(record: RunRecord, position: Position) -> None:
    """Raise `ValueError` or `TypeError` for what no run has."""
    if not 1 <= record.threads <= MAX_THREADS:
        raise ValueError(f"{record.threads} threads")
    if not all(len(sample) == len(Sample._fields) for sample in record.samples):
        raise ValueError("a sample of other than three texts")
    for files in (record.files, record.dev, record.synthetic):
        if not all(map(may_name_file, chain(*files.values()))):
            raise ValueError("a name that no file has")
    if max(position.evaluations, position.returns) > MAX_EVALUATIONS:
        raise ValueError("more evaluations or returns than a run has")
    if position.returned_at > position.update:
        raise ValueError("a return at an update that is not made")


def _read(folder: Path) -> tuple[dict[str, Any], Tensors]:
    """The values and the tensors of a checkpoint folder, of any format that can be read."""
    path = folder / CHECKPOINT_MANIFEST
    try:
        values = read_manifest(path)
    except MissingFileError:
        return _read_old(folder / STATE)
    check_format(path, values.get("format"))
    try:
        file = parse_entry(STATE, values[FILES][STATE])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, error) from error
    return values, read_tensors(folder / file.name, read_part(folder, file))


def _read_old(path: Path) -> tuple[dict[str, Any], Tensors]:
    """The same of a folder of format 4 or older: one file, with the values in its metadata."""
    try:
        content = read_regular(path, MAX_FILE_BYTES)
    except MissingFileError as error:
        raise UserError(
            f"{path.parent.parent} holds no training to resume: copy the folder again with its "
            f"{CHECKPOINT}, or train without --resume"
        ) from error
    tensors = read_tensors(path, content)
    try:
        header = parse_json(content[8 : 8 + int.from_bytes(content[:8], "little")])
        # The loss was infinite before the first evaluation, where it has no meaning.
        text = header["__metadata__"]["run"].replace(": Infinity", ": 0.0")
        values = parse_json(text.encode("utf-8", "backslashreplace"))
        version = values.get("format", 1)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise damaged(path, error) from error
    check_format(path, version)
    if version == 2:
        for name in ("network.writable", "best.writable"):
            tensors.pop(name, None)
    return values, tensors
