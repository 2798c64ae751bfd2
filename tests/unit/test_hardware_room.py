"""The simulated room, and its sensor in real time."""

import itertools
import threading
import time

import pytest

from lantern.hardware.ports import BEAT_S, Distance
from lantern.hardware.room import (
    BODY_M,
    Echoes,
    Point,
    Room,
    Sonar,
    Spell,
    Trouble,
    Visitor,
    crowd,
    readings,
)
from lantern.hardware.simulated import SimulatedSensor

PERFECT = Echoes(noise_m=0, lost=0, detoured=0, false=0)


def standing(x, y, *, begin=0.0, end=100.0):
    return Visitor((Point(begin, x, y), Point(end, x, y)))


def sonar(*visitors, echoes=PERFECT, spells=()):
    return Sonar("sonar", Room(visitors), echoes=echoes, spells=spells)


def test_somebody_goes_straight_from_point_to_point_and_is_nowhere_else():
    visitor = Visitor((Point(10, -2, 3), Point(12, 0, 1), Point(20, 0, 1)))
    assert visitor.position(11) == Point(11, -1, 2)
    assert visitor.position(15) == Point(15, 0, 1)
    assert visitor.position(9.9) is visitor.position(20) is None


def test_the_nearest_in_the_beam_is_measured_to_the_side_that_faces_the_sensor():
    assert sonar(standing(0, 2.0), standing(0, 1.0)).distance_m(1) == pytest.approx(1.0 - BODY_M)


@pytest.mark.parametrize(("x", "y"), [(2.0, 1.0), (-2.0, 1.0), (0.0, 5.0)])
def test_who_is_beside_the_beam_or_too_far_is_not_seen(x, y):
    assert sonar(standing(x, y)).distance_m(1) is None


def test_who_stands_half_in_the_beam_is_seen():
    assert sonar(standing(0.4, 1.2)).distance_m(1) is not None


def test_a_perfect_sensor_tells_the_truth():
    assert sonar(standing(0, 1.2)).read(1) == Distance("sonar", 1, 1.0)
    assert sonar().read(1) == Distance("sonar", 1, None)


def test_echoes_scatter_get_lost_come_over_the_wall_and_from_nowhere():
    seen = [r.metres for r in readings(sonar(standing(0, 1.2), echoes=Echoes()), begin=0, end=100)]
    lost, detoured = seen.count(None), sum(m is not None and m > 1.1 for m in seen)
    assert len(seen) == 2500
    assert 80 < lost < 180
    assert 10 < detoured < 50
    assert len({m for m in seen if m is not None and m < 1.1}) > 2000
    empty = readings(sonar(echoes=Echoes()), begin=0, end=1000)
    assert 20 < sum(reading.metres is not None for reading in empty) < 90


def test_a_stuck_sensor_repeats_itself_a_noisy_one_raves_and_a_silent_one_says_nothing():
    spells = [
        Spell(Trouble.STUCK, 10, 20),
        Spell(Trouble.NOISY, 20, 30),
        Spell(Trouble.SILENT, 30, 40),
    ]
    said = list(readings(sonar(spells=spells), begin=0, end=50, rate_hz=10))
    by_spell = [
        [r.metres for r in said if begin <= r.at < begin + 10] for begin in range(0, 50, 10)
    ]
    healthy, stuck, noisy, silent, healed = by_spell
    assert set(healthy) == set(healed) == {None}
    assert len(stuck) == 100
    assert len(set(stuck)) == 1
    assert len(set(noisy)) == 100
    assert silent == []


def test_the_same_seed_brings_the_same_people():
    one, same, other = (list(itertools.islice(crowd(seed), 20)) for seed in (1, 1, 2))
    assert one == same != other


def test_a_crowd_comes_at_the_rate_asked_for_and_some_only_pass():
    people = list(itertools.islice(crowd(3, every_s=60), 300))
    assert 50 < people[-1].path[0].at / 300 < 70
    passers = sum(len(visitor.path) == 2 for visitor in people)
    assert 70 < passers < 130
    assert all(a.at < b.at for visitor in people for a, b in itertools.pairwise(visitor.path))


def test_the_room_empties():
    room = Room(itertools.islice(crowd(1, every_s=20), 50))
    counts = [len(room.people(float(at))) for at in range(3600)]
    assert max(counts) > 2
    assert counts[-1] == 0


def test_the_simulated_sensor_posts_in_time_and_order_from_its_own_thread():
    posted, enough, threads = [], threading.Event(), set()

    def post(reading):
        posted.append(reading)
        threads.add(threading.current_thread())
        if len(posted) == 10:
            enough.set()

    sensor = SimulatedSensor("room", rate_hz=100)
    begin = time.monotonic()
    sensor.open(post)
    assert enough.wait(10)
    sensor.close()
    count, end = len(posted), time.monotonic()
    times = [reading.at for reading in posted]
    assert sensor.name == posted[0].sensor == "room"
    assert times == sorted(times)
    assert begin <= times[0]
    assert times[-1] <= end
    assert max(b - a for a, b in itertools.pairwise(times)) < BEAT_S
    assert not {threading.current_thread(), *threading.enumerate()} & threads
    sensor.close()
    assert len(posted) == count


def test_a_simulated_sensor_that_was_never_opened_can_be_closed():
    SimulatedSensor("room").close()
