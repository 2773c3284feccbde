"""Measure the tests: make small changes in the code and count those that fail a test.

    python benchmarks/mutants.py [FILE ...] [--one-in N]

mutmut (its settings are in pyproject.toml, under [tool.mutmut]) makes mutants: copies of a function
with one operator, number, argument or text changed. Each is run against the tests that reach its
function; a mutant is killed if one of them fails or does not end. One mutant in ten is tried,
always the same ones for the same code: those with a name whose checksum is divisible by ten.
Survivors are printed as diffs; docs/mutants.md says why each of them may survive.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
import zlib
from collections import Counter
from pathlib import Path

from mutmut.configuration import config
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name

KILLED = {"killed", "timeout", "segfault"}
MUTMUT = Path(sys.executable).with_name("mutmut")
# There is a worker for each core already.
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Count the mutants that the tests kill.")
    parser.add_argument("files", nargs="*", type=Path, help="mutate these files (default: all)")
    parser.add_argument("--one-in", type=int, default=10, help="try one mutant in N")
    arguments = parser.parse_args()
    sampled = sample(arguments.files, arguments.one_in)
    started = time.monotonic()
    shutil.rmtree("mutants", ignore_errors=True)
    names = [name for file_names in sampled.values() for name in file_names]
    subprocess.run([MUTMUT, "run", *names], env=ENVIRONMENT, check=True)
    status = results()
    survivors = [name for name in names if status[name] not in KILLED]
    for name in survivors:
        subprocess.run([MUTMUT, "show", name], check=True)
    for path, file_names in sampled.items():
        killed = sum(status[name] in KILLED for name in file_names)
        print(f"{path}: {killed} of {len(file_names)}")
    killed, counts = len(names) - len(survivors), Counter(status[name] for name in names)
    print(f"killed {killed} of {len(names)} ({killed / len(names):.0%}): {dict(counts)}")
    print(f"in {(time.monotonic() - started) / 60:.0f} minutes")


def sample(files: list[Path], one_in: int) -> dict[Path, list[str]]:
    """The names of the mutants to try, by file."""
    mutants = {}
    for path in sorted(Path("seqcli").rglob("*.py")):
        if config().should_mutate(path) and (not files or path in files):
            mutated = mutate_file_contents(str(path), path.read_text(encoding="utf-8"))
            names = [get_mutant_name(path, name) for name in mutated.mutant_names]
            mutants[path] = [name for name in names if zlib.crc32(name.encode()) % one_in == 0]
    return {path: names for path, names in mutants.items() if names}


def results() -> dict[str, str]:
    """The result of each mutant: killed, survived, timeout, no tests, not checked, …"""
    output = subprocess.run(
        [MUTMUT, "results", "--all", "true"], check=True, capture_output=True, text=True
    )
    return dict(line.strip().rsplit(": ", 1) for line in output.stdout.splitlines() if ": " in line)


if __name__ == "__main__":
    main()
