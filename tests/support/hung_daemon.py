"""`lantern run` with a flaw: what the variable HUNG names hangs once the file HUNG_WHEN is there.

`python -m support.hung_daemon --config FILE run`. All else is the real daemon, in a hurry: a part
that does not come around within a second hangs.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Awaitable, Callable

import anyio
import anyio.to_thread

from lantern import app, heartbeat, supervise, vigil, waiting
from lantern.__main__ import main
from lantern.ingest import reconcile
from lantern.ingest.publish import Publisher
from lantern.ingest.reconcile import Reconciler

HURRY_S = 1.0


def hurry() -> None:
    for module in (heartbeat, waiting):
        module.BEAT_S = 0.2  # type: ignore[attr-defined]
    reconcile.ANSWER_S = reconcile.ROOT_CHECK_S = 0.3
    supervise.LOOK_S = vigil.LOOK_S = app.HAIL_S = 0.3
    patient = heartbeat.Heartbeat.beat

    def beat(own: heartbeat.Heartbeat, within_s: float = HURRY_S) -> None:
        patient(own, min(within_s, HURRY_S))

    heartbeat.Heartbeat.beat = beat  # type: ignore[method-assign]


def is_time() -> bool:
    return os.path.exists(os.environ["HUNG_WHEN"])


async def forever() -> None:
    await anyio.Event().wait()


def hanging(service: type, method: str, hang: Callable[[], Awaitable[None]]) -> None:
    """Let `method` of `service` hang when it is time."""
    well = getattr(service, method)

    async def ill(own: object, *args: object, **kwargs: object) -> object:
        if is_time():
            await hang()
        return await well(own, *args, **kwargs)

    setattr(service, method, ill)


async def in_a_call() -> None:
    """Hang where nothing can be cancelled."""
    await anyio.to_thread.run_sync(time.sleep, 3600)


async def with_the_loop() -> None:
    time.sleep(3600)  # noqa: ASYNC251 - that is the flaw


def the_disk() -> None:
    """Let the photos' disk answer nobody for as long as the file is there, as a dead server's."""
    well = os.path.isdir

    def isdir(path: object) -> bool:
        while isinstance(path, bytes) and is_time():  # the photos' folder is bytes
            time.sleep(0.05)
        return well(path)  # type: ignore[arg-type]

    os.path.isdir = isdir  # type: ignore[assignment]


FLAWS: dict[str, Callable[[], None]] = {
    "nothing": lambda: None,
    "the index": lambda: hanging(Publisher, "publish", forever),
    "the scan": lambda: hanging(Reconciler, "_look", in_a_call),
    "the disk": the_disk,
    "everything": lambda: hanging(Reconciler, "_look", with_the_loop),
}


if __name__ == "__main__":
    hurry()
    FLAWS[os.environ["HUNG"]]()
    sys.exit(main())
