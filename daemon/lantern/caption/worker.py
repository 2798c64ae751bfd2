"""The caption worker: a child process that touches every hostile byte, so that the daemon need not.

`python -m lantern.caption.worker ROOT [MODELS]` reads requests from standard input and answers on
standard output (see `protocol`) until its input ends. It holds the models and one photo at a time;
with "--mute" in the place of MODELS, no model. Whatever a photo does to libvips, exiv2 or the
runtime ends this process alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from lantern import ipc
from lantern.caption import memory
from lantern.caption.confine import confine
from lantern.caption.port import Captioner, UInt8Image
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
from lantern.errors import ConfigError, PhotoError, Unavailable
from lantern.imaging.decode import DEFAULT_EDGE, Box, encode, encode_thumbnail, shrink
from lantern.imaging.develop import develop, seen
from lantern.imaging.formats import browser_shows
from lantern.imaging.inscribe import inscribe
from lantern.imaging.sharpness import sharpness
from lantern.imaging.sidecar import joint_stamp
from lantern.imaging.source import (
    Sidecar,
    Source,
    printable,
    read_photo,
    read_shared_sidecar,
    read_sidecar,
)
from lantern.model import Description

PREVIEW_EDGE = 1600
"""Pixels of the longest side of what the page shows of formats that browsers do not."""

SCREEN_QUALITY = 90
"""Of a JPEG for the screen: all of the colour, and no blocks to be seen on a wall."""

NICENESS = 10
OOM_SCORE = 500
"""The kernel's choice when memory runs out: this process, not the daemon or the show."""

_PR_SET_PDEATHSIG = 1


class Worker:
    """Answers requests about the photos below `root`; keeps the bytes of one photo."""

    def __init__(self, root: bytes, captioner: Captioner) -> None:
        self._root = root
        self._captioner = captioner
        self._path = b""
        self._source: Source | None = None
        self._sidecar: Sidecar | None = None
        self._shared_sidecar: Sidecar | None = None

    def answer(self, request: Request) -> Reply:
        """Return the reply to one request; a photo's fault is a reply, not an exception."""
        try:
            return self._answer(request)
        except PhotoError as error:
            return Refused(str(error))
        except MemoryError:
            path = self._path if isinstance(request, Develop) else request.path
            return Refused(
                f"{printable(path)}: takes more memory than there is on this machine; "
                "export a smaller copy"
            )
        except Unavailable as error:
            return Delayed(str(error))

    def _answer(self, request: Request) -> Reply:
        match request:
            case Identify(path):
                return self._identify(path)
            case Develop():
                return self._develop(request)
            case Inscribe():
                return self._inscribe(request)
            case Render():
                return self._render(request)

    def _identify(self, path: bytes) -> Identified:
        self._path, self._source = path, None
        source = self._source = read_photo(self._root, path)
        self._sidecar = read_sidecar(self._root, path)
        self._shared_sidecar = read_shared_sidecar(self._root, path)
        return Identified(
            source.size,
            source.mtime_ns,
            joint_stamp(_stamp(self._sidecar), _stamp(self._shared_sidecar)),
            source.format,
            source.fingerprint,
            source.remark,
        )

    def _develop(self, request: Develop) -> Developed:
        source = self._source
        if source is None:
            raise Unavailable("no photo at hand; identify it first")
        try:
            return self._developed(source, request)
        except PhotoError as error:
            raise PhotoError(f"{printable(self._path)}: {error}") from error

    def _developed(self, source: Source, request: Develop) -> Developed:
        stages: dict[str, float] = {}
        needs_preview = request.thumbnail and not browser_shows(source.format)
        with _timed(stages, "decode"):
            photo = develop(
                source.data,
                source.format,
                edge=PREVIEW_EDGE if needs_preview else DEFAULT_EDGE,
                fingerprint=source.fingerprint,
                sidecar=_document(self._sidecar),
                shared_sidecar=_document(self._shared_sidecar),
            )
            pixels = photo.picture.pixels
        description = None
        if request.caption and photo.imprint is not None and not request.afresh:
            description = photo.imprint.description
        elif request.caption:
            with _timed(stages, "caption"):
                description = self._captioner.describe(pixels)
        with _timed(stages, "thumbnail"):
            small = shrink(pixels)
            thumbnail = encode_thumbnail(small) if request.thumbnail else None
            rendition = encode_thumbnail(pixels, PREVIEW_EDGE) if needs_preview else None
        with _timed(stages, "sharpness"):
            sharp = sharpness(small)
        return Developed(
            photo.metadata, photo.imprint, description, sharp, thumbnail, rendition, stages
        )

    def _inscribe(self, request: Inscribe) -> Inscribed:
        self._source = None  # one photo at a time: its bytes make room for the other's
        # The shared sidecar is not in the stamp: where there is one, the scan sees a change, and
        # one that was edited meanwhile is read.
        written = inscribe(
            self._root,
            request.path,
            request.size,
            request.mtime_ns,
            request.imprint,
            sidecar=request.sidecar,
            withdrawn=request.withdrawn,
        )
        return Inscribed(*msgspec.structs.astuple(written))

    def _render(self, request: Render) -> Rendered:
        self._source = None  # as in _inscribe
        source = read_photo(self._root, request.path)
        try:
            picture = seen(source.data, source.format, Box(request.width, request.height))
        except PhotoError as error:
            raise PhotoError(f"{printable(request.path)}: {error}") from error
        return Rendered(encode(picture.pixels, SCREEN_QUALITY))


def _stamp(sidecar: Sidecar | None) -> int:
    return sidecar.stamp if sidecar else 0


def _document(sidecar: Sidecar | None) -> bytes:
    return sidecar.data if sidecar else b""


def serve(requests: BinaryIO, replies: BinaryIO, worker: Worker) -> None:
    """Answer requests until they end."""
    decoder = msgspec.msgpack.Decoder(Request)
    while header := requests.read(ipc.HEADER_BYTES):
        payload = requests.read(ipc.payload_length(header))
        send(replies, worker.answer(decoder.decode(payload)))


def send(replies: BinaryIO, reply: Reply) -> None:
    """Write one reply."""
    replies.write(ipc.frame(msgspec.msgpack.encode(reply)))
    replies.flush()


def main(arguments: list[str]) -> int:
    """Run the worker; return its exit status."""
    replies = _private_output()
    _step_back()
    try:
        return _work(replies, *arguments)
    except BrokenPipeError:
        # The daemon died first, and has its own story. Keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), replies.fileno())
        return 0


def _work(replies: BinaryIO, root: str, *models: str) -> int:
    try:
        captioner, runtime = _captioner(*models)
    except ConfigError as error:
        send(replies, Unfit(str(error)))
        return 1
    # All is loaded; from now on it is photos that say what happens here.
    send(replies, Ready(captioner.name, runtime, confine()))
    serve(sys.stdin.buffer, replies, Worker(os.fsencode(root), captioner))
    return 0


class Mute:
    """Describes nothing (`Captioner`): neither a model nor its runtime is even loaded."""

    name = "none"

    def describe(self, image: UInt8Image) -> Description:  # noqa: ARG002 - the port's
        """Say why not."""
        raise Unavailable("this worker has no model; nothing is described in safe mode")


def _captioner(models: str = "") -> tuple[Captioner, str]:
    """Return what describes, and what runs it."""
    if models == MUTE:
        return Mute(), "none"
    from lantern.caption.graphs import runtime_name  # noqa: PLC0415 - see Mute
    from lantern.caption.tflite import TfliteCaptioner  # noqa: PLC0415 - see Mute

    return TfliteCaptioner(Path(models) if models else None), runtime_name()


@contextlib.contextmanager
def _timed(stages: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    stages[name] = (time.perf_counter() - start) * 1e3


def _private_output() -> BinaryIO:
    """Return standard output for replies alone: what a library prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _step_back() -> None:
    """Give way to everything else on the machine, and die with the daemon."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Both reach the whole group, and stopping is the daemon's to handle: it must not look as if a
    # photo had cost a worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory.limit()
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(OOM_SCORE))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
