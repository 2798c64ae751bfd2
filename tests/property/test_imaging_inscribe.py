"""Captions written into files of every format that other tools made: nothing else changes."""

import hashlib
import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import exiv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageSequence

import photos
from lantern.imaging.fingerprint import fingerprint
from lantern.imaging.formats import extension_of, sniff
from support.inscribing import MODELS, PERSONS, SENTENCE, UMLAUTS, look, write
from support.samples import (
    EMBEDDED,
    FOREIGN_XMP,
    SAMPLES,
    multi_picture,
    pictures_by_index,
    with_segments,
)

pillow_heif.register_heif_opener()

CAPTION_FIELDS = {
    "Exif.Image.IPTCNAA",
    "Exif.Image.XMLPacket",
    "Exif.Image.ImageDescription",
    "Iptc.Application2.Caption",
    "Iptc.Application2.RecordVersion",
    "Iptc.Envelope.CharacterSet",
    "Xmp.dc.description",
}


def values(data: bytes) -> list[str]:
    """Return all that exiv2 reads besides captions and our mark, a line each, in order."""
    image = exiv2.ImageFactory.open(data)
    image.readMetadata()
    return sorted(
        f"{datum.key()} {datum.typeName()} {datum.toString()}"
        for block in (image.exifData(), image.iptcData(), image.xmpData())
        for datum in block
        if datum.key() not in CAPTION_FIELDS and not datum.key().startswith("Xmp.lantern.")
    )


def frames(data: bytes) -> list[np.ndarray]:
    """Return the pixels of every frame or page, by Pillow's decoder."""
    image = Image.open(io.BytesIO(data))
    return [np.asarray(frame.copy()) for frame in ImageSequence.Iterator(image)]


def fields(data: bytes) -> dict[str, str]:
    """Return the caption as exiv2 reads it from each of its fields."""
    image = exiv2.ImageFactory.open(data)
    image.readMetadata()
    return {
        datum.key(): datum.value().toString(0)
        if datum.key().startswith("Xmp")
        else datum.toString()
        for block in (image.exifData(), image.iptcData(), image.xmpData())
        for datum in block
        if datum.key()
        in {"Exif.Image.ImageDescription", "Iptc.Application2.Caption", "Xmp.dc.description"}
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_a_caption_is_read_back_and_all_else_is_as_it_was(tmp_path: Path, name: str) -> None:
    old = SAMPLES[name]()
    photos.put(tmp_path, name, old)
    before = look(tmp_path, name).metadata
    picture_format = sniff(old[:64], extension_of(name.encode()))
    for imprint, human in ((MODELS, None), (MODELS, None), (PERSONS, UMLAUTS)):
        written = write(tmp_path, name, imprint)
        new = (tmp_path / name).read_bytes()

        found = look(tmp_path, name)
        assert found.imprint == imprint
        assert found.metadata.human_caption == human
        assert (found.metadata.keywords, found.metadata.place) == (before.keywords, before.place)
        if name in EMBEDDED:
            assert os.listdir(tmp_path) == [name]
            assert written.sidecar == 0
            assert 900 < len(new) - len(old) < 4500, "TIFF keeps a copy of its old XMP"
            assert values(new) == values(old)
            assert fingerprint(new, picture_format) == fingerprint(old, picture_format)
        else:
            assert sorted(os.listdir(tmp_path)) == [name, f"{name}.xmp"]
            assert written.sidecar
            assert new == old


@pytest.mark.parametrize("name", sorted(EMBEDDED - {"endless.jpg"}))
def test_every_pixel_of_every_frame_is_as_it_was(tmp_path: Path, name: str) -> None:
    old = SAMPLES[name]()
    photos.put(tmp_path, name, old)
    write(tmp_path, name)
    new = (tmp_path / name).read_bytes()
    assert new != old
    for before, after in zip(frames(old), frames(new), strict=True):
        assert np.array_equal(before, after)
    before, after = Image.open(io.BytesIO(old)), Image.open(io.BytesIO(new))
    assert after.info.get("icc_profile") == before.info.get("icc_profile")
    assert after.getexif().get(photos.ORIENTATION) == before.getexif().get(photos.ORIENTATION)


def changed(entry: os.DirEntry[str]) -> tuple[int, int]:
    return entry.stat().st_ino, entry.stat().st_ctime_ns


@pytest.mark.parametrize("name", SAMPLES)
def test_writing_the_same_again_writes_nothing(tmp_path: Path, name: str) -> None:
    photos.put(tmp_path, name, SAMPLES[name]())
    first = write(tmp_path, name, PERSONS)
    before = {entry.name: changed(entry) for entry in os.scandir(tmp_path)}
    assert write(tmp_path, name, PERSONS) == first
    assert {entry.name: changed(entry) for entry in os.scandir(tmp_path)} == before


@pytest.mark.parametrize("name", sorted(EMBEDDED))
def test_a_file_does_not_grow_by_being_written_often(tmp_path: Path, name: str) -> None:
    photos.put(tmp_path, name, SAMPLES[name]())
    sizes = [write(tmp_path, name, PERSONS).size]
    for _ in range(5):
        write(
            tmp_path, name, PERSONS.__class__("Other", person=True, description=PERSONS.description)
        )
        sizes.append(write(tmp_path, name, PERSONS).size)
    assert max(sizes) - min(sizes) <= 8, sizes


def edited(data: bytes, key: str, sentence: str) -> bytes:
    """Return `data` as exiv2 leaves it when it changes that field alone."""
    image = exiv2.ImageFactory.open(data)
    image.readMetadata()
    block = {"Exif": image.exifData, "Iptc": image.iptcData, "Xmp.": image.xmpData}[key[:4]]()
    block[key] = sentence
    image.writeMetadata()
    written = bytes(image.io().mmap())
    image.io().munmap()
    return written


@pytest.mark.parametrize("name", ["camera.jpg", "latin1.jpg", "edited.png", "edited.webp"])
@pytest.mark.parametrize(
    "key", ["Xmp.dc.description", "Iptc.Application2.Caption", "Exif.Image.ImageDescription"]
)
def test_a_sentence_edited_by_another_program_is_a_persons(
    tmp_path: Path, name: str, key: str
) -> None:
    if name == "edited.webp" and key.startswith("Iptc"):
        pytest.skip("WebP has no IPTC")
    photos.put(tmp_path, name, SAMPLES[name]())
    write(tmp_path, name)
    assert look(tmp_path, name).metadata.human_caption is None
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(edited(data, key, "Rex on the ice"))
    assert look(tmp_path, name).metadata.human_caption == "Rex on the ice"
    assert look(tmp_path, name).imprint == MODELS, "it still describes the picture"


@pytest.mark.parametrize("name", ["plain.jpg", "plain.png", "plain.webp"])
def test_a_picture_that_pillow_saved_anew_with_its_own_description_is_a_persons(
    tmp_path: Path, name: str
) -> None:
    photos.put(tmp_path, name, SAMPLES[name]())
    write(tmp_path, name)
    image = Image.open(tmp_path / name)
    block = image.getexif()
    assert block[0x010E] == SENTENCE
    block[0x010E] = "Rex on the ice"
    image.crop((0, 0, 99, 99)).save(tmp_path / name, exif=block, xmp=image.info.get("xmp"))
    found = look(tmp_path, name)
    assert found.metadata.human_caption == "Rex on the ice"
    assert found.imprint is None, "another picture is not described by it"


@pytest.mark.parametrize("variant", [{}, {"order": "<"}, {"xmp_behind": True}])
def test_the_pictures_behind_the_first_are_found_by_the_index_as_before(
    tmp_path: Path, variant: dict[str, object]
) -> None:
    old = multi_picture(**variant)
    photos.put(tmp_path, "a.jpg", old)
    write(tmp_path, "a.jpg")
    new = (tmp_path / "a.jpg").read_bytes()
    before, after = pictures_by_index(old), pictures_by_index(new)
    assert [len(picture) for picture in before[1:]] == [len(p) for p in after[1:]]
    assert before[1:] == after[1:]
    assert new.startswith(after[0])
    assert after[0].endswith(b"\xff\xd9")
    assert len(after[0]) == len(new) - sum(map(len, after[1:]))


def test_descriptions_in_other_languages_are_kept(tmp_path: Path) -> None:
    data = photos.annotated(
        photos.jpeg(), xmp={"Xmp.dc.description": {"x-default": "old", "de": "Ein <Hund> & Co"}}
    )
    photos.put(tmp_path, "a.jpg", data)
    write(tmp_path, "a.jpg", PERSONS)
    image = exiv2.ImageFactory.open((tmp_path / "a.jpg").read_bytes())
    image.readMetadata()
    languages = dict(image.xmpData()["Xmp.dc.description"].value().items())
    assert languages == {"x-default": UMLAUTS, "de": "Ein <Hund> & Co"}


@pytest.mark.parametrize(
    ("name", "iptc"),
    [
        ("plain.jpg", UMLAUTS),
        ("edited.jpg", UMLAUTS),
        ("latin1.jpg", None),
        ("edited.png", UMLAUTS),
    ],
)
def test_all_fields_say_the_sentence_and_no_charset_is_mixed(
    tmp_path: Path, name: str, iptc: str | None
) -> None:
    photos.put(tmp_path, name, SAMPLES[name]())
    write(tmp_path, name, PERSONS)
    found = fields((tmp_path / name).read_bytes())
    assert found["Exif.Image.ImageDescription"] == UMLAUTS
    assert (
        found["Xmp.dc.description"] == f'lang="x-default" {UMLAUTS}'
        or UMLAUTS in found["Xmp.dc.description"]
    )
    assert found.get("Iptc.Application2.Caption") == iptc


def test_a_sentence_that_latin_1_can_say_is_said_in_latin_1_where_that_is_in_use(
    tmp_path: Path,
) -> None:
    photos.put(tmp_path, "a.jpg", SAMPLES["latin1.jpg"]())
    person = PERSONS.__class__("Bär auf Eis", person=True, description=PERSONS.description)
    write(tmp_path, "a.jpg", person)
    data = (tmp_path / "a.jpg").read_bytes()
    assert "Bär auf Eis".encode("latin-1") in data
    assert b"K\xf6ln" in data
    assert look(tmp_path, "a.jpg").metadata.human_caption == "Bär auf Eis"


def test_a_packet_of_another_program_is_kept_byte_for_byte(tmp_path: Path) -> None:
    photos.put(tmp_path, "a.jpg", SAMPLES["foreign.jpg"]())
    write(tmp_path, "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    head, tail = FOREIGN_XMP.split(b"</rdf:RDF>")
    start = data.index(head)
    assert data.index(tail) > start + len(head)


def test_a_caption_over_the_limits_of_iptc_is_still_lanterns(tmp_path: Path) -> None:
    sentence = ("größer " * 280).strip()
    person = PERSONS.__class__(sentence, person=True, description=PERSONS.description)
    photos.put(tmp_path, "a.jpg", photos.jpeg())
    write(tmp_path, "a.jpg", person)
    found = look(tmp_path, "a.jpg")
    assert found.metadata.human_caption == sentence
    assert found.imprint == person
    assert len(fields((tmp_path / "a.jpg").read_bytes())["Iptc.Application2.Caption"]) < len(
        sentence
    )


def test_iptc_in_photoshops_block_keeps_its_neighbours_and_their_digest(tmp_path: Path) -> None:
    iptc = b"\x1c\x02\x00\x00\x02\x00\x02\x1c\x02\x78\x00\x08SONY DSC"
    resources = (
        b"8BIM\x03\xed\x00\x00\x00\x00\x00\x03abc\x00"
        b"8BIM\x04\x04\x03pad"
        + len(iptc).to_bytes(4, "big")
        + iptc
        + bytes(len(iptc) % 2)
        + b"8BIM\x04\x25\x00\x00\x00\x00\x00\x10"
        + hashlib.md5(iptc).digest()
    )
    photos.put(
        tmp_path, "a.jpg", with_segments(photos.jpeg(), (0xED, b"Photoshop 3.0\0" + resources))
    )
    write(tmp_path, "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    new = b"\x1c\x02\x00\x00\x02\x00\x02\x1c\x02\x78\x00\x16" + SENTENCE.encode()
    assert b"8BIM\x03\xed\x00\x00\x00\x00\x00\x03abc\x00" in data
    assert new in data
    assert hashlib.md5(new).digest() in data
    assert hashlib.md5(iptc).digest() not in data


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="NOT TESTED: exiftool is not there")
def test_exiftool_reads_what_lantern_writes(tmp_path: Path) -> None:
    for name, sample in SAMPLES.items():
        photos.put(tmp_path, name, sample())
        write(tmp_path, name, PERSONS)
    targets = [name if name in EMBEDDED else f"{name}.xmp" for name in SAMPLES]
    done = subprocess.run(
        ["exiftool", "-json", "-validate", "-Description", *targets],
        capture_output=True,
        check=True,
        text=True,
        cwd=tmp_path,
    )
    found = {one["SourceFile"]: one["Description"] for one in json.loads(done.stdout)}
    assert found == dict.fromkeys(targets, UMLAUTS)
