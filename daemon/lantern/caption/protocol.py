"""What the daemon and its caption worker say to each other.

Two questions a photo: `Identify` reads the file and says what picture it holds, so that the daemon
can look whether it knows the picture; `Develop` makes what is missing from the bytes at hand. One
read of the file serves both. Each message is one `ipc` frame of MessagePack.
"""

from __future__ import annotations

import msgspec

from lantern.imaging.formats import Format
from lantern.model import Description, Fingerprint, Metadata


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of all messages; the class's name travels as its tag."""


class Identify(Message, frozen=True):
    """Read the file at `path`, relative to the worker's photo root. Answer: `Identified`."""

    path: bytes


class Develop(Message, frozen=True):
    """Read metadata of the file identified last, and make what is asked. Answer: `Developed`."""

    caption: bool
    thumbnail: bool


class Ready(Message, frozen=True):
    """The worker's first words: it can describe photos. `model` and `runtime` are for people."""

    model: str
    runtime: str


class Unfit(Message, frozen=True):
    """The worker's first and last words: the owner must change something first."""

    reason: str


class Identified(Message, frozen=True):
    """What picture a file holds, and the file as it was when it was read."""

    size: int
    mtime_ns: int
    format: Format
    fingerprint: Fingerprint
    remark: str | None


class Developed(Message, frozen=True):
    """What was asked of a picture, and how long each stage took.

    `thumbnail` and `preview` are JPEG; `preview` is made with the thumbnail, of formats alone that
    browsers do not show. `stages_ms` maps stage names to milliseconds.
    """

    metadata: Metadata
    description: Description | None
    thumbnail: bytes | None
    preview: bytes | None
    stages_ms: dict[str, float]


class Refused(Message, frozen=True):
    """The file cannot be used as it is (a `PhotoError` on the daemon's side)."""

    reason: str


class Delayed(Message, frozen=True):
    """The file cannot be read now (an `Unavailable` on the daemon's side)."""

    reason: str


Request = Identify | Develop
Reply = Ready | Unfit | Identified | Developed | Refused | Delayed
