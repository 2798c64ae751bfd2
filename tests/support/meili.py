"""How tests come by a search server: a model of one, or a real one that MEILI_URL names.

A real one is emptied of Lantern's indexes before each test: never name one that is in use.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from lantern.search.meili import Server
from lantern.search.meili.connection import Lines, NoIndex
from lantern.search.meili.index import FRESH, LIVE
from lantern.search.meili.keys import KeyFile, make_keys
from support.meili_server import FakeMeili, fake_meili
from support.meili_spec import FILE

fake = fake_meili
REAL = bool(os.environ.get("MEILI_URL"))
WITHOUT = "this suite did not meet a search server: set MEILI_URL and MEILI_MASTER_KEY"
INSTALLER = Path(__file__).parents[2] / "scripts" / "install-meilisearch"
PATIENCE_S = 5.0


class Keys(NamedTuple):
    """One server, as the daemon and as the page may use it."""

    index: Server
    search: Server


def need_specification() -> None:
    """Skip the test where the specification is not to be had: the model is checked by it."""
    if not FILE.exists():
        pytest.skip(f"{FILE.name} of Meilisearch is not there; name it in MEILI_OPENAPI")


def keys_of(server: FakeMeili, folder: Path) -> Keys:
    """Return the two keys of a server, made with its master key."""
    return _keys(Server(server.url, server.key_file, PATIENCE_S), folder)


def version_of_the_real() -> str:
    """Return what the real server says it is."""
    key = {"authorization": f"Bearer {os.environ['MEILI_MASTER_KEY']}"}
    answer = httpx.get(f"{os.environ['MEILI_URL']}/version", headers=key)
    return str(answer.json()["pkgVersion"])


def version_installed() -> str:
    """Return the version that the installer pins."""
    pinned = re.search(r"^version=(\S+)$", INSTALLER.read_text(), re.MULTILINE)
    assert pinned
    return pinned[1]


def real(folder: Path) -> Keys:
    """Return the two keys of the real server, without an index."""
    master = folder / "master.key"
    master.write_text(os.environ["MEILI_MASTER_KEY"])
    server = Server(os.environ["MEILI_URL"], master, PATIENCE_S)
    lines = Lines(server)
    with lines.line() as line:
        for uid in (LIVE, FRESH):
            try:
                line.settings(uid)
            except NoIndex:
                continue
            task = line.delete(uid)
            while line.ended(task) is None:
                pass
    lines.close()
    return _keys(server, folder)


def _keys(master: Server, folder: Path) -> Keys:
    index, search = folder / "index.key", folder / "search.key"
    make_keys(master, KeyFile(index), KeyFile(search))
    return Keys(Server(master.url, index, PATIENCE_S), Server(master.url, search, PATIENCE_S))
