"""Listen on an address and serve the page there.

With `connection`, which is one visitor's, the only place that knows the HTTP server.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import resource
import socket
from collections.abc import Iterator

import anyio
import uvicorn
from starlette.types import ASGIApp

from lantern.errors import ConfigError, Unavailable
from lantern.web.connection import KEPT_S, Connection, House
from lantern.web.crowd import MOST

GRACE_S = 1
"""Seconds that answers under way get when the server is told to stop."""

OTHER_FILES = 200
"""What this process has open beside connections: the catalog, the index, photos."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host`, an IP address or name, and `port`; 0 takes any.

    Raises:
        ConfigError: this machine does not have the address, or may not use the port.
        Unavailable: another program listens there.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.create_server(
            (str(address[0]), int(address[1])),
            family=family,
            backlog=128,
            dualstack_ipv6=_is_any(host) and socket.has_dualstack_ipv6(),
        )
        # Connections inherit it. Without, an answer's body waits until the browser has acknowledged
        # its head, up to 40 ms: asyncio sets it on sockets that name their protocol, which this one
        # does not.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (OSError, UnicodeError) as error:  # the latter: a name that cannot be one
        code = error.errno if isinstance(error, OSError) else None
        if code == errno.EADDRINUSE:
            raise Unavailable(
                f"page: another program listens on {host} port {port}; stop it, or set another "
                "web.port in lantern.toml"
            ) from error
        raise ConfigError(
            f"page: cannot listen on {host} port {port} ({error}); set web.host to an "
            "address of this machine and web.port to one from 1024 to 65535"
        ) from error


def names(configured: tuple[str, ...] = ()) -> frozenset[str]:
    """Return the names that the page answers to: `configured`, localhost and this machine's own."""
    own = socket.gethostname().lower()
    short = own.partition(".")[0]
    return frozenset({"localhost", own, short, f"{short}.local", *configured})


async def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Serve `app` on `listener` until cancelled; then end within `GRACE_S` or little more.

    Signals are the caller's: this changes no handler.
    """
    _may_open(MOST + OTHER_FILES)
    server = _Server(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEPT_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_run_to_its_end, server, listener)
        try:
            await anyio.sleep_forever()
        finally:
            server.should_exit = True


def _may_open(files: int) -> None:
    """Raise this process' limit of open files to `files`, or as far as it may be raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files if hard == resource.RLIM_INFINITY else min(files, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _run_to_its_end(server: uvicorn.Server, listener: socket.socket) -> None:
    # Cancelled in its midst, the server would drop its connections without closing them.
    with anyio.CancelScope(shield=True):
        await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state = House()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process that this server is a part of."""
        yield


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host) == ipaddress.IPv6Address("::")
    except ValueError:
        return False
