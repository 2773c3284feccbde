"""`seqcli translate --shard`: the lines of one shard of a file."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqcli import __version__
from seqcli.cli.streams import argument_text, info, stderr_console
from seqcli.cli.translation_writer import TranslationWriter
from seqcli.config import SearchConfig
from seqcli.data.readers.lines import decode_line, open_text, read_lines
from seqcli.decoding.windows import in_windows
from seqcli.errors import UserError
from seqcli.files import atomic_writer, check_output_file
from seqcli.folder import CORRECTIONS, GLOSSARY, MANIFEST
from seqcli.interrupts import unwinding
from seqcli.paths import STANDARD_STREAM, display_name
from seqcli.shards import Shard, ShardHeader, shard_writer
from seqcli.views.progress import line_progress
from seqcli.wording import plural

if TYPE_CHECKING:
    from seqcli.bundle import Bundle
    from seqcli.cli.translate import TranslateOptions
    from seqcli.decoding.translator import Translator

# The settings of the search that no translation depends on.
_WITHOUT_EFFECT = ("batch_size",)


def translate_shard(
    translator: Translator,
    bundles: Sequence[Bundle],
    options: TranslateOptions,
    config: SearchConfig,
) -> None:
    """Translate the lines of a shard. Raises `UserError` as `read_lines` does, for any line of the
    file, before anything is translated."""
    source, target = options.input, options.output or STANDARD_STREAM
    assert source is not None and options.shard is not None, "a shard is one of a file"
    _check_files([source, *([options.glossary] if options.glossary else [])], target)
    shard = Shard.parse(options.shard)
    before = _version(source)
    total, digest = _measure(source)
    own = shard.lines(total)
    header = ShardHeader(
        shard.number,
        shard.count,
        total,
        digest,
        model_digest(bundles, options),
        _settings(options, config),
        __version__,
    )
    console = stderr_console()
    shown = console.is_terminal and (target != STANDARD_STREAM or not sys.stdout.isatty())
    with (
        unwinding(),
        atomic_writer(target) as file,
        shard_writer(file, header) as out,
        line_progress(console, len(own), shown=shown) as advance,
    ):
        writer = TranslationWriter(
            translator,
            out,
            options.format,
            heatmap=False,
            prefix=argument_text([options.prefix]),
            advance=advance,
            min_confidence=options.min_confidence,
            first_line=own.start + 1,
        )
        writer([])  # reports an impossible prefix
        for lines in in_windows(islice(read_lines(source), own.start, own.stop), len):
            writer(lines)
        if writer.sentences != len(own) or _version(source) != before:
            raise UserError(f"{source} has changed while it was read: translate the shard again")
    writer.summarize()
    place = f"lines {own.start + 1:,} to {own.stop:,}" if own else "no lines"
    of = f"of {plural(total, 'line')} in {display_name(source)}"
    info(f"translated shard {shard}: {place} {of} (seqcli join puts the shards together)")


def _check_files(sources: Sequence[Path], target: Path) -> None:
    """Raise a `UserError` for an input that cannot be read twice, or is the output too, and for an
    output that cannot be written."""
    if target != STANDARD_STREAM:
        check_output_file(target)
    for path in sources:
        if path.exists() and not path.is_file():
            raise UserError(f"{path} is no file: --shard reads it twice, so save it as one")
        if path.exists() and target.exists() and path.samefile(target):
            raise UserError(f"{path} is to be read: name another --output")


def _version(path: Path) -> tuple[int, ...]:
    """What changes when a file is replaced or written; nothing for one that cannot be read."""
    if not path.exists():
        return ()
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _measure(path: Path) -> tuple[int, str]:
    """The number of lines of a text file, and the checksum of its bytes as UTF-8."""
    digest, number = hashlib.sha256(), 0
    with open_text(path) as file:
        # (A line that is too long is refused before the next is read.)
        for number, line in enumerate(iter(lambda: file.readline(1 << 23), b""), start=1):
            decode_line(line, display_name(path), number)
            digest.update(line)
    return number, digest.hexdigest()


def model_digest(bundles: Sequence[Bundle], options: TranslateOptions) -> str:
    """The checksum of all that translations come from: models, corrections, glossaries, a language
    model."""
    digest = hashlib.sha256()
    for bundle in bundles:
        values = [bundle.settings.to_dict(), bundle.output_vocabulary.pieces.tolist()]
        _add(digest, json.dumps([*values, dict(bundle.confidence or {})]).encode())
        _add(digest, bundle.tokenizer.model)
        _add(digest, bundle.words.to_text().encode())
        for name in sorted(bundle.contents):
            _add(digest, bundle.contents[name])
        if bundle.vectors is not None:
            _add(digest, bundle.vectors.to_bytes())
        for name in (CORRECTIONS, GLOSSARY):
            _add(digest, _content(bundle.folder / name) if options.memory else b"")
    if options.glossary:
        _add(digest, _content(options.glossary))
    if options.language_model:
        # (Its manifest names its files by their checksums.)
        _add(digest, _content(options.language_model / MANIFEST))
    return digest.hexdigest()


def _add(digest: Any, content: bytes) -> None:
    digest.update(len(content).to_bytes(8, "little"))
    digest.update(content)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _settings(options: TranslateOptions, config: SearchConfig) -> dict[str, Any]:
    """The settings that translations depend on, by the names of their options."""
    values = {
        name: value for name, value in config.to_dict().items() if name not in _WITHOUT_EFFECT
    }
    return values | {
        "format": options.format,
        "precision": options.precision,
        "prefix": options.prefix,
        "min_confidence": options.min_confidence,
        "language_model": options.language_model is not None,
    }


def check_shard(options: TranslateOptions, shard: str) -> None:
    """Raise a `UserError` for options that do not go with `--shard`, and for a wrong value."""
    Shard.parse(shard)
    if options.input is None or options.input == STANDARD_STREAM:
        raise UserError(
            "--shard translates a part of a file, which each process reads: name --input"
        )
    others = {"--heatmap": options.heatmap, "--stream": options.stream}
    if named := [name for name, is_given in others.items() if is_given]:
        raise UserError(f"--shard writes shards to be joined: leave out {' and '.join(named)}")
