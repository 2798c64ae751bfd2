"""A camera as a presence sensor: it looks, `motion` tells. No picture is kept, or leaves memory."""

from __future__ import annotations

from collections.abc import Callable

from lantern.errors import Unavailable
from lantern.hardware.motion import Motion
from lantern.hardware.ports import Camera, Fault, Level, Post, Reading
from lantern.hardware.sampling import Sampler

RATE_HZ = 8.0


class CameraSensor:
    """Says that somebody is there while somebody moves before `camera` (`PresenceSensor`)."""

    def __init__(self, name: str, camera: Camera, motion: Callable[[], Motion] = Motion) -> None:
        self._name = name
        self._camera = camera
        self._make = motion
        self._motion = motion()
        self._sampler = Sampler(name, RATE_HZ, self._ask)

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self._name

    def open(self, post: Post) -> None:
        """Begin to post levels.

        Raises:
            Unavailable: the camera cannot be reached.
        """
        self._camera.glance()
        self._motion = self._make()
        self._sampler.start(post)

    def close(self) -> None:
        """Stop. Idempotent. Let go of the camera; whoever else looks takes it again."""
        self._sampler.stop()
        self._camera.close()

    def _ask(self, at: float) -> Reading:
        try:
            return Level(self._name, at, self._motion.see(self._camera.glance(), at))
        except Unavailable as error:
            return Fault(self._name, at, str(error))
