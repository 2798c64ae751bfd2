"""Make the two keys that Lantern holds, with the master key, which it does not hold.

`python -m lantern.search.meili.keys --master-key FILE --index-key FILE --search-key FILE` does it,
with each start of the server that `scripts/install-meilisearch` installed. The daemon's key writes
to Lantern's two indexes and sees nothing else, the page's key searches one. A key's secret follows
from its id and the master key, so making the keys again changes nothing, and gives a server that
was wiped the same keys.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import time
from pathlib import Path
from typing import NamedTuple

from lantern.errors import Unavailable
from lantern.search.meili.connection import Key, Line, Lines, Server
from lantern.search.meili.index import FRESH, LIVE

POLL_S = 0.5

INDEX_KEY = Key(
    uid="b1f105ba-d1eb-4ccf-8797-931fc7454688",
    name="Lantern's daemon",
    actions=(
        *("documents.add", "documents.delete"),
        *("indexes.create", "indexes.delete", "indexes.get", "indexes.swap"),
        *("settings.get", "settings.update", "stats.get", "tasks.get"),
    ),
    indexes=(LIVE, FRESH),
)

SEARCH_KEY = Key(
    uid="69e9eca1-2e23-49d2-9280-d8ba4d48ed05",
    name="Lantern's page",
    actions=("search",),
    indexes=(LIVE,),
)


class KeyFile(NamedTuple):
    """Where a key goes, and the user who is to read it; None for who writes it."""

    path: Path
    owner: str | None = None


def make_keys(server: Server, index_key: KeyFile, search_key: KeyFile) -> None:
    """Make both keys at `server`, whose key file holds the master key, and write their files.

    The files are readable for their owner alone, and replaced whole. Idempotent; a key that allows
    something else than it should is replaced.

    Raises:
        Unavailable: the server does not answer or refuses the master key, or a file cannot be
            written.
    """
    lines = Lines(server)
    with contextlib.closing(lines), lines.line() as line:
        for wanted, file in ((INDEX_KEY, index_key), (SEARCH_KEY, search_key)):
            write_secret(file, _made(line, wanted).secret)


def write_secret(file: KeyFile, secret: str) -> None:
    """Put `secret` and a line's end into `file`, mode 0600."""
    path = file.path
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(f"{secret}\n")
            opened.flush()
            os.fsync(opened.fileno())
        if file.owner:
            shutil.chown(fresh, file.owner)
        fresh.replace(path)
    except (OSError, LookupError) as error:
        raise Unavailable(
            f"{path}: the key cannot be written ({error}); make its folder and its owner, and run "
            "this as root"
        ) from error


def main(arguments: list[str]) -> int:
    """Make the keys as the command line says; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m lantern.search.meili.keys")
    parser.add_argument("--url", default="http://127.0.0.1:7700")
    parser.add_argument("--master-key", type=Path, required=True, metavar="FILE")
    parser.add_argument("--index-key", type=Path, required=True, metavar="FILE")
    parser.add_argument("--search-key", type=Path, required=True, metavar="FILE")
    parser.add_argument("--daemon-user", metavar="NAME", help="who is to read the index key")
    parser.add_argument("--page-user", metavar="NAME", help="who is to read the search key")
    parser.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="for a server that starts"
    )
    asked = parser.parse_args(arguments)
    index_key = KeyFile(asked.index_key, asked.daemon_user)
    search_key = KeyFile(asked.search_key, asked.page_user)
    end = time.monotonic() + asked.wait
    while True:
        try:
            make_keys(Server(asked.url, asked.master_key), index_key, search_key)
        except Unavailable as error:
            if time.monotonic() > end:
                sys.stderr.write(f"{error}\n")
                return 1
            time.sleep(POLL_S)
        else:
            return 0


def _made(line: Line, wanted: Key) -> Key:
    there = line.key(wanted.uid)
    if there is not None and _allows(there) == _allows(wanted):
        return there
    if there is not None:
        line.delete_key(wanted.uid)
    return line.create_key(wanted)


def _allows(key: Key) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(key.actions), frozenset(key.indexes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
