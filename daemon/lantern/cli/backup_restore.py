"""`lantern backup restore PATH`: bring back a photo or a folder as it was saved."""

from __future__ import annotations

import argparse
import json
import os

from lantern.backup import archive as archives
from lantern.backup import restore
from lantern.backup.borgmatic import plan_for
from lantern.backup.put_back import Put
from lantern.backup.restore import Way
from lantern.cli.backup_named import named
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.restore_told import is_whole, lines, progress
from lantern.errors import ConfigError, Unavailable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "path", metavar="PATH", help='a photo or a folder of photos, "." for all of them'
    )
    parser.add_argument(
        "--to", metavar="DIR", help="below this folder, instead of where it was; nothing else moves"
    )
    parser.add_argument("--archive", metavar="A", help="out of this archive, instead of the newest")
    parser.add_argument("--repository", metavar="R", help="out of this repository")
    parser.add_argument(
        "--over", action="store_true", help="replace what is there by what was saved"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Bring back what is asked for; exit code 4 if something else stands in its place."""
    settings = configured(arguments)
    repository = named(settings, arguments.repository)[0]
    if not arguments.to and not os.path.isdir(settings.photos.folder):
        raise Unavailable(
            f"{settings.photos.root}: is not there; mount the disk of the photos, or bring them "
            "back elsewhere, --to DIR"
        )
    with restore.as_guest(plan_for(settings)) as plan:
        archive = archives.find(plan, repository, arguments.archive)
        wanted = restore.place_of(archive, arguments.path, settings.photos.folder)
        found = restore.items(plan, archive, wanted)
        if not found:
            raise ConfigError(
                f"{arguments.path}: is not in {archive.address}; give a path below "
                f'{archive.comment.photos}, or an older archive ("lantern backup list")'
            )
        top = archives.inside(os.fsencode(archive.comment.photos))
        place = os.fsencode(arguments.to) if arguments.to else settings.photos.folder
        way = Way(top, os.path.abspath(place), arguments.over)
        told = progress if not arguments.json else lambda _done, _of: None
        put = restore.bring_back(plan, archive, found, way, told)
    print(_as_json(archive.address, put) if arguments.json else "\n".join(lines(archive, put)))
    return ExitCode.OK if is_whole(put) else ExitCode.UNAVAILABLE


def _as_json(address: str, put: Put) -> str:
    told = {
        "archive": address,
        "files": put.files,
        "same": put.same,
        "kept": [os.fsdecode(path) for path in put.kept],
    }
    return json.dumps(told)
