"""One work on the display: how far it is, when its time is over, how it looks.

Pure: whoever shows it says how much time has passed.
"""

from __future__ import annotations

import msgspec

from lantern.kiosk.stage import Look, Scene, Since
from lantern.kiosk.works import Work

QUICK_S = 0.3
"""A fade that somebody waits for takes no longer to black."""

BLANK_S = 1.5
"""A film whose sound plays for so long without a picture holds none."""

_END_S = 0.1
"""A film that ends without a fade is left so long before it would begin anew."""


class Follower(msgspec.Struct, frozen=True):
    """The film that the player goes on to by itself, with its entry; `loops` as in `Showing`."""

    entry: int
    work: Work
    loops: bool


class Showing:
    """`work`, the player's file `entry`, in its `scene`; `seamless` if it needs no fade to come."""

    def __init__(
        self, work: Work, entry: int | None, scene: Scene, position_s: float, *, seamless: bool
    ) -> None:
        self.work = work
        self.entry = entry
        self.scene = scene
        self._position_s = position_s
        self.began_anew = False
        """Whether the film in a loop has just begun another lap."""
        self.length_s: float | None = scene.photo_s if work.still else None
        self.over = False
        self.paused = False
        self.loops = False
        """Whether the film begins anew by itself when it ends."""
        self.due = False
        """Whether somebody asked for another work."""
        self.follower: Follower | None = None
        self.shown_s = scene.fade_s if seamless else 0.0
        """Since it came; so long ago that it has faded in, if it need not."""
        self.pictured = work.still
        """Whether there was a picture."""
        self.blank_s = 0.0
        """For how long there has been no picture."""
        self._lived_s = 0.0
        self._leaving_s: float | None = None

    @property
    def position_s(self) -> float:
        """Return how far it is; of a film that begins anew, in its lap."""
        return self._position_s

    @position_s.setter
    def position_s(self, position_s: float) -> None:
        # Its last picture may stand well before its length, which is that of its sound.
        self.began_anew = self.loops and position_s < self._position_s
        self._position_s = position_s

    def pass_time(self, seconds: float) -> None:
        """Let `seconds` pass; a photo goes on by them, of a film the player knows."""
        self.shown_s += seconds
        self._lived_s += seconds
        if self.work.still and not self.paused:
            self.position_s += seconds
        if self._leaving_s is not None:
            hurry = max(1.0, self.scene.half_fade_s / QUICK_S) if self.due else 1.0
            self._leaving_s += seconds * hurry

    def leave(self) -> None:
        """Begin to leave the display."""
        if self._leaving_s is None:
            self._leaving_s = 0.0

    @property
    def is_leaving(self) -> bool:
        """Tell whether it has begun to leave the display."""
        return self._leaving_s is not None

    @property
    def look(self) -> Look:
        """Return how it looks now."""
        return self.scene.look(self._since)

    @property
    def is_gone(self) -> bool:
        """Tell whether it has left the display."""
        return self.scene.is_gone(self._since)

    @property
    def is_over(self) -> bool:
        """Tell whether it is to leave: its end is near, or somebody asked for another work."""
        if self.due or self.over or self.began_anew:
            return True
        fade_s = self.scene.half_fade_s if self.work.still else max(self.scene.half_fade_s, _END_S)
        return self.length_s is not None and self.position_s >= self.length_s - fade_s

    @property
    def is_blank(self) -> bool:
        """Tell whether it has no picture, or ended before its time without one."""
        if self.work.still or self.pictured:
            return self.blank_s > BLANK_S
        early = self.length_s is None or self._lived_s < self.length_s - _END_S
        return self.blank_s > BLANK_S or (self.over and early)

    @property
    def is_steady(self) -> bool:
        """Tell whether all of the picture is there, and nothing fades."""
        return not self.is_leaving and self.shown_s > self.scene.half_fade_s

    @property
    def is_moving(self) -> bool:
        """Tell whether the picture is another one from moment to moment."""
        if self.work.still:
            glides = self.scene.motion is not None and self.position_s < self.scene.photo_s
            return glides and not self.paused
        return not self.paused and not self.over

    def rest_s(self, tick_s: float, look_s: float) -> float:
        """Return when it is to be looked at again: after a tick while it changes, or `look_s`."""
        if not self.scene.rests(self._since):
            return tick_s
        if self.length_s is None or self.paused:
            return look_s
        left_s = self.length_s - max(self.scene.half_fade_s, _END_S) - self.position_s
        return min(look_s, max(tick_s, left_s))

    @property
    def _since(self) -> Since:
        return Since(self.position_s, self.shown_s, self._leaving_s)
