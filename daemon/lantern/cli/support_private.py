"""What of this machine is private, so that a support bundle can leave it out."""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from lantern.catalog.reader import CatalogReader
from lantern.config import Config
from lantern.errors import Unavailable
from lantern.health.house_checks import secret_files
from lantern.health.scrub import Private
from lantern.model import display_path

PEOPLE = range(1000, 60_000)
"""Users that are people [Debian Policy, "UID and GID classes"]."""

NOBODYS = ("0.0.0.0", "::", "127.0.0.1", "::1", "localhost")  # noqa: S104 - compared with

NO_PERSONS = ("lantern", "backup", "borg", "root")
"""Users of other machines whose names tell nothing."""

HOSTS = Path("/etc/hosts")
RESOLVER = Path("/etc/resolv.conf")


def private(settings: Config | None) -> Private:
    """Return what is private here; without a configuration what any machine has."""
    return Private(
        secrets=tuple(_secrets(settings)) if settings else (),
        hosts=tuple(_hosts(settings)),
        people=tuple(_people(settings)),
        places=_places(settings),
        names=tuple(_names(settings)) if settings else (),
    )


def _secrets(settings: Config) -> Iterator[str]:
    for file in secret_files(settings):
        with contextlib.suppress(OSError):
            yield from file.read_text("utf-8", "replace").split()


def _hosts(settings: Config | None) -> Iterator[str]:
    own = socket.gethostname()
    yield from (own, own.partition(".")[0])
    for line in (*_lines(HOSTS), *_lines(RESOLVER)):
        words = line.partition("#")[0].split()
        yield from (word for word in words[1:] if not word.startswith(("localhost", "ip6-")))
    if settings:
        configured = (settings.projector.host, urlsplit(settings.search.url).hostname or "")
        hosts = (*configured, settings.web.host, *settings.web.names)
        yield from (far.hostname for far in _far(settings) if far.hostname)
        yield from (host for host in hosts if host not in NOBODYS)


def _far(settings: Config) -> Iterator[SplitResult]:
    """Yield the repositories of other machines."""
    for repository in settings.backup.repositories:
        if repository.startswith("ssh:"):
            yield urlsplit(repository)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def _people(settings: Config | None) -> Iterator[str]:
    for entry in pwd.getpwall():
        if entry.pw_uid in PEOPLE:
            yield from (entry.pw_name, *entry.pw_gecos.split(","))
    with contextlib.suppress(OSError, KeyError):
        yield getpass.getuser()
    yield os.environ.get("SUDO_USER", "")
    for far in _far(settings) if settings else ():
        if far.username and far.username not in NO_PERSONS:
            yield far.username


def _places(settings: Config | None) -> dict[str, str]:
    """Return folders and what is said for them."""
    places = {sys.prefix: "program", os.path.expanduser("~"): "home", os.getcwd(): "here"}
    places |= {entry.pw_dir: "home" for entry in pwd.getpwall() if entry.pw_uid in PEOPLE}
    if settings:
        places |= {str(film): "films" for film in _film_folders(settings)}
        here = (one for one in settings.backup.repositories if not one.startswith("ssh:"))
        places |= dict.fromkeys(here, "repository")
        places |= {far.path: "repository" for far in _far(settings)}
        places[str(settings.paths.backup_folder)] = "backup"
        places[str(settings.paths.state_folder)] = "state"
        places[str(settings.paths.runtime_folder)] = "runtime"
        places[display_path(settings.photos.folder)] = "photos"
        places[settings.photos.root] = "photos"
        if settings.captions.models_folder:
            places[str(settings.captions.models_folder)] = "models"
    return {place: said for place, said in places.items() if len(place) > 1}


def _film_folders(settings: Config) -> Iterator[Path]:
    yield from (one.films_folder for one in settings.programmes.values() if one.films_folder)


def _names(settings: Config) -> Iterator[str]:
    """Yield the paths of all photos and films that ever were in the catalog or are in a folder."""
    with contextlib.suppress(Unavailable):
        yield from map(display_path, CatalogReader.open(settings.paths.catalog).paths())
    for folder in _film_folders(settings):
        with contextlib.suppress(OSError):
            yield from os.listdir(folder)
    with contextlib.suppress(OSError):
        yield from map(display_path, os.listdir(settings.photos.folder))
