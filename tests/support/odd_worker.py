"""A real caption worker, but for photos that kill it or hang it. Run as the worker itself is.

A file whose name begins with "killer" ends the process by SIGKILL, "hanging" stops it for ever,
"babbling" makes it say something that is no frame. All else is answered as ever, without a model.
"""

import os
import signal
import sys
import time

from lantern.caption import worker
from lantern.caption.protocol import Identify, Ready
from lantern.model import Caption, Description, Features


class PlainCaptioner:
    """Says the same of every picture."""

    name = "plain 1"

    def describe(self, image: object) -> Description:  # noqa: ARG002 - all pictures are alike
        return Description(Caption("a photo", 0.5, self.name), (), Features(b"\1" * 8, 0.1))


class OddWorker(worker.Worker):
    """Has photos of which it dies."""

    def answer(self, request: object) -> object:
        if isinstance(request, Identify):
            name = os.path.basename(request.path)
            if name.startswith(b"killer"):
                os.kill(os.getpid(), signal.SIGKILL)
            if name.startswith(b"hanging"):
                time.sleep(3600)
            if name.startswith(b"babbling"):
                sys.stdout.buffer.write(b"Traceback (most recent call last):\n" * 50)
                sys.stdout.buffer.flush()
        return super().answer(request)


if __name__ == "__main__":
    worker.send(sys.stdout.buffer, Ready("plain 1", "none"))
    root = os.fsencode(sys.argv[1])
    worker.serve(sys.stdin.buffer, sys.stdout.buffer, OddWorker(root, PlainCaptioner()))
