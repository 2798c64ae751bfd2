"""What the screen wants of mpv, in mpv's words: one display, one work at a time, its look.

Owns one connection, and knows nothing of programmes and wishes. See `kiosk.sitting` for who says
what is to be done when.

Source: mpv's manual, "List of Input Commands", "Properties".
"""

from __future__ import annotations

from typing import Any

import anyio
import msgspec

from lantern.errors import Unavailable
from lantern.kiosk import edl, lettering
from lantern.kiosk.heard import OBSERVED, Heard
from lantern.kiosk.mpv import Command, Event, Mpv
from lantern.kiosk.stage import Look, Size
from lantern.kiosk.works import Work
from lantern.waiting import Hint

OPEN_S = 10.0
"""A work that has not begun after so long is passed over: its disk may hang."""

PICTURE_S = 1.5
"""A work whose sound plays without a picture for so long holds none."""

FOLLOW_S = 1.0
"""A film that follows another begins within milliseconds of its end, where little else runs."""

DISPLAY_S = 3.0
"""How long the display may take to open, or to close."""

_NOTHING = ("loadfile", "memory://")
"""An empty file, which is over at once: then mpv looks whether it is to hold a display."""

_SENTENCE, _VEIL, _ANNOUNCEMENT, _REMARK = 1, 2, 3, 4  # overlays, the later over the earlier


class Spoiled(Exception):
    """The work cannot be played, for the reason given."""


class NoDisplay(Exception):
    """There is no display to draw on, now; with the player's words, if it has any."""


class Found(msgspec.Struct, frozen=True):
    """What a player was playing already: the work's name and address, seconds into it.

    `laps` is how often the address repeats the work.
    """

    name: str
    url: str
    position_s: float
    laps: int


class Progress(msgspec.Struct, frozen=True):
    """How far a film is. One that follows itself counts each lap from 0.

    `over` tells that it has ended, `blank` that it shows no picture; `sound` is the player's name
    for the way its sound takes, "null" if there is no device for it, None if there is no sound.
    """

    position_s: float
    length_s: float | None
    over: bool
    blank: bool
    sound: str | None


class Deck:
    """Plays works on one connection; `wake` is given whenever the player tells something.

    Every method may raise `Unavailable`: the player is gone or hangs.
    """

    def __init__(self, wake: Hint) -> None:
        self.heard = Heard()
        self.hint = Hint(wake)
        self._connection: Mpv | None = None
        self._laps = 1
        self._drawn: dict[Any, Command] = {}

    def hear(self, event: Event) -> None:
        """Take in an event of the player."""
        if self.heard.take(event):
            self.hint.give()

    async def greet(self, mpv: Mpv) -> Found | None:
        """Begin with a new connection; return what plays already."""
        self._connection = mpv
        observe = (("observe_property", n, name) for n, name in enumerate(OBSERVED, 1))
        await mpv.tell(*observe, ("request_log_messages", "error"))
        told = await mpv.look(*OBSERVED, *_PLAYING)
        self.heard.begin(told, _entry(told["playlist"], told["playlist-pos"]))
        if self.heard.entry is None or not isinstance(told["path"], str):
            return None
        self._laps = edl.laps(told["path"])
        position_s = (await self.progress()).position_s
        return Found(str(told["media-title"]), told["path"], position_s, self._laps)

    async def level(self, volume: float, *, muted: bool) -> None:
        """Set mpv's volume, in [0, 100]."""
        await self._mpv.tell(("set_property", "volume", volume), ("set_property", "mute", muted))

    async def open_display(self) -> Size:
        """Take the display if it is not held already, and return its size.

        Raises:
            NoDisplay: there is none.
        """
        if self.heard.display is None:
            await self._mpv.tell(("set_property", "force-window", "yes"), _NOTHING)
            with anyio.move_on_after(DISPLAY_S):
                while self.heard.display is None:
                    await self.hint.wait()
        display = self.heard.display
        if display is None:
            raise NoDisplay(self.heard.complaint)
        await self._mpv.tell(("set_property", "osd-margin-x", lettering.margin(display)))
        return display

    async def stop(self) -> None:
        """Play nothing; the display stays black."""
        await self._mpv.tell(("stop",))

    async def let_go(self) -> None:
        """Play nothing, and let go of the display."""
        await self.draw(Look())
        await self._mpv.tell(("set_property", "force-window", "no"), _NOTHING)
        with anyio.move_on_after(DISPLAY_S):
            while self.heard.display:
                await self.hint.wait()

    async def load(self, work: Work, position_s: float = 0.0, *, loops: bool = False) -> Size:
        """Play `work` from `position_s` in the place of all else; return its picture's size.

        A work that `loops` begins anew whenever it ends, without a gap.

        Raises:
            Spoiled: it cannot be played.
            NoDisplay: the display was lost.
        """
        options = {**(edl.OPTIONS if loops else {}), **({} if work.still else _FILM)}
        if position_s and not work.still:
            options["start"] = f"{position_s:.3f}"
        return await self._open(work, edl.LAPS if loops else 1, options)

    async def length_s(self, work: Work) -> float | None:
        """Open `work`, a film, without playing it, and return its length, None if it has none.

        Raises:
            Spoiled: it cannot be played.
            NoDisplay: the display was lost.
        """
        await self._open(work, 1, {**_FILM, "pause": "yes"})
        return (await self.progress()).length_s

    async def _open(self, work: Work, laps: int, options: dict[str, str]) -> Size:
        self._laps = laps
        self._drawn = {key: told for key, told in self._drawn.items() if key not in _PLACE}
        entry = await self._load(work, "replace", laps, options)
        with anyio.move_on_after(OPEN_S):
            while not (self.heard.entry == entry and self.heard.running):
                self._check(entry)
                await self.hint.wait()
            return await self._picture(entry)
        raise Spoiled(f"it was not opened within {OPEN_S:g} s")

    async def append(self, work: Work, *, loops: bool = False) -> int:
        """Have `work`, a film, follow the film that plays without a gap; return its entry."""
        laps, lapping = (edl.LAPS, edl.OPTIONS) if loops else (1, {})
        return await self._load(work, "append", laps, {**lapping, **_FILM})

    async def await_begin(self, entry: int) -> None:
        """Return once `entry`, which is next, begins or has failed, or something else plays.

        The end of one file and the beginning of the next are told apart.
        """
        with anyio.move_on_after(FOLLOW_S):
            while self.heard.entry is None and entry not in self.heard.failed:
                await self.hint.wait()

    async def moved_on(self, *, loops: bool = False) -> None:
        """Take note that what was appended plays; `loops` as it was appended."""
        self._laps = edl.LAPS if loops else 1
        await self.drop_others()

    async def drop_others(self) -> None:
        """Forget what was to follow what plays, and what was before."""
        await self._mpv.tell(("playlist-clear",))

    async def progress(self) -> Progress:
        """Return how far the work is."""
        told = await self._mpv.look(*_PROGRESS)
        at, whole = told["time-pos"], told["duration"]
        length_s = whole / self._laps if isinstance(whole, int | float) and whole > 0 else None
        position_s = max(0.0, float(at)) if isinstance(at, int | float) else 0.0
        if self._laps > 1 and length_s:
            position_s %= length_s
        over, blank = told["eof-reached"] is True, told["video-out-params"] is None
        return Progress(position_s, length_s, over, blank, told["current-ao"])

    async def pause(self, paused: bool) -> None:
        """Let a film stand still, or go on."""
        await self._mpv.tell(("set_property", "pause", paused))

    async def draw(self, look: Look, sentence: str = "", words: str = "", remark: str = "") -> None:
        """Bring `look` about, with `sentence` below and `words` large over everything.

        A `remark` is small, in a corner. Only what is another than before is told.
        """
        size = self.heard.display or Size(1, 1)
        wanted: dict[Any, Command] = {
            name: ("set_property", name, round(value, 6))
            for name, value in zip(_PLACE, (*look.scale, *look.align), strict=True)
        }
        overlays = {
            _SENTENCE: lettering.sentence(sentence, size, look.words),
            _VEIL: lettering.veil(look.veil, size),
            _ANNOUNCEMENT: lettering.announcement(words, size),
            _REMARK: lettering.remark(remark, size),
        }
        wanted |= {key: _overlay(key, events, size) for key, events in overlays.items()}
        news = {key: told for key, told in wanted.items() if self._drawn.get(key) != told}
        if news:
            await self._mpv.tell(*news.values())
            self._drawn |= news

    @property
    def _mpv(self) -> Mpv:
        if self._connection is None:
            raise Unavailable("player: not connected yet")
        return self._connection

    async def _load(self, work: Work, flags: str, laps: int, options: dict[str, str]) -> int:
        (answer,) = await self._mpv.tell(
            {
                "name": "loadfile",
                "url": edl.address(work, laps),
                "flags": flags,
                "options": {"force-media-title": work.name, **options},
            }
        )
        return int(answer["playlist_entry_id"])

    def _check(self, entry: int) -> None:
        """Raise what became of `entry`, if it failed."""
        if entry in self.heard.failed:
            if self.heard.display is None:
                raise NoDisplay(self.heard.complaint)
            raise Spoiled(self.heard.failed[entry])

    async def _picture(self, entry: int) -> Size:
        """Return the size of the first picture."""
        with anyio.move_on_after(PICTURE_S):
            while True:
                self._check(entry)
                match (await self._mpv.look("video-out-params"))["video-out-params"]:
                    case {"dw": int(width), "dh": int(height)} if width > 0 and height > 0:
                        return Size(width, height)
                await self.hint.wait(0.02)
        if self.heard.display is None:
            raise NoDisplay(self.heard.complaint)
        raise Spoiled("it holds no picture")


_PLACE = ("video-scale-x", "video-scale-y", "video-align-x", "video-align-y")
_FILM = {"image-display-duration": "10"}  # one of a single picture is over some time, too
_PROGRESS = ("time-pos", "duration", "eof-reached", "video-out-params", "current-ao")
_PLAYING = ("media-title", "path", "playlist-pos", "playlist")


def _entry(playlist: Any, position: Any) -> int | None:
    """Return the entry that plays, by mpv's list and the place in it."""
    match playlist, position:
        case list(entries), int(place) if 0 <= place < len(entries):
            return int(entries[place]["id"])
    return None


def _overlay(number: int, events: str, size: Size) -> Command:
    return {
        "name": "osd-overlay",
        "id": number,
        "format": "ass-events" if events else "none",
        "data": events,
        "res_x": size.width,
        "res_y": size.height,
        "z": number,
    }
