"""How fast seqcli translates, and other toolkits beside it on the same machine and test set.

    python benchmarks/translate.py --model DIR --test FILE [--dev FILE] [--peers DIR] [--runs 5]

TEST and DEV are files of source<TAB>target. What is printed is Markdown, for RESULTS.md. Times are
medians (with the lowest and the highest), memory is the highest; in each round every program has
its turn, so that a slow minute hits them all.

PEERS is a folder with, for each toolkit that shall take part, its virtual environment and a model
of the same size, trained on the same pairs (see benchmarks/README.md):

    opennmt/  opennmt.pt  joeynmt/  joeynmt-1.yaml  joeynmt-5.yaml  marian/  marian.npz  marian.yml
    spm.model
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

BEAMS = (1, 5)
SENTENCE = "i love beijing"
QUIET = os.environ | {"CUDA_VISIBLE_DEVICES": ""}

# Faster with oneDNN off, as lengths vary.
JOEYNMT = (
    "import torch; torch.backends.mkldnn.enabled = False; torch.set_num_threads(2); "
    "from joeynmt.__main__ import main; main()"
)
JOEYNMT_ENVIRONMENT = {
    "OMP_NUM_THREADS": "2",
    "MALLOC_MMAP_THRESHOLD_": "8589934592",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}


@dataclass
class Run:
    """One run of a program: wall clock of the whole process, of its translating alone (seconds),
    peak memory (MiB), and what it wrote."""

    whole: float
    inner: float | None
    memory: float
    text: str


@dataclass
class Program:
    """A way to translate a file: the command for a beam, and where its own time stands.

    `prepare` and `finish` turn sentences into what it reads, and what it writes into sentences.
    `inner` is another command that tells its own time, where the first does not.
    """

    name: str
    command: Callable[[int, Path, Path], list[str]]
    time: str
    environment: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[list[str]], list[str]] = list
    finish: Callable[[list[str]], list[str]] = list
    inner: Callable[[int, Path, Path], list[str]] | None = None

    def run(self, beam: int, sentences: list[str]) -> Run:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "in"), Path(folder, "out")
            lines = self.prepare(sentences)
            source.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            run = timed(self.command(beam, source, target), source, self.environment)
            told = (
                timed(self.inner(beam, source, target), source, {}).text if self.inner else run.text
            )
            written = target.read_text(encoding="utf-8") if target.exists() else run.text
        found = re.findall(self.time, told)
        output = self.finish(written.removesuffix("\n").split("\n"))
        return Run(run.whole, float(found[-1]) if found else None, run.memory, "\n".join(output))


def timed(command: Sequence[str], source: Path | None, environment: dict[str, str]) -> Run:
    """Run a command; its output and its commentary come back together unless it wrote a file."""
    with tempfile.TemporaryFile() as out, (source or Path(os.devnull)).open("rb") as into:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=into, stdout=out, stderr=subprocess.STDOUT, env=QUIET | environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        whole = time.perf_counter() - started
        out.seek(0)
        text = out.read().decode("utf-8", errors="replace")
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{text[-2000:]}")
    return Run(whole, None, usage.ru_maxrss / 1024, text)


def seqcli_programs(model: Path) -> list[Program]:
    """seqcli at each precision: the whole process, and in a second run the time without loading."""

    def program(precision: str) -> Program:
        return Program(
            f"seqcli {precision}",
            lambda beam, source, target: [
                sys.executable, "-m", "seqcli", "translate", "--model", str(model),
                "--precision", precision, "--beam", str(beam),
                "--input", str(source), "--output", str(target),
            ],
            r"translating took ([\d.]+)",
            inner=lambda beam, source, target: [
                sys.executable, __file__, "--inside", str(model), precision, str(beam),
                str(source), str(target),
            ],
        )  # fmt: skip

    return [program("fp32"), program("int8")]


def inside(model: str, precision: str, beam: str, source: str, target: str) -> None:
    """The translating of `seqcli translate --input --output` alone, with its time told."""
    from seqcli.bundle import open_bundle
    from seqcli.config import SearchConfig
    from seqcli.data.readers.lines import read_lines
    from seqcli.decoding.runtime import load_translator
    from seqcli.decoding.windows import in_windows

    config = SearchConfig(beam=int(beam))
    translator = load_translator(open_bundle(Path(model)), config, precision=precision)
    started = time.perf_counter()
    with Path(target).open("w", encoding="utf-8") as file:
        for lines in in_windows(read_lines(Path(source))):
            file.writelines(f"{best[0].text}\n" for best in translator.translate(lines))
    print(f"translating took {time.perf_counter() - started:.3f} s")


def peer_programs(folder: Path) -> list[Program]:
    """The toolkits whose environments are there."""
    programs = []
    pieces = str(folder / "spm.model")
    if (folder / "opennmt").exists():
        programs.append(
            Program(
                "OpenNMT-py",
                lambda beam, source, target: [
                    f"{folder}/opennmt/bin/onmt_translate", "-gpu", "-1", "-report_time",
                    "-model", f"{folder}/opennmt.pt", "-transforms", "sentencepiece",
                    "-src_subword_model", pieces, "-tgt_subword_model", pieces,
                    "-batch_size", "64", "-batch_type", "sents", "-beam_size", str(beam),
                    "-src", str(source), "-output", str(target),
                ],
                r"Total translation time \(s\): ([\d.]+)",
                {"OMP_NUM_THREADS": "2"},
            )
        )  # fmt: skip
    if (folder / "joeynmt").exists():
        programs.append(
            Program(
                "JoeyNMT",
                lambda beam, source, target: [
                    "sh", "-c",
                    f'"{folder}/joeynmt/bin/python" -c "{JOEYNMT}" translate '
                    f'"{folder}/joeynmt-{beam}.yaml" < {source} > {target}',
                ],
                r"Generation took ([\d.]+)",
                JOEYNMT_ENVIRONMENT,
            )
        )  # fmt: skip
    if (folder / "marian").exists():
        import sentencepiece

        processor = sentencepiece.SentencePieceProcessor(model_file=pieces)
        programs.append(
            Program(
                "Marian",
                lambda beam, source, target: [
                    f"{folder}/marian/bin/pymarian", "decode", "-m", f"{folder}/marian.npz",
                    "-v", f"{folder}/marian.yml", f"{folder}/marian.yml", "--cpu-threads", "2",
                    "--mini-batch", "64", "--maxi-batch", "100", "--maxi-batch-sort", "src",
                    "--normalize", "1", "-b", str(beam), "-i", str(source), "-o", str(target),
                ],
                r"Total time: ([\d.]+)",
                {"OMP_NUM_THREADS": "1"},
                prepare=lambda lines: [" ".join(processor.encode(t, out_type=str)) for t in lines],
                finish=lambda lines: [processor.decode(line.split()) for line in lines],
            )
        )  # fmt: skip
    return programs


def figure(values: Sequence[float], digits: int = 1) -> str:
    if not values:
        return "not told"
    low, middle, high = min(values), median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}-{high:,.{digits}f})"


def compare_files(programs: Sequence[Program], test: Sequence[tuple[str, str]], runs: int) -> None:
    """A file at each beam: sentences a second, memory, length and BLEU of what came out."""
    from seqcli import evaluation

    sources = [source for source, _ in test]
    for beam in BEAMS:
        found: dict[str, list[Run]] = defaultdict(list)
        for _ in range(runs):
            for program in programs:
                found[program.name].append(program.run(beam, sources))
        print(f"\n{len(sources):,} sentences, beam {beam}, sentences a second:\n")
        print("| | whole process | without loading | peak MiB | words to reference | BLEU |")
        print("|---|---|---|---|---|---|")
        for name, own in found.items():
            scores = evaluation.score(own[0].text.split("\n"), [[target] for _, target in test])
            inner = [len(sources) / run.inner for run in own if run.inner]
            print(
                f"| {name} | {figure([len(sources) / run.whole for run in own])} | "
                f"{figure(inner)} | {max(run.memory for run in own):.0f} | "
                f"{scores.length_ratio:.2f} | {scores.bleu:.1f} |"
            )
        _ratios(found, lambda run: run.inner, "without loading")


def _ratios(found: dict[str, list[Run]], seconds: Callable[[Run], float | None], what: str) -> None:
    """How many times faster seqcli was: the median over the rounds."""
    print()
    for ours in (name for name in found if name.startswith("seqcli")):
        told = []
        for name in (name for name in found if not name.startswith("seqcli")):
            both = [
                (seconds(theirs), seconds(mine))
                for theirs, mine in zip(found[name], found[ours], strict=True)
            ]
            ratios = [theirs / mine for theirs, mine in both if theirs and mine]
            told.append(f"{figure(ratios, 2)} times {name}")
        if told:
            print(f"- {ours}, {what}: {', '.join(told)}")


def compare_start(programs: Sequence[Program], models: Sequence[Path], runs: int) -> None:
    """One sentence from the shell, against the import of torch and against the other toolkits."""

    def run(model: Path) -> float:
        command = [sys.executable, "-m", "seqcli", "translate", "--model", str(model), SENTENCE]
        return timed(command, None, {}).whole

    ours = {f"seqcli translate -m {model.name}": model for model in models}
    commands: dict[str, Callable[[], float]] = {}
    for name, model in ours.items():
        commands[name] = lambda m=model: run(m)
    torch = [sys.executable, "-c", "import torch"]
    commands['python -c "import torch"'] = lambda: timed(torch, None, {}).whole
    for program in programs:
        commands[program.name] = lambda p=program: p.run(1, [SENTENCE]).whole
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(command())
    heads = "".join(f" `{name}` takes of it |" for name in ours)
    print(f"\nOne sentence, the whole process:\n\n| | seconds |{heads}")
    print("|---|---|" + "---|" * len(ours))
    for name, own in found.items():
        shares = [[o / t for o, t in zip(found[n], own, strict=True)] for n in ours]
        print(f"| `{name}` | {figure(own, 2)} | {' | '.join(figure(s, 2) for s in shares)} |")


def compare_precisions(model: Path, dev: Sequence[tuple[str, str]]) -> None:
    """BLEU on dev: the network in PyTorch, the graphs in fp32 and in int8."""
    import torch

    from seqcli import evaluation
    from seqcli.bundle import open_bundle
    from seqcli.config import SearchConfig
    from seqcli.decoding.runtime import load_translator
    from seqcli.model.seq2seq import Seq2Seq
    from seqcli.model.stepper import TorchSearchModel
    from seqcli.training.checkpoint import load_network_tensors

    bundle = open_bundle(model)
    network = Seq2Seq(
        bundle.settings.model,
        len(bundle.tokenizer),
        torch.from_numpy(bundle.output_vocabulary.pieces),
    )
    load_network_tensors(network, bundle.weights())
    print("\n| BLEU on dev | PyTorch | fp32 | int8 |\n|---|---|---|---|")
    for beam in BEAMS:
        told = []
        for name in ("torch", "fp32", "int8"):
            config = SearchConfig(beam=beam)
            if name == "torch":
                translator = load_translator(bundle, config, threads=1)
                translator.model = TorchSearchModel(network)
            else:
                translator = load_translator(bundle, config, precision=name)
            texts = [best[0].text for best in translator.translate([s for s, _ in dev])]
            scores = evaluation.score(texts, [[target] for _, target in dev])
            told.append(f"{scores.bleu:.2f}")
        print(f"| beam {beam} | {' | '.join(told)} |", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--inside"]:
        inside(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--small-model", type=Path, help="for one sentence, beside --model")
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--dev", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    from seqcli.data.readers.registry import read_pairs

    peers = peer_programs(chosen.peers.resolve()) if chosen.peers else []
    models = [chosen.model, *([chosen.small_model] if chosen.small_model else [])]
    compare_start(peers, models, chosen.runs)
    programs = [*seqcli_programs(chosen.model), *peers]
    compare_files(programs, list(read_pairs(chosen.test)), chosen.runs)
    if chosen.dev:  # last: what runs under a process that has PyTorch in it seems as large as that
        compare_precisions(chosen.model, list(read_pairs(chosen.dev)))


if __name__ == "__main__":
    main()
