"""Other toolkits that learn: how each is prepared, run for a while, and asked for its speed."""

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
SECONDS_TO_STOP = 60


@dataclass
class Training:
    """One run of a program: what it said, and its peak memory (MiB)."""

    log: str
    memory: float


def _already_there(_: Path) -> None:
    """What to do for a toolkit that writes its model where it is looked for."""


@dataclass
class Learner:
    """A toolkit that learns: its command, how it is stopped when its time is over, and where its
    log tells target tokens a second. `finish` puts its model where `peer_programs` looks for it."""

    name: str
    command: list[str]
    speed: str
    finish: Callable[[Path], None] = _already_there
    environment: dict[str, str] = field(default_factory=dict)
    stop: signal.Signals = signal.SIGTERM

    def run(self, folder: Path, seconds: float) -> Training:
        """Train in a folder for so long, from the start of the process to its signal to stop."""
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
            kill = threading.Timer(
                seconds + SECONDS_TO_STOP, os.kill, (process.pid, signal.SIGKILL)
            )
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
            raise SystemExit(f"{self.name} ended before its time:\n{log[-2000:]}")
        return Training(log, usage.ru_maxrss / 1024)

    def tokens_a_second(self, training: Training) -> float | None:
        """The median of what the log tells, its first tell (warming up) left out."""
        told = [float(each.replace(",", "")) for each in re.findall(self.speed, training.log)]
        return median(told[1:]) if len(told) > 1 else None


def peers(folder: Path) -> list[Learner]:
    """The toolkits whose environments are there."""
    known = [
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
        each for name, each in zip(environments, known, strict=True) if (folder / name).exists()
    ]


# An interrupt reaches it in the background too, and makes it save.
_JOEYNMT = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {JOEYNMT}"


def _newest(run: Path, pattern: str, name: str) -> None:
    found = sorted(run.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        raise SystemExit(f"{run} holds no model after its time")
    (run / name).symlink_to(found[-1].relative_to(run))


def _joeynmt_finish(run: Path) -> None:
    """Settings for translating from any folder: the model named, and all files by whole paths."""
    settings = (SETTINGS / "joeynmt.yaml").read_text(encoding="utf-8")
    settings = settings.replace(
        "testing:\n", f'testing:\n    load_model: "{run}/joeynmt-run/latest.ckpt"\n'
    )
    for name in ("joeynmt-run", "joeynmt.vocab", "spm.model", "train", "dev"):
        settings = settings.replace(f'"{name}"', f'"{run / name}"')
    (run / "joeynmt-5.yaml").write_text(settings, encoding="utf-8")


def prepare(data: Path, folder: Path) -> None:
    """What the toolkits read: sentences a line, one model of pieces, vocabularies."""
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
        cut = [" ".join(pieces.encode(line, out_type=str)) for line in lines]
        stem, _, language = name.partition(".")
        (folder / f"{stem}.sp.{language}").write_text("\n".join(cut) + "\n", encoding="utf-8")
    names = [pieces.id_to_piece(i) for i in range(len(pieces))]
    (folder / "joeynmt.vocab").write_text("\n".join(names) + "\n", encoding="utf-8")
    (folder / "opennmt.vocab").write_text("\n".join(names[4:]) + "\n", encoding="utf-8")
    named = {"</s>": 0, "<unk>": 1} | {name: i for i, name in enumerate(names[4:], start=2)}
    (folder / "marian.yml").write_text(
        json.dumps(named, ensure_ascii=False, indent=1), encoding="utf-8"
    )
