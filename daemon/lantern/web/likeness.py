"""Which photos are most like a photo, from features kept in memory while they serve.

Owns the copy of the features: 140 bytes a photo, `MOST_BYTES` at most, loaded when somebody first
asks and again after the catalog changed. Loading has a fixed cost, so while photos are being
described the copy may be old, for thirty times as long as its loading took. A collection too large
for it is read from the catalog for every question.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from lantern.catalog.similarity import SimilarityReader
from lantern.model import PhotoId
from lantern.similar.neighbours import Block, Neighbour, blocks, neighbours

MOST_BYTES = 64 * 1024 * 1024
"""Half a million photos."""


class Likeness:
    """Answers from the catalog behind `reader`. Blocking, thread-safe; raises `Unavailable`."""

    def __init__(self, reader: SimilarityReader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._model: str | None = None
        self._version: object = None
        self._kept: list[Block] | None = None
        self._old_at = 0.0

    def nearest(self, photo: PhotoId, k: int) -> list[Neighbour]:
        """Return the `k` photos most like `photo`, the nearest first; none if it has no features.

        Photos that another model described, or that were not grouped yet, are not compared.
        """
        described = self._reader.described_by(photo)
        if described is None:
            return []
        model, features = described
        found = neighbours(self._among(model), features, k + 1)
        return [other for other in found if other.photo != photo][:k]

    def _among(self, model: str) -> Iterable[Block]:
        with self._lock:
            version = self._reader.version()
            current = version == self._version or time.monotonic() < self._old_at
            if model != self._model or not current:
                self._load(model, version)
            kept = self._kept
        return blocks(self._reader.comparable(model)) if kept is None else kept

    def _load(self, model: str, version: object) -> None:
        begun = time.monotonic()
        self._kept = None  # two copies at once would be one too many
        self._kept = self._read(model)
        self._model, self._version = model, version
        took_s = time.monotonic() - begun
        self._old_at = time.monotonic() + 30 * took_s

    def _read(self, model: str) -> list[Block] | None:
        kept, size = [], 0
        for block in blocks(self._reader.comparable(model)):
            kept.append(block)
            size += block.values.nbytes
            if size > MOST_BYTES:
                return None
        return kept
