"""Somebody who is written to: takes what apprise posts to a "json://" address, or mails."""

from __future__ import annotations

import contextlib
import email
import email.message
import email.policy
import http.server
import json
import socketserver
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


class _Mail(socketserver.StreamRequestHandler):
    """As much of SMTP [RFC 5321] as one letter takes."""

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split()[0]
            if word == "EHLO":
                self._say("250-here", "250 AUTH PLAIN LOGIN")
            elif word == "AUTH":
                self._say("235 you are")
            elif word == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                letter = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                self.server.letters.append(letter)  # type: ignore[attr-defined]
                self._say("250 taken")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 well")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@contextlib.contextmanager
def mailbox() -> Iterator[tuple[str, list[email.message.Message]]]:
    """Take mail for as long as the context lasts; give the address for apprise, and the letters."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.letters = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        port = server.server_address[1]
        names = "from=lantern@example.org&to=anna@example.org&mode=insecure"
        yield f"mailto://anna:secret@127.0.0.1:{port}/?{names}", server.letters  # type: ignore[attr-defined]
        server.shutdown()
