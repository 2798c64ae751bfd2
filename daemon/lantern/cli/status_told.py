"""The status for people: one screen, troubles first, then a row for each part of the house."""

from __future__ import annotations

import time
from collections.abc import Iterator

import lantern
from lantern.backup.words import moment, size
from lantern.catalog.backup_state import RepositoryState, RunningBackup
from lantern.cli import outdated, show
from lantern.cli.board_told import sight
from lantern.cli.surroundings import Disk, Surroundings
from lantern.cli.terminal import Layout, clock, duration, one_line, shown_path
from lantern.config import Config
from lantern.control.protocol import Showing, Status
from lantern.health import captions
from lantern.link.board_state import BoardState

MOST_FILES = 5
"""More would push the rest off the screen; `--json` tells all."""

LABEL = 11
"""Columns of a terminal."""

UNKNOWN = "not known while the daemon does not run"

Row = tuple[str, str]


def lines(
    status: Status, settings: Config, around: Surroundings, layout: Layout | None = None
) -> list[str]:
    """Return the status, laid out for who reads it."""
    layout = layout or Layout()
    told = layout.hung("", _head(status))
    for trouble in troubles(status, around):
        told += layout.hung("trouble: ", one_line(trouble), strong=True)
    for label, text in rows(status, settings, around):
        head = f"{label}: " if layout.width is None else f"{label:{LABEL}}"
        told += layout.hung(head, one_line(text))
    for label, text in files(status):
        told += layout.hung(f"{label}: " if label else "", one_line(text))
    return told


def troubles(status: Status, around: Surroundings) -> list[str]:
    """Return what a person has to see to."""
    told = [*status.notices, *outdated.told(status, around.units)]
    if status.version != lantern.__version__:
        told.append(
            f"the daemon is of version {status.version}, this program of {lantern.__version__}; "
            '"sudo systemctl restart lantern"'
        )
    if around.page_silence:
        told.append(
            f"the page does not answer: {around.page_silence}; "
            '"sudo systemctl restart lantern-web", or "lantern web" without systemd'
        )
    if around.server_silence:
        told.append(around.server_silence)
    for unit in around.units:
        if unit.active == "failed" or (unit.is_wanted and unit.active == "inactive"):
            why = f'"lantern logs --unit {unit.short}" tells why'
            told.append(f'{unit.short} is {unit.active}; {why}, "lantern doctor" what to do')
    told += [f"{_room(disk)} on the disk; make room" for disk in around.disks if disk.is_low]
    if around.undervoltage:
        told.append("the voltage is too low; use the Raspberry Pi's own power supply")
    return list(dict.fromkeys(told))


def rows(status: Status, settings: Config, around: Surroundings) -> Iterator[Row]:
    """Yield a label and a text for each part of the house."""
    yield "machine", _machine(around)
    yield "disk", ", ".join(map(_room, around.disks)) or "cannot be read"
    told = [unit for unit in around.units if unit.is_wanted or unit.active != "inactive"]
    if told:
        yield "services", ", ".join(f"{unit.short} {unit.active}" for unit in told)
    yield "page", f"{around.page} {'does NOT answer' if around.page_silence else 'answers'}"
    yield "photos", _photos(status)
    yield "captions", _captions(status, settings)
    yield "index", _index(status, settings, around)
    yield "show", _show(status, settings)
    yield "sensors", _sensors(status, settings)
    yield "projector", _projector(status, settings)
    yield "backup", _backup(status, settings, around)
    if status.newest:
        yield "newest", f"{status.newest[0]}: {status.newest[1]}"


def files(status: Status) -> Iterator[Row]:
    """Yield which files failed, or cannot take their sentence, and why: the first of each."""
    for problem in status.problems[:MOST_FILES]:
        yield problem.state.lower(), f"{shown_path(problem.path)}: {problem.reason}"
    if len(status.problems) > MOST_FILES:
        yield "", f'... and {len(status.problems) - MOST_FILES} more: "lantern status --json"'
    for file in status.unwritten[:MOST_FILES]:
        yield "caption not written", f"{shown_path(file.path)}: {file.reason}"
    if status.counts.refused > MOST_FILES:
        refused = f"{status.counts.refused:,} photos cannot take a caption"
        yield "", f'... {refused}: "lantern status --json"'


def _head(status: Status) -> str:
    if not status.running:
        return f"Lantern {status.version}, NOT running"
    since = f" for {duration(time.time() - status.since)}" if status.since else ""
    return f"Lantern {status.version}, running{since}"


def _machine(around: Surroundings) -> str:
    what = f" ({around.machine})" if around.machine else ""
    told = [f"{around.host}{what}"]
    if around.up_s is not None:
        told.append(f"up {duration(around.up_s)}")
    if around.heat_c is not None:
        told.append(f"{around.heat_c:.0f} °C")
    if around.undervoltage is not None:
        told.append("voltage too low" if around.undervoltage else "enough voltage")
    if around.memory_free is not None:
        told.append(f"{around.memory_free / 1e6:,.0f} MB of memory free")
    return ", ".join(told)


def _room(disk: Disk) -> str:
    return f"{disk.what}: {disk.free / 1e9:,.1f} of {disk.total / 1e9:,.1f} GB free"


def _photos(status: Status) -> str:
    counts = status.counts
    told = [f"{counts.captioned:,} of {counts.files:,} files described in {status.root}"]
    if counts.discovered:
        told.append(f"{counts.discovered:,} waiting{_left(status)}")
    if counts.retry:
        told.append(f"{counts.retry:,} to be tried again")
    if counts.failed:
        told.append(f"{counts.failed:,} failed")
    if counts.hidden:
        told.append(f"{counts.hidden:,} hidden")
    return ", ".join(told)


def _left(status: Status) -> str:
    if not status.left_s:
        return ""
    return f" ({status.rate:.1f} photos/s, {clock(status.left_s)} left)"


def _captions(status: Status, settings: Config) -> str:
    told = captions.lines(status.captions, status.lately_ms) if status.captions else []
    parts = [line.removeprefix("captions: ") for line in told] or ["none yet"]
    show = status.show
    if show and show.eased:
        parts.append(f"describing {'rests' if show.eased == 1 else 'goes slowly'}: {show.eased_by}")
    parts.append(_WRITTEN[settings.captions.write])
    if status.counts.unwritten:
        parts.append(f"{status.counts.unwritten:,} captions still to be written into photos")
    return "; ".join(parts)


_WRITTEN = {
    "embed": "written into the photos",
    "sidecar": "written beside the photos",
    "off": "not written into photos",
}


def _index(status: Status, settings: Config, around: Surroundings) -> str:
    counts = status.counts
    told = f"{counts.indexed:,} of {counts.photos:,} photos searchable"
    if around.server_silence is None:
        return f"{told}, by Lantern's own index"
    answers = "does NOT answer, Lantern's own index does" if around.server_silence else "answers"
    return f"{told}; search server {settings.search.url} {answers}"


def _show(status: Status, settings: Config) -> str:
    if not settings.has_show:
        return "none is configured"
    if status.show is None:
        return "there is none now" if status.running else UNKNOWN
    told = [status.show.said, show.doors(status.show)]
    if status.show.programme:
        told.append(f"programme {status.show.programme}{show.there_is(status.show)}")
    told.append(f"sound {show.sound(status.show)}")
    return "; ".join(told)


def _sensors(status: Status, settings: Config) -> str:
    if not settings.sensors:
        return "none is configured"
    if status.show is None:
        names = ", ".join(f"{sensor.name} ({sensor.by})" for sensor in settings.sensors)
        return f"{names}: {'not used now' if status.running else UNKNOWN}"
    faults = dict(status.show.faults)
    boards = {board.sensor: board for board in status.boards}
    told = [
        f"{sensor.name} ({sensor.by}): {_sensor(faults.get(sensor.name), boards.get(sensor.name))}"
        for sensor in settings.sensors
    ]
    return "; ".join((_who(status.show), *told))


def _backup(status: Status, settings: Config, around: Surroundings) -> str:
    if not settings.backup.is_wanted:
        return "not set up"
    state = status.backup
    if state is None and status.running:
        return "not looked at yet"
    if state is None:
        timer = f"; its timer: {around.backup}" if around.backup else ""
        return f"{UNKNOWN}{timer}"
    told = [
        "never done yet" if state.good_at is None else f"all saved as of {moment(state.good_at)}"
    ]
    if state.running:
        told.append(_running(state.running))
    if state.skipped:
        told.append(f"the last run was left out: {state.skipped}")
    told += [_repository(one) for one in state.repositories]
    told.append(f"next {moment(state.next_at)}" if state.next_at else "no timer starts the next")
    return "; ".join(told)


def _running(run: RunningBackup) -> str:
    share = "" if run.share is None else f", some {run.share:.0%} of it"
    waits = f", and waits: {run.waits_for}" if run.waits_for else ""
    return f"a {run.action} of {run.repository} runs, {run.files:,} files{share}{waits}"


def _repository(told: RepositoryState) -> str:
    parts = [f"{told.archives:,} archives" if told.archives is not None else "nothing known yet"]
    if told.stored_bytes is not None:
        parts.append(size(told.stored_bytes))
    if told.free_bytes is not None:
        parts.append(f"{size(told.free_bytes)} free there")
    if told.proved_at:
        parts.append(f"restored for proof {moment(told.proved_at)}")
    if told.fault:
        parts.append(f"LAST TRY FAILED: {told.fault}")
    return f"{told.repository}: {', '.join(parts)}"


def _who(showing: Showing) -> str:
    if showing.present is None:
        return "nobody can tell who is there"
    return "somebody is there" if showing.present else "nobody is there"


def _sensor(fault: str | None, board: BoardState | None) -> str:
    if fault:
        return "FAULT"  # the daemon's troubles say which
    if board is None:
        return "good"
    if not board.connected:
        return "NOT connected"
    return f"connected, firmware {board.firmware}, {sight(board)}"


def _projector(status: Status, settings: Config) -> str:
    if settings.projector.by == "none":
        return "none is configured"
    if not status.running:
        return UNKNOWN
    by = f'switched by "{settings.projector.by}"'
    showing = status.show
    if showing is None or showing.power is None:
        return f"{by}, silent"
    hours = "".join(f", lamp {number:,} h" for number in showing.lamp_hours)
    return f"{showing.power}{hours}, {by}"
