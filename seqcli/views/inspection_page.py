"""An inspection as a page."""

from __future__ import annotations

from html import escape

from seqcli.config import ModelConfig
from seqcli.decoding.inspection import Inspection
from seqcli.views.inspection import PANELS, SPACE_MARK, notes, score_line
from seqcli.views.page import Section, page


def inspection_page(inspection: Inspection, model: ModelConfig) -> str:
    """All panels as one HTML page."""
    translation = inspection.translation
    about = (
        f"{model.cell} cell of {model.hidden} units, attention {model.attention}; "
        f"{score_line(translation)}; {SPACE_MARK}"
    )
    sections = [
        Section(name, panel.title, panel.page_caption or panel.caption, panel.draw_html(inspection))
        for name, panel in PANELS.items()
    ]
    return page(
        (translation.source, translation.text),
        "".join(f'<p class="dim">{escape(line)}</p>' for line in [about, *notes(translation)]),
        sections,
    )
