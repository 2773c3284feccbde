"""What a page knows of characters, patterns and sentences: all that Python knows and uses."""

from __future__ import annotations

from typing import Any

from seqcli.decoding.sentences import page_rules
from seqcli.web.pattern_tables import pattern_tables
from seqcli.web.unicode_tables import unicode_tables


def text_tables() -> dict[str, Any]:
    """The tables of `loadText` in text/unicode.js, ready for JSON."""
    return {
        "unicode": unicode_tables(),
        "patterns": pattern_tables(),
        "sentences": page_rules(),
    }
