"""Which photos belong together: near-duplicates and bursts, kept so as photos come and go.

Pure. Every photo has a rank, its fingerprint, which is as good as drawn by lot. A photo with no
alike photo before it in rank leads a group; every other one follows the first leader that it is
alike to. So all members of a group resemble its leader, and a chain of small steps never joins two
scenes. The result follows from the photos alone, not from the order in which they came.

This is the pivot rule of correlation clustering, at most three times as many wrong pairs as the
best possible grouping has, in expectation [Ailon, Charikar, Newman: "Aggregating Inconsistent
Information: Ranking and Clustering", J. ACM 55(5), 2008]. Under an order drawn by lot, one photo
more or less changes one leader on average [Censor-Hillel, Haramaty, Karnin: "Optimal Dynamic
Distributed MIS", PODC 2016], so `regroup` looks at the neighbourhood of what changed only.
"""

from __future__ import annotations

import datetime
import heapq
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, Self

import msgspec
import numpy as np
import numpy.typing as npt

from lantern.model import Fingerprint, PhotoId

DUPLICATE = 0.97
"""Photos at least as near as this are copies of one picture, whenever they were taken.

Of 8 million pairs of different photos none was nearer than 0.961, one clock by two photographers
(version 2 of the model), and a collection of 100,000 has 5,000 million; of copies saved again or
half as large, 200 of 200 are, of those a quarter as large 97 of 100. Photos that version 1
described are compared among themselves by the same numbers: it saw pairs less near, so fewer of
its are joined.
"""

BURST = 0.90
"""The same for photos by one camera within `BURST_S`: the time speaks for one scene, too.

All of 200 copies that lost a tenth of each side are as near, and 18 of a million other pairs.
"""

BURST_S = 30.0
"""Long enough to try again, too short to walk on. It was not measured: the sets tell no times."""

RULE = f"pivot 1: {DUPLICATE}, or {BURST} within {BURST_S:g} s"
"""Groups made by another rule are made anew. Count up when the code decides differently."""


class Shot(msgspec.Struct, frozen=True):
    """What a photo's group depends on, besides its features.

    `camera` and `taken_at` (ISO 8601) are None where the file does not tell.
    """

    id: PhotoId
    fingerprint: Fingerprint
    model: str
    camera: str | None = None
    taken_at: str | None = None


class Standing(msgspec.Struct, frozen=True):
    """A photo among others: whom it follows (itself, if it leads), and that one's rank.

    `leader` is None for a photo that is being placed by this very `regroup`.
    """

    shot: Shot
    leader: PhotoId | None
    leader_rank: Fingerprint


class Surroundings(Protocol):
    """What `regroup` asks of the collection, as it was before. May block."""

    def followers(self, leaders: Collection[PhotoId]) -> Iterable[Standing]:
        """Return the photos that follow any of `leaders`, but no leader."""
        ...

    def leaders_near(self, shots: Collection[Shot]) -> Mapping[PhotoId, Sequence[Shot]]:
        """Return for each of `shots` the leaders that it is `alike` to: never many."""
        ...

    def all_near(self, shot: Shot) -> Iterable[Standing]:
        """Return the photos, standing or arriving, that `shot` is `alike` to: maybe thousands."""
        ...


class Moments(NamedTuple):
    """What `alike` compares of (n,) photos besides their features.

    `clocks` are seconds as the camera's own clock shows them, not a number where it is not known:
    a camera seldom travels within `BURST_S`.
    """

    ids: npt.NDArray[np.int64]
    models: npt.NDArray[np.str_]
    cameras: npt.NDArray[np.str_]
    clocks: npt.NDArray[np.float64]

    @classmethod
    def of(cls, shots: Sequence[Shot]) -> Self:
        """Return the moments of `shots`, in their order."""
        return cls(
            np.array([shot.id for shot in shots], np.int64),
            np.array([shot.model for shot in shots], np.str_),
            np.array([shot.camera or "" for shot in shots], np.str_),
            np.array([_clock(shot.taken_at) for shot in shots], np.float64),
        )


def alike(
    ones: Moments, others: Moments, cosines: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    """Tell which of (n,) `ones` and (m,) `others` may share a group: (n, m), as `cosines` are."""
    same_camera = (ones.cameras[:, None] == others.cameras) & (others.cameras != "")
    within = np.abs(ones.clocks[:, None] - others.clocks) <= BURST_S
    comparable = (ones.models[:, None] == others.models) & (ones.ids[:, None] != others.ids)
    near = cosines >= np.where(same_camera & within, np.float32(BURST), np.float32(DUPLICATE))
    found: npt.NDArray[np.bool_] = near & comparable
    return found


def regroup(
    arriving: Sequence[Shot], leaving: Sequence[PhotoId], around: Surroundings
) -> dict[PhotoId, PhotoId | None]:
    """Return the new leader of every photo whose leader may have changed, None for one that left.

    `arriving` are new photos, and known ones of which anything in `Shot` or the features changed;
    `leaving` are photos that no longer belong to the collection. Any number at once.
    """
    placing = _Placing(around)
    unplaced = [*leaving, *(shot.id for shot in arriving)]
    placing.leaders.update(dict.fromkeys(unplaced))
    for shot in arriving:
        placing.queue(shot)
    placing.queue_followers(unplaced)
    placing.place_all()
    return placing.leaders


class _Placing:
    """Places photos in the order of their ranks: whoever comes before one is settled already."""

    def __init__(self, around: Surroundings) -> None:
        self.leaders: dict[PhotoId, PhotoId | None] = {}
        self._around = around
        self._order: list[tuple[Fingerprint, PhotoId]] = []
        self._queued: dict[PhotoId, Shot] = {}
        self._near: dict[PhotoId, Sequence[Shot]] = {}
        self._announced: dict[PhotoId, Shot] = {}
        """The first new leader that a photo is alike to."""
        self._led: set[PhotoId] = set()
        """Photos of which the announced one is the leader, since they followed a later one."""

    def queue(self, shot: Shot) -> None:
        """Have `shot` placed anew."""
        if shot.id not in self._queued:
            self._queued[shot.id] = shot
            heapq.heappush(self._order, (shot.fingerprint, shot.id))

    def queue_followers(self, leaders: Collection[PhotoId]) -> None:
        """Have those placed anew who followed `leaders`."""
        for follower in self._around.followers(leaders):
            if follower.shot.id not in self.leaders:
                self.queue(follower.shot)

    def place_all(self) -> None:
        """Place what is queued, and what that queues."""
        while self._order:
            _, photo = heapq.heappop(self._order)
            shot = self._queued[photo]
            leader = self._announced[photo] if photo in self._led else self._first_near(shot)
            self.leaders[photo] = leader.id
            if leader is shot:
                self._announce(shot)

    def _first_near(self, shot: Shot) -> Shot:
        """Return the first leader that `shot` is alike to, itself if there is none before it."""
        if shot.id not in self._near:
            waiting = [self._queued[photo] for _, photo in self._order if photo not in self._led]
            unknown = [other for other in waiting if other.id not in self._near]
            self._near.update(self._around.leaders_near([shot, *unknown]))
        leading = [
            other
            for other in self._near[shot.id]
            if self.leaders.get(other.id, other.id) == other.id
        ]
        first = min([shot, *leading], key=_rank)
        return min(first, self._announced.get(shot.id, first), key=_rank)

    def _announce(self, leader: Shot) -> None:
        """Tell the photos after `leader` of it; those that follow a later one follow it now."""
        for other in self._around.all_near(leader):
            photo = other.shot.id
            if other.shot.fingerprint < leader.fingerprint:
                continue
            if photo in self._queued:
                self._announced.setdefault(photo, leader)
            elif leader.fingerprint < other.leader_rank:
                self._announced[photo] = leader
                self._led.add(photo)
                self.queue(other.shot)
                if other.leader == photo:
                    self.queue_followers([photo])


def _rank(shot: Shot) -> Fingerprint:
    return shot.fingerprint


def _clock(taken_at: str | None) -> float:
    try:
        when = datetime.datetime.fromisoformat(taken_at or "")
    except ValueError:
        return math.nan
    return (when.replace(tzinfo=None) - datetime.datetime.min).total_seconds()
