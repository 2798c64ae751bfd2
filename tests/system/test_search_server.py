"""A real daemon and a real page with a search server, which goes away and comes back."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from lantern.config import load
from lantern.search.meili.index import LIVE
from support import meili
from support.house import PATIENCE_S, House, photo
from support.meili_server import FakeMeili
from support.ports import free_port

SECTIONS = """
[search]
engine = "meilisearch"
url = "{url}"
key_file = "{index}"
search_key_file = "{search}"
[web]
port = {port}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeMeili]:
    meili.need_specification()
    with meili.fake(tmp_path, delay_s=0.05) as fake:
        yield fake


@pytest.fixture
def house(server: FakeMeili, tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "house")
    keys = meili.keys_of(server, tmp_path)
    files = {"index": keys.index.key_file, "search": keys.search.key_file}
    with house.file.open("a") as file:
        file.write(SECTIONS.format(url=server.url, port=free_port(), **files))
    house.config = load(house.file)
    with house.running():
        yield house


@contextlib.contextmanager
def page_of(house: House) -> Iterator[Callable[[str], dict[str, object]]]:
    process = subprocess.Popen(house.command("web"))
    with httpx.Client(base_url=f"http://127.0.0.1:{house.config.web.port}", timeout=10) as client:

        def search(words: str) -> dict[str, object]:
            answer = client.get("/api/search", params={"q": words})
            answer.raise_for_status()
            return dict(answer.json())

        try:
            wait(lambda: client.get("/health").is_success, "the page answers")
            yield search
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


def wait(met: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with contextlib.suppress(httpx.HTTPError):
            if met():
                return
        time.sleep(0.05)
    raise AssertionError(f"waited in vain until {what}")


def held(server: FakeMeili) -> int:
    with server.lock:
        server.engine.catch_up()
        index = server.engine.indexes.get(LIVE)
        return len(index.documents) if index else 0


def test_the_page_asks_the_server_and_the_index_inside_lantern_while_that_is_away(
    server: FakeMeili, house: House
) -> None:
    house.put("a.jpg", photo(1))
    house.wait_for({"a.jpg"})
    wait(lambda: held(server) == 1, "the server has the photo")
    with page_of(house) as search:
        wait(lambda: search("")["fallback"] is False, "the server answers the page")
        assert search("")["total"] == 1
        assert "1 photos searchable" in house.run("doctor").stdout
        server.stop()
        house.put("b.jpg", photo(2))
        house.wait_for({"a.jpg", "b.jpg"})
        away = search("")
        assert (away["total"], away["fallback"]) == (2, True)
        house.wait_notice("1 photos wait, the embedded index answers")
        typed = house.run("search", "b.jpg")
        assert typed.stdout.endswith("\n1 photo\n")
        assert "another search engine answers" in typed.stderr
        assert "TO DO  search server" in house.run("doctor").stdout
        server.start()
        wait(lambda: held(server) == 2, "the backlog has drained")
        house.wait_no_notice()
        wait(lambda: search("")["fallback"] is False, "the server is asked again")
        assert search("b.jpg")["total"] == 1
    assert house.stop() == 0
