"""What Lantern wrote into a file is read back; what a stranger made of it is bounded or void."""

import json
import os
from pathlib import Path

import msgspec
import pytest

import photos
from lantern.imaging.captions import human_caption
from lantern.imaging.formats import Format
from lantern.imaging.imprint import MAX_RECORD, Mark, is_sound, properties, read_mark
from lantern.imaging.metadata import read
from lantern.model import Fingerprint
from support.inscribing import DESCRIPTION, MODELS, PERSONS, SENTENCE, UMLAUTS, look, write

THIS = Fingerprint("a" * 32)


def record(**changes: object) -> str:
    return json.dumps(json.loads(msgspec.json.encode(DESCRIPTION)) | changes)


def caption(**changes: object) -> dict[str, object]:
    return {"caption": msgspec.to_builtins(DESCRIPTION.caption) | changes}


def features(values: str = "AAAA", scale: float = 0.1) -> dict[str, object]:
    return {"features": {"values": values, "scale": scale}}


@pytest.mark.parametrize("imprint", [MODELS, PERSONS])
def test_a_mark_is_read_as_it_was_written(imprint) -> None:
    mark = read_mark(properties(imprint, THIS), THIS)
    assert mark is not None
    assert mark.imprint == imprint


def test_a_mark_of_another_picture_tells_whose_the_sentence_is_and_describes_nothing() -> None:
    mark = read_mark(properties(MODELS, THIS), Fingerprint("b" * 32))
    assert mark == Mark(SENTENCE, person=False, description=None)
    assert mark.imprint is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 30_000,
        '{"a":' * 5_000,
        "x" * (MAX_RECORD + 1),
        record(extra=1),
        record(tags=None),
        record(tags=[{"name": "dog", "score": 0.5}] * 65),
        record(tags=[{"name": "dog", "score": 1.5}]),
        record(tags=[{"name": "dog", "score": -0.1}]),
        record(tags=[{"name": "\u0007", "score": 0.1}]),
        record(**caption(score=0)),
        record(**caption(score=1.01)),
        record(**caption(score="high")),
        record(**caption(sentence="\u200b\n")),
        record(**caption(model="")),
        record(**features("A" * 5464)),
        record(**features("not base64!")),
        record(**features("")),
        record(**features(scale=0)),
        record(**features(scale=1e300)),
        record().replace("0.0078125", "NaN"),
        record().replace("0.0078125", "Infinity"),
        "\ud800",
    ],
)
def test_a_record_that_is_not_as_lantern_writes_it_describes_nothing(text: str) -> None:
    mark = read_mark(properties(MODELS, THIS) | {"record": text}, THIS)
    assert mark == Mark(SENTENCE, person=False, description=None)


@pytest.mark.parametrize(
    "changes",
    [{"writer": "nobody"}, {"writer": ""}, {"sentence": ""}, {"sentence": "\0\x1b\u202e"}],
)
def test_a_mark_without_a_writer_or_a_sentence_is_none(changes: dict[str, str]) -> None:
    assert read_mark(properties(MODELS, THIS) | changes, THIS) is None


def test_texts_of_a_mark_are_cleaned_and_cut() -> None:
    hostile = record(
        tags=[{"name": "red\u001b[31m\n" + "x" * 500, "score": 0.5}],
        **caption(sentence="a\tdog\u202e" + "y" * 5000, model="m\u0000odel"),
    )
    changes = {"record": hostile, "sentence": "a\r\ndog" + "z" * 5000}
    mark = read_mark(properties(MODELS, THIS) | changes, THIS)
    assert mark is not None
    assert mark.description is not None
    found = mark.description
    for text, limit in (
        (mark.sentence, 2000),
        (found.caption.sentence, 2000),
        (found.caption.model, 100),
        (found.tags[0].name, 100),
    ):
        assert text.isprintable()
        assert len(text) <= limit


@pytest.mark.parametrize(
    ("documents", "marks", "human"),
    [
        ([["a", "a", "a"]], [("a", False)], None),
        ([["a", "a", "a"]], [("a", True)], "a"),
        ([["b", "a", "a"]], [("a", False)], "b"),
        ([["a", "b", "c"]], [("a", False)], "b"),
        ([["a", "a", "c"]], [("a", True)], "c"),
        ([["a", "a", "c"]], [], "a"),
        ([["a"], ["b"]], [("a", False)], "b"),
        ([["a"], ["b"]], [("a", True)], "a"),
        ([["a"], ["b"]], [("a", False), ("b", False)], None),
        ([["SONY DSC", "", "..."]], [("a", False)], None),
        ([[]], [("a", True)], None),
    ],
)
def test_a_sentence_is_a_persons_unless_lanterns_model_wrote_it(documents, marks, human) -> None:
    known = [Mark(sentence, person, None) for sentence, person in marks]
    assert human_caption(documents, known) == human


@pytest.mark.parametrize("sidecar", [False, True])
def test_a_hostile_record_in_a_file_is_as_good_as_absent(tmp_path: Path, sidecar: bool) -> None:
    photos.put(tmp_path, "a.jpg", photos.jpeg())
    write(tmp_path, "a.jpg", sidecar=sidecar)
    target = tmp_path / ("a.jpg.xmp" if sidecar else "a.jpg")
    data = target.read_bytes()
    target.write_bytes(data.replace(b'"score":0.4125', b'"score":4.1250'))
    found = look(tmp_path, "a.jpg")
    assert found.imprint is None
    assert found.metadata.human_caption is None, "the sentence is still Lantern's"
    write(tmp_path, "a.jpg", sidecar=sidecar)
    assert look(tmp_path, "a.jpg").imprint == MODELS


def test_the_imprint_of_another_picture_is_not_taken(tmp_path: Path) -> None:
    photos.put(tmp_path, "a.heic", photos.encoded(photos.picture(), "HEIF"))
    write(tmp_path, "a.heic")
    photos.put(tmp_path, "a.heic", photos.encoded(photos.turned(3), "HEIF"))
    assert look(tmp_path, "a.heic").imprint is None


def test_a_sound_imprint_is_one_that_is_read_back_as_it_is() -> None:
    assert is_sound(MODELS)
    assert is_sound(PERSONS)
    long = msgspec.structs.replace(DESCRIPTION.caption, model="m" * 101)
    assert not is_sound(
        msgspec.structs.replace(
            MODELS, description=msgspec.structs.replace(DESCRIPTION, caption=long)
        )
    )


# What a sidecar adds to its photo.


def sidecar(**properties: str) -> bytes:
    attributes = " ".join(
        f'{name.replace("_", ":")}="{value}"' for name, value in properties.items()
    )
    return f"""<?xml version="1.0"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" {attributes}/></rdf:RDF></x:xmpmeta>""".encode()


PHOTO = photos.annotated(
    photos.jpeg(),
    {
        "Exif.Image.Model": "EOS 5D",
        "Exif.Photo.DateTimeOriginal": "2019:07:04 18:30:00",
        "Exif.Photo.OffsetTimeOriginal": "+02:00",
        "Exif.Photo.ISOSpeedRatings": "400",
    },
    xmp={"Xmp.xmp.Rating": "2", "Xmp.dc.subject": "Hund"},
)


def test_a_sidecar_has_the_first_word_on_what_people_edit() -> None:
    beside = sidecar(
        xmp_Rating="5",
        exif_DateTimeOriginal="2001-02-03T04:05:06",
        exif_GPSLatitude="52,30.6N",
        exif_GPSLongitude="13,22.5E",
        tiff_Model="Another",
    )
    found = read(PHOTO, Format.JPEG, 4, 3, sidecar=beside).metadata
    assert found.rating == 5
    assert found.taken_at == "2001-02-03T04:05:06"
    assert found.place is not None
    assert found.place.latitude == pytest.approx(52.51)
    assert found.camera == "EOS 5D", "the camera knows best what it is"
    assert found.exposure.iso == 400
    assert found.keywords == ("Hund",)


def test_a_sidecar_that_says_nothing_of_a_thing_leaves_it_to_the_photo() -> None:
    plain = read(PHOTO, Format.JPEG, 4, 3).metadata
    assert read(PHOTO, Format.JPEG, 4, 3, sidecar=sidecar()).metadata == plain
    for broken in (b"", b"<", b"\xff" * 99, sidecar()[:-30], b"\xff\xd8\xff" + b"x" * 99):
        assert read(PHOTO, Format.JPEG, 4, 3, sidecar=broken).metadata == plain


def test_a_sidecar_of_a_photo_that_holds_no_metadata_is_read(tmp_path: Path) -> None:
    photos.put(tmp_path, "a.gif", photos.encoded(photos.picture(), "GIF"))
    photos.put(tmp_path, "a.gif.Xmp", sidecar(xmp_Rating="3"))
    assert look(tmp_path, os.fsencode("a.gif")).metadata.rating == 3


def test_a_persons_sentence_survives_as_such(tmp_path: Path) -> None:
    photos.put(tmp_path, "a.png", photos.encoded(photos.picture(), "PNG"))
    write(tmp_path, "a.png", PERSONS)
    assert look(tmp_path, "a.png").metadata.human_caption == UMLAUTS
