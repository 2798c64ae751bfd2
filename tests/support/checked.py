"""Whether a house is as it should be after torture: photos, catalog, thumbnails and index.

What the photos were is taken beforehand. From the command line:

    python -m support.checked before ROOT > KEPT
    python -m support.checked after CONFIG < KEPT
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from lantern.catalog.reader import CatalogReader
from lantern.catalog.thumbnails import ThumbnailReader
from lantern.config import Config, load
from lantern.errors import Unavailable
from lantern.imaging.source import read_photo
from lantern.ingest.agreement import disagreements
from lantern.search.embedded import EmbeddedReader


class Original(NamedTuple):
    """What a photo was: a hash of all its bytes, and one of its image data."""

    digest: str
    fingerprint: str


Originals = Mapping[str, Original]
"""By their paths below the root."""


def originals(root: Path) -> dict[str, Original]:
    """Return what each photo below `root` is."""
    return {path: original(root, path) for path in _names(root) if not _is_lanterns(path)}


def original(root: Path, path: str) -> Original:
    """Return what the photo at `path`, below `root`, is."""
    read = read_photo(os.fsencode(root), os.fsencode(path))
    return Original(hashlib.blake2b(read.data, digest_size=16).hexdigest(), read.fingerprint)


def wrongs(config: Config, before: Originals) -> list[str]:
    """Return all that is wrong in a house that is at rest and was to describe all of `before`.

    Where captions are written into photos their image data alone must be what it was.
    """
    return [
        *_of_photos(config, before),
        *_of_databases(config),
        *_of_files(config, before),
        *_of_catalog(config),
    ]


def repetitions(
    asked: Iterable[str], described: Iterable[str], before: Originals, *, kills: int
) -> list[str]:
    """Return what was captioned twice without cause: a kill costs the photos in hand, one each.

    `asked` are fingerprints that a worker was to describe, `described` the paths of photos whose
    description was written down; `kills` is how many photos kills may have cost.
    """
    times = Counter(asked)
    written = Counter(before[path].fingerprint for path in described if path in before)
    repeated = sum(times.values()) - len(times)
    found = [f"{one} was described {n} times" for one, n in written.items() if n > 1]
    if repeated > kills:
        found.append(f"{repeated} photos were captioned again, and {kills} kills cost at most that")
    strangers = times.keys() - {photo.fingerprint for photo in before.values()}
    return found + [f"{one} was captioned and is none" for one in sorted(strangers)]


def _of_photos(config: Config, before: Originals) -> Iterator[str]:
    root = Path(os.fsdecode(config.photos.folder))
    there = set(_names(root))
    yield from (f"{path}: lost" for path in sorted(before.keys() - there))
    for path in sorted(there - before.keys()):
        what = "left behind" if _is_lanterns(path) else "a stranger"
        if not path.endswith(".xmp"):
            yield f"{path}: {what}"
    for path in sorted(before.keys() & there):
        now = original(root, path)
        if now.fingerprint != before[path].fingerprint:
            yield f"{path}: another picture"
        elif config.captions.write != "embed" and now != before[path]:
            yield f"{path}: other bytes"


def _of_databases(config: Config) -> Iterator[str]:
    for file in (config.paths.catalog, config.paths.thumbnails):
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        for check in ("integrity_check", "foreign_key_check"):
            try:
                answer = connection.execute(f"PRAGMA {check}").fetchall()
            except sqlite3.DatabaseError as error:
                answer = [(str(error),)]
            if answer not in ([], [("ok",)]):
                yield f"{file.name}: {check}: {answer}"
        connection.close()


def _of_files(config: Config, before: Originals) -> Iterator[str]:
    """Yield what the catalog tells of files and is not so on the disk."""
    connection = sqlite3.connect(f"file:{config.paths.catalog}?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT folder, name, state, size, mtime_ns, fingerprint FROM file"
        " LEFT JOIN photo ON photo.id = photo_id"
    ).fetchall()
    connection.close()
    known = {os.fsdecode(os.path.join(folder, name)): rest for folder, name, *rest in rows}
    yield from (f"{path}: not in the catalog" for path in sorted(before.keys() - known.keys()))
    yield from (f"{path}: only in the catalog" for path in sorted(known.keys() - before.keys()))
    for path in sorted(before.keys() & known.keys()):
        state, size, mtime_ns, fingerprint = known[path]
        try:
            stat = os.stat(os.path.join(os.fsdecode(config.photos.folder), path))
        except FileNotFoundError:
            continue
        if state != "CAPTIONED":
            yield f"{path}: {state}"
        elif fingerprint != before[path].fingerprint:
            yield f"{path}: another picture in the catalog"
        if (size, mtime_ns) != (stat.st_size, stat.st_mtime_ns):
            yield f"{path}: other size or time in the catalog"


def _of_catalog(config: Config) -> list[str]:
    paths = config.paths
    try:
        found = disagreements(
            CatalogReader.open(paths.catalog),
            ThumbnailReader(paths.thumbnails),
            EmbeddedReader(paths.index),
        )
    except Unavailable as error:
        return [str(error)]
    return [one.sentence for one in found]


def _names(root: Path) -> Iterator[str]:
    return (os.path.relpath(file, root) for file in root.rglob("*") if file.is_file())


def _is_lanterns(path: str) -> bool:
    return os.path.basename(path).startswith(".lantern-")


def main(verb: str, place: str) -> int:
    if verb == "before":
        sys.stdout.buffer.write(msgspec.json.encode(originals(Path(place))))
        return 0
    before = msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, Original])
    found = wrongs(load(Path(place)), before)
    print("\n".join(found) or f"all is well with {len(before)} photos")  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
