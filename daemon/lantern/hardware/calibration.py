"""What calibration found of each presence board: the millimetres to add to its distances.

One small file in the state folder, by the names of sensors, since a board forgets at its reset.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from lantern import durable, log
from lantern.link.messages import MOST_OFFSET_MM

Offset = Annotated[int, Meta(ge=-MOST_OFFSET_MM, le=MOST_OFFSET_MM)]

_decoder = msgspec.json.Decoder(dict[str, Offset])


def load(path: Path) -> dict[str, int]:
    """Return the offsets in the file at `path`; none where there is none, or none that is whole."""
    try:
        return _decoder.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("boards measure uncalibrated", file=path, error=error)
        return {}


def keep(path: Path, sensor: str, offset_mm: int) -> None:
    """Keep the offset of `sensor` in the file at `path`, beside those of others.

    Blocking. Raises:
        OSError: the disk refuses.
    """
    durable.keep(path, msgspec.json.encode({**load(path), sensor: offset_mm}))
