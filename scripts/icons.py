"""Draw the icons that phones and desktops want as PNG, from the page's own icon.svg.

.venv/bin/python scripts/icons.py, after icon.svg was changed; the files belong to the repository.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pyvips

FOLDER = Path(__file__).parents[1] / "daemon" / "lantern" / "web" / "static"
PAPER = (0xFA, 0xF8, 0xF4)
"""As in page.css."""

SIDE = 32
"""Of icon.svg, in its own units."""


class Icon(NamedTuple):
    """A square of `pixels`, of which the drawing takes `share`; on paper or on nothing."""

    name: str
    pixels: int
    share: float
    paper: bool


ICONS = (
    Icon("icon-192.png", 192, 0.92, paper=False),
    Icon("icon-512.png", 512, 0.92, paper=False),
    Icon("icon-mask.png", 512, 0.62, paper=True),  # the circle that is never cut: 80 % across
    Icon("icon-touch.png", 180, 0.74, paper=True),  # iOS puts black behind what is transparent
)


def draw(icon: Icon, drawing: bytes) -> Any:
    """Return `drawing`, SVG, in the middle of its square."""
    inner = round(icon.pixels * icon.share)
    edge = (icon.pixels - inner) // 2
    image = pyvips.Image.svgload_buffer(drawing, scale=inner / SIDE)
    image = image.embed(edge, edge, icon.pixels, icon.pixels, extend="background", background=0)
    return image.flatten(background=PAPER) if icon.paper else image


def main() -> None:
    """Draw them all."""
    drawing = (FOLDER / "icon.svg").read_bytes()
    for icon in ICONS:
        draw(icon, drawing).pngsave(FOLDER / icon.name, keep="none", compression=9, palette=True)
        print(f"{icon.name}: {(FOLDER / icon.name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
