"""`lantern caption FILE…`."""

from __future__ import annotations

import argparse
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

    paths = [os.path.realpath(os.fsencode(file)) for file in arguments.files]
    return anyio.run(_describe_all, paths, arguments.json)


async def _describe_all(paths: Sequence[bytes], as_json: bool) -> ExitCode:
    from lantern.caption.client import WorkerClient, worker_command  # noqa: PLC0415 - see above

    result = ExitCode.OK
    async with WorkerClient(worker_command(b"/"), deadline_s=DEADLINE_S) as worker:
        for path in paths:
            try:
                await worker.identify(path.lstrip(b"/"))
                developed = await worker.develop(caption=True, thumbnail=False)
            except (PhotoError, Unavailable) as error:
                print(f"lantern: {error}", file=sys.stderr)
                result = ExitCode.PHOTO
                continue
            if developed.description is not None:
                print(_line(path, developed.description, as_json), flush=True)
    return result


def _line(path: bytes, description: Description, as_json: bool) -> str:
    if not as_json:
        return f"{shown_path(path)}: {description.caption.sentence}"
    import json  # noqa: PLC0415 - for this output alone

    caption = description.caption
    told = {
        "file": display_path(path),
        "sentence": caption.sentence,
        "score": caption.score,
        "from_tags": caption.from_tags,
        "model": caption.model,
        "tags": {tag.name: tag.score for tag in description.tags},
    }
    return json.dumps(told)
