"""Thumbnails, photos and the page's own files, as browsers and proxies ask for them."""

import io
import re

import msgspec
import pytest
from PIL import Image

from lantern.web import assets
from lantern.web.app import create_app
from lantern.web.pictures import attachment, span
from support.album import album
from support.visitor import Visitor

THUMBNAIL = f"/thumb/{1:032x}.jpg"


class Recorded:
    """An album that remembers what it opened."""

    def __init__(self):
        self.album = album()
        self.opened = []

    def picture(self, photo):
        found = self.album.picture(photo)
        self.opened.append(found)
        return found

    def __getattr__(self, name):
        return getattr(self.album, name)


@pytest.fixture
def library():
    return Recorded()


@pytest.fixture
def get(library):
    app = create_app(library, hosts=frozenset({"localhost"}))
    return Visitor(app).get


def test_a_thumbnail_is_kept_for_ever_and_not_sent_twice(get):
    first = get(THUMBNAIL)
    assert Image.open(io.BytesIO(first.content)).format == "JPEG"
    assert first.headers["content-type"] == "image/jpeg"
    assert "immutable" in first.headers["cache-control"]
    again = get(THUMBNAIL, headers={"if-none-match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")


def test_a_missing_thumbnail_is_not_remembered_as_missing(get):
    answer = get(f"/thumb/{99:032x}.jpg")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-cache"


def test_a_picture_is_sent_whole_inline_and_closed(get, library):
    answer = get("/image/1")
    assert Image.open(io.BytesIO(answer.content)).size == (800, 1200)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == "inline"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert all(found.file.closed for found in library.opened)


def test_a_picture_in_many_chunks_arrives_whole(get, monkeypatch):
    whole = get("/image/1").content
    monkeypatch.setattr("lantern.web.pictures.CHUNK", 100)
    assert get("/image/1").content == whole


def test_an_unchanged_picture_is_not_sent_again_and_still_closed(get, library):
    etag = get("/image/1").headers["etag"]
    again = get("/image/1", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert library.opened[1].file.closed


def test_part_of_a_picture_can_be_asked_for(get):
    whole = get("/image/1").content
    part = get("/image/1", headers={"range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.content == whole[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert part.headers["content-length"] == "10"


def test_part_of_an_older_version_is_answered_with_the_whole_newer(get):
    asked = {"range": "bytes=10-19", "if-range": '"old"'}
    assert get("/image/1", headers=asked).status_code == 200


def test_a_range_behind_the_end_is_refused_naming_the_size(get, library):
    size = len(get("/image/1").content)
    answer = get("/image/1", headers={"range": f"bytes={size}-"})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{size}"
    assert library.opened[1].file.closed


def test_an_original_is_sent_to_be_kept_under_its_own_name(get, library):
    library.album.photos[1] = msgspec.structs.replace(library.album.photos[1], path='été/a "b".cr2')
    answer = get("/original/1")
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"a _b_.cr2\"; filename*=UTF-8''a%20%22b%22.cr2"
    )
    part = get("/original/1", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, answer.content[10:20])
    assert all(found.file.closed for found in library.opened)


@pytest.mark.parametrize("name", ["99", "x", "1.cr2", "..%2f1"])
def test_an_original_that_is_not_there_is_told_of_in_a_page(get, name):
    answer = get(f"/original/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.jpg", "attachment; filename=\"a.jpg\"; filename*=UTF-8''a.jpg"),
        ("été.heic", "attachment; filename=\"_t_.heic\"; filename*=UTF-8''%C3%A9t%C3%A9.heic"),
        ("a\r\nb;.jpg", "attachment; filename=\"a__b;.jpg\"; filename*=UTF-8''a__b%3B.jpg"),
        ("50%20.jpg", "attachment; filename=\"50_20.jpg\"; filename*=UTF-8''50%2520.jpg"),
    ],
)
def test_no_name_of_a_file_can_write_a_header(name, header):
    assert attachment(name) == header


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, range(100)),
        ("bytes=0-", range(100)),
        ("bytes=0-0", range(1)),
        ("bytes=90-1000", range(90, 100)),
        ("bytes=-10", range(90, 100)),
        ("bytes=-1000", range(100)),
        ("bytes=99-99", range(99, 100)),
        ("bytes=100-", None),
        ("bytes=-0", None),
        ("bytes=5-4", range(100)),
        ("bytes=-", range(100)),
        ("bytes=0-1,5-6", range(100)),
        ("bytes=a-b", range(100)),
        ("bytes=--5", range(100)),
        ("bytes=0-1_0", range(100)),
        ("lines=1-2", range(100)),
        ("bytes=" + "9" * 400 + "-", range(100)),
        ("\0", range(100)),
    ],
)
def test_a_range_header_is_read_as_rfc_9110_says(header, expected):
    assert span(header, 100) == expected


def test_the_pages_own_files_are_kept_for_ever_under_the_address_of_this_version(get):
    answer = get(assets.address("page.css"))
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert get("/static/older/page.css").headers["cache-control"] == "no-cache"


def test_nothing_that_the_page_loads_comes_from_elsewhere(get):
    for name, content in assets.files().items():
        text = content.decode("latin-1").replace("http://www.w3.org/2000/svg", "")
        assert re.findall(r"""(?:[a-z]:|["'(`])//""", text) == [], name
        assert "innerHTML" not in text, name
        assert "eval(" not in text, name
