"""An inspection as a page."""

from __future__ import annotations

from seqcli.config import ModelConfig
from seqcli.decoding.inspection import Inspection
from seqcli.web.page import web_page


def inspection_page(inspection: Inspection, model: ModelConfig) -> str:
    """All panels as one HTML page, which its script draws: seqcli/web/views/inspection.js."""
    translation = inspection.translation
    title = f"{translation.source} → {translation.text}"
    return web_page(title, {"kind": "inspection", "inspection": inspection.to_dict(model)})
