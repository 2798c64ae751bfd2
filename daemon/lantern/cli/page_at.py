"""Where the page is, as visitors type it, and whether it answers."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path

from lantern.config import Web

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on
PATIENCE_S = 2.0

AVAHI = Path("/run/avahi-daemon/socket")
"""There while the house is told this machine's name."""

FAR = ("192.0.2.1", 9)
"""An address that nobody has, beyond the house [RFC 5737]."""


def address(web: Web) -> str:
    """Return the page's address: a name that visitors may use where it is open to the network."""
    host = web.host
    if host in EVERYWHERE:
        host = web.names[0] if web.names else _own_name()
    return f"http://{_in_address(host)}:{web.port}/"


def silence(web: Web) -> str:
    """Return why the page does not answer this machine, "" if it does."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host)  # noqa: S104 - as above
    connection = http.client.HTTPConnection(host, web.port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/health", headers={"Host": f"{_in_address(host)}:{web.port}"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return str(getattr(error, "strerror", None) or "no answer").lower()
    finally:
        connection.close()
    return "" if status == http.client.OK else f"another program answers there, with {status}"


def _own_name() -> str:
    """Return a name of this machine that its network knows, or its address there."""
    name = socket.gethostname().partition(".")[0]
    if AVAHI.exists():
        return f"{name}.local"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        try:
            nobody.connect(FAR)  # which of our addresses would be used; nothing is sent
        except OSError:
            return name
        return str(nobody.getsockname()[0])


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host
