"""JSON lines: an object on each line with the two texts of a pair."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from seqcli.data.pairs import Pair
from seqcli.data.readers.header import NUMBERING_NAMES
from seqcli.data.readers.lines import decode_lines
from seqcli.data.readers.opening import as_utf8
from seqcli.data.readers.table import ROWS_EXAMINED, Row, named_columns, read_table
from seqcli.data.reading import Reading, describe_languages

MISSING = "not a JSON object with both texts"


def read_json_lines(file: io.BufferedReader, reading: Reading) -> Iterator[Pair]:
    """The pairs of objects with two texts, such as `{"translation": {"en": …, "zh": …}}`.

    The keys are those of `reading.selection`, languages or usual names such as `source` and
    `target`, or the only two; a key of an object within the object is `translation.en`, or `en`
    where that is clear. Raises `UserError` where the keys are not clear, and as `read_table` does.
    """
    records = _records(file, reading)
    first = list(islice(records, ROWS_EXAMINED))
    keys, names = _find_keys([record for _, record in first if record], reading)
    rows = (_row(number, record, keys) for number, record in chain(first, records))
    return read_table(rows, reading, missing=MISSING, header=names)


def flatten(value: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """The texts of an object by their keys; those of an object within it as `translation.en`."""
    texts: dict[str, str] = {}
    for key, each in value.items():
        if isinstance(each, str):
            # (Half of a surrogate pair is valid in JSON alone.)
            texts[f"{prefix}{key}"] = each.encode("utf-8", "replace").decode()
        elif isinstance(each, Mapping) and not prefix:
            texts |= flatten(each, f"{key}.")
    return texts


def short_names(keys: Sequence[str]) -> list[str]:
    """The keys without the object that they are in, if they are then still different."""
    names = [key.rpartition(".")[2] for key in keys]
    return names if len(set(names)) == len(names) else list(keys)


def _find_keys(records: Sequence[dict[str, str]], reading: Reading) -> tuple[list[str], list[str]]:
    """The keys of the texts in the records, and their short names."""
    counts = Counter(key for record in records for key in record)
    for key in [key for key in counts if key.lower() in NUMBERING_NAMES]:
        del counts[key]
    keys = list(counts)
    names = short_names(keys)
    clear = reading.selection.columns or len(keys) == 2 or named_columns(names, reading)
    if records and not clear:
        there = describe_languages(dict(zip(names, counts.values(), strict=True))) or "none"
        raise reading.fail(f"the texts in an object are: {there}; name two of them (--columns)")
    return keys, names


def _row(number: int, record: dict[str, str] | None, keys: Sequence[str]) -> Row:
    """The texts of a record by the keys; what is no record has too few cells."""
    if not record:
        return Row(f"line {number}", ("?",) if record is None else ())
    return Row(f"line {number}", [record.get(key, "") for key in keys])


def _records(
    file: io.BufferedReader, reading: Reading
) -> Iterator[tuple[int, dict[str, str] | None]]:
    """The number and the texts of each line; no texts of a blank line, None of one that is no
    object."""
    for number, line in enumerate(decode_lines(as_utf8(file, reading.name), reading.name), start=1):
        if number == 1 and line.lstrip().startswith("["):
            raise reading.fail(
                "this is one JSON array: write an object on each line (jq -c '.[]' FILE)"
            )
        if not line.strip():
            yield number, {}
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        yield number, flatten(value) if isinstance(value, dict) else None
