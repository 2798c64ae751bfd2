"""Whether somebody is there, as sensors tell it that are noisy, stuck, silent or wrong."""

import itertools
import math

import pytest

from lantern.config import Presence as Settings
from lantern.hardware.ports import BEAT_S, Distance, Fault, Level
from lantern.kiosk.presence import ARRIVALS, SILENT_S, Hysteresis, Rate, Watch

SETTINGS = Settings()
RATE_HZ = 25


def echoes(watch, metres, *, begin, end, sensor="sonar"):
    """Feed distances at RATE_HZ and return the moments at which presence changed."""
    changes, before = [], watch.at(begin).present
    for number in range(round((end - begin) * RATE_HZ)):
        at = begin + number / RATE_HZ
        watch.read(Distance(sensor, at, metres(at) if callable(metres) else metres))
        if (present := watch.at(at).present) != before:
            changes.append((round(at - begin, 3), present))
            before = present
    return changes


def line(watch, *edges, sensor="line", until=None):
    """Feed a line that changes at `edges` (active first) and beats in between."""
    end = until if until is not None else edges[-1] + 2 * BEAT_S
    beats = itertools.takewhile(lambda at: at < end, itertools.count(0, BEAT_S / 2))
    for at in sorted([*beats, *edges]):
        active = sum(edge <= at for edge in edges) % 2 == 1
        watch.read(Level(sensor, at, active))


@pytest.fixture
def sonar():
    return Watch(["sonar"], SETTINGS, now=0.0)


@pytest.fixture
def motion():
    return Watch(["line"], SETTINGS, now=0.0)


def test_before_a_sensor_says_anything_nothing_is_known(sonar):
    assert sonar.at(0.1).present is None
    assert sonar.at(0.1).faults == ()


def test_somebody_who_steps_up_is_seen_at_the_second_echo(sonar):
    echoes(sonar, 3.0, begin=0, end=1)
    assert echoes(sonar, 1.0, begin=1, end=2) == [(1 / RATE_HZ, True)]


def test_somebody_who_leaves_is_gone_after_the_wait(sonar):
    echoes(sonar, 1.0, begin=0, end=1)
    ((after, present),) = echoes(sonar, None, begin=1, end=3)
    assert present is False
    assert 0 <= after - SETTINGS.leave_s <= 2 / RATE_HZ


def test_a_single_false_echo_is_nobody(sonar):
    echoes(sonar, None, begin=0, end=1)
    assert echoes(sonar, lambda at: 0.5 if at == 1.2 else None, begin=1, end=3) == []


def test_swaying_between_the_thresholds_changes_nothing():
    hysteresis = Hysteresis(SETTINGS)
    between = [1.6, 1.9] * 20
    assert not any(hysteresis.is_near(metres) for metres in [3.0, *between])
    assert [hysteresis.is_near(metres) for metres in [1.4, 1.4, *between]][1:] == [True] * 41
    assert [hysteresis.is_near(metres) for metres in [2.1, 2.1]] == [True, False]


def test_an_active_line_is_believed_after_the_debounce_at_whatever_moment_it_is_asked(motion):
    line(motion, until=1.0)
    motion.read(Level("line", 1.0, True))
    assert not motion.at(1.0 + SETTINGS.enter_s * 0.9).present
    assert motion.at(1.0 + SETTINGS.enter_s * 1.1).present


def test_a_spike_shorter_than_the_debounce_is_nobody(motion):
    line(motion, 1.0, 1.0 + SETTINGS.enter_s * 0.9, until=2)
    assert motion.at(2.0).present is False


def test_a_visit_between_two_questions_is_not_lost():
    often, seldom = (Watch(["line"], SETTINGS, now=0.0) for _ in range(2))
    for at, active in [(0.5, False), (1.0, True), (1.1, False), (1.2, True)]:
        often.read(Level("line", at, active))
        seldom.read(Level("line", at, active))
        often.at(at + 0.05)
    assert often.at(1.3).present is seldom.at(1.3).present is True


def test_a_short_gap_is_no_departure(motion):
    line(motion, 1.0, 2.0, 2.0 + SETTINGS.leave_s * 0.9, until=3.0)
    assert motion.at(3.0) == motion.at(2.5)
    assert motion.at(3.0).present


def test_nobody_comes_back_within_the_hold_off(motion):
    line(motion, 1.0, 2.0, until=2.0 + SETTINGS.leave_s)
    left = 2.0 + SETTINGS.leave_s
    assert motion.at(left).present is False
    motion.read(Level("line", left + 0.1, True))
    assert motion.at(left + SETTINGS.hold_off_s * 0.99).present is False
    assert motion.at(left + SETTINGS.hold_off_s).present


def test_a_departure_that_is_asked_for_late_happened_when_it_did(motion):
    line(motion, 1.0, 2.0, until=2.1)
    left = 2.0 + SETTINGS.leave_s
    motion.read(Level("line", left + SETTINGS.hold_off_s - 0.1, True))
    assert motion.at(left + SETTINGS.hold_off_s + 0.1).present


def test_since_is_when_the_verdict_changed(motion):
    line(motion, 1.0, until=5.0)
    assert motion.at(5.0).since == motion.at(6.0).since == 5.0


def test_a_sensor_that_says_nothing_is_found_silent_and_heals_when_it_speaks(motion):
    line(motion, until=10)
    assert motion.at(9.5 + SILENT_S).present is False
    silent = motion.at(9.6 + SILENT_S)
    assert silent.present is None
    assert silent.faults == (("line", "said nothing for 3 s; check its cable"),)
    motion.read(Level("line", 20.0, False))
    assert motion.at(20.0).present is False
    assert motion.at(20.0).faults == ()


def test_a_sensor_that_never_says_anything_is_found_silent(motion):
    assert motion.at(SILENT_S).faults == ()
    assert dict(motion.at(SILENT_S + 0.1).faults)["line"].startswith("said nothing")


def test_who_was_there_before_a_silence_is_not_there_after_it(motion):
    line(motion, 1.0, until=5)
    motion.at(100.0)
    motion.read(Level("line", 200.0, False))
    assert motion.at(200.0).present is False


def test_one_failed_reading_is_bridged_and_lasting_failure_is_told_with_its_reason(motion):
    line(motion, 1.0, until=5)
    motion.read(Fault("line", 5.0, "no echo line"))
    assert motion.at(5.0).present
    motion.read(Fault("line", 8.0, "no echo line"))
    assert motion.at(8.0).faults == (("line", "no echo line"),)
    motion.read(Level("line", 9.0, True))
    assert motion.at(9.0 + SETTINGS.enter_s).present


def test_a_sensor_that_sees_somebody_for_hours_is_stuck_until_it_sees_nobody(motion):
    line(motion, 1.0, until=SETTINGS.stuck_s)
    assert motion.at(SETTINGS.stuck_s).present
    line_on(motion, begin=SETTINGS.stuck_s, end=SETTINGS.stuck_s + 2)
    stuck = motion.at(SETTINGS.stuck_s + 2)
    assert stuck.present is None
    assert dict(stuck.faults) == {"line": "saw somebody for 3 h without a break"}
    motion.read(Level("line", SETTINGS.stuck_s + 3, False))
    healed = motion.at(SETTINGS.stuck_s + 3 + SETTINGS.leave_s)
    assert (healed.present, healed.faults) == (False, ())


@pytest.mark.parametrize(
    ("stuck_s", "told"), [(60, "1 min"), (600, "10 min"), (7199, "120 min"), (9000, "2.5 h")]
)
def test_how_long_a_stuck_sensor_saw_somebody_is_told_in_words(stuck_s, told):
    watch = Watch(["line"], Settings(stuck_s=stuck_s), now=0.0)
    line_on(watch, begin=0, end=stuck_s + 3)
    assert watch.at(stuck_s + 2).faults == (("line", f"saw somebody for {told} without a break"),)


def test_a_verdict_tells_when_it_may_change_by_itself(motion):
    assert motion.due == math.inf
    motion.read(Level("line", 1.0, True))
    assert motion.due == 1.0 + SETTINGS.enter_s
    assert motion.at(motion.due).present
    assert motion.due == math.inf
    motion.read(Level("line", 2.0, False))
    assert motion.due == 2.0 + SETTINGS.leave_s


def line_on(watch, *, begin, end):
    for number in range(round((end - begin) / BEAT_S)):
        watch.read(Level("line", begin + number * BEAT_S, True))


def test_a_line_that_chatters_is_found_noisy_and_heals_when_it_rests(motion):
    edges = [10 + number / 10 for number in range(400)]
    line(motion, *edges, until=50)
    assert dict(motion.at(50.0).faults) == {"line": "sees more coming and going than people can"}
    line_off(motion, begin=50, end=120)
    assert motion.at(119.5).faults == ()


def line_off(watch, *, begin, end):
    for number in range(round((end - begin) / BEAT_S)):
        watch.read(Level("line", begin + number * BEAT_S, False))


def test_a_line_that_invents_visitors_slowly_is_found_out_too(motion):
    edges = [2.0 * number for number in range(1, 2 * ARRIVALS[0] + 4)]
    line(motion, *edges)
    assert "coming and going" in dict(motion.at(edges[-1]).faults)["line"]


def test_somebody_every_ten_seconds_is_plausible(motion):
    line(motion, *(edge for at in range(10, 1200, 10) for edge in (at, at + 4)), until=1200)
    assert motion.at(1200.0).faults == ()


def test_any_trusted_sensor_that_sees_somebody_is_enough():
    watch = Watch(["line", "other"], SETTINGS, now=0.0)
    line(watch, until=2, sensor="other")
    assert watch.at(2.0).present is False
    watch.read(Level("line", 2.0, True))
    assert watch.at(2.1).present


def test_a_stuck_sensor_is_outvoted_by_one_that_can_be_trusted():
    watch = Watch(["line", "other"], Settings(stuck_s=60), now=0.0)
    line(watch, 1.0, until=70)
    line(watch, until=70, sensor="other")
    verdict = watch.at(70.0)
    assert verdict.present is False
    assert [name for name, _ in verdict.faults] == ["line"]


def test_without_sensors_nobody_can_tell():
    assert Watch([], SETTINGS, now=0.0).at(100.0).present is None


def test_a_rate_is_high_until_it_has_halved():
    rate = Rate(4, 10.0)
    for at in range(4):
        rate.count(at)
    assert not rate.is_high(4.0)
    rate.count(4.0)
    assert rate.is_high(4.0)
    assert rate.is_high(11.5)  # three are left
    assert not rate.is_high(12.5)  # two are
