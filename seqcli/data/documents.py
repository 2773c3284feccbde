"""A file that is filled in with translations, and otherwise stays as it is.

Each kind of file has a class in `seqcli.data.writers` that implements `Document`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Entry(NamedTuple):
    """A text of a file that is to be translated.

    `text` may have line ends, and space at both ends. Inline codes of the file are tags in it, such
    as `<g1>` … `</g1>` and `<x2/>`. `place` says where it is, for messages: "line 12".
    """

    text: str
    place: str


class Document(Protocol):
    """A file with texts to translate."""

    @property
    def entries(self) -> Sequence[Entry]:
        """The texts to translate, in the order of the file."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What the user should know of the file, such as what is not kept."""
        ...

    @property
    def charset(self) -> str:
        """The encoding that the translations must have all characters of."""
        ...

    def fill(self, translations: Sequence[str | None]) -> bytes:
        """The file with a translation for each entry; where there is None, it stays as it is.

        A translation has the tags of its entry, each once and well nested, and begins and ends
        with the same space. Raises `UserError` where the file cannot be written.
        """
        ...
