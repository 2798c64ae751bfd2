"""What befell which files, by reason: names for the owner alone. Pure.

A visitor reads why photos are missing, and learns no name of a file or folder from it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from lantern.model import display_path

MOST_NAMES = 5
"""Files that an entry names; "lantern status --json" names more."""

MOST_ENTRIES = 20

SHORTEST_NAME = 3
"""Of a file or folder: shorter ones are found in any sentence."""

UNTOLD = "cannot be used; the owner is told why"


class Entry(msgspec.Struct, frozen=True):
    """What became of so many `files`, and some of their names, for the owner alone."""

    text: str
    files: int
    names: tuple[str, ...] = ()


def entries(problems: Iterable[tuple[bytes, str]], owner: bool) -> tuple[Entry, ...]:
    """Return `problems`, paths with their reasons, by reason: what hit most files comes first."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for path, reason in problems:
        told = reason if owner or not _names(reason, path) else UNTOLD
        by_reason[told].append(display_path(path))
    told_of = [
        Entry(reason[:1].upper() + reason[1:], len(names), _some(names) if owner else ())
        for reason, names in by_reason.items()
    ]
    return tuple(sorted(told_of, key=lambda entry: -entry.files)[:MOST_ENTRIES])


def _some(names: list[str]) -> tuple[str, ...]:
    more = len(names) - MOST_NAMES
    return (*names[:MOST_NAMES], *([f"and {more:,} more"] if more > 0 else []))


def _names(reason: str, path: bytes) -> bool:
    """Tell whether `reason` may hold a name: a piece of `path`, or a path of the machine."""
    pieces = display_path(path).split("/")
    pieces += [os.path.splitext(piece)[0] for piece in pieces]
    said = reason.casefold()
    return "/" in said or any(
        piece.casefold() in said for piece in pieces if len(piece) >= SHORTEST_NAME
    )
