"""When a file counts as copied. Pure: sightings and the time come in, a verdict goes out."""

from __future__ import annotations

import msgspec

from lantern.catalog.store import Found


def is_below(folder: bytes, top: bytes) -> bool:
    """Tell whether `folder` is `top` or lies below it; b"" is the root."""
    return not top or folder == top or folder.startswith(top + b"/")


class _Sighting(msgspec.Struct, frozen=True):
    size: int
    mtime_ns: int
    since: float


class Settling:
    """Files that were seen changing, until they have rested for `settle_s` seconds.

    A file whose time of change lies further back than that has rested already. One whose time of
    change is recent, or in the future, must be seen unchanged for that long.
    """

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._seen: dict[tuple[bytes, bytes], _Sighting] = {}

    def rest_for(self, settle_s: float) -> None:
        """Let files rest for another time from now on."""
        self._settle_s = settle_s

    def rests(self, folder: bytes, file: Found, *, wall: float, now: float) -> bool:
        """Tell whether `file` rests; if not, keep it. `wall` is Unix, `now` monotonic seconds."""
        key = folder, file.name
        if self._rests(key, file, wall, now):
            self._seen.pop(key, None)
            return True
        return False

    def due(self, now: float) -> set[bytes]:
        """Return the folders with files that may have come to rest by `now`."""
        return {
            folder for (folder, _), seen in self._seen.items() if now - seen.since >= self._settle_s
        }

    def next_due(self) -> float | None:
        """Return the monotonic time at which the next file may have come to rest, or None."""
        if not self._seen:
            return None
        return min(seen.since for seen in self._seen.values()) + self._settle_s

    def folders(self) -> set[bytes]:
        """Return the folders with files that do not rest yet."""
        return {folder for folder, _ in self._seen}

    def keep_only(self, folder: bytes, names: set[bytes]) -> None:
        """Forget files of `folder` that are not among `names`: they vanished, or are known."""
        for key in [key for key in self._seen if key[0] == folder and key[1] not in names]:
            del self._seen[key]

    def forget_below(self, top: bytes) -> None:
        """Forget files from the folder `top` down; b"" is the root."""
        for key in [key for key in self._seen if is_below(key[0], top)]:
            del self._seen[key]

    def _rests(self, key: tuple[bytes, bytes], file: Found, wall: float, now: float) -> bool:
        if wall - file.mtime_ns / 1e9 >= self._settle_s:
            return True
        before = self._seen.get(key)
        if before is None or (before.size, before.mtime_ns) != (file.size, file.mtime_ns):
            self._seen[key] = _Sighting(file.size, file.mtime_ns, now)
            return False
        return now - before.since >= self._settle_s
