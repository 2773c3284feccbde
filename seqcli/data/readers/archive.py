"""Zip archives: of OPUS, with the two sides of a corpus, or with one file of pairs."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from seqcli.data.pairs import Pair
from seqcli.data.readers.aligned import pair_lines
from seqcli.data.readers.lines import decode_lines
from seqcli.data.readers.moses import choose_languages, pair_names
from seqcli.data.readers.opening import as_utf8, limited
from seqcli.data.reading import Reading

# Members of archives that hold no pairs.
_ASIDE = ("readme", "license", "licence", "changelog", "copying")
MAX_NAMED = 10

ReadMember = Callable[[io.BufferedReader, Reading], Iterator[Pair]]


def read_archive(
    file: io.BufferedReader, reading: Reading, read_member: ReadMember
) -> Iterator[Pair]:
    """The pairs of an archive: of `corpus.en` and `corpus.zh` in it, or of the only file of pairs,
    by `read_member`. Raises `UserError` for a damaged archive, and if it is not clear which."""
    if not file.seekable():
        raise reading.fail("a zip archive cannot be read from a pipe: name the file")
    try:
        with zipfile.ZipFile(file) as archive:
            names = [info.filename for info in archive.infolist() if _holds_text(info)]
            corpora = pair_names(names)
            if len(corpora) == 1:
                ((stem, languages),) = corpora.items()
                chosen = choose_languages(languages, reading.selection, f"{reading.name}: {stem}")
                sources, targets = (_lines(archive, name, reading) for name in chosen)
                yield from pair_lines(sources, targets, reading, names=chosen)
            elif len(names) == 1:
                member = replace(reading, name=f"{reading.name}: {names[0]}")
                with _open(archive, names[0], reading) as content:
                    yield from read_member(content, member)
            else:
                there = ", ".join(names[:MAX_NAMED]) + ", …" * (len(names) > MAX_NAMED)
                raise reading.fail(
                    f"holds several files ({there or 'no file of pairs'}): unpack it and name one"
                )
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise reading.fail(f"not a zip archive that can be read ({error})") from error


def _holds_text(info: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(info.filename)
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return not info.is_dir() and not hidden and not path.name.lower().startswith(_ASIDE)


def _open(archive: zipfile.ZipFile, name: str, reading: Reading) -> io.BufferedReader:
    info = archive.getinfo(name)
    return limited(archive.open(info), info.compress_size, f"{reading.name}: {name}")


def _lines(archive: zipfile.ZipFile, name: str, reading: Reading) -> Iterator[str]:
    with _open(archive, name, reading) as file:
        yield from decode_lines(as_utf8(file, name), name)
