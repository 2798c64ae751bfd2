"""What is wrong with the backup, above all that there was none. Pure: reports and time come in.

To add an alarm, write a function from `Facts` to an `Alarm`, or None, and put it into `ALARMS`;
what visitors are told of its topic stands in `web/telling`. A sentence stays the same while what it
tells of does, so that days are told by their date: whenever it changes it is logged.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from lantern.backup.report import Action, Report, Saved
from lantern.backup.standing import Try, is_odd, standing, tries
from lantern.backup.words import moment, size
from lantern.catalog.backup_state import RepositoryState
from lantern.config import Backup

DAY_S = 86400.0
DRILLS_MISSED = CHECKS_MISSED = 2
"""So many in a row, and their silence is a trouble."""

LEAST_FREE = 0.1
RUNS_LEFT = 3
"""A far disk is nearly full where less is free: a share of it, or so many runs as the last."""

SHRUNK = 0.75
FEWER = 0.5
"""A repository shrank that has less of its bytes, or of its archives, than after the run before."""

MASS_FILES, MASS_SHARE = 50, 0.2
"""More files than this, and a larger share of all, do not change or vanish in a usual day."""

MOVED = 0.1
"""Files that moved add less than this share of their bytes."""

STANDS_S = 14 * DAY_S
"""What happened once is told for so long, unless a person has seen it."""

HEALS = frozenset({"locked", "unreachable", "killed", "unreadable", "other"})
"""Kinds of failure (`outcome`) that the next run may not meet; of the others a person is told."""

MORE = '"lantern backup report" tells more'
SEEN = '"lantern backup report --seen" says that it was meant'


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon knows beside the reports.

    `since` is when it first heard of each repository, `seen` the id of the newest report whose
    changes a person has seen, `odd` when reports of a wrong clock came, by their ids, and `written`
    into how many photos Lantern ever wrote a caption when a report came, by its id.
    """

    since: Mapping[str, float] = {}
    seen: str = ""
    odd: Mapping[str, float] = {}
    written: Mapping[str, int] = {}


class Facts(msgspec.Struct, frozen=True):
    """All that an alarm goes by; `reports` are the newest first."""

    settings: Backup
    reports: Sequence[Report]
    known: Known
    now: float

    def tries(self, repository: str, action: Action) -> Iterator[Try]:
        """Yield what became of `repository` in runs for `action`, the newest first."""
        return tries(self.reports, repository, action, self.now)

    def pairs(self, repository: str) -> Iterator[tuple[Try, Try]]:
        """Yield good backups, each with the one before, of late and not seen by a person yet."""
        good = [one for one in self.tries(repository, Action.BACKUP) if one.good]
        for after, before in itertools.pairwise(good):
            if after.id > self.known.seen and self.now - after.at < STANDS_S:
                yield after, before


class Alarm(msgspec.Struct, frozen=True):
    """A trouble. `key` stays the same for as long as it is the same trouble."""

    topic: str
    key: str
    sentence: str


def states(facts: Facts) -> tuple[RepositoryState, ...]:
    """Return how each repository stands."""
    return tuple(
        standing(facts.reports, repository, facts.now) for repository in facts.settings.repositories
    )


def alarms(facts: Facts) -> list[Alarm]:
    """Return all that is wrong."""
    return [found for alarm in ALARMS if (found := alarm(facts))]


def _late(facts: Facts) -> Alarm | None:
    """Say where there was no good backup for too long."""
    told = []
    for state in states(facts):
        since = facts.known.since.get(state.repository, facts.now)
        if facts.now - (state.good_at or since) > facts.settings.alarm_after_d * DAY_S:
            told.append((state.repository, _last(state, since)))
    why = f"no good backup of the photos {_each(told)}; {MORE}"
    return _alarm("backup late", told, why)


def _last(state: RepositoryState, since: float) -> str:
    last = f"since {moment(state.good_at)}" if state.good_at else f"yet, asked for {moment(since)}"
    return f"in {state.repository} {last}{f' ({state.fault})' if state.fault else ''}"


def _failed(facts: Facts) -> Alarm | None:
    """Say which backup failed in a way that does not heal by itself."""
    told = []
    for repository in facts.settings.repositories:
        newest = next(facts.tries(repository, Action.BACKUP), None)
        if newest and not newest.good and newest.told.kind not in HEALS:
            told.append((repository, f"to {repository}: {_why(newest)}"))
    return _alarm("backup failed", told, f"the backup failed {_each(told)}; {MORE}")


def _check(facts: Facts) -> Alarm | None:
    """Say which repository is damaged, or was not checked for too long."""
    every_s = facts.settings.check_every_d * CHECKS_MISSED * DAY_S
    told = [*_proofs(facts, Action.CHECK, every_s)]
    step = '"sudo lantern backup check" does it now'
    return _alarm("backup check", told, f"the check {_each(told)}; {step}")


def _drill(facts: Facts) -> Alarm | None:
    """Say of which archive photos could not be restored, or were not for too long."""
    every_s = facts.settings.drill_every_d * DRILLS_MISSED * DAY_S
    told = [*_proofs(facts, Action.DRILL, every_s)]
    step = '"sudo lantern backup drill" does it now'
    return _alarm("backup drill", told, f"the restore drill {_each(told)}; {step}")


def _proofs(facts: Facts, action: Action, every_s: float) -> Iterator[tuple[str, str]]:
    """Yield which repositories failed, or were left out for `every_s`, and how."""
    for repository in facts.settings.repositories:
        made = list(facts.tries(repository, action))
        newest = next((one for one in made if one.good or one.told.kind not in HEALS), None)
        if newest and not newest.good:
            yield repository, f"of {repository} failed ({_why(newest)})"
            continue
        good = next((one.at for one in made if one.good), None)
        since = good or _first_good(facts, repository)
        if since is not None and facts.now - since > every_s:
            yield (
                repository,
                f"of {repository} was {f'last good {moment(good)}' if good else 'never done'}",
            )


def _first_good(facts: Facts, repository: str) -> float | None:
    """Return when there first was something to prove."""
    good = [one.at for one in facts.tries(repository, Action.BACKUP) if one.good]
    return good[-1] if good else None


def _shrank(facts: Facts) -> Alarm | None:
    """Say which repository lost what no retention takes away at once."""
    told = []
    for repository in facts.settings.repositories:
        for after, before in facts.pairs(repository):
            if lost := _lost(after, before):
                told.append((f"{repository} {after.id}", f"{repository}: {lost}"))
                break
    step = f"look there who did that ({SEEN})"
    return _alarm("backup shrank", told, f"the repository shrank, {_each(told)}; {step}")


def _lost(after: Try, before: Try) -> str:
    now, then = after.told.stored_bytes, before.told.stored_bytes
    kept, had = after.told.archives, before.told.archives
    if kept is not None and had is not None and kept < had * FEWER and had - kept > 1:
        return f"{kept} archive{'' if kept == 1 else 's'} on {moment(after.at)}, {had} before"
    if now is not None and then and now < then * SHRUNK:
        return f"{size(now)} on {moment(after.at)}, {size(then)} before"
    return ""


def _changes(facts: Facts) -> Alarm | None:
    """Say that far more photos changed or vanished than people change: mistake, or ransomware."""
    told = []
    for repository in facts.settings.repositories:
        for after, before in facts.pairs(repository):
            if said := _mass(after, before, facts.known.written):
                told.append((f"{repository} {after.id}", said))
                break
    step = f"if nobody meant that, stop and restore from an older archive ({SEEN})"
    sentence = _each(told[:1])  # each repository tells the same
    return _alarm("backup changes", told, f"{sentence}; {step}")


def _mass(after: Try, before: Try, written: Mapping[str, int]) -> str:
    saved = after.told.saved
    if saved is None:
        return ""
    had = saved.files - saved.new + saved.gone
    own = written.get(after.id, 0) - written.get(before.id, written.get(after.id, 0))
    changed = max(0, saved.changed - max(0, own))
    gone = saved.gone - _moved(saved, had)
    if changed + gone <= max(MASS_FILES, had * MASS_SHARE):
        return ""
    return (
        f"of {had:,} saved files {changed:,} changed and {gone:,} vanished "
        f"before the backup of {moment(after.at)}"
    )


def _moved(saved: Saved, had: int) -> int:
    """Return how many of those gone lie elsewhere now: new files whose bytes were there already.

    Files that somebody encrypted under other names are new bytes.
    """
    share = saved.gone / had if had else 0.0
    bytes_gone = saved.original_bytes * share
    return min(saved.new, saved.gone) if saved.deduplicated_bytes < bytes_gone * MOVED else 0


def _room(facts: Facts) -> Alarm | None:
    """Say which far disk is nearly full."""
    told = []
    for state in states(facts):
        free, total = state.free_bytes, state.disk_bytes
        if free is None or not total:
            continue
        if free < total * LEAST_FREE or free < RUNS_LEFT * _added(facts, state.repository):
            left = f"of {state.repository}: {size(free)} of {size(total)}"
            told.append((state.repository, left))
    step = (
        "make room there, or keep fewer archives ([backup] keep_daily, keep_weekly, keep_monthly)"
    )
    return _alarm("backup room", told, f"little is free on the disk {_each(told)}; {step}")


def _added(facts: Facts, repository: str) -> int:
    """Return the bytes that the newest good backup added; 0 of the first, which is all."""
    for one in facts.tries(repository, Action.BACKUP):
        if one.good and (saved := one.told.saved):
            return saved.deduplicated_bytes if saved.new < saved.files else 0
    return 0


def _clock(facts: Facts) -> Alarm | None:
    """Say that a wrong clock dated a run, until there is a good one by a right clock."""
    told = []
    for report in facts.reports:
        came = facts.known.odd.get(report.id)
        if came is not None and is_odd(report, facts.now) and not _good_since(facts, came):
            told.append((report.id, f"{moment(report.began)} to {moment(report.ended)}"))
    step = 'look at "timedatectl", then "sudo lantern backup now"'
    sentence = f"the clock jumped: a run of the backup is dated {_each(told[:1])}; {step}"
    return _alarm("backup clock", told, sentence)


def _good_since(facts: Facts, when: float) -> bool:
    good = (state.good_at for state in states(facts))
    return any(at is not None and at > when for at in good)


ALARMS: tuple[Callable[[Facts], Alarm | None], ...] = (
    _late,
    _failed,
    _changes,
    _shrank,
    _drill,
    _check,
    _room,
    _clock,
)
TOPICS = (
    *("backup late", "backup failed", "backup changes", "backup shrank"),
    *("backup drill", "backup check", "backup room", "backup clock"),
)
"""All that they may tell of, in the same order."""


def topic_of(key: str) -> str:
    """Return the topic of the alarm by that key, "" for one that no rule makes any more."""
    return next((topic for topic in TOPICS if key.startswith(topic)), "")


def _alarm(topic: str, told: Iterable[tuple[str, str]], sentence: str) -> Alarm | None:
    keys = [key for key, _ in told]
    return Alarm(topic, " ".join((topic, *keys)), sentence) if keys else None


def _each(told: Iterable[tuple[str, str]]) -> str:
    return ", and ".join(said for _, said in told)


def _why(made: Try) -> str:
    sentence = made.told.sentences[0] if made.told.sentences else made.told.kind
    return sentence.replace("; ", ", ")
