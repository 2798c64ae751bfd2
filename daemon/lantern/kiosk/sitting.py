"""Play work after work on one connection to the player, as wished, until it is lost.

Decides what comes when: fades, the end of a work, what follows it, what is passed over. What is
known beyond one connection, a `Stand`, is kept by `kiosk.screen`, which begins a new sitting.
"""

from __future__ import annotations

import time

import anyio

from lantern import config, log
from lantern.heartbeat import watched
from lantern.kiosk.deck import Deck, Found, NoDisplay, Spoiled
from lantern.kiosk.edl import address
from lantern.kiosk.mpv import Mpv
from lantern.kiosk.opening import Opener
from lantern.kiosk.showing import Follower, Showing
from lantern.kiosk.stage import Look, Size, scene
from lantern.kiosk.stand import Stand
from lantern.kiosk.upcoming import Upcoming
from lantern.kiosk.wishes import Wishes
from lantern.kiosk.works import Playing, Work
from lantern.waiting import pause

TICK_S = 1 / 30
"""How often a photo's movement, or a fade, goes on."""

LOOK_S = 0.25
"""How often is looked how far a film is, while nothing else is to be done."""

BEAT_S = 1.0
"""How often the player is asked something, though there is nothing to ask."""

GRACE_S = 1.0
"""How long what plays already is left alone though no picture is wished.

A director that has just begun knows of no picture and wishes for none, until it hears of this one.
"""

DISPLAY_AGAIN_S = 1.0
"""So long is waited before a display is looked for again."""

_UNKNOWN = Size(16, 9)  # of films, whose size nothing depends on


class Sitting:
    """Plays what is `upcoming`, as `wishes` say, and keeps `stand` true."""

    def __init__(
        self, deck: Deck, wishes: Wishes, upcoming: Upcoming, stand: Stand, settings: config.Show
    ) -> None:
        self._deck = deck
        self._wishes = wishes
        self._upcoming = upcoming
        self._stand = stand
        self._settings = settings
        self._opener = Opener(deck, upcoming, wishes.hint)
        self._showing: Showing | None = None
        self._began = self._ticked = time.monotonic()
        self._beaten = self._began
        self._tick_s = 0.0
        self._closed = False
        self._hushed = 0.0

    async def run(self, mpv: Mpv) -> None:
        """Play on `mpv` until cancelled, or until it is lost, which raises `Unavailable`."""
        found = await self._deck.greet(mpv)
        await self._set_level()
        if found:
            passing = Work(found.name, found.url, still=False)
            self._stand.playing = Playing(passing, found.position_s)
        self._stand.connected = True
        if found:
            await self._adopt(found)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watched, "the level", self._keep_level)
            while True:
                await self._go_on()

    async def _keep_level(self) -> None:
        while True:
            await self._wishes.louder.wait()
            await self._set_level()

    async def _set_level(self) -> None:
        volume = self._wishes.volume * (1 - self._hushed) ** (1 / 3)  # as that is a cube root
        await self._deck.level(volume, muted=self._wishes.muted)

    async def _hush(self, veil: float) -> None:
        """Let a film's sound come and go with its picture, so that none is cut off."""
        if veil != self._hushed:
            self._hushed = veil
            await self._set_level()

    async def _go_on(self) -> None:
        """Take the next step, and wait for the one after it."""
        if not self._is_wanted:
            await self._close()
        elif self._showing:
            self._closed = False
            self._upcoming.begin()
            await self._play_on(self._showing)
        else:
            self._closed = False
            await self._open()

    @property
    def _is_wanted(self) -> bool:
        if self._wishes.on:
            return True
        patient = self._wishes.on is None or time.monotonic() - self._began < GRACE_S
        return patient and self._stand.playing is not None

    # What plays already ------------------------------------------------------------------------

    async def _adopt(self, found: Found) -> None:
        """Go on with what the player plays, which an earlier daemon began."""
        work = await self._upcoming.resume(found.name)
        if work is None:
            return
        self._stand.turn = (work, 0.0 if work.still else found.position_s)
        canvas = self._deck.heard.display
        if not work.still and canvas and address(work, found.laps) == found.url:
            loops = found.laps > 1
            self._begin(work, found.position_s, _UNKNOWN, canvas, loops=loops, seamless=True)
            log.info("film goes on", work=work.name, position_s=round(found.position_s, 1))

    # Nothing is shown --------------------------------------------------------------------------

    async def _close(self) -> None:
        """Leave, let go of the display, and wait."""
        if self._showing:
            self._showing.leave()
            await self._play_on(self._showing)
            self._stand.turn = None
        elif not self._closed:
            self._upcoming.rest()
            await self._deck.let_go()
            self._wishes.paused = False  # nobody is there in the morning to let it go on
            self._closed = True
            self._stand.empty()
        else:
            await self._wishes.hint.wait(BEAT_S)
            await self._beat()
            self._wishes.take_skip()  # there was nothing to go on from

    async def _open(self) -> None:
        """Begin with the work whose turn it is, if there is one."""
        try:
            canvas = self._stand.canvas = await self._deck.open_display()
            self._upcoming.begin()
            self._stand.turn = turn = self._stand.turn or self._next()
            if turn:
                await self._load(*turn, canvas)
            else:
                await self._await()
        except NoDisplay as error:
            self._stand.lacks_display(str(error))
            await pause(DISPLAY_AGAIN_S)

    def _next(self) -> tuple[Work, float] | None:
        work = self._upcoming.take()
        return (work, 0.0) if work else None

    async def _await(self) -> None:
        """Wait for a work, in the dark if there is none at all."""
        if self._upcoming.empty and self._stand.playing:
            self._stand.empty()
            await self._deck.stop()
        await self._draw(Look(veil=1.0))
        await self._wishes.hint.wait(LOOK_S)

    async def _load(self, work: Work, position_s: float, canvas: Size) -> None:
        self._stand.opens(work)
        try:
            if self._settings.fade_s:
                await self._draw(Look(veil=1.0))
                await self._hush(1.0)
            loops, picture = await self._opener.open(work, position_s)
        except Spoiled as error:
            self._upcoming.spoiled(work, str(error))
        else:
            self._begin(work, position_s, picture, canvas, loops=loops)
            log.info("playing", work=work.name)
        self._stand.turn = None

    def _begin(  # noqa: PLR0913 - all that is known of a work
        self,
        work: Work,
        position_s: float,
        picture: Size,
        canvas: Size,
        *,
        entry: int | None = None,
        loops: bool = False,
        seamless: bool = False,
    ) -> None:
        looks = scene(self._settings, canvas, picture, work.name if work.still else None)
        entry = self._deck.heard.entry if entry is None else entry
        self._showing = Showing(work, entry, looks, position_s, seamless=seamless)
        self._showing.loops = loops
        self._wishes.take_afresh()  # it was what played before
        self._ticked = time.monotonic()
        self._stand.turn = None
        self._stand.shows(self._showing)

    # A work is shown ---------------------------------------------------------------------------

    async def _play_on(self, showing: Showing) -> None:
        showing.pass_time(self._passed_s())
        await self._pause(showing)
        if not await self._look_after(showing):
            return
        look = showing.look
        await self._draw(look, self._sentence(showing))
        await self._hush(0.0 if showing.work.still else look.veil)
        await self._beat()
        self._stand.shows(showing)
        if showing.is_gone:
            self._showing = None
            return
        self._heed(showing)
        await self._prepare(showing)
        await self._wishes.hint.wait(showing.rest_s(TICK_S, LOOK_S))

    def _passed_s(self) -> float:
        before, self._ticked = self._ticked, time.monotonic()
        self._tick_s = self._ticked - before
        return self._tick_s

    async def _beat(self) -> None:
        """Ask the player something now and then, so that one that hangs is noticed."""
        if time.monotonic() - self._beaten >= BEAT_S:
            await self._deck.progress()
            self._beaten = time.monotonic()

    async def _draw(self, look: Look, sentence: str = "") -> None:
        await self._deck.draw(look, sentence, self._wishes.words, self._wishes.remark)

    def _sentence(self, showing: Showing) -> str:
        return showing.work.sentence if self._settings.sentences else ""

    async def _pause(self, showing: Showing) -> None:
        if showing.paused is not self._wishes.paused:
            showing.paused = self._wishes.paused
            if not showing.work.still:
                await self._deck.pause(showing.paused)

    async def _look_after(self, showing: Showing) -> bool:
        """See how far `showing` is; tell whether it is still what plays, as it should."""
        if self._deck.heard.display is None or self._wishes.take_afresh():
            self._stand.turn = (showing.work, showing.position_s)
            self._showing = None
        elif not showing.work.still and self._deck.heard.entry != showing.entry:
            await self._move_on(showing)
        elif not showing.work.still:
            await self._ask_progress(showing)
        return self._showing is showing

    async def _ask_progress(self, showing: Showing) -> None:
        progress = await self._deck.progress()
        showing.position_s, showing.length_s = progress.position_s, progress.length_s
        showing.over = progress.over
        self._stand.sounds(progress.sound, self._tick_s)
        showing.blank_s = showing.blank_s + self._tick_s if progress.blank else 0.0
        showing.pictured |= not progress.blank
        if showing.is_blank:
            self._upcoming.spoiled(showing.work, "it holds no picture")
            self._showing = None

    async def _move_on(self, showing: Showing) -> None:
        """Go on with what the player has gone on to, or with nothing."""
        heard, self._showing = self._deck.heard, None
        showing.over = True
        if showing.entry in heard.failed or showing.is_blank:
            reason = heard.failed.get(showing.entry or 0, "it holds no picture")
            self._upcoming.spoiled(showing.work, reason)
        if showing.follower:
            await self._deck.await_begin(showing.follower.entry)
            await self._go_on_to(showing.follower, showing)

    async def _go_on_to(self, follower: Follower, before: Showing) -> None:
        heard, work, canvas = self._deck.heard, follower.work, before.scene.canvas
        if self._upcoming.work is work:
            self._upcoming.take()
        if follower.entry in heard.failed:
            self._upcoming.spoiled(work, heard.failed[follower.entry])
        elif heard.entry == follower.entry:
            await self._deck.moved_on(loops=follower.loops)
            self._stand.opens(work)
            if follower.loops and not await self._opener.laps_are_whole(work, before.length_s or 0):
                self._stand.turn = (work, 0.0)
                return
            self._begin(
                work,
                0.0,
                _UNKNOWN,
                canvas,
                entry=follower.entry,  # which may have ended already
                loops=follower.loops,
                seamless=True,
            )
            log.info("playing", work=work.name)
        else:
            self._stand.turn = (work, 0.0)

    def _heed(self, showing: Showing) -> None:
        """Do what people ask for."""
        if skip := self._wishes.take_skip():
            showing.due = True
            if skip < 0:
                self._upcoming.turn_back(showing.work)

    async def _prepare(self, showing: Showing) -> None:
        """Let `showing` leave in time, but not before something can follow."""
        coming = self._upcoming.work
        if showing.follower and (showing.due or coming is not showing.follower.work):
            await self._deck.drop_others()
            showing.follower = None
        if await self._goes_on_by_itself(showing, coming):
            return
        if showing.is_over and (coming or self._upcoming.empty):
            showing.leave()

    async def _goes_on_by_itself(self, showing: Showing, coming: Work | None) -> bool:
        """Tell whether film follows film, which the player does without a gap."""
        if showing.work.still or coming is None or coming.still or showing.due:
            return False
        if showing.loops:
            again = coming.path == showing.work.path
            if again and showing.began_anew:
                self._upcoming.take()  # this lap is the work that was to come
            return again
        if showing.follower is None and not showing.is_leaving:
            loops = self._opener.repeats(showing.work, coming, showing.length_s)
            entry = await self._deck.append(coming, loops=loops)
            showing.follower = Follower(entry, coming, loops)
        return showing.follower is not None
