"""What the status page is built of. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from lantern.web.problems import Entry

Level = Literal["", "good", "watch", "bad"]


class Row(msgspec.Struct, frozen=True):
    """One fact; `share` in [0, 1] is drawn as a bar, `level` says how it is where that matters."""

    label: str
    text: str
    note: str = ""
    level: Level = ""
    share: float | None = None


class Section(msgspec.Struct, frozen=True):
    """A part of the page. `id` names it in addresses; `note` stands below its entries."""

    id: str
    title: str
    rows: tuple[Row, ...] = ()
    entries: tuple[Entry, ...] = ()
    note: str = ""
