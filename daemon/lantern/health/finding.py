"""What a check of the doctor found, and what is to be done about it."""

from __future__ import annotations

import msgspec

from lantern.errors import LanternError

ASK_THE_LOG = '"lantern logs" tells more'


class Finding(msgspec.Struct, frozen=True):
    """What one check found; `fix` is the next step, a command or what a person does, if not good.

    Made by `well` and `to_do`, so that nothing is found wrong without a step.
    """

    subject: str
    good: bool
    sentence: str
    fix: str = ""


def well(subject: str, sentence: str) -> Finding:
    """Return that there is nothing to do."""
    return Finding(subject, True, sentence)


def to_do(subject: str, sentence: str, fix: str) -> Finding:
    """Return what is wrong, and what mends it."""
    return Finding(subject, False, sentence, fix)


def of_error(subject: str, error: LanternError | str) -> Finding:
    """Return what `error` says: its next step stands behind the last semicolon."""
    sentence, _, fix = str(error).rpartition("; ")
    return to_do(subject, sentence or fix, fix if sentence else ASK_THE_LOG)


def as_json(findings: list[Finding]) -> str:
    """Return `findings` as one JSON object."""
    return msgspec.json.encode({"findings": findings}).decode()
