"""`lantern recaption`: ask the model again, about the photos that the owner names."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import islice

from lantern import config
from lantern.catalog.reader import CatalogReader
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.control import client
from lantern.control.protocol import Asked, GetStatus, Recaption, Status
from lantern.errors import Unavailable
from lantern.model import PhotoId
from lantern.search.query import MAX_LIMIT, MAX_OFFSET, is_wordless, parse

BATCH = 500
"""Photos that the daemon is told at once: a transaction, and a line that it takes."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "words", nargs="*", metavar="QUERY", help="only photos that a search for it finds"
    )
    parser.add_argument(
        "--model-older", action="store_true", help="only those that another model described"
    )
    parser.add_argument("--all", action="store_true", help="every photo")
    parser.add_argument("--dry-run", action="store_true", help="only tell how many it would be")
    parser.set_defaults(refuse=parser.error)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Tell the daemon which photos to describe anew; a person's sentences are not touched."""
    text = " ".join(arguments.words).strip()
    if arguments.all == bool(text or arguments.model_older) or is_wordless(text):
        arguments.refuse(
            "say which photos: QUERY for those that a search finds, --model-older for those that "
            "another model described, or --all alone for every one"
        )
    settings = configured(arguments)
    photos = _wanted(settings, text, older=arguments.model_older)
    if arguments.dry_run:
        print(f"{_photos(len(photos))} would be described anew")
        return ExitCode.OK
    asked = sum(_ask(settings, batch) for batch in _batches(photos))
    print(f'{_photos(asked)} to be described anew; "lantern status" tells how it goes')
    return ExitCode.OK


def _wanted(settings: config.Config, text: str, *, older: bool) -> list[PhotoId]:
    model_not = _running_model(settings) if older else None
    photos = CatalogReader.open(settings.paths.catalog).photo_ids(model_not=model_not)
    if not text:
        return photos
    found = _found(settings, text)
    return [photo for photo in photos if photo in found]


def _running_model(settings: config.Config) -> str:
    answer = client.ask(settings.paths.control_socket, GetStatus())
    if not isinstance(answer, Status) or answer.model is None:
        raise Unavailable("the daemon has no model at work yet; try again in a moment")
    return answer.model


def _found(settings: config.Config, text: str) -> set[PhotoId]:
    """Return every photo that a search for `text` finds."""
    from lantern.search.embedded import EmbeddedReader  # noqa: PLC0415 - see the package

    reader = EmbeddedReader(settings.paths.index)
    found: set[PhotoId] = set()
    for offset in range(0, MAX_OFFSET, MAX_LIMIT):
        query = parse(text, offset=offset, limit=MAX_LIMIT)
        page = reader.search(query)
        found.update(hit.id for hit in page.hits)
        if offset + MAX_LIMIT >= page.total:
            break
    return found


def _ask(settings: config.Config, photos: Sequence[PhotoId]) -> int:
    answer = client.ask(settings.paths.control_socket, Recaption(tuple(photos)))
    return answer.photos if isinstance(answer, Asked) else 0


def _batches(photos: Sequence[PhotoId]) -> list[list[PhotoId]]:
    left = iter(photos)
    return list(iter(lambda: list(islice(left, BATCH)), []))


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count:,} photos"
