import zlib

import pytest

import photos
from lantern.imaging import png_text, values
from lantern.imaging.captions import human_caption
from lantern.imaging.develop import develop
from lantern.imaging.formats import Format
from lantern.imaging.imprint import Mark

PLAIN = photos.encoded(photos.picture(), "PNG")
END = PLAIN.index(b"IEND") - 4


def with_chunks(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG with text chunks after its pixels, where the specification allows them, too."""
    return PLAIN[:END] + b"".join(photos.png_chunk(*chunk) for chunk in chunks) + PLAIN[END:]


def text(keyword: bytes, said: str, charset: str = "latin-1") -> tuple[bytes, bytes]:
    return b"tEXt", keyword + b"\0" + said.encode(charset)


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        (b"tEXt", "Café am Fluß".encode("latin-1")),
        (b"tEXt", "Café am Fluß".encode()),
        (b"zTXt", b"\0" + zlib.compress("Café am Fluß".encode("latin-1"))),
        (b"iTXt", b"\0\0de\0Beschreibung\0" + "Café am Fluß".encode()),
        (b"iTXt", b"\1\0\0\0" + zlib.compress("Café am Fluß".encode())),
    ],
)
def test_a_description_is_read_from_every_kind_of_text(name: bytes, rest: bytes) -> None:
    data = with_chunks((name, b"Description\0" + rest))
    assert png_text.captions(data) == ["Café am Fluß"]
    assert develop(data, Format.PNG).metadata.human_caption == "Café am Fluß"


def test_a_description_comes_before_a_title_and_that_before_a_comment() -> None:
    comment, title = text(b"Comment", "seen twice"), text(b"Title", "Rex")
    assert png_text.captions(with_chunks(comment)) == ["seen twice"]
    assert png_text.captions(with_chunks(comment, title)) == ["Rex"]
    said = text(b"Description", "Rex on the ice")
    assert png_text.captions(with_chunks(comment, title, said)) == ["Rex on the ice"]


@pytest.mark.parametrize(
    "boilerplate",
    [
        "Created with GIMP",
        "CREATOR: gd-png v1.0",
        "XV Version 3.10a  Rev: 12/29/94",
        "Screenshot",
        "Screen Shot 2019-07-04 at 18.30.00",
        "IMG_2041.PNG",
        '{"steps": 20}',
        "https://example.org/a",
        "Edited with some program",
    ],
)
def test_what_programs_put_into_titles_and_comments_is_no_caption(boilerplate: str) -> None:
    data = with_chunks(text(b"Comment", boilerplate), text(b"Title", boilerplate))
    assert png_text.captions(data) == []


def test_other_keywords_are_no_captions() -> None:
    chunks = [text(word, "A dog") for word in (b"Author", b"Descriptions", b"description", b"")]
    assert png_text.captions(with_chunks(*chunks)) == []


def test_what_cannot_be_followed_is_left_out_and_the_next_is_read() -> None:
    broken = [
        (b"zTXt", b"Description\0\0garbage"),
        (b"zTXt", b"Description\0\7" + zlib.compress(b"A cat")),
        (b"zTXt", b"Description"),
        (b"iTXt", b"Description\0\1\0no end"),
        (b"iTXt", b"Description\0\5\0\0\0A cat"),
        (b"tEXt", b"Description\0"),
    ]
    assert png_text.captions(with_chunks(*broken)) == []
    assert png_text.captions(with_chunks(*broken, text(b"Description", "A dog"))) == ["A dog"]


def test_a_bomb_is_not_inflated_to_its_end() -> None:
    bomb = zlib.compress(b"dog " * 5_000_000)
    found = png_text.captions(with_chunks((b"zTXt", b"Description\0\0" + bomb)))
    assert [len(sentence) for sentence in found] == [values.MAX_CAPTION - 1]  # no space at the end


@pytest.mark.parametrize("end", [0, 7, 8, 11, 16, END, END + 3, END + 20])
def test_a_file_that_ends_anywhere_says_what_stood_before(end: int) -> None:
    data = with_chunks(text(b"Description", "A dog"))
    assert png_text.captions(data[:end]) == []
    assert png_text.captions(b"\xff\xd8\xff" + data[:end]) == []


def test_exif_comes_before_the_text() -> None:
    block = photos.exif(ImageDescription="From EXIF").tobytes()
    plain = photos.encoded(photos.picture(), "PNG", exif=block)
    end = plain.index(b"IEND") - 4
    data = plain[:end] + photos.png_chunk(*text(b"Description", "From text")) + plain[end:]
    assert develop(data, Format.PNG).metadata.human_caption == "From EXIF"


def test_a_text_that_repeats_the_models_sentence_is_the_models() -> None:
    mark = Mark("a dog runs", person=False, description=None)
    assert human_caption([(), ("a dog runs",)], [mark]) is None
    assert human_caption([("a dog runs",), ("Rex runs",)], [mark]) == "Rex runs"


def test_a_comment_of_a_jpeg_is_no_caption() -> None:
    data = photos.jpeg()
    data = data[:2] + photos.jpeg_segment(0xFE, b"A dog on the ice") + data[2:]
    assert develop(data, Format.JPEG).metadata.human_caption is None
