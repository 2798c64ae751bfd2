"""The camera of a Raspberry Pi: the only importer of picamera2, and little around it."""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lantern.errors import Unavailable

if TYPE_CHECKING:
    from lantern.hardware.ports import GreyImage

GLANCE = 320, 240
"""Width and height of what is seen at a glance."""

PATIENCE_S = 5.0
"""A frame comes within a fifth of a second; a camera that takes longer hangs."""

_FRAME_US = 100_000, 200_000  # few frames save power, and let the dark expose for longer


class PiCamera:
    """The camera of that `number` (`hardware.ports.Camera`)."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._lock = threading.Lock()
        self._camera: Any = None

    def glance(self) -> GreyImage:
        """Return what it sees now, small and grey."""
        with self._looking() as camera:
            width, height = GLANCE
            planes = camera.capture_array("lores", wait=PATIENCE_S)
            # YUV 4:2:0: brightness first, in rows that may be longer than the picture is wide.
            return planes[:height, :width]  # type: ignore[no-any-return]

    def picture(self) -> bytes:
        """Take a picture at full size. Who watches meanwhile waits for a second."""
        with self._looking() as camera:
            file = io.BytesIO()
            still = camera.create_still_configuration()
            camera.switch_mode_and_capture_file(still, file, format="jpeg", wait=PATIENCE_S)
            return file.getvalue()

    def close(self) -> None:
        """Let go of the camera. Idempotent."""
        with self._lock:
            self._let_go()

    @contextlib.contextmanager
    def _looking(self) -> Iterator[Any]:
        with self._lock:
            try:
                if self._camera is None:
                    self._camera = _opened(self._number)
                yield self._camera
            except Unavailable:
                raise
            except Exception as error:  # whatever the C++ half of picamera2 throws
                self._let_go()
                reason = str(error) or "no frame came in time"
                raise Unavailable(
                    f"camera {self._number}: {reason}; check its ribbon cable, and that no other "
                    "program uses it"
                ) from error

    def _let_go(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            with contextlib.suppress(Exception):  # it is broken, or unplugged
                camera.close()


def _opened(number: int) -> Any:
    """Return the camera, with frames coming in.

    Raises:
        Unavailable: picamera2 is not installed.
    """
    try:
        from picamera2 import Picamera2  # noqa: PLC0415 - only a Raspberry Pi has it
    except ImportError as error:
        raise Unavailable(
            f"camera: {error}; install python3-picamera2 with apt, and let Lantern's Python "
            "environment see it (python3 -m venv --system-site-packages)"
        ) from error
    with contextlib.ExitStack() as stack:
        camera = Picamera2(number)
        stack.callback(camera.close)
        watching = camera.create_preview_configuration(
            main={"size": (640, 480)},
            lores={"size": GLANCE, "format": "YUV420"},
            controls={"FrameDurationLimits": _FRAME_US},
        )
        camera.configure(watching)
        camera.start()
        stack.pop_all()
    return camera
