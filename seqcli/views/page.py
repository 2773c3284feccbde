"""HTML pages that open offline: one file each, without scripts and without external resources."""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from seqcli.arrays import Array

STYLE = """
:root { color-scheme: light dark; --ink: 30 90 220; --line: rgb(128 128 128 / .35);
  --dim: rgb(128 128 128); --good: rgb(20 140 70); --bad: rgb(200 60 50); }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; display: flex; flex-wrap: wrap; gap: 0 1rem;
  justify-content: space-between; }
h3 .dim { font-weight: 400; }
p { margin: .25rem 0 .75rem; }
.dim, p.caption { color: var(--dim); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0; }
section { border-top: 1px solid var(--line); padding: 1rem 0; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: 600; text-align: left; }
td, th { padding: .1rem .6rem .1rem 0; vertical-align: top; }
td.number { white-space: nowrap; } td.number, th.number { text-align: right; }
.heat td { padding: 0; min-width: 1.25rem; height: 1.5rem;
  background: rgb(var(--ink) / var(--v)); border: 1px solid var(--line); }
.heat td.none { background: repeating-linear-gradient(-45deg, transparent 0 4px,
  var(--line) 4px 5px); }
.heat th { white-space: nowrap; padding: 0 .4rem 0 0; text-align: right; font-weight: 400;
  position: sticky; left: 0; background: Canvas; }
.heat thead th { writing-mode: vertical-rl; text-orientation: mixed; text-align: right;
  padding: .2rem 0; position: static; vertical-align: bottom; }
.unit-image { display: grid; grid-template-columns: max-content minmax(0, 1fr) max-content;
  column-gap: .5rem; line-height: 1.5rem; margin-bottom: 1rem; }
.unit-image div { white-space: nowrap; }
.unit-image img { width: 100%; height: 100%; image-rendering: pixelated;
  border: 1px solid var(--line); }
.chip { display: inline-block; padding: 0 .4rem; margin: 0 .25rem .2rem 0; border-radius: .4rem;
  background: rgb(var(--ink) / calc(.08 + .5 * var(--v))); white-space: nowrap; }
.chosen { outline: 2px solid rgb(var(--ink)); outline-offset: -2px; font-weight: 600; }
.bar { display: inline-block; height: .8rem; background: rgb(var(--ink)); min-width: 1px; }
.tree { list-style: none; margin: 0; padding: 0; }
.tree li { border-left: 2px solid var(--line); padding-left: .5rem; overflow-wrap: anywhere;
  margin-left: calc(min(1.25rem, 3vw) * var(--depth)); }
.tree .best { border-color: rgb(var(--ink)); font-weight: 600; }
.tree .alternative::before { content: "or "; color: var(--dim); }
.tree .continuation { padding-left: 1.75rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 1rem 0; } figcaption { color: var(--dim); }
.chart svg { width: 100%; max-width: 44rem; height: auto; font: 12px system-ui, sans-serif; }
.chart text { fill: currentColor; } .chart .grid { stroke: var(--line); }
.entry { display: inline-block; margin-right: 1rem; }
"""


class Section(NamedTuple):
    """A section of a page: anchor, title, caption, and body; the body is HTML, the rest is text."""

    name: str
    title: str
    caption: str
    body: str


def html_text(text: str) -> str:
    """A source, translation or piece as HTML: escaped, in the writing direction of its script."""
    return f'<span dir="auto">{escape(text)}</span>'


def page(heading: Sequence[str], introduction: str, sections: Sequence[Section]) -> str:
    """A whole page. The introduction is HTML; the parts of the heading are text."""
    links = "".join(f'<a href="#{part.name}">{escape(part.title)}</a>' for part in sections)
    bodies = "".join(
        f'<section id="{part.name}"><h2>{escape(part.title)}</h2>'
        f'<p class="caption">{escape(part.caption)}</p>{part.body}</section>\n'
        for part in sections
    )
    title = " → ".join(map(html_text, heading))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(' → '.join(heading))}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n{introduction}\n"
        f"<nav>{links}</nav>\n{bodies}</body>\n</html>\n"
    )


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], number_columns: Sequence[int] = ()
) -> str:
    """A table of HTML cells; the columns with the indices `number_columns` are right-aligned."""

    def line(tag: str, cells: Sequence[str]) -> str:
        marked = (
            f'<{tag} class="number">{cell}</{tag}>'
            if i in number_columns
            else f"<{tag}>{cell}</{tag}>"
            for i, cell in enumerate(cells)
        )
        return f"<tr>{''.join(marked)}</tr>"

    titles = f"<thead>{line('th', head)}</thead>" if any(head) else ""
    body = "".join(line("td", row) for row in rows)
    return f'<div class="scroll"><table>{titles}<tbody>{body}</tbody></table></div>'


def heat_table(rows: Sequence[str], columns: Sequence[str], values: Array, shades: Array) -> str:
    """A heat map. `values` [rows, columns] are the tooltips; `shades`, 0 to 1, colour the cells. A
    cell without a value, NaN, is hatched."""
    head = "".join(f"<th>{html_text(name)}</th>" for name in columns)
    lines = []
    for name, row_values, row_shades in zip(rows, values, shades, strict=True):
        cells = "".join(map(_heat_cell, row_values, row_shades))
        lines.append(f"<tr><th>{html_text(name)}</th>{cells}</tr>")
    return (
        f'<div class="scroll"><table class="heat"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _heat_cell(value: float, shade: float) -> str:
    if math.isnan(value):
        return '<td class="none">'
    return f'<td style="--v:{shade:.2f}" title="{value:.2f}">'


def bar(share: float) -> str:
    """A bar for a share from 0 to 1, at most 10 em wide."""
    return f'<span class="bar" style="width:{10 * share:.2f}em"></span>'


def unit_image(names: Sequence[str], values: Array, notes: Sequence[str], alt: str) -> str:
    """Values from -1 to 1 [rows, units] as an image, red below zero and blue above.

    `names` are written to the left of the rows, `notes` to the right; `alt` describes the image.
    """
    left, right = ("<br>".join(map(html_text, texts)) for texts in (names, notes))
    return (
        f'<div class="unit-image"><div>{left}</div>'
        f'<img alt="{escape(alt)}" src="data:image/png;base64,{_png(values)}">'
        f'<div class="dim">{right}</div></div>'
    )


def _png(values: Array) -> str:
    """A PNG with one pixel per value (PNG specification, third edition), in base64."""
    level = np.clip(np.rint(127 + 127 * values), 0, 254).astype(np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in level)
    shades = np.abs(np.arange(255) - 127)[:, None] / 127
    ink = np.where(np.arange(255)[:, None] < 127, [200, 60, 50], [30, 90, 220])
    palette = np.rint(255 - shades * (255 - ink)).astype(np.uint8)
    height, width = level.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette.tobytes()), (b"IDAT", zlib.compress(raw, 9)))
    encoded = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (*chunks, (b"IEND", b""))
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + encoded).decode("ascii")
