"""`lantern captions export`: what was said of the photos, as JSON lines; no daemon is needed."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TextIO, TypeVar

from lantern.catalog.reader import CatalogReader
from lantern.catalog.records import CorrectionRecord, FileCaption
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.errors import Unavailable


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


_Record = TypeVar("_Record", bound=_Numbered)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    export = actions.add_parser("export", help="print one JSON object a line")
    export.add_argument(
        "--corrections", action="store_true", help="what people said in place of the model"
    )
    export.add_argument("--output", type=Path, metavar="FILE", help="write to it instead")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Write every file's sentence, or every correction, the oldest first."""
    paths = configured(arguments).paths
    reader = CatalogReader.open(paths.catalog)
    reader.counts()  # without a catalog, no output is begun
    lines = (
        map(_correction_line, _all(reader.corrections))
        if arguments.corrections
        else map(_caption_line, _all(reader.captions))
    )
    with _output(arguments.output) as output:
        for line in lines:
            output.write(line + "\n")
    return ExitCode.OK


def _output(path: Path | None) -> nullcontext[TextIO] | TextIO:
    if path is None:
        return nullcontext(sys.stdout)
    try:
        return open(path, "w", encoding="utf-8")
    except OSError as error:
        raise Unavailable(
            f"{path}: cannot be written ({error.strerror}); choose another by --output"
        ) from error


def _all(page: Callable[[int], Sequence[_Record]]) -> Iterator[_Record]:
    """Yield every record of pages that are asked for by the last id seen."""
    after = 0
    while records := page(after):
        yield from records
        after = records[-1].id


def _caption_line(caption: FileCaption) -> str:
    return json.dumps(
        {
            "file": os.fsdecode(caption.path),
            "fingerprint": caption.fingerprint,
            "sentence": caption.sentence,
            "by": "person" if caption.by_human else "model",
            "machine": caption.machine,
            "model": caption.model,
            "score": caption.score,
            "from_tags": caption.from_tags,
        }
    )


def _correction_line(correction: CorrectionRecord) -> str:
    return json.dumps(
        {
            "file": os.fsdecode(correction.path),
            "fingerprint": correction.fingerprint,
            "sentence": correction.sentence,
            "replaced": correction.replaced,
            "machine": correction.machine,
            "model": correction.model,
            "time": datetime.fromtimestamp(correction.at, UTC).isoformat(timespec="seconds"),
            "standing": correction.standing,
        }
    )
