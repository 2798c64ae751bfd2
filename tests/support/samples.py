"""Photos as other programs make them, of every format, with what they keep besides the picture.

`SAMPLES` maps a file's name to what makes its bytes; `EMBEDDED` names those that Lantern writes
into, all others get a sidecar.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import numpy as np
import pyvips
from PIL import Image, ImageCms, PngImagePlugin

import photos

GPS = {
    "Exif.GPSInfo.GPSLatitude": "52/1 30/1 36/1",
    "Exif.GPSInfo.GPSLatitudeRef": "N",
    "Exif.GPSInfo.GPSLongitude": "13/1 22/1 30/1",
    "Exif.GPSInfo.GPSLongitudeRef": "E",
}
CANON = {
    "Exif.Image.Make": "Canon",
    "Exif.Image.Model": "Canon EOS 5D",
    "Exif.Image.ImageDescription": "OLYMPUS DIGITAL CAMERA",
    "Exif.Photo.DateTimeOriginal": "2019:07:04 18:30:00",
    "Exif.CanonCs.LensType": "24",
    "Exif.Canon.OwnerName": "Somebody",
    "Exif.Canon.FirmwareVersion": "Firmware 1.2.3",
    **GPS,
}
XMP = {
    "Xmp.dc.subject": "Hund",
    "Xmp.xmp.Rating": "4",
    "Xmp.photoshop.City": "Köln",
}
LATIN1 = [
    ("Iptc.Application2.City", "Köln".encode("latin-1")),
    ("Iptc.Application2.Keywords", b"x"),
]
UTF8 = [("Iptc.Envelope.CharacterSet", "\x1b%G"), ("Iptc.Application2.City", "Köln")]

FOREIGN_XMP = (
    b"""<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
<!-- a comment > -->
<rdf:Description rdf:about='uuid:1' xmlns:d='http://purl.org/dc/elements/1.1/' d:format='a "b" > c'
  xmlns:GCamera='http://ns.google.com/photos/1.0/camera/' GCamera:MotionPhoto="1"
  GCamera:MotionPhotoVersion="1"><GCamera:Note>no d:description='x' here</GCamera:Note>
</rdf:Description></rdf:RDF></x:xmpmeta>
"""
    + b" " * 300
    + b"<?xpacket end='w'?>"
)

APP1, APP2, APP13 = 0xE1, 0xE2, 0xED


def noise(width: int = 80, height: int = 60, bands: int = 3, depth: type = np.uint8) -> np.ndarray:
    draw = np.random.default_rng(7)
    return draw.integers(0, np.iinfo(depth).max, (height, width, bands), depth, endpoint=True)


def vips(suffix: str, pixels: np.ndarray | None = None, **options: object) -> bytes:
    pixels = noise() if pixels is None else pixels
    return bytes(pyvips.Image.new_from_array(pixels).write_to_buffer(suffix, **options))


def with_segments(data: bytes, *segments: tuple[int, bytes]) -> bytes:
    inserted = b"".join(photos.jpeg_segment(marker, body) for marker, body in segments)
    return data[:2] + inserted + data[2:]


def multi_picture(*, order: str = ">", xmp_behind: bool = False) -> bytes:
    """Return a JPEG with two more pictures behind it, by an index as CIPA DC-007 lays it out."""
    first, others = photos.jpeg(), [photos.jpeg(40, 30), photos.jpeg(20, 15)]
    behind = [(APP1, b"http://ns.adobe.com/xap/1.0/\0" + FOREIGN_XMP)] if xmp_behind else []

    def lay(size: int, offsets: list[int]) -> bytes:
        entries = struct.pack(order + "IIIHH", 0x20030000, size, 0, 0, 0)
        for other, offset in zip(others, offsets, strict=True):
            entries += struct.pack(order + "IIIHH", 0x00020000, len(other), offset, 0, 0)
        directory = struct.pack(order + "H", 3)
        directory += struct.pack(order + "HHI4s", 0xB000, 7, 4, b"0100")
        directory += struct.pack(order + "HHII", 0xB001, 4, 1, 3)
        directory += struct.pack(order + "HHII", 0xB002, 7, len(entries), 8 + 2 + 36 + 4)
        head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8)
        index = b"MPF\0" + head + directory + bytes(4) + entries
        return with_segments(first, (APP2, index), *behind)

    size = len(lay(0, [0, 0]))
    base = 2 + 4 + 4  # SOI, marker and length, "MPF\0"
    offsets = [size - base, size - base + len(others[0])]
    return lay(size, offsets) + b"".join(others)


def pictures_by_index(data: bytes) -> list[bytes]:
    """Return the pictures that a multi-picture file's index refers to, by Pillow's reading."""
    image = Image.open(io.BytesIO(data))
    base = data.index(b"MPF\0") + 4
    entries = image.mpinfo[0xB002]
    return [
        data[base + entry["DataOffset"] if entry["DataOffset"] else 0 :][: entry["Size"]]
        for entry in entries
    ]


def png_with_old_exif() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Raw profile type exif", "\nexif\n      14\n4578696600004d4d002a00000008\n")
    return photos.encoded(photos.picture(), "PNG", pnginfo=notes)


def png_with_texts() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "Somebody")
    notes.add_itxt("Comment", "größer", zip=True)
    notes.add_itxt("XML:com.adobe.xmp", FOREIGN_XMP.decode(), zip=True)
    return photos.encoded(photos.picture(), "PNG", pnginfo=notes, dpi=(300, 300))


def animated(name: str, **options: object) -> bytes:
    frames = [photos.picture(), photos.turned(3), photos.turned(2)]
    return photos.encoded(
        frames[0], name, save_all=True, append_images=frames[1:], duration=90, **options
    )


def signed_png() -> bytes:
    data = photos.encoded(photos.picture(), "PNG")
    return data[:33] + photos.png_chunk(b"caBX", b"jumb") + data[33:]


def big_xmp() -> bytes:
    packet = FOREIGN_XMP.replace(b"no d:description", b"a" * 64_000)
    return with_segments(photos.jpeg(), (APP1, b"http://ns.adobe.com/xap/1.0/\0" + packet))


def maker_note_and_trailer() -> bytes:
    return photos.annotated(photos.jpeg(), CANON) + photos.jpeg(40, 30)


def padded_jpeg() -> bytes:
    data = photos.jpeg()
    return data[:2] + b"\xff" + data[2:]


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()

SAMPLES: dict[str, Callable[[], bytes]] = {
    "plain.jpg": photos.jpeg,
    "camera.jpg": lambda: photos.annotated(photos.jpeg(), CANON),
    "pentax.jpg": lambda: photos.annotated(
        photos.jpeg(), {"Exif.Image.Make": "NIKON CORPORATION", "Exif.Nikon3.Quality": "FINE"}
    ),
    "progressive.jpg": lambda: photos.jpeg(progressive=True, icc_profile=PROFILE, comment=b"hi"),
    "edited.jpg": lambda: photos.annotated(photos.jpeg(), CANON, UTF8, XMP),
    "latin1.jpg": lambda: photos.annotated(photos.jpeg(), iptc=LATIN1),
    "foreign.jpg": lambda: with_segments(
        photos.jpeg(), (APP1, b"http://ns.adobe.com/xap/1.0/\0" + FOREIGN_XMP)
    ),
    "motion.jpg": lambda: (
        photos.annotated(photos.jpeg(), CANON) + b"\0\0\0\x18ftypmp42" + b"film" * 99
    ),
    "several.jpg": multi_picture,
    "several-intel.jpg": lambda: multi_picture(order="<", xmp_behind=True),
    "grey.jpg": lambda: photos.encoded(photos.picture().convert("L"), "JPEG"),
    "cmyk.jpg": lambda: photos.encoded(photos.picture().convert("CMYK"), "JPEG"),
    "vips.jpg": lambda: vips(".jpg", interlace=True),
    "thumbnail.jpg": lambda: photos.jpeg(exif=photos.exif(Make="Canon", Orientation=6)),
    "endless.jpg": lambda: photos.jpeg()[:-2],
    "plain.png": lambda: photos.encoded(photos.picture(), "PNG"),
    "texts.png": png_with_texts,
    "edited.png": lambda: photos.annotated(
        photos.encoded(photos.picture(), "PNG"), None, UTF8, XMP
    ),
    "exif.png": lambda: photos.encoded(photos.picture(), "PNG", exif=photos.exif(Make="Canon")),
    "deep.png": lambda: vips(".png", noise(depth=np.uint16)),
    "interlaced.png": lambda: vips(".png", interlace=True),
    "animated.png": lambda: animated("PNG"),
    "plain.webp": lambda: photos.encoded(photos.picture(), "WEBP"),
    "lossless.webp": lambda: photos.encoded(photos.picture(), "WEBP", lossless=True),
    "alpha.webp": lambda: photos.encoded(photos.picture().convert("RGBA"), "WEBP", lossless=True),
    "animated.webp": lambda: animated("WEBP"),
    "edited.webp": lambda: photos.annotated(
        photos.encoded(photos.picture(), "WEBP", icc_profile=PROFILE), CANON, None, XMP
    ),
    "scan.tif": lambda: photos.encoded(photos.picture(), "TIFF", compression="tiff_lzw"),
    "pages.tif": lambda: animated("TIFF"),
    "odd.tif": lambda: photos.encoded(photos.picture(), "TIFF", compression="tiff_lzw") + b"odd",
    "tiles.tif": lambda: vips(".tif", noise(200, 100), tile=True, compression="deflate"),
    "edited.tif": lambda: photos.annotated(
        photos.encoded(photos.picture(), "TIFF", icc_profile=PROFILE), CANON, UTF8, XMP
    ),
    # Those that are not written to.
    "signed.jpg": lambda: with_segments(photos.jpeg(), (0xEB, b"JP\0\1\0\0\0\1jumb")),
    "padded.jpg": padded_jpeg,
    "full.jpg": big_xmp,
    "sony.jpg": maker_note_and_trailer,
    "agency.jpg": lambda: photos.jpeg() + b"captionsAXS!" + bytes(8),
    "signed.png": signed_png,
    "old-exif.png": png_with_old_exif,
    "pyramid.tif": lambda: vips(".tif", noise(300, 300), pyramid=True, tile=True, subifd=True),
    "big.tif": lambda: vips(".tif", bigtiff=True),
    "plain.gif": lambda: photos.encoded(photos.picture(), "GIF"),
    "animated.gif": lambda: animated("GIF"),
    "phone.heic": lambda: photos.encoded(photos.picture(), "HEIF"),
    "plain.avif": lambda: photos.encoded(photos.picture(), "AVIF"),
    "sensor.dng": lambda: photos.raw(photos.jpeg()),
}

_NOT_EMBEDDED = {
    "big.tif",
    "pyramid.tif",
    "signed.jpg",
    "padded.jpg",
    "full.jpg",
    "sony.jpg",
    "agency.jpg",
    "signed.png",
    "old-exif.png",
}
EMBEDDED = frozenset(
    name
    for name in SAMPLES
    if name.endswith((".jpg", ".png", ".webp", ".tif")) and name not in _NOT_EMBEDDED
)
