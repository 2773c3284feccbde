"""`seqcli join`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from seqcli.cli.options import Overrides, file_option, files_argument, with_options
from seqcli.cli.streams import check_output, info
from seqcli.errors import UserError
from seqcli.interrupts import unwinding
from seqcli.paths import STANDARD_STREAM
from seqcli.wording import plural

OPTIONS = {"Arguments": ["shards"], "Options": ["output"]}


@dataclass(frozen=True)
class JoinOptions:
    """The options that are no settings of a config."""

    shards: Annotated[
        list[Path],
        files_argument("SHARD", "What `seqcli translate --shard` wrote, in any order."),
    ]
    output: Annotated[
        Path | None,
        file_option("Write to a file instead of standard output.", "--output", "-o"),
    ] = None


@with_options(OPTIONS, JoinOptions)
def join(options: JoinOptions, overrides: Overrides) -> None:
    """Put translated shards together, as one run would have written them.

    Nothing is written unless every shard is there once, complete, and of the same input, model and
    settings.
    """
    del overrides
    from seqcli.files import check_output_file, write_parts
    from seqcli.shards import joined

    check_output()
    if not options.shards:
        raise UserError("name the shards, which `seqcli translate --shard` wrote")
    if STANDARD_STREAM in options.shards:
        raise UserError("shards are read twice, to check them first: name files instead of -")
    for path in options.shards:
        if path.exists() and not path.is_file():
            raise UserError(f"{path} is no file: join reads it twice, so save it as one")
    output = options.output or STANDARD_STREAM
    if output != STANDARD_STREAM:
        check_output_file(output)
        if any(
            path.exists() and output.exists() and path.samefile(output) for path in options.shards
        ):
            raise UserError(f"{output} is a shard to read: name another file to write")
    headers, parts = joined(options.shards)
    with unwinding():
        write_parts(output, parts())
    if output != STANDARD_STREAM:
        lines = plural(headers[0].lines, "line")
        info(f"wrote the translations of {lines} from {plural(len(headers), 'shard')} to {output}")
