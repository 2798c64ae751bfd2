"""What people can be expected to say about a picture: how much of each run of one to four words.

Pure. A ridge regression from the pooled map, fitted on the described train photos by
`scripts/workshop/choice.py` and kept in `models/choice.npz`, foretells the runs in the units of
CIDEr-D (Vedantam, Zitnick and Parikh, arXiv:1411.5726, section 8). `choice` compares sentences
with that.
"""

from __future__ import annotations

import io
import itertools
import zipfile
import zlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lantern.caption.vocabulary import PAD

LONGEST = 4
"""Words in the longest run that CIDEr compares."""

SCALE = 10.0 / LONGEST
"""CIDEr-D is ten times the mean of the four lengths' likenesses."""

RAREST = 6.5
"""Rarity, in nats, of runs that the table lacks, and the most of any."""

MOST = 7
"""Of an entry of the table, in steps of its row's scale, either way: four bits."""

CLIPPED = 0.75
"""A row's scale is so much of what its largest entry needs: few are large, and those are cut."""

ARRAYS: Mapping[str, type[np.generic]] = {
    "centre": np.float32,
    "spread": np.float32,
    "projection": np.int8,
    "projection_scales": np.float32,
    "table": np.uint8,
    "table_scales": np.float32,
    "usual": np.float16,
    "norms": np.float32,
    "rarity": np.float16,
    "runs": np.uint16,
    "concepts": np.uint16,
}
"""What the file holds, by type; `Expectation` tells the shapes."""

Run = tuple[int, ...]
"""One to four words that follow each other, by number."""

QuantisedMap = npt.NDArray[np.int8]
"""(cells, channels), as the encoder gives it."""

Floats = npt.NDArray[np.float32]
Arrays = Mapping[str, npt.NDArray[Any]]


class Expectation:
    """The regression, a (pooled, runs) matrix of low rank: `projection` times `table`.

    A map is pooled to its channels' means and then their largest values, less `centre`, over
    `spread`: (pooled,) each. `projection` is (pooled, rank) int8 with a scale a column; `table`
    (rank / 2, runs) holds two rows a byte, the first of them in the lower four bits, 8 for zero,
    with a scale a row. `usual`, (runs,), is what is said of the average picture, and `rarity` the
    logarithm of how many train photos there are for each told by the run. `norms`, (4,), are the
    mean lengths of people's sentences as vectors of runs of one to four words. `runs`, (runs, 4),
    are numbers of words, `PAD` after the last. `concepts`, (concepts,), is the number of the word
    that a concept is, `PAD` where it is none.
    """

    def __init__(self, arrays: Arrays) -> None:
        self._centre, self._spread = arrays["centre"], arrays["spread"]
        scales = arrays["projection_scales"] * arrays["table_scales"]
        self._projection = arrays["projection"] * scales
        self._table = _unpacked(arrays["table"])
        self._usual = arrays["usual"].astype(np.float32)
        self._rarity: list[float] = arrays["rarity"].astype(float).tolist()
        self._norms: list[float] = arrays["norms"].tolist()
        self._columns: dict[Run, int] = {
            tuple(word for word in row if word != PAD): column
            for column, row in enumerate(arrays["runs"].tolist())
        }
        self._concepts: list[int] = arrays["concepts"].tolist()
        self.concepts: dict[int, int] = {
            word: number for number, word in enumerate(self._concepts) if word != PAD
        }

    @classmethod
    def from_bytes(cls, content: bytes) -> Expectation:
        """Return the regression of an .npz of `ARRAYS`.

        Raises:
            ValueError: `content` is no such archive, or its arrays do not fit each other.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in ARRAYS}
        except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"expectation: expected {', '.join(ARRAYS)}, got {error}") from error
        _expect_fit(arrays)
        return cls(arrays)

    @property
    def sizes(self) -> tuple[int, int]:
        """Return how many concepts there are, and channels of the map."""
        return len(self._concepts), len(self._centre) // 2

    @property
    def words(self) -> int:
        """Return how many words a vocabulary must have for all runs and concepts to be in it."""
        return 1 + max({PAD, *self.concepts, *itertools.chain.from_iterable(self._columns)})

    @property
    def runs(self) -> Sequence[Run]:
        """Return the runs in the order of what `of` returns."""
        return list(self._columns)

    def share(self, run: Run) -> float:
        """Return the part of its length's unit vector that `run` is in a usual sentence."""
        return self.rarity(run) / self._norms[len(run) - 1]

    def rarity(self, run: Run) -> float:
        """Return the rarity of `run`, in nats."""
        column = self._columns.get(run)
        return RAREST if column is None else self._rarity[column]

    def of(self, seen: QuantisedMap) -> Floats:
        """Return (runs,) float32: how much of each run people are expected to say of `seen`.

        That is the mean, over their sentences, of what the run adds to the unit vector of its
        length's runs, times `SCALE`.
        """
        told = ((pooled(seen) - self._centre) / self._spread) @ self._projection
        return told @ self._table + self._usual

    def among(self, runs: Collection[Run], amounts: Floats) -> dict[Run, float]:
        """Return those of `amounts`, which `of` returned, that belong to known ones of `runs`."""
        columns = {run: self._columns[run] for run in runs if run in self._columns}
        return dict(zip(columns, amounts[list(columns.values())].tolist(), strict=True))


def pooled(seen: QuantisedMap) -> Floats:
    """Return the mean, then the largest value, of each channel of the map: (2 · channels,)."""
    return np.concatenate((seen.mean(0, dtype=np.float32), seen.max(0).astype(np.float32)))


def to_bytes(projection: Floats, table: Floats, **others: npt.NDArray[Any]) -> bytes:
    """Return the .npz that `Expectation.from_bytes` reads, deflated.

    `projection`, (pooled, rank), is rounded to int8 a column and `table`, (rank, runs), to four
    bits a row; rank is even. `others` are those of `ARRAYS` that are neither these nor scales.
    """
    projection_scales = np.maximum(np.abs(projection).max(0), 1e-12) / 127
    table_scales = np.maximum(np.abs(table).max(1), 1e-12) / MOST * CLIPPED
    steps = np.clip(np.rint(table / table_scales[:, None]), -MOST, MOST).astype(np.int8) + 8
    arrays = {
        "projection": np.rint(projection / projection_scales),
        "projection_scales": projection_scales,
        "table": steps[0::2] | (steps[1::2] << 4).astype(np.uint8),
        "table_scales": table_scales,
        **others,
    }
    archive = io.BytesIO()
    np.savez_compressed(archive, **{name: arrays[name].astype(ARRAYS[name]) for name in ARRAYS})
    return archive.getvalue()


def _unpacked(table: npt.NDArray[np.uint8]) -> Floats:
    """Return the (rank, runs) steps of a (rank / 2, runs) table."""
    steps = np.empty((2 * len(table), table.shape[1]), np.float32)
    steps[0::2], steps[1::2] = table & 15, table >> 4
    return steps - 8


def _expect_fit(arrays: Arrays) -> None:
    """Refuse arrays of other types or of shapes that do not fit each other, and no numbers."""
    for name, array in arrays.items():
        if array.dtype != ARRAYS[name] or not np.isfinite(array).all():
            raise ValueError(f"expectation: {name}: expected finite {ARRAYS[name].__name__}")
    rank, runs = arrays["table_scales"].size, arrays["usual"].size
    whole = arrays["centre"].size
    for name, shape in (
        ("centre", (whole - whole % 2,)),
        ("spread", (whole,)),
        ("projection", (whole, rank)),
        ("projection_scales", (rank,)),
        ("table", (rank // 2, runs)),
        ("table_scales", (rank - rank % 2,)),
        ("usual", (runs,)),
        ("rarity", (runs,)),
        ("norms", (LONGEST,)),
        ("runs", (runs, LONGEST)),
        ("concepts", (arrays["concepts"].size,)),
    ):
        if arrays[name].shape != shape:
            raise ValueError(
                f"expectation: {name}: expected the shape {shape}, got {arrays[name].shape}"
            )
    for name in ("spread", "norms"):
        if not (arrays[name] > 0).all():
            raise ValueError(f"expectation: {name}: expected numbers above 0")
