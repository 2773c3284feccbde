"""The table of measured runs behind the forecast of `seqcli check`, and its error.

    python benchmarks/forecast.py NAME=PAIRS.tsv:UPDATES:SECONDS:BLEU …

Each run is a training with the default settings and a dev file (`seqcli train PAIRS.tsv --dev
DEV`); BLEU is that of its last line, and a NAME that ends in r was trained with --reverse. Prints
the lines for `RUNS` in seqcli/corpus_check/forecast.py, and the mean absolute errors in BLEU of
forecasts of each run: from all others, and from those of other corpora (what is before the dot of a
name). Without arguments: those of the runs in the table.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np

from seqcli.config import CorpusConfig
from seqcli.corpus_check.forecast import RUNS, Run, leave_one_out, measure
from seqcli.data.cleaning import clean
from seqcli.data.corpus import CorpusFiles
from seqcli.training.recipe import recipe

_RUN = re.compile(
    r"(?P<name>[^=]+)=(?P<path>.+):(?P<updates>\d+):(?P<seconds>\d+):(?P<bleu>[\d.]+)"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", metavar="NAME=PAIRS:UPDATES:SECONDS:BLEU")
    runs = [measured(text) for text in parser.parse_args().runs] or list(RUNS)
    for run in runs:
        values = ", ".join(map(repr, run.features))
        print(
            f'    Run("{run.name}", Features({values}), {run.hidden}, {run.epochs}, '
            f"{run.updates}, {run.seconds}, {run.bleu}),"
        )
    for told, key in (("all others", lambda run: run.name), ("other corpora", lambda r: r.corpus)):
        errors = leave_one_out(runs, key)
        named = ", ".join(f"{name} {error:+.1f}" for name, error in errors.items())
        print(f"from {told}: {np.mean(np.abs(list(errors.values()))):.2f} BLEU ({named})")


def measured(text: str) -> Run:
    """A run, with the features of its pairs."""
    found = _RUN.fullmatch(text)
    if not found:
        raise SystemExit(f"not NAME=PAIRS:UPDATES:SECONDS:BLEU: {text}")
    reverse = found["name"].endswith("r")
    files = CorpusFiles((Path(found["path"]),))
    pairs, _ = clean(files.read(reverse=reverse), CorpusConfig())
    model, training = recipe(len(pairs), {})
    return Run(
        found["name"],
        measure(pairs),
        model.hidden,
        training.epochs,
        int(found["updates"]),
        int(found["seconds"]),
        float(found["bleu"]),
    )


if __name__ == "__main__":
    main()
