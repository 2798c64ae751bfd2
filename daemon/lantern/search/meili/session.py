"""HTTP with a server that may be anybody's: answers end in time, have an end, and lead nowhere.

`requests` alone waits anew for each byte, reads however much comes, follows wherever it is sent,
and believes what the machine's environment says of proxies and passwords. What is wrong is raised
as `requests` does, or as a ValueError where an answer is none of Meilisearch's.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes, unpacked. A page of results with the counts of every filter is below one megabyte."""


class Session(requests.Session):
    """A kept-alive connection on which each question ends `longest_s` seconds after it was asked.

    For one thread at a time.
    """

    def __init__(self, longest_s: float) -> None:
        super().__init__()
        self.trust_env = False  # a .netrc would replace the key, a proxy would read it
        self._longest_s = longest_s
        self._line = _Line()
        self.mount("http://", self._line)
        self.mount("https://", self._line)

    def request(self, *asked: Any, **options: Any) -> requests.Response:
        """Ask as `requests.Session.request` does; raise its `ReadTimeout` when time is up."""
        late = threading.Event()

        def cut() -> None:
            late.set()
            self._line.cut()

        timer = threading.Timer(self._longest_s, cut)
        timer.daemon = True
        timer.start()
        try:
            answer = super().request(*asked, **options)
        except (requests.RequestException, OSError) as error:
            if late.is_set():
                raise requests.ReadTimeout(f"no end in {self._longest_s:g} s") from error
            raise
        finally:
            timer.cancel()
        if late.is_set():  # what came may be whole by its own word, but is not
            raise requests.ReadTimeout(f"no end in {self._longest_s:g} s")
        return answer

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return that no answer leads elsewhere: one that would is no answer of Meilisearch's."""


class _Line(HTTPAdapter):
    """Knows its connection, to cut it from another thread, and hands over answers of a size."""

    def init_poolmanager(self, *sizes: Any, **options: Any) -> None:
        super().init_poolmanager(*sizes, **options)
        self._connections: list[HTTPConnection] = []
        self.poolmanager.pool_classes_by_scheme = {
            "http": _noting(HTTPConnectionPool, self._connections),
            "https": _noting(HTTPSConnectionPool, self._connections),
        }

    def send(self, *asked: Any, **options: Any) -> requests.Response:
        answer = super().send(*asked, **options)
        answer.raw = _Bounded(answer.raw)
        return answer

    def cut(self) -> None:
        for connection in self._connections:
            if connection.sock is not None:
                with contextlib.suppress(OSError):  # it may have ended by itself
                    connection.sock.shutdown(socket.SHUT_RDWR)


def _noting(
    pool: type[HTTPConnectionPool], noted: list[HTTPConnection]
) -> type[HTTPConnectionPool]:
    """Return `pool` with connections that write themselves down in `noted`, the newest alone."""
    kind: Any = pool.ConnectionCls

    class Connection(kind):  # type: ignore[misc]
        def connect(self) -> None:
            noted[:] = [self]
            super().connect()

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


class _Bounded:
    """The body of an answer, which ends at `LARGEST_ANSWER`; all else is the answer's own."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, size: int, decode_content: bool | None = None) -> Iterator[bytes]:
        """Yield the body in pieces, as urllib3 does."""
        come = 0
        for piece in self._raw.stream(size, decode_content=decode_content):
            come += len(piece)
            if come > LARGEST_ANSWER:
                self._raw.close()
                raise ValueError(f"more than {LARGEST_ANSWER >> 20} MB")
            yield piece
