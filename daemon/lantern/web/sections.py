"""The sections of the status page: rows of facts, and lists of what went wrong, in words. Pure.

The template and the script show whatever stands here: to add a section, write a function and put it
into `SECTIONS`. Visitors read it, too, so names of files are `problems`' business.
"""

from __future__ import annotations

from collections.abc import Callable

from lantern.catalog.state import State
from lantern.catalog.summary import CaptionHealth
from lantern.web import amounts
from lantern.web.backup_section import backup
from lantern.web.problems import entries
from lantern.web.report import Collected, Disk, Report
from lantern.web.section import Level, Row, Section

WARM_C, HOT_C = 70, 80
"""Degrees Celsius. A Raspberry Pi slows down from 80 on. [Raspberry Pi documentation, "Frequency
management and thermal control"]"""


def _photos(report: Report, owner: bool) -> Section:
    collected = report.collected
    if collected is None:
        return Section("photos", "Photos")
    counts = collected.counts
    share = counts.captioned / counts.files if counts.files else None
    rows = [
        Row("Described", f"{counts.captioned:,} of {amounts.files(counts.files)}", share=share),
        Row("Can be found", amounts.number(counts.indexed, "photo"), _same_pictures(collected)),
    ]
    if counts.discovered:
        rows.append(Row("Waiting", amounts.files(counts.discovered), _speed(report)))
    if counts.retry:
        rows.append(Row("Tried again soon", amounts.files(counts.retry), level="watch"))
    if counts.failed:
        rows.append(Row("Cannot be used", amounts.files(counts.failed), level="watch"))
    if owner and counts.hidden:
        rows.append(Row("Hidden from visitors", amounts.number(counts.hidden, "photo")))
    return Section("photos", "Photos", tuple(rows))


def _same_pictures(collected: Collected) -> str:
    counts = collected.counts
    return "Copies of a picture count once." if counts.captioned > counts.photos else ""


def _speed(report: Report) -> str:
    daemon = report.daemon
    if daemon is None:
        return "Nothing happens until the daemon runs."
    if not daemon.left_s or not daemon.rate:
        return ""
    return f"{amounts.duration(daemon.left_s)} at {amounts.speed(daemon.rate)}."


def _failed(report: Report, owner: bool) -> Section:
    """Say why photos are missing, or odd."""
    problems = report.collected.problems if report.collected else ()
    told = entries(((one.path, _became(one.state, one.reason)) for one in problems), owner)
    note = "Each is tried again when its file changes." if told else ""
    return Section("failed", "Photos with a problem", entries=told, note=note)


def _became(state: State, reason: str) -> str:
    if state is State.RETRY:
        return f"{reason} (tried again by itself)"
    if state is State.FAILED:
        return reason
    return f"described, but: {reason}"


def _captions(report: Report, owner: bool) -> Section:
    collected = report.collected
    if collected is None:
        return Section("captions", "Captions")
    counts = collected.counts
    rows = _health(collected.captions, collected.middle_score) if collected.captions else []
    if report.daemon and report.daemon.sentence_ms:
        median, high = report.daemon.sentence_ms
        note = f"One in twenty takes more than {high:.0f} ms."
        rows.append(Row("A sentence takes", f"{median:.0f} ms", note))
    if counts.unwritten:
        rows.append(Row("Still to be written into photos", amounts.files(counts.unwritten)))
    if counts.refused:
        rows.append(
            Row("Cannot be written into photos", amounts.files(counts.refused), level="watch")
        )
    told = entries(((one.path, one.reason) for one in collected.unwritten), owner)
    note = "They are shown and searched all the same." if told else ""
    return Section("captions", "Captions", tuple(rows), told, note)


def _health(health: CaptionHealth, middle_score: float | None) -> list[Row]:
    total = sum(health.photos_by_model.values())
    if not total:
        return []
    models = sorted(health.photos_by_model.items(), key=lambda item: (-item[1], item[0]))
    rows = [
        Row("Described by", model or "an unnamed model", amounts.number(photos, "photo"))
        for model, photos in models[:3]
    ]
    if middle_score is not None:
        rows.append(Row("Median score", f"{middle_score:.2f}", "0 is a guess, 1 is certain."))
    rows.append(Row("Made from tags alone", f"{health.from_tags / total:.1%}".replace("%", " %")))
    if health.human:
        rows.append(Row("In a person’s words", amounts.number(health.human, "photo")))
    if health.corrected:
        lately = health.corrected_lately
        note = f"{lately:,} in the last 30 days." if lately else ""
        rows.append(Row("Corrected by people", amounts.number(health.corrected, "photo"), note))
    return rows


def _search(report: Report, _: bool) -> Section:
    collected = report.collected
    rows = [_engine(report)]
    if collected:
        behind = collected.counts.photos - collected.counts.indexed
        rows.append(_backlog("Not searchable yet", behind))
        if collected.server_backlog is not None and report.server_up is not None:
            rows.append(_backlog("Waiting for the search server", collected.server_backlog))
    return Section("search", "Search", tuple(rows))


def _engine(report: Report) -> Row:
    if report.server_up is None:
        return Row("Engine", "Lantern’s own")
    if report.server_up:
        return Row("Engine", report.engine.capitalize())
    return Row("Engine", f"{report.engine.capitalize()} is away", "Lantern’s own answers.", "watch")


def _backlog(label: str, photos: int) -> Row:
    return Row(label, amounts.number(photos, "photo") if photos else "nothing")


def _show(report: Report, _: bool) -> Section:
    daemon, rows = report.daemon, []
    if daemon and daemon.show:
        note = f"Describing photos waits: {daemon.eased_by}." if daemon.eased_by else ""
        rows.append(Row("Now", daemon.show, note))
    if report.collected and (visitors := report.collected.visitors):
        since = f"Since {amounts.day(visitors.since)}."
        rows.append(Row("Visits today", _stay(visitors.today, visitors.today_s)))
        rows.append(Row("Visits in all", _stay(visitors.ever, visitors.ever_s), since))
    return Section("show", "The show", tuple(rows))


def _stay(visits: int, seconds: float) -> str:
    if not visits:
        return "none"
    return f"{visits:,}, {amounts.duration(seconds / visits).lower()} each"


def _machine(report: Report, _: bool) -> Section:
    rows = [_disk(disk) for disk in report.disks]
    if report.heat_c is not None:
        rows.append(Row("Heat", f"{report.heat_c:.0f} °C", level=_warmth(report.heat_c)))
    if report.undervoltage is not None:
        weak = report.undervoltage
        rows.append(Row("Power", "too weak" if weak else "good", level="bad" if weak else ""))
    return Section("machine", "This machine", tuple(rows))


def _disk(disk: Disk) -> Row:
    used = 1 - disk.free / disk.total if disk.total else 1.0
    return Row(
        f"Disk of {disk.what}",
        f"{amounts.room(disk.free)} free of {amounts.room(disk.total)}",
        level="bad" if disk.low else "",
        share=min(max(used, 0.0), 1.0),
    )


def _warmth(heat_c: float) -> Level:
    return "bad" if heat_c >= HOT_C else "watch" if heat_c >= WARM_C else ""


def _versions(report: Report, _: bool) -> Section:
    rows = [Row("Version", report.version)]
    daemon = report.daemon
    if daemon is None:
        rows.append(Row("The daemon", "does not answer", level="bad"))
        return Section("versions", "Lantern", tuple(rows))
    if daemon.version != report.version:
        note = "Restart the page and the daemon."
        rows.append(Row("The daemon", daemon.version, note, "watch"))
    if daemon.model:
        rows.append(Row("Model in use", daemon.model))
    if daemon.since:
        rows.append(Row("Runs since", amounts.moment(daemon.since)))
    return Section("versions", "Lantern", tuple(rows))


SECTIONS: tuple[Callable[[Report, bool], Section], ...] = (
    _photos,
    _failed,
    _search,
    _show,
    backup,
    _machine,
    _captions,
    _versions,
)
"""In their order on the page; one with neither rows nor entries is left out."""
