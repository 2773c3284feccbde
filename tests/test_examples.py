"""The examples of docs/large.md, where their libraries are installed."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import copy_pairs

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"


def run(name, *arguments):
    command = [sys.executable, EXAMPLES / name, *map(str, arguments)]
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=300, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("".join(line.split("\t")[0] + "\n" for line in copy_pairs(50)))
    return path


@pytest.fixture
def expected(seqcli, copy_model, lines):
    return seqcli("translate", "-m", copy_model, "-i", lines).out.splitlines()


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="needs ray[data]")
def test_ray(copy_model, lines, expected, tmp_path):
    run("translate_with_ray.py", copy_model, lines, tmp_path / "out")
    from pyarrow import parquet

    table = parquet.read_table(tmp_path / "out").to_pydict()
    found = dict(zip(table["text"], table["translation"], strict=True))
    sources = lines.read_text().splitlines()
    assert len(table["text"]) == len(sources)
    assert found == dict(zip(sources, expected, strict=True))


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pyspark") is None, reason="needs pyspark and Java")
def test_spark(copy_model, lines, expected, tmp_path):
    run("translate_with_spark.py", copy_model, lines, tmp_path / "out")
    parts = sorted((tmp_path / "out").glob("part-*.txt"))
    assert [line for part in parts for line in part.read_text().splitlines()] == expected
