"""How a work looks at any moment: where a photo's slow movement is, how far a fade has come.

Pure: times come in, a `Look` goes out; asking late or seldom makes coarser steps, never another
course. `lettering` writes what is written, `kiosk.screen` brings a look about.

A photo moves by growing or shrinking about a corner, an edge or its middle, by the same factor
each second. mpv places pictures on whole pixels, so a photo whose middle wandered would tremble;
one that is held fast where it touches the display's edge, or in its middle, glides at every point.

Source: mpv's video/out/aspect.c, for what becomes of scale and align.
"""

from __future__ import annotations

import math
import zlib

import msgspec

from lantern.config import Show as Settings


class Size(msgspec.Struct, frozen=True):
    """Width and height in pixels, both above zero."""

    width: int
    height: int


class Look(msgspec.Struct, frozen=True):
    """Scale about the fitted size and align in [-1, 1], both by axis; veil and words in [0, 1].

    Where `align` is -1, the left or upper edge stays in its place, where it is 1 the other.
    """

    scale: tuple[float, float] = (1.0, 1.0)
    align: tuple[float, float] = (0.0, 0.0)
    veil: float = 0.0
    words: float = 0.0


class Since(msgspec.Struct, frozen=True):
    """What a look depends on.

    `position_s` is within the work, and stands still while it is paused; `shown_s` since it came on
    the display; `leaving_s` since it began to leave, None before.
    """

    position_s: float
    shown_s: float
    leaving_s: float | None = None


_WORDS_AFTER_S, _WORDS_RISE_S = 0.5, 0.7


class Motion(msgspec.Struct, frozen=True):
    """A photo's way from the factor `begin` to `end`, held fast at `anchor`: -1, 0, 1 by axis."""

    begin: float
    end: float
    anchor: tuple[int, int]

    def factor(self, part: float) -> float:
        """Return by how much the photo is larger than fitted, when `part` in [0, 1] is over."""
        return float(self.begin * (self.end / self.begin) ** min(1.0, max(0.0, part)))


def motion(name: str, zoom: float) -> Motion:
    """Return the way of the photo `name`: drawn by lot, and the same each time."""
    lot = zlib.crc32(name.encode("utf-8", "surrogateescape"))
    anchor = (lot // 2 % 3 - 1, lot // 6 % 3 - 1)
    return Motion(1.0, zoom, anchor) if lot % 2 else Motion(zoom, 1.0, anchor)


class Scene(msgspec.Struct, frozen=True):
    """One work on a display of size `canvas`; `picture` is the work's own size.

    `motion` is None for what does not move by itself.
    """

    canvas: Size
    picture: Size
    photo_s: float
    fade_s: float
    motion: Motion | None = None

    @property
    def half_fade_s(self) -> float:
        """Return how long it takes to black, and from there."""
        return self.fade_s / 2

    def look(self, since: Since) -> Look:
        """Return the look at a moment."""
        veil = max(self._rise(since.shown_s), self._fall(since.leaving_s))
        words = (since.shown_s - self.half_fade_s - _WORDS_AFTER_S) / _WORDS_RISE_S
        scale, align = self._place(since.position_s)
        return Look(scale, align, veil, min(1.0, max(0.0, words)))

    def is_gone(self, since: Since) -> bool:
        """Tell whether the work has left the display."""
        return since.leaving_s is not None and since.leaving_s >= self.half_fade_s

    def rests(self, since: Since) -> bool:
        """Tell whether the look stays as it is while nobody does anything."""
        settled = since.shown_s > self.half_fade_s + _WORDS_AFTER_S + _WORDS_RISE_S
        moves = self.motion is not None and since.position_s < self.photo_s
        return settled and since.leaving_s is None and not moves

    def _rise(self, shown_s: float) -> float:
        return 0.0 if shown_s >= self.half_fade_s else _eased(1 - shown_s / self.half_fade_s)

    def _fall(self, leaving_s: float | None) -> float:
        if leaving_s is None:
            return 0.0
        return 1.0 if leaving_s >= self.half_fade_s else _eased(leaving_s / self.half_fade_s)

    def _place(self, position_s: float) -> tuple[tuple[float, float], tuple[float, float]]:
        if self.motion is None:
            return (1.0, 1.0), (0.0, 0.0)
        factor = self.motion.factor(position_s / self.photo_s)
        fitted = fit(self.picture, self.canvas)
        anchor_x, anchor_y = self.motion.anchor
        x = _axis(fitted.width, self.canvas.width, factor, anchor_x)
        y = _axis(fitted.height, self.canvas.height, factor, anchor_y)
        return (x[0], y[0]), (x[1], y[1])


def fit(picture: Size, canvas: Size) -> Size:
    """Return the size at which mpv shows `picture` on `canvas`: all of it, and as large as fits."""
    height = int(canvas.width / picture.width * picture.height)
    if height <= canvas.height:
        return Size(canvas.width, max(1, height))
    return Size(max(1, int(canvas.height / picture.height * picture.width)), canvas.height)


def _axis(fitted: int, room: int, factor: float, anchor: int) -> tuple[float, float]:
    """Return scale and align of one axis.

    A photo that leaves bars at its sides is kept in the middle, by growing two pixels at a time.
    """
    length = round(fitted * factor)
    if length <= room:
        anchor = 0
    if anchor == 0 and (room - length) % 2:
        length -= 1
    return (length + 0.5) / fitted, float(anchor)  # mpv cuts what is behind the point


def _eased(part: float) -> float:
    """Return `part` in [0, 1] along half a wave, which begins and ends softly."""
    return (1 - math.cos(math.pi * min(1.0, max(0.0, part)))) / 2


def scene(settings: Settings, canvas: Size, picture: Size, moving: str | None) -> Scene:
    """Return the scene of a work; `moving` is the name of a photo, None for a film."""
    moves = moving is not None and settings.zoom > 1
    way = motion(moving, settings.zoom) if moves and moving is not None else None
    return Scene(canvas, picture, settings.photo_s, settings.fade_s, way)
