"""The life of one file, as a pure function of its state and what happened to it.

Pure: events and the time come in, the next life goes out; `store` writes it down, `ingest.describe`
makes the events. Every arrow is idempotent in effect: after a crash the catalog still holds the
life from before the arrow, and the same event follows again. See ARCHITECTURE.md, "One photo".

    DISCOVERED --Captioned--> CAPTIONED --(the index took it)--> INDEXED
        |  ^                      |
        |  +------- Changed ------+---- from every state
        +--Refused--> FAILED          (until the file changes)
        +--Delayed--> RETRY(n, at)    (for ever, ever more rarely)
        +--Lost-----> RETRY, then FAILED at the second loss: quarantined
"""

from __future__ import annotations

import enum

import msgspec

LOSSES_TO_QUARANTINE = 2
"""So many dead or hung workers does one photo cost before it is left alone."""

FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 3600.0


class State(enum.StrEnum):
    """Where a file stands.

    INDEXED is never stored in a file's row: it is CAPTIONED plus an index that has taken the
    photo's newest revision, so that wiping the index costs no file its state.
    """

    DISCOVERED = "DISCOVERED"
    RETRY = "RETRY"
    FAILED = "FAILED"
    CAPTIONED = "CAPTIONED"
    INDEXED = "INDEXED"


class Life(msgspec.Struct, frozen=True):
    """One file's state with what the next step needs.

    `attempts` counts delays in a row, `losses` the workers that the file cost; `retry_at` is Unix
    time in seconds, 0 unless RETRY; `reason` a sentence, empty unless RETRY or FAILED.
    """

    state: State = State.DISCOVERED
    attempts: int = 0
    losses: int = 0
    retry_at: float = 0.0
    reason: str = ""


class Changed(msgspec.Struct, frozen=True):
    """The file is new, or its size or time of change is: all that was known of it is void."""


class Captioned(msgspec.Struct, frozen=True):
    """The picture in the file is described, its thumbnail stored."""


class Refused(msgspec.Struct, frozen=True):
    """The file cannot be used as it is."""

    reason: str


class Delayed(msgspec.Struct, frozen=True):
    """Something outside the file kept it from being described now."""

    reason: str


class Lost(msgspec.Struct, frozen=True):
    """The worker died or hung while it held this file."""

    reason: str


Event = Changed | Captioned | Refused | Delayed | Lost


def after(life: Life, event: Event, now: float) -> Life:
    """Return the life that follows `life` when `event` happens at Unix time `now`, in seconds."""
    match event:
        case Changed():
            return Life()
        case Captioned():
            return Life(State.CAPTIONED)
        case Refused(reason):
            return Life(State.FAILED, reason=reason)
        case Delayed(reason):
            return _retry(life, now, reason, losses=life.losses)
        case Lost(reason) if life.losses + 1 >= LOSSES_TO_QUARANTINE:
            losses = life.losses + 1
            return Life(
                State.FAILED, losses=losses, reason=f"quarantined after {losses} workers: {reason}"
            )
        case Lost(reason):
            return _retry(life, now, reason, losses=life.losses + 1)


def retry_delay(attempts: int) -> float:
    """Return the seconds to wait before try number `attempts` + 1: doubling, up to an hour."""
    return min(FIRST_RETRY_S * 2.0 ** min(attempts, 32), LONGEST_RETRY_S)


def _retry(life: Life, now: float, reason: str, *, losses: int) -> Life:
    return Life(
        State.RETRY,
        attempts=life.attempts + 1,
        losses=losses,
        retry_at=now + retry_delay(life.attempts),
        reason=reason,
    )
