"""Runs `seqcli` in a process that says when it is in a phase, and stays there for a while."""

from __future__ import annotations

import builtins
import importlib
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

# Where each phase begins: a module and a name in it.
PHASES = {
    "reading": ("seqcli.data.corpus", "read_pairs"),
    "cleaning": ("seqcli.training.corpus_split", "clean"),
    "tokenizer": ("sentencepiece", "SentencePieceTrainer.train"),
    "encoding": ("seqcli.training.prepare", "encode_data"),
    "network": ("seqcli.training.translator_run", "Trainer"),
    "update": ("seqcli.training.loop", "make_update"),
    "speed": ("seqcli.training.recorder", "Recorder.fix_budget"),
    "evaluation": ("seqcli.training.recorder", "Recorder.evaluate"),
    "checkpoint": ("seqcli.training.translator_recorder", "save_checkpoint"),
    "export": ("seqcli.training.best_model", "BestModel.files"),
    "save": ("seqcli.training.translator_recorder", "write_bundle"),
    "confidence": ("seqcli.training.translator_recorder", "fit_confidence"),
    "translation": ("seqcli.decoding.translator", "Translator.translate"),
    "scoring": ("seqcli.decoding.translator", "Translator.score"),
    "comparison": ("seqcli.comparison.compare", "_comparison"),
    "inspection": ("seqcli.decoding.inspection", "inspect"),
    "reasons": ("seqcli.decoding.why", "Why.sentences"),
    "index": ("seqcli.training.translator_recorder", "make_index"),
    "writing": ("seqcli.files", "_RawFile.write"),
}

# Processes that have these packages already are forked from one that has nothing else.
_forked = multiprocessing.get_context("forkserver")
_forked.set_forkserver_preload(
    # (PyTorch imports the second of these when an optimizer is made.)
    ["seqcli.comparison.compare", "torch._dynamo", "torch.profiler", "seqcli.cli.app", "rich.live"]
)
_fresh = multiprocessing.get_context("spawn")


def start(
    phase: str, number: int, seconds: float, arguments: Sequence[str], folder: Path
) -> tuple[BaseProcess, Connection]:
    """Run `seqcli` in a folder, whose files `out` and `err` get its output; at the beginning of the
    phase for the `number`th time it stays there for some seconds. Returns the process, and a
    connection to which something is sent when the phase begins."""
    context: Any = _fresh if phase == "import" else _forked
    here, there = context.Pipe()
    process = context.Process(
        target=_run, args=(there, phase, number, seconds, list(arguments), folder)
    )
    process.start()
    there.close()
    return process, here


def _run(
    connection: Connection,
    phase: str,
    number: int,
    seconds: float,
    arguments: list[str],
    folder: Path,
) -> None:
    os.chdir(folder)
    tempfile.tempdir = None
    os.environ["TMPDIR"] = str(folder / "temporary")
    for descriptor, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    sys.argv = ["seqcli", *arguments]
    from seqcli.__main__ import main

    def announce() -> None:
        connection.send(phase)
        if phase == "tokenizer":
            # As in SentencePiece's own code, nothing interrupts it, and no handler is called.
            signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
            signal.pthread_sigmask(signal.SIG_BLOCK, signals)
            time.sleep(seconds)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.01)

    if phase == "import":
        _announce_import(announce)
    else:
        _announce_call(phase, number, announce)
        # Every evaluation is followed by a save, as in a run of hours.
        vars(importlib.import_module("seqcli.training.train"))["SECONDS_BETWEEN_SAVES"] = 0.0
    main()


def _announce_call(phase: str, number: int, announce: Callable[[], None]) -> None:
    module, path = PHASES[phase]
    owner = importlib.import_module(module)
    *parts, name = path.split(".")
    for part in parts:
        owner = getattr(owner, part)
    real, calls = getattr(owner, name), [0]

    def call(*arguments: Any, **options: Any) -> Any:
        calls[0] += 1
        if calls[0] == number:
            announce()
        return real(*arguments, **options)

    setattr(owner, name, staticmethod(call) if name == "train" else call)


def _announce_import(announce: Callable[[], None]) -> None:
    real = builtins.__import__

    def load(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "torch" and "torch" not in sys.modules:
            announce()
        return real(name, *arguments, **options)

    builtins.__import__ = load
