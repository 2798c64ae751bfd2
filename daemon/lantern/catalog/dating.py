"""When a photo is from that does not say so itself: by its file, else by when it came.

Pure but for the time zone of this machine, in which people read dates. What is written down for a
photo moves to an earlier time only: that of the oldest copy, however often a file is written to.
"""

from __future__ import annotations

from datetime import UTC, datetime

UNSET_UNTIL_S = 315_619_200
"""2 January 1980 in Unix time: a file that claims to be older comes from a clock that was not set,
or a file system without times."""

AHEAD_S = 86_400
"""A file may be so much younger than now: clocks and zones differ. More is a wrong clock."""


def file_date(mtime_ns: int, now: float) -> str:
    """Return local ISO 8601 time ("2019-07-04T18:30:00") of a file that came at Unix time `now`."""
    changed = mtime_ns // 1_000_000_000
    at = changed if UNSET_UNTIL_S <= changed <= now + AHEAD_S else int(now)
    return datetime.fromtimestamp(at, UTC).astimezone().replace(tzinfo=None).isoformat()
