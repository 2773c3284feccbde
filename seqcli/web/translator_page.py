"""The page of a translator: a model folder in one HTML file that translates in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seqcli.bundle import Bundle
from seqcli.config import PAGE_PRECISIONS
from seqcli.errors import UserError
from seqcli.settings import Settings
from seqcli.web.folder_values import folder_values, open_for_page
from seqcli.web.page import web_page
from seqcli.web.remembered import page_corrections, remembering_notes
from seqcli.web.text_tables import text_tables
from seqcli.wording import plural

# As many translate the same sentence side by side.
MOST_FOLDERS = 2


def translator_page(
    folders: Sequence[str | Path],
    precision: str = PAGE_PRECISIONS[0],
    *,
    memory: bool = True,
    notes: list[str] | None = None,
) -> str:
    """The page of a folder, or of two, which then translate side by side.

    With `memory`, it holds their corrections. What users are to be told is added to `notes`.
    Raises `UserError` for folders that cannot be opened, or of which no page can be made.
    """
    if precision not in PAGE_PRECISIONS:
        raise UserError(f"precision is one of {', '.join(PAGE_PRECISIONS)}, not {precision!r}")
    if not 1 <= len(folders) <= MOST_FOLDERS:
        raise UserError(f"a page has one model or two, not {len(folders)}")
    bundles = [open_for_page(folder) for folder in folders]
    corrections = [page_corrections(bundle) if memory else [] for bundle in bundles]
    parts = [
        folder_values(bundle, precision, told)
        for bundle, told in zip(bundles, corrections, strict=True)
    ]
    described = [
        {"name": name, **_describe(bundle), "values": part.values}
        for name, bundle, part in zip(_names(bundles), bundles, parts, strict=True)
    ]
    data = {"kind": "translator", "folders": described, "tables": text_tables()}
    if notes is not None:
        for bundle, told in zip(bundles, corrections, strict=True):
            notes += remembering_notes(bundle, told)
    title = " and ".join(each["name"] for each in described)
    return web_page(f"{title}: a translator", data, [part.weights for part in parts])


def _names(bundles: Sequence[Bundle]) -> list[str]:
    """The names of folders, with numbers if all are the same."""
    names = [bundle.folder.resolve().name for bundle in bundles]
    if len(names) > 1 and len(set(names)) == 1:
        return [f"{name} {number}" for number, name in enumerate(names, start=1)]
    return names


def _describe(bundle: Bundle) -> dict[str, Any]:
    """What the page tells people about a folder."""
    corpus = bundle.settings.corpus
    languages = [corpus.source_language, corpus.target_language]
    return {
        "languages": languages if all(languages) else [],
        "about": list(_about(bundle.settings)),
    }


def _about(settings: Settings) -> Sequence[str]:
    """What the network is, what it was trained on and its score, a sentence each."""
    model, about = settings.model, settings.about
    sentences = [f"{model.cell} cell of {model.hidden} units, attention {model.attention}"]
    pairs, score = about.get("pairs"), about.get("dev_score")
    if isinstance(pairs, int):
        sentences.append(f"trained on {plural(pairs, 'sentence pair')}")
    if isinstance(score, float):
        sentences.append(f"{about.get('metric')} {score:.1f} on held-out pairs")
    return sentences
