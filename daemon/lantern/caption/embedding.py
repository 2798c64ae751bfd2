"""The short vector that a photo is compared by: a projection of what the encoder sees of it.

Pure. `models/embedding.npz` holds principal axes of train photos' pooled features, which
`scripts/workshop/similarity.py` fits, telling why so. int8 values of unit length come out, one byte
a dimension, so that a dot product of two photos' vectors is a cosine.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lantern.model import Features

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Embedding:
    """A mean, (channels,) float32, and a projection, (dimensions, channels) float32."""

    mean: Floats
    projection: Floats

    @classmethod
    def from_bytes(cls, content: bytes) -> Embedding:
        """Return the embedding of an .npz of `mean`, int8 `rows` and their `scales`.

        Raises:
            ValueError: `content` is no such archive, or its arrays do not fit each other.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                mean, rows, scales = arrays["mean"], arrays["rows"], arrays["scales"]
        except (KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"embedding: expected mean, rows and scales, got {error}") from error
        if rows.shape != (*scales.shape, *mean.shape):
            raise ValueError(
                f"embedding: expected a scale a row and a mean a column of {rows.shape},"
                f" got {scales.shape} and {mean.shape}"
            )
        return cls(mean.astype(np.float32), rows * scales[:, None].astype(np.float32))

    @property
    def channels(self) -> int:
        """Return how many channels of the encoder's map it takes."""
        return len(self.mean)

    def __call__(self, cells: Floats) -> Features:
        """Return the vector of the map `cells`, (cells, channels) float32, at unit length."""
        vector = self.projection @ (cells.mean(0) - self.mean)
        unit = vector / max(float(np.linalg.norm(vector)), 1e-12)
        scale = max(float(np.abs(unit).max()), 1e-12) / 127
        return Features(values=np.rint(unit / scale).astype(np.int8).tobytes(), scale=scale)


def to_bytes(mean: Floats, projection: Floats) -> bytes:
    """Return the .npz that `Embedding.from_bytes` reads, `projection` rounded to int8 a row."""
    scales = np.maximum(np.abs(projection).max(1), 1e-12) / 127
    archive = io.BytesIO()
    np.savez(
        archive,
        mean=mean.astype(np.float32),
        rows=np.rint(projection / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
    )
    return archive.getvalue()
