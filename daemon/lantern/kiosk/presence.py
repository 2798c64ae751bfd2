"""Whether somebody is there, by sensors of which any may be noisy, stuck or silent.

Pure: readings and the time come in, a verdict goes out. A sensor's word passes three stages:
hysteresis and a median (what it says), debounce and hold-off (what is believed), and plausibility
(whether it is trusted at all). See `kiosk.wanted.Presence` for what comes of several.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable

from lantern.config import Presence as Settings
from lantern.hardware.ports import BEAT_S, Distance, Fault, Level, Reading
from lantern.kiosk.wanted import Presence

SILENT_S = 3 * BEAT_S
"""A sensor that said nothing for longer has fallen silent."""

CHATTER = 150, 60.0
"""More changes of mind than so many within so many seconds are noise, not people.

In front of somebody, a distance sensor that loses one echo in ten makes 53 a minute; one that tells
distances at random makes 286 [both measured with `hardware.room`, 25 readings a second].
"""

ARRIVALS = 100, 600.0
"""The same for believed arrivals: nobody comes every six seconds for ten minutes."""


class Rate:
    """Notices that something happens more often than `limit` times within `window_s` seconds.

    Once it has, it goes on noticing until it happens half as often.
    """

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit, self._window_s = limit, window_s
        self._times: deque[float] = deque(maxlen=limit + 1)
        self._high = False

    def count(self, at: float) -> None:
        """Note that it happened."""
        self._times.append(at)

    def is_high(self, now: float) -> bool:
        """Tell whether it happens too often."""
        while self._times and now - self._times[0] > self._window_s:
            self._times.popleft()
        self._high = len(self._times) > (self._limit // 2 if self._high else self._limit)
        return self._high


class Hysteresis:
    """Makes of distances whether something is near, by the median of the last three.

    One false or lost echo is outvoted; nothing at all counts as far away.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._last: deque[float] = deque([math.inf] * 3, maxlen=3)
        self._near = False

    def is_near(self, metres: float | None) -> bool:
        """Take the next distance, None for no echo, and tell."""
        self._last.append(math.inf if metres is None else metres)
        limit = self._settings.leave_m if self._near else self._settings.enter_m
        self._near = statistics.median(self._last) <= limit
        return self._near


class Debounce:
    """Believes what a sensor says once it has said so for long enough.

    Nobody is there at `now`. Whether it is asked often or seldom makes no difference.
    """

    def __init__(self, settings: Settings, now: float) -> None:
        self._settings = settings
        self._says, self._says_since, self._wait_s = False, now, 0.0
        self.believes, self._believes_since = False, -math.inf

    def say(self, says: bool, at: float, *, enter_s: float) -> bool:
        """Take what the sensor says from `at` on, and tell whether that is something else."""
        self._wait_s = enter_s if says else self._settings.leave_s
        if says == self._says:
            return False
        self._says, self._says_since = says, at
        return True

    def settle(self, now: float) -> bool:
        """Believe what has become due by `now`, and tell whether somebody arrived."""
        if self._says == self.believes or now < (due := self._due()):
            return False
        self.believes, self._believes_since = self._says, due
        return self.believes

    def present_s(self, now: float) -> float:
        """Return for how long somebody has been there, 0 for nobody."""
        return now - self._believes_since if self.believes else 0.0

    @property
    def due(self) -> float:
        """Return when it will believe something else unless it is told more, inf for never."""
        return math.inf if self._says == self.believes else self._due()

    def _due(self) -> float:
        due = self._says_since + self._wait_s
        return max(due, self._believes_since + self._settings.hold_off_s) if self._says else due


class Detector:
    """Whether one sensor sees somebody, and whether it can be trusted. It listens from `now` on."""

    def __init__(self, settings: Settings, now: float) -> None:
        self._settings = settings
        self._heard: float | None = None
        self._listens_since = now
        self._reason = ""
        self._chatter, self._arrivals = Rate(*CHATTER), Rate(*ARRIVALS)
        self._hysteresis, self._debounce = Hysteresis(settings), Debounce(settings, now)

    def read(self, reading: Reading) -> None:
        """Take the sensor's next reading."""
        self.present(reading.at)  # what it said until now may have become believed in between
        if self._is_silent(reading.at):
            self._forget(reading.at)
        match reading:
            case Fault(reason=reason):
                self._reason = reason
            case Distance(at=at, metres=metres):
                self._say(self._hysteresis.is_near(metres), at, enter_s=0.0)
            case Level(at=at, active=active):
                self._say(active, at, enter_s=self._settings.enter_s)

    def present(self, now: float) -> bool:
        """Tell whether somebody is believed to be there."""
        if self._debounce.settle(now):
            self._arrivals.count(now)
        return self._debounce.believes

    @property
    def due(self) -> float:
        """Return when it will believe something else unless it reads more, inf for never."""
        return self._debounce.due

    def has_spoken(self) -> bool:
        """Tell whether the sensor ever said anything."""
        return self._heard is not None

    def fault(self, now: float) -> str:
        """Return why the sensor is not trusted, "" if nothing speaks against it."""
        if self._is_silent(now):
            return self._reason or f"said nothing for {SILENT_S:g} s; check its cable"
        if self.present(now) and self._debounce.present_s(now) > self._settings.stuck_s:
            return f"saw somebody for {_long(self._settings.stuck_s)} without a break"
        if self._chatter.is_high(now) or self._arrivals.is_high(now):
            return "sees more coming and going than people can"
        return ""

    def _say(self, says: bool, at: float, *, enter_s: float) -> None:
        self._heard, self._reason = at, ""
        if self._debounce.say(says, at, enter_s=enter_s):
            self._chatter.count(at)

    def _is_silent(self, now: float) -> bool:
        since = self._listens_since if self._heard is None else self._heard
        return now - since > SILENT_S

    def _forget(self, now: float) -> None:
        """Take it that nobody is there: what was seen before a silence is old."""
        self._hysteresis = Hysteresis(self._settings)
        self._debounce = Debounce(self._settings, now)


class Watch:
    """Makes one verdict of all sensors: somebody is there if any that is trusted says so.

    What the sensors named `sensors` said before `now` is not known. No clock: every method is told
    the time, which never runs backwards for one sensor.
    """

    def __init__(self, sensors: Iterable[str], settings: Settings, now: float) -> None:
        self._detectors = {name: Detector(settings, now) for name in sensors}
        self._presence = Presence(None, now)

    def read(self, reading: Reading) -> None:
        """Take the next reading of one of the sensors."""
        self._detectors[reading.sensor].read(reading)

    @property
    def due(self) -> float:
        """Return when the verdict may change though nothing is read, inf if only by a fault."""
        return min((one.due for one in self._detectors.values()), default=math.inf)

    def at(self, now: float) -> Presence:
        """Return the verdict at `now`."""
        faults = {name: why for name, one in self._detectors.items() if (why := one.fault(now))}
        trusted = [
            one for name, one in self._detectors.items() if one.has_spoken() and name not in faults
        ]
        present = any(one.present(now) for one in trusted) if trusted else None
        since = self._presence.since if present == self._presence.present else now
        self._presence = Presence(present, since, tuple(faults.items()))
        return self._presence


def _long(seconds: float) -> str:
    """Return a time of a minute or more in words."""
    minutes = seconds / 60
    return f"{minutes / 60:.3g} h" if minutes >= 120 else f"{minutes:.3g} min"
