"""The photos whose features are nearest to a photo's, by comparing with every one of them.

Pure. An index would answer a million photos sooner, and cost memory, a build, a dependency and a
few wrong answers: one pass over 128 bytes a photo is fast enough without. Vectors stay int8; only
the block at hand is widened, so a pass needs a few megabytes whatever the collection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lantern.model import Features, PhotoId

ROWS = 2048
"""The most vectors of a block: 128 floats of each are a megabyte, which stays in a core's cache,
and a product so small that BLAS leaves it to one core."""

ALIKE = 0.55
"""Photos less near than this are not shown as being like each other.

Of 16 pairs drawn by lot and looked at, 6 were alike from 0.5 to here, 9 from here to 0.6, 15 from
0.65 to 0.7 (version 2 of the model). People named a thing in common in 42 of 100 pairs from 0.5 on,
in 52 from 0.6 on: `scripts/bench likeness`, 4,000 photos.
"""

Float32s = npt.NDArray[np.float32]


class Block(NamedTuple):
    """At most `ROWS` vectors of equal length: `scales[i]` * `values[i]` is of unit length.

    `ids` is (n,) int64, `scales` (n,) float32, `values` (n, d) int8.
    """

    ids: npt.NDArray[np.int64]
    scales: Float32s
    values: npt.NDArray[np.int8]


class Neighbour(NamedTuple):
    """A photo, and the cosine of its features to those it was compared with, in [-1, 1]."""

    photo: PhotoId
    cosine: float


def blocks(rows: Iterable[tuple[int, float, bytes]]) -> Iterator[Block]:
    """Yield `rows` of (photo id, scale, int8 values) as blocks of at most `ROWS` rows.

    Rows without values are left out.
    """
    waiting = iter(rows)
    while some := list(islice(waiting, ROWS)):
        for dimensions in sorted({len(row[2]) for row in some} - {0}):
            alike = [row for row in some if len(row[2]) == dimensions]
            ids, scales, values = zip(*alike, strict=True)
            yield Block(
                np.array(ids, np.int64),
                np.array(scales, np.float32),
                np.frombuffer(b"".join(values), np.int8).reshape(-1, dimensions),
            )


def vector(features: Features) -> Float32s:
    """Return `features` as (d,) float32, of unit length but for its rounding to int8."""
    return np.frombuffer(features.values, np.int8) * np.float32(features.scale)


def cosines(block: Block, queries: Float32s) -> Float32s:
    """Return the (n, m) cosines of `block` to `queries`, (m, d) of unit length.

    Vectors of another length come from another model and compare to nothing: minus infinity.
    """
    if block.values.shape[1] != queries.shape[1]:
        return np.full((len(block.ids), len(queries)), -np.inf, np.float32)
    products: Float32s = block.values.astype(np.float32) @ queries.T
    products *= block.scales[:, None]
    return products


def neighbours(among: Iterable[Block], query: Features, k: int) -> list[Neighbour]:
    """Return the `k` photos `among` whose features are nearest to `query`, the nearest first.

    Equally near ones come by rising id. `query`'s own photo is its own neighbour, if it is among
    them.
    """
    wanted = vector(query)[None]
    ids, nearness = np.empty(0, np.int64), np.empty(0, np.float32)
    for block in among:
        products = cosines(block, wanted)[:, 0]
        near = _nearest(products, k)
        ids = np.concatenate([ids, block.ids[near]])
        nearness = np.concatenate([nearness, products[near]])
    order = [at for at in np.lexsort((ids, -nearness))[:k] if nearness[at] >= -1.1]
    return [Neighbour(PhotoId(int(ids[at])), float(nearness[at])) for at in order]


def _nearest(products: Float32s, k: int) -> npt.NDArray[np.intp]:
    """Return the rows that may be among the `k` nearest: `k` of them, and those equally near."""
    if len(products) <= k:
        return np.arange(len(products))
    least = np.partition(products, len(products) - k)[len(products) - k]
    return np.flatnonzero(products >= least)
