"""What the reports of past runs tell the next one: what is due, and what there was. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lantern.backup.report import Action, Report, Saved

RETRY_S = 20 * 3600.0
"""After so long, the next night, a check or drill that failed is tried again."""


def due(
    past: Sequence[Report], action: Action, every_d: int, now: float, *, at_once: bool = False
) -> bool:
    """Tell whether `action` is due at Unix time `now`, by the reports of the `past`.

    Without one of its kind it counts from the first backup, or is due `at_once`. A quarter of a day
    early is not too early, since no two nights' runs begin at the same minute.
    """
    done = [one for one in past if one.action is action and not one.skipped]
    if not done and at_once:
        return True
    newest = done[-1] if done else next(iter(past), None)
    if newest is None or newest.ended > now:  # dated by a wrong clock
        return newest is not None
    since_s = now - newest.ended
    return since_s >= (RETRY_S if done and not newest.is_good else every_d * 86400 - 21600)


def last_archive(past: Iterable[Report], repository: str) -> Saved | None:
    """Return what the last archive of `repository` held, by the reports of the `past`."""
    found = None
    for report in past:
        for one in report.repositories:
            if one.repository == repository and one.saved:
                found = one.saved
    return found
