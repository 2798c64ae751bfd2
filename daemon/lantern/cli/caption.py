"""`lantern caption FILE…`, `lantern caption set FILE SENTENCE` and `lantern caption clear FILE`.

The first describes files, of whatever folder, and keeps nothing. The others tell the daemon what a
person says of a photo of the collection, or that it is taken back.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lantern.catalog.correction import LONGEST, cleaned
from lantern.catalog.summary import CaptionedFile
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.named import named
from lantern.cli.terminal import shown_path
from lantern.control import client
from lantern.control.protocol import Corrected, SetCaption
from lantern.errors import PhotoError, ProtocolError, Unavailable
from lantern.model import Description, display_path

DEADLINE_S = 60.0

_HELP = f"""\
set    says what is to be seen in a photo of the collection; it wins over any model's
       sentence. SENTENCE is one line of 1 to {LONGEST:,} characters, in quotes.
clear  takes back what was said by "set": a sentence that a person gave before comes
       back, else the model's."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments.

    No sub-commands of argparse: files and these two words would get in each other's way.
    """
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _HELP
    parser.usage = (
        "lantern caption [--json] FILE...\n"
        "       lantern caption [--json] set FILE SENTENCE\n"
        "       lantern caption [--json] clear FILE"
    )
    parser.add_argument(
        "words",
        nargs="+",
        metavar="FILE",
        help='a file to describe; one that is called "set" or "clear" is given as ./set',
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a file")
    parser.set_defaults(refuse=parser.error)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Describe each file; one that cannot be described is told and makes the exit code 5."""
    match arguments.words:
        case ["set", _, _] | ["clear", _]:
            return _say(arguments)
        case ["set"] | ["set", _]:
            file = shown_path(os.fsencode(arguments.words[-1])) if arguments.words[1:] else "FILE"
            arguments.refuse(
                '"set" takes a file and one sentence, got no sentence; say what is to be seen: '
                f'lantern caption set {file} "A dog in the snow"'
            )
        case ["set", *_]:
            arguments.refuse(
                '"set" takes a file and one sentence, got more words; put the sentence in quotes'
            )
        case ["clear", *_]:
            arguments.refuse('"clear" takes one file')
    import anyio  # noqa: PLC0415 - see the package's docstring

    from lantern.cli.models import configured_models  # noqa: PLC0415 - the same

    models = configured_models(arguments.config)
    return anyio.run(_describe_all, arguments.words, arguments.json, models)


def _say(arguments: argparse.Namespace) -> ExitCode:
    """Tell the daemon what a person says, or takes back; print where it stands now.

    What a file should carry by the policy, and cannot, makes the exit code 5.
    """
    settings = configured(arguments)
    file, sentence = arguments.words[1], "".join(arguments.words[2:])
    if arguments.words[0] == "set":
        try:
            sentence = cleaned(sentence)
        except PhotoError as error:
            arguments.refuse(str(error))
    path = named(file, settings.photos.folder)
    answer = client.ask(settings.paths.control_socket, SetCaption(sentence, path=path))
    if not isinstance(answer, Corrected):
        raise ProtocolError(f"expected where the sentence stands, got {type(answer).__name__}")
    print(_as_json(answer) if arguments.json else "\n".join(_lines(answer)))
    unwritten = any(file.place == "catalog" for file in answer.files)
    return ExitCode.PHOTO if unwritten else ExitCode.OK


def _lines(answer: Corrected) -> list[str]:
    whose = "a person's" if answer.by_human else "the model's"
    before = f'it said "{answer.replaced}" before; "lantern caption clear" brings that back'
    return [
        f"{answer.sentence} ({whose})",
        *([before] if answer.replaced else []),
        *map(_place, answer.files),
    ]


def _place(file: CaptionedFile) -> str:
    told = {
        "photo": "written into the photo",
        "sidecar": "written into its sidecar",
        "catalog": f"kept in the catalog only: {file.reason}",
        "kept": f'kept "{file.reason}"',
        "nowhere": f"not written: {file.reason}",
    }
    return f"{shown_path(file.path)}: {told[file.place]}"


def _as_json(answer: Corrected) -> str:
    told = {
        "photo": answer.photo,
        "sentence": answer.sentence,
        "by": "person" if answer.by_human else "model",
        "replaced": answer.replaced,
        "files": [
            {"file": display_path(file.path), "place": file.place, "reason": file.reason}
            for file in answer.files
        ],
    }
    return json.dumps(told)


async def _describe_all(files: Sequence[str], as_json: bool, models: Path | None) -> ExitCode:
    from lantern.caption.client import WorkerClient, worker_command  # noqa: PLC0415 - see above

    result = ExitCode.OK
    async with WorkerClient(worker_command(b"/", models), deadline_s=DEADLINE_S) as worker:
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
