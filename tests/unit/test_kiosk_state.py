"""What the show wants of the room, phase by phase and fault by fault."""

import msgspec
import pytest

from lantern.config import Projector as ProjectorSettings
from lantern.config import Sound as SoundSettings
from lantern.hardware.ports import Power, ProjectorState
from lantern.kiosk.state import BLANK_S, DEAF_S, HEAL_S, Phase, begin, pace, step
from lantern.kiosk.wanted import Mode, Presence, Reports, Screen, Sound, Wanted

PACE = pace(SoundSettings(), ProjectorSettings(by="simulated"))
BARE = pace(SoundSettings(), ProjectorSettings())
"""A screen that nobody needs to switch."""

NOBODY, SOMEBODY = Presence(False, 0.0), Presence(True, 0.0)
BLIND = Presence(None, 0.0, (("door", "said nothing for 3 s"),))
PLAYING = Screen(connected=True, work="film")
IDLE = Screen(connected=True)


class Run:
    """A show that is told reports; those that are not mentioned stay as they were."""

    def __init__(self, pace=PACE):
        self.pace = pace
        self.now = 1000.0
        self.show = begin(self.now)
        self.reports = Reports(open=False, presence=NOBODY, screen=IDLE)
        self.power = None

    def tell(self, power=..., **reports) -> Wanted:
        """Report something; `power` is what the projector says from now on, None for nothing."""
        self.power = self.power if power is ... else power
        self.reports = msgspec.structs.replace(self.reports, **reports)
        return self.wait(0)

    def wait(self, seconds) -> Wanted:
        """Let time go by, and return what is wanted in the end."""
        for _ in range(round(seconds) + 3):
            if self.power is not None:
                self.reports = msgspec.structs.replace(
                    self.reports, projector=ProjectorState(self.power), projector_at=self.now
                )
            self.show, wanted = step(self.show, self.reports, self.now, self.pace)
            self.now += 1
        return wanted


def showing(pace=PACE):
    """Return a show that is well under way before nobody."""
    run = Run(pace)
    run.tell(open=True, power=Power.ON)
    assert run.tell(screen=PLAYING).mode is Mode.ATTRACT
    return run


def test_closed_is_dark_and_silent():
    run = Run()
    wanted = run.tell(power=Power.OFF)
    assert wanted == Wanted(Mode.CLOSED, picture=False, sound=Sound.SILENT, lamp=False, rest=False)


def test_opening_lights_the_lamp_then_shows_the_picture_then_lets_it_be_heard():
    run = Run()
    run.tell(power=Power.OFF)
    dark = run.tell(open=True, presence=SOMEBODY)
    warming = run.tell(power=Power.WARMING)
    assert warming == dark
    assert dark == Wanted(Mode.OPENING, picture=False, sound=Sound.SILENT, lamp=True, rest=False)
    warm = run.tell(power=Power.ON)
    assert (warm.picture, warm.sound) == (True, Sound.SILENT)
    assert run.tell(screen=PLAYING).sound is Sound.FULL


def test_a_picture_is_shown_though_the_projector_never_answers():
    run = Run()
    assert run.tell(open=True).mode is Mode.OPENING
    wanted = run.wait(DEAF_S)
    assert (wanted.mode, wanted.picture, wanted.lamp) == (Mode.DEGRADED, True, True)
    assert run.show.troubles == (("projector", "does not answer"),)
    assert run.tell(screen=PLAYING, presence=SOMEBODY).sound is Sound.FULL


def test_a_picture_is_shown_though_the_lamp_stays_dark():
    run = Run()
    run.tell(open=True, power=Power.OFF)
    assert run.wait(PACE.light_s - 10).mode is Mode.OPENING
    wanted = run.wait(10)
    assert (wanted.mode, wanted.picture, wanted.lamp) == (Mode.DEGRADED, True, True)
    assert run.show.troubles == (("lamp", "is dark"),)
    assert run.tell(screen=PLAYING, presence=SOMEBODY).sound is Sound.SET


def test_without_a_projector_nobody_waits_for_one_or_switches_one():
    run = showing(BARE)
    assert run.tell(power=None).lamp is None
    run.tell(open=False)
    wanted = run.wait(BARE.fade_s + BLANK_S)
    assert (wanted.mode, wanted.lamp) == (Mode.CLOSED, None)


def test_closing_fades_then_blanks_then_cools():
    run = showing()
    fading = run.tell(open=False)
    assert (fading.mode, fading.picture, fading.sound) == (Mode.CLOSING, True, Sound.SILENT)
    assert fading.lamp is True
    blanking = run.wait(PACE.fade_s - 3)
    assert (blanking.mode, blanking.picture, blanking.lamp) == (Mode.CLOSING, False, None)
    assert run.tell(screen=IDLE).lamp is False
    assert run.tell(power=Power.COOLING).mode is Mode.CLOSING
    assert run.tell(power=Power.OFF).mode is Mode.CLOSED


@pytest.mark.parametrize("power", [None, Power.ON, Power.WARMING, Power.COOLING])
def test_closing_ends_though_nothing_obeys(power):
    run = showing()
    run.tell(open=False, power=power)
    wanted = run.wait(PACE.fade_s + BLANK_S + PACE.cool_s + DEAF_S)
    assert wanted == Wanted(Mode.CLOSED, picture=False, sound=Sound.SILENT, lamp=False, rest=False)


def test_a_lamp_that_warms_up_is_not_wished_out_nor_one_that_cools_down_wished_on():
    run = Run()
    run.tell(open=True, power=Power.WARMING)
    assert run.tell(open=False).lamp is None
    assert run.tell(power=Power.ON).lamp is False
    run.tell(power=Power.COOLING)
    assert run.tell(open=True).lamp is None
    assert run.tell(power=Power.OFF).lamp is True


def test_what_the_projector_said_before_proves_nothing():
    run = showing()
    run.tell(power=Power.OFF)
    run.power = None
    run.tell(open=False)
    assert run.wait(PACE.fade_s + BLANK_S).lamp is False
    assert run.show.phase is Phase.COOLING
    assert run.tell(power=Power.OFF).mode is Mode.CLOSED


def test_doors_that_open_again_while_the_sound_fades_find_the_show_as_it_was():
    run = showing()
    run.tell(open=False)
    assert run.show.phase is Phase.FADING
    wanted = run.tell(open=True)
    assert (wanted.mode, wanted.picture, wanted.sound) == (Mode.ATTRACT, True, Sound.IDLE)


def test_a_daemon_that_starts_anew_leaves_the_picture_on():
    run = Run()
    wanted = run.tell(open=True, screen=PLAYING)
    assert (wanted.mode, wanted.picture, wanted.lamp) == (Mode.OPENING, True, True)
    assert run.tell(power=Power.ON).mode is Mode.ATTRACT


def test_a_daemon_that_starts_in_the_night_takes_the_picture_before_the_lamp():
    run = Run()
    wanted = run.tell(power=Power.ON, screen=PLAYING)
    assert (wanted.mode, wanted.picture, wanted.lamp) == (Mode.CLOSING, False, None)
    assert run.tell(screen=IDLE).lamp is False


def test_a_visitor_is_heard_and_gives_the_captioning_a_rest():
    run = showing()
    assert run.tell() == Wanted(Mode.ATTRACT, True, Sound.IDLE, lamp=True, rest=False)
    assert run.tell(presence=SOMEBODY) == Wanted(Mode.ENGAGED, True, Sound.FULL, True, rest=True)
    assert run.tell(presence=NOBODY) == Wanted(Mode.ATTRACT, True, Sound.IDLE, True, rest=False)


def test_without_sensors_the_set_level_is_not_a_trouble():
    run = showing()
    wanted = run.tell(presence=Presence(None, 0.0))
    assert (wanted.mode, wanted.sound, wanted.rest) == (Mode.ATTRACT, Sound.SET, False)
    assert run.show.troubles == ()


def test_blind_it_plays_at_the_set_level_and_says_so_until_it_sees_again():
    run = showing()
    wanted = run.tell(presence=BLIND)
    assert (wanted.mode, wanted.sound, wanted.picture) == (Mode.DEGRADED, Sound.SET, True)
    assert run.show.troubles == (
        ("presence", "nobody can tell who is there: door: said nothing for 3 s"),
    )
    assert run.tell(presence=SOMEBODY).sound is Sound.SET
    assert run.wait(HEAL_S).mode is Mode.ENGAGED
    assert run.show.troubles == ()


@pytest.mark.parametrize(
    ("screen", "why", "sound"),
    [
        (Screen(connected=False), "the player does not answer", Sound.SILENT),
        (IDLE, "nothing is played", Sound.SILENT),
        (Screen(True, "film", False), "the picture is black or stands still", Sound.SET),
    ],
)
def test_a_broken_screen_is_forgiven_for_a_while_and_heals(screen, why, sound):
    run = showing()
    assert run.tell(presence=SOMEBODY, screen=screen).mode is Mode.ENGAGED
    wanted = run.wait(20)
    assert (wanted.mode, wanted.sound, wanted.picture) == (Mode.DEGRADED, sound, True)
    assert run.show.troubles == (("screen", why),)
    assert run.tell(screen=PLAYING).mode is Mode.DEGRADED
    assert run.wait(HEAL_S).sound is Sound.FULL


def test_a_picture_that_nobody_can_believe_is_no_louder_before_nobody():
    run = showing()
    run.tell(screen=Screen(True, "film", False))
    wanted = run.wait(20)
    assert (wanted.mode, wanted.sound) == (Mode.DEGRADED, Sound.IDLE)


def test_a_projector_that_falls_silent_is_told_of_and_the_show_goes_on():
    run = showing()
    run.tell(presence=SOMEBODY)
    run.power = None
    assert run.wait(DEAF_S - 5).mode is Mode.ENGAGED
    wanted = run.wait(DEAF_S + 5)
    assert (wanted.mode, wanted.sound, wanted.lamp) == (Mode.DEGRADED, Sound.FULL, True)
    run.tell(power=Power.ON)
    assert run.wait(HEAL_S).mode is Mode.ENGAGED


def test_a_lamp_that_somebody_put_out_is_wished_on_and_not_played_to_loudly():
    run = showing()
    run.tell(presence=SOMEBODY, power=Power.OFF)
    wanted = run.wait(60)
    assert (wanted.mode, wanted.sound, wanted.lamp) == (Mode.DEGRADED, Sound.SET, True)
    run.tell(power=Power.WARMING)
    assert run.wait(HEAL_S).sound is Sound.FULL


def test_a_projector_that_comes_back_dark_is_not_taken_for_whole():
    run = showing()
    run.tell(presence=SOMEBODY)
    run.power = None
    run.wait(2 * DEAF_S)
    run.tell(power=Power.OFF)
    assert run.wait(HEAL_S).mode is Mode.DEGRADED
    assert run.show.troubles == (("lamp", "is dark"),)


def test_what_is_broken_while_closed_is_told_and_stays_closed():
    run = Run()
    run.tell(power=Power.OFF, presence=BLIND, screen=Screen(connected=False))
    assert run.wait(20).mode is Mode.CLOSED
    assert [name for name, _ in run.show.troubles] == ["screen", "presence"]
