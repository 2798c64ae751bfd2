"""Prove the files of a commit whole before the engine opens them.

The engine trusts its files: one flipped bit makes it abort the whole process, from a thread of its
own, where no error can be caught. Every file but the list of segments ends in a footer with the
CRC-32 of what stands before it, which the engine writes and can check, but does not when opening.

Footer, by tantivy's `directory/footer.rs` and tested against real files: JSON with the key "crc",
then the length of that JSON and the number 1337, each as a little-endian uint32.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import msgspec

LIST = "meta.json"
"""The engine's list of the segments that make the newest commit."""

_KINDS = ["fast", "fieldnorm", "idx", "pos", "store", "term"]  # one file each, in every segment
_MAGIC = 1337
_TAIL = struct.Struct("<II")
_CHUNK = 1 << 20


class Damaged(ValueError):
    """A file of the index is not as it was written."""


class _Deletes(msgspec.Struct):
    opstamp: int


class _Segment(msgspec.Struct):
    segment_id: str
    deletes: _Deletes | None = None


class _List(msgspec.Struct):
    segments: list[_Segment]


class _Footer(msgspec.Struct):
    crc: int


def files_of(commit: bytes, generation: Path) -> list[Path]:
    """Return the files in `generation` that make the commit, given the bytes of its `LIST`.

    Others may lie beside them: older ones, and what a killed writer left half written. Whether
    they are there is for `check` to see.

    Raises:
        Damaged: `commit` is no such list.
    """
    try:
        segments = msgspec.json.decode(commit, type=_List).segments
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Damaged(f"{generation / LIST}: {error}") from error
    return [generation / name for segment in segments for name in _names(segment)]


def _names(segment: _Segment) -> list[str]:
    plain = segment.segment_id.replace("-", "")
    kinds = [*_KINDS, f"{segment.deletes.opstamp}.del"] if segment.deletes else _KINDS
    return [f"{plain}.{kind}" for kind in kinds]


def check(files: Iterable[Path]) -> None:
    """Read `files` whole and return if each is as it was written.

    Raises:
        Damaged: one is not.
        OSError: one cannot be read.
    """
    for file in files:
        with file.open("rb") as opened:
            _check(file, opened)


def _check(file: Path, opened: BinaryIO) -> None:
    size = os.fstat(opened.fileno()).st_size
    if size < _TAIL.size:
        raise Damaged(f"{file}: at least {_TAIL.size} bytes expected, found {size}")
    opened.seek(size - _TAIL.size)
    length, magic = _TAIL.unpack(opened.read(_TAIL.size))
    body = size - _TAIL.size - length
    if magic != _MAGIC or body < 0:
        raise Damaged(f"{file}: does not end in a footer")
    opened.seek(body)
    try:
        expected = msgspec.json.decode(opened.read(length), type=_Footer).crc
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Damaged(f"{file}: does not end in a footer ({error})") from error
    opened.seek(0)
    if _crc(opened, body) != expected:
        raise Damaged(f"{file}: its checksum is wrong")


def _crc(opened: BinaryIO, length: int) -> int:
    crc = 0
    while length > 0 and (chunk := opened.read(min(length, _CHUNK))):
        crc = zlib.crc32(chunk, crc)
        length -= len(chunk)
    return crc
