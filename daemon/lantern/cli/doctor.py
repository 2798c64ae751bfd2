"""`lantern doctor`."""

from __future__ import annotations

import argparse

from lantern import config, safe_mode
from lantern.cli.board_asked import look
from lantern.cli.board_told import is_well
from lantern.cli.exit_codes import ExitCode
from lantern.control import client
from lantern.control.protocol import GetStatus, Status
from lantern.errors import ProtocolError, Unavailable
from lantern.health import checks
from lantern.health.checks import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run every check; exit code 6 if one found something to see to."""
    in_force = config.in_force(arguments.config)
    settings = in_force.config
    told = in_force.flaw or f"{in_force.file}: in force"
    findings = [
        Finding("config", not in_force.flaw, told),
        _safe_mode(in_force),
        *checks.examine(settings),
        *_of_boards(settings),
        *_of_daemon(settings),
    ]
    if arguments.json:
        print(checks.as_json(findings))
    else:
        for finding in findings:
            print(f"{'good' if finding.good else 'TO DO'}  {finding.subject}: {finding.sentence}")
    return ExitCode.OK if all(finding.good for finding in findings) else ExitCode.UNHEALTHY


def _safe_mode(in_force: config.InForce) -> Finding:
    """Look whether safe mode is on."""
    try:
        why = safe_mode.reason(in_force)
    except OSError as error:
        return Finding("safe mode", False, f"{error.filename}: {error.strerror}; look by sudo")
    return Finding("safe mode", why is None, safe_mode.sentence(why) if why else "off")


def _of_boards(settings: config.Config) -> list[Finding]:
    """Return whether each board that can be used speaks, and this version's language."""
    sections = [board for board in settings.boards if not checks.unusable(board.device)]
    return [
        Finding(
            f"board {state.sensor}",
            is_well(state),
            state.fault or f"speaks, firmware {state.firmware}",
        )
        for state in look(settings, sections)
    ]


def _of_daemon(settings: config.Config) -> list[Finding]:
    """Return what the daemon itself says: that it runs, and each of its troubles."""
    try:
        answer = client.ask(settings.paths.control_socket, GetStatus())
    except (Unavailable, ProtocolError) as error:
        return [Finding("daemon", False, str(error))]
    notices = answer.notices if isinstance(answer, Status) else ()
    told = [Finding("daemon", False, notice) for notice in notices]
    return told or [Finding("daemon", True, "runs without trouble")]
