"""Whatever happens before the guest book, nobody's picture is taken who did not agree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lantern import config
from lantern.kiosk import guests
from lantern.kiosk.guests import ASK_S, Phase, Sight, begin

MOMENTS = st.lists(
    st.tuples(
        st.builds(
            Sight,
            present=st.sampled_from([True, True, True, False, None]),
            playing=st.sampled_from([True, True, True, True, False]),
            pressed=st.booleans(),
            kept=st.sampled_from([None, None, None, True, False]),
        ),
        st.sampled_from([0.1, 0.5, 1.0, 3.0, 10.0]),  # for how long it is seen
    ),
    max_size=60,
)


def evening(settings_, moments):
    """Yield time, sight, and the phases before and after, five times a second."""
    now, book = 0.0, begin(0.0)
    for sight, seconds in moments:
        for number in range(max(1, round(5 * seconds))):
            now += 0.2
            pressed = sight.pressed and number == 0
            seen = Sight(sight.present, sight.playing, pressed, sight.kept)
            before, book = book, guests.step(book, seen, now, settings_)
            yield now, seen, before.phase, book


@settings(max_examples=100, deadline=None)
@given(MOMENTS)
def test_who_only_stays_is_asked_sees_the_countdown_and_is_there_all_the_time(moments):
    options = config.Guests(by="dwell", dwell_s=5, countdown_s=3)
    asked = counted = None
    for now, seen, before, book in evening(options, moments):
        if not (seen.present is True and seen.playing):
            asked = counted = None
        if book.phase is not before:
            asked = now if book.phase is Phase.ASKING else asked
            counted = now if book.phase is Phase.COUNTING else counted
        if book.phase is Phase.TAKING and before is not Phase.TAKING:
            assert asked is not None
            assert counted is not None
            assert counted - asked >= ASK_S - 1e-6
            assert now - counted >= options.countdown_s - 1e-6


@settings(max_examples=100, deadline=None)
@given(MOMENTS)
def test_who_presses_is_asked_presses_again_and_sees_the_countdown(moments):
    options = config.Guests(by="button", countdown_s=3)
    presses, counted = 0, None
    for now, seen, before, book in evening(options, moments):
        if not seen.playing:
            presses, counted = 0, None
        if seen.pressed and seen.playing:
            presses += 1
        if book.phase is not before and book.phase is Phase.COUNTING:
            assert presses >= 2
            counted = now
        if book.phase is not before and book.phase is Phase.TAKING:
            assert counted is not None
            assert now - counted >= options.countdown_s - 1e-6
        if book.phase is Phase.WATCHING:
            presses = 0


@settings(max_examples=60, deadline=None)
@given(MOMENTS, st.sampled_from(["button", "dwell"]))
def test_it_comes_to_an_end_and_leaves_no_words_behind(moments, by):
    options = config.Guests(by=by, dwell_s=5, countdown_s=3)
    quiet = [(Sight(False, True), 60.0)]
    *_, (now, _, _, book) = evening(options, [*moments, *quiet])
    assert book.phase is Phase.WATCHING
    assert guests.words(book, now, options) == ""
