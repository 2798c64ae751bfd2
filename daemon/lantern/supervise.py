"""What long-running services share: a thread, a memory, a second life, an end.

Knows no service. `app` starts and stops them.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Generic, ParamSpec, TypeVar

import anyio
import anyio.abc
import anyio.to_thread

from lantern import heartbeat, log
from lantern.errors import Unavailable
from lantern.heartbeat import Heartbeat
from lantern.noticeboard import Noticeboard

_P = ParamSpec("_P")
_T = TypeVar("_T")


class OneThread:
    """Runs blocking calls off the event loop, one at a time and in order.

    Everything that shares one `OneThread` is safe from concurrent use. A call that has begun is
    finished even if its caller is cancelled: nothing is left half-written.
    """

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(1)

    async def __call__(self, call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what `call` returns."""
        bound = partial(call, *args, **kwargs)
        return await anyio.to_thread.run_sync(bound, limiter=self._limiter)


class Probe:
    """Asks what may never answer, such as a disk behind a network: by one thread at most."""

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(1)
        self._asking = False

    async def __call__(
        self, within_s: float, question: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Return what `question` returns.

        Raises:
            TimeoutError: it did not in `within_s`, or an earlier one still has not.
        """
        if self._asking:
            raise TimeoutError
        bound = partial(question, *args, **kwargs)

        def ask() -> _T:
            try:
                return bound()
            finally:
                self._asking = False

        self._asking = True
        with anyio.fail_after(within_s):
            return await anyio.to_thread.run_sync(
                ask, limiter=self._limiter, abandon_on_cancel=True
            )


class Lately(Generic[_T]):
    """The answer of a question that costs something, asked again once it is `seconds` old.

    Safe between threads: whoever comes while it is asked waits for that answer. An error is not
    kept.
    """

    def __init__(self, question: Callable[[], _T], seconds: float) -> None:
        self._question = question
        self._seconds = seconds
        self._lock = threading.Lock()
        self._answers: list[tuple[float, _T]] = []

    def __call__(self) -> _T:
        """Return the answer."""
        with self._lock:
            now = time.monotonic()
            if not self._answers or now - self._answers[0][0] >= self._seconds:
                self._answers = [(now, self._question())]
            return self._answers[0][1]


class WhileUnchanged(Generic[_T]):
    """The answer of a question, asked again once `version` returns another value than before.

    Safe between threads, as `Lately`. An error is not kept.
    """

    def __init__(self, question: Callable[[], _T], version: Callable[[], object]) -> None:
        self._question = question
        self._version = version
        self._lock = threading.Lock()
        self._answers: list[tuple[object, _T]] = []

    def __call__(self) -> _T:
        """Return the answer."""
        with self._lock:
            version = self._version()
            if not self._answers or version != self._answers[0][0]:
                self._answers = [(version, self._question())]
            return self._answers[0][1]


RESTART_S, LATEST_RESTART_S = 1.0, 60.0
"""How long a service that failed is left alone: longer each time, up to the second."""

STEADY_S = 10.0
"""A service that has run for so long is well again."""

LOOK_S = 5.0
"""How often is looked whether a service hangs."""


async def kept_up(name: str, service: Callable[[], Awaitable[None]], board: Noticeboard) -> None:
    """Run `service` until it ends by itself; if it fails or hangs, record that, begin it anew.

    For what must not take others with it. The trouble stands on `board` under `name`. A service
    that cannot even be cancelled, in a call that never returns, is left to the watchdog.
    """
    pause_s = RESTART_S
    while True:
        began = time.monotonic()
        try:
            with heartbeat.part(name) as own:
                async with anyio.create_task_group() as group:
                    group.start_soon(_clear_when_steady, name, board)
                    group.start_soon(_end_when_hanging, own)
                    await service()
                    group.cancel_scope.cancel()
        except Exception as error:  # noqa: BLE001 - a supervisor's boundary: recorded, begun anew
            cause = _only(error)
            trace = "".join(traceback.format_exception(cause))
            log.error("service failed", service=name, error=repr(cause), trace=trace)
            board.post(name, f"{name}: {cause or type(cause).__name__}; it is begun anew")
        else:
            board.clear(name)
            return
        lasted = time.monotonic() - began > STEADY_S
        pause_s = RESTART_S if lasted else min(2 * pause_s, LATEST_RESTART_S)
        await anyio.sleep(pause_s)


async def _clear_when_steady(name: str, board: Noticeboard) -> None:
    await anyio.sleep(STEADY_S)
    board.clear(name)


async def _end_when_hanging(own: Heartbeat) -> None:
    """Raise `Unavailable` once something hangs at two looks: a machine that slept is forgiven."""
    suspects: set[str] = set()
    while True:
        await anyio.sleep(LOOK_S)
        late = set(own.late())
        if hanging := late & suspects:
            raise Unavailable(f"no progress of {' and '.join(sorted(hanging))}")
        suspects = late


def _only(error: Exception) -> Exception:
    """Return the one error that task groups wrapped."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


@contextlib.asynccontextmanager
async def stopping() -> AsyncIterator[anyio.Event]:
    """Hand out an event that the first SIGTERM or SIGINT within the context sets."""
    stop = anyio.Event()

    async def listen(*, task_status: anyio.abc.TaskStatus[None]) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            async for _ in signals:
                stop.set()

    async with anyio.create_task_group() as group:
        await group.start(listen)
        yield stop
        group.cancel_scope.cancel()
