"""Whether somebody moves before a camera: people, and all that is none."""

import math

import pytest

from lantern.hardware.motion import APART_S, LASTING_S, LEARNING_S, STILL_S, Motion
from support.sightings import Scene

RATE_HZ = 8


def seen(look, seconds=16.0):
    """Return the times at which somebody is seen, of `look`, a picture by its time."""
    motion = Motion()
    times = (number / RATE_HZ for number in range(int(seconds * RATE_HZ)))
    return [at for at in times if motion.see(look(at), at)]


def crossing(at, begin, seconds):
    """Return where somebody is who walks through the picture from `begin` on."""
    share = (at - begin) / seconds
    return -70 + share * 390 if 0 <= share < 1 else None


NOBODY = {
    "an empty room": lambda scene, _: scene.look(),
    "a lamp that is switched on": lambda scene, at: scene.look(light=1.0 if at < 8 else 1.7),
    "a lamp at one side that is switched off": lambda scene, at: scene.look(
        light=1.0 if at < 8 else 0.5, tilt=0.0 if at < 8 else 1.2
    ),
    "a film whose light changes": lambda scene, at: scene.look(
        light=1 + 0.3 * math.sin(7 * at) + 0.3 * math.copysign(1, math.sin(2.3 * at)),
        tilt=0.5 * math.sin(3 * at),
    ),
    "a dusk": lambda scene, at: scene.look(light=1 - 0.05 * at),
    "a chair that is there at once": lambda scene, at: scene.look(150 if at > 8 else None),
}


@pytest.mark.parametrize("look", NOBODY.values(), ids=NOBODY.keys())
def test_what_is_no_person_is_not_seen(look):
    scene = Scene()
    assert seen(lambda at: look(scene, at)) == []


@pytest.mark.parametrize(("noise", "light"), [(12, 1.0), (4, 0.08), (8, 0.3)])
def test_a_camera_that_is_noisy_sees_nobody_where_nobody_is(noise, light):
    scene = Scene(noise=noise)
    assert seen(lambda _: scene.look(light=light)) == []


@pytest.mark.parametrize(("noise", "light"), [(3, 1.0), (4, 0.1), (8, 0.6)])
def test_who_walks_through_is_seen_within_a_second_and_not_long_after(noise, light):
    scene = Scene(noise=noise)
    times = seen(lambda at: scene.look(crossing(at, 5.0, 4.0), light=light))
    assert 5.0 + LASTING_S <= times[0] <= 6.1
    assert 8.0 <= times[-1] - STILL_S <= 9.0 + APART_S + 0.2
    assert len(times) == round((times[-1] - times[0]) * RATE_HZ) + 1


@pytest.mark.parametrize("sway", [2, 6, 15])
def test_who_stands_and_sways_is_seen_all_the_time(sway):
    scene = Scene()
    times = seen(lambda at: scene.look(150 + sway * math.sin(2 * at) if at > 4 else None))
    assert times[0] < 6
    assert len(times) >= (16 - 6) * RATE_HZ


def test_who_was_there_from_the_beginning_is_seen_for_as_long_as_they_stay():
    scene = Scene()
    times = seen(lambda at: scene.look(150 + 15 * math.sin(1.2 * at)), 60)
    assert times[0] < LEARNING_S + 2
    assert len(times) > (60 - LEARNING_S - 3) * RATE_HZ


def test_a_camera_that_changes_its_size_begins_anew():
    scene, motion = Scene(), Motion()
    for number in range(80):
        picture = scene.look() if number < 40 else scene.look()[::2, ::2]
        assert not motion.see(picture, number / RATE_HZ)


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (31, 29)])
def test_pictures_of_any_size_can_be_seen(shape):
    picture = Scene().look()[: shape[0], : shape[1]]
    motion = Motion()
    assert not any(motion.see(picture, at / RATE_HZ) for at in range(40))
