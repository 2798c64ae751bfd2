"""Groups kept up to date, photo by photo, are the groups made from scratch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.model import Fingerprint, PhotoId
from lantern.similar.groups import BURST, Moments, Shot, Standing, alike, regroup


class Field:
    """Photos on a line, one degree of difference a step apart, and their groups."""

    def __init__(self) -> None:
        self.shots: dict[PhotoId, Shot] = {}
        self.places: dict[PhotoId, int] = {}
        self.leaders: dict[PhotoId, PhotoId | None] = {}
        self.arriving: set[PhotoId] = set()
        self.leaving: set[PhotoId] = set()
        self.asked = 0

    def cosine(self, one: PhotoId, other: PhotoId) -> float:
        return 1 - 0.012 * abs(self.places[one] - self.places[other])

    def neighbours(self, shot: Shot) -> list[Shot]:
        others = list(self.shots.values())
        cosines = np.array([[self.cosine(shot.id, other.id) for other in others]], np.float32)
        found = alike(Moments.of([shot]), Moments.of(others), cosines)[0]
        return [other for other, near in zip(others, found, strict=True) if near]

    # What `regroup` asks.

    def followers(self, leaders: Collection[PhotoId]) -> Iterable[Standing]:
        return [
            self._standing(self.shots[photo])
            for photo, leader in self.leaders.items()
            if leader in leaders and photo != leader and photo not in self.leaving
        ]

    def leaders_near(self, shots: Collection[Shot]) -> Mapping[PhotoId, Sequence[Shot]]:
        self.asked += len(shots)
        return {
            shot.id: [other for other in self.neighbours(shot) if self._leads(other.id)]
            for shot in shots
        }

    def all_near(self, shot: Shot) -> Iterable[Standing]:
        self.asked += 1
        return [
            self._standing(other)
            for other in self.neighbours(shot)
            if other.id in self.arriving or self.leaders.get(other.id) is not None
        ]

    def _leads(self, photo: PhotoId) -> bool:
        return photo not in self.arriving and self.leaders.get(photo) == photo

    def _standing(self, shot: Shot) -> Standing:
        leader = None if shot.id in self.arriving else self.leaders.get(shot.id)
        rank = shot.fingerprint if leader is None else self._fingerprints[leader]
        return Standing(shot, leader, rank)

    # What happens.

    def change(self, arriving: Mapping[Shot, int], leaving: Collection[PhotoId]) -> None:
        """Place `arriving` photos, new or altered, and take `leaving` ones away."""
        self._fingerprints = {shot.id: shot.fingerprint for shot in self.shots.values()}
        self._fingerprints |= {shot.id: shot.fingerprint for shot in arriving}
        self.leaving = set(leaving)
        self.arriving = {shot.id for shot in arriving}
        for photo in leaving:
            del self.shots[photo], self.places[photo]
        for shot, place in arriving.items():
            self.shots[shot.id], self.places[shot.id] = shot, place
        changes = regroup(list(arriving), list(leaving), self)
        self.leaders = {
            photo: leader
            for photo, leader in (self.leaders | changes).items()
            if leader is not None
        }

    def from_scratch(self) -> dict[PhotoId, PhotoId]:
        """Return everybody's leader by the definition, in the plainest way."""
        leaders: dict[PhotoId, PhotoId] = {}
        for shot in sorted(self.shots.values(), key=lambda shot: shot.fingerprint):
            before = [
                other
                for other in self.neighbours(shot)
                if other.fingerprint < shot.fingerprint and leaders[other.id] == other.id
            ]
            first = min(before, key=lambda other: other.fingerprint, default=shot)
            leaders[shot.id] = first.id
        return leaders


PHOTOS = st.integers(1, 24)
SHOTS = st.builds(
    lambda photo, second, camera: Shot(
        PhotoId(photo),
        Fingerprint(f"{photo * 7919 % 31:02x}"),
        "m 1",
        camera,
        second and f"2019-07-04T18:30:{second:02}",
    ),
    PHOTOS,
    st.one_of(st.none(), st.integers(1, 59)),
    st.sampled_from([None, "one", "other"]),
)
STEPS = st.tuples(
    st.dictionaries(SHOTS, st.integers(0, 30), max_size=8), st.sets(PHOTOS, max_size=6)
)


@settings(max_examples=80, deadline=None)
@given(st.lists(STEPS, max_size=8))
def test_whatever_comes_and_goes_the_groups_are_those_made_from_scratch(steps):
    field = Field()
    for arriving, leaving in steps:
        once = {shot.id: (shot, place) for shot, place in arriving.items()}
        gone = [PhotoId(photo) for photo in leaving if photo in field.shots and photo not in once]
        field.change(dict(once.values()), gone)
        assert field.leaders == field.from_scratch()


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(PHOTOS, st.integers(0, 30), max_size=24),
    st.randoms(use_true_random=False),
    st.integers(1, 5),
)
def test_the_order_in_which_photos_come_makes_no_difference(places, draw, batch):
    shots = [
        (Shot(PhotoId(photo), Fingerprint(f"{photo * 7919 % 31:02x}"), "m 1"), place)
        for photo, place in places.items()
    ]
    results = []
    for _ in range(2):
        field = Field()
        for start in range(0, len(shots), batch):
            field.change(dict(shots[start : start + batch]), [])
        results.append(dict(field.leaders))
        draw.shuffle(shots)
    assert results[0] == results[1]


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(SHOTS, st.integers(0, 30), max_size=24))
def test_every_member_resembles_its_leader(places):
    once = {shot.id: (shot, place) for shot, place in places.items()}
    field = Field()
    field.change(dict(once.values()), [])
    for photo, leader in field.leaders.items():
        near = [shot.id for shot in field.neighbours(field.shots[photo])]
        assert leader in {photo, *near}
        assert field.cosine(photo, leader) >= BURST


def test_a_photo_more_costs_a_look_at_its_own_neighbourhood():
    field = Field()
    for photo in range(200):
        shot = Shot(PhotoId(photo), Fingerprint(f"{photo * 7919 % 211:03}"), "m 1")
        field.change({shot: photo // 10 * 100 + photo % 10 // 3}, [])
    assert field.leaders == field.from_scratch()
    assert field.asked < 3 * 200
