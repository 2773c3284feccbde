"""How fast and how well seqcli trains, compared with other toolkits on the same machine and pairs.

    python benchmarks/train.py speed --data DIR [--peers DIR] [--seconds 90] [--runs 5]
    python benchmarks/train.py lengths --data DIR --other DIR [--seconds 90] [--runs 5]
    python benchmarks/train.py quality --data DIR [--peers DIR] [--minutes 5 10 20] --out DIR
    python benchmarks/train.py plot --out DIR

DATA is a folder with train.tsv, dev.tsv and test.tsv of source<TAB>target. `speed` trains all
toolkits at the same size for SECONDS, one after another in each round, and prints Markdown.
`lengths` does so with seqcli on two corpora, with as many pairs of every length of each. `quality`
trains every toolkit from scratch for each of the MINUTES and appends a line for each run to
OUT/quality.jsonl; `plot` draws BLEU on dev against minutes next to it. PEERS is a folder with the
virtual environments of the toolkits, opennmt/, joeynmt/, marian/ (see benchmarks/README.md).
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from learners import VOCABULARY, Learner, peers, prepare
from translate import QUIET, figure, peer_programs

# The size of all toolkits in `speed`; a batch has about as many sentences as theirs (80).
SIZE = {
    "embedding": 256, "hidden": 512, "attention_size": 512, "lexical": False, "tied": False,
    "dropout": 0.3, "vocabulary": VOCABULARY, "batch_tokens": 1365, "label_smoothing": 0.0,
}  # fmt: skip


def seqcli_command(data: Path, folder: Path, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "seqcli", "train", str(data / "train.tsv"),
        "--dev", str(data / "dev.tsv"), "--model", str(folder), *more,
    ]  # fmt: skip


def seqcli_learner(data: Path, folder: Path) -> Learner:
    """seqcli at the size of the others, printing its speed every ten updates as they do."""
    options = []
    for name, value in SIZE.items():
        option = name.replace("_", "-")
        options += [f"--no-{option}"] if value is False else [f"--{option}", str(value)]
    command = seqcli_command(data, folder, *options, "--updates", "100000")
    return Learner(
        "seqcli",
        [sys.executable, __file__, "--inside", *command[4:]],
        r"([\d.]+) target tokens/s",
    )


def inside(arguments: list[str]) -> None:
    """`seqcli train`, printing its speed every ten updates."""
    import seqcli.views.training
    from seqcli.__main__ import main as seqcli_main
    from seqcli.training.events import Event, Updated

    class SpeedDisplay(seqcli.views.training.NullDisplay):
        def __init__(self) -> None:
            self.tokens, self.since = 0, time.perf_counter()

        def show(self, event: Event) -> None:
            if not isinstance(event, Updated):
                return
            self.tokens += event.tokens
            if event.update % 10 == 0:
                now = time.perf_counter()
                print(f"{self.tokens / (now - self.since):.1f} target tokens/s", flush=True)
                self.tokens, self.since = 0, now

    seqcli.views.training.make_display = lambda *_: SpeedDisplay()  # type: ignore[assignment]
    sys.argv[1:] = ["train", *arguments]
    seqcli_main()


def peak_gflops() -> float:
    """GFLOP/s of fp32 matrix products on this machine, measured in a process of its own."""
    code = (
        "import time, torch\n"
        "a, b, best = torch.rand(2048, 2048), torch.rand(2048, 2048), 9e9\n"
        "for _ in range(12):\n"
        "    t = time.perf_counter(); a @ b; best = min(best, time.perf_counter() - t)\n"
        "print(2 * 2048**3 / best / 1e9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return float(done.stdout)


def flop_per_token(data: Path) -> tuple[float, float]:
    """Floating-point operations of matrix products per target token, forward and backward, of
    seqcli at the size of `speed`, counted by PyTorch on batches of the data; and the number of
    target tokens per sentence."""
    import numpy as np
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from seqcli.data.batching import collate, epoch_batches
    from seqcli.data.corpus import CorpusFiles
    from seqcli.model.seq2seq import Seq2Seq
    from seqcli.training.gradients import Gradients
    from seqcli.training.prepare import TrainRequest, prepare_data

    files, dev = (CorpusFiles(pairs=(data / f"{split}.tsv",)) for split in ("train", "dev"))
    prepared = prepare_data(TrainRequest(Path("unused"), files, dev, overrides=SIZE))
    network = Seq2Seq(
        prepared.settings.model,
        len(prepared.tokenizer),
        torch.from_numpy(prepared.output_vocabulary.pieces),
    )
    config = prepared.settings.training
    gradients = Gradients(network, config, shards=1)
    tokens = sentences = 0
    with FlopCounterMode(display=False) as counter:
        batches = epoch_batches(prepared.examples, config.batch_tokens, np.random.default_rng(1))
        for indices in batches[:20]:
            batch = collate([prepared.examples[i] for i in indices])
            gradients(batch, 0)
            tokens += int(batch.target_lengths.sum())
            sentences += len(indices)
    return counter.get_total_flops() / tokens, tokens / sentences


def peer_tokens_per_sentence(folder: Path) -> float:
    """Target tokens per sentence, the end included, in the pieces of the other toolkits."""
    lines = (folder / "train.sp.de").read_text(encoding="utf-8").splitlines()
    return sum(len(line.split()) + 1 for line in lines) / len(lines)


def compare_speed(data: Path, folder: Path | None, seconds: float, runs: int) -> None:
    """Target tokens per second and peak RAM of all, and how many times as fast seqcli is."""
    speeds: dict[str, list[float | None]] = defaultdict(list)
    peak_ram: dict[str, float] = defaultdict(float)
    peaks, peer_tokens = [], 0.0
    with tempfile.TemporaryDirectory() as place:
        common = Path(place, "data")
        if folder:
            prepare(data, common)
            peer_tokens = peer_tokens_per_sentence(common)
        for number in range(runs):
            peaks.append(peak_gflops())
            learners = [seqcli_learner(data, Path(place, f"model{number}"))]
            learners += peers(folder) if folder else []
            for learner in learners:
                run = Path(place, f"{learner.name}{number}")
                run.mkdir()
                if folder:
                    _link(common, run)
                training = learner.run(run, seconds)
                speed = learner.tokens_per_second(training)
                speeds[learner.name].append(speed)
                peak_ram[learner.name] = max(peak_ram[learner.name], training.peak_ram)
                print(f"round {number + 1}, {learner.name}: {speed}", file=sys.stderr, flush=True)
                shutil.rmtree(run)
    flop, tokens = flop_per_token(data)
    print(
        "\n| | target tokens per second | seqcli is times as fast | peak MiB |\n|---|---|---|---|"
    )
    for name, rounds in speeds.items():
        pairs = zip(speeds["seqcli"], rounds, strict=True)
        times = [ours / theirs for ours, theirs in pairs if ours and theirs]
        measured = [speed for speed in rounds if speed]
        print(f"| {name} | {figure(measured, 0)} | {figure(times, 2)} | {peak_ram[name]:.0f} |")
    rounds_and_peaks = zip(speeds["seqcli"], peaks, strict=True)
    shares = [speed * flop / peak / 1e9 for speed, peak in rounds_and_peaks if speed]
    print(
        f"\nMatrix products: at most {figure(peaks, 0)} GFLOP/s on this machine; seqcli needs "
        f"{flop / 1e6:.1f} MFLOP per target token, and trains at {figure(shares, 2)} of that peak. "
        f"A sentence has {tokens:.1f} target tokens in seqcli's pieces"
        + (f", {peer_tokens:.1f} in those of the others." if peer_tokens else ".")
    )


def compare_corpora(data: Path, other: Path, seconds: float, runs: int) -> None:
    """Target tokens per second of seqcli on two corpora with equal sizes and sentence lengths."""
    corpora = (data, other)
    speeds: list[list[float]] = [[], []]
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place, str(number)) for number in range(2)]
        count = equal_lengths(corpora, folders)
        for number in range(runs):
            for corpus, folder, rounds in zip(corpora, folders, speeds, strict=True):
                run = Path(place, "run")
                run.mkdir()
                learner = seqcli_learner(folder, Path(place, "model"))
                speed = learner.tokens_per_second(learner.run(run, seconds))
                assert speed, f"{corpus}: no speed in the log after {seconds} seconds"
                rounds.append(speed)
                print(f"round {number + 1}, {corpus.name}: {speed}", file=sys.stderr, flush=True)
                shutil.rmtree(run)
                shutil.rmtree(Path(place, "model"), ignore_errors=True)
    print(f"\n{count} pairs of each corpus\n")
    print("| | target tokens per second | relative to the first |\n|---|---|---|")
    for corpus, rounds in zip(corpora, speeds, strict=True):
        shares = [speed / first for speed, first in zip(rounds, speeds[0], strict=True)]
        print(f"| {corpus.name} | {figure(rounds, 0)} | {figure(shares, 2)} |")


def equal_lengths(corpora: Sequence[Path], folders: Sequence[Path]) -> int:
    """Write train.tsv and dev.tsv of each corpus to its folder, with the same number of training
    pairs for each number of words in source and target: the smaller of the corpora's numbers. The
    number of pairs."""
    by_length: list[dict[tuple[int, int], list[str]]] = []
    for corpus in corpora:
        groups: dict[tuple[int, int], list[str]] = defaultdict(list)
        for line in (corpus / "train.tsv").read_text(encoding="utf-8").splitlines(keepends=True):
            source, target = line.split("\t")[:2]
            groups[len(source.split()), len(target.split())].append(line)
        by_length.append(groups)
    first, second = by_length
    counts = {
        length: min(len(first[length]), len(second[length])) for length in set(first) & set(second)
    }
    for corpus, folder, groups in zip(corpora, folders, by_length, strict=True):
        folder.mkdir()
        lines = [
            line for length, count in sorted(counts.items()) for line in groups[length][:count]
        ]
        (folder / "train.tsv").write_text("".join(lines), encoding="utf-8")
        shutil.copy(corpus / "dev.tsv", folder)
    return sum(counts.values())


def _link(common: Path, run: Path) -> None:
    for file in common.iterdir():
        (run / file.name).symlink_to(file)


@dataclass
class Score:
    """BLEU of a model after some minutes of training."""

    name: str
    minutes: float
    dev: float
    test: float
    signature: str


def compare_quality(
    data: Path, folder: Path | None, minutes: Sequence[float], out: Path, only: Sequence[str]
) -> None:
    """Train every toolkit from scratch for each of the minutes; a line per run in quality.jsonl."""
    out.mkdir(parents=True, exist_ok=True)
    if folder:
        prepare(data, out / "data")
    for budget in minutes:
        if not only or "seqcli" in only:
            model = out / f"seqcli-{budget:g}"
            command = seqcli_command(data, model, "--minutes", f"{budget:g}", "--overwrite")
            subprocess.run(command, check=True, env=QUIET)
            _append(out, _score_seqcli(data, model, budget))
        for learner in peers(folder) if folder else []:
            if only and learner.name not in only:
                continue
            assert folder
            run = out / f"{learner.name}-{budget:g}"
            shutil.rmtree(run, ignore_errors=True)
            run.mkdir()
            _link((out / "data").resolve(), run)
            (run / "log").write_text(learner.run(run, 60 * budget).log, encoding="utf-8")
            learner.finish(run)
            _append(out, _score_peer(data, folder, run, learner.name, budget))


def _append(out: Path, score: Score) -> None:
    print(score, flush=True)
    with (out / "quality.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(vars(score)) + "\n")


def _score_seqcli(data: Path, model: Path, minutes: float) -> Score:
    scores = []
    for split in ("dev", "test"):
        command = [sys.executable, "-m", "seqcli", "eval", str(data / f"{split}.tsv"),
                   "--model", str(model), "--json"]  # fmt: skip
        done = subprocess.run(command, check=True, capture_output=True, env=QUIET)
        scores.append(json.loads(done.stdout))
    dev, test = scores
    return Score("seqcli", minutes, dev["bleu"], test["bleu"], test["signatures"]["bleu"])


def _score_peer(data: Path, folder: Path, run: Path, name: str, minutes: float) -> Score:
    """With the toolkit's own beam search, beam 5."""
    from seqcli import evaluation
    from seqcli.data.readers.registry import read_pairs

    for environment in ("opennmt", "joeynmt", "marian"):
        if (folder / environment).exists():
            (run / environment).symlink_to((folder / environment).resolve())
    (program,) = (each for each in peer_programs(run.resolve()) if each.name == name)
    scores = []
    for split in ("dev", "test"):
        pairs = list(read_pairs(data / f"{split}.tsv"))
        texts = program.run(5, [pair.source for pair in pairs]).text.split("\n")
        scores.append(evaluation.score(texts, [[pair.target] for pair in pairs]))
    dev, test = scores
    return Score(name, minutes, dev.bleu, test.bleu, test.signatures["bleu"])


def plot(out: Path) -> None:
    """Draw BLEU on dev against minutes, a line for each toolkit."""
    import matplotlib.pyplot

    scores_of: dict[str, dict[float, float]] = defaultdict(dict)
    for line in (out / "quality.jsonl").read_text(encoding="utf-8").splitlines():
        run = json.loads(line)
        scores_of[run["name"]][run["minutes"]] = run["dev"]
    figure_, axes = matplotlib.pyplot.subplots(figsize=(6.4, 4.2), layout="constrained")
    for name, scores in scores_of.items():
        minutes = sorted(scores)
        axes.plot(minutes, [scores[each] for each in minutes], marker="o", label=name)
    axes.set(
        xlabel="minutes of training", ylabel="BLEU on dev, beam 5", xlim=(0, None), ylim=(0, None)
    )
    axes.set_title("Each point is a separate run")
    axes.grid(alpha=0.3)
    axes.legend()
    figure_.savefig(out / "quality.svg", metadata={"Date": None})


def main() -> None:
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2:])
        return
    # Raises SystemExit, so that `Learner.run` kills a process that is training.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=("speed", "lengths", "quality", "plot"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--other", type=Path, help="the second corpus of `lengths`")
    parser.add_argument("--peers", type=Path)
    parser.add_argument(
        "--seconds", type=float, default=90, help="duration of a run of `speed` or `lengths`"
    )
    parser.add_argument("--runs", type=int, default=5, help="rounds of `speed` or `lengths`")
    parser.add_argument("--minutes", type=float, nargs="+", default=[5, 10, 20])
    parser.add_argument("--only", nargs="+", default=[], help="toolkits of `quality`")
    parser.add_argument("--out", type=Path, default=Path("results"))
    options = parser.parse_args()
    if options.what == "plot":
        plot(options.out)
        return
    if options.data is None:
        parser.error("--data is needed")
    data, folder = options.data.resolve(), options.peers.resolve() if options.peers else None
    if options.what == "speed":
        compare_speed(data, folder, options.seconds, options.runs)
    elif options.what == "lengths":
        if options.other is None:
            parser.error("lengths needs --other")
        compare_corpora(data, options.other.resolve(), options.seconds, options.runs)
    else:
        compare_quality(data, folder, options.minutes, options.out.resolve(), options.only)


if __name__ == "__main__":
    main()
