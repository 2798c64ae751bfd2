"""`lantern doctor`."""

from __future__ import annotations

import argparse
import random

from lantern import config, safe_mode
from lantern.catalog.reader import CatalogReader
from lantern.catalog.thumbnails import ThumbnailReader
from lantern.cli import doctor_backup, outdated, page_at
from lantern.cli.board_asked import look
from lantern.cli.board_told import is_well
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import Layout, one_line
from lantern.config import Config
from lantern.control import client
from lantern.control.protocol import GetStatus, Status
from lantern.errors import ProtocolError, Unavailable
from lantern.health import checks, finding, house_checks, units
from lantern.health.access import daemons_user
from lantern.health.finding import Finding, of_error, to_do, well
from lantern.kiosk.wall import is_synchronised


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run every check; exit code 6 if one found something to see to."""
    findings = examine(config.in_force(arguments.config))
    print(finding.as_json(findings) if arguments.json else "\n".join(lines(findings, Layout.now())))
    return ExitCode.OK if all(found.good for found in findings) else ExitCode.UNHEALTHY


def examine(in_force: config.InForce) -> list[Finding]:
    """Return what all checks find."""
    settings = in_force.config
    told = in_force.flaw or f"{in_force.file}: in force"
    return [
        of_error("config", told) if in_force.flaw else well("config", told),
        house_checks.config_file(in_force.file),
        _safe_mode(in_force),
        *checks.examine(settings),
        _agreement(settings),
        _clock(settings),
        _page(settings),
        *_of_boards(settings),
        *doctor_backup.examine(settings),
        *_of_daemon(settings),
    ]


def lines(findings: list[Finding], layout: Layout) -> list[str]:
    """Return the findings for people: first what is to be done, each with its next step."""
    wrong = [found for found in findings if not found.good]
    told = []
    for found in wrong:
        told += layout.hung("TO DO  ", f"{found.subject}: {one_line(found.sentence)}", strong=True)
        told += layout.hung("       ", f"-> {one_line(found.fix)}")
    for found in findings:
        if found.good:
            told += layout.hung("good   ", f"{found.subject}: {one_line(found.sentence)}")
    return [*told, f"{len(wrong)} to do, {len(findings) - len(wrong)} good"]


def _safe_mode(in_force: config.InForce) -> Finding:
    """Look whether safe mode is on."""
    try:
        why = safe_mode.reason(in_force)
    except OSError as error:
        return to_do("safe mode", f"{error.filename}: {error.strerror}", "look by sudo")
    return of_error("safe mode", safe_mode.sentence(why)) if why else well("safe mode", "off")


def _agreement(settings: Config) -> Finding:
    """Look whether catalog, thumbnails and index say the same of every photo."""
    from lantern.ingest.agreement import disagreements  # noqa: PLC0415 - slow, as the next
    from lantern.search.embedded import EmbeddedReader  # noqa: PLC0415

    paths = settings.paths
    if not all(path.exists() for path in (paths.catalog, paths.thumbnails, paths.index)):
        return well("agreement", "nothing to compare yet")
    try:
        found = disagreements(
            CatalogReader.open(paths.catalog),
            ThumbnailReader(paths.thumbnails),
            EmbeddedReader(paths.index),
            draw=random.Random(),  # noqa: S311 - a sample, no secret
        )
    except Unavailable as error:
        return of_error("agreement", error)
    if not found:
        return well("agreement", "catalog, thumbnails and index say the same")
    told = "; ".join(one.sentence for one in found)
    if found[0].of_index:
        step = (
            f'have the index made anew: "sudo systemctl stop lantern", "sudo rm -r {paths.index}", '
            '"sudo systemctl start lantern"'
        )
    else:
        step = '"lantern rescan"; if it is still so, that is a mistake of Lantern\'s: report it'
    return to_do("agreement", told, step)


def _clock(settings: Config) -> Finding:
    """Look whether the clock was set since the machine woke, where somebody has to."""
    if is_synchronised():
        return well("clock", "set from the network")
    if not settings.hours.needs_ntp:
        return well("clock", "not set from the network, and need not be (hours.needs_ntp)")
    step = (
        'connect the network, and look by "timedatectl"; a machine with a clock of its own needs '
        "none: hours.needs_ntp = false"
    )
    return to_do("clock", "not set from the network since the machine woke", step)


def _page(settings: Config) -> Finding:
    """Look whether the page answers."""
    address = page_at.address(settings.web)
    if reason := page_at.silence(settings.web):
        step = '"sudo systemctl restart lantern-web", or "lantern web" without systemd'
        return to_do("page", f"{address}: {reason}", step)
    return well("page", f"{address}: answers")


def _of_boards(settings: Config) -> list[Finding]:
    """Return whether each board that can be used speaks, and this version's language."""
    user = daemons_user(settings)
    sections = [board for board in settings.boards if not checks.unusable(board.device, user)]
    return [
        well(f"board {state.sensor}", f"speaks, firmware {state.firmware}")
        if is_well(state)
        else of_error(f"board {state.sensor}", state.fault or "it does not answer")
        for state in look(settings, sections)
    ]


def _of_daemon(settings: Config) -> list[Finding]:
    """Return what the daemon itself says: that it runs, and each of its troubles."""
    try:
        answer = client.ask(settings.paths.control_socket, GetStatus())
    except (Unavailable, ProtocolError) as error:
        return [of_error("daemon", error)]
    notices = answer.notices if isinstance(answer, Status) else ()
    told = [of_error("daemon", notice) for notice in notices]
    if isinstance(answer, Status) and answer.outdated:
        told += [of_error("config", one) for one in outdated.told(answer, units.states())]
    return told or [well("daemon", "runs without trouble")]
