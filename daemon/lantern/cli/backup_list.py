"""`lantern backup list`: the archives of each repository, the newest last."""

from __future__ import annotations

import argparse
import json
from typing import Any

from lantern.backup.borgmatic import checked, plan_for
from lantern.backup.borgmatic import run as borgmatic
from lantern.backup.outcome import Fault
from lantern.backup.plan import Plan
from lantern.cli.backup_named import named
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import one_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--repository", metavar="R", help="only of this one")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """List the archives; exit code 4 if a repository does not answer."""
    settings = configured(arguments)
    plan = plan_for(settings)
    told = [_listed(plan, one) for one in named(settings, arguments.repository)]
    if arguments.json:
        print(json.dumps({"repositories": told}))
    else:
        print("\n".join(line for one in told for line in _lines(one)))
    good = not any("fault" in one for one in told)
    return ExitCode.OK if good else ExitCode.UNAVAILABLE


def _listed(plan: Plan, repository: str) -> dict[str, Any]:
    """Return the archives of `repository`, or why they cannot be told."""
    try:
        ran = checked(borgmatic(plan, repository, ["repo-list", "--json"]), repository)
    except Fault as fault:
        return {"repository": repository, "archives": [], "fault": str(fault)}
    (found,) = json.loads(ran.out)
    archives = [{"name": one["name"], "time": one["start"]} for one in found["archives"]]
    return {"repository": repository, "archives": archives}


def _lines(told: dict[str, Any]) -> list[str]:
    head = f"{told['repository']}: {len(told['archives'])} archives"
    if "fault" in told:
        return [one_line(told["fault"])]
    return [head, *(f"  {one_line(one['name'])}" for one in told["archives"])]
