"""Have a worker make pictures for the screen, before all its other work: the show goes on.

Nothing is written down, and no photo is blamed: whoever asked is told what went wrong. `turns`
gives the workers.
"""

from __future__ import annotations

from collections import deque

import anyio

from lantern.caption.client import WorkerClient
from lantern.errors import ConfigError, PhotoError, Unavailable
from lantern.ingest.desk import Desk


class Order:
    """One picture that somebody waits for."""

    def __init__(self, path: bytes, width: int, height: int) -> None:
        self.wanted = path, width, height
        self.made = anyio.Event()
        self.picture = b""
        self.error: PhotoError | Unavailable | None = None


class Renderer:
    """Takes orders from any task, and does them with whichever worker is free first."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: deque[Order] = deque()

    async def render(self, path: bytes, width: int, height: int) -> bytes:
        """Return a JPEG of the photo at `path`, of at most `width` by `height` pixels.

        Waits for as long as no worker is free; who is cancelled meanwhile takes the order back.

        Raises:
            PhotoError: the file cannot be used as it is.
            Unavailable: it cannot be read now, or cost its worker.
        """
        order = Order(path, width, height)
        self._waiting.append(order)
        self._desk.arrived.give()
        try:
            await order.made.wait()
        finally:
            if order in self._waiting:
                self._waiting.remove(order)
        if order.error is not None:
            raise order.error
        return order.picture

    def next(self) -> Order | None:
        """Return the order that waits longest, which is the caller's from now on."""
        return self._waiting.popleft() if self._waiting else None

    async def make(self, worker: WorkerClient, order: Order) -> None:
        """Have `worker` make the picture, and tell who waits for it what became of it."""
        try:
            order.picture = await worker.render(*order.wanted)
        except (PhotoError, Unavailable) as error:
            order.error = error
        except ConfigError as error:  # a new worker, in a dead one's place; the next start tells
            order.error = Unavailable(str(error))
        except BaseException:
            order.error = Unavailable("the caption workers stop")
            raise
        finally:
            order.made.set()
