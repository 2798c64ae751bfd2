"""Decode hundreds of damaged photos, and write into them, in a real process that must not crash."""

import json
import subprocess
import sys
from pathlib import Path

import photos

ROUNDS = 60
"""Mutations of each sample; the seed is fixed so that a failure can be repeated."""

SCRIPT = """
import collections, json, pathlib, random, sys
from lantern.errors import PhotoError
from lantern.imaging.develop import develop
from lantern.imaging.fingerprint import fingerprint
from lantern.imaging.embed import FORMATS, CannotEmbed, Inscription, embed, rest
from lantern.imaging.formats import Format, sniff
from lantern.imaging.metadata.proof import require_same_but_caption

inscription = Inscription("a dog runs", {"writer": "model", "sentence": "a dog runs"})

def inscribe(old, picture_format):
    try:
        new = embed(old, picture_format, inscription)
        require_same_but_caption(old, new)
    except CannotEmbed as reason:
        assert str(reason).isprintable(), reason
        outcomes["left alone"] += 1
    else:
        assert b"".join(rest(new, picture_format)) == b"".join(rest(old, picture_format))
        assert embed(new, picture_format, inscription) == new
        outcomes["written"] += 1

random_ = random.Random(20190704)
outcomes = collections.Counter()
for sample in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    whole = sample.read_bytes()
    picture_format = Format[sample.stem]
    for number in range(int(sys.argv[2])):
        damaged = bytearray(whole)
        for _ in range(random_.choice((1, 4, 40))):
            # Most of what can go wrong stands in the first kilobyte: headers and metadata.
            at = random_.randrange(random_.choice((64, 1024, len(damaged))))
            damaged[at % len(damaged)] = random_.choice((0, 255, random_.randrange(256)))
        print(sample.stem, number, file=sys.stderr, flush=True)
        fingerprint(bytes(damaged), picture_format)
        if picture_format in FORMATS:
            inscribe(bytes(damaged), picture_format)
        try:
            developed = develop(bytes(damaged), picture_format, edge=256)
        except PhotoError as error:
            assert str(error).isprintable(), error
            outcomes["refused"] += 1
        else:
            assert developed.picture.pixels.ndim == 3
            outcomes["shown"] += 1
print(json.dumps(outcomes))
"""

METADATA = {
    "exif_tags": {
        "Exif.Image.Make": "Canon",
        "Exif.Image.ImageDescription": "A dog runs",
        "Exif.Photo.ExposureTime": "1/250",
        "Exif.GPSInfo.GPSLatitude": "52/1 30/1 36/1",
    },
    "iptc": [("Iptc.Application2.Caption", "A dog runs")],
    "xmp": {"Xmp.dc.description": "A dog runs"},
}


def test_damaged_photos_are_shown_or_refused_and_never_kill_the_process(tmp_path: Path) -> None:
    samples = {
        name: photos.encoded(photos.picture(), name)
        for name in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "HEIF")
    }
    for name in ("JPEG", "PNG", "WEBP", "TIFF"):
        samples[name] = photos.annotated(samples[name], **METADATA)
    samples["RAW"] = photos.raw(photos.jpeg())
    for name, data in samples.items():
        photos.put(tmp_path, name, data)

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(ROUNDS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    last = done.stderr.strip().splitlines()[-1:]
    assert done.returncode == 0, f"exit {done.returncode} at {last}\n{done.stderr[-2000:]}"
    outcomes = json.loads(done.stdout)
    assert outcomes["shown"] + outcomes["refused"] == ROUNDS * len(samples)
    assert outcomes["written"] > 20
    assert outcomes["left alone"] > 20
    assert outcomes["shown"], "some damage is harmless"
    assert outcomes["refused"], "some is not"
