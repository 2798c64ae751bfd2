"""Whatever comes, goes and is hidden meanwhile: everything is shown in turn, and nothing unseen."""

import contextlib
import itertools
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.errors import Unavailable
from lantern.kiosk.laps import MOST_ARRIVALS, Laps
from lantern.kiosk.programme import Choice

CHOICES = [Choice(), Choice("dog"), Choice("dog", shuffled=False), Choice(shuffled=False)]

events = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.integers(1, 40)),
        st.tuples(st.just("leave"), st.integers(1, 200)),
        st.tuples(st.just("hide"), st.integers(1, 200)),
        st.tuples(st.just("draw"), st.integers(1, 15)),
        st.tuples(st.just("refresh"), st.just(0)),
        st.tuples(st.just("fail"), st.just(0)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=40,
)


class Album:
    """A gallery of numbers, of which those that three does not divide are dogs; newest first."""

    def __init__(self, photos):
        self.known = photos
        self.seen = set(range(1, photos + 1))
        self.fails = False

    def newest(self):
        self._read()
        return self.known

    def since(self, photo, limit):
        self._read()
        return list(range(photo + 1, self.known + 1))[-limit:]

    def count(self):
        return len(self.seen)

    def find(self, wanted):
        self._read()
        return sorted(self.matching(wanted), reverse=True)

    def visible(self, photos):
        return self.seen & set(photos)

    def photo(self, photo, among, passed):
        self._read()
        there = photo in self.seen - set(passed) and (among is None or photo in among)
        return SimpleNamespace(id=photo) if there else None

    def matching(self, wanted):
        return {photo for photo in self.seen if not wanted.text or photo % 3}

    def _read(self):
        if self.fails:
            raise Unavailable("away")


class Evening:
    def __init__(self, wanted, photos, mark=None):
        self.album, self.wanted, self.chance = Album(photos), wanted, itertools.count(7)
        self.begin(mark)

    def begin(self, mark):
        self.laps = Laps(self.album, self.wanted, lambda: next(self.chance), mark)

    def draw(self):
        shown = self.laps.next()
        return shown.id if shown else None

    def happen(self, event, number):
        if event == "arrive":
            self.album.seen |= set(range(self.album.known + 1, self.album.known + number + 1))
            self.album.known += number
        elif event in ("leave", "hide"):
            self.album.seen.discard(number)
        elif event == "draw":
            for _ in range(number):
                assert self.draw() in self.album.seen | {None}
        elif event == "refresh":
            self.laps.refresh()
        elif event == "restart":
            self.begin(self.laps.mark)
        else:
            self.fail()

    def fail(self):
        """Nothing is read for a moment, and nothing is lost by it."""
        self.album.fails, mark, count = True, self.laps.mark, self.laps.count
        with pytest.raises(Unavailable):
            self.laps.refresh()
        assert (self.laps.mark, self.laps.count) == (mark, count)
        with contextlib.suppress(Unavailable):
            assert self.draw() is None
        self.album.fails = False


@pytest.mark.parametrize("wanted", CHOICES, ids=str)
@given(st.integers(0, 120), events)
@settings(max_examples=20, deadline=None)
def test_after_anything_two_laps_show_every_photo_that_may_be_seen_and_no_other(
    wanted, photos, happened
):
    evening = Evening(wanted, photos)
    for event, number in happened:
        evening.happen(event, number)
    evening.laps.refresh()
    playable = evening.album.matching(wanted)
    drawn = [evening.draw() for _ in range(2 * len(playable) + MOST_ARRIVALS + 1)]
    assert set(drawn) == (playable or {None})


@pytest.mark.parametrize("wanted", CHOICES, ids=str)
@given(st.integers(1, 150), st.integers(0, 150), st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_a_lap_repeats_nothing_though_photos_arrive_and_the_daemon_starts_anew(
    wanted, photos, before, arriving
):
    evening = Evening(wanted, photos)
    lap = len(evening.album.matching(wanted))
    drawn = [evening.draw() for _ in range(min(before, lap))]
    evening.happen("arrive", arriving)
    evening.laps.refresh()
    if wanted.shuffled:  # the list of the newest begins with the newest, after a start too
        waiting = len(evening.laps._arrivals)
        drawn += [evening.draw() for _ in range(waiting)]
        evening.happen("restart", 0)
    rest = lap - min(before, lap)
    drawn += [evening.draw() for _ in range(rest)]
    assert len(set(drawn)) == len(drawn)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 60), st.integers(0, 2**32))
def test_no_lap_begins_with_the_photo_that_ended_the_one_before(photos, seed):
    evening = Evening(Choice(), photos)
    evening.chance = itertools.count(seed)
    drawn = [evening.draw() for _ in range(5 * photos)]
    assert all(one != other for one, other in itertools.pairwise(drawn))
