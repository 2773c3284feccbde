"""Fuzz one target with atheris, or each in turn: `python -m tests.fuzz [NAME] -max_total_time=60`.

Options go to libFuzzer. Interesting inputs are kept in `.fuzz/NAME`; one that fails is written to
`tests/fuzz/findings/NAME`, where `tests/test_fuzz.py` tries it again from then on.
"""

import subprocess
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["seqcli"]):
    from .targets import FINDINGS, TARGETS


def fuzz(name: str, options: list[str]) -> None:
    """Try mutated inputs on a target until the options or a failure end it."""
    corpus, findings = Path(".fuzz") / name, FINDINGS / name
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    target = TARGETS[name]
    target(bytes(8))  # what is made once takes no time of the first input
    options = ["-max_len=400", "-timeout=10", "-rss_limit_mb=4000", *options]
    arguments = [sys.argv[0], *options, f"-artifact_prefix={findings}/", f"{corpus}", f"{findings}"]
    atheris.Setup(arguments, target)
    atheris.Fuzz()


def main() -> None:
    names = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    if len(names) == 1:
        fuzz(names[0], options)
    codes = [
        subprocess.run([sys.executable, "-m", "tests.fuzz", name, *options], check=False).returncode
        for name in names or TARGETS
    ]
    sys.exit(max(codes))


if __name__ == "__main__":
    main()
