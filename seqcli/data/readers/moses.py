"""Two files with the lines of two languages, `corpus.en` and `corpus.zh`, by their common stem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from seqcli.data.readers.header import is_language_tag
from seqcli.data.readers.lines import read_lines
from seqcli.data.reading import Selection, find_language
from seqcli.errors import UserError

_COMPRESSED = (".gz", ".xz", ".bz2")


def split_name(name: str) -> tuple[str, str]:
    """The stem of a name and the language that it ends with, `corpus` and `en` for `corpus.en.gz`;
    the language is empty if there is none."""
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    stem, _, language = name.rpartition(".")
    return (stem, language) if stem and is_language_tag(language) else (name, "")


def pair_names(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """The stems that have several languages, with the name for each language."""
    stems: dict[str, dict[str, str]] = {}
    for name in names:
        stem, language = split_name(name)
        if language:
            stems.setdefault(stem, {}).setdefault(language, name)
    return {stem: found for stem, found in stems.items() if len(found) > 1}


def choose_languages(
    languages: Mapping[str, str], selection: Selection, stem: str
) -> tuple[str, str]:
    """The names for the source and the target. Raises `UserError` if it is not clear which."""
    there = ", ".join(languages)
    found = [find_language(languages, wanted) for wanted in (selection.source, selection.target)]
    if all(len(tags) == 1 for tags in found) and found[0] != found[1]:
        return languages[found[0][0]], languages[found[1][0]]
    if len(languages) == 2 and not (selection.source and selection.target):
        first, second = languages
        is_swapped = found[0] == [second] or found[1] == [first]
        names = (second, first) if is_swapped else (first, second)
        return languages[names[0]], languages[names[1]]
    raise UserError(f"{stem}: its languages are {there}: name two (--from and --to)")


def matched_files(
    paths: Sequence[Path], selection: Selection
) -> Iterator[tuple[Path] | tuple[Path, Path]]:
    """The files of pairs that were named, each alone or as the two sides of a corpus.

    Two neighbours such as `corpus.en corpus.zh` are the source and the target. A `corpus` that is
    no file is the stem of such files.
    """
    rest = list(paths)
    while rest:
        path = rest.pop(0)
        stem, language = split_name(path.name)
        if language and rest:
            other, other_language = split_name(rest[0].name)
            is_same_stem = other == stem and path.parent == rest[0].parent
            if is_same_stem and other_language != language and not _has_tab(path):
                both = {language: str(path), other_language: str(rest.pop(0))}
                source, target = choose_languages(both, selection, str(path.parent / stem))
                yield Path(source), Path(target)
                continue
        yield _both_sides(path, selection) or (path,)


def _both_sides(stem: Path, selection: Selection) -> tuple[Path, Path] | None:
    """The files of which a path is the stem, if it is no file itself."""
    try:
        if stem.name in ("", "-") or stem.exists() or not stem.parent.is_dir():
            return None
        there = sorted(path.name for path in stem.parent.iterdir())
    except OSError:
        return None
    found = pair_names(name for name in there if PurePath(name).name.startswith(f"{stem.name}."))
    if stem.name not in found:
        return None
    source, target = choose_languages(found[stem.name], selection, str(stem))
    return stem.parent / source, stem.parent / target


def _has_tab(path: Path) -> bool:
    """Whether the first line of a file has a tab, so that it holds pairs itself."""
    return "\t" in next(read_lines(path), "")
