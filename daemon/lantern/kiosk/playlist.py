"""Hand out the works of the programme that is on: photos as slides, films, new photos at once.

The `Works` of the player. `schedule` says which programme is on, its `bill` which photo or film is
next, and `readiness` has a photo's picture made. What cannot be read or played is passed over and
reported; nothing here stops the show while there is anything left to play.
"""

from __future__ import annotations

import datetime
import secrets
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from pathlib import Path

import anyio
import msgspec

from lantern import config, log
from lantern.errors import PhotoError, Unavailable, WorkerLost
from lantern.heartbeat import SLOW_S, beat
from lantern.kiosk.bill import Bill, Item, key_of, name_of
from lantern.kiosk.gallery import Gallery
from lantern.kiosk.readiness import Readiness
from lantern.kiosk.schedule import Schedule
from lantern.kiosk.slides import KEPT, Slides
from lantern.kiosk.spoiled import Spoiled
from lantern.kiosk.trail import Shown, Trail
from lantern.kiosk.works import Work
from lantern.noticeboard import Noticeboard
from lantern.supervise import OneThread
from lantern.waiting import Hint, pause

LOOK_S = 1.0
"""How often is looked for new photos, and at the clock."""

BUSY_SHARE = 0.02
"""Of the time, at most, goes into finding photos anew while the collection keeps changing."""

KEEP_S = 900.0
"""How often is written down where the programmes stand: flash wears by writing."""

STARVING_S = 5.0
"""A player that got nothing is told so often to ask again."""

_MOST_SPOILED = 20
"""Photos that may be spoiled, one after the other, before something else is played."""

_MOST_DELAYED = 3
"""Photos that cannot be read now, one after the other: their disk is gone."""


class Plays(msgspec.Struct, frozen=True):
    """What is on: a programme by its name, or a `query` that somebody asked for in its place.

    `photos` and `films` count what there is to be played, lookalikes included.
    """

    programme: str = ""
    query: str = ""
    photos: int = 0
    films: int = 0


class Playlist:
    """The works of `programmes` by the hours of `show`, or of a query that somebody asks for.

    `clock` tells the local time, None while nobody knows it. `memory` is the file that keeps where
    each programme stands; `draw` returns a number of chance below 2**62. `withdraw` is called with
    a photo that was handed out and is not to be seen any more. Troubles are posted on `board` as
    "programme" and "works".
    """

    def __init__(  # noqa: PLR0913 - what it uses is handed in, by name
        self,
        gallery: Gallery,
        slides: Slides,
        *,
        show: config.Show,
        programmes: Mapping[str, config.Programme],
        clock: Callable[[], datetime.datetime | None],
        board: Noticeboard,
        memory: Path,
        draw: Callable[[], int] = lambda: secrets.randbits(62),
        withdraw: Callable[[Work], object] = lambda _: None,
    ) -> None:
        self._gallery, self._board = gallery, board
        self._withdraw = withdraw
        self._schedule = Schedule(
            gallery, show=show, programmes=programmes, clock=clock, memory=memory, draw=draw
        )
        self._reading, self._busy = OneThread(), anyio.Lock()
        self._ready = Readiness(gallery, slides, self._reading)
        self._changes = Hint()
        self._programme, self._query = self._schedule.due, ""
        self._bill = self._schedule.bill(self._programme)
        self._spoiled, self._trail = Spoiled(), Trail()
        self._held: Item | None = None
        self._ahead: Shown | None = None
        self._starving = False
        self._version: object = None
        self._warm = False
        self._refresh_due = self._feed_due = 0.0
        self._keep_due = time.monotonic() + KEEP_S

    @property
    def plays(self) -> Plays:
        """Return what is on."""
        name = "" if self._query else self._programme
        return Plays(name, self._query, self._bill.photos, self._bill.films)

    async def run(self) -> None:
        """Look at the clock and the collection until cancelled."""
        try:
            while True:
                beat(SLOW_S)  # it may be in use, by whoever waits for a picture
                await self._look()
                await pause(LOOK_S)
        finally:
            self._note()
            self._schedule.keep()

    async def play(self, query: str) -> Plays:
        """Put on the photos that `query` finds, best first, until the hours change the programme.

        The empty query puts the programme of the hour on again. Return what is on then.

        Raises:
            PhotoError: nothing is found; what was on stays on.
            Unavailable: nobody can tell now.
        """
        asked = " ".join(query.split())
        async with self._busy:
            if asked:
                self._put_on(await self._reading(self._schedule.found, asked), asked)
            elif self._query:
                self._put_on(self._schedule.bill(self._programme), "")
            await self._refresh()
            return self.plays

    async def next(self) -> Work | None:
        """See `Works.next`."""
        self._ahead = None  # who asks for the next has begun to play what was ahead
        async with self._busy:
            if again := await self._first_again(self._trail.forth()):
                return again.work
            self._ahead = await self._drawn()
            drawn = self._ahead or await self._ready.at_hand()
            self._starving = drawn is None
            self._held = None
            if drawn:
                self._trail.add(drawn)
            return drawn.work if drawn else None

    async def previous(self) -> Work | None:
        """See `Works.previous`."""
        self._ahead = None
        async with self._busy:
            return await self._back_on(self._trail.back())

    async def resume(self, name: str) -> Work | None:
        """See `Works.resume`."""
        self._ahead = None
        async with self._busy:
            if again := await self._back_on(self._trail.called(name)):
                return again
            item = await self._reading(self._bill.find, name, time.time())
            try:
                found = await self._ready.made(item) if item else None
            except (PhotoError, Unavailable) as error:
                log.warning("work cannot be resumed", work=name, reason=str(error))
                return None
            if found:
                self._trail.add(found)
            return found.work if found else None

    def spoiled(self, work: Work, reason: str) -> None:
        """See `Works.spoiled`."""
        log.warning("work passed over", work=work.name, reason=reason)
        for key in {shown.key for shown in self._trail.called(work.name)}:
            self._spoiled.add(key, work.name, reason, time.monotonic())

    async def changed(self) -> None:
        """See `Works.changed`."""
        await self._changes.wait()

    def _put_on(self, bill: Bill, query: str) -> None:
        self._note()
        self._bill, self._query = bill, query
        self._trail.clear()
        self._ready.begin_anew()
        self._held = self._ahead = None
        self._version = None
        self._changes.give()
        log.info("programme changes", to=query or self._programme, asked=bool(query))

    def _note(self) -> None:
        if not self._query:
            self._schedule.note(self._programme, self._bill)

    # Looking --------------------------------------------------------------------------------------

    async def _look(self) -> None:
        now = time.monotonic()
        async with self._busy:
            self._go_by_the_clock()
            self._spoiled.heal(now)
            if now >= self._refresh_due:
                await self._refresh()
            self._report()
            if self._starving and now >= self._feed_due:
                self._feed_due = now + STARVING_S
                self._changes.give()
            if now >= self._keep_due:
                self._keep_due = now + KEEP_S
                self._note()
                await self._reading(self._schedule.keep)

    def _go_by_the_clock(self) -> None:
        due = self._schedule.due
        if due != self._programme:
            self._note()
            self._programme, self._query = due, ""
            self._bill = self._schedule.bill(due)
            self._put_on(self._bill, "")
        elif not self._query and self._bill.wanted != self._schedule.wanted(due):
            self._note()  # it is another day
            self._bill, self._version = self._schedule.bill(due), None

    async def _refresh(self) -> None:
        """Look at the collection if it changed; what takes long is done seldom."""
        began = time.monotonic()
        before = self._bill.photos > 0, self._bill.films
        version = await self._reading(self._version_now)
        if version is None or version != self._version:
            await self._reading(self._bill.refresh, time.time())
            if before != (self._bill.photos > 0, self._bill.films) and self._film_is_last:
                self._take_back()
                self._changes.give()
            await self._forget_unseen()
            self._version = None if self._bill.troubles else version
        # The first look opens everything, and says nothing of how long the others take.
        took_s, self._warm = (time.monotonic() - began if self._warm else 0.0), True
        self._spoiled.forget(self._bill.has_lost)
        self._refresh_due = began + took_s / BUSY_SHARE

    @property
    def _film_is_last(self) -> bool:
        """Tell whether a film was handed out last, which may have had but itself to follow."""
        return any(not shown.photo for shown in self._trail.latest(1))

    def _take_back(self) -> None:
        """Let the film that is void now, and was not begun, have its turn again."""
        if self._ahead:
            self._bill.take_back()
            self._trail.forget(self._ahead)
            self._ahead = None

    def _version_now(self) -> object:
        try:
            return self._bill.version(time.time())
        except Unavailable:
            return None

    async def _forget_unseen(self) -> None:
        """Void what was handed out of photos that were hidden or removed since."""
        recent = [shown for shown in self._trail.latest(KEPT) if shown.photo]
        try:
            seen = await self._reading(self._gallery.visible, [one.photo for one in recent])
        except Unavailable:
            return
        unseen = [one for one in recent if one.photo not in seen]
        if unseen:
            self._step_back(unseen)
        for shown in unseen:
            await self._ready.forget(shown)
            self._withdraw(shown.work)
            self._changes.give()

    def _step_back(self, unseen: list[Shown]) -> None:
        """Forget `unseen`; what is void now with them, and was not begun, comes next again."""
        for shown in unseen:
            self._trail.forget(shown)
        before = next(self._trail.back(), None)
        if before and self._ahead and self._ahead not in unseen:
            self._trail.stand_on(before)
        self._ahead = None

    def _report(self) -> None:
        troubles = "; ".join(filter(None, (*self._bill.troubles, self._ready.trouble)))
        for topic, sentence in (("programme", troubles), ("works", self._spoiled.complaint)):
            if sentence:
                self._board.post(topic, sentence)
            else:
                self._board.clear(topic)

    # Drawing --------------------------------------------------------------------------------------

    async def _drawn(self) -> Shown | None:
        """Return the next work that can be played, and no photo twice if there is another."""
        last = {shown.key for shown in self._trail.latest(1) if shown.photo}
        delays = _MOST_DELAYED - 1 if self._ready.trouble else 0
        for _ in range(_MOST_SPOILED):
            item = await self._item(photos=delays < _MOST_DELAYED)
            if item is None:
                return None
            try:
                if key_of(item) not in last:
                    return await self._ready.made(item)
                last.clear()
            except (PhotoError, WorkerLost) as error:
                self._pass_over(key_of(item), name_of(item), str(error))
            except Unavailable:
                delays += 1
            self._held = None
        return None

    async def _item(self, *, photos: bool) -> Item | None:
        """Return what is next on the bill; of a call that was cancelled, the same again."""
        if self._held is None:
            draw = partial(self._bill.next, self._spoiled, photos=photos)
            self._held = await self._reading(draw, time.time())
            self._spoiled.forget(self._bill.has_lost)
        return self._held

    async def _again(self, shown: Shown) -> Shown | None:
        """Return what was handed out before, as it is now; None if it is not to be played."""
        return None if shown.key in self._spoiled else await self._ready.again(shown)

    async def _first_again(self, candidates: Iterable[Shown]) -> Shown | None:
        for shown in candidates:
            if again := await self._again(shown):
                return again
        return None

    async def _back_on(self, candidates: Iterable[Shown]) -> Work | None:
        """Return the first of `candidates` that can be played again, which is on from now on."""
        for shown in candidates:
            if again := await self._again(shown):
                self._trail.stand_on(shown)
                return again.work
        return None

    def _pass_over(self, key: Hashable, name: str, reason: str) -> None:
        log.warning("work passed over", work=name, reason=reason)
        self._spoiled.add(key, name, reason, time.monotonic())
