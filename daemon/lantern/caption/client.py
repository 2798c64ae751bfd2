"""The daemon's end of the caption worker: ask, wait no longer than agreed, replace what failed.

Owns the child process. A worker that dies, hangs past its deadline or breaks the protocol is
killed; the next question starts a new one. See `worker` for the other end.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import anyio
import anyio.abc
import msgspec
from anyio.streams.buffered import BufferedByteReceiveStream

from lantern import ipc, log
from lantern.caption.protocol import (
    MUTE,
    Delayed,
    Develop,
    Developed,
    Identified,
    Identify,
    Inscribe,
    Inscribed,
    Ready,
    Refused,
    Render,
    Rendered,
    Reply,
    Request,
    Unfit,
)
from lantern.errors import ConfigError, PhotoError, ProtocolError, Unavailable, WorkerLost
from lantern.model import Imprint

START_DEADLINE_S = 60.0
"""A cold SD card needs a while for the models."""

QUESTIONS = 4
"""That one piece of work may lead to at most, or wait for another worker to have answered."""

BURIAL_S = 1.0
"""How long a killed child is waited for."""

LAST_WORDS_S = 0.5
"""How long a child that stopped talking may take to end by itself."""

_Answer = TypeVar("_Answer", Ready, Identified, Developed, Inscribed, Rendered)
_decoder = msgspec.msgpack.Decoder(Reply)


def worker_command(root: bytes, models: Path | None = None, *, describes: bool = True) -> list[str]:
    """Return the command line of a worker for the photos below `root`.

    `models` is the folder of its model, None for the one that Lantern ships; one that does not
    describe needs none.
    """
    command = [sys.executable, "-m", "lantern.caption.worker", os.fsdecode(root)]
    if not describes:
        return [*command, MUTE]
    return command if models is None else [*command, str(models)]


class WorkerClient:
    """One worker. Ask one question at a time; an async context that ends the child at its end.

    Every question raises `WorkerLost` if the child dies, hangs for `deadline_s` or talks nonsense,
    and `ConfigError` if a new child says that it cannot work.
    """

    def __init__(self, command: Sequence[str], *, deadline_s: float) -> None:
        self._command = command
        self._deadline_s = deadline_s
        self._process: anyio.abc.Process | None = None
        self._replies: BufferedByteReceiveStream | None = None
        self.ready: Ready | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    @property
    def patience_s(self) -> float:
        """Return how long one piece of work may take, a late child and its successor's included."""
        return START_DEADLINE_S + QUESTIONS * (self._deadline_s + BURIAL_S)

    @property
    def pid(self) -> int | None:
        """Return the child's process id, or None while there is none."""
        return self._process.pid if self._process else None

    async def start(self) -> Ready:
        """Start the child if none runs; return what it says of itself."""
        if self._process is None or self._process.returncode is not None or self.ready is None:
            await self._end()
            self.ready = await self._within(START_DEADLINE_S, self._launch, "start")
            ready = self.ready
            log.info(
                "worker ready", model=ready.model, runtime=ready.runtime, confined=ready.confined
            )
        return self.ready

    async def identify(self, path: bytes) -> Identified:
        """Return what picture the file at `path` holds; the worker keeps its bytes at hand.

        Raises:
            PhotoError: the file cannot be used as it is.
            Unavailable: it cannot be read now.
        """
        return await self._ask(Identify(path), Identified)

    async def develop(self, *, caption: bool, thumbnail: bool, afresh: bool = False) -> Developed:
        """Return metadata, and what is asked, of the picture identified last.

        Raises:
            PhotoError: the picture cannot be decoded.
        """
        return await self._ask(Develop(caption, thumbnail, afresh), Developed)

    async def inscribe(  # noqa: PLR0913 - as the message
        self,
        path: bytes,
        size: int,
        mtime_ns: int,
        imprint: Imprint,
        *,
        sidecar: bool,
        withdrawn: str | None = None,
    ) -> Inscribed:
        """Write `imprint` into the file at `path`, or its sidecar; the worker forgets any other.

        Raises:
            PhotoError: it may not be written there as the file is.
            Unavailable: the file changed, or cannot be written now.
        """
        request = Inscribe(path, size, mtime_ns, imprint, sidecar, withdrawn)
        return await self._ask(request, Inscribed)

    async def render(self, path: bytes, width: int, height: int) -> bytes:
        """Return a JPEG of the photo at `path`, of at most `width` by `height` pixels.

        The worker forgets any other photo.

        Raises:
            PhotoError: the file cannot be used as it is.
            Unavailable: it cannot be read now.
        """
        return (await self._ask(Render(path, width, height), Rendered)).picture

    async def _ask(self, request: Request, answer: type[_Answer]) -> _Answer:
        await self.start()

        async def exchange() -> _Answer:
            await self._send(request)
            return await self._receive(answer)

        return await self._within(self._deadline_s, exchange, type(request).__name__.lower())

    async def _within(
        self, seconds: float, call: Callable[[], Awaitable[_Answer]], what: str
    ) -> _Answer:
        """Await `call`; whatever goes wrong with the child costs it its life."""
        try:
            with anyio.fail_after(seconds):
                return await call()
        except TimeoutError:
            await self._end()
            raise WorkerLost(f"{what}: no answer in {seconds:g} s, worker killed") from None
        except (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError, OSError):
            raise WorkerLost(f"{what}: worker died, {await self._end(LAST_WORDS_S)}") from None
        except (ProtocolError, msgspec.DecodeError, UnicodeDecodeError) as error:
            await self._end()
            raise WorkerLost(f"{what}: worker spoke nonsense ({error}), killed") from error
        except BaseException as error:
            # Cancelled between question and answer: the next answer would be the wrong one.
            if not isinstance(error, PhotoError | Unavailable | ConfigError):
                await self._end()
            raise

    async def _launch(self) -> Ready:
        self._process = await anyio.open_process(self._command, stderr=None)
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        self._replies = BufferedByteReceiveStream(self._process.stdout)
        return await self._receive(Ready)

    async def _send(self, request: Request) -> None:
        assert self._process is not None  # noqa: S101 - started before
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        await self._process.stdin.send(ipc.frame(msgspec.msgpack.encode(request)))

    async def _receive(self, answer: type[_Answer]) -> _Answer:
        assert self._replies is not None  # noqa: S101 - started before
        header = await self._replies.receive_exactly(ipc.HEADER_BYTES)
        payload = await self._replies.receive_exactly(ipc.payload_length(header))
        match _decoder.decode(payload):
            case Refused(reason):
                raise PhotoError(reason)
            case Delayed(reason):
                raise Unavailable(reason)
            case Unfit(reason):
                raise ConfigError(reason)
            case reply if isinstance(reply, answer):
                return reply
            case reply:
                raise ProtocolError(f"expected {answer.__name__}, got {type(reply).__name__}")

    async def _end(self, grace_s: float = 0.0) -> str:
        """Kill the child, if there is one after `grace_s`; return how it ended, for people.

        One that is ending already must not be killed: asyncio would lose how it ended. Goes on
        though cancelled, but waits `BURIAL_S` at most: a child that hangs in the kernel, on a dying
        disk, dies when it can.
        """
        process, self._process, self._replies, self.ready = self._process, None, None, None
        if process is None:
            return "not started"
        with anyio.move_on_after(grace_s, shield=True):
            await process.wait()
        with anyio.move_on_after(BURIAL_S, shield=True):
            if process.returncode is None:
                process.kill()
            await process.wait()
            await process.aclose()
        return _ending(process.returncode)


def _ending(status: int | None) -> str:
    if status is None:
        return "hanging in the kernel"
    return f"signal {-status}" if status < 0 else f"exit status {status}"
