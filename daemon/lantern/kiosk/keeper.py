"""Keep the projector as it is wished for: ask, switch, wait, as `lamp` decides.

A service of its own, so that a projector that is slow or dead holds up nobody: whoever wishes
leaves the wish here and reads the last report.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio
import msgspec

from lantern import config, log
from lantern.errors import Unavailable
from lantern.hardware.ports import Projector, ProjectorState, Refused
from lantern.kiosk import lamp as lamps
from lantern.kiosk.lamp import Ask, Care, Choose, Lamp, Switch, Wait
from lantern.noticeboard import Noticeboard
from lantern.waiting import Hint

CALL_S = 20.0
"""However patient an adapter is, no question and no command takes longer."""

_TOPIC = "projector"


def care_of(section: config.Projector) -> Care:
    """Return what the lamp needs, by the configuration."""
    return Care(
        warm_s=section.warm_s,
        cool_s=section.cool_s,
        minimum_off_s=section.minimum_off_s,
        input=section.input or None,
    )


class Keeper:
    """Keeps `projector`; reports its troubles to `board` under "projector"."""

    def __init__(
        self,
        projector: Projector,
        care: Care,
        board: Noticeboard,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._projector = projector
        self._care = care
        self._board = board
        self._clock = clock
        self._hint = Hint()
        self._wish: bool | None = None
        self._lamp = Lamp()

    def wish(self, on: bool | None) -> None:
        """Wish the lamp on, off, or left as it is. Never blocks; may be said again at any time."""
        if on is not self._wish:
            self._wish = on
            self._hint.give()

    @property
    def report(self) -> tuple[ProjectorState | None, float | None]:
        """Return what the projector last told, and when; None while it never did."""
        return self._lamp.state, self._lamp.answered

    async def run(self) -> None:
        """Keep the projector until cancelled; then let go of it, leaving the lamp as it is."""
        try:
            while True:
                await self.go_on()
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(CALL_S):
                await self._projector.close()

    async def go_on(self) -> None:
        """Take the next step: one question, one command, or a wait."""
        self._lamp, step = lamps.step(self._lamp, self._wish, self._clock(), self._care)
        if isinstance(step, Wait):
            await self._hint.wait(max(0.0, step.until - self._clock()))
        elif isinstance(step, Ask):
            await self._ask()
        else:
            await self._command(step)
        self._tell()

    async def _ask(self) -> None:
        try:
            with anyio.fail_after(CALL_S):
                state = await self._projector.state()
        except (Unavailable, TimeoutError) as error:
            self._missed(error)
            return
        before = self._lamp.state
        self._lamp = lamps.answer(self._lamp, state, self._clock())
        if before is None or before.power is not state.power:
            log.info("projector", **_fields(state))

    async def _command(self, step: Switch | Choose) -> None:
        try:
            with anyio.fail_after(CALL_S):
                await self._do(step)
        except Refused as error:
            self._lamp = lamps.refused(self._lamp, str(error), self._clock())
        except (Unavailable, TimeoutError) as error:
            # It may have been heard, though the answer was lost.
            self._lamp = lamps.done(self._lamp, step, self._clock(), self._care)
            self._missed(error)
        else:
            self._lamp = lamps.done(self._lamp, step, self._clock(), self._care)
            log.info("projector told", **msgspec.structs.asdict(step))

    async def _do(self, step: Switch | Choose) -> None:
        if isinstance(step, Switch):
            await self._projector.switch(on=step.on)
        else:
            await self._projector.choose(step.input)

    def _missed(self, error: Exception) -> None:
        reason = str(error) or f"no answer within {CALL_S:g} s"
        self._lamp = lamps.silence(self._lamp, reason, self._clock())

    def _tell(self) -> None:
        """Put up what a person should know, or take it down."""
        trouble = lamps.trouble(self._lamp)
        if trouble is None:
            self._board.clear(_TOPIC)
        else:
            self._board.post(_TOPIC, trouble)


def _fields(state: ProjectorState) -> dict[str, object]:
    fields = {"power": str(state.power), "input": state.input, "lamp_hours": state.lamp_hours}
    return {name: value for name, value in fields.items() if value not in (None, ())}
