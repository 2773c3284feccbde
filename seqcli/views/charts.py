"""Line charts as SVG, readable on a phone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

WIDTH, HEIGHT = 440, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 10, 40
COLOURS = ("#1e5adc", "#d9480f", "#2b8a3e", "#9c36b5", "#c92a2a", "#0b7285")
DASHED = "4 3"
MAX_MARKED_POINTS = 20  # a line with more points gets no dots


class Line(NamedTuple):
    """Values of x and y. `like` names another line, in whose colour this one is drawn, dashed."""

    xs: Sequence[float]
    ys: Sequence[float]
    like: str = ""


def line_chart(
    lines: Mapping[str, Line], x_label: str, y_label: str, *, logarithmic: bool = False
) -> str:
    """A chart of named lines as an HTML figure. NaN and infinity are drawn at the upper edge."""
    ys = [y for line in lines.values() for y in line.ys if math.isfinite(y)] or [0.0]
    xs = [x for line in lines.values() for x in line.xs]
    low = min(ys) if logarithmic else min(0.0, *ys)
    scale = _Scale(min(xs), max(xs), low, max(ys), logarithmic)
    colour_names = list(dict.fromkeys(line.like or name for name, line in lines.items()))
    colours = {
        name: COLOURS[colour_names.index(line.like or name) % len(COLOURS)]
        for name, line in lines.items()
    }
    parts = [_axes(scale, x_label, y_label)]
    for name, line in lines.items():
        points = [(scale.x(x), scale.y(y)) for x, y in zip(line.xs, line.ys, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = f' stroke-dasharray="{DASHED}"' if line.like else ""
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colours[name]}" '
            f'stroke-width="2"{dash}/>'
        )
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colours[name]}"/>'
            for x, y in points
            if len(points) <= MAX_MARKED_POINTS
        ]
    legend = " ".join(
        f'<span class="entry"><b style="color:{colours[name]}">{"┅" if line.like else "━"}</b> '
        f"{escape(name)}</span>"
        for name, line in lines.items()
    )
    svg = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(y_label)}">'
        f"{''.join(parts)}</svg>"
    )
    return f'<figure class="chart">{svg}<figcaption>{legend}</figcaption></figure>'


class _Scale:
    """Maps values to coordinates in the picture."""

    def __init__(
        self, left: float, right: float, low: float, high: float, logarithmic: bool
    ) -> None:
        self.left, self.right = left, right if right > left else left + 1
        self.logarithmic = logarithmic
        self.low, self.high = self._transformed(low), self._transformed(high)
        if self.high <= self.low:
            self.high = self.low + 1

    def _transformed(self, value: float) -> float:
        return math.log10(max(value, 1e-30)) if self.logarithmic else value

    def x(self, value: float) -> float:
        share = (value - self.left) / (self.right - self.left)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        value = self._transformed(value) if math.isfinite(value) else self.high
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def y_ticks(self) -> list[float]:
        """The values of y that get a grid line and a label."""
        if self.logarithmic:
            first, last = math.ceil(self.low), math.floor(self.high)
            stride = max(1, math.ceil((last - first) / 6))
            return [10.0**power for power in range(first, last + 1, stride)]
        return ticks(self.low, self.high)


def ticks(low: float, high: float) -> list[float]:
    """About five round numbers between two bounds."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * 0.75)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _axes(scale: _Scale, x_label: str, y_label: str) -> str:
    parts = []
    for value in scale.y_ticks():
        y = scale.y(value)
        label = f"1e{round(math.log10(value))}" if scale.logarithmic else f"{value:g}"
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
            f'<text x="{LEFT - 4}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
        )
    for value in ticks(scale.left, scale.right):
        x = scale.x(value)
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{value:g}</text>'
        )
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">'
        f"{escape(x_label)}</text>"
        f'<text transform="rotate(-90)" x="{-middle}" y="12" text-anchor="middle">'
        f"{escape(y_label)}</text>"
    )
    return "".join(parts)
