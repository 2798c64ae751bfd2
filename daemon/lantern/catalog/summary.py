"""The catalog in numbers: what `lantern status` tells. Apart: telling imports no database."""

from __future__ import annotations

import msgspec

from lantern.catalog.state import State


class Problem(msgspec.Struct, frozen=True):
    """A file that is not described, or is with a remark: the reason is a sentence."""

    path: bytes
    state: State
    reason: str


class Counts(msgspec.Struct, frozen=True):
    """How many files stand where; `photos` counts described pictures, `indexed` those searchable.

    `files` = `discovered` + `retry` + `failed` + `captioned`.
    """

    files: int = 0
    discovered: int = 0
    retry: int = 0
    failed: int = 0
    captioned: int = 0
    photos: int = 0
    indexed: int = 0
