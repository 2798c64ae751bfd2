"""Draw the model as an SVG: one lane a graph, its stages as boxes with shapes and bytes.

Pure: graphs in, text out. The drawing has its own ground, so that it can be read on light and dark
pages, and follows the reader's colour scheme where the viewer tells it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from workshop.anatomy import Tensor, elements
from workshop.stages import Stage, stages

if TYPE_CHECKING:
    from workshop.anatomy import Graph

WIDTH = 860
"""What README pages give a picture: at this width, 12 units are 12 pixels."""

MARGIN, PADDING = 16, 14
LEFT, RIGHT = MARGIN + PADDING, WIDTH - MARGIN - PADDING
PER_ROW, BOX_GAP = 6, 20
BOX_WIDTH = (RIGHT - LEFT + BOX_GAP) / PER_ROW - BOX_GAP
LINE_HEIGHT = 17
LONGEST_LINE = 120
FEW = 64
"""Tensors of fewer numbers match others by chance: whence they come is not told."""

LEGEND = (
    "In each box: what a stage ends with, what it is made of, the bytes of its constants. "
    "a→b is a dense layer from a to b numbers."
)

STYLE = """
.ground, .box { fill: #ffffff; stroke: #d0d7de }
.lane { fill: #f6f8fa; stroke: #d0d7de }
.rail { fill: #d0d7de }
.bar { fill: #9a6700 }
.arrow { stroke: #59636e; fill: none }
text { fill: #1f2328; font: 12px system-ui, -apple-system, "Segoe UI", sans-serif }
.soft { fill: #59636e }
.title { font-weight: 600 }
.name { font-weight: 600; font-size: 14px }
@media (prefers-color-scheme: dark) {
  .ground, .box { fill: #0d1117; stroke: #3d444d }
  .lane { fill: #151b23; stroke: #3d444d }
  .rail { fill: #3d444d }
  .bar { fill: #d29922 }
  .arrow { stroke: #9198a1 }
  text { fill: #f0f6fc }
  .soft { fill: #9198a1 }
}
"""


@dataclass(frozen=True)
class Lane:
    """One graph as it is drawn; `part` is its name in the model, `when` how often it runs."""

    part: str
    graph: Graph
    when: str

    @cached_property
    def stages(self) -> list[Stage]:
        """Return the boxes."""
        return stages(self.graph)

    @property
    def box_height(self) -> int:
        """Return the height that the fullest box needs."""
        return 22 + (2 + max(len(stage.lines) for stage in self.stages)) * LINE_HEIGHT

    @property
    def rows(self) -> int:
        """Return how many rows the boxes take."""
        return -(-len(self.stages) // PER_ROW)


class Page:
    """An SVG that grows downwards; `y` is where it has come to."""

    def __init__(self) -> None:
        self.y = MARGIN
        self._parts: list[str] = []

    def text(self, x: float, y: float, words: str, kind: str, anchor: str = "start") -> None:
        """Write `words` with their baseline at `y`."""
        place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
        self._parts.append(f'<text class="{kind}" {place}>{escape(words)}</text>')

    def box(
        self, kind: str, x: float, y: float, size: tuple[float, float], radius: int = 6
    ) -> None:
        """Draw a rectangle."""
        width, height = size
        self._parts.append(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:.4g}" height="{height:g}"'
            f' rx="{radius}"/>'
        )

    def arrow(self, x: float, y: float) -> None:
        """Draw an arrow to the right that ends at `x`."""
        self._parts.append(
            f'<path class="arrow" d="M{x - BOX_GAP + 3:g} {y:g}h{BOX_GAP - 6}m-5 -4l5 4l-5 4"/>'
        )

    def finished(self, title: str) -> str:
        """Return the whole document, as high as the page has grown."""
        height = self.y + MARGIN
        frame = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {frame} role="img" aria-label="{title}">'
        place = f'x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}"'
        ground = f'<rect class="ground" {place} rx="6"/>'
        style = f"<title>{title}</title>\n<style>{STYLE}</style>"
        return "\n".join([head, style, ground, *self._parts, "</svg>\n"])


def draw(lanes: Sequence[Lane], title: str) -> str:
    """Return the drawing of `lanes` from the first to the last, as one SVG document."""
    page = Page()
    largest = max(stage.bytes for lane in lanes for stage in lane.stages)
    for at, lane in enumerate(lanes):
        _draw_lane(page, lane, list(_sources(lane, lanes[:at])), largest)
    page.text(LEFT, page.y + 8, LEGEND, "soft")
    page.y += 12
    return page.finished(title)


def size(count: int) -> str:
    """Return bytes for people: "1.20 MB", "35 kB", "640 B"."""
    if count >= 1_000_000:
        return f"{count / 1e6:.2f} MB"
    return f"{count / 1e3:.0f} kB" if count >= 10_000 else f"{count:,} B"


def _draw_lane(page: Page, lane: Lane, sources: list[str], largest: int) -> None:
    graph, top = lane.graph, page.y
    given = _wrapped("in", sources)
    made = _wrapped("out", [f"{tensor.name} {tensor}" for tensor in graph.outputs])
    boxes_top = top + 34 + len(given) * LINE_HEIGHT
    bottom = boxes_top + lane.rows * (lane.box_height + BOX_GAP)
    height = bottom - top + len(made) * LINE_HEIGHT
    page.box("lane", MARGIN, top, (WIDTH - 2 * MARGIN, height))
    facts = f"{size(graph.bytes)}, {len(graph.layers)} operations, {lane.when}"
    page.text(LEFT, top + 23, graph.file, "name")
    page.text(RIGHT, top + 23, facts, "soft", "end")
    for at, line in enumerate(given):
        page.text(LEFT, top + 43 + at * LINE_HEIGHT, line, "soft")
    _draw_stages(page, lane, boxes_top, largest)
    for at, line in enumerate(made):
        page.text(LEFT, bottom + at * LINE_HEIGHT, line, "soft")
    page.y = top + height + MARGIN


def _draw_stages(page: Page, lane: Lane, top: float, largest: int) -> None:
    for at, stage in enumerate(lane.stages):
        row, column = divmod(at, PER_ROW)
        x = LEFT + column * (BOX_WIDTH + BOX_GAP)
        y = top + row * (lane.box_height + BOX_GAP)
        page.box("box", x, y, (BOX_WIDTH, lane.box_height))
        page.text(x + 8, y + 19, stage.title, "title")
        for line, words in enumerate((*stage.lines, size(stage.bytes)), start=1):
            kind = "soft" if line > len(stage.lines) else "plain"
            page.text(x + 8, y + 19 + line * LINE_HEIGHT, words, kind)
        rail = BOX_WIDTH - 16
        for kind, width in (("rail", rail), ("bar", max(1.0, rail * stage.bytes / largest))):
            page.box(kind, x + 8, y + lane.box_height - 12, (width, 5), 2)
        if column:
            page.arrow(x, y + lane.box_height / 2)


def _sources(lane: Lane, before: Sequence[Lane]) -> Iterator[str]:
    """Say of each input whence it comes: from itself, or from an output of as many numbers."""
    own = {tensor.name for tensor in lane.graph.outputs}
    for tensor in lane.graph.inputs:
        if tensor.name in own:
            yield f"{tensor.name} {tensor} (its own, of the word before)"
        else:
            yield f"{tensor.name} {tensor}{_source(tensor, before)}"


def _source(tensor: Tensor, before: Sequence[Lane]) -> str:
    for lane in before:
        for output in lane.graph.outputs:
            if elements(output) == elements(tensor) >= FEW:
                return f" (of the {lane.part})"
    return ""


def _wrapped(label: str, items: Sequence[str]) -> list[str]:
    """Return `items` on lines of a lane's width; none is parted."""
    whole = [item.replace(" ", "\u00a0") for item in items]
    return textwrap.wrap(f"{label}: {', '.join(whole)}", LONGEST_LINE, break_long_words=False)
