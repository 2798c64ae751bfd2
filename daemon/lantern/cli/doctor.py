"""`lantern doctor`."""

from __future__ import annotations

import argparse

from lantern import config
from lantern.cli.exit_codes import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run every check; exit code 6 if one found something to see to."""
    from lantern.health import checks  # noqa: PLC0415 - see the package's docstring

    findings = checks.examine(config.load(config.find(arguments.config)))
    if arguments.json:
        print(checks.as_json(findings))
    else:
        for finding in findings:
            print(f"{'good' if finding.good else 'TO DO'}  {finding.subject}: {finding.sentence}")
    return ExitCode.OK if all(finding.good for finding in findings) else ExitCode.UNHEALTHY
