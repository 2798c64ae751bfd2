"""Days of a busy gallery keep the show's promises, and a promise that is broken is noticed.

Three quarters of an hour here. `scripts/evening days` plays 72 hours, in some minutes.
"""

import importlib
import random
from pathlib import Path

import msgspec
import pytest

from lantern.kiosk.wanted import Sound

REHEARSAL = Path(__file__).parents[2] / "scripts/rehearsal"


@pytest.fixture
def days(monkeypatch):
    monkeypatch.syspath_prepend(REHEARSAL)
    return importlib.import_module("days")


def played(days, gallery, hours):
    """Play, and return what the promises saw."""
    promises = days.Promises()
    for _ in days.play(gallery, promises, hours):
        pass
    return promises


def test_a_morning_with_everything_that_may_happen_keeps_all_promises(days, monkeypatch):
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to repeat a failure
    monkeypatch.setattr(days, "EVERY_S", 5 * days.MINUTE)
    promises = played(days, days.Gallery(seed, 0.75, days.BEGIN + 50 * days.MINUTE), 0.75)
    assert promises.arrivals > 1


def calm(days):
    """Return a gallery from shortly before it opens, in which nothing happens to anything."""
    gallery = days.Gallery(1, 0.0, days.BEGIN + 59 * days.MINUTE)
    assert gallery.fate == []
    return gallery


def test_a_calm_opening_keeps_all_promises(days):
    assert played(days, calm(days), 0.25).arrivals > 1


def sound_that_never_falls(days, monkeypatch):
    draw = days.ramp.draw
    loud = lambda line, _, *more: draw(line, Sound.FULL, *more)  # noqa: E731
    monkeypatch.setattr(days.ramp, "draw", loud)


def picture_that_never_comes(days, monkeypatch):
    step = days.state.step

    def spoilt(*arguments):
        show, wanted = step(*arguments)
        return show, msgspec.structs.replace(wanted, picture=False)

    monkeypatch.setattr(days.state, "step", spoilt)


def phase_without_end(days, monkeypatch):
    step = days.state.step
    monkeypatch.setattr(days.state, "step", lambda show, *more: (show, step(show, *more)[1]))


def lamp_that_nobody_lights(days, monkeypatch):
    monkeypatch.setattr(days.Booth, "go_on", lambda booth, _, now: booth.model.advance(now))


def lamp_that_is_struck_hot(days, monkeypatch):
    def careless(booth, wish, now):
        booth.model.make = days.Make(warm_s=1, cool_s=100, protects=False)
        booth.model.switch(now, on=now % 20 < 10)

    monkeypatch.setattr(days.Booth, "go_on", careless)


def sensor_that_nobody_trusts(days, monkeypatch):
    monkeypatch.setattr("lantern.hardware.room.Sonar.read", lambda *_: None)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (sound_that_never_falls, "loud before nobody for"),
        (picture_that_never_comes, "open, well, and"),
        (phase_without_end, "in blanking for"),
        (lamp_that_nobody_lights, "open, well, and degraded, lamp off"),
        (lamp_that_is_struck_hot, "the lamp was switched hot"),
        (sensor_that_nobody_trusts, "a good sensor is not trusted"),
    ],
)
def test_a_promise_that_is_broken_is_noticed(days, monkeypatch, spoil, told):
    gallery = calm(days)
    spoil(days, monkeypatch)
    with pytest.raises(days.Broken, match=told):
        played(days, gallery, 0.3)
