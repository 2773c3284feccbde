"""Catalogues of gettext: PO files, which people edit, and MO files, which programs read."""

from __future__ import annotations

import codecs
import io
import struct
from collections.abc import Iterator, Mapping, Sequence

from seqcli.data.pairs import Pair
from seqcli.data.po_catalogue import (
    PluralRule,
    find_charset,
    find_plural_rule,
    parse_header,
    parse_po,
)
from seqcli.data.reading import Reading, matches_language
from seqcli.wording import shortened

# The first bytes of an MO file, and the order of the bytes in its numbers.
_BYTE_ORDERS = {b"\xde\x12\x04\x95": "<", b"\x95\x04\x12\xde": ">"}


def read_po(file: io.BufferedIOBase, reading: Reading) -> Iterator[Pair]:
    """The texts of a PO file and their translations; plural forms as pairs of their own.

    Left out are obsolete, untranslated and fuzzy messages, the last with a note. Where the language
    of the catalogue is the source that is selected, the pairs are reversed. Raises `UserError` for
    a file that is no PO file, or is in another language than those selected.
    """
    catalogue = parse_po(file.read(), reading)
    is_reversed = _is_reversed(catalogue.header, reading)
    rule = find_plural_rule(catalogue.header)
    fuzzy = 0
    for message in catalogue.messages:
        if message.is_fuzzy:
            fuzzy += all(message.translations)
            continue
        pairs = _pairs(message.source, message.plural, message.translations, rule, reading)
        yield from (pair.reversed() if is_reversed else pair for pair in pairs)
    if fuzzy:
        reading.note(f"left out {fuzzy:,} fuzzy {'entry' if fuzzy == 1 else 'entries'}")


def read_mo(file: io.BufferedIOBase, reading: Reading) -> Iterator[Pair]:
    """The pairs of an MO file, as those of `read_po`. Raises `UserError` in the same cases.

    Texts with parts that depend on the system, such as `%<PRIuMAX>`, are not read.
    """
    entries = _read_entries(file.read(), reading)
    charset = find_charset(next((text for source, text in entries if not source), b""), reading)
    messages: list[tuple[str, str]] = []
    for number, entry in enumerate(entries, start=1):
        try:
            source, translation = (text.decode(charset) for text in entry)
        except UnicodeDecodeError as error:
            raise reading.fail(
                f"entry {number}: not valid {charset.upper()}: make the file again with msgfmt"
            ) from error
        messages.append((source, translation))
    header = parse_header(next((text for source, text in messages if not source), ""))
    is_reversed, rule = _is_reversed(header, reading), find_plural_rule(header)
    for source, translation in messages:
        text, *plurals = source.rpartition("\4")[2].split("\0")
        if text:
            forms = translation.split("\0")
            pairs = _pairs(text, plurals[0] if plurals else None, forms, rule, reading)
            yield from (pair.reversed() if is_reversed else pair for pair in pairs)


def recognizes_po(head: bytes) -> bool:
    """Whether a file that begins so is a PO file: its first text, after comments, is a msgid."""
    lines = map(bytes.strip, head.removeprefix(codecs.BOM_UTF8).splitlines())
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    return first.startswith((b'msgid "', b'msgctxt "'))


def _pairs(
    source: str,
    plural: str | None,
    translations: Sequence[str],
    rule: PluralRule | None,
    reading: Reading,
) -> Iterator[Pair]:
    """The pairs of a message: none if a translation is missing, two if it has plural forms."""
    if not all(translations):
        return
    if rule is None or rule.forms != len(translations):
        rule = PluralRule(len(translations), 0, len(translations) - 1)
    yield reading.pair(source, translations[0 if plural is None else rule.one])
    if plural:
        yield reading.pair(plural, translations[rule.many])


def _is_reversed(header: Mapping[str, str], reading: Reading) -> bool:
    """Whether the language of a catalogue is the source selected. Raises `UserError` if it is
    neither the source nor the target."""
    language = header.get("language", "").replace("@", "-")
    wanted = reading.selection

    def is_language(tag: str) -> bool:
        return matches_language(language, tag) or matches_language(tag, language)

    if not language or is_language(wanted.target):
        return False
    if is_language(wanted.source):
        return True
    if wanted.target:
        raise reading.fail(
            f"its translations are in {shortened(language)}, not in {wanted.target}: name the "
            "file of another language"
        )
    return False


def _read_entries(content: bytes, reading: Reading) -> list[tuple[bytes, bytes]]:
    """The texts of an MO file, with context and plural, and their translations, with all forms.

    All offsets and lengths are checked, and no more bytes are copied than twice those of the file.
    Format: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
    """
    order = _BYTE_ORDERS.get(content[:4])
    if order is None:
        raise reading.fail("not an MO file: make one with msgfmt")
    try:
        revision, count, *tables = struct.unpack_from(f"{order}4I", content, 4)
        columns = [_read_texts(content, order, count, table) for table in tables]
    except (struct.error, ValueError) as error:
        raise reading.fail("a damaged MO file: make it again with msgfmt") from error
    if revision >> 16 > 1:
        raise reading.fail("an MO file of a later revision of the format: name its PO file")
    return list(zip(*columns, strict=True))


def _read_texts(content: bytes, order: str, count: int, table: int) -> list[bytes]:
    """The texts to which a table of lengths and offsets points. Raises `ValueError` if some are
    outside of the file, or overlap so much that they are longer than it."""
    if table + 8 * count > len(content):
        raise ValueError
    spans = list(struct.iter_unpack(f"{order}2I", content[table : table + 8 * count]))
    lengths = sum(length for length, _ in spans)
    if lengths > len(content) or any(sum(span) > len(content) for span in spans):
        raise ValueError
    return [content[start : start + length] for length, start in spans]
