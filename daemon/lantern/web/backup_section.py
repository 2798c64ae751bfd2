"""The status page's section about the backup, in words. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from lantern.catalog.backup_state import BackupState, RepositoryState, RunningBackup
from lantern.web import amounts
from lantern.web.report import Report
from lantern.web.section import Level, Row, Section

FULL = 0.9
"""The share of a far disk that leaves little room."""


def backup(report: Report, owner: bool) -> Section:
    """Return the section; reasons and places are the owner's."""
    state = report.daemon.backup if report.daemon else None
    if state is None:
        return Section("backup", "Backup")
    rows = [_saved(state, owner)]
    if state.running:
        rows.append(_under_way(state.running, owner))
    if state.next_at:
        rows.append(Row("Next", amounts.moment(state.next_at)))
    rows += [
        Row(label, amounts.moment(oldest))
        for label, moments in (
            ("Restored for proof", [one.proved_at for one in state.repositories]),
            ("Checked whole", [one.checked_at for one in state.repositories]),
        )
        if (oldest := min((at for at in moments if at), default=None))
    ]
    for number, repository in enumerate(state.repositories, 1):
        rows += _copy(repository, _place(repository, number, owner))
    return Section("backup", "Backup", tuple(rows))


def _saved(state: BackupState, owner: bool) -> Row:
    """Say since when all is saved, everywhere. Reasons may name hosts, and are the owner's."""
    level: Level = "bad" if "backup late" in state.alarms else "watch" if state.alarms else "good"
    why = f": {state.skipped}" if owner else ""
    note = f"The last run was left out{why}." if state.skipped else ""
    if state.good_at is None:
        if owner and state.next_at is None and not state.running:
            note = f"{note} Nothing starts it: “sudo lantern backup setup” sees to that.".strip()
        return Row("All is saved as of", "never yet", note, "bad" if level == "bad" else "watch")
    return Row("All is saved as of", amounts.moment(state.good_at), note, level)


_UNDER_WAY = {
    "backup": "Being saved",
    "check": "Being checked",
    "drill": "Being restored for proof",
}


def _under_way(running: RunningBackup, owner: bool) -> Row:
    files = amounts.files(running.files)
    text = files if running.files else "it begins"
    notes = [f"It waits{f': {running.waits_for}' if owner else ''}."] if running.waits_for else []
    if running.original_bytes and running.of_bytes:
        done, whole = amounts.room(running.original_bytes), amounts.room(running.of_bytes)
        text, notes = f"{done} of some {whole}", [f"{files} so far.", *notes]
    label = _UNDER_WAY.get(running.action, "Under way")
    return Row(label, text, " ".join(notes), share=running.share)


def _copy(told: RepositoryState, label: str) -> list[Row]:
    """Tell of what lies in one repository, and on its disk."""
    if told.archives is None and not told.fault:
        return []
    text = amounts.number(told.archives or 0, "archive")
    text += f", {amounts.room(told.stored_bytes)}" if told.stored_bytes else ""
    note, share = "", None
    if told.free_bytes is not None and told.disk_bytes:
        share = min(max(1 - told.free_bytes / told.disk_bytes, 0.0), 1.0)
        note = f"{amounts.room(told.free_bytes)} free of {amounts.room(told.disk_bytes)} there."
    if told.fault:
        return [Row(label, "the last try failed", f"{text}. {note}".strip(), "bad")]
    return [Row(label, text, note, "watch" if share and share > FULL else "", share)]


def _place(told: RepositoryState, number: int, owner: bool) -> str:
    """Return where a copy is: for the owner a host's name, or a folder."""
    if not owner:
        return f"Copy {number}"
    return f"On {urlsplit(told.repository).hostname or told.repository}"
