"""Which engine answers: the configured server, or the index inside Lantern in its stead."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantern.catalog.store import Catalog
from lantern.config import Config, load
from lantern.errors import Unavailable
from lantern.health import checks
from lantern.model import PhotoId
from lantern.search import build
from lantern.search.document import Document
from lantern.search.embedded import EmbeddedIndex
from lantern.search.meili import MeiliIndex
from lantern.search.port import Results
from lantern.search.query import parse
from support import meili
from support.meili_server import FakeMeili

CONFIG = """
[photos]
root = "{folder}"
[paths]
state = "{folder}/state"
[search]
engine = "meilisearch"
url = "{url}"
key_file = "{folder}/index.key"
search_key_file = "{folder}/search.key"
"""
DOG, CAT = Document(PhotoId(1), "a dog"), Document(PhotoId(2), "a cat")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeMeili]:
    meili.need_specification()
    with meili.fake(tmp_path) as fake:
        yield fake


@pytest.fixture
def config(server: FakeMeili, tmp_path: Path) -> Config:
    """Return the configuration of a server that knows a dog and a cat, and an index of the dog."""
    file = tmp_path / "lantern.toml"
    file.write_text(CONFIG.format(folder=tmp_path, url=server.url))
    config = load(file)
    served = MeiliIndex(meili.keys_of(server, tmp_path).index)
    served.ensure()
    served.apply([DOG, CAT])
    served.close()
    embedded = EmbeddedIndex.open(config.paths.index)
    embedded.apply([DOG])
    embedded.close()
    return config


def ask(config: Config) -> Results:
    reader = build.reader(config.search, config.paths.index)
    with contextlib.closing(reader):
        return reader.search(parse(""))


def test_the_server_answers_where_one_is_configured(config: Config) -> None:
    found = ask(config)
    assert (found.total, found.instead_of) == (2, "")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("a-wrong-secret", r"search\.key was refused .*run scripts/install-meilisearch again"),
        ("", r"search\.key was refused"),  # the server answers 401 rather than 403
    ],
)
def test_a_key_that_the_server_refuses_is_told_and_the_index_inside_answers(
    config: Config, key: str, said: str
) -> None:
    config.search.search_key.write_text(key)
    with pytest.raises(Unavailable, match=said):
        checks.search_server(config)
    found = ask(config)
    assert found.total == 1
    assert "was refused" in found.instead_of


def test_the_doctor_tells_what_the_server_has(config: Config) -> None:
    told = checks.search_server(config)
    assert (told.good, told.sentence) == (True, f"{config.search.url}: 2 photos searchable")


def test_the_doctor_tells_how_far_behind_the_server_is(config: Config) -> None:
    with contextlib.closing(Catalog.open(config.paths.catalog)) as catalog:
        catalog.served.begin("0123456789abcdef")
        with contextlib.closing(sqlite3.connect(config.paths.catalog)) as outbox, outbox:
            outbox.execute("INSERT INTO server_outbox (photo_id, revision) VALUES (7, 1), (8, 1)")
        told = checks.search_server(config)
    assert (told.good, told.sentence.partition(": ")[2]) == (
        True,
        "2 photos searchable, 2 wait to be sent",
    )


def test_the_doctor_tries_the_daemon_s_key_as_well(config: Config) -> None:
    config.search.key.write_text("a-wrong-secret")
    with pytest.raises(Unavailable, match=r"index\.key was refused"):
        checks.search_server(config)


def test_the_doctor_says_that_a_server_is_down(config: Config, server: FakeMeili) -> None:
    server.stop()
    with pytest.raises(Unavailable, match="systemctl start meilisearch"):
        checks.search_server(config)
    server.start()


def test_without_a_server_the_doctor_misses_none(tmp_path: Path) -> None:
    file = tmp_path / "lantern.toml"
    file.write_text(f'[photos]\nroot = "{tmp_path}"\n')
    assert checks.search_server(load(file)).good
