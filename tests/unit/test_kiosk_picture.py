"""Whether the picture can be believed, and what is done where it cannot."""

import itertools

import pytest

from lantern.kiosk.grab import COLUMNS, ROWS
from lantern.kiosk.picture import (
    ALIKE,
    PATIENCE_S,
    RETRY_S,
    SAME,
    SELDOM_S,
    WELL_S,
    Cure,
    Glance,
    Remedy,
    Suspicion,
    Watch,
    difference,
)

BLACK = bytes(ROWS * COLUMNS)
STEP_S = 5.0


def frame(number):
    """Return a picture that is another for each number."""
    return bytes((40 + place * 7 + number * 31) % 200 for place in range(ROWS * COLUMNS))


def film(seconds, *, position=float, picture=frame, shown=None):
    """Return glances at a film, one each STEP_S; each property by the time, or always the same."""

    def at(now, value):
        return value(now) if callable(value) else value

    times = range(0, int(seconds) + 1, int(STEP_S))
    return [Glance(t, "film", at(t, position), at(t, picture), at(t, shown)) for t in times]


def suspected(watch, glances):
    """Return the first suspicion and after how long it came, or None."""
    for glance in glances:
        if suspicion := watch.look(glance):
            return suspicion, glance.at
    return None


def photo(at, picture, name="photo"):
    return Glance(at, name, 0.0, picture, moves=False)


def test_a_film_that_goes_on_is_believed():
    assert suspected(Watch(), film(600)) is None


def test_a_picture_is_well_once_it_was_seen_to_be():
    watch = Watch()
    wells = []
    for glance in (*film(10), None, *film(5)):
        watch.look(glance)
        wells.append(watch.is_well)
    assert wells == [False, True, True, False, False, True]
    assert suspected(watch, film(60, picture=BLACK))
    assert not watch.is_well
    watch.believe()
    assert watch.is_well, "it is meant so"
    watch.forget()
    assert not watch.is_well


def test_a_photo_may_stand_still():
    assert suspected(Watch(), [photo(at, frame(1)) for at in range(0, 600, 5)]) is None


@pytest.mark.parametrize(
    ("suspicion", "glances"),
    [
        (Suspicion.STALLED, film(60, position=7.0)),
        (Suspicion.STALLED, film(60, position=7.0, picture=frame(1))),
        (Suspicion.NOTHING, film(60, picture=None)),
        (Suspicion.HIDDEN, film(60, shown=BLACK)),
        (Suspicion.BLACK, film(60, picture=BLACK)),
        (Suspicion.FROZEN, film(60, picture=frame(1))),
        (Suspicion.BLACK, [photo(at, BLACK) for at in range(0, 60, 5)]),
    ],
)
def test_what_cannot_be_believed_is_suspected_when_it_has_lasted(suspicion, glances):
    found, after_s = suspected(Watch(), glances)
    assert found is suspicion
    assert PATIENCE_S[suspicion] <= after_s <= PATIENCE_S[suspicion] + 2 * STEP_S


def test_a_film_that_goes_on_within_the_patience_is_not_suspected():
    stops = film(200, position=lambda at: at // 10, picture=lambda at: frame(at // 20))
    assert suspected(Watch(), stops) is None


def test_a_player_that_never_gives_a_picture_is_still_seen_to_stall():
    blind = [Glance(at, "film", 0.0 + at, None, blind=True) for at in range(0, 60, 5)]
    assert suspected(Watch(), blind) is None
    stalled = [Glance(at, "film", 7.0, None, blind=True) for at in range(0, 60, 5)]
    assert suspected(Watch(), stalled)[0] is Suspicion.STALLED


def test_black_between_pictures_is_not_suspected():
    dark = film(200, picture=lambda at: BLACK if at % 20 < 10 else frame(at))
    assert suspected(Watch(), dark) is None


def test_a_picture_that_is_drawn_dark_over_a_dark_frame_is_not_hidden():
    dim = bytes([25]) * (ROWS * COLUMNS)
    glances = film(20, picture=dim, shown=BLACK)
    assert suspected(Watch(), glances) is None


def test_nothing_is_expected_of_a_player_that_is_paused():
    watch = Watch()
    assert suspected(watch, film(10, picture=BLACK)) is None
    assert watch.look(None) is None
    assert suspected(watch, [photo(100 + at, BLACK) for at in (0, 5, 10)]) is None


def test_each_work_has_all_the_patience():
    watch = Watch()
    for number in range(20):
        glances = [photo(100 * number + at, BLACK, f"photo {number}") for at in (0, 5, 10)]
        assert suspected(watch, glances) is None


@pytest.mark.parametrize("picture", [BLACK, frame(1)])
def test_what_is_meant_so_is_never_suspected_again_while_it_is_the_same(picture):
    watch = Watch()
    glances = film(10_000, picture=picture)
    assert suspected(watch, glances) is not None
    watch.believe()
    assert suspected(watch, glances) is None


def test_what_was_meant_so_is_suspected_anew_after_another_picture():
    watch = Watch()
    suspected(watch, film(60, picture=BLACK))
    watch.believe()
    later = [
        Glance(1000.0 + at, "film", 1000.0 + at, frame(at) if at < 50 else BLACK)
        for at in range(0, 100, 5)
    ]
    assert suspected(watch, later)[0] is Suspicion.BLACK


def test_a_film_that_stalls_is_suspected_though_its_picture_was_believed():
    watch = Watch()
    suspected(watch, film(60, picture=BLACK))
    watch.believe()
    stalled = [Glance(100.0 + at, "film", 60.0, BLACK) for at in range(0, 60, 5)]
    assert suspected(watch, stalled)[0] is Suspicion.STALLED


def test_grain_is_no_movement_and_a_few_frames_make_no_other_picture():
    grain = bytes(value + place % 3 for place, value in enumerate(frame(1)))
    assert difference(frame(1), grain) < SAME
    assert difference(frame(1), frame(2)) > ALIKE
    assert suspected(Watch(), film(60, picture=lambda at: grain if at % 2 else frame(1)))


def test_a_meddled_player_has_all_the_patience_again():
    watch = Watch()
    glances = film(60, picture=BLACK)
    _, after_s = suspected(watch, glances)
    watch.forget()
    again = [photo(after_s + at, BLACK, "film") for at in (0, 5, 10)]
    assert suspected(watch, again) is None


def test_the_work_is_loaded_anew_then_the_player_started_anew_then_people_are_told():
    cure = Cure()
    assert (cure.ill(0), cure.is_at_its_end) == (Remedy.RELOAD, False)
    assert (cure.ill(20), cure.is_at_its_end) == (Remedy.RESTART, False)
    assert (cure.ill(40), cure.is_at_its_end) == (Remedy.RESTART, True)
    assert cure.ill(60) is None


def test_a_player_that_does_not_answer_is_started_anew_at_once():
    cure = Cure()
    assert cure.ill(0, answers=False) is Remedy.RESTART
    assert not cure.is_at_its_end
    assert cure.ill(20) is Remedy.RESTART
    assert cure.is_at_its_end


def test_what_does_not_help_is_tried_ever_seldomer_and_never_given_up():
    cure = Cure()
    tried = [now for now in range(0, 24 * 3600, 10) if cure.ill(float(now))]
    pauses = [later - before for before, later in itertools.pairwise(tried[2:])]
    assert pauses[0] == RETRY_S
    assert pauses == sorted(pauses)
    assert pauses[-1] == SELDOM_S
    assert len(tried) < 40


def test_whoever_was_well_long_enough_begins_with_the_mildest_remedy():
    cure = Cure()
    for now in (0, 20, 40):
        cure.ill(now)
    cure.well(50)
    assert cure.ill(60) is None, "not well for long enough"
    cure.well(70)
    cure.well(70 + WELL_S)
    assert not cure.is_at_its_end
    assert cure.ill(80 + WELL_S) is Remedy.RELOAD
