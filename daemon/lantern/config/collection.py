"""The sections of the collection: photos, captions, search, the page, and where the state lies."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from lantern.config.section import Section, require_absolute


class Photos(Section, frozen=True):
    """Where the photos are, and when a file counts as copied."""

    root: str
    settle_s: Annotated[float, Meta(ge=0.1, le=600)] = 2.0
    rescan_s: Annotated[float, Meta(ge=1, le=7 * 86400)] = 3600.0

    def __post_init__(self) -> None:
        """Check the path."""
        require_absolute("photos.root", self.root)

    @property
    def folder(self) -> bytes:
        """Return the absolute path of the photo root: "~" is this user's home."""
        return os.path.abspath(os.fsencode(os.path.expanduser(self.root)))


Policy = Literal["embed", "sidecar", "off"]
"""Where captions are written besides the catalog."""


class Captions(Section, frozen=True):
    """How photos are described, and where the sentences are written besides the catalog.

    `workers` 0 means one a core, two at most; `models` "" means the model that Lantern ships.
    """

    write: Policy = "embed"
    models: str = ""
    workers: Annotated[int, Meta(ge=0, le=16)] = 0
    deadline_s: Annotated[float, Meta(ge=1, le=3600)] = 60.0

    def __post_init__(self) -> None:
        """Check the path."""
        if self.models:
            require_absolute("captions.models", self.models)

    @property
    def models_folder(self) -> Path | None:
        """Return the configured model's folder, or None for the model that Lantern ships."""
        return Path(self.models).expanduser() if self.models else None


_URL = re.compile(r"https?://([^\s/@?#:\[\]]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?(/[^\s@?#]*)?")


class Search(Section, frozen=True):
    """Which engine answers searches; the embedded index is kept, and falls in, in any case."""

    engine: Literal["embedded", "meilisearch"] = "embedded"
    url: str = "http://127.0.0.1:7700"
    key_file: str = "/etc/lantern/meilisearch-index.key"
    search_key_file: str = "/etc/lantern/meilisearch-search.key"

    def __post_init__(self) -> None:
        """Check the address and the paths."""
        if not _URL.fullmatch(self.url):
            raise ValueError(
                f'search.url: expected one like "http://127.0.0.1:7700", got {self.url!r}'
            )
        require_absolute("search.key_file", self.key_file)
        require_absolute("search.search_key_file", self.search_key_file)

    @property
    def key(self) -> Path:
        """Return the file with the daemon's key."""
        return Path(self.key_file).expanduser()

    @property
    def search_key(self) -> Path:
        """Return the file with the page's key."""
        return Path(self.search_key_file).expanduser()


class Web(Section, frozen=True):
    """Where the page is served, and under which names besides its addresses and localhost."""

    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    names: tuple[str, ...] = ()


class Paths(Section, frozen=True):
    """Where Lantern keeps its own files; empty means the place that suits the user."""

    state: str = ""
    runtime: str = ""
    backup: str = ""

    def __post_init__(self) -> None:
        """Check the paths."""
        for option in ("state", "runtime", "backup"):
            if path := getattr(self, option):
                require_absolute(f"paths.{option}", path)

    @property
    def state_folder(self) -> Path:
        """Return the folder of catalog, index and thumbnails."""
        return _folder(self.state, "/var/lib/lantern", "XDG_STATE_HOME", "~/.local/state")

    @property
    def runtime_folder(self) -> Path:
        """Return the folder of the sockets, and of what is made for the screen."""
        return _folder(self.runtime, "/run/lantern", "XDG_RUNTIME_DIR", "~/.local/state")

    @property
    def backup_folder(self) -> Path:
        """Return the folder of the backup: its key and passphrase, Borg's cache, its reports."""
        beside = self.state_folder.with_name(f"{self.state_folder.name}-backup")
        return Path(self.backup).expanduser().absolute() if self.backup else beside

    @property
    def backup_copy(self) -> Path:
        """Return the copy of the catalog that the last backup made."""
        return self.backup_folder / "staged" / "catalog.sqlite3"

    @property
    def backup_progress(self) -> Path:
        """Return the file in which a running backup tells how far it is; memory, not a disk."""
        runtime = self.runtime_folder
        return runtime.with_name(f"{runtime.name}-backup") / "progress.json"

    @property
    def outbox(self) -> Path:
        """Return the folder of the notices that wait to be sent."""
        return self.state_folder / "outbox"

    @property
    def catalog(self) -> Path:
        """Return the catalog's file."""
        return self.state_folder / "catalog.sqlite3"

    @property
    def thumbnails(self) -> Path:
        """Return the thumbnail store's file."""
        return self.state_folder / "thumbnails.sqlite3"

    @property
    def index(self) -> Path:
        """Return the embedded index's folder."""
        return self.state_folder / "index"

    @property
    def password(self) -> Path:
        """Return the file with the hash of the owner's password, which `lantern passwd` writes."""
        return self.state_folder / "password"

    @property
    def lock(self) -> Path:
        """Return the file that a daemon holds locked for as long as it runs."""
        return self.state_folder / "lock"

    @property
    def orders(self) -> Path:
        """Return the file with what the maintainer ordered of the show."""
        return self.state_folder / "show.json"

    @property
    def calibration(self) -> Path:
        """Return the file with what calibration found of each presence board."""
        return self.state_folder / "boards.json"

    @property
    def marks(self) -> Path:
        """Return the file with where each programme of the show stands."""
        return self.state_folder / "programmes.json"

    @property
    def set_by_hand(self) -> tuple[Path, ...]:
        """Return the files with what people set besides the configuration, for the backup.

        Each may be missing. Not the password: nothing that lets one in is saved.
        """
        return (self.orders, self.calibration)

    @property
    def control_socket(self) -> Path:
        """Return the daemon's control socket."""
        return self.runtime_folder / "control.sock"

    @property
    def screen_socket(self) -> Path:
        """Return the player's socket, mpv's JSON IPC."""
        return self.runtime_folder / "screen.sock"

    @property
    def pictures(self) -> Path:
        """Return the folder of the pictures that are made for the screen."""
        return self.runtime_folder / "pictures"


def _folder(configured: str, system: str, variable: str, otherwise: str) -> Path:
    """Return the configured folder, else the system's for root, else the user's XDG one."""
    if configured:
        return Path(configured).expanduser().absolute()
    if os.geteuid() == 0 or Path(system).is_dir():
        return Path(system)
    return Path(os.environ.get(variable) or otherwise).expanduser() / "lantern"
