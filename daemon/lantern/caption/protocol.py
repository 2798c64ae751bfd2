"""What the daemon and its caption worker say to each other.

Two questions a new photo: `Identify` reads the file and says what picture it holds, so that the
daemon can look whether it knows the picture; `Develop` makes what is missing from the bytes at
hand. One read of the file serves both. `Inscribe` writes what was found into the photo. `Render`
makes a picture for the screen. Each message is one `ipc` frame of MessagePack.
"""

from __future__ import annotations

import msgspec

from lantern.imaging.formats import Format
from lantern.model import Description, Fingerprint, Imprint, Metadata

MUTE = "--mute"
"""What a worker is told, in the place of its model, that is to have none."""


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of all messages; the class's name travels as its tag."""


class Identify(Message, frozen=True):
    """Read the file at `path`, relative to the worker's photo root. Answer: `Identified`."""

    path: bytes


class Develop(Message, frozen=True):
    """Read metadata of the file identified last, and make what is asked. Answer: `Developed`.

    `afresh` asks the model for the caption though the file carries one in its imprint: the owner
    wants the sentences of another model.
    """

    caption: bool
    thumbnail: bool
    afresh: bool = False


class Inscribe(Message, frozen=True):
    """Write `imprint` into the file at `path`, or into its sidecar. Answer: `Inscribed`.

    Refused unless the file has still `size` and `mtime_ns`. Formats that hold no metadata safely
    get a sidecar in any case. `withdrawn` is the sentence that a person gave to Lantern and took
    back: it alone of persons' sentences may a model's replace, and what it had replaced comes back.
    """

    path: bytes
    size: int
    mtime_ns: int
    imprint: Imprint
    sidecar: bool
    withdrawn: str | None = None


class Render(Message, frozen=True):
    """Make a picture of the file at `path` for a screen. Answer: `Rendered`.

    `width` and `height` are the most pixels that it may have, once it is upright.
    """

    path: bytes
    width: int
    height: int


class Ready(Message, frozen=True):
    """The worker's first words: it can describe photos. `model` and `runtime` are for people.

    `confined` tells that network and programs are closed to it (`confine`).
    """

    model: str
    runtime: str
    confined: bool = False


class Unfit(Message, frozen=True):
    """The worker's first and last words: the owner must change something first."""

    reason: str


class Identified(Message, frozen=True):
    """What picture a file holds, and the file as it was when it was read.

    `sidecar` is the stamp (`imaging.sidecar.joint_stamp`) of the XMP files beside it, 0 if there is
    none.
    """

    size: int
    mtime_ns: int
    sidecar: int
    format: Format
    fingerprint: Fingerprint
    remark: str | None


class Developed(Message, frozen=True):
    """What was asked of a picture, and how long each stage took.

    `imprint` is what Lantern wrote into the file or its sidecar before; if it is there, and a
    caption was asked but not afresh, `description` is the imprint's and nothing was inferred.
    `sharpness` is the variance of the thumbnail's Laplacian, larger for sharper pictures of the
    same scene. `thumbnail` and `preview` are JPEG; `preview` is made with the thumbnail, of formats
    alone that browsers do not show. `stages_ms` maps stage names to milliseconds.
    """

    metadata: Metadata
    imprint: Imprint | None
    description: Description | None
    sharpness: float | None
    thumbnail: bytes | None
    preview: bytes | None
    stages_ms: dict[str, float]


class Inscribed(Message, frozen=True):
    """The imprint stands on the disk: the photo as it is now, and its sidecar's stamp or 0.

    `remark` tells why it stands in a sidecar though the format could have taken it, or None;
    `replaced` and `restored` are of `imaging.inscribe.Written`.
    """

    size: int
    mtime_ns: int
    sidecar: int
    remark: str | None = None
    replaced: str | None = None
    restored: str | None = None


class Rendered(Message, frozen=True):
    """The picture, upright and in sRGB, as JPEG."""

    picture: bytes


class Refused(Message, frozen=True):
    """The file cannot be used as it is (a `PhotoError` on the daemon's side)."""

    reason: str


class Delayed(Message, frozen=True):
    """The file cannot be read now (an `Unavailable` on the daemon's side)."""

    reason: str


Request = Identify | Develop | Inscribe | Render
Reply = Ready | Unfit | Identified | Developed | Inscribed | Rendered | Refused | Delayed
