"""`lantern run` that loads no model: its workers give each picture a sentence of its own.

`python -m support.plain_daemon --config FILE run`. All else is real: the workers read, decode and
write photos. What a worker is asked to describe stands, a fingerprint a line, in the file that the
variable ASKED names, before it answers; so it outlives a kill. With HURRY=1 in the environment the
daemon tries again within a second what it would leave alone for longer.
"""

from __future__ import annotations

import hashlib
import os
import sys

from lantern import app, supervise
from lantern.__main__ import main
from lantern.caption import worker
from lantern.caption.port import UInt8Image
from lantern.catalog import state
from lantern.ingest import desk, group, publish, reconcile, turns, unreadable
from lantern.model import Caption, Description, Features

WORKER = "worker"


class PlainCaptioner:
    """Describes by the pixels alone; no two pictures are described alike, or look alike."""

    name = "plain 1"

    def describe(self, image: UInt8Image) -> Description:
        """Return what is always said of this picture."""
        seen = hashlib.blake2b(image.tobytes(), digest_size=64).digest()
        sentence = f"picture {seen.hex()[:12]} of {seen.hex()[12:18]}"
        return Description(Caption(sentence, 0.5, self.name), (), Features(seen, 1 / 600))


class Diarist(worker.Worker):
    """Keeps a diary of what it was asked."""

    def _developed(self, source, request):  # type: ignore[no-untyped-def]
        diary = os.open(os.environ["ASKED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        if request.caption:
            os.write(diary, f"{source.fingerprint}\n".encode())
        os.close(diary)
        return super()._developed(source, request)


def be_worker(arguments: list[str]) -> int:
    worker.Worker = Diarist  # type: ignore[misc]
    worker._captioner = lambda *_: (PlainCaptioner(), "none")
    return worker.main(arguments)


def hurry() -> None:
    state.FIRST_RETRY_S, state.LONGEST_RETRY_S = 0.3, 1.0
    desk.STATE_RETRY_S = turns.STATE_RETRY_S = publish.RETRY_S = group.RETRY_S = (
        turns.WORKER_RETRY_S
    ) = 0.5
    app.STATE_S = 0.5
    reconcile.ROOT_CHECK_S = supervise.RESTART_S = unreadable.FIRST_S = 0.5


def be_daemon() -> int:
    if os.environ.get("HURRY"):
        hurry()

    def command(root, models=None, *, describes=True):  # type: ignore[no-untyped-def]
        return [sys.executable, "-m", "support.plain_daemon", WORKER, os.fsdecode(root)]

    app.worker_command = command
    return main()


if __name__ == "__main__":
    sys.exit(be_worker(sys.argv[2:]) if sys.argv[1] == WORKER else be_daemon())
