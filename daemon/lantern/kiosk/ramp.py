"""How loud it is at any moment: straight lines in decibels from where the sound is to its level.

Pure: a line is a value, and its gain at any time is known beforehand and exactly. Sampling it late
or seldom makes coarser steps, never another course. Decibels are below the level of the recording;
the amplitude is 10 ** (dB / 20). See `kiosk.director` for who samples it, and `kiosk.screen` for
how it is made audible.
"""

from __future__ import annotations

import msgspec

from lantern.config import Sound as Settings
from lantern.kiosk.wanted import Sound

FLOOR_DB = -60.0
"""A thousandth of the amplitude: what is to be silent is muted once it is so faint."""


class Line(msgspec.Struct, frozen=True):
    """Stays at `from_db` until `begin`, then goes to `to_db` at `rate_db_s`, and stays there.

    `sound` and `limit_db` are what the line was drawn for.
    """

    sound: Sound
    limit_db: float
    begin: float
    from_db: float
    to_db: float
    rate_db_s: float

    @property
    def end(self) -> float:
        """Return when `to_db` is reached."""
        return self.begin + abs(self.to_db - self.from_db) / self.rate_db_s

    def gain_db(self, now: float) -> float:
        """Return the gain at `now`, in [FLOOR_DB, 0]."""
        if now >= self.end:
            return self.to_db
        gone = self.rate_db_s * max(0.0, now - self.begin)
        return self.from_db + (gone if self.to_db > self.from_db else -gone)

    def is_muted(self, now: float) -> bool:
        """Tell whether nothing at all is to be heard at `now`."""
        return self.to_db <= FLOOR_DB and now >= self.end


def silence(now: float) -> Line:
    """Return the line of before the first sound."""
    return Line(Sound.SILENT, 0.0, now, FLOOR_DB, FLOOR_DB, 1.0)


def draw(line: Line, sound: Sound, limit_db: float, settings: Settings, now: float) -> Line:
    """Return the line from where `line` is at `now` to the level of `sound`, `limit_db` at most.

    It is `line` itself where that leads there already. The sound stays for `hold_s` where it was
    when the last visitor left, falls at once for any other reason, and always rises at once.
    """
    if (sound, limit_db) == (line.sound, line.limit_db):
        return line
    gain_db, to_db = line.gain_db(now), level_db(sound, limit_db, settings)
    left = sound is Sound.IDLE and line.sound is Sound.FULL and to_db < gain_db <= limit_db
    return Line(
        sound=sound,
        limit_db=limit_db,
        begin=now + settings.hold_s if left else now,
        from_db=gain_db,
        to_db=to_db,
        rate_db_s=settings.attack_db_s if to_db > gain_db else settings.release_db_s,
    )


def level_db(sound: Sound, limit_db: float, settings: Settings) -> float:
    """Return the level that `sound` ends at."""
    levels = {
        Sound.SILENT: FLOOR_DB,
        Sound.IDLE: settings.idle_db,
        Sound.FULL: settings.full_db,
        Sound.SET: settings.set_db,
    }
    return min(levels[sound], limit_db)


def limit_db(settings: Settings, minute: int | None) -> float:
    """Return the most that is allowed at `minute` of the day, 0 dB where nothing is.

    At an unknown hour, None, the strictest limit holds.
    """
    limits = [db for span, db in settings.spans if minute is None or span.holds(minute)]
    return min(limits, default=0.0)
