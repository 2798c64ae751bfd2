"""Where blocking questions run: a few threads, so that visitors queue here and not on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
from anyio import to_thread

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 3
"""A Pi has four cores and a show to play; more threads would only make each answer later."""

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="asked")
_aside = anyio.CapacityLimiter(1)


async def ask(question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `question` answers, asked in one of a few threads, raising what it raises.

    Whoever is cancelled meanwhile waits no longer; the question is answered for nobody. To hand it
    to such a thread takes half as long as by `anyio.to_thread`, and each key of a visitor does.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, partial(question, *args, **kwargs))


async def ask_aside(question: Callable[[], T]) -> T:
    """Return what `question` answers, asked where it holds up no visitor: it may hang on a disk."""
    return await to_thread.run_sync(question, limiter=_aside)
