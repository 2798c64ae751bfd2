"""What a file says that was taken out of an archive, beside the catalog and the file here. Pure.

A change by a person or a program moves size or time, and is nobody's concern. Bytes that differ
while both agree are rot: of the disk here, or of what was saved.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from lantern.catalog.copy import KnownFile
from lantern.model import Fingerprint


class Seen(msgspec.Struct, frozen=True):
    """One file: what the system tells of it, a digest of its bytes, and of the picture in them.

    `fingerprint` is None for what is no picture. Times are nanoseconds of Unix time; that of the
    last change of anything (`ctime_ns`) no program sets.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    digest: bytes
    fingerprint: Fingerprint | None = None


class Verdict(StrEnum):
    """What is to be said of a file."""

    SAME = "same"
    CHANGED = "changed since"
    GONE = "gone since"
    ROTTEN_HERE = "rotten here"
    SAVED_ROTTEN = "saved rotten"
    ROTTEN_THERE = "rotten there"

    @property
    def is_fine(self) -> bool:
        """Tell whether nothing is wrong with it."""
        return self in {Verdict.SAME, Verdict.CHANGED, Verdict.GONE}


def judge(taken: Seen, here: Seen | None, known: KnownFile | None, began_ns: int) -> Verdict:
    """Return what is to be said of a file `taken` out of an archive that was begun at `began_ns`.

    `here` is the file in its place, None where none is; `known` what the catalog in the archive
    says of it, None for a sidecar.
    """
    if known and _stands(taken, known) and taken.fingerprint != known.fingerprint:
        # Whatever was taken out is not what was looked at once. Who still has that?
        right_here = here is not None and here.fingerprint == known.fingerprint
        return Verdict.ROTTEN_THERE if right_here else Verdict.SAVED_ROTTEN
    if here is None:
        return Verdict.GONE
    if (here.size, here.mtime_ns) != (taken.size, taken.mtime_ns):
        return Verdict.CHANGED
    if here.digest == taken.digest:
        return Verdict.SAME
    # A caption that is written keeps time and picture, and maybe the size; a disk that rots does
    # not move the time of the last change.
    rewritten = here.ctime_ns >= began_ns and here.fingerprint == taken.fingerprint
    return Verdict.CHANGED if rewritten else Verdict.ROTTEN_HERE


def drawn(files: Sequence[KnownFile], count: int, seed: int) -> list[KnownFile]:
    """Return `count` of `files` drawn by lot, and the one that was described last, in order."""
    if not files:
        return []
    ordered = sorted(files, key=lambda file: file.path)
    newest = max(ordered, key=lambda file: file.photo)
    others = [file for file in ordered if file is not newest]
    lot = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing it
    chosen = lot.sample(others, min(count, len(others)))
    return sorted([newest, *chosen], key=lambda file: file.path)


def _stands(taken: Seen, known: KnownFile) -> bool:
    """Tell whether the file was not touched between the catalog's look and the backup's."""
    return (taken.size, taken.mtime_ns) == (known.size, known.mtime_ns)
