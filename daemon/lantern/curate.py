"""Carry what the owner does on the page to the daemon, which alone writes.

Part of the page's composition: the rooms that it connects do not know each other.
"""

from __future__ import annotations

from pathlib import Path

from lantern.control import client
from lantern.control.protocol import Corrected, Hid, HidePhoto, Question, SetCaption, Told
from lantern.errors import ProtocolError, Unavailable
from lantern.model import PhotoId

PATIENCE_S = 5.0


class DaemonsCurator:
    """A `web.owner.Curator` that asks the daemon at the control socket."""

    def __init__(self, control_socket: Path) -> None:
        self._socket = control_socket

    def correct(self, photo: PhotoId, sentence: str) -> None:
        """See `Curator.correct`."""
        self._ask(SetCaption(sentence, photo=photo, at_once=True), Corrected)

    def hide(self, photo: PhotoId, *, hidden: bool) -> None:
        """See `Curator.hide`."""
        self._ask(HidePhoto(photo=photo, hidden=hidden), Hid)

    def _ask(self, question: Question, expected: type[Told]) -> None:
        try:
            answer = client.ask(self._socket, question, patience_s=PATIENCE_S)
        except (ProtocolError, Unavailable) as error:
            raise Unavailable(f"nothing was changed: {error}") from error
        if not isinstance(answer, expected):
            raise Unavailable(
                f"nothing was changed: the daemon answered {type(answer).__name__}; is it of "
                "another version?"
            )
