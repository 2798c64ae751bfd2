"""Length-prefixed frames for pipes and sockets between Lantern's own processes.

Pure: bytes in, bytes out. A frame is a 32-bit big-endian length and that many bytes of MessagePack.
"""

from __future__ import annotations

import struct

from lantern.errors import ProtocolError

HEADER_BYTES = 4
LARGEST_FRAME = 32 * 1024 * 1024
"""Bytes; a preview is the largest thing that travels, well below a megabyte."""

_HEADER = struct.Struct(">I")


def frame(payload: bytes) -> bytes:
    """Return `payload` as one frame."""
    return _HEADER.pack(len(payload)) + payload


def payload_length(header: bytes) -> int:
    """Return the length that a frame's `HEADER_BYTES` announce.

    Raises:
        ProtocolError: no peer of ours sends so long a frame, or the header is cut.
    """
    if len(header) != HEADER_BYTES:
        raise ProtocolError(f"frame cut after {len(header)} bytes, expected {HEADER_BYTES} or none")
    (length,) = _HEADER.unpack(header)
    if length > LARGEST_FRAME:
        raise ProtocolError(f"frame of {length} bytes announced, expected at most {LARGEST_FRAME}")
    return int(length)
