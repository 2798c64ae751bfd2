"""A display that sleeps when it gets no signal: switched by DPMS, through the kernel's console.

On KMS, `vcgencmd display_power` is gone, and DPMS belongs to whoever is master of the display:
while the player shows something, nobody else may switch it, and the player has no command for it.
Without a master, the kernel's console holds the display, and writing 4 (powerdown) to its
framebuffer's `blank` turns the connector's signal off; 0 turns it on again. So the order is: the
player lets go of the display (mpv does when it plays nothing and `force-window` is "no"), then
`switch`. The player takes the display again whenever it plays, which turns it on.

The kernel says nothing when a master is in the way (`drm_client_modeset_dpms` returns -EBUSY, the
framebuffer drops it), hence what was asked for is always read back from the connector's `dpms`.
Writing needs the right to, which systemd/60-lantern-display.rules gives the group "video".

Source: Linux, drivers/gpu/drm/drm_client_modeset.c, drm_fb_helper.c, drm_sysfs.c.
"""

from __future__ import annotations

import time
from pathlib import Path

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, ProjectorState, Refused
from lantern.supervise import OneThread

SYSFS = Path("/sys")

_UNBLANK, _POWERDOWN = "0", "4"  # FB_BLANK_UNBLANK, FB_BLANK_POWERDOWN of <linux/fb.h>


class BlankedDisplay:
    """The display at `connector`, such as "HDMI-A-1"; "" means the first that is connected."""

    def __init__(self, connector: str = "", sysfs: Path = SYSFS, settle_s: float = 1.0) -> None:
        self._connector = connector
        self._sysfs = sysfs
        self._settle_s = settle_s
        self._thread = OneThread()

    async def state(self) -> ProjectorState:
        """Ask whether the display gets a signal."""
        return ProjectorState(power=Power.ON if await self._thread(self._lit) else Power.OFF)

    async def switch(self, *, on: bool) -> None:
        """Turn the signal on or off.

        Raises:
            Refused: the player holds the display.
        """
        await self._thread(self._switch, on)

    async def choose(self, source: str) -> None:
        """Refuse: there is one input, this one."""
        raise Refused(f'{self}: expected no input to choose, got "{source}"')

    async def close(self) -> None:
        """Do nothing: no file is held open."""

    def __str__(self) -> str:
        """Return what errors call it."""
        return f"display at {self._connector or 'the first connector'}"

    def _switch(self, on: bool) -> None:
        if self._lit() is on:
            return
        blank = self._sysfs / "class/graphics/fb0/blank"
        try:
            blank.write_text(_UNBLANK if on else _POWERDOWN)
        except OSError as error:
            raise Unavailable(
                f"{self}: {blank} cannot be written ({error.strerror}); install "
                "systemd/60-lantern-display.rules"
            ) from error
        if not self._becomes(on):
            raise Refused(f"{self}: the player holds it; it has to let go first")

    def _becomes(self, on: bool) -> bool:
        """Return whether the display is so before long; the console may still be taking over."""
        deadline = time.monotonic() + self._settle_s
        while self._lit() is not on:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        return True

    def _lit(self) -> bool:
        try:
            return (self._found() / "dpms").read_text().strip() == "On"
        except OSError as error:
            raise Unavailable(f"{self}: cannot be asked ({error.strerror})") from error

    def _found(self) -> Path:
        """Return the folder of the connector.

        Raises:
            Unavailable: nothing is connected.
        """
        pattern = f"card*-{self._connector or '*'}"
        for folder in sorted((self._sysfs / "class/drm").glob(pattern)):
            if (folder / "status").read_text().strip() == "connected":
                return folder
        raise Unavailable(f"{self}: nothing is connected; look at its cable and power")
