"""Word vectors: how fast a large file is read, and what they bring.

    python benchmarks/vectors.py read [--rows 3000000] [--dimensions 300] [--kind text|bin]
    python benchmarks/vectors.py table TRAIN DEV OUT [--sizes 1000 3000 10000] [--seeds 1 2]

`read` writes a file of random vectors, goes through it as `seqcli train --source-vectors` does, and
reports megabytes a second and the peak of the memory.

`table` learns vectors from the sources and from the targets of all TRAIN, as if these texts had no
translation, and trains on a few of its pairs with and without them. It scores on DEV: all lines,
and those with a word that is in no source of the pairs. TRAIN and DEV are source<TAB>target, also
.gz; OUT is a folder.
"""

import argparse
import gzip
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True)
    read = commands.add_parser("read")
    read.add_argument("--rows", type=int, default=3_000_000)
    read.add_argument("--dimensions", type=int, default=300)
    read.add_argument("--kind", choices=("text", "bin"), default="text")
    read.set_defaults(run=measure_reading)
    table = commands.add_parser("table")
    table.add_argument("train", type=Path)
    table.add_argument("dev", type=Path)
    table.add_argument("out", type=Path)
    table.add_argument("--sizes", type=int, nargs="+", default=[1000, 3000, 10_000])
    table.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    table.set_defaults(run=print_table)
    arguments = parser.parse_args()
    arguments.run(arguments)


def measure_reading(arguments):
    """In a process of its own, so that its peak is that of reading alone."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        path = Path(folder) / "vectors"
        write_random(path, arguments.rows, arguments.dimensions, arguments.kind == "bin")
        program = (
            "import sys; sys.path.insert(0, sys.argv[2]); import vectors; vectors.read(sys.argv[1])"
        )
        here = Path(__file__).parent
        subprocess.run([sys.executable, "-c", program, path, here], check=True)


def write_random(path, rows, dimensions, binary):
    """Rows of one of 1,000 random vectors each; every word is another."""
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(1000, dimensions)).astype("<f4")
    texts = [" ".join(f"{x:.6f}" for x in row).encode() + b"\n" for row in vectors]
    with path.open("wb") as file:
        file.write(f"{rows} {dimensions}\n".encode())
        for i in range(rows):
            word = f"word{i:x} ".encode()
            row = i % 1000
            file.write(word + (vectors[row].tobytes() + b"\n" if binary else texts[row]))


def read(path):
    """Read a file as a training does whose pairs have 15,000 of its words."""
    from seqcli.vectors.selection import folded_spelling, select_vectors

    needed = {f"word{i:x}" for i in range(0, 3_000_000, 200)}
    before = time.perf_counter()
    selection = select_vectors(Path(path), needed, 20_000, folded_spelling(""))
    seconds = time.perf_counter() - before
    size = Path(path).stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{selection.rows:,} rows, {size / 1e9:.2f} GB in {seconds:.1f} s: "
        f"{size / 1e6 / seconds:.0f} MB/s, peak {peak:.0f} MiB; {len(selection.needed):,} needed, "
        f"{len(selection.others):,} others kept"
    )


def print_table(arguments):
    lines = open_text(arguments.train).read().splitlines()
    arguments.out.mkdir(parents=True, exist_ok=True)
    files = []
    for column, options in enumerate(([], ["--keep-case"])):
        text, vectors = (arguments.out / f"{name}.{column}" for name in ("text", "vectors"))
        text.write_text("".join(line.split("\t")[column] + "\n" for line in lines))
        run("vectors", "learn", text, "-o", vectors, *options)
        files.append(vectors)
    ways = {
        "without": [],
        "source vectors": ["--source-vectors", files[0]],
        "both": ["--source-vectors", files[0], "--target-vectors", files[1]],
    }
    random.Random(18).shuffle(lines)
    print("| pairs | seed | vectors | BLEU | chrF | lines with new words | BLEU | chrF |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for size in arguments.sizes:
        pairs = arguments.out / f"pairs.{size}.tsv"
        pairs.write_text("".join(line + "\n" for line in lines[:size]))
        for seed in arguments.seeds:
            for way, options in ways.items():
                model = arguments.out / f"{size}.{way.replace(' ', '-')}.{seed}"
                run(
                    "train", pairs, "--dev", arguments.dev, "--model", model, "--overwrite",
                    "--seed", seed, "--threads", 1, *options,
                )  # fmt: skip
                cells = scores(model, pairs, arguments.dev)
                print(f"| {size:,} | {seed} | {way} | {' | '.join(cells)} |", flush=True)


def run(*words):
    command = [sys.executable, "-m", "seqcli", *map(str, words)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def open_text(path):
    return gzip.open(path, "rt") if path.suffix == ".gz" else path.open()


def words_of(text):
    from seqcli.data.normalization import fold, normalize_source
    from seqcli.data.words import find_words

    return [word.text for word in find_words(fold(normalize_source(text)))]


def scores(model, pairs, dev):
    """BLEU and chrF of all lines, the number of lines with a word of no pair, and their scores."""
    import sacrebleu

    import seqcli

    seen = {
        word for line in pairs.read_text().splitlines() for word in words_of(line.split("\t")[0])
    }
    lines = [line.split("\t")[:2] for line in open_text(dev).read().splitlines()]
    found = seqcli.load(model).translate_batch([source for source, _ in lines])
    new = [i for i, (source, _) in enumerate(lines) if not seen.issuperset(words_of(source))]
    cells = []
    for chosen in (range(len(lines)), new):
        texts = [found[i].text for i in chosen]
        references = [[lines[i][1] for i in chosen]]
        bleu, chrf = (f(texts, references) for f in (sacrebleu.corpus_bleu, sacrebleu.corpus_chrf))
        cells += [f"{bleu.score:.1f}", f"{chrf.score:.1f}"]
    return [*cells[:2], str(len(new)), *cells[2:]]


if __name__ == "__main__":
    main()
