"""Figures over the length of a lesson as plain SVG, one small frame for each kind of figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 180, 60, 60, 80

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #59636e }
.name { font-weight: 600; fill: #24292f }
.frame { fill: none; stroke: #8c959f }
.a { stroke: #0969da; fill: #0969da } .b { stroke: #9a6700; fill: #9a6700 }
path.a, path.b { fill: none; stroke-width: 1.5 }
path.b { stroke-dasharray: 5 4 }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .name { fill: #f0f6fc } .frame { stroke: #656c76 }
  .a { stroke: #4493f8; fill: #4493f8 } .b { stroke: #d29922; fill: #d29922 }
}
"""


@dataclass(frozen=True)
class Series:
    """Points that belong together; `dots` marks what was measured."""

    name: str
    across: Sequence[float]
    up: Sequence[float]
    dots: bool = True


def plotted(title: str, frames: Mapping[str, Sequence[Series]]) -> str:
    """A frame for each kind of figure, side by side, all from zero."""
    width = LEFT + len(frames) * (WIDTH + GAP)
    parts = [
        _frame(name, series, LEFT + k * (WIDTH + GAP)) for k, (name, series) in enumerate(frames.items())
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + 70}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            f'<text x="8" y="20">{escape(title)}</text>',
            *parts,
            "</svg>\n",
        ]
    )


def _frame(name: str, series: Sequence[Series], x: int) -> str:
    across = max(max(each.across) for each in series)
    up = max(max(each.up) for each in series) * 1.1
    parts = [
        f'<g transform="translate({x} {TOP})">',
        f'<text class="name" x="0" y="-10">{escape(name)}</text>',
        f'<rect class="frame" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text x="-6" y="{HEIGHT + 4}" text-anchor="end">0</text>',
        f'<text x="-6" y="14" text-anchor="end">{up:.0f}</text>',
    ]
    for value in series[0].across:
        parts.append(
            f'<text x="{value / across * WIDTH:.0f}" y="{HEIGHT + 16}" text-anchor="middle">{value:g}</text>'
        )
    for kind, each in zip("ab", series, strict=False):
        places = [
            (a / across * WIDTH, HEIGHT - u / up * HEIGHT) for a, u in zip(each.across, each.up, strict=True)
        ]
        parts.append(f'<path class="{kind}" d="M{"L".join(f"{a:.1f} {u:.1f}" for a, u in places)}"/>')
        if each.dots:
            parts += [
                f'<circle class="{kind}" cx="{a:.1f}" cy="{u:.1f}" r="3"><title>{value:.1f}</title></circle>'
                for (a, u), value in zip(places, each.up, strict=True)
            ]
        parts.append(f'<text class="{kind}" x="8" y="{18 if kind == "a" else 34}">{escape(each.name)}</text>')
    return "\n".join([*parts, "</g>"])
