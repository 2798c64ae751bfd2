"""Pages travel packed, and nothing that gains nothing by it."""

import gzip
import re

import anyio
import pytest

from lantern.web import assets
from lantern.web.app import create_app
from lantern.web.compression import Compressed, understands_gzip
from support.album import album
from support.visitor import Visitor

PLAIN = {"accept-encoding": "identity"}
GZIP = {"accept-encoding": "gzip, deflate, br"}


@pytest.fixture(scope="module")
def get():
    return Visitor(create_app(album(), hosts=frozenset({"localhost"}))).get


@pytest.mark.parametrize("address", ["/photo/1", "/api/search?q=dog"])
def test_what_a_visitor_reads_travels_packed_and_is_the_same(get, address):
    plain, small = get(address, headers=PLAIN), get(address, headers=GZIP)
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) < len(plain.content) / 3
    assert without_time(small.text) == without_time(plain.text)
    assert {answer.headers["vary"] for answer in (plain, small)} == {"accept-encoding"}


def without_time(text):
    return re.sub(r'"took_ms":[0-9.]+|in (\d+|under 1) ms', "", text)


@pytest.mark.parametrize("address", ["/api/status", "/health", "/image/1", "/original/1"])
def test_what_gains_too_little_is_left_as_it_is(get, address):
    assert "content-encoding" not in get(address, headers=GZIP).headers


@pytest.mark.parametrize("name", ["page.css", "main.js", "world.svg"])
def test_the_pages_own_files_are_packed_once_and_well(get, name):
    small = get(assets.address(name), headers=GZIP)
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) == len(assets.packed()[name])
    plain = get(assets.address(name), headers=PLAIN)
    assert small.content == plain.content == assets.files()[name]
    assert "content-encoding" not in plain.headers


def test_a_refusal_is_told_whatever_the_visitor_understands(get):
    for headers in (PLAIN, GZIP):
        assert "nothing at this address" in get("/no/such/page", headers=headers).text


@pytest.mark.parametrize(
    ("header", "understood"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("x-gzip", True),
        ("gzip;q=0, br", False),
        ("gzip; q=0.0", False),
        ("gzipped", False),
        ("*", False),
        ("", False),
    ],
)
def test_gzip_is_sent_to_those_alone_who_name_it(header, understood):
    assert understands_gzip([(b"accept-encoding", header.encode())]) is understood


def test_a_text_in_pieces_leaves_piece_by_piece():
    sent = []

    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for piece in (b"a" * 5000, b"b" * 5000):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            assert sent[-1]["body"] == piece
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def visit():
        async def send(message):
            sent.append(message)

        scope = {"type": "http", "headers": [(b"accept-encoding", b"gzip")]}
        await Compressed(app)(scope, None, send)

    anyio.run(visit)
    assert [message["type"] for message in sent[:2]] == [
        "http.response.start",
        "http.response.body",
    ]
    assert b"content-encoding" not in dict(sent[0]["headers"])


def test_equal_files_are_packed_to_equal_bytes_on_every_start():
    assert gzip.decompress(assets.packed()["page.css"]) == assets.files()["page.css"]
    assert assets.packed()["page.css"][4:8] == bytes(4)  # RFC 1952: no time of packing
