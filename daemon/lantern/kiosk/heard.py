"""What the player has told by itself, put together from its events.

Pure: events come in, the state of display and files is kept. `kiosk.deck` asks what is not told.

Source: mpv's manual, "List of events".
"""

from __future__ import annotations

from typing import Any

from lantern.kiosk.mpv import Event
from lantern.kiosk.stage import Size

OBSERVED = ("current-vo", "osd-width", "osd-height", "eof-reached")
"""The properties whose changes are to be told."""


class Heard:
    """What is known of one player, from the first event of a connection on.

    Files are known by the number of their entry in the player's list.
    """

    def __init__(self) -> None:
        self._output = False
        self._sides = {"osd-width": 0, "osd-height": 0}
        self.entry: int | None = None
        """The file that plays or is being opened, None for none."""
        self.running = False
        """Whether its first picture, or sound, has come."""
        self.complaint = ""
        """What the player said last of an error with its output."""
        self.failed: dict[int, str] = {}
        """The files that could not be played, with the player's words for why."""

    @property
    def display(self) -> Size | None:
        """Return the size of the display that the player draws on, None while there is none."""
        width, height = self._sides.values()
        return Size(width, height) if self._output and width > 0 and height > 0 else None

    def begin(self, properties: dict[str, Any], entry: int | None) -> None:
        """Take in what is so when a connection begins."""
        for name in OBSERVED:
            self._changed(name, properties.get(name))
        self.entry, self.running = entry, entry is not None

    def take(self, event: Event) -> bool:
        """Take in `event`; tell whether somebody may wait for it."""
        match event.name, event.fields:
            case "property-change", {"name": str(name)}:
                self._changed(name, event.fields.get("data"))
            case "start-file", {"playlist_entry_id": int(entry)}:
                self.entry, self.running = entry, False
            case "playback-restart", _:
                self.running = True
            case "log-message", {"prefix": str(prefix), "text": str(text)}:
                if prefix.startswith("vo"):
                    self.complaint = f"{prefix}: {text.strip()}"
            case "end-file", {"playlist_entry_id": int(entry)}:
                self._ended(entry, event.fields)
            case _:
                return False
        return True

    def _changed(self, name: str, data: Any) -> None:
        match name, data:
            case "current-vo", _:
                self._output = data is not None
            case "osd-width" | "osd-height", int(length):
                self._sides[name] = length

    def _ended(self, entry: int, told: dict[str, Any]) -> None:
        if told.get("reason") == "error":
            self.failed[entry] = str(told.get("file_error", "cannot be played"))
        if entry == self.entry:
            self.entry, self.running = None, False
