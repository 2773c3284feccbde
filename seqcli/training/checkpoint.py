"""Everything that `--resume` needs, in one file: settings, tokenizer, weights, optimizer, position.

It does not depend on other files of the folder, so it may be newer than the model there. All random
choices depend only on the seed and the position, so no random state is saved.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from seqcli.arrays import Tensors
from seqcli.bundle import CHECKPOINT, FORMAT, check_format
from seqcli.data.tokenizer import Tokenizer
from seqcli.errors import UserError
from seqcli.files import write_files
from seqcli.model.seq2seq import Seq2Seq
from seqcli.settings import Settings, upgrade_settings
from seqcli.training.loop import Position

STATE = "state.safetensors"


@dataclass
class RunRecord:
    """The origin of a run's data, its number of threads, its evaluations (`history`), and a few dev
    sentences translated by its best model."""

    files: dict[str, list[str]]
    dev: dict[str, list[str]]
    fingerprint: str
    threads: int
    history: list[dict[str, Any]] = field(default_factory=list)
    samples: list[list[str]] = field(default_factory=list)


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
    metadata = {
        "format": FORMAT,
        "settings": settings.to_dict(),
        "position": asdict(position),
        "record": asdict(record),
    }
    content = save(tensors, metadata={"run": json.dumps(metadata)})
    write_files(folder / CHECKPOINT, {STATE: content})


class Checkpoint:
    """A saved run. Raises `UserError` for a file that is missing, damaged or of another format."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / CHECKPOINT / STATE
        try:
            if not self.path.exists():
                raise UserError(f"{folder} holds no training to resume ({self.path} is missing)")
            with safe_open(self.path, framework="np") as file:
                metadata = json.loads(file.metadata()["run"])
                self._tensors: Tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            check_format(self.path, metadata.get("format", 1))
            settings = upgrade_settings(metadata["settings"], metadata["format"])
            if metadata["format"] == 2:
                self._tensors.pop("network.writable", None)
                self._tensors.pop("best.writable", None)
            self.settings = Settings.from_dict(settings)
            self.tokenizer = Tokenizer(self._tensors["tokenizer"].tobytes(), str(self.path))
            self.position = Position(**metadata["position"])
            self.record = RunRecord(**metadata["record"])
        except (OSError, SafetensorError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(f"{self.path} is damaged: {error}") from error

    def restore(self, network: Seq2Seq, optimizer: torch.optim.Optimizer) -> None:
        """Restore the weights and the optimizer's state. Raises `UserError` if they do not fit."""
        try:
            self._restore(network, optimizer)
        except (KeyError, ValueError, RuntimeError) as error:
            raise UserError(f"{self.path} is damaged: {error}") from error

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
