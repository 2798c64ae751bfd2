"""A film that follows itself, as one file for the player: a list of its repetitions.

Pure. Their joints are one frame, and no silence; every other way that mpv has to repeat a film
leaves a gap. The list holds for as long as its film tells how long it is: of one that does not,
mpv repeats some first part.

Source: mpv's DOCS/edl-mpv.rst; lengths of names are in bytes.
"""

from __future__ import annotations

from lantern.kiosk.works import Work

LAPS = 2000
"""A film of ten seconds is repeated for five hours; then the list begins anew, with a gap."""

OPTIONS = {"access-references": "yes", "loop-file": "inf"}
"""What mpv needs to be told of such a file."""

_SCHEME = "edl://"


def address(work: Work, laps: int = 1) -> str:
    """Return what mpv calls `work`, played `laps` times: its path, or a list of repetitions."""
    if laps == 1:
        return work.path
    length = len(work.path.encode("utf-8", "surrogateescape"))
    return _SCHEME + ";".join([f"%{length}%{work.path}"] * laps)


def laps(url: str) -> int:
    """Return how often what plays at `url`, one of ours, is repeated."""
    return LAPS if url.startswith(_SCHEME) else 1
