"""Saves that are stopped at each of their operations on files.

`Stopper` counts the operations and stops at one of them: by a kill, or by an error of the disk. It
replaces the functions of `os` while a save runs; pathlib calls these too. `Disk` says what may be
left after a power cut: what was not flushed is lost, in the ways that file systems have.
"""

from __future__ import annotations

import errno
import json
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from seqcli.folder import CARD, CHECKPOINT, CHECKPOINT_MANIFEST, HISTORY, MANIFEST, STATE
from seqcli.storage.disk import replace_content
from seqcli.storage.generation import (
    FILES,
    StoredFile,
    errors_reported,
    read_manifest,
    read_part,
    write_generation,
)

COUNTED = ("open", "write", "fsync", "replace", "unlink", "mkdir")
FAULTS = ("killed", "full", "broken once", "broken")


class Killed(BaseException):
    """The process ends here: nothing of it runs any more."""


@dataclass
class Stopper:
    """Counts the operations that change files below a folder, from 0, and keeps a log of them.

    At operation `number`, and where that is lasting after it, the process is "killed", the disk is
    "full" (nothing more can be written to it), or "broken": each operation fails, or one, "once".
    A write that is stopped has written its half.
    """

    folder: Path
    number: int = -1
    fault: str = "killed"
    log: list[tuple[Any, ...]] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Count what runs in the block; a kill ends the block."""
        with pytest.MonkeyPatch.context() as patch:
            for name in COUNTED:
                patch.setattr(os, name, self._counting(name, getattr(os, name)))
            try:
                yield
            except Killed:
                assert self.fault == "killed"

    def _counting(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*arguments: Any, **named: Any) -> Any:
            place = self._place(name, arguments[0])
            is_read = name == "open" and not arguments[1] & (os.O_WRONLY | os.O_RDWR)
            if place is not None and not is_read:
                self._stop(name, original, arguments)
            result = original(*arguments, **named)
            if name == "open" and place is not None:
                self.names[result] = place
            if place is not None and not is_read:
                self._record(name, place, arguments)
            return result

        return operation

    def _place(self, name: str, what: Any) -> str | None:
        """The path below the folder that an operation is about; None for another place."""
        if name in ("write", "fsync"):
            return self.names.get(what)
        path = Path(os.fsdecode(what))
        return str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else None

    def _stop(self, name: str, original: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        late = len(self.log) - self.number
        if self.number < 0 or late < 0 or (late > 0 and self.fault == "broken once"):
            return
        if self.fault == "full" and name not in ("open", "write", "mkdir"):
            return
        if late == 0 and name == "write":
            original(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
        if self.fault == "killed":
            raise Killed
        if self.fault == "broken once":
            self.log.append(("failed",))
        code = errno.ENOSPC if self.fault == "full" else errno.EIO
        raise OSError(code, os.strerror(code))

    def _record(self, name: str, place: str, arguments: tuple[Any, ...]) -> None:
        if name == "open":
            if arguments[1] & os.O_CREAT:
                self.log.append(("create", place))
            else:
                self.log.append(("reopen", place))
        elif name == "write":
            self.log.append(("write", place, bytes(arguments[1])))
        elif name == "replace":
            self.log.append(("replace", place, self._place(name, arguments[1])))
        else:
            self.log.append((name, place))


@dataclass
class Inode:
    """The content of a file: what is sure to be on the disk, and what the system has in memory."""

    durable: bytes = b""
    volatile: bytes = b""


class Disk:
    """Files in memory, after some operations of a log; names are flushed by the folder's fsync."""

    def __init__(self, before: dict[str, bytes], log: Sequence[tuple[Any, ...]]) -> None:
        self.durable = {name: Inode(content, content) for name, content in before.items()}
        self.durable |= {f"{os.path.split(name)[0]}/": Inode() for name in before}
        self.durable["/"] = Inode()
        self.names = dict(self.durable)
        self.pending: list[tuple[str, Callable[[dict[str, Inode]], object]]] = []
        for name, *arguments in log:
            getattr(self, f"_{name}")(*arguments)

    def after_power_cut(
        self, draw: random.Random, survival: float, data: float
    ) -> dict[str, bytes]:
        """The files that are left where each change of a name that was not flushed survives with a
        probability, and the part `data` of each content that was not."""
        names = dict(self.durable)
        for _, change in self.pending:
            if draw.random() < survival:
                change(names)
        return {
            name: self._left(inode, data)
            for name, inode in names.items()
            if not name.endswith("/") and f"{os.path.split(name)[0]}/" in names
        }

    @staticmethod
    def _left(inode: Inode, data: float) -> bytes:
        if inode.durable == inode.volatile:
            return inode.durable
        return inode.volatile[: int(len(inode.volatile) * data)]

    def _change(self, place: str, change: Callable[[dict[str, Inode]], object]) -> None:
        change(self.names)
        self.pending.append((os.path.split(place)[0], change))

    def _create(self, place: str) -> None:
        inode = Inode()
        self._change(place, lambda names: names.__setitem__(place, inode))

    def _reopen(self, place: str) -> None:
        assert place in self.names

    def _write(self, place: str, content: bytes) -> None:
        self.names[place].volatile += content

    def _fsync(self, place: str) -> None:
        if place in self.names:
            self.names[place].durable = self.names[place].volatile
            return
        folder = "" if place == "." else place
        for each, change in self.pending:
            if each == folder:
                change(self.durable)
        self.pending = [item for item in self.pending if item[0] != folder]

    def _replace(self, place: str, final: str) -> None:
        inode = self.names[place]

        def change(names: dict[str, Inode]) -> None:
            names.pop(place, None)
            names[final] = inode

        self._change(place, change)

    def _unlink(self, place: str) -> None:
        self._change(place, lambda names: names.pop(place, None))

    def _mkdir(self, place: str) -> None:
        self._change(place, lambda names: names.__setitem__(f"{place}/", Inode()))

    def _failed(self) -> None:
        pass


@dataclass
class Saved:
    """All that a save writes: the values and parts of the checkpoint and of the model, and two
    texts."""

    checkpoint: dict[str, Any]
    state: dict[str, bytes]
    model: dict[str, Any]
    parts: dict[str, bytes]
    update: int

    @classmethod
    def of(cls, folder: Path) -> Saved:
        def generation(path):
            values = read_manifest(path)
            files = {name: StoredFile(**file) for name, file in values.pop(FILES).items()}
            return values, {name: read_part(path.parent, file) for name, file in files.items()}

        checkpoint, state = generation(folder / CHECKPOINT / CHECKPOINT_MANIFEST)
        model, parts = generation(folder / MANIFEST)
        return cls(checkpoint, state, model, parts, checkpoint["position"]["update"])

    def later(self) -> Saved:
        """A later save of the same run: some parts are others, some are the same."""
        values = json.loads(json.dumps([self.checkpoint, self.model]))
        values[0]["position"]["update"] += 1
        values[1]["settings"]["about"]["updates"] += 1
        words = {"words.txt": self.parts["words.txt"] + b"later\n"}
        return Saved(
            values[0], {STATE: self.state[STATE]}, values[1], self.parts | words, self.update + 1
        )

    def of_another_run(self) -> Saved:
        """The save of a run that may replace this one: all is another."""
        later = self.later()
        later.checkpoint["record"] |= {"run": "b" * 16, "replaces": self.model["run"]}
        later.model["run"] = "b" * 16
        later.parts["words.txt"] += b"another\n"
        return later

    def write(self, folder: Path) -> None:
        """What `seqcli.training.recorder.Recorder.save` writes, in its order."""
        write_generation(folder / CHECKPOINT / CHECKPOINT_MANIFEST, self.checkpoint, self.state)
        write_generation(folder / MANIFEST, self.model, self.parts)
        with errors_reported(folder):
            for name in (HISTORY, CARD):
                replace_content(folder / name, str(self.update).encode())


def files_below(folder: Path) -> dict[str, bytes]:
    """The files of a folder and of those in it, by their paths."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def write_below(folder: Path, files: dict[str, bytes]) -> None:
    """The reverse of `files_below`, into a new folder."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
