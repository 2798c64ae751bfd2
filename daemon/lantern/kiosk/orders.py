"""What the maintainer ordered, against hours and sensors, kept until it is ordered otherwise.

One small file in the state folder, so that a power cut neither opens a closed house nor makes a
silent one loud.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from lantern import durable, log

Doors = Literal["auto", "open", "close"]


class Orders(msgspec.Struct, frozen=True):
    """`doors` overrules the opening hours unless "auto"; `muted` the sound."""

    doors: Doors = "auto"
    muted: bool = False


def load(path: Path) -> Orders:
    """Return the orders in the file at `path`; none where there is none, or none that is whole."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Orders)
    except FileNotFoundError:
        return Orders()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("orders cannot be read; by the hours, with sound", file=path, error=error)
        return Orders()


def save(path: Path, orders: Orders) -> None:
    """Keep the orders in the file at `path`: the old ones or the new ones, whenever power goes.

    Blocking. Raises:
        OSError: the disk refuses.
    """
    durable.keep(path, msgspec.json.encode(orders))
