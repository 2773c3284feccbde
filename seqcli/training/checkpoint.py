"""Everything that `--resume` needs: settings, tokenizer, weights, optimizer, position.

It is a generation of its own (`seqcli.storage.generation`), which does not depend on the model in
the folder and may be newer. All random choices depend only on the seed and the position, so no
random state is saved.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save

from seqcli.arrays import Tensors
from seqcli.bundle import (
    CHECKPOINT,
    CHECKPOINT_MANIFEST,
    FORMAT,
    STATE,
    check_format,
)
from seqcli.config import MAX_THREADS
from seqcli.data.tokenizer import Tokenizer
from seqcli.errors import UserError
from seqcli.model.seq2seq import Seq2Seq
from seqcli.settings import Settings, upgrade_settings
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
from seqcli.training.loop import Position
from seqcli.typed import from_values


@dataclass
class RunRecord:
    """A run: its name, the origin of its data, its number of threads, its evaluations (`history`),
    and a few dev sentences translated by its best model.

    `replaces` names the run whose model it may replace, empty if there was none.
    """

    files: dict[str, list[str]]
    dev: dict[str, list[str]]
    fingerprint: str
    threads: int
    history: list[dict[str, Any]] = field(default_factory=list)
    samples: list[list[str]] = field(default_factory=list)
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    replaces: str = ""


def network_tensors(network: Seq2Seq) -> Tensors:
    """Copies of the weights, by name; tied weights are there once."""
    tensors: Tensors = {}
    seen: set[int] = set()
    for name, tensor in network.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            tensors[name] = tensor.detach().cpu().numpy().copy()
    return tensors


def load_network_tensors(network: Seq2Seq, tensors: Tensors) -> None:
    """Set the weights to arrays from `network_tensors`; of tied tables, one is enough.

    Raises `UserError` for weights that do not fit the network, and for weights that are not finite.
    """
    restored = {name: torch.from_numpy(np.array(array)) for name, array in tensors.items()}
    for name, tensor in network.state_dict().items():
        shape, expected = tuple(restored.get(name, tensor).shape), tuple(tensor.shape)
        if shape != expected:
            raise UserError(
                f"the weights do not fit the model's settings: {name} has the shape {shape}, not "
                f"{expected}; if another version of seqcli made this folder, train it again"
            )
    missing, unexpected = network.load_state_dict(restored, strict=False)
    tied = {"target_table", "output_table"} if network.config.tied else set()
    if unexpected or set(missing) - tied:
        raise UserError(
            "the weights do not fit the model's settings: " + ", ".join([*missing, *unexpected][:3])
        )
    network.check_finite()


def save_checkpoint(
    folder: Path,
    settings: Settings,
    tokenizer: Tokenizer,
    network: Seq2Seq,
    best: Tensors | None,
    optimizer: torch.optim.Optimizer,
    position: Position,
    record: RunRecord,
) -> None:
    """Write the state of a run. `best` are the best weights so far, None before an evaluation.

    Raises `UserError` for weights that are not finite, and if the file cannot be written; an
    earlier checkpoint is then unchanged.
    """
    network.check_finite()
    current = network_tensors(network)
    tensors = {f"network.{name}": array for name, array in current.items()}
    if best is not None and any((best[name] != array).any() for name, array in current.items()):
        tensors |= {f"best.{name}": array for name, array in best.items()}
    tensors["tokenizer"] = np.frombuffer(tokenizer.model, dtype=np.uint8)
    for index, values in optimizer.state_dict()["state"].items():
        for name, value in values.items():
            # None if the optimizer has not used the slot yet.
            if value is not None:
                tensors[f"optimizer.{index}.{name}"] = value.detach().cpu().numpy().copy()
    values = {
        "format": FORMAT,
        "settings": settings.to_dict(),
        "position": asdict(position),
        "record": asdict(record),
    }
    write_generation(folder / CHECKPOINT / CHECKPOINT_MANIFEST, values, {STATE: save(tensors)})


class Checkpoint:
    """A saved run. Raises `UserError` for a file that is missing, damaged or of another format."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / CHECKPOINT / CHECKPOINT_MANIFEST
        values, self._tensors = _read(folder / CHECKPOINT)
        try:
            self.settings = Settings.from_dict(
                upgrade_settings(values["settings"], values["format"])
            )
            self.position = from_values(Position, values["position"])
            self.record = from_values(RunRecord, values["record"])
            if not 1 <= self.record.threads <= MAX_THREADS:
                raise ValueError(f"{self.record.threads} threads")
            model = self._tensors["tokenizer"].tobytes()
        except (UserError, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise damaged(self.path, error) from error
        self.tokenizer = Tokenizer(model, str(self.path))

    def belongs_to(self, run: str) -> bool:
        """Whether the run may replace a model of another run, or is the same."""
        return run in (self.record.run, self.record.replaces)

    def restore(self, network: Seq2Seq, optimizer: torch.optim.Optimizer) -> None:
        """Restore the weights and the optimizer's state. Raises `UserError` if they do not fit."""
        try:
            self._restore(network, optimizer)
        except (KeyError, ValueError, RuntimeError) as error:
            raise damaged(self.path, error) from error

    def best(self) -> Tensors | None:
        """The best weights so far; None before an evaluation."""
        if self.position.best is None:
            return None
        return self._tensors_of("best") or self._tensors_of("network")

    def _restore(self, network: Seq2Seq, optimizer: torch.optim.Optimizer) -> None:
        load_network_tensors(network, self._tensors_of("network"))
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, array in self._tensors_of("optimizer").items():
            index, slot = name.split(".", 1)
            state.setdefault(int(index), {})[slot] = torch.from_numpy(np.array(array))
        optimizer.load_state_dict(
            {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
        )

    def _tensors_of(self, part: str) -> Tensors:
        return {
            name.removeprefix(f"{part}."): array
            for name, array in self._tensors.items()
            if name.startswith(f"{part}.")
        }


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
    return values, _tensors(folder / file.name, read_part(folder, file))


def _read_old(path: Path) -> tuple[dict[str, Any], Tensors]:
    """The same of a folder of format 4 or older: one file, with the values in its metadata."""
    try:
        content = read_regular(path, MAX_FILE_BYTES)
    except MissingFileError as error:
        raise UserError(f"{path.parent.parent} holds no training to resume") from error
    tensors = _tensors(path, content)
    try:
        header = parse_json(content[8 : 8 + int.from_bytes(content[:8], "little")])
        # The loss was infinite before the first evaluation, where it has no meaning.
        values = json.loads(header["__metadata__"]["run"], parse_constant=lambda _: 0.0)
        version = values.get("format", 1)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise damaged(path, error) from error
    check_format(path, version)
    if version == 2:
        for name in ("network.writable", "best.writable"):
            tensors.pop(name, None)
    return values, tensors


def _tensors(path: Path, content: bytes) -> Tensors:
    try:
        return load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise damaged(path, error) from error
