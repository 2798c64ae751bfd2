"""The show in a few words, for the status and its page: visitors read them, too. Pure."""

from __future__ import annotations

from lantern.kiosk.director import Scene
from lantern.kiosk.orders import Orders
from lantern.kiosk.wanted import Mode
from lantern.kiosk.works import Playing


def said(scene: Scene | None, orders: Orders, playing: Playing | None) -> str:
    """Return what the show does, in one line that names no file."""
    if scene is None:
        return "begins"
    words = [_doing(scene, playing)]
    if scene.wanted.mode in (Mode.ATTRACT, Mode.ENGAGED, Mode.DEGRADED):
        words.append(_WHO[scene.presence.present])
    if orders.muted:
        words.append("muted")
    if orders.doors != "auto":
        words.append({"open": "kept open", "close": "kept closed"}[orders.doors])
    return ", ".join(words)


_WHO = {True: "somebody is there", False: "nobody is there", None: "nobody can tell who is there"}


def _doing(scene: Scene, playing: Playing | None) -> str:
    mode = scene.wanted.mode
    if mode in _DOING:
        return _DOING[mode]
    if playing is None:
        return "nothing plays"
    what = "a photo" if playing.work.still else "a film"
    return f"{what} stands still" if playing.paused else f"{what} plays"


_DOING = {
    Mode.CLOSED: "closed",
    Mode.OPENING: "opens, waiting for the projector",  # for nothing else does it wait
    Mode.CLOSING: "closes",
}
