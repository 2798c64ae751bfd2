"""The guest book's manners: whom to ask, what counts as yes, when to let it be.

Pure: what is seen and the time come in, the next state and the words on the screen go out. No
picture is taken of anybody who was not asked on the screen, who did not say yes, by staying or by a
second press, and who did not have the whole countdown to step away or call it off. `guest_book`
brings it about.
"""

from __future__ import annotations

import enum
import math

import msgspec

from lantern.config import Guests as Settings

ASK_S = 8.0
"""How long the question stands: time to read it, and to answer."""

AGAIN_S = 0.7
"""A press sooner after the one before is the same finger, still: no answer."""

TELL_S = 4.0
"""How long is told how it went."""

AWAY_S = 10.0
"""Who is back sooner has been here all the time, and is not asked a second time."""

LATE_S = 30.0
"""A camera that takes longer takes none."""


class Phase(enum.StrEnum):
    """How far it has come with somebody."""

    WATCHING = "watching"
    ASKING = "asking"
    COUNTING = "counting"
    TAKING = "taking"
    """The picture is to be taken and kept, once."""
    TELLING = "telling"


class Sight(msgspec.Struct, frozen=True):
    """What is seen at a moment.

    `present` as in `wanted.Presence`; `playing` while there is a picture on the screen, and so one
    can be asked on it. `pressed` since the moment before; `kept` tells whether the picture that was
    asked for is kept, None while that is not known.
    """

    present: bool | None
    playing: bool
    pressed: bool = False
    kept: bool | None = None


class Book(msgspec.Struct, frozen=True):
    """The guest book, in `phase` since `since`.

    Of whoever is there: `came` and `left` when, `asked` already, `seen` by the sensors since they
    were asked. `kept` is how it went.
    """

    phase: Phase
    since: float
    came: float | None = None
    left: float | None = None
    asked: bool = False
    seen: bool = False
    kept: bool = False


def begin(now: float) -> Book:
    """Return the book of before the first step."""
    return Book(Phase.WATCHING, now)


def step(book: Book, sight: Sight, now: float, settings: Settings) -> Book:
    """Return the book after what is seen at `now`, which never runs backwards."""
    book = _follow(book, sight, now)
    phase, kept = _NEXT[book.phase](book, sight, now, settings)
    if phase is book.phase:
        return book
    return msgspec.structs.replace(
        book,
        phase=phase,
        since=now,
        kept=kept,
        asked=book.asked or phase is Phase.ASKING,
        seen=sight.present is True if phase is Phase.ASKING else book.seen,
    )


def words(book: Book, now: float, settings: Settings) -> str:
    """Return what the screen says, "" for nothing."""
    by_button = settings.by == "button"
    match book.phase:
        case Phase.WATCHING:
            return ""
        case Phase.ASKING:
            answer = "Press again for yes." if by_button else "Stay for yes, step away for no."
            return f"A picture of you for the guest book? {answer}"
        case Phase.COUNTING:
            left = max(1, math.ceil(settings.countdown_s - (now - book.since)))
            return f"A picture in {left}. {'Press' if by_button else 'Step away'} to call it off."
        case Phase.TAKING:
            return "Smile!"
        case Phase.TELLING:
            return "Thank you!" if book.kept else "No picture was taken."


def _follow(book: Book, sight: Sight, now: float) -> Book:
    """Note who is there: since when, and whether it is somebody else than was asked."""
    if sight.present is True:
        came = now if book.came is None else book.came
        return msgspec.structs.replace(book, came=came, left=None, seen=True)
    left = now if book.left is None else book.left
    asked = book.asked and now - left < AWAY_S
    return msgspec.structs.replace(book, came=None, left=left, asked=asked)


def _gone(book: Book, sight: Sight, settings: Settings) -> bool:
    """Tell whether nobody can be asked any more.

    Whoever pressed the button is there; they have gone if the sensors saw them, and do no longer.
    """
    if not sight.playing:
        return True
    if settings.by == "button":
        return book.seen and sight.present is False
    return sight.present is not True


_Next = tuple[Phase, bool]


def _watching(book: Book, sight: Sight, now: float, settings: Settings) -> _Next:
    stayed = book.came is not None and now - book.came >= settings.dwell_s and not book.asked
    wished = sight.pressed if settings.by == "button" else stayed
    return (Phase.ASKING if wished and sight.playing else Phase.WATCHING), False


def _asking(book: Book, sight: Sight, now: float, settings: Settings) -> _Next:
    if _gone(book, sight, settings):
        return Phase.WATCHING, False
    waited_s = now - book.since
    if settings.by == "button":
        if sight.pressed and waited_s >= AGAIN_S:
            return Phase.COUNTING, False
        return (Phase.WATCHING if waited_s >= ASK_S else Phase.ASKING), False
    return (Phase.COUNTING if waited_s >= ASK_S else Phase.ASKING), False


def _counting(book: Book, sight: Sight, now: float, settings: Settings) -> _Next:
    if _gone(book, sight, settings):
        return Phase.WATCHING, False
    waited_s = now - book.since
    called_off = settings.by == "button" and sight.pressed and waited_s >= AGAIN_S
    if called_off or sight.kept is False:
        return Phase.TELLING, False
    return (Phase.TAKING if waited_s >= settings.countdown_s else Phase.COUNTING), False


def _taking(book: Book, sight: Sight, now: float, _: Settings) -> _Next:
    if sight.kept is None and now - book.since < LATE_S:
        return Phase.TAKING, False
    return Phase.TELLING, bool(sight.kept)


def _telling(book: Book, sight: Sight, now: float, _: Settings) -> _Next:
    done = now - book.since >= TELL_S or not sight.playing
    return (Phase.WATCHING if done else Phase.TELLING), book.kept


_NEXT = {
    Phase.WATCHING: _watching,
    Phase.ASKING: _asking,
    Phase.COUNTING: _counting,
    Phase.TAKING: _taking,
    Phase.TELLING: _telling,
}
