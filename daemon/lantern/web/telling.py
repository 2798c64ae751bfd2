"""The status page in words: a headline, the troubles of the moment, and `sections`. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from lantern.catalog.summary import Counts
from lantern.web import amounts
from lantern.web.report import Report
from lantern.web.section import Section
from lantern.web.sections import SECTIONS

Mood = Literal["good", "busy", "watch", "trouble"]

TROUBLES = {
    "safe mode": "Lantern is in safe mode after failures: new photos are not described.",
    "config": "Lantern’s configuration has a mistake, or waits for a restart.",
    "catalog": "Lantern’s catalog was damaged. It is made anew from the photos.",
    "progress": "A part of Lantern hangs.",
    "root": "The photo folder cannot be reached. Nothing is forgotten.",
    "disappearance": "Many photos vanished at once. Nothing is forgotten unless the owner agrees.",
    "unreadable": "A folder with photos cannot be read.",
    "watch": "New photos are noticed late, by the hourly scan.",
    "index": "The search index cannot be written. New photos wait to be found.",
    "server": "The search server does not answer. Lantern’s own index does.",
    "groups": "Similar photos cannot be put together now.",
    "captions": "Captions cannot be written into photos now, and wait.",
    "worker": "The program that describes photos does not start.",
    "state": "Lantern’s own disk cannot be written: it is full, or fails.",
    "orders": "What the owner ordered of the show ends when Lantern does.",
    "show": "Nothing plays on the screen, or not as it should.",
    "display": "No display is found to play on.",
    "sound": "Films play without sound: no device for it is found.",
    "picture": "The picture on the screen is black, or stands still.",
    "sensors": "A sensor cannot tell who is there.",
    "projector": "The projector does not answer, or does not obey.",
    "lamp": "The projector is dark.",
    "guests": "The guest book can keep no pictures now.",
    "programme": "Something of the programme cannot be played now.",
    "visits": "Visits are counted, and cannot be written down now.",
    "works": "Some films or photos cannot be played.",
    "backup late": "The photos were not backed up for too long.",
    "backup failed": "The photos cannot be backed up now.",
    "backup changes": "Very many photos changed or vanished since the backup before.",
    "backup shrank": "The backup holds much less than it did.",
    "backup drill": "Whether photos can be restored from the backup is not certain now.",
    "backup check": "Whether the backup is whole is not certain now.",
    "backup room": "The disk of the backup is nearly full.",
    "backup clock": "A backup was made by a clock that was wrong.",
    "notices": "The owner cannot be written to.",
}
"""What visitors are told of a trouble, by its topic."""


class Headline(NamedTuple):
    """The page in a sentence, and a second one."""

    mood: Mood
    said: str
    note: str = ""


class Told(msgspec.Struct, frozen=True):
    """The whole page."""

    mood: Mood
    headline: str
    note: str
    troubles: tuple[str, ...]
    sections: tuple[Section, ...]


def tell(report: Report, *, owner: bool) -> Told:
    """Return what the page says of `report` to the owner, or to visitors."""
    troubles = _troubles(report, owner)
    mood, said, note = _headline(report, troubles)
    sections = (section(report, owner) for section in SECTIONS)
    return Told(
        mood=mood,
        headline=said,
        note=note,
        troubles=troubles,
        sections=tuple(one for one in sections if one.rows or one.entries),
    )


def _headline(report: Report, troubles: tuple[str, ...]) -> Headline:
    if report.collected is None:
        starts = f" until the daemon runs; “{report.starter}” starts it"
        until = starts if report.daemon is None else ""
        return Headline("trouble", "Lantern cannot read its catalog", f"No photo is shown{until}.")
    if report.daemon is None:
        return Headline(
            mood="trouble",
            said="New photos are not being described",
            note=f"The daemon does not answer; “{report.starter}” starts it. What it described "
            "before can still be searched.",
        )
    if troubles:
        return Headline("trouble", "Something needs attention")
    return _work(report.collected.counts, report.daemon.left_s)


def _work(counts: Counts, left_s: float | None) -> Headline:
    if counts.discovered:
        note = f"{amounts.duration(left_s)} left." if left_s else ""
        return Headline("busy", f"Describing photos: {counts.discovered:,} to go", note)
    if counts.indexed < counts.photos:
        return Headline("busy", "New photos are being made searchable")
    if not counts.files:
        return Headline("good", "There are no photos yet", "Each appears once it is described.")
    if spoilt := counts.failed + counts.retry:
        return Headline("watch", _unusable(counts), _others(counts, spoilt))
    return Headline("good", "All is well", "Every photo is described and can be found.")


def _unusable(counts: Counts) -> str:
    if counts.failed:
        return f"{amounts.files(counts.failed)} cannot be used"
    return f"{amounts.files(counts.retry)} could not be read"


def _others(counts: Counts, spoilt: int) -> str:
    again = "Each is tried again by itself. "
    if counts.failed and counts.retry:
        again = f"{counts.retry:,} more will be tried again. "
    elif counts.failed:
        again = ""
    others = "All others are described and can be found." if counts.files > spoilt else ""
    return f"{again}{others}".strip()


def _troubles(report: Report, owner: bool) -> tuple[str, ...]:
    told = [] if report.collected or not owner else [report.unread]
    if report.daemon:
        troubles = report.daemon.troubles
        told += [one.sentence if owner else _to_visitors(one.topic) for one in troubles]
    if report.undervoltage:
        told.append("The power supply is too weak: the voltage drops. Use a stronger one.")
    told += [
        f"The disk of {disk.what} is nearly full: {amounts.room(disk.free)} left."
        for disk in report.disks
        if disk.low
    ]
    return tuple(sentence[:1].upper() + sentence[1:] for sentence in told)


def _to_visitors(topic: str) -> str:
    return TROUBLES.get(topic, "Something needs the owner: “lantern status” tells what.")
