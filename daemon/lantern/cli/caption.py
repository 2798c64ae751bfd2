"""`lantern caption FILE…`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import shown_path
from lantern.errors import PhotoError, Unavailable
from lantern.model import Description, display_path

DEADLINE_S = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Describe each file; one that cannot be described is told and makes the exit code 5."""
    import anyio  # noqa: PLC0415 - see the package's docstring

    return anyio.run(_describe_all, arguments.files, arguments.json)


async def _describe_all(files: Sequence[str], as_json: bool) -> ExitCode:
    from lantern.caption.client import WorkerClient, worker_command  # noqa: PLC0415 - see above

    result = ExitCode.OK
    async with WorkerClient(worker_command(b"/"), deadline_s=DEADLINE_S) as worker:
        for file in files:
            given = os.fsencode(file)
            path = _from_root(given)
            try:
                await worker.identify(path)
                developed = await worker.develop(caption=True, thumbnail=False)
            except (PhotoError, Unavailable) as error:
                reason = str(error).removeprefix(f"{shown_path(path)}: ")
                _tell_failure(given, reason, as_json)
                result = ExitCode.PHOTO
            else:
                if developed.description is not None:
                    print(_line(given, developed.description, as_json), flush=True)
    return result


def _from_root(given: bytes) -> bytes:
    """Return the file's path below "/", links followed: here a person chose them."""
    return os.path.realpath(given).lstrip(b"/")


def _tell_failure(given: bytes, reason: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"file": display_path(given), "error": reason}), flush=True)
    else:
        print(f"lantern: {shown_path(given)}: {reason}", file=sys.stderr)


def _line(given: bytes, description: Description, as_json: bool) -> str:
    if not as_json:
        return f"{shown_path(given)}: {description.caption.sentence}"
    caption = description.caption
    told = {
        "file": display_path(given),
        "sentence": caption.sentence,
        "score": caption.score,
        "from_tags": caption.from_tags,
        "model": caption.model,
        "tags": {tag.name: tag.score for tag in description.tags},
    }
    return json.dumps(told)
