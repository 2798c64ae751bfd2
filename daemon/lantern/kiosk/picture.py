"""Whether the picture can be believed: it goes on where it should, and is black only if it must be.

Pure: what was seen at some moments comes in, a suspicion goes out. Black and still pictures may be
meant so, as films have both: `kiosk.opinion` then decodes the work anew, beside the player, and
what agrees with that is believed (`Watch.believe`). What is to be done about the rest is decided by
`Cure`; `kiosk.truth` does it.
"""

from __future__ import annotations

import enum

import msgspec

DARK = 20
"""A picture whose squares are all darker, of 255, is black: a night has at least a light in it."""

SAME = 2.0
"""Squares that differ by less on average show the same frame: grain and noise stay below."""

ALIKE = 12.0
"""The same for a frame that was decoded anew, which may lie a few frames beside the other."""

WELL_S = 120.0
"""Whoever was well for so long has recovered: no fault takes longer to be noticed."""

RETRY_S = 300.0
"""What neither loading nor starting anew has healed is tried again after so long, then seldomer."""

SELDOM_S = 3600.0


class Glance(msgspec.Struct, frozen=True):
    """What was seen of `work` at the time `at`.

    `position_s` is how far the player says it is. `frame` is the decoded picture and `shown` what
    is drawn of it, both as `grab.squares`; None for none, or where the player cannot tell. A work
    that is a photo does not `move`. A player is `blind` that has never given a picture: not every
    way of drawing can.
    """

    at: float
    work: str
    position_s: float | None
    frame: bytes | None
    shown: bytes | None = None
    moves: bool = True
    blind: bool = False


class Suspicion(enum.StrEnum):
    """What may be wrong, as a sentence about the picture."""

    STALLED = "does not go on"
    NOTHING = "is none at all"
    HIDDEN = "is black, though its work is not"
    BLACK = "is black"
    FROZEN = "stands still, though its film goes on"


PATIENCE_S = {
    Suspicion.STALLED: 10.0,
    Suspicion.NOTHING: 10.0,
    Suspicion.HIDDEN: 10.0,
    Suspicion.BLACK: 15.0,
    Suspicion.FROZEN: 25.0,
}
"""How long it must have been so: discs are slow, and films have black and still moments."""

ARGUABLE = frozenset({Suspicion.NOTHING, Suspicion.BLACK, Suspicion.FROZEN})
"""What may be the work's own doing."""


def is_black(squares: bytes | None) -> bool:
    """Tell whether nothing is to be seen on a picture; None is no picture."""
    return squares is not None and max(squares) < DARK


def _is_clear(squares: bytes | None) -> bool:
    """Tell whether a picture is so bright that no way of drawing it leaves it black."""
    return squares is not None and max(squares) >= 3 * DARK


def difference(one: bytes, other: bytes) -> float:
    """Return by how much the squares of two pictures differ on average."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


class Watch:
    """Watches the picture; told of each glance, in the order of their times."""

    def __init__(self) -> None:
        self._last: Glance | None = None
        self._since: dict[Suspicion, float] = {}
        self._believed: bytes | None = None
        self._has_compared = False

    @property
    def is_well(self) -> bool:
        """Tell whether two glances at a work gave no ground for any suspicion."""
        return self._has_compared and not self._doubts

    def look(self, glance: Glance | None) -> Suspicion | None:
        """Take the next glance and return what is suspected; None where nothing can be expected."""
        last, self._last = self._last, glance
        if glance is None:
            self.forget()
            return None
        if not self._is_believed(glance.frame):
            self._believed = None
        if last is None or last.work != glance.work:
            last, self._since = None, {}
        self._has_compared = last is not None
        now_so = {one for one in Suspicion if _IS_SO[one](last, glance)}
        begun = last.at if last else glance.at
        self._since = {one: self._since.get(one, _begun(one, begun, glance.at)) for one in now_so}
        lasted = (one for one in Suspicion if self._has_lasted(one, glance))
        return next(lasted, None)

    def believe(self) -> None:
        """Take it that the picture is meant to be as it is, until it is another."""
        if self._last is not None:
            self._believed = self._last.frame

    def forget(self) -> None:
        """Begin anew: the player was meddled with."""
        self._last, self._since, self._has_compared = None, {}, False

    @property
    def _doubts(self) -> set[Suspicion]:
        """Return what is so, and not believed to be meant."""
        return {one for one in self._since if one not in ARGUABLE or self._believed is None}

    def _has_lasted(self, one: Suspicion, glance: Glance) -> bool:
        return one in self._doubts and glance.at - self._since[one] >= PATIENCE_S[one]

    def _is_believed(self, frame: bytes | None) -> bool:
        if frame is None or self._believed is None:
            return False
        return difference(frame, self._believed) < SAME


def _begun(one: Suspicion, last: float, now: float) -> float:
    """Return since when it is so: what compares two glances holds for the time between."""
    return last if one in (Suspicion.STALLED, Suspicion.FROZEN) else now


def _stalled(last: Glance | None, glance: Glance) -> bool:
    return glance.moves and last is not None and last.position_s == glance.position_s


def _frozen(last: Glance | None, glance: Glance) -> bool:
    if last is None or last.frame is None or glance.frame is None or not glance.moves:
        return False
    return not _stalled(last, glance) and difference(last.frame, glance.frame) < SAME


_IS_SO = {
    Suspicion.STALLED: _stalled,
    Suspicion.NOTHING: lambda _, glance: glance.frame is None and not glance.blind,
    Suspicion.HIDDEN: lambda _, glance: is_black(glance.shown) and _is_clear(glance.frame),
    Suspicion.BLACK: lambda _, glance: is_black(glance.frame),
    Suspicion.FROZEN: _frozen,
}


class Remedy(enum.StrEnum):
    """What is done about a picture that cannot be believed."""

    RELOAD = "load the work anew"
    RESTART = "start the player anew"


class Cure:
    """Which remedy is due: loading anew once, starting anew once, then ever seldomer."""

    def __init__(self) -> None:
        self._tried = 0
        self._due: float | None = None
        self._well_since: float | None = None

    @property
    def is_at_its_end(self) -> bool:
        """Tell whether a person should know: both remedies were of no use."""
        return self._tried > len(Remedy)

    def well(self, now: float) -> None:
        """Note that nothing speaks against the picture at `now`."""
        if self._well_since is None:
            self._well_since = now
        if now - self._well_since >= WELL_S:
            self._tried, self._due = 0, None

    def ill(self, now: float, *, answers: bool = True) -> Remedy | None:
        """Note that something does, and return what to do now.

        A player that no longer `answers` cannot be told to load anything.
        """
        self._well_since = None
        if self._due is not None and now < self._due:
            return None
        remedy = Remedy.RELOAD if answers and not self._tried else Remedy.RESTART
        self._tried = max(self._tried + 1, 1 if remedy is Remedy.RELOAD else 2)
        if self.is_at_its_end:
            self._due = now + min(SELDOM_S, RETRY_S * 2 ** (self._tried - len(Remedy) - 1))
        return remedy
