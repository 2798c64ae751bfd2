"""A projector on a serial line, spoken to by a command table.

What is said is in `table`, how bytes travel in `link.serial`; here is the conversation: a command
sent, a reply told from an echo, a refusal from a yes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from lantern.errors import Unavailable
from lantern.hardware.ports import Power, ProjectorState, Refused
from lantern.hardware.projector.table import InputWords, LampWords, Table, TroubleWords
from lantern.link.serial import SerialLine
from lantern.supervise import OneThread

_T = TypeVar("_T")
_NEVER = r"(?!)"


class _NotUnderstood(Unavailable):
    """The line works, and what came over it, if anything, is no answer."""


class SerialProjector:
    """The projector on the line at `device`, by its `table`. Inputs have the table's names."""

    def __init__(self, device: str, table: Table) -> None:
        self._device = device
        self._table = table
        self._line = SerialLine(device, table.line)
        self._thread = OneThread()

    async def state(self) -> ProjectorState:
        """Ask how it is, as far as the table has words for it."""
        power = await self._power()
        return ProjectorState(
            power=power,
            input=None if power is Power.OFF else await self._input(self._table.input),
            lamp_hours=await self._hours(self._table.lamp),
            troubles=await self._troubles(self._table.troubles),
        )

    async def switch(self, *, on: bool) -> None:
        """Begin to switch the lamp; what is so, or on its way, is not asked for again.

        Asking first also tells a projector that lights its lamp in silence from one that is dead.
        """
        lit = await self._power() in (Power.ON, Power.WARMING)
        if lit is not on:
            words = self._table.power
            await self._tell(words.on if on else words.off, silent=on and words.on_is_silent)

    async def choose(self, source: str) -> None:
        """Show the input `source`, by the table's name."""
        words = self._table.input
        if words is None or source not in words.names:
            known = ", ".join(words.names) if words else "none"
            raise Refused(f'{self}: expected an input of its table ({known}), got "{source}"')
        await self._tell(words.choose.replace("{input}", words.names[source]))

    async def close(self) -> None:
        """Let go of the line."""
        await self._thread(self._line.close)

    def __str__(self) -> str:
        """Return what errors call it."""
        return f"{self._table.name} projector on {self._device}"

    async def _power(self) -> Power:
        words = self._table.power
        said = await self._ask(words.ask, words.answer)
        power = _by_word(words.words).get(said)
        if power is None:
            raise Unavailable(f'{self}: expected a power state of the table, got "{said}"')
        return power

    async def _input(self, words: InputWords | None) -> str | None:
        said = await self._if_told(words.ask, words.answer) if words else None
        if said is None or words is None:
            return None
        return {word.casefold(): name for name, word in words.names.items()}.get(said, said)

    async def _hours(self, words: LampWords | None) -> tuple[int, ...]:
        said = [await self._if_told(ask, words.answer) for ask in words.ask] if words else []
        return tuple(int(hours) for hours in said if hours is not None)

    async def _troubles(self, words: TroubleWords | None) -> tuple[str, ...]:
        said = await self._if_told(words.ask, words.answer) if words else None
        if said is None or words is None or said == words.none.casefold():
            return ()
        return (_by_word(words.words).get(said, f"error {said}"),)

    async def _if_told(self, question: str, answer: str) -> str | None:
        """Return the answer, or None where the projector does not give it.

        Many models do not know each question of their maker's manual; some say nothing then.
        """
        try:
            return await self._ask(question, answer)
        except (Refused, _NotUnderstood):
            return None

    async def _ask(self, question: str, answer: str) -> str:
        """Return what the answer says, in small letters.

        Raises:
            Refused: it will not say.
            Unavailable: it said nothing, or nothing that could be understood.
        """
        reply = await self._exchange(question, answer, settle_s=0.0)
        found = re.search(answer, reply)
        if found is None:
            self._check(reply)
            raise self._fault(question, reply)
        return found[1].casefold()

    async def _tell(self, command: str, *, silent: bool = False) -> None:
        """Have a command obeyed; `silent` where no reply is no fault."""
        talk = self._table.talk
        reply = await self._exchange(command, talk.done or _NEVER, settle_s=talk.settle_s)
        self._check(reply)
        if talk.done and not re.search(talk.done, reply) and not (silent and not reply):
            raise self._fault(command, reply)

    async def _exchange(self, said: str, expected: str, settle_s: float) -> str:
        talk = self._table.talk
        ends = [expected, *(word for word in (talk.refused, talk.unknown) if word)]

        def complete(heard: bytes) -> bool:
            return any(re.search(end, heard.decode("latin-1")) for end in ends)

        question = f"{talk.before}{said}{talk.after}".encode("latin-1")
        reply = await self._thread(
            self._line.exchange, question, complete, talk.timeout_s, settle_s
        )
        return reply.decode("latin-1")

    def _check(self, reply: str) -> None:
        """Refuse where the projector does."""
        talk = self._table.talk
        if talk.refused and re.search(talk.refused, reply):
            raise Refused(f"{self} refuses now")
        if talk.unknown and re.search(talk.unknown, reply):
            raise Refused(f"{self} does not know that command; is it the right table?")

    def _fault(self, said: str, reply: str) -> _NotUnderstood:
        timeout_s, baud = self._table.talk.timeout_s, self._table.line.baud
        if not reply:
            return _NotUnderstood(
                f'{self}: no reply to "{said}" within {timeout_s:g} s; check its cable and that it '
                "listens in standby"
            )
        return _NotUnderstood(
            f'{self}: expected a reply to "{said}" of its table, got {reply[:40]!r}; check that '
            f"both speak at {baud} baud"
        )


def _by_word(words: Mapping[str, _T]) -> dict[str, _T]:
    return {word.casefold(): meaning for word, meaning in words.items()}
