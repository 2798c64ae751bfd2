"""What a command and the daemon say to each other: one JSON line each way. Pure.

JSON, so that a maintainer can talk to the socket with a shell's tools.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from lantern.catalog.backup_state import BackupState
from lantern.catalog.summary import CaptionedFile, CaptionHealth, Counts, Problem, Unwritten
from lantern.errors import ProtocolError
from lantern.link.board_state import BoardState

NEAREST_M, FURTHEST_M = 0.1, 3.5
"""Where a board measures well enough to be calibrated."""

Metres = Annotated[float, Meta(ge=NEAREST_M, le=FURTHEST_M)]


Number = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A photo's id, as far as the catalog has room for one."""


class Ask(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of all questions; the class's name travels as "type"."""


class GetStatus(Ask, frozen=True):
    """How is it going? Answer: `Status`."""


class Hail(Ask, frozen=True):
    """Is anybody there? Answer: `Done`."""


class Rescan(Ask, frozen=True):
    """Look at the whole disk now; forget what is missing if `accept_removals`. Answer: `Done`."""

    accept_removals: bool = False


class SetCaption(Ask, frozen=True):
    """Let a person's sentence stand for a photo, or what was there before it if it is empty.

    The photo is named by its id or by the `path` of a file, relative to the photo root (base64 in
    JSON, as all paths are: they may be no text). That file, else the photo's first, may lose what
    another program wrote into it for a person. The answer waits a little for the files to be
    written, unless `at_once`. Answer: `Corrected`.
    """

    sentence: str
    photo: Number | None = None
    path: bytes | None = None
    at_once: bool = False


class HidePhoto(Ask, frozen=True):
    """Keep a photo from visitors, or show it again if not `hidden`. Answer: `Hid`.

    The photo is named as for `SetCaption`; every copy of it goes with it. Files are not touched.
    """

    photo: Number | None = None
    path: bytes | None = None
    hidden: bool = True


class Recaption(Ask, frozen=True):
    """Ask the model about these photos again. Answer: `Asked`."""

    photos: tuple[Number, ...]


class SeenBackups(Ask, frozen=True):
    """A person has seen what changed between the backups: tell of it no longer. Answer: `Done`."""


class GetShow(Ask, frozen=True):
    """What does the show do? Answer: `Showing`."""


Order = Literal["next", "previous", "pause", "resume", "mute", "unmute", "open", "close", "auto"]


class Direct(Ask, frozen=True):
    """Have the show do as is ordered. Answer: `Showing`, as it was told.

    "open" and "close" hold against the hours, and "mute" against whoever comes, until "auto" and
    "unmute", over restarts too.
    """

    order: Order


class Play(Ask, frozen=True):
    """Play the photos that a search for `query` finds; the programme again if it is empty.

    Answer: `Showing`.
    """

    query: str = ""


class GetBoards(Ask, frozen=True):
    """How are the presence boards? Answer: `Boards`."""


class RestartBoard(Ask, frozen=True):
    """Have the board of `sensor` begin anew. Answer, once it is back: `Boards`."""

    sensor: str


class CalibrateBoard(Ask, frozen=True):
    """Correct the distances of the board of `sensor`, before which a thing stands at `metres`.

    Answer, seconds later: `Boards`, with what is added from now on, over restarts too.
    """

    sensor: str
    metres: Metres


class Answer(msgspec.Struct, frozen=True, tag=True):
    """Base of all answers."""


class Done(Answer, frozen=True):
    """It is under way."""


class Wrong(Answer, frozen=True):
    """The question was not understood."""

    reason: str


class Unable(Answer, frozen=True):
    """The question was understood, and cannot be done: not before what it asks for is changed."""

    reason: str


class NotNow(Answer, frozen=True):
    """The question was understood, and cannot be done now."""

    reason: str


class Corrected(Answer, frozen=True):
    """The sentence that is shown of `photo` from now on, and which files carry it.

    `replaced` is what another program had written for a person into the file that was named.
    """

    photo: int
    sentence: str
    by_human: bool
    files: tuple[CaptionedFile, ...]
    replaced: str | None = None


class Hid(Answer, frozen=True):
    """Whether `photo` is hidden from now on, and the files that hold it, copies included."""

    photo: int
    hidden: bool
    files: tuple[bytes, ...]


class Asked(Answer, frozen=True):
    """The model is asked about so many photos, as soon as it can be."""

    photos: int


class Showing(Answer, frozen=True):
    """The show at a glance, and `said` in a few words, without names of files.

    `mode` is what it does; `doors` the order that overrules the hours, "auto" for none, and
    `changes_at` when they open or close, Unix time, None for not known or never. `work` is what
    plays, for `position_s` seconds, and `sentence` what is said of it; `programme` names what it is
    taken from, and `photos` and `films` count that. `gain_db` is below the recording. `present` is
    None where nobody can tell, and `faults` say why of each sensor. `power` is what the projector
    told last, None where it is silent or there is none. `troubles` are all that the daemon has, in
    sentences: a full disk may be why nothing plays. `eased` is the share of the time that
    describing photos leaves to the show, `eased_by` why.
    """

    mode: str
    said: str
    is_open: bool
    doors: str = "auto"
    changes_at: float | None = None
    programme: str = ""
    photos: int = 0
    films: int = 0
    work: str | None = None
    sentence: str = ""
    position_s: float = 0.0
    paused: bool = False
    muted: bool = False
    gain_db: float = -60.0
    present: bool | None = None
    faults: tuple[tuple[str, str], ...] = ()
    power: str | None = None
    lamp_hours: tuple[int, ...] = ()
    troubles: tuple[str, ...] = ()
    eased: float = 0.0
    eased_by: str = ""


class Boards(Answer, frozen=True):
    """All presence boards that the daemon looks after: none where it has no show."""

    boards: tuple[BoardState, ...]


class Outdated(msgspec.Struct, frozen=True):
    """Options that changed, the last of them at `at`, and that `unit` heeds when it starts.

    `at` is in monotonic seconds; whoever started since goes by them.
    """

    unit: str
    options: tuple[str, ...]
    at: float


class Status(Answer, frozen=True):
    """The state of the daemon, or of the catalog it left behind.

    `rate` is files finished a second lately, `left_s` the seconds until none is pending at that
    rate, None where unknown. `newest` is the path and sentence of the photo captioned last,
    `stages_ms` the mean milliseconds that one took in each stage, `lately_ms` the (median, 95th
    percentile) of the newest ones. `since` is the Unix time of the daemon's start, 0 where it
    does not run; `topics` say in a word each what the `notices` are about. `show` is None where
    there is none; `boards` are those that it looks after; `outdated` is what page and player may
    not go by yet. `backup` is None where none is wanted.
    """

    version: str
    running: bool
    root: str
    counts: Counts
    problems: tuple[Problem, ...] = ()
    unwritten: tuple[Unwritten, ...] = ()
    notices: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    since: float = 0.0
    model: str | None = None
    captioned: int = 0
    rate: float = 0.0
    left_s: float | None = None
    newest: tuple[str, str] | None = None
    stages_ms: dict[str, float] = {}
    lately_ms: dict[str, tuple[float, float]] = {}
    captions: CaptionHealth | None = None
    show: Showing | None = None
    boards: tuple[BoardState, ...] = ()
    backup: BackupState | None = None
    outdated: tuple[Outdated, ...] = ()
    settled: bool = False
    """Nothing waits for work, for rest or for the index, and a full scan has ended."""


OfShow = GetShow | Direct | Play
OfBoards = GetBoards | RestartBoard | CalibrateBoard
OfCatalog = Rescan | SetCaption | HidePhoto | Recaption
Question = GetStatus | Hail | OfCatalog | SeenBackups | OfShow | OfBoards
Told = Status | Done | Corrected | Hid | Asked | Showing | Boards
Reply = Told | Wrong | Unable | NotNow

encode = msgspec.json.Encoder().encode
_questions: msgspec.json.Decoder[Question] = msgspec.json.Decoder(Question)
_replies: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


def decode_question(line: bytes) -> Question:
    """Return the question in `line`.

    Raises:
        ProtocolError: there is none.
    """
    try:
        return _questions.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"question not understood: {error}") from error


def decode_reply(line: bytes) -> Reply:
    """Return the reply in `line`.

    Raises:
        ProtocolError: there is none.
    """
    try:
        return _replies.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"expected an answer, got {line[:80]!r}") from error
