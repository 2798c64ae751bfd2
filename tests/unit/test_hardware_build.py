"""Which sensors, camera and button the configuration makes, and what a machine lacks for them."""

import sys

import pytest

from lantern import config
from lantern.errors import Unavailable
from lantern.hardware import build
from lantern.hardware.camera_sensor import CameraSensor
from lantern.hardware.pictures import FileCamera
from lantern.hardware.simulated import SimulatedSensor


def section(by, **options):
    return config.Sensor(name=by, by=by, **options)


@pytest.fixture
def without_gpio(monkeypatch):
    for module in [name for name in sys.modules if name.split(".")[0] in ("gpiozero", "lgpio")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delitem(sys.modules, "lantern.hardware.gpio", raising=False)
    monkeypatch.delattr("lantern.hardware.gpio", raising=False)
    monkeypatch.setitem(sys.modules, "gpiozero", None)


def test_there_are_the_sensors_that_are_described_in_their_order():
    camera = build.camera(config.Camera(by="files", folder="/srv/seen"))
    made = build.sensors(
        [section("simulated"), section("motion"), section("camera"), section("ultrasonic")], camera
    )
    names = ["SimulatedSensor", "LineSensor", "CameraSensor", "UltrasonicSensor"]
    assert [type(one).__name__ for one in made] == names
    assert [one.name for one in made] == ["simulated", "motion", "camera", "ultrasonic"]
    assert isinstance(made[2], CameraSensor)
    assert isinstance(camera, FileCamera)


def test_boards_are_made_apart_with_what_calibration_found_of_them():
    sections = [section("motion"), section("board", device="/dev/ttyACM7", motion=True)]
    assert [type(one).__name__ for one in build.sensors(sections)] == ["LineSensor"]
    (board,) = build.boards(sections, config.Presence(), {"board": -12, "other": 3})
    state = board.state()
    assert (board.name, state.device, state.offset_mm) == ("board", "/dev/ttyACM7", -12)
    assert not state.connected
    with pytest.raises(Unavailable, match="/dev/ttyACM7"):
        board.open(lambda _: None)


@pytest.mark.parametrize("light", ["presence", "on", "off"])
def test_every_light_of_the_configuration_is_one_of_the_protocols(light):
    (board,) = build.boards([section("board", light=light)], config.Presence(), {})
    assert board.name == "board"


def test_no_sections_make_no_sensors_no_camera_and_no_button():
    assert build.sensors(()) == []
    assert build.boards((), config.Presence(), {}) == []
    assert build.camera(config.Camera()) is None
    assert build.button(config.Guests()) is None
    assert build.button(config.Guests(by="dwell")) is None


def test_what_simulates_needs_no_gpio(without_gpio):
    assert isinstance(build.sensors([section("simulated")])[0], SimulatedSensor)


@pytest.mark.parametrize("by", ["ultrasonic", "motion"])
def test_without_gpiozero_a_sensor_is_made_all_the_same_and_says_what_to_install(without_gpio, by):
    (sensor,) = build.sensors([section(by)])
    assert sensor.name == by
    with pytest.raises(Unavailable, match=r"lantern\[pi\]"):
        sensor.open(lambda _: None)
    sensor.close()


def test_without_gpiozero_the_button_says_what_to_install(without_gpio):
    button = build.button(config.Guests(by="button"))
    assert button is not None
    with pytest.raises(Unavailable, match=r"lantern\[pi\]"):
        button.open(lambda _: None)
    button.close()


def test_a_camera_that_nobody_configured_is_missed_by_its_sensor():
    (sensor,) = build.sensors([section("camera")])
    with pytest.raises(Unavailable, match=r"camera\.by"):
        sensor.open(lambda _: None)


def test_without_picamera2_a_camera_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)
    camera = build.camera(config.Camera(by="picamera2"))
    assert camera is not None
    with pytest.raises(Unavailable, match="python3-picamera2"):
        camera.glance()
    camera.close()
