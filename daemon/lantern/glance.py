"""The show at a glance, as the control socket tells it: what its parts say, put together.

Part of the daemon's composition: `kiosk` and `control` do not know each other.
"""

from __future__ import annotations

import time

import msgspec

from lantern.control.protocol import Direct, Play, Showing
from lantern.hardware.ports import ProjectorState
from lantern.health.strain import Strain
from lantern.kiosk.director import Director
from lantern.kiosk.playlist import Plays
from lantern.kiosk.telling import said
from lantern.kiosk.works import Player


def glance(
    director: Director,
    player: Player,
    projector: ProjectorState | None,
    strain: Strain,
    *,
    plays: Plays,
) -> Showing:
    """Return what the show does now; `projector` is what it told last."""
    scene, orders, playing = director.scene, director.orders, player.playing
    told = Showing(
        mode=str(scene.wanted.mode) if scene else "closed",
        said=said(scene, orders, playing),
        is_open=scene is not None and scene.is_open,
        doors=orders.doors,
        changes_at=director.next_change(time.time()),
        programme=f'photos of "{plays.query}"' if plays.query else plays.programme,
        photos=plays.photos,
        films=plays.films,
        muted=orders.muted,
        eased=strain.share,
        eased_by=strain.reason,
    )
    if playing:
        told = msgspec.structs.replace(
            told,
            work=playing.work.name,
            sentence=playing.work.sentence,
            position_s=playing.position_s,
            paused=playing.paused,
        )
    if scene:
        told = msgspec.structs.replace(
            told,
            gain_db=scene.gain_db,
            present=scene.presence.present,
            faults=scene.presence.faults,
        )
    if projector:
        told = msgspec.structs.replace(
            told, power=str(projector.power), lamp_hours=projector.lamp_hours
        )
    return told


def is_done(asked: Direct | Play, before: Showing, now: Showing) -> bool:
    """Tell whether what was asked for is to be seen."""
    match asked:
        case Direct("pause" | "resume"):
            return now.paused is (asked.order == "pause")
        case Direct("open" | "close"):
            return now.is_open is (asked.order == "open")
        case Direct("next" | "previous") | Play():
            return now.work not in (None, before.work)
    return True
