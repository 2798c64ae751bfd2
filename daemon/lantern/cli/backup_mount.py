"""`lantern backup mount FOLDER`: look into the archives as into a folder, until it is unmounted."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import msgspec

from lantern.backup.borgmatic import checked, plan_for
from lantern.backup.borgmatic import run as borgmatic
from lantern.backup.plan import Plan
from lantern.cli.backup_named import named
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.errors import ConfigError, Unavailable

FUSE = Path("/dev/fuse")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="an empty folder")
    parser.add_argument(
        "--archive", metavar="NAME", help='one archive, "latest" for the newest; without: all'
    )
    parser.add_argument("--repository", metavar="R", help="of this repository")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Mount, and say how to unmount."""
    settings = configured(arguments)
    plan = _for_this_user(plan_for(settings))
    repositories = named(settings, arguments.repository)
    if len(repositories) > 1:
        raise ConfigError(f"expected --repository with one of {', '.join(repositories)}")
    folder = arguments.folder.absolute()
    if not folder.is_dir() or any(folder.iterdir()):
        raise Unavailable(f"{folder}: expected an empty folder; make one")
    archive = ["--archive", arguments.archive] if arguments.archive else []
    words = ["mount", "--mount-point", str(folder), *archive]
    ran = borgmatic(plan, repositories[0], words)
    said = " ".join(one.text for one in ran.messages)
    if "FUSE support" in said or not os.path.exists(FUSE):
        raise Unavailable(
            'Borg cannot mount here: it wants FUSE; "sudo apt install python3-pyfuse3 fuse3", or '
            'take files out by "lantern backup restore"'
        )
    checked(ran, repositories[0])
    told = {"folder": str(folder), "repository": repositories[0], "archive": arguments.archive}
    print(json.dumps(told) if arguments.json else f'{folder}: end it by "borg umount {folder}"')
    return ExitCode.OK


def _for_this_user(plan: Plan) -> Plan:
    """Return `plan` with a cache and a file of root's own, where root looks into the archives.

    What another user mounted root could not see; what root wrote its owner could not write again.
    """
    if os.geteuid() != 0 or os.stat(plan.base).st_uid == 0:
        return plan
    base = f"{plan.base}-of-root"
    return msgspec.structs.replace(plan, base=base, file=f"{base}.yaml")
