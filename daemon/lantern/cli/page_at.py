"""Where the page is, as visitors type it, and whether it answers."""

from __future__ import annotations

import http.client
import socket

from lantern.config import Web

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on
PATIENCE_S = 2.0


def address(web: Web) -> str:
    """Return the page's address: a name that visitors may use where it is open to the network."""
    host = web.host
    if host in EVERYWHERE:
        host = web.names[0] if web.names else f"{socket.gethostname().partition('.')[0]}.local"
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


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host
