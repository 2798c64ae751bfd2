"""Hand out the works of the programme that is on: photos as slides, films, new photos at once.

The `Works` of the player. `bill` says which photo or film is next, `slides` has the photos'
pictures made. What cannot be read or played is passed over and reported; nothing here stops the
show while there is anything left to play.
"""

from __future__ import annotations

import datetime
import secrets
import time
from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from pathlib import Path

import anyio
import msgspec

from lantern import config, log
from lantern.errors import PhotoError, Unavailable, WorkerLost
from lantern.kiosk import marks, programme
from lantern.kiosk.bill import Bill, Item, key_of, name_of
from lantern.kiosk.films import Film
from lantern.kiosk.gallery import Gallery
from lantern.kiosk.marks import Marks
from lantern.kiosk.programme import Choice
from lantern.kiosk.slides import KEPT, Slides
from lantern.kiosk.spoiled import Spoiled
from lantern.kiosk.works import Work
from lantern.model import Fingerprint, PhotoId
from lantern.supervise import Hint, Noticeboard, OneThread

LOOK_S = 1.0
"""How often is looked for new photos, and at the clock."""

BUSY_SHARE = 0.02
"""Of the time, at most, goes into finding photos anew while the collection keeps changing."""

KEEP_S = 900.0
"""How often is written down where the programmes stand: flash wears by writing."""

STARVING_S = 5.0
"""A player that got nothing is told so often to ask again."""

MOST_REMEMBERED = 200
"""Works that `previous` steps back through."""

_MOST_SPOILED = 20
"""Photos that may be spoiled, one after the other, before something else is played."""

_MOST_DELAYED = 3
"""Photos that cannot be read now, one after the other: their disk is gone."""

_WITHOUT_FILMS = config.Programme(photos="all")


class Plays(msgspec.Struct, frozen=True):
    """What is on: a programme by its name, or a `query` that somebody asked for in its place.

    `photos` and `films` count what there is to be played, lookalikes included.
    """

    programme: str = ""
    query: str = ""
    photos: int = 0
    films: int = 0


class _Shown(msgspec.Struct, frozen=True):
    """What was handed out, by what it is passed over, and whose slide it is."""

    work: Work
    key: Hashable
    photo: PhotoId = PhotoId(0)
    fingerprint: Fingerprint = Fingerprint("")


class Playlist:
    """The works of `programmes` by the hours of `show`, or of a query that somebody asks for.

    `clock` tells the local time, None while nobody knows it. `memory` is the file that keeps where
    each programme stands; `draw` returns a number of chance below 2**64.
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
        draw: Callable[[], int] = lambda: secrets.randbits(64),
    ) -> None:
        self._gallery, self._slides = gallery, slides
        self._show, self._programmes = show, programmes
        self._clock, self._board, self._draw = clock, board, draw
        self._memory, self._marks = memory, marks.load(memory)
        self._reading, self._busy = OneThread(), anyio.Lock()
        self._changes = Hint()
        self._spoiled = Spoiled()
        self._scheduled = ""
        self._query = ""
        self._begun = False
        self._bill = self._billed()
        self._shown: list[_Shown] = []
        self._at = -1
        self._slid: deque[_Shown] = deque(maxlen=KEPT // 2)
        self._starving = False
        self._delay = ""
        self._version: object = None
        self._refresh_due = self._feed_due = 0.0
        self._keep_due = time.monotonic() + KEEP_S

    @property
    def plays(self) -> Plays:
        """Return what is on."""
        name = "" if self._query else self._scheduled
        return Plays(name, self._query, self._bill.photos, self._bill.films)

    async def run(self) -> None:
        """Look at the clock and the collection until cancelled."""
        try:
            while True:
                await self._look()
                await anyio.sleep(LOOK_S)
        finally:
            self._keep_marks()

    async def play(self, query: str) -> Plays:
        """Put on the photos that `query` finds, best first, until the hours change the programme.

        The empty query puts the programme of the hour on again. Return what is on then.

        Raises:
            PhotoError: nothing is found; what was on stays on.
            Unavailable: nobody can tell now.
        """
        asked = " ".join(query.split())
        async with self._busy:
            await self._begin()
            if asked:
                self._put_on(await self._found(asked), asked)
            elif self._query:
                self._put_on(self._billed(), "")
            return self.plays

    async def next(self) -> Work | None:
        """See `Works.next`."""
        async with self._busy:
            await self._begin()
            while self._at + 1 < len(self._shown):
                self._at += 1
                if again := await self._again(self._shown[self._at]):
                    return again
            drawn = await self._drawn() or await self._slid_again()
            self._starving = drawn is None
            return self._remembered(drawn) if drawn else None

    async def previous(self) -> Work | None:
        """See `Works.previous`."""
        async with self._busy:
            return await self._back_to(range(self._at))

    async def resume(self, name: str) -> Work | None:
        """See `Works.resume`."""
        async with self._busy:
            await self._begin()
            known = [at for at, shown in enumerate(self._shown) if shown.work.name == name]
            if again := await self._back_to(known):
                return again
            item = await self._reading(self._bill.find, name, time.time())
            try:
                return self._remembered(await self._prepared(item)) if item else None
            except (PhotoError, Unavailable) as error:
                log.warning("work cannot be resumed", work=name, reason=str(error))
                return None

    def spoiled(self, work: Work, reason: str) -> None:
        """See `Works.spoiled`."""
        for shown in self._shown:
            if shown.work.name == work.name:
                self._pass_over(shown.key, work.name, reason)
                return

    async def changed(self) -> None:
        """See `Works.changed`."""
        await self._changes.wait()

    # What is on ---------------------------------------------------------------------------------

    async def _begin(self) -> None:
        """Put the first programme on, when somebody first asks."""
        if not self._begun:
            self._begun = True
            self._scheduled = self._name_due()
            self._bill = self._billed()
            await self._refresh()

    def _name_due(self) -> str:
        local = self._clock()
        return self._show.programme_at(None if local is None else local.hour * 60 + local.minute)

    def _wanted(self) -> Choice | None:
        settings = self._programmes.get(self._scheduled)
        local = self._clock()
        return programme.choice(settings, local.date() if local else None) if settings else None

    def _billed(self) -> Bill:
        """Return the bill of the programme of the hour, as far as it had come."""
        settings = self._programmes.get(self._scheduled, _WITHOUT_FILMS)
        kept = self._marks.get(self._scheduled, Marks())
        return Bill(self._gallery, settings, self._wanted(), self._draw, kept)

    async def _found(self, query: str) -> Bill:
        wanted = programme.asked_for(query)
        bill = Bill(self._gallery, _WITHOUT_FILMS, wanted, self._draw, Marks())
        await self._reading(bill.refresh, time.time())
        if bill.troubles:
            raise Unavailable(bill.troubles[0])
        if not bill.photos:
            raise PhotoError(f'no photo is found by "{query}"; what was on goes on')
        return bill

    def _put_on(self, bill: Bill, query: str) -> None:
        self._note_marks()
        self._bill, self._query = bill, query
        self._shown, self._at = [], -1
        self._slid.clear()
        self._version = None
        self._changes.give()
        log.info("programme changes", to=query or self._scheduled, asked=bool(query))

    # Looking ------------------------------------------------------------------------------------

    async def _look(self) -> None:
        now = time.monotonic()
        async with self._busy:
            await self._begin()
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
            await self._reading(self._keep_marks)

    def _go_by_the_clock(self) -> None:
        due = self._name_due()
        if due != self._scheduled:
            self._note_marks()
            self._query, self._scheduled = "", due
            self._put_on(self._billed(), "")
        elif not self._query and self._bill.wanted != self._wanted():  # it is another day
            self._note_marks()
            self._bill, self._version = self._billed(), None

    async def _refresh(self) -> None:
        """Look at the collection if it changed; what takes long is done seldom."""
        began = time.monotonic()
        version = await self._reading(self._version_now)
        if version is None or version != self._version:
            await self._reading(self._bill.refresh, time.time())
            await self._forget_unseen()
            self._version = None if self._bill.troubles else version
        self._refresh_due = began + (time.monotonic() - began) / BUSY_SHARE

    def _version_now(self) -> object:
        try:
            return self._gallery.version()
        except Unavailable:
            return None

    async def _forget_unseen(self) -> None:
        """Void what was handed out of photos that were hidden or removed since."""
        recent = [shown for shown in self._shown[-KEPT:] if shown.photo]
        try:
            seen = await self._reading(self._gallery.visible, [one.photo for one in recent])
        except Unavailable:
            return
        unseen = [shown for shown in recent if shown.photo not in seen]
        for shown in unseen:
            await self._slides.forget(shown.fingerprint)
            self._changes.give()
        self._slid = deque((one for one in self._slid if one not in unseen), self._slid.maxlen)

    def _report(self) -> None:
        troubles = [*self._bill.troubles, self._delay]
        for topic, sentence in (
            ("programme", "; ".join(filter(None, troubles))),
            ("works", self._spoiled.complaint),
        ):
            if sentence:
                self._board.post(topic, sentence)
            else:
                self._board.clear(topic)

    # Drawing ------------------------------------------------------------------------------------

    async def _drawn(self) -> _Shown | None:
        """Return the next work that can be played."""
        delays = _MOST_DELAYED - 1 if self._delay else 0
        for _ in range(_MOST_SPOILED):
            draw = partial(self._bill.next, self._spoiled, photos=delays < _MOST_DELAYED)
            item = await self._reading(draw, time.time())
            if item is None:
                return None
            try:
                return await self._prepared(item)
            except (PhotoError, WorkerLost) as error:
                self._pass_over(key_of(item), name_of(item), str(error))
            except Unavailable as error:
                delays += 1
                self._delay = f"photos for the screen cannot be made now: {error}"
        return None

    async def _prepared(self, item: Item) -> _Shown:
        """Return `item` ready to be played: of a photo, its slide is made."""
        name = name_of(item)
        if isinstance(item, Film):
            return _Shown(Work(name, item.path, still=False), key_of(item))
        slide = await self._slides.make(item.fingerprint, [file.path for file in item.files])
        self._delay = ""
        work = Work(name, str(slide), still=True, sentence=item.sentence)
        shown = _Shown(work, key_of(item), item.id, item.fingerprint)
        self._slid.append(shown)
        return shown

    async def _slid_again(self) -> _Shown | None:
        """Return a photo whose slide is still there, while no other can be made."""
        for _ in range(len(self._slid) if self._delay else 0):
            self._slid.rotate(-1)
            if await anyio.Path(self._slid[-1].work.path).exists():
                return self._slid[-1]
        return None

    async def _again(self, shown: _Shown) -> Work | None:
        """Return what was handed out before, as it is now; None if it is not to be played."""
        if shown.key in self._spoiled:
            return None
        if not shown.photo:
            return shown.work if await anyio.Path(shown.work.path).exists() else None
        try:
            record = await self._reading(self._gallery.photo, shown.photo, (shown.photo,))
            return (await self._prepared(record)).work if record else None
        except (PhotoError, Unavailable):
            return None

    async def _back_to(self, places: Sequence[int]) -> Work | None:
        """Return the last of those handed out at `places` that can be played again."""
        for at in reversed(places):
            if again := await self._again(self._shown[at]):
                self._at = at
                return again
        return None

    def _remembered(self, shown: _Shown) -> Work:
        self._shown = [*self._shown[1 - MOST_REMEMBERED :], shown]
        self._at = len(self._shown) - 1
        return shown.work

    def _pass_over(self, key: Hashable, name: str, reason: str) -> None:
        log.warning("work passed over", work=name, reason=reason)
        self._spoiled.add(key, name, reason, time.monotonic())

    # Where programmes stand ---------------------------------------------------------------------

    def _note_marks(self) -> None:
        if self._begun and not self._query:
            self._marks[self._scheduled] = self._bill.marks

    def _keep_marks(self) -> None:
        self._note_marks()
        marks.save(self._memory, self._marks)
