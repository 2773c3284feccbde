"""How fast seqcli translates, compared with other toolkits on the same machine and test set.

    python benchmarks/translate.py --model DIR --test FILE [--dev FILE] [--peers DIR] [--runs 5]

TEST and DEV are files of source<TAB>target. The output is Markdown, for RESULTS.md. Times are
medians (with minimum and maximum), RAM is the maximum; every program runs once in each round, so
that a slow minute affects all of them.

PEERS is a folder with a virtual environment for each toolkit to compare, and a model of the same
size, trained on the same pairs (see benchmarks/README.md):

    opennmt/  opennmt.pt  joeynmt/  joeynmt-1.yaml  joeynmt-5.yaml  marian/  marian.npz  marian.yml
    ctranslate2/  ctranslate2-model/  spm.model
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

# Faster without oneDNN, because lengths vary.
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
    """One run of a program: wall-clock seconds of the whole process, and of the translation alone;
    peak RAM (MiB), and the output."""

    whole: float
    inner: float | None
    peak_ram: float
    text: str


@dataclass
class Program:
    """A program that translates a file: its command for a beam, and `time`, the pattern of the
    translation time in its output.

    `prepare` turns sentences into its input, `finish` its output into sentences. `inner` is a
    second command that prints the translation time, if the first does not.
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
            log = (
                timed(self.inner(beam, source, target), source, {}).text if self.inner else run.text
            )
            written = target.read_text(encoding="utf-8") if target.exists() else run.text
        times = re.findall(self.time, log)
        output = self.finish(written.removesuffix("\n").split("\n"))
        return Run(run.whole, float(times[-1]) if times else None, run.peak_ram, "\n".join(output))


def timed(command: Sequence[str], source: Path | None, environment: dict[str, str]) -> Run:
    """Run a command. The text is its standard output and standard error together."""
    with tempfile.TemporaryFile() as out, (source or Path(os.devnull)).open("rb") as stdin:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=stdin, stdout=out, stderr=subprocess.STDOUT, env=QUIET | environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        whole = time.perf_counter() - started
        out.seek(0)
        text = out.read().decode("utf-8", errors="replace")
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{text[-2000:]}")
    return Run(whole, None, usage.ru_maxrss / 1024, text)


def seqcli_programs(model: Path) -> list[Program]:
    """seqcli at each precision, and with an exact search: the whole process, and in a second run
    the time without loading."""

    def program(precision: str, *exact: str) -> Program:
        return Program(
            " ".join(["seqcli", precision, *exact]),
            lambda beam, source, target: [
                sys.executable, "-m", "seqcli", "translate", "--model", str(model),
                "--precision", precision, "--beam", str(beam), *exact,
                "--input", str(source), "--output", str(target),
            ],
            r"translating took ([\d.]+)",
            inner=lambda beam, source, target: [
                sys.executable, __file__, "--inside", str(model), precision, str(beam),
                str(source), str(target), *exact,
            ],
        )  # fmt: skip

    return [program("fp32"), program("int8"), program("fp32", "--exact")]


def inside(model: str, precision: str, beam: str, source: str, target: str, *exact: str) -> None:
    """Translate like `seqcli translate --input --output`, and print the time without loading."""
    from seqcli.bundle import open_bundle, translating_parts
    from seqcli.config import SearchConfig
    from seqcli.data.readers.lines import read_lines
    from seqcli.decoding.runtime import load_translator
    from seqcli.decoding.windows import in_windows

    config = SearchConfig(beam=int(beam), exact=bool(exact))
    translator = load_translator(open_bundle(Path(model), translating_parts(precision)), config)
    translator.translate([])  # (opens what it needs)
    started = time.perf_counter()
    with Path(target).open("w", encoding="utf-8") as file:
        for lines in in_windows(read_lines(Path(source)), len):
            file.writelines(f"{best[0].text}\n" for best in translator.translate(lines))
    print(f"translating took {time.perf_counter() - started:.3f} s")


def peer_programs(folder: Path) -> list[Program]:
    """The toolkits whose environments are in the folder."""
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
    if (folder / "ctranslate2").exists():
        programs += [_ctranslate2_program(folder, kind) for kind in ("float32", "int8")]
    return programs


def _ctranslate2_program(folder: Path, compute_type: str) -> Program:
    """CTranslate2 with weights of that type. Its time is that of a whole file without loading."""
    return Program(
        f"CTranslate2 {compute_type}",
        lambda beam, source, target: [
            f"{folder}/ctranslate2/bin/python", __file__, "--ctranslate2",
            f"{folder}/ctranslate2-model", f"{folder}/spm.model", compute_type, str(beam),
            str(source), str(target),
        ],
        r"translating took ([\d.]+)",
        {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def with_ctranslate2(
    model: str, pieces: str, compute_type: str, beam: str, source: str, target: str
) -> None:
    """Translate a file with CTranslate2, and print the time without loading. Two translators with a
    thread each are faster than one with two."""
    import ctranslate2
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=pieces)
    translator = ctranslate2.Translator(
        model, compute_type=compute_type, inter_threads=2, intra_threads=1
    )
    started = time.perf_counter()
    lines = Path(source).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    results = translator.translate_batch(
        [processor.encode(line, out_type=str) for line in lines],
        max_batch_size=64,
        beam_size=int(beam),
    )
    texts = [processor.decode(result.hypotheses[0]) for result in results]
    Path(target).write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    print(f"translating took {time.perf_counter() - started:.3f} s")


def figure(values: Sequence[float], digits: int = 1) -> str:
    """The median, with minimum and maximum; a dash if there are no values."""
    if not values:
        return "–"
    low, middle, high = min(values), median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}-{high:,.{digits}f})"


def compare_files(programs: Sequence[Program], test: Sequence[tuple[str, str]], runs: int) -> None:
    """Translate a file at each beam: sentences per second, RAM, length and BLEU of the output."""
    from seqcli import evaluation

    sources = [source for source, _ in test]
    for beam in BEAMS:
        runs_of: dict[str, list[Run]] = defaultdict(list)
        for _ in range(runs):
            for program in programs:
                runs_of[program.name].append(program.run(beam, sources))
        print(f"\n{len(sources):,} sentences, beam {beam}, sentences per second:\n")
        print("| | whole process | without loading | peak MiB | words to reference | BLEU |")
        print("|---|---|---|---|---|---|")
        for name, program_runs in runs_of.items():
            output = program_runs[0].text.split("\n")
            scores = evaluation.score(output, [[target] for _, target in test])
            whole = [len(sources) / run.whole for run in program_runs]
            inner = [len(sources) / run.inner for run in program_runs if run.inner]
            print(
                f"| {name} | {figure(whole)} | {figure(inner)} | "
                f"{max(run.peak_ram for run in program_runs):.0f} | "
                f"{scores.length_ratio:.2f} | {scores.bleu:.1f} |"
            )
        _print_ratios(runs_of, lambda run: run.inner, "without loading")


def _print_ratios(
    runs_of: dict[str, list[Run]], seconds: Callable[[Run], float | None], what: str
) -> None:
    """How many times as fast seqcli is: the median over the rounds."""
    print()
    for ours in (name for name in runs_of if name.startswith("seqcli")):
        comparisons = []
        for peer in (name for name in runs_of if not name.startswith("seqcli")):
            times = [
                (seconds(peer_run), seconds(our_run))
                for peer_run, our_run in zip(runs_of[peer], runs_of[ours], strict=True)
            ]
            ratios = [
                peer_time / our_time for peer_time, our_time in times if peer_time and our_time
            ]
            comparisons.append(f"{figure(ratios, 2)} times {peer}")
        if comparisons:
            print(f"- {ours}, {what}: {', '.join(comparisons)}")


def compare_start(programs: Sequence[Program], models: Sequence[Path], runs: int) -> None:
    """One sentence from the shell, compared with the import of torch and with other toolkits."""

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
    seconds_of: dict[str, list[float]] = defaultdict(list)
    for _ in range(runs):
        for name, command in commands.items():
            seconds_of[name].append(command())
    headers = "".join(f" `{name}` relative to it |" for name in ours)
    print(f"\nOne sentence, the whole process:\n\n| | seconds |{headers}")
    print("|---|---|" + "---|" * len(ours))
    for name, seconds in seconds_of.items():
        ratios = [
            [our / other for our, other in zip(seconds_of[our_name], seconds, strict=True)]
            for our_name in ours
        ]
        cells = " | ".join(figure(ratio, 2) for ratio in ratios)
        print(f"| `{name}` | {figure(seconds, 2)} | {cells} |")


def compare_precisions(model: Path, dev: Sequence[tuple[str, str]]) -> None:
    """BLEU on dev of the network in PyTorch, and of the graphs in fp32 and in int8."""
    import torch

    from seqcli import evaluation
    from seqcli.bundle import open_bundle, translating_parts
    from seqcli.config import SearchConfig
    from seqcli.decoding.runtime import load_translator
    from seqcli.folder import WEIGHTS
    from seqcli.model.seq2seq import Seq2Seq
    from seqcli.model.stepper import TorchSearchModel
    from seqcli.training.weights import load_network_tensors

    parts = {precision: translating_parts(precision) for precision in ("fp32", "int8")}
    bundle = open_bundle(model, (*parts["fp32"], WEIGHTS))
    network = Seq2Seq(
        bundle.settings.model,
        len(bundle.tokenizer),
        torch.from_numpy(bundle.output_vocabulary.pieces),
    )
    load_network_tensors(network, bundle.weights())
    print("\n| BLEU on dev, --exact | PyTorch | fp32 | int8 |\n|---|---|---|---|")
    for beam in BEAMS:
        cells = []
        for name in ("torch", "fp32", "int8"):
            config = SearchConfig(beam=beam, exact=True)
            if name == "torch":
                translator = load_translator(bundle, config, threads=1)
                translator.model = TorchSearchModel(network)
            else:
                translator = load_translator(open_bundle(model, parts[name]), config)
            texts = [best[0].text for best in translator.translate([s for s, _ in dev])]
            scores = evaluation.score(texts, [[target] for _, target in dev])
            cells.append(f"{scores.bleu:.2f}")
        print(f"| beam {beam} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--inside"]:
        inside(*sys.argv[2:])
        return
    if sys.argv[1:2] == ["--ctranslate2"]:
        with_ctranslate2(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--small-model", type=Path, help="another model for one sentence")
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--dev", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    from seqcli.data.readers.registry import read_pairs

    peers = peer_programs(options.peers.resolve()) if options.peers else []
    models = [options.model, *([options.small_model] if options.small_model else [])]
    compare_start(peers, models, options.runs)
    programs = [*seqcli_programs(options.model), *peers]
    compare_files(programs, list(read_pairs(options.test)), options.runs)
    if (
        options.dev
    ):  # last: the peak RAM of child processes includes that of a parent that has imported PyTorch
        compare_precisions(options.model, list(read_pairs(options.dev)))


if __name__ == "__main__":
    main()
