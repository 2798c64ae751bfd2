"""Copies of what changes while it is read: catalog, what people said and set, and configuration.

They lie in a folder of their own, are saved with the photos, and are all that a restore on a bare
machine needs besides them. What can be made again is not saved: thumbnails, index, models.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lantern
from lantern import durable
from lantern.backup.plan import FORMAT, Plan
from lantern.catalog.live import LiveConnection
from lantern.catalog.reader import CatalogReader
from lantern.errors import Unavailable

CATALOG = "catalog.sqlite3"
CAPTIONS = "captions.json"
CONFIG = "lantern.toml"
ABOUT = "backup.json"


def stage(plan: Plan, catalog: Path, config: Path, by_hand: Iterable[Path] = ()) -> int:
    """Fill the folder of staged copies; return how many photos `catalog` has.

    The catalog is copied as it is at one moment, whatever the daemon writes meanwhile. Those of the
    small files `by_hand` that are there keep their names.

    Raises:
        Unavailable: there is no catalog yet, or something cannot be read, or there is no room.
    """
    folder = Path(plan.staged)
    try:
        fresh = folder / f"{CATALOG}.new"
        LiveConnection(catalog).copy_to(fresh)
        fresh.replace(folder / CATALOG)
        reader = CatalogReader.open(folder / CATALOG)
        photos = reader.counts().photos
        durable.keep(folder / CAPTIONS, _json(_said(reader)))
        durable.keep(folder / CONFIG, config.read_bytes())
        for file in by_hand:
            _copy(file, folder / file.name)
        durable.keep(folder / ABOUT, _json(_about(plan, photos)))
    except OSError as error:
        raise Unavailable(
            f"{error.filename or folder}: cannot be copied ({error.strerror}); look at the disk of "
            f"{folder}, and who may read it"
        ) from error
    return photos


def _copy(file: Path, copy: Path) -> None:
    """Have `copy` be what `file` is now: missing, too."""
    try:
        durable.keep(copy, file.read_bytes())
    except FileNotFoundError:
        copy.unlink(missing_ok=True)


def _about(plan: Plan, photos: int) -> dict[str, Any]:
    """Return what a person should know who finds these copies."""
    return {
        "format": FORMAT,
        "made_by": f"lantern {lantern.__version__}",
        "made_at": _moment(time.time()),
        "machine": socket.gethostname(),
        "photo_root": plan.photos,
        "photos": photos,
        "restore": "lantern restore, or extract the photos with borg and point Lantern at them",
    }


def _said(reader: CatalogReader) -> dict[str, Any]:
    """Return all that people said and chose, which no model can say again."""
    return {
        "corrections": [
            {
                "file": os.fsdecode(one.path),
                "fingerprint": one.fingerprint,
                "sentence": one.sentence,
                "time": _moment(one.at),
            }
            for one in reader.standing_corrections()
        ],
        "in_files": [
            {"file": os.fsdecode(path), "sentence": sentence}
            for path, sentence in reader.sentences_in_files()
        ],
        "hidden": reader.hidden_fingerprints(),
    }


def _moment(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="seconds")


def _json(value: object) -> bytes:
    """Return `value` as text for people, too; names that are no UTF-8 become escapes."""
    return json.dumps(value, indent=1).encode() + b"\n"
