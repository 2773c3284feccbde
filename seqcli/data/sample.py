"""The bundled sample data: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

from seqcli.errors import UserError

_PACKAGE = Path(__file__).resolve().parent.parent


def sample_file(name: str) -> Path:
    """The path of a file of the sample data, such as `train.en-zh.tsv`."""
    for folder in (_PACKAGE / "sample_data", _PACKAGE.parent / "sample_data"):
        if (folder / name).exists():
            return folder / name
    raise UserError(f"the sample data ({name}) is missing: install seqcli again")
