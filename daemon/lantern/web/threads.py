"""Where blocking questions run: a few threads, so that visitors queue here and not on the disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio
from anyio import to_thread

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 3
"""A Pi has four cores and a show to play; more threads would only make each answer later."""

_limiter = anyio.CapacityLimiter(THREADS)
_aside = anyio.CapacityLimiter(1)


async def ask(question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `question` answers, asked in one of a few threads, raising what it raises."""
    return await to_thread.run_sync(lambda: question(*args, **kwargs), limiter=_limiter)


async def ask_aside(question: Callable[[], T]) -> T:
    """Return what `question` answers, asked where it holds up no visitor: it may hang on a disk."""
    return await to_thread.run_sync(question, limiter=_aside)
