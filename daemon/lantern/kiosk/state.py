"""Decide what the room should see and hear, and when the lamp is to burn.

Pure: reports and times come in, what is wanted goes out, whatever the reports are. Opening and
closing go through phases in a fixed order, and no phase waits for anything without end: a projector
that is dead or a player that is gone delays the show and never stops it. What is broken for longer
makes it `Mode.DEGRADED`, tells so by name (`Show.troubles`), and heals by itself:

=============================  ======================================  ===========================
what is broken                 what goes on                            what falls back
=============================  ======================================  ===========================
no sensor can be trusted       picture, lamp                           sound: the set level
the screen, or its picture     what there is of it, lamp, sensors      sound: the set level at most
the projector does not answer  picture, sound by presence, the wish    nothing
the lamp stays dark            picture, sensors, the wish to light it  sound: the set level at most
=============================  ======================================  ===========================

That a lamp is never switched hot is held by `kiosk.lamp`, whatever is wished here; this module only
does not begin to wish for what the projector says it cannot do now.
"""

from __future__ import annotations

import enum
import math
from typing import NamedTuple

import msgspec

from lantern.config import Projector as ProjectorSettings
from lantern.config import Sound as SoundSettings
from lantern.hardware.ports import Power
from lantern.kiosk.ramp import FLOOR_DB
from lantern.kiosk.wanted import Mode, Reports, Sound, Wanted

DEAF_S = 30.0
"""An answer of the projector is good for so long; a working one is asked far more often."""

BLANK_S = 5.0
"""How long the player may take to let go of the picture."""

HEAL_S = 5.0
"""What was broken counts as whole again once it has been well for so long."""

_SLACK_S = 60.0  # for questions, refusals and second tries


class Pace(msgspec.Struct, frozen=True):
    """How long the show waits at most: an upper bound for each of its slow parts.

    `fade_s` is for the sound to fall silent, `light_s` for the projector to be on, `cool_s` for it
    to be off. Where there is no `projector` to switch, nobody waits for one.
    """

    fade_s: float
    projector: bool = False
    light_s: float = 0.0
    cool_s: float = 0.0


def pace(sound: SoundSettings, projector: ProjectorSettings) -> Pace:
    """Return the bounds that follow from the sections [sound] and [projector]."""
    rest_s = projector.cool_s + projector.minimum_off_s
    return Pace(
        fade_s=-FLOOR_DB / sound.release_db_s,
        projector=projector.by != "none",
        light_s=rest_s + projector.warm_s + _SLACK_S,
        cool_s=projector.warm_s + projector.cool_s + _SLACK_S,
    )


class Phase(enum.StrEnum):
    """How far opening and closing have come."""

    OPENING = "opening"
    """The projector lights up; a picture that is there already stays."""
    SHOWING = "showing"
    FADING = "fading"
    """The sound falls silent, with the picture."""
    BLANKING = "blanking"
    """The picture goes, and the lamp is left as it is."""
    COOLING = "cooling"
    CLOSED = "closed"


class Part(enum.StrEnum):
    """What may be broken."""

    SCREEN = "screen"
    PRESENCE = "presence"
    PROJECTOR = "projector"
    LAMP = "lamp"


class Health(msgspec.Struct, frozen=True):
    """What is the matter with a part, "" for nothing; `since` when its reports say otherwise."""

    trouble: str = ""
    since: float | None = None


class Show(msgspec.Struct, frozen=True):
    """The show, in `phase` since `since`, with the health of each `Part` in their order."""

    phase: Phase
    since: float
    health: tuple[Health, ...] = tuple(Health() for _ in Part)

    def trouble(self, part: Part) -> str:
        """Return what is the matter with `part`, "" for nothing."""
        return dict(zip(Part, self.health, strict=True))[part].trouble

    @property
    def troubles(self) -> tuple[tuple[str, str], ...]:
        """Return what is broken, by name; single sensors stand in `Presence.faults`, too."""
        return tuple((part, why) for part in Part if (why := self.trouble(part)))


def begin(now: float) -> Show:
    """Return the show of before the first step.

    Nobody knows what a daemon before this one left on. So it begins as it ends: if it is closed,
    everything is switched off in order, and if it is open, a picture that is there stays.
    """
    return Show(Phase.BLANKING, now)


def step(show: Show, reports: Reports, now: float, pace: Pace) -> tuple[Show, Wanted]:
    """Return what comes of the show at `now`, and what is wanted until the next step.

    It goes on by one phase at most. `now` never runs backwards.
    """
    phase = _NEXT[show.phase](_Moment(show, reports, now, pace))
    if phase is not show.phase:
        show = msgspec.structs.replace(show, phase=phase, since=now)
    moment = _Moment(show, reports, now, pace)
    health = zip(Part, show.health, strict=True)
    settled = tuple(_settle(part, before, moment) for part, before in health)
    show = msgspec.structs.replace(show, health=settled)
    return show, _wanted(_Moment(show, reports, now, pace))


class _Moment(NamedTuple):
    """The arguments of `step`, and what follows from them at a glance."""

    show: Show
    reports: Reports
    now: float
    pace: Pace

    @property
    def waited_s(self) -> float:
        """Return for how long it has been in this phase."""
        return self.now - self.show.since

    @property
    def playing(self) -> bool:
        """Return whether there is a picture."""
        return self.reports.screen.connected and self.reports.screen.work is not None

    @property
    def heard(self) -> float:
        """Return when the projector last answered."""
        at = self.reports.projector_at
        return -math.inf if at is None else at

    @property
    def power(self) -> Power | None:
        """Return what the projector says, None while it does not answer."""
        state = self.reports.projector
        return state.power if state and self.now - self.heard <= DEAF_S else None

    @property
    def proved(self) -> Power | None:
        """Return the same if it was said within this phase: the effect of what is wished."""
        return self.power if self.heard >= self.show.since else None


# Phases -------------------------------------------------------------------------------------------


def _opening(moment: _Moment) -> Phase:
    if not moment.reports.open:
        return Phase.BLANKING
    deaf = moment.now - max(moment.heard, moment.show.since) > DEAF_S
    late = moment.waited_s >= moment.pace.light_s
    lit = moment.proved is Power.ON or deaf or late or not moment.pace.projector
    return Phase.SHOWING if lit else Phase.OPENING


def _showing(moment: _Moment) -> Phase:
    return Phase.SHOWING if moment.reports.open else Phase.FADING


def _fading(moment: _Moment) -> Phase:
    if moment.reports.open:
        return Phase.SHOWING
    silent = not moment.playing or moment.waited_s >= moment.pace.fade_s
    return Phase.BLANKING if silent else Phase.FADING


def _blanking(moment: _Moment) -> Phase:
    if moment.reports.open:
        return Phase.OPENING
    dark = not moment.playing or moment.waited_s >= BLANK_S
    return Phase.COOLING if dark else Phase.BLANKING


def _cooling(moment: _Moment) -> Phase:
    if moment.reports.open:
        return Phase.OPENING
    late = moment.waited_s >= moment.pace.cool_s
    off = moment.proved is Power.OFF or late or not moment.pace.projector
    return Phase.CLOSED if off else Phase.COOLING


def _closed(moment: _Moment) -> Phase:
    return Phase.OPENING if moment.reports.open else Phase.CLOSED


_NEXT = {
    Phase.OPENING: _opening,
    Phase.SHOWING: _showing,
    Phase.FADING: _fading,
    Phase.BLANKING: _blanking,
    Phase.COOLING: _cooling,
    Phase.CLOSED: _closed,
}


# Health -------------------------------------------------------------------------------------------


def _about_screen(moment: _Moment) -> str:
    if not moment.reports.screen.connected:
        return "the player does not answer"
    if moment.show.phase is Phase.SHOWING and not moment.playing:
        return "nothing is played"
    if moment.show.phase is Phase.SHOWING and not moment.reports.screen.truthful:
        return "the picture is black or stands still"
    return ""


def _about_presence(moment: _Moment) -> str:
    presence = moment.reports.presence
    if presence.present is not None or not presence.faults:
        return ""  # where there are no sensors, or before their first word, nothing is broken
    return "nobody can tell who is there: " + "; ".join(map(": ".join, presence.faults))


def _about_projector(moment: _Moment) -> str:
    return "does not answer" if moment.pace.projector and moment.power is None else ""


def _about_lamp(moment: _Moment) -> str:
    wished = moment.pace.projector and moment.show.phase in (Phase.OPENING, Phase.SHOWING)
    return "is dark" if wished and moment.power in (Power.OFF, Power.COOLING) else ""


_COMPLAINTS = {
    Part.SCREEN: _about_screen,
    Part.PRESENCE: _about_presence,
    Part.PROJECTOR: _about_projector,
    Part.LAMP: _about_lamp,
}

_ILL_AFTER_S = {
    Part.SCREEN: 20.0,  # the player is restarted meanwhile
    Part.PRESENCE: 0.0,  # `presence` has waited already
    Part.PROJECTOR: DEAF_S,
    Part.LAMP: 60.0,
}


def _settle(part: Part, health: Health, moment: _Moment) -> Health:
    """Return the health of `part`: it changes when a complaint, or none, has lasted."""
    complaint = _COMPLAINTS[part](moment)
    if bool(complaint) is bool(health.trouble):
        return Health(complaint)
    since = moment.now if health.since is None else health.since
    patience_s = _ill_after_s(part, moment) if complaint else HEAL_S
    if moment.now - since >= patience_s:
        return Health(complaint)
    return Health(health.trouble, since)


def _ill_after_s(part: Part, moment: _Moment) -> float:
    if part is Part.LAMP and moment.show.phase is Phase.OPENING:
        return math.inf  # it is dark for a good reason
    if part is Part.LAMP and moment.show.trouble(Part.PROJECTOR):
        return 0.0  # it comes back from its silence, and what was feared is true
    return _ILL_AFTER_S[part]


# Wanted -------------------------------------------------------------------------------------------


def _wanted(moment: _Moment) -> Wanted:
    showing = moment.show.phase is Phase.SHOWING
    return Wanted(
        mode=_mode(moment),
        picture=_picture(moment),
        sound=_sound(moment) if showing else Sound.SILENT,
        lamp=_lamp(moment) if moment.pace.projector else None,
        rest=showing and moment.reports.presence.present is True,
    )


def _mode(moment: _Moment) -> Mode:
    phases = {Phase.OPENING: Mode.OPENING, Phase.CLOSED: Mode.CLOSED}
    if moment.show.phase is not Phase.SHOWING:
        return phases.get(moment.show.phase, Mode.CLOSING)
    if moment.show.troubles:
        return Mode.DEGRADED
    return Mode.ENGAGED if moment.reports.presence.present else Mode.ATTRACT


def _picture(moment: _Moment) -> bool:
    if moment.show.phase is Phase.OPENING:
        return moment.playing
    return moment.show.phase in (Phase.SHOWING, Phase.FADING)


def _sound(moment: _Moment) -> Sound:
    """Return the level while showing: none without a picture, so that it rises with the next."""
    if not moment.playing:
        return Sound.SILENT
    present, show = moment.reports.presence.present, moment.show
    if present is None or show.trouble(Part.PRESENCE):
        return Sound.SET
    if not present:
        return Sound.IDLE
    doubtful = show.trouble(Part.SCREEN) or show.trouble(Part.LAMP)
    return Sound.SET if doubtful else Sound.FULL


def _lamp(moment: _Moment) -> bool | None:
    match moment.show.phase:
        case Phase.OPENING:
            return None if moment.power is Power.COOLING else True
        case Phase.SHOWING | Phase.FADING:
            return True
        case Phase.BLANKING:
            return None
        case Phase.COOLING:
            return None if moment.power is Power.WARMING else False
    return False
