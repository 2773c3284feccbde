"""What the time of training goes into, by kind of operator, beside the matrix product's peak.

    python benchmarks/training_profile.py --data DIR [--updates 40]

DATA is a folder as for `train.py speed`, whose size the network has. Each shard has a thread of one
core, as in training. The output is Markdown, for RESULTS.md. A profiler takes time itself, so the
seconds of an update are measured without it, in the same run.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode
from train import SIZE, peak_gflops

from seqcli.data.batching import Batch, collate, epoch_batches
from seqcli.data.corpus import CorpusFiles
from seqcli.training.loop import Position
from seqcli.training.network import make_network
from seqcli.training.prepare import TrainRequest, prepare_data
from seqcli.training.trainer import Trainer

THREADS = 2
FIRST = 5  # updates before anything is measured

# Operators by the beginning of their names; what begins with none of them is "other".
KINDS = {
    "matrix products": ("mm", "addmm", "bmm", "baddbmm", "addmv", "mv"),
    "softmax and loss": ("_log_softmax", "_softmax", "nll_loss", "logsumexp", "gather"),
    "activations": ("sigmoid", "tanh"),
    "sums and products of elements": ("add", "mul", "sub", "div", "addcmul", "sum", "where"),
    "optimizer": ("_fused_adam",),
    "dropout": ("bernoulli", "native_dropout", "rand"),
    "copies, rows and joining": (
        "copy", "cat", "stack", "index", "clone", "contiguous", "embedding", "zero", "fill",
        "select", "slice", "split", "narrow", "as_strided", "unbind", "view", "expand", "t", "empty"
    ),
}  # fmt: skip


def kind_of(name: str) -> str:
    """The kind of an operator."""
    plain = name.removeprefix("aten::")
    if plain == name:
        return "other"
    for kind, beginnings in KINDS.items():
        if kind == "matrix products" and plain in beginnings:
            return kind
        if kind != "matrix products" and plain.rstrip("_").startswith(beginnings):
            return kind
    return "other"


def run(trainer: Trainer, batches: list[Batch]) -> float:
    """The seconds that an update for each of the batches takes, all together."""
    started = time.perf_counter()
    for number, batch in enumerate(batches):
        trainer.gradients(batch, number)
        torch.nn.utils.clip_grad_norm_(trainer.gradients.parameters, 1.0)
        trainer.optimizer.step()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--updates", type=int, default=40)
    options = parser.parse_args()

    files, dev = (CorpusFiles(pairs=(options.data / f"{part}.tsv",)) for part in ("train", "dev"))
    data = prepare_data(TrainRequest(Path("unused"), files, dev, overrides=SIZE | {"updates": 1}))
    peak = peak_gflops()
    torch.set_num_threads(1)
    network = make_network(data, torch.device("cpu"))
    config = data.settings.training
    trainer = Trainer(network, data.examples, config, Position(), THREADS, time.monotonic())
    indices = epoch_batches(data.examples, config.batch_tokens, np.random.default_rng(1))
    chosen = indices[: FIRST + options.updates]
    batches = [collate([data.examples[i] for i in part]) for part in chosen]
    run(trainer, batches[:FIRST])
    batches = batches[FIRST:]
    seconds = min(run(trainer, batches) for _ in range(3))
    with FlopCounterMode(display=False) as counter:
        pool, trainer.gradients.pool = trainer.gradients.pool, None
        run(trainer, batches)
        trainer.gradients.pool = pool
    flop = counter.get_total_flops()

    all_threads = torch._C._profiler._ExperimentalConfig(profile_all_threads=True)
    with profile(activities=[ProfilerActivity.CPU], experimental_config=all_threads) as profiler:
        profiled = run(trainer, batches)
    by_kind: dict[str, float] = defaultdict(float)
    for event in profiler.key_averages():
        kind = "optimizer" if "Optimizer" in event.key else kind_of(event.key)
        by_kind[kind] += event.self_cpu_time_total / 1e6
    cores = THREADS * profiled
    print(f"{peak:.0f} GFLOP/s at most; {flop / len(batches) / 1e9:.1f} GFLOP an update; ", end="")
    print(f"{flop / seconds / 1e9 / peak:.2f} of the peak")
    print(f"{1000 * seconds / len(batches):.0f} ms an update, {profiled / seconds:.2f} times that")
    print("with the profiler\n\n| | share of the time of both threads |\n|---|---|")
    for kind, spent in sorted(by_kind.items(), key=lambda item: -item[1]):
        print(f"| {kind} | {spent / cores:.3f} |")
    print(f"| outside of operators: Python, waiting | {1 - sum(by_kind.values()) / cores:.3f} |")
    products = by_kind["matrix products"]
    print(f"\nMatrix products reach {flop / (products / THREADS) / 1e9 / peak:.2f} of the peak.")


if __name__ == "__main__":
    main()
