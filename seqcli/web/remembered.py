"""What a page remembers of a folder's corrections. `translation/remembering.js` reads it."""

from __future__ import annotations

from seqcli.bundle import Bundle
from seqcli.corrections.files import GLOSSARY_FILE, raw_corrections, read_rows
from seqcli.data.normalization import normalize
from seqcli.errors import UserError
from seqcli.wording import plural

Corrections = list[tuple[str, str]]


def page_corrections(bundle: Bundle) -> Corrections:
    """The corrections of a folder as they are now: the keys of their sources, by which the page
    looks up what is typed, and their translations. Raises `UserError` for a file with a fault."""
    rows = raw_corrections(bundle.folder, bundle.settings.locale)
    return [(key, normalize(row[1])) for key, row in rows.items()]


def remembering_notes(bundle: Bundle, corrections: Corrections) -> list[str]:
    """What users are told of a page: that it holds corrections, which may be private, and that it
    does not use the folder's glossary; nothing if the folder has neither."""
    notes = []
    if corrections:
        held = plural(len(corrections), "correction")
        leaves = "leaves it out" if len(corrections) == 1 else "leaves them out"
        notes.append(f"the page holds {held} of {bundle.folder}; --no-memory {leaves}")
    try:
        terms = len(read_rows(bundle.folder, GLOSSARY_FILE))
    except UserError:  # what is wrong there hinders no page
        return notes
    if terms:
        notes.append(f"the page does not use the glossary of {bundle.folder}")
    return notes
