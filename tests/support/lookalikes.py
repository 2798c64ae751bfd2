"""A real catalog of photos whose features are chosen: places on a ring of pictures."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np

from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.store import Catalog, Found, Reading
from lantern.imaging.formats import Format
from lantern.ingest.group import plan
from lantern.model import Caption, Description, Features, Fingerprint, Metadata, PhotoId
from lantern.similar.groups import Moments, Shot, alike

NOW = 1_700_000_000.0


def features(place: float, dimensions: int = 8) -> Features:
    """Return a vector of unit length; the cosine of two is that of their places' difference."""
    values = np.zeros(dimensions)
    values[0], values[1] = math.cos(place), math.sin(place)
    scale = float(np.abs(values).max()) / 127
    return Features(values=np.rint(values / scale).astype(np.int8).tobytes(), scale=scale)


class Lookalikes:
    """A catalog below `folder`, and what of it is compared."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "catalog.sqlite3"
        self.catalog = Catalog.open(self.path)
        self.similar = SimilarityReader.open(self.path)

    def add(
        self,
        name: str,
        place: float | None = None,
        *,
        model: str = "m 1",
        dimensions: int = 8,
        sharpness: float | None = None,
        **metadata: object,
    ) -> PhotoId:
        """Describe a photo at `place`, taken as `metadata` tells; known names are read anew."""
        file = name.encode()
        fingerprint = Fingerprint(f"{hash_of(name):032x}")
        known = self.catalog.read.by_fingerprint(fingerprint)
        if known is not None and place is not None:
            self.catalog.describe_again([known])
        stamp = self.catalog.known(b"").get(file)
        found = Found(file, 1, stamp.mtime_ns + 1 if stamp else 1)
        self.catalog.discover(b"", [found], NOW)
        pending = next(f for f in self.catalog.pending(NOW, 1000) if f.path == file)
        taken = Metadata(**{"width": 400, "height": 300, **metadata})  # type: ignore[arg-type]
        reading = Reading(fingerprint, Format.JPEG, taken, None, sharpness=sharpness)
        described = place is not None and Description(
            Caption(f"a photo called {name}", 0.5, model), (), features(place, dimensions)
        )
        return self.catalog.described(pending, reading, described or None, NOW)

    def remove(self, name: str) -> None:
        """Forget the file."""
        self.catalog.remove([self.catalog.known(b"")[name.encode()].id], NOW)

    def group(self, limit: int = 100) -> int:
        """Group one batch; return how many photos it was."""
        batch = plan(self.similar, limit)
        if batch.photos:
            self.catalog.groups.grouped(batch.photos, batch.leaders)
        return len(batch.photos)

    def groups(self) -> set[frozenset[PhotoId]]:
        """Return the groups that the catalog holds."""
        found: dict[int, set[PhotoId]] = {}
        for photo, group in self.catalog.rows(
            "SELECT id, group_id FROM photo WHERE group_id IS NOT NULL"
        ):
            found.setdefault(group, set()).add(photo)
        return {frozenset(group) for group in found.values()}

    def from_scratch(self) -> set[frozenset[PhotoId]]:
        """Return the groups of the photos that are there, by the definition."""
        ids = [row[0] for row in self.catalog.rows("SELECT id FROM photo")]
        held = sorted(
            (photo for photo in self.similar.placed(ids) if photo.present),
            key=lambda photo: photo.fingerprint,
        )
        vectors = {
            row[0]: np.frombuffer(row[2], np.int8) * np.float32(row[1])
            for row in self.similar.all_features()
        }
        groups: dict[PhotoId, list[Shot]] = {}
        for photo in held:
            shot = Shot(photo.id, photo.fingerprint, photo.model, photo.camera, photo.taken_at)
            for leader, members in groups.items():
                one, other = vectors[shot.id], vectors[leader]
                cosine = one @ other if len(one) == len(other) else -1
                moments = (Moments.of([shot]), Moments.of(members[:1]))
                if alike(*moments, np.array([[cosine]], np.float32)).any():
                    members.append(shot)
                    break
            else:
                groups[shot.id] = [shot]
        return {frozenset(shot.id for shot in members) for members in groups.values()}

    def close(self) -> None:
        self.catalog.close()


def hash_of(name: str) -> int:
    """Return a number that looks drawn by lot."""
    return int.from_bytes(msgspec.json.encode(name), "big") * 0x9E3779B97F4A7C15 % 2**128
