"""Ports for what is started in a process of its own, beside others that do the same."""

from __future__ import annotations

import random
import socket

NOBODYS = range(20_000, 32_000)
"""Ports that Linux gives nobody who asks for any: those could be gone before they are served on."""


def free_port() -> int:
    """Return a port of 127.0.0.1 at which nobody listens."""
    while True:
        port = random.choice(NOBODYS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
