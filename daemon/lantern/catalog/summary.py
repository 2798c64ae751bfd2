"""The catalog in numbers: what `lantern status` tells. Apart: telling imports no database."""

from __future__ import annotations

from typing import Literal

import msgspec

from lantern.catalog.state import State


class Problem(msgspec.Struct, frozen=True):
    """A file that is not described, or is with a remark: the reason is a sentence."""

    path: bytes
    state: State
    reason: str


class Unwritten(msgspec.Struct, frozen=True):
    """A file into which the sentence could not be written; `refused` until the file changes."""

    path: bytes
    reason: str
    refused: bool


class CaptionedFile(msgspec.Struct, frozen=True):
    """Where a photo's sentence stands: in the file at `path`, beside it, or nowhere, and why.

    In the "catalog" alone if it cannot be written now; "kept" if the file keeps what a person wrote
    into it by another program, which is the `reason`.
    """

    path: bytes
    place: Literal["photo", "sidecar", "catalog", "kept", "nowhere"]
    reason: str = ""


class Counts(msgspec.Struct, frozen=True):
    """How many files stand where; `photos` counts described pictures, `indexed` those searchable.

    `files` = `discovered` + `retry` + `failed` + `captioned`. `unwritten` counts files whose
    sentence is still to be written into them, `refused` those that cannot take it. `hidden` photos
    are kept from visitors, and are not among `photos`.
    """

    files: int = 0
    discovered: int = 0
    retry: int = 0
    failed: int = 0
    captioned: int = 0
    photos: int = 0
    indexed: int = 0
    unwritten: int = 0
    refused: int = 0
    hidden: int = 0


class Tally(msgspec.Struct, frozen=True):
    """What is told of files: how many stand where, and the first of those with a problem.

    `untried` counts files that wait for their sentence and were never tried.
    """

    counts: Counts
    problems: tuple[Problem, ...] = ()
    unwritten: tuple[Unwritten, ...] = ()
    untried: int = 0


class CaptionHealth(msgspec.Struct, frozen=True):
    """How the captions of the photos that files hold are doing.

    `score_bins` counts photos by their caption's score: [0, 0.1), [0.1, 0.2), … [0.9, 1], and
    `score_sum` adds the scores up. `from_tags` counts those whose sentence was made from tags,
    `human` those of which a person's sentence is shown, `corrected` those of them that show what a
    person said through Lantern, `corrected_lately` in the last 30 days. `corrections` counts all
    that people ever said through Lantern. `unwritten` and `refused` are those of `Counts`.
    """

    photos_by_model: dict[str, int]
    score_bins: tuple[int, ...]
    score_sum: float
    from_tags: int
    human: int
    corrected: int
    corrected_lately: int
    corrections: int
    unwritten: int
    refused: int
