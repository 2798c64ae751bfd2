"""A search server that means harm: it costs a visitor a moment, and nothing else of the house."""

from __future__ import annotations

import contextlib
import gzip
import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.errors import Unavailable
from lantern.search.meili.connection import LONGEST, Server
from lantern.search.meili.reader import MeiliReader
from lantern.search.meili.session import LARGEST_ANSWER
from lantern.search.query import parse

PATIENCE_S = 0.25
LIMIT = 5

Behaviour = Callable[[Callable[[bytes], None]], None]


class Rogue(socketserver.ThreadingTCPServer):
    """Answers every request as it pleases, until it is closed."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.asked = 0
        self.ended = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @contextlib.contextmanager
    def running(self) -> Iterator[Rogue]:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield self
        finally:
            self.ended.set()
            self.shutdown()
            self.server_close()


class _Handler(socketserver.StreamRequestHandler):
    server: Rogue

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while self._read_request():
                self.server.asked += 1
                self.server.behaviour(self.wfile.write)

    def _read_request(self) -> bool:
        length = 0
        while (line := self.rfile.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        self.rfile.read(length)
        return bool(line)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def slowly(text: bytes) -> Behaviour:
    """Say `text` and go on, a byte at a time, each well within what one waits for a byte."""

    def behave(write: Callable[[bytes], None]) -> None:
        for byte in [*text, *b"x" * 1000]:
            write(bytes([byte]))
            time.sleep(PATIENCE_S / 5)

    return behave


def endlessly(write: Callable[[bytes], None]) -> None:
    write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


PACKED = answer(gzip.compress(bytes(2 * LARGEST_ANSWER), 1), "content-encoding: gzip")


HARM = {
    "a head that trickles": (slowly(b"HTTP/1.1 200 OK\r\nx-some: "), "expected within 0.25 s"),
    "a body that trickles": (
        slowly(b"HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\n{"),
        "expected within 0.25 s",
    ),
    "no end": (endlessly, "more than 16 MB"),
    "much in little": (lambda write: write(PACKED), "more than 16 MB"),
}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.write_text("secret")
    return file


@contextlib.contextmanager
def reading(rogue: Rogue, key: Path) -> Iterator[MeiliReader]:
    reader = MeiliReader(Server(rogue.url, key, PATIENCE_S))
    try:
        yield reader
    finally:
        reader.close()


@pytest.mark.parametrize(("behaviour", "said"), HARM.values(), ids=HARM)
def test_an_answer_without_end_is_given_up(behaviour: Behaviour, said: str, key: Path) -> None:
    with Rogue(behaviour).running() as rogue, reading(rogue, key) as reader:
        begun = time.monotonic()
        with pytest.raises(Unavailable, match=said):
            reader.search(parse("dog", limit=LIMIT))
        assert time.monotonic() - begun < PATIENCE_S * LONGEST + 5


def test_nobody_is_led_to_another_server(key: Path) -> None:
    found = json.dumps({"hits": [], "totalHits": 0}).encode()
    with Rogue(lambda write: write(answer(found))).running() as other:
        leads = f"location: {other.url}/indexes/photos/search"
        for status in ("301 Moved", "302 Found", "307 Temporary", "308 Permanent"):
            elsewhere = answer(b"", leads, status=status)
            with (
                Rogue(lambda write, say=elsewhere: write(say)).running() as rogue,
                reading(rogue, key) as reader,
                pytest.raises(Unavailable, match="got something else"),
            ):
                reader.search(parse("dog", limit=LIMIT))
        assert other.asked == 0


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NUMBERS = st.sampled_from([-1, 0, 3, 2**31, 2**63 - 1, 2**63, 10**40, 1.5, None, "3"])
COUNTS = st.dictionaries(st.sampled_from(["5", "inf", "nan", "1e400", "", "a b", "0"]), NUMBERS)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "hits": st.lists(st.fixed_dictionaries({"id": NUMBERS | ANYTHING}), max_size=9) | ANYTHING,
        "totalHits": NUMBERS | ANYTHING,
        "facetDistribution": st.dictionaries(
            st.sampled_from(["rating", "camera", "folder_1", "tag", "month", "x"]), COUNTS
        )
        | ANYTHING,
    },
)


@pytest.fixture(scope="module")
def liar() -> Iterator[tuple[Rogue, list[bytes]]]:
    says = [b""]
    with Rogue(lambda write: write(answer(says[0]))).running() as rogue:
        yield rogue, says


@settings(max_examples=60)
@given(ANSWERS | ANYTHING)
def test_whatever_it_says_is_a_page_of_photos_or_no_answer(
    liar: tuple[Rogue, list[bytes]], tmp_path_factory: pytest.TempPathFactory, lie: Any
) -> None:
    rogue, says = liar
    says[0] = json.dumps(lie).encode()
    key = tmp_path_factory.getbasetemp() / "rogue-key"
    key.write_text("secret")
    facets = ("rating", "camera", "folder", "tag", "month")
    with reading(rogue, key) as reader, contextlib.suppress(Unavailable):
        found = reader.search(parse("dog", limit=LIMIT, facets=facets))
        assert len(found.hits) <= LIMIT
        assert all(0 <= hit.id < 2**63 for hit in found.hits), "a catalog can be asked for it"
        assert 0 <= found.total < 2**63
