"""All that `--resume` needs, in one file: settings, tokenizer, weights, optimiser, position.

It needs nothing else of the folder, so it may be newer than the model there. Every random choice
depends on the seed and the position, so there is no random state to keep.
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
from seqcli.bundle import (
    CHECKPOINT,
    FORMAT,
    Settings,
    check_format,
    settings_of_format_2,
    write_files,
)
from seqcli.data.tokenizer import Tokenizer
from seqcli.errors import UserError
from seqcli.model.seq2seq import Seq2Seq
from seqcli.training.loop import Position

STATE = "state.safetensors"


@dataclass
class RunRecord:
    """What a run remembers besides numbers: where its data came from, on how many threads it runs,
    its evaluations, and what its best model makes of a few dev sentences."""

    files: dict[str, list[str]]
    dev: dict[str, list[str]]
    fingerprint: str
    threads: int
    history: list[dict[str, Any]] = field(default_factory=list)
    samples: list[list[str]] = field(default_factory=list)


def network_tensors(network: Seq2Seq) -> Tensors:
    """The weights as arrays of their own, tied ones once."""
    tensors: Tensors = {}
    seen: set[int] = set()
    for name, tensor in network.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:
            seen.add(id(tensor))
            tensors[name] = tensor.detach().cpu().numpy().copy()
    return tensors


def load_network_tensors(network: Seq2Seq, tensors: Tensors) -> None:
    """Put arrays from `network_tensors` back; tied tables follow the one that was kept.

    Raises `UserError` for weights of another network than the settings describe, and for weights
    that are not finite.
    """
    restored = {name: torch.from_numpy(np.array(array)) for name, array in tensors.items()}
    for name, tensor in network.state_dict().items():
        found, wanted = tuple(restored.get(name, tensor).shape), tuple(tensor.shape)
        if found != wanted:
            raise UserError(
                f"the weights do not fit the model's settings: {name} has the size {found}, not "
                f"{wanted}; if another version of seqcli made this folder, train anew"
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

    Raises `UserError` for weights that are not finite, and where the file cannot be written; the
    checkpoint that was there then stays.
    """
    network.check_finite()
    present = network_tensors(network)
    tensors = {f"network.{name}": array for name, array in present.items()}
    if best is not None and any((best[name] != array).any() for name, array in present.items()):
        tensors |= {f"best.{name}": array for name, array in best.items()}
    tensors["tokenizer"] = np.frombuffer(tokenizer.model, dtype=np.uint8)
    for index, values in optimizer.state_dict()["state"].items():
        for name, value in values.items():
            # None where an optimiser has not begun to use a slot.
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
    """A saved run: its settings, tokenizer, position and record at once, weights on request."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / CHECKPOINT / STATE
        try:
            if not self.path.exists():
                raise UserError(f"{folder} holds no training to resume ({self.path} is missing)")
            with safe_open(self.path, framework="np") as file:
                metadata = json.loads(file.metadata()["run"])
                self._tensors: Tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            check_format(self.path, metadata.get("format", 1))
            settings = metadata["settings"]
            if metadata["format"] == 2:
                settings = settings_of_format_2(settings)
                self._tensors.pop("network.writable", None)
                self._tensors.pop("best.writable", None)
            self.settings = Settings.from_dict(settings)
            self.tokenizer = Tokenizer(self._tensors["tokenizer"].tobytes(), str(self.path))
            self.position = Position(**metadata["position"])
            self.record = RunRecord(**metadata["record"])
        except (OSError, SafetensorError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise UserError(f"{self.path} is damaged: {error}") from error

    def restore(self, network: Seq2Seq, optimizer: torch.optim.Optimizer) -> None:
        """Weights and optimiser as they were."""
        try:
            self._restore(network, optimizer)
        except (KeyError, ValueError, RuntimeError) as error:
            raise UserError(f"{self.path} is damaged: {error}") from error

    def best(self) -> Tensors | None:
        """The best weights so far; None before an evaluation."""
        if self.position.best is None:
            return None
        return self._part("best.") or self._part("network.")

    def _restore(self, network: Seq2Seq, optimizer: torch.optim.Optimizer) -> None:
        load_network_tensors(network, self._part("network."))
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, array in self._part("optimizer.").items():
            index, slot = name.split(".", 1)
            state.setdefault(int(index), {})[slot] = torch.from_numpy(np.array(array))
        optimizer.load_state_dict(
            {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
        )

    def _part(self, prefix: str) -> Tensors:
        return {
            name.removeprefix(prefix): array
            for name, array in self._tensors.items()
            if name.startswith(prefix)
        }
