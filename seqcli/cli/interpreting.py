"""Lines that are translated while they are written: on a pipe, or at the keyboard."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from seqcli.cli.keyboard import END_OF_INPUT, END_OF_LINE, TypedLine, keys
from seqcli.cli.streams import info, stdout_console
from seqcli.decoding.interpreter import Interpreter

if TYPE_CHECKING:
    from seqcli.cli.translation_writer import TranslationWriter
    from seqcli.decoding.translator import Translator
    from seqcli.views.interpreting import InterpretingView

_CHUNK_BYTES = 1 << 16


def interpret_stream(
    translator: Translator, writer: TranslationWriter, descriptor: int, out: TextIO
) -> None:
    """Translate the lines that arrive at a descriptor. After each read, what stands of the line is
    heard, and what can be written is written at once."""
    interpreter = Interpreter(translator)
    interpreter.prepare()

    def write(text: str) -> None:
        out.write(text)
        out.flush()

    for line, ended in _growing_lines(descriptor):
        if not ended:
            write(interpreter.hear(line))
            continue
        text, translation = interpreter.end(line)
        write(f"{text}\n")
        writer.record(translation)
        interpreter = Interpreter(translator)


def _growing_lines(descriptor: int) -> Iterator[tuple[str, bool]]:
    """The line as far as it has come after each read, and each line that has ended (True).

    Raises `UserError` as `decode_line` does.
    """
    from seqcli.data.readers.lines import MAX_LINE_BYTES, decode_line
    from seqcli.errors import UserError

    place, number, line = "standard input", 1, b""
    while True:
        try:
            chunk = os.read(descriptor, _CHUNK_BYTES)
        except OSError as error:
            raise UserError(f"{place}: cannot be read ({error.strerror or error})") from error
        first, *others = chunk.split(b"\n")
        line += first
        for start in others:
            yield decode_line(line + b"\n", place, number), True
            number, line = number + 1, start
        if not chunk or len(line) > MAX_LINE_BYTES:
            break
        # (The last character may still lack bytes.)
        text = codecs.getincrementaldecoder("utf-8")("ignore").decode(line).removesuffix("\r")
        if text:
            yield text, False
    if line:
        yield decode_line(line, place, number), True


def interpret_keyboard(translator: Translator, writer: TranslationWriter) -> None:
    """Translate lines while they are typed at a terminal, until the end of input."""
    from seqcli.views.interpreting import InterpretingView

    console = stdout_console()
    info("type a sentence: its translation follows word by word; Enter ends it, Ctrl-D quits")
    with keys() as chunks:
        Interpreter(translator).prepare()
        typed = _characters(chunks)
        is_open = True
        while is_open:
            line, interpreter = TypedLine(), Interpreter(translator)
            with InterpretingView(console) as view:
                is_open = _type_line(typed, line, interpreter, view)
                translation = interpreter.end(line.text)[1] if line.text.strip() else None
                view.show(line.text, "", interpreter.text)
            if translation is not None:
                writer.record(translation)
                writer.report(translation)


def _characters(chunks: Iterator[str]) -> Iterator[str]:
    """The characters that are typed, with an empty string where the next ones have not come."""
    for chunk in chunks:
        yield from chunk
        yield ""
    yield END_OF_INPUT


def _type_line(
    typed: Iterator[str], line: TypedLine, interpreter: Interpreter, view: InterpretingView
) -> bool:
    """Take one line; whether more may follow."""
    for character in typed:
        if character and character in END_OF_LINE:
            return True
        if character == END_OF_INPUT:
            return bool(line.text)
        if character:
            line.type(character)
        else:
            interpreter.hear(line.heard)
            view.show(line.heard, line.unfinished, interpreter.text)
    return False
