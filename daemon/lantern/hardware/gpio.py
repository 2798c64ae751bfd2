"""Sensors and a button on GPIO lines of a Raspberry Pi: the only importer of gpiozero and lgpio.

The driver is lgpio, named here and never guessed. See README.md, "Wiring".
"""

from __future__ import annotations

import contextlib
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import NamedTuple

import gpiozero
from gpiozero.pins import Factory

from lantern.errors import DeviceFault, Unavailable
from lantern.hardware.ports import Distance, Fault, Level, Post, Reading
from lantern.hardware.sampling import Sampler

RATE_HZ = 30.0
"""How often an ultrasonic sensor is asked, at most.

With nothing before it, an HC-SR04 holds its echo line for 38 ms [its data sheet], and cannot be
asked again before: that makes 25 a second.
"""

BEAT_HZ = 4.0
"""A motion line speaks when it changes; in between it repeats itself so often."""

BOUNCE_S = 0.02
"""Contacts of a button chatter for less."""

# Both are told otherwise: that there is a better driver for one, and the other as a `Fault`.
warnings.filterwarnings("ignore", category=gpiozero.PWMSoftwareFallback)
warnings.filterwarnings("ignore", category=gpiozero.DistanceSensorNoEcho)


class Driver(NamedTuple):
    """What moves the lines, and the errors of its own that it raises beside gpiozero's."""

    factory: Factory
    errors: tuple[type[Exception], ...] = ()


def _lgpio() -> Driver:
    """Return the driver of a Raspberry Pi.

    Raises:
        Unavailable: this is none, or its lines may not be used.
    """
    try:
        # Late: the import starts a thread, and makes a pipe in the working directory.
        import lgpio  # noqa: PLC0415
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable(f'GPIO: {error}; install "lantern[pi]"') from error
    except OSError as error:
        raise Unavailable(
            f"GPIO: lgpio cannot make its pipe ({error}); start Lantern in a folder that it may "
            "write, by WorkingDirectory= of its service"
        ) from error
    try:
        return Driver(LGPIOFactory(), (lgpio.error,))
    except (lgpio.error, gpiozero.GPIOZeroError, OSError) as error:
        raise Unavailable(
            f"GPIO: expected a Raspberry Pi whose lines this user may use, got {error}; see that "
            "/dev/gpiochip0 is there, and that the user is in its group (gpio)"
        ) from error


class Pins:
    """The GPIO lines of this machine, taken hold of when they are first needed. For any thread."""

    def __init__(self, driver: Callable[[], Driver] = _lgpio) -> None:
        self._make = driver
        self._driver: Driver | None = None
        self._lock = threading.Lock()

    def driver(self) -> Driver:
        """Return what moves the lines.

        Raises:
            Unavailable: nothing can now.
        """
        with self._lock:
            if self._driver is None:
                self._driver = self._make()
            return self._driver

    @contextlib.contextmanager
    def taking(self, what: str) -> Iterator[Factory]:
        """Hand out the lines, to make a device of them.

        Raises:
            Unavailable: they cannot be had, or not these.
        """
        driver = self.driver()
        try:
            yield driver.factory
        except (gpiozero.GPIOZeroError, OSError, *driver.errors) as error:
            raise Unavailable(f"{what}: {error}; see which GPIO lines are set and free") from error

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Let what goes wrong with a line be the device's fault.

        Raises:
            DeviceFault: it did.
        """
        try:
            yield
        except (gpiozero.GPIOZeroError, OSError, *self.driver().errors) as error:
            raise DeviceFault(f"its GPIO line cannot be read ({error})") from error


class _Ranger(gpiozero.DistanceSensor):  # type: ignore[misc]
    """A distance sensor that measures when it is asked, and then only.

    Its class measures from a thread, 60 ms after each ping; its value stays as it was when no echo
    comes, is 0 m before the first, and has no time. So that thread is stopped before it begins, and
    what it would have called is called from here.
    """

    def __init__(self, trigger: int, echo: int, reach_m: float, factory: Factory) -> None:
        super().__init__(
            echo,
            trigger,
            queue_len=1,
            max_distance=reach_m,
            threshold_distance=reach_m / 2,
            partial=True,
            pin_factory=factory,
        )
        self._queue.stop()

    def ping(self) -> float | None:
        """Return how far the nearest thing is, in metres, None for further than the reach.

        Blocks for up to 0.15 s.

        Raises:
            DeviceFault: the sensor does not behave as one.
        """
        share = self._read()
        if share is not None and share >= 0:
            return float(share) * self.max_distance if share < 1 else None
        if self.pin.state:
            raise DeviceFault("its echo line stays high; check the wires and the voltage divider")
        raise DeviceFault("nothing came on its echo line; check its power and both wires")


class UltrasonicSensor:
    """An HC-SR04, or what behaves as one (`PresenceSensor`).

    Sensors of one process ping in turn, so that none hears another's: several share the rate.
    """

    def __init__(self, name: str, *, trigger: int, echo: int, reach_m: float, pins: Pins) -> None:
        self._name = name
        self._wires = trigger, echo, reach_m
        self._pins = pins
        self._ranger: _Ranger | None = None
        self._sampler = Sampler(name, RATE_HZ, self._ask)

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self._name

    def open(self, post: Post) -> None:
        """Begin to post distances.

        Raises:
            Unavailable: the lines cannot be had.
        """
        with self._pins.taking(f"sensor {self._name}") as factory:
            self._ranger = _Ranger(*self._wires, factory)
        self._sampler.start(post)

    def close(self) -> None:
        """Stop, and let go of the lines. Idempotent."""
        self._sampler.stop()
        ranger, self._ranger = self._ranger, None
        if ranger is not None:
            ranger.close()

    def _ask(self, at: float) -> Reading:
        assert self._ranger is not None  # noqa: S101 - the sampler runs while it is open
        try:
            with self._pins.asking():
                return Distance(self._name, at, self._ranger.ping())
        except DeviceFault as fault:
            return Fault(self._name, at, str(fault))


class LineSensor:
    """Any line that is active while somebody is there: a PIR, a light barrier (`PresenceSensor`).

    gpiozero's MotionSensor asks the line ten times a second; here the kernel tells of each edge.
    The line is pulled to where nobody is, for outputs that only pull the other way.
    """

    def __init__(self, name: str, *, line: int, active_high: bool, pins: Pins) -> None:
        self._name = name
        self._line, self._active_high = line, active_high
        self._pins = pins
        self._device: gpiozero.DigitalInputDevice | None = None
        self._sampler = Sampler(name, BEAT_HZ, self._ask)

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return self._name

    def open(self, post: Post) -> None:
        """Begin to post levels.

        Raises:
            Unavailable: the line cannot be had.
        """
        with self._pins.taking(f"sensor {self._name}") as factory:
            device = gpiozero.DigitalInputDevice(
                self._line, pull_up=not self._active_high, pin_factory=factory
            )
        self._device = device
        device.when_activated = device.when_deactivated = self._sampler.hurry
        self._sampler.start(post)

    def close(self) -> None:
        """Stop, and let go of the line. Idempotent."""
        self._sampler.stop()
        device, self._device = self._device, None
        if device is not None:
            device.close()

    def _ask(self, at: float) -> Reading:
        assert self._device is not None  # noqa: S101 - the sampler runs while it is open
        try:
            with self._pins.asking():
                return Level(self._name, at, bool(self._device.value))
        except DeviceFault as fault:
            return Fault(self._name, at, str(fault))


class Button:
    """A button between a line and ground (`hardware.ports.Button`)."""

    def __init__(self, line: int, pins: Pins) -> None:
        self._line = line
        self._pins = pins
        self._device: gpiozero.Button | None = None

    def open(self, pressed: Callable[[float], None]) -> None:
        """Call `pressed` with the time, from some thread, whenever it is.

        Raises:
            Unavailable: the line cannot be had.
        """
        with self._pins.taking("button") as factory:
            device = gpiozero.Button(self._line, bounce_time=BOUNCE_S, pin_factory=factory)
        device.when_pressed = lambda: pressed(time.monotonic())
        self._device = device

    def close(self) -> None:
        """Let go of the line. Idempotent."""
        device, self._device = self._device, None
        if device is not None:
            device.close()
