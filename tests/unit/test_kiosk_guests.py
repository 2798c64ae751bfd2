"""Whom the guest book asks, and of whom it has a picture taken."""

import pytest

from lantern import config
from lantern.kiosk import guests
from lantern.kiosk.guests import AGAIN_S, ASK_S, AWAY_S, LATE_S, TELL_S, Phase, Sight, begin

BUTTON = config.Guests(by="button", countdown_s=5)
DWELL = config.Guests(by="dwell", dwell_s=20, countdown_s=5)
HERE, NOBODY, UNKNOWN = Sight(True, True), Sight(False, True), Sight(None, True)
PRESS = Sight(True, True, pressed=True)
CLOSED = Sight(True, False)


class Evening:
    """The book over time, looked at ten times a second."""

    def __init__(self, settings):
        self.settings, self.now = settings, 100.0
        self.book = begin(self.now)
        self.phases = [self.book.phase]
        self.words = []

    def go(self, sight, seconds=0.1):
        """Let that be seen for some seconds."""
        for _ in range(max(1, round(seconds * 10))):
            self.now += 0.1
            self.book = guests.step(self.book, sight, self.now, self.settings)
            if self.book.phase is not self.phases[-1]:
                self.phases.append(self.book.phase)
            if (said := guests.words(self.book, self.now, self.settings)) not in self.words[-1:]:
                self.words.append(said)
        return self

    @property
    def phase(self):
        return self.book.phase


def test_who_presses_is_asked_presses_again_and_has_a_picture_taken():
    evening = Evening(BUTTON).go(HERE).go(PRESS)
    assert evening.phase is Phase.ASKING
    evening.go(HERE, 2).go(PRESS)
    assert evening.phase is Phase.COUNTING
    evening.go(HERE, 5.1)
    assert evening.phase is Phase.TAKING
    evening.go(Sight(True, True, kept=True)).go(HERE, TELL_S + 0.2)
    assert evening.phase is Phase.WATCHING
    assert evening.words == [
        "",
        "A picture of you for the guest book? Press again for yes.",
        *(f"A picture in {left}. Press to call it off." for left in (5, 4, 3, 2, 1)),
        "Smile!",
        "Thank you!",
        "",
    ]


def test_who_stays_for_long_is_asked_stays_and_has_a_picture_taken():
    evening = Evening(DWELL).go(HERE, 19)
    assert evening.phases == [Phase.WATCHING]
    evening.go(HERE, 2 + ASK_S + 5)
    assert evening.phases == [Phase.WATCHING, Phase.ASKING, Phase.COUNTING, Phase.TAKING]
    assert "step away for no" in evening.words[1]


@pytest.mark.parametrize("gone_after_s", [0.5, ASK_S - 0.5, ASK_S + 1, ASK_S + 4.5])
def test_who_steps_away_before_the_end_has_none_taken(gone_after_s):
    evening = Evening(DWELL).go(HERE, 20.2).go(HERE, gone_after_s).go(NOBODY).go(HERE, 60)
    assert Phase.TAKING not in evening.phases
    assert evening.phase is Phase.WATCHING


@pytest.mark.parametrize("sight", [NOBODY, CLOSED])
def test_who_pressed_twice_and_walks_off_or_is_closed_upon_has_none_taken(sight):
    evening = Evening(BUTTON).go(PRESS).go(HERE, 1).go(PRESS).go(HERE, 4.5).go(sight).go(HERE, 9)
    assert Phase.TAKING not in evening.phases


def test_one_who_stays_is_not_asked_twice_but_the_next_one_is():
    evening = Evening(DWELL).go(HERE, 22).go(NOBODY, 1).go(HERE, 120)
    assert evening.phases.count(Phase.ASKING) == 1
    evening.go(NOBODY, AWAY_S + 1).go(HERE, 22)
    assert evening.phases.count(Phase.ASKING) == 2


def test_a_press_that_is_not_confirmed_comes_to_nothing():
    evening = Evening(BUTTON).go(PRESS).go(HERE, ASK_S + 0.2)
    assert evening.phase is Phase.WATCHING
    assert Phase.COUNTING not in evening.phases


def test_a_finger_that_trembles_is_no_answer():
    evening = Evening(BUTTON).go(PRESS).go(PRESS, AGAIN_S - 0.2)
    assert evening.phase is Phase.ASKING


def test_a_third_press_calls_it_off():
    evening = Evening(BUTTON).go(PRESS).go(HERE, 1).go(PRESS).go(HERE, 3).go(PRESS)
    assert evening.phase is Phase.TELLING
    assert evening.words[-1] == "No picture was taken."
    assert Phase.TAKING not in evening.go(HERE, 20).phases


@pytest.mark.parametrize("unseen", [UNKNOWN, NOBODY])
def test_where_sensors_do_not_see_who_presses_the_presses_count(unseen):
    press = Sight(unseen.present, True, pressed=True)
    evening = Evening(BUTTON).go(press).go(unseen, 1).go(press).go(unseen, 5.1)
    assert evening.phase is Phase.TAKING


def test_where_nobody_can_tell_who_is_there_nobody_is_asked_for_staying():
    assert Evening(DWELL).go(UNKNOWN, 300).phases == [Phase.WATCHING]


@pytest.mark.parametrize("settings", [BUTTON, DWELL])
def test_nobody_is_asked_while_nothing_plays(settings):
    closed_press = Sight(True, False, pressed=True)
    assert Evening(settings).go(closed_press).go(CLOSED, 120).phases == [Phase.WATCHING]


def test_a_picture_that_could_not_be_kept_is_told():
    evening = Evening(BUTTON).go(PRESS).go(HERE, 1).go(PRESS).go(HERE, 5.1)
    evening.go(Sight(True, True, kept=False))
    assert evening.words[-1] == "No picture was taken."


def test_a_camera_that_fails_while_it_is_counted_is_told_at_once():
    evening = Evening(BUTTON).go(PRESS).go(HERE, 1).go(PRESS).go(Sight(True, True, kept=False))
    assert evening.phase is Phase.TELLING
    assert Phase.TAKING not in evening.phases


def test_a_camera_that_never_answers_is_given_up():
    evening = Evening(BUTTON).go(PRESS).go(HERE, 1).go(PRESS).go(HERE, 6 + LATE_S)
    assert evening.phase is Phase.TELLING
    assert evening.go(HERE, TELL_S + 0.2).phase is Phase.WATCHING
