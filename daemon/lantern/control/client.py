"""A command's end of the control socket. Blocking; every command waits for its imports."""

from __future__ import annotations

import socket
from pathlib import Path

from lantern.address import short
from lantern.control.protocol import (
    NotNow,
    Question,
    Told,
    Unable,
    Wrong,
    decode_reply,
    encode,
)
from lantern.errors import PhotoError, ProtocolError, Unavailable

PATIENCE_S = 5.0


def ask(path: Path, question: Question, *, patience_s: float = PATIENCE_S) -> Told:
    """Return the daemon's answer to `question` over the socket at `path`, within `patience_s`.

    Raises:
        PhotoError: the daemon cannot do it as things are.
        Unavailable: no daemon answers there, or it cannot do it now.
        ProtocolError: what answers is not this version's daemon.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(patience_s)
            with short(path) as address:
                connection.connect(address)
            connection.sendall(encode(question) + b"\n")
            line = connection.makefile("rb").readline()
    except OSError as error:
        step = (
            'look by sudo, or as a member of the group "lantern"'
            if isinstance(error, PermissionError)
            else 'is it running? "sudo systemctl start lantern" (or "lantern run") starts it'
        )
        raise Unavailable(f"daemon at {path}: {error.strerror or 'no answer'}; {step}") from error
    try:
        reply = decode_reply(line)
    except ProtocolError as error:
        raise ProtocolError(f"daemon at {path}: {error}; is it of another version?") from error
    match reply:
        case Wrong(reason):
            raise ProtocolError(f"daemon at {path}: {reason}; is it of another version?")
        case Unable(reason):
            raise PhotoError(reason)
        case NotNow(reason):
            raise Unavailable(reason)
    return reply
