"""What a reader of pairs is told, and what it tells: see `seqcli.data.readers`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from seqcli.data.pairs import Pair, make_pair
from seqcli.errors import UserError
from seqcli.wording import plural

# A few bad lines in a large file are left out; a file with a larger share of them is refused.
MAX_BAD_SHARE = 0.05
# A message about many lines names this many of them.
PLACES_NAMED = 5


@dataclass(frozen=True)
class Selection:
    """Which texts of a file are its pairs, where a file has more than two columns or languages.

    `columns` are those of the sources and of the targets, by number (from 1) or by the name in the
    first row, or the keys of JSON. `source` and `target` are language tags (BCP 47). What is empty
    is chosen by the file.
    """

    columns: tuple[str, ...] = ()
    source: str = ""
    target: str = ""

    def to_lists(self) -> tuple[list[str], list[str]]:
        """The columns and the languages, as JSON has them."""
        return list(self.columns), [self.source, self.target]

    @classmethod
    def from_lists(cls, columns: Sequence[str], languages: Sequence[str]) -> Selection:
        """The selection that `to_lists` described; of empty lists, none."""
        source, target = languages or ("", "")
        return cls(tuple(columns), source, target)

    def reversed(self) -> Selection:
        """The same pairs for the opposite direction, in the order in which the file has them."""
        return replace(self, source=self.target, target=self.source)


NO_SELECTION = Selection()


def parse_columns(text: str) -> tuple[str, ...]:
    """The columns that `--columns` names, of the sources and of the targets, or none. Raises
    `UserError` for more than two."""
    columns = tuple(part.strip() for part in text.split(",")) if text else ()
    if len(columns) > 2 or not all(columns):
        raise UserError(f"--columns names two columns, such as 2,4 or source,target, not {text!r}")
    return columns


@dataclass
class Reading:
    """A file that is read: its name in messages, what is selected, and notes for the user.

    A reader appends to the `notes`, and makes each pair by `pair`, which calls `on_text` with both
    texts as the file has them. `bad` are the lines, or other places, that were left out, by
    what is wrong with them; `rows` counts all that were read, after `skipped` rows up to a header.
    """

    name: str
    selection: Selection = NO_SELECTION
    notes: list[str] = field(default_factory=list)
    on_text: Callable[[str, str], None] | None = None
    bad: dict[str, list[str]] = field(default_factory=dict)
    rows: int = 0
    skipped: int = 0

    def pair(self, source: str, target: str) -> Pair:
        """A pair of two texts of the file."""
        if self.on_text is not None:
            self.on_text(source, target)
        return make_pair(source, target)

    def note(self, text: str) -> None:
        """Tell the user something about the file."""
        self.notes.append(f"{self.name}: {text}")

    def fail(self, text: str) -> UserError:
        """An error about the file, to be raised."""
        return UserError(f"{self.name}: {text}")

    def reject(self, place: str, reason: str) -> None:
        """Count a line, or another place, that is left out."""
        self.bad.setdefault(reason, []).append(place)

    def check_share(self) -> None:
        """Raise a `UserError` if too much of what has been read was left out."""
        count = sum(map(len, self.bad.values()))
        if count > MAX_BAD_SHARE * self.rows:
            reason, places = next(iter(self.bad.items()))
            more = f" ({count:,} of {plural(self.rows, 'line')})" if count > 1 else ""
            raise UserError(f"{self.name}, {places[0]}: {reason}{more}")

    def finish(self) -> None:
        """Note what was left out, or raise a `UserError` if it is too much."""
        self.check_share()
        for reason, places in self.bad.items():
            named = ", ".join(places[:PLACES_NAMED]) + ", …" * (len(places) > PLACES_NAMED)
            self.note(
                f"left out {len(places):,} of {plural(self.rows, 'line')} ({named}): {reason}"
            )


def matches_language(tag: str, wanted: str) -> bool:
    """Whether a language tag is the one wanted or a special case of it, as zh-CN and zh-Hans are of
    zh (RFC 4647, section 3.3.1, basic filtering); case and `_` do not matter."""
    tag, wanted = (each.lower().replace("_", "-") for each in (tag, wanted))
    return bool(wanted) and (tag == wanted or tag.startswith(f"{wanted}-"))


def find_language(tags: Iterable[str], wanted: str) -> list[str]:
    """The tags that are the language wanted: those that match, or else the more general one of
    which the wanted tag is a special case."""
    tags = list(tags)
    exact = [tag for tag in tags if matches_language(tag, wanted) and matches_language(wanted, tag)]
    return (
        exact
        or [tag for tag in tags if matches_language(tag, wanted)]
        or [tag for tag in tags if matches_language(wanted, tag)]
    )


def check_languages(languages: Sequence[str], reading: Reading) -> None:
    """Raise a `UserError` if the source and the target of a file to fill in are in other languages
    than those that are selected; empty ones are not known."""
    selection = reading.selection
    for verb, has, wanted in zip(
        ("from", "into"), languages, (selection.source, selection.target), strict=True
    ):
        if has and wanted and not find_language([has], wanted):
            raise reading.fail(
                f"is to be translated {verb} {has}, not {verb} {wanted} (--from and --to name the "
                "languages)"
            )


def describe_languages(counts: Mapping[str, int]) -> str:
    """Languages with the numbers of their texts, most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{tag} ({count:,})" for tag, count in ordered)
