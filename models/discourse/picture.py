"""A picture of how far probabilities hold: a small square for each label, drawn as plain SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

SIDE, GAP, LEFT, TOP, COLUMNS = 150, 34, 46, 64, 4
"""Of the squares and what stands around them, in units of the picture."""

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #59636e }
.name { font-weight: 600; fill: #24292f }
.frame, .even { fill: none; stroke: #8c959f }
.even { stroke-dasharray: 4 4 }
.range { stroke: #0969da; stroke-width: 2; opacity: .55 }
.held { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .name { fill: #f0f6fc } .frame, .even { stroke: #656c76 }
  .range { stroke: #4493f8 } .held { fill: #4493f8 }
}
"""


def reliability(
    labels: Mapping[str, Mapping[str, Any]], up: str = "how often people had given the label"
) -> str:
    """What was promised (across) and what held (`up`, in words) of every label, in its main form of words.

    A dot on the broken line is a promise kept; its line is the 90 % interval over lessons, its size grows
    with the number of sentences. The background is that of the page.
    """
    shown = {}
    for label, forms in labels.items():
        read = [each for each in ("marked", "bare") if "bins" in forms.get(each, {})]
        if read:
            shown[label] = forms[read[0]]
    rows = max(1, math.ceil(len(shown) / COLUMNS))
    width = LEFT + COLUMNS * (SIDE + GAP)
    height = TOP + rows * (SIDE + GAP + 40)
    parts = [
        _square(name, its, LEFT + k % COLUMNS * (SIDE + GAP), TOP + k // COLUMNS * (SIDE + GAP + 40))
        for k, (name, its) in enumerate(shown.items())
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            "<title>How far the probabilities of each label hold</title>",
            f"<style>{STYLE}</style>",
            f'<text x="8" y="20">Across: the probability that the model gave. Up: {escape(up)}. '
            "On the broken line both agree.</text>",
            *parts,
            "</svg>\n",
        ]
    )


def _square(name: str, its: Mapping[str, Any], x: int, y: int) -> str:
    """One label's dots; `x` and `y` are the square's upper left corner."""
    ece = "" if its["ece"] is None else f"off by {its['ece']:.3f} (luck {its['ece_by_chance']:.3f})"
    many = "" if its["ece"] is None else _many(its["ece_n"])
    return "\n".join(
        [
            f'<g transform="translate({x} {y})">',
            f'<text class="name" x="0" y="-8">{escape(_short(name))}</text>',
            f'<rect class="frame" width="{SIDE}" height="{SIDE}"/>',
            f'<path class="even" d="M0 {SIDE}L{SIDE} 0"/>',
            *_ticks(),
            *_dots(its["bins"]),
            f'<text x="0" y="{SIDE + 33}">{ece}</text>',
            f'<text x="0" y="{SIDE + 48}">{many}</text>',
            "</g>",
        ]
    )


def _ticks() -> Sequence[str]:
    ticks = []
    for share, words in ((0.0, "0"), (0.5, ".5"), (1.0, "1")):
        place = share * SIDE
        ticks.append(f'<text x="{place:.0f}" y="{SIDE + 15}" text-anchor="middle">{words}</text>')
        ticks.append(f'<text x="-6" y="{SIDE - place + 4:.0f}" text-anchor="end">{words}</text>')
    return ticks


def _dots(bins: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    drawn = []
    for each in bins:
        x, y = each["promised"] * SIDE, (1 - each["held"]) * SIDE
        if each["low"] is not None:
            low, high = ((1 - each[edge]) * SIDE for edge in ("low", "high"))
            drawn.append(f'<path class="range" d="M{x:.1f} {low:.1f}V{high:.1f}"/>')
        size = min(6.5, 1.5 + math.log10(each["n"]) * 1.4)
        told = f"given {each['promised']:.2f}, held {each['held']:.2f}, {each['n']} times"
        drawn.append(
            f'<circle class="held" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"><title>{told}</title></circle>'
        )
    return drawn


def _short(name: str) -> str:
    """A label in words that fit over its square."""
    words = name.replace("_", " ")
    return {
        "keeping everyone together": "keeping everyone tog.",
        "getting students to relate": "getting to relate",
        "relating to another student": "relating to another",
        "asking for more information": "asking for more inf.",
    }.get(words, words)


def _many(count: int) -> str:
    return f"n {count:,}".replace(",", " ")
