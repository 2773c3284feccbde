"""HTML pages that open offline: one file each, without scripts and without external resources."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

STYLE = """
:root { color-scheme: light dark; --line: rgb(128 128 128 / .35);
  --dim: rgb(128 128 128); --good: rgb(20 140 70); --bad: rgb(200 60 50); }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: .5rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0; }
p { margin: .25rem 0 .75rem; }
.dim, p.caption { color: var(--dim); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0; }
section { border-top: 1px solid var(--line); padding: 1rem 0; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: 600; text-align: left; }
td, th { padding: .1rem .6rem .1rem 0; vertical-align: top; }
td.number { white-space: nowrap; } td.number, th.number { text-align: right; }
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
