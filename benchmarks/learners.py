"""Training of other toolkits: their data, their commands, and the speed that they log."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from translate import JOEYNMT, JOEYNMT_ENVIRONMENT, QUIET

SETTINGS = Path(__file__).parent / "peers"
VOCABULARY = 8000
STOP_TIMEOUT = 60  # seconds


@dataclass
class Training:
    """One training run of a program: its log, and its peak RAM (MiB)."""

    log: str
    peak_ram: float


def _nothing(_: Path) -> None:
    """For a toolkit that writes its model where `peer_programs` expects it."""


@dataclass
class Learner:
    """A toolkit that trains: its command, the signal that stops it, and `speed`, the pattern of
    target tokens per second in its log. `finish` puts its model where `peer_programs` expects it.
    """

    name: str
    command: list[str]
    speed: str
    finish: Callable[[Path], None] = _nothing
    environment: dict[str, str] = field(default_factory=dict)
    stop: signal.Signals = signal.SIGTERM

    def run(self, folder: Path, seconds: float) -> Training:
        """Train in a folder for that time, from the start of the process to the stop signal."""
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen(
                self.command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=QUIET | self.environment,
            )
            stop = threading.Timer(seconds, os.kill, (process.pid, self.stop))
            kill = threading.Timer(seconds + STOP_TIMEOUT, os.kill, (process.pid, signal.SIGKILL))
            try:
                stop.start()
                kill.start()
                _, _, usage = os.wait4(process.pid, 0)
                early = stop.is_alive()
            except BaseException:
                process.kill()
                raise
            finally:
                stop.cancel()
                kill.cancel()
            out.seek(0)
            log = out.read().decode("utf-8", errors="replace")
        if early:
            raise SystemExit(f"{self.name} ended too early:\n{log[-2000:]}")
        return Training(log, usage.ru_maxrss / 1024)

    def tokens_per_second(self, training: Training) -> float | None:
        """The median of the speeds in the log without the first one (warming up); None if there are
        fewer than two."""
        speeds = [float(each.replace(",", "")) for each in re.findall(self.speed, training.log)]
        return median(speeds[1:]) if len(speeds) > 1 else None


def peers(folder: Path) -> list[Learner]:
    """The toolkits whose environments are in the folder."""
    learners = [
        Learner(
            "OpenNMT-py",
            [f"{folder}/opennmt/bin/onmt_train", "-config", f"{SETTINGS}/opennmt.yaml"],
            r"/ *([\d]+) tok/s",
            lambda run: _newest(run, "opennmt-run/model_step_*.pt", "opennmt.pt"),
            {"OMP_NUM_THREADS": "2"},
        ),
        Learner(
            "JoeyNMT",
            [f"{folder}/joeynmt/bin/python", "-c", _JOEYNMT,
             "train", f"{SETTINGS}/joeynmt.yaml", "--skip-test"],
            r"Tokens per Sec: +([\d,.]+)",
            _joeynmt_finish,
            JOEYNMT_ENVIRONMENT,
            signal.SIGINT,
        ),
        Learner(
            "Marian",
            [f"{folder}/marian/bin/pymarian", "train", "-c", f"{SETTINGS}/marian.yml",
             "-m", "marian.npz"],
            r"([\d.,]+) words/s",
            environment={"OMP_NUM_THREADS": "1"},
        ),
    ]  # fmt: skip
    environments = ("opennmt", "joeynmt", "marian")
    return [
        each for name, each in zip(environments, learners, strict=True) if (folder / name).exists()
    ]


# JoeyNMT saves its model at an interrupt, which a process in the background ignores by default.
_JOEYNMT = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {JOEYNMT}"


def _newest(run: Path, pattern: str, name: str) -> None:
    models = sorted(run.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not models:
        raise SystemExit(f"{run} has no model after the training")
    (run / name).symlink_to(models[-1].relative_to(run))


def _joeynmt_finish(run: Path) -> None:
    """Write settings for translating from any folder: with the model, and absolute paths."""
    settings = (SETTINGS / "joeynmt.yaml").read_text(encoding="utf-8")
    settings = settings.replace(
        "testing:\n", f'testing:\n    load_model: "{run}/joeynmt-run/latest.ckpt"\n'
    )
    for name in ("joeynmt-run", "joeynmt.vocab", "spm.model", "train", "dev"):
        settings = settings.replace(f'"{name}"', f'"{run / name}"')
    (run / "joeynmt-5.yaml").write_text(settings, encoding="utf-8")


def prepare(data: Path, folder: Path) -> None:
    """Write the data of the toolkits: a sentence per line, a SentencePiece model, vocabularies."""
    import sentencepiece

    from seqcli.data.readers.registry import read_pairs

    folder.mkdir(parents=True, exist_ok=True)
    texts: dict[str, list[str]] = {}
    for split in ("train", "dev"):
        pairs = list(read_pairs(data / f"{split}.tsv"))
        texts[f"{split}.en"] = [pair.source for pair in pairs]
        texts[f"{split}.de"] = [pair.target for pair in pairs]
    for name, lines in texts.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=f"{folder}/train.en,{folder}/train.de", model_prefix=f"{folder}/spm",
        vocab_size=VOCABULARY, model_type="unigram", character_coverage=1.0,
        unk_id=0, pad_id=1, bos_id=2, eos_id=3, num_threads=2, minloglevel=2,
    )  # fmt: skip
    pieces = sentencepiece.SentencePieceProcessor(model_file=f"{folder}/spm.model")
    for name, lines in texts.items():
        segmented = [" ".join(pieces.encode(line, out_type=str)) for line in lines]
        stem, _, language = name.partition(".")
        (folder / f"{stem}.sp.{language}").write_text("\n".join(segmented) + "\n", encoding="utf-8")
    names = [pieces.id_to_piece(i) for i in range(len(pieces))]
    (folder / "joeynmt.vocab").write_text("\n".join(names) + "\n", encoding="utf-8")
    (folder / "opennmt.vocab").write_text("\n".join(names[4:]) + "\n", encoding="utf-8")
    ids = {"</s>": 0, "<unk>": 1} | {name: i for i, name in enumerate(names[4:], start=2)}
    (folder / "marian.yml").write_text(
        json.dumps(ids, ensure_ascii=False, indent=1), encoding="utf-8"
    )
