"""`lantern search`."""

from __future__ import annotations

import argparse
import contextlib
import json
from typing import NamedTuple

from lantern import config
from lantern.catalog.reader import CatalogReader
from lantern.catalog.records import PhotoRecord
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import shown_path
from lantern.model import display_path
from lantern.search.query import MAX_LIMIT, is_wordless, parse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("words", nargs="+", help='what to look for; behind "--", -WORD leaves out')
    parser.add_argument(
        "--limit", type=hit_limit, default=20, metavar="N", help="so many photos at most (20)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print what the index finds, best first."""
    settings = configured(arguments)
    text = " ".join(arguments.words)
    total, photos, forgiving = (
        Found(0, [], False) if is_wordless(text) else find(settings, text, arguments.limit)
    )
    if arguments.json:
        found = [_as_json(photo) for photo in photos]
        print(json.dumps({"total": total, "forgiving": forgiving, "photos": found}))
        return ExitCode.OK
    for photo in photos:
        print(f"{shown_path(photo.files[0].path)}: {photo.sentence}")
    similar = ", by similar words" if forgiving else ""
    print(f"{total:,} photo{'' if total == 1 else 's'}{similar}")
    return ExitCode.OK


def hit_limit(text: str) -> int:
    """Return the number of hits in `text`, 1 to `MAX_LIMIT`."""
    limit = int(text)
    if not 1 <= limit <= MAX_LIMIT:
        raise argparse.ArgumentTypeError(f"expected 1 to {MAX_LIMIT}, got {text}")
    return limit


class Found(NamedTuple):
    """How many photos match, the first of them, and whether typos had to be forgiven for it."""

    total: int
    photos: list[PhotoRecord]
    forgiving: bool


def find(settings: config.Config, text: str, limit: int) -> Found:
    """Return how many photos match `text`, and the first `limit` of them, best first.

    The configured engine is asked, as by the page; the log tells where another answers in its
    stead.
    """
    from lantern.search import build  # noqa: PLC0415 - see the package

    reader = build.reader(settings.search, settings.paths.index)
    with contextlib.closing(reader):
        results = reader.search(parse(text, limit=limit))
    photos = CatalogReader.open(settings.paths.catalog).photos([hit.id for hit in results.hits])
    return Found(results.total, photos, results.forgiving)


def _as_json(photo: PhotoRecord) -> dict[str, object]:
    return {
        "id": photo.id,
        "paths": [display_path(file.path) for file in photo.files],
        "sentence": photo.sentence,
        "by_human": photo.by_human,
        "score": photo.caption.score,
        "tags": {tag.name: tag.score for tag in photo.tags},
    }
