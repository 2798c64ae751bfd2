"""Speak with mpv over its socket: one JSON text a line, answers and events in between.

`Lines` is the format, without a socket. `connected` hands out an `Mpv`, whose questions end by an
answer or by an error within their patience, whatever is at the other end; it knows no command of
mpv. See `kiosk.screen` for what is asked, `kiosk.player` for how mpv is started.

Source: mpv's manual, "JSON IPC".
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import msgspec

from lantern.address import short
from lantern.errors import LanternError, ProtocolError, Unavailable

LONGEST_LINE = 1024 * 1024
"""Bytes; the longest answer to what is asked here has a few hundred."""

PATIENCE_S = 5.0
"""A player that is well answers within milliseconds; one that does not is as good as gone."""

Command = Sequence[Any] | Mapping[str, Any]
"""A command by its words, or by named arguments, with its own name under "name"."""


class NotDone(LanternError):
    """The player understood a command and says that it cannot do it."""


class Reply(msgspec.Struct, frozen=True):
    """The answer to request number `request`; `error` is "success" or why there is no `data`."""

    request: int
    error: str
    data: Any = None


class Event(msgspec.Struct, frozen=True):
    """What the player tells by itself. A changed property has its `name` and `data` in `fields`."""

    name: str
    fields: dict[str, Any]


def line(request: int, command: Command) -> bytes:
    """Return `command` as one line. Names that are no UTF-8 travel as the bytes they are."""
    said = dict(command) if isinstance(command, Mapping) else list(command)
    text = json.dumps({"command": said, "request_id": request}, ensure_ascii=False)
    return text.encode("utf-8", "surrogateescape") + b"\n"


class Lines:
    """Makes answers and events of bytes, however those are cut."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Reply | Event]:
        """Return what `data` completes. Objects of a kind that nobody knows are left out.

        Raises:
            ProtocolError: no player sends this; the connection is of no use any more.
        """
        *complete, self._rest = (self._rest + data).split(b"\n")
        if max(map(len, (*complete, self._rest))) > LONGEST_LINE:
            raise ProtocolError(f"player: a line of more than {LONGEST_LINE} bytes, expected less")
        messages = (_message(one) for one in complete if one.strip())
        return [message for message in messages if message is not None]


def _message(raw: bytes) -> Reply | Event | None:
    try:
        told = json.loads(raw.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"player: expected a line of JSON, got {raw[:80]!r}") from error
    match told:
        case {"event": str(name), **fields}:
            return Event(name, {str(key): value for key, value in fields.items()})
        case {"request_id": int(request), "error": str(reason)}:
            return Reply(request, reason, told.get("data"))
        case {}:
            return None
    raise ProtocolError(f"player: expected an object, got {raw[:80]!r}")


class _Question:
    """Waits for its `reply`, which stays None if the connection ends before."""

    def __init__(self) -> None:
        self.answered = anyio.Event()
        self.reply: Reply | None = None

    def settle(self, reply: Reply | None) -> None:
        self.reply = reply
        self.answered.set()


class Mpv:
    """One connection to a player. Any number of tasks may ask at the same time."""

    def __init__(self, stream: anyio.abc.ByteStream, patience_s: float) -> None:
        self._stream = stream
        self._patience_s = patience_s
        self._sending = anyio.Lock()
        self._open: dict[int, _Question] = {}
        self._asked = 0

    async def ask(self, *command: Any) -> Any:
        """Return what the player answers to the words of `command`, such as "get_property", NAME.

        Raises:
            NotDone: it says that it cannot.
            Unavailable: it does not answer in time, or is gone.
        """
        return _data(*await self._exchange([command]))

    async def tell(self, *commands: Command) -> list[Any]:
        """Send `commands` at once, in this order, and return the answers.

        Raises:
            NotDone: one of them cannot be done; the others may have been.
            Unavailable: the player does not answer in time, or is gone.
        """
        replies = await self._exchange(commands)
        return [_data(reply) for reply in replies]

    async def look(self, *names: str) -> dict[str, Any]:
        """Return the properties `names`, None for each that there is not now.

        Raises:
            Unavailable: the player does not answer in time, or is gone.
        """
        replies = await self._exchange([("get_property", name) for name in names])
        return {name: reply.data for name, reply in zip(names, replies, strict=True)}

    async def _exchange(self, commands: Sequence[Command]) -> list[Reply]:
        first = self._asked + 1
        self._asked += len(commands)
        numbers = range(first, first + len(commands))
        questions = [self._open.setdefault(number, _Question()) for number in numbers]
        try:
            with anyio.fail_after(self._patience_s):
                async with self._sending:
                    await self._stream.send(b"".join(map(line, numbers, commands)))
                for question in questions:
                    await question.answered.wait()
        except TimeoutError as error:
            raise Unavailable(f"player: no answer within {self._patience_s:g} s") from error
        except (OSError, anyio.ClosedResourceError, anyio.BrokenResourceError) as error:
            raise Unavailable("player: gone") from error
        finally:
            for number in numbers:
                self._open.pop(number, None)
        replies = [question.reply for question in questions if question.reply is not None]
        if len(replies) < len(questions):
            raise Unavailable("player: gone before it answered")
        return replies

    async def listen(self, hear: Callable[[Event], None]) -> None:
        """Take in answers, and let `hear` have each event, until the connection ends.

        Raises:
            Unavailable: it ended.
            ProtocolError: what is at the other end is no player.
        """
        lines = Lines()
        try:
            async for data in self._stream:
                for message in lines.feed(data):
                    self._take(message, hear)
        except (OSError, anyio.BrokenResourceError) as error:
            raise Unavailable("player: gone") from error
        finally:
            for question in self._open.values():
                question.settle(None)
        raise Unavailable("player: gone")

    def _take(self, message: Reply | Event, hear: Callable[[Event], None]) -> None:
        if isinstance(message, Event):
            hear(message)
        elif message.request in self._open:
            self._open[message.request].settle(message)


def _data(reply: Reply) -> Any:
    if reply.error != "success":
        raise NotDone(f"player: {reply.error}")
    return reply.data


def _cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error to raise in the place of `group`: the caller's, else one of the player."""
    found: BaseException = group.split(LanternError)[1] or group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


@contextlib.asynccontextmanager
async def connected(
    socket: Path, hear: Callable[[Event], None], patience_s: float = PATIENCE_S
) -> AsyncIterator[Mpv]:
    """Hold a connection to the player at `socket`; `hear` gets its events, and must not block.

    Raises:
        Unavailable: nobody answers there, or, within the context, the player is gone or hangs.
        ProtocolError: what answers is no player.
    """
    try:
        with short(socket) as address:
            stream = await anyio.connect_unix(address)
    except OSError as error:
        raise Unavailable(f"player at {socket}: {error.strerror or error}") from error
    async with stream:
        try:
            async with anyio.create_task_group() as tasks:
                mpv = Mpv(stream, patience_s)
                tasks.start_soon(mpv.listen, hear)
                yield mpv
                tasks.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            raise _cause(group) from group
