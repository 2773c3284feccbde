"""JSON lines that get a key with the translation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from seqcli.data.documents import Entry
from seqcli.data.readers.header import SOURCE_NAMES
from seqcli.data.readers.json_lines import flatten
from seqcli.data.reading import Reading
from seqcli.data.writers.encoded import decode_file
from seqcli.data.writers.layout import COLUMN


class JsonLinesDocument:
    """Objects, one on each line, which get a key with the translation; others stay as they are."""

    charset = "utf-8"

    def __init__(self, content: bytes, reading: Reading, *, all_entries: bool) -> None:
        self._encoded = decode_file(content, reading)
        self._lines = self._encoded.text.split("\n")
        self._objects = [_object(line, i, reading) for i, line in enumerate(self._lines, start=1)]
        texts = [flatten(each) for each in self._objects]
        keys = list(dict.fromkeys(key for record in texts for key in record))
        self._source, self._target = _json_keys(keys, reading)
        if any(isinstance(each.get(self._target), (dict, list)) for each in self._objects):
            raise reading.fail(f"{self._target!r} has no text: name another key (--columns)")
        self._numbers = [
            number
            for number, record in enumerate(texts)
            if record.get(self._source, "").strip()
            and (all_entries or not record.get(self._target, "").strip())
        ]
        self.entries: Sequence[Entry] = [
            Entry(texts[number][self._source], f"line {number + 1}") for number in self._numbers
        ]
        self.notes: Sequence[str] = ()

    def fill(self, translations: Sequence[str | None]) -> bytes:
        lines = list(self._lines)
        for number, text in zip(self._numbers, translations, strict=True):
            if text is not None:
                lines[number] = _with_text(lines[number], self._objects[number], self._target, text)
        return self._encoded.encode("\n".join(lines))


def _object(line: str, number: int, reading: Reading) -> dict[str, Any]:
    if not line.strip():
        return {}
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise reading.fail(f"line {number}: not valid JSON ({error})") from error
    if not isinstance(value, dict):
        raise reading.fail(f"line {number}: not a JSON object")
    return value


def _json_keys(keys: Sequence[str], reading: Reading) -> tuple[str, str]:
    """The keys of the sources and of the translations."""
    selection = reading.selection
    short = {key.rpartition(".")[2]: key for key in reversed(keys)} | {key: key for key in keys}
    if selection.columns:
        source, target = [*selection.columns, ""][:2]
        if source not in short:
            raise reading.fail(f"there is no key {source!r}; its keys are {', '.join(keys)}")
        return short[source], short.get(target, target) or COLUMN
    names = [selection.source, *SOURCE_NAMES, *(keys if len(keys) == 1 else ())]
    source = next((short[name] for name in names if name in short), "")
    if not source:
        raise reading.fail(
            f"which text is to be translated? Its keys are {', '.join(keys) or 'none'}: name one "
            "(--columns)"
        )
    target, prefix = selection.target or COLUMN, source.rpartition(".")[0]
    if prefix and not selection.target:
        raise reading.fail("into which language? name it, such as --to zh")
    return source, short.get(target, f"{prefix}.{target}" if prefix else target)


def _with_text(line: str, value: dict[str, Any], key: str, text: str) -> str:
    """A line with a text at a key. A new key comes last, and all else stays as it is written."""
    if key not in value and not key.rpartition(".")[0]:
        place = line.rindex("}")
        comma = ", " if value else ""
        return f"{line[:place].rstrip()}{comma}{json.dumps(key)}: {_json(text)}{line[place:]}"
    return _json(_with_key(value, key, text)) + line[len(line.rstrip()) :]


def _json(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False)
    # (Half of a surrogate pair is valid in JSON alone, as an escape.)
    has_half = any("\ud800" <= character <= "\udfff" for character in written)
    return json.dumps(value) if has_half else written


def _with_key(value: dict[str, Any], key: str, text: str) -> dict[str, Any]:
    """An object with a text at a key, `a.b` for one in an object."""
    outer, _, inner = key.rpartition(".")
    if outer and isinstance(value.get(outer), dict):
        return {**value, outer: {**value[outer], inner: text}}
    return {**value, key: text}
