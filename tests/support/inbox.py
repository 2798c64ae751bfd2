"""Somebody who is written to: takes what apprise posts to a "json://" address of this machine."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

from support.ports import free_port


class Inbox(http.server.ThreadingHTTPServer):
    """Keeps what was `taken`, unless it `refuses`. `secret` is the password in its address."""

    def __init__(self, secret: str = "secret") -> None:
        super().__init__(("127.0.0.1", free_port()), _Take)
        self.taken: list[dict[str, Any]] = []
        self.refuses = False
        self.address = f"json://anna:{secret}@127.0.0.1:{self.server_port}/here"


class _Take(http.server.BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.refuses:
            self.server.taken.append(json.loads(body))
        self.send_response(500 if self.server.refuses else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def inbox(secret: str = "secret") -> Iterator[Inbox]:
    """Listen for as long as the context lasts."""
    with Inbox(secret) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
