"""RAW files of makers with a layout of their own: no sensor's data, just their preview.

Those that are TIFF (CR2, NEF, ARW, DNG, PEF, SRW) are `photos.raw`.
"""

from __future__ import annotations

import struct

import photos

_UUID_METADATA = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_UUID_PREVIEW = bytes.fromhex("eaf42b5e1c984b88b9fbb7dc406e4d16")


def cr3() -> bytes:
    """Return a Canon CR3: boxes (ISO/IEC 14496-12) with EXIF in CMT1 and a JPEG in PRVW."""
    preview = photos.jpeg()
    make, model = b"Canon\0", struct.pack("<HHI", 0x0112, 3, 1)
    exif = b"II*\0\x08\0\0\0" + struct.pack("<H", 2)
    exif += struct.pack("<HHII", 0x010F, 2, len(make), 38) + model + b"\1\0\0\0" + bytes(4) + make
    sizes = struct.pack(">HHHHI", 1, 400, 300, 1, len(preview))
    metadata = _box(b"CNCV", b"CanonCR3_001/00.10.00/00.00.00") + _box(b"CMT1", exif)
    return b"".join(
        (
            _box(b"ftyp", b"crx \0\0\0\1crx isom"),
            _box(b"moov", _box(b"uuid", _UUID_METADATA + metadata)),
            _box(
                b"uuid",
                _UUID_PREVIEW + struct.pack(">Q", 1) + _box(b"PRVW", bytes(4) + sizes + preview),
            ),
            _box(b"mdat", bytes(100)),
        )
    )


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


def raf() -> bytes:
    """Return a Fujifilm RAF: a head that says where the JPEG stands, and how long it is."""
    preview = photos.annotated(photos.jpeg(), {"Exif.Image.Make": "FUJIFILM"})
    head = b"FUJIFILMCCD-RAW 0201FF393101X-T1".ljust(84, b"\0")
    return head + struct.pack(">II", 148, len(preview)) + bytes(56) + preview


def rw2() -> bytes:
    """Return a Panasonic RW2: TIFF by another magic, with the JPEG in tag 0x002E."""
    preview = photos.jpeg()
    directory = struct.pack("<H", 1) + struct.pack("<HHII", 0x002E, 7, len(preview), 26)
    return b"IIU\0" + struct.pack("<I", 8) + directory + bytes(4) + preview


def orf() -> bytes:
    """Return an Olympus ORF: TIFF by another magic."""
    return b"IIRO" + photos.raw(photos.jpeg())[4:]
