"""What `lantern doctor` looks at in Lantern: photos, catalog, model, index, show. Changes nothing.

To add a check, write a function from `Config` to `Finding` and put it into `CHECKS`. Beside these
there are `house_checks` and `machine_checks`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from lantern.address import short
from lantern.catalog.live import LiveConnection
from lantern.catalog.reader import CatalogReader
from lantern.catalog.store import SUSPECT
from lantern.config import Config
from lantern.errors import LanternError
from lantern.health import access, house_checks, machine_checks
from lantern.health.finding import Finding, of_error, to_do, well
from lantern.health.trial import try_model

PLAYER_PATIENCE_S = 2.0


def examine(config: Config) -> list[Finding]:
    """Return the findings of all checks, in their order."""
    return [
        _run(check, config) for check in (*CHECKS, *house_checks.CHECKS, *machine_checks.CHECKS)
    ]


def photo_folder(config: Config) -> Finding:
    """Look whether the photo folder can be read, and written where captions go there."""
    root = Path(os.fsdecode(config.photos.folder))
    user = access.daemons_user(config)
    name = access.name_of_user(user)
    try:
        status, entries = os.stat(root), len(os.listdir(root))
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        return to_do("photos", f"{root}: {reason}", "mount it, or set photos.root in lantern.toml")
    if not access.may(user, status, os.R_OK | os.X_OK):
        step = f'give that user the right to: "sudo setfacl -R -m u:{name}:rX {root}"'
        return to_do("photos", f"{root}: the daemon's user {name} may not read it", step)
    if config.captions.write != "off" and not access.may(user, status, os.W_OK):
        step = f'"sudo setfacl -R -m u:{name}:rwX {root}", or set captions.write = "off"'
        told = f"{root}: the daemon's user {name} may not write captions there"
        return to_do("photos", told, step)
    return well("photos", f"{root}: {entries} entries")


def state_folder(config: Config) -> Finding:
    """Look whether the daemon's user may write the state folder."""
    folder = config.paths.state_folder
    place, user = access.standing(folder), access.daemons_user(config)
    name = access.name_of_user(user)
    if not access.may(user, os.stat(place), os.W_OK | os.X_OK):
        step = f'"sudo chown -R {name} {folder}", or set paths.state in lantern.toml'
        return to_do("state", f"{place}: {name} may not write it", step)
    return well("state", f"{folder}: for {name} to write")


def catalog(config: Config) -> Finding:
    """Look whether the catalog is whole, how many photos failed or cannot take their caption."""
    path = config.paths.catalog
    if not path.exists():
        return well("catalog", f"{path}: not there yet, the daemon makes it")
    damage = LiveConnection(path).damage()
    if damage is not None:
        step = f'"sudo touch {path}{SUSPECT}", then "sudo systemctl restart lantern"'
        return to_do("catalog", f"{path}: {damage}; it is kept aside and made anew by", step)
    counts = CatalogReader.open(path).counts()
    told = f"{counts.captioned} files described, {counts.failed} failed"
    if counts.refused:
        told += f', {counts.refused} cannot take their caption ("lantern status" says why)'
    return well("catalog", told)


def model(config: Config) -> Finding:
    """Look whether the model in use is whole, fits, and says of the known picture what it should.

    Raises:
        ConfigError: it is not, or does not.
    """
    trial = try_model(config.captions.models_folder)
    return well("model", trial.told) if trial.deviation is None else of_error("model", trial.told)


def index(config: Config) -> Finding:
    """Look whether the search index answers."""
    from lantern.search.embedded import EmbeddedReader  # noqa: PLC0415 - slow
    from lantern.search.query import parse  # noqa: PLC0415 - slow

    if not config.paths.index.exists():
        return well("index", "not there yet, the daemon makes it")
    total = EmbeddedReader(config.paths.index).search(parse("")).total
    return well("index", f"{total} photos searchable")


def search_server(config: Config) -> Finding:
    """Look whether the search server answers to both of Lantern's keys, and how far behind it is.

    Raises:
        Unavailable: it does not.
    """
    from lantern.search import build  # noqa: PLC0415 - slow
    from lantern.search.query import parse  # noqa: PLC0415 - slow

    reader, writer = build.server_reader(config.search), build.server(config.search)
    if reader is None or writer is None:
        return well("search server", "none is configured, Lantern's own index answers")
    with contextlib.closing(reader), contextlib.closing(writer):
        reader.search(parse("", limit=0))
        told = f"{config.search.url}: {writer.count()} photos searchable"
    if waiting := _waiting_for_server(config):
        told += f", {waiting} wait to be sent"
    return well("search server", told)


def player(config: Config) -> Finding:
    """Look whether the show's player is there and listens."""
    if not config.show.plays:
        return well("player", "none is wanted, no show is configured")
    if shutil.which("mpv") is None:
        return to_do("player", "mpv: not installed", '"sudo apt install mpv"')
    path = config.paths.screen_socket
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, short(path) as name:
            connection.settimeout(PLAYER_PATIENCE_S)
            connection.connect(name)
    except OSError as error:
        reason = error.strerror or "no answer"
        step = '"sudo systemctl restart lantern-screen", or "lantern screen" without systemd'
        return to_do("player", f"{path}: {reason}", step)
    return well("player", f"mpv listens at {path}")


def films(config: Config) -> Finding:
    """Look whether the folders of films can be read."""
    folders = {
        name: programme.films_folder
        for name, programme in config.programmes.items()
        if programme.films_folder
    }
    for name, folder in folders.items():
        try:
            os.listdir(folder)
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            return to_do(
                "films", f"{folder}: {reason}", f"mount it, or set programmes.{name}.films"
            )
    told = ", ".join(sorted({str(folder) for folder in folders.values()}))
    return well("films", told or "no programme plays any")


def projector(config: Config) -> Finding:
    """Look whether the projector's section can be used; the projector is not asked.

    Raises:
        ConfigError: it cannot.
    """
    from lantern.hardware.projector.build import build  # noqa: PLC0415 - slow

    if build(config.projector) is None:
        return well("projector", "none is configured")
    return well("projector", f'switched by "{config.projector.by}"')


def board(config: Config) -> Finding:
    """Look whether the presence boards' devices are there, and the daemon's user may use them."""
    if not config.boards:
        return well("board", "no sensor is one")
    for section in config.boards:
        if reason := unusable(section.device, access.daemons_user(config)):
            return of_error("board", f"{section.name} on {section.device}: {reason}")
    told = ", ".join(section.device for section in config.boards)
    return well("board", f"{told}: there, and the daemon's user may use it")


def unusable(device: str, user: int | None = None) -> str:
    """Return why a program of `user`, ours for None, cannot use the serial device, or "".

    The next step stands behind a semicolon.
    """
    path = os.path.expanduser(device)
    user = os.geteuid() if user is None else user
    try:
        status = os.stat(path)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        return f'{reason}; plug the board in, and see "The presence board" in the README'
    if not stat.S_ISCHR(status.st_mode):
        return "expected a serial device, got something else; set its device in [[sensors]]"
    if not access.may(user, status, os.R_OK | os.W_OK):
        name, group = access.name_of_user(user), access.name_of_group(status.st_gid)
        return f'{name} may not use it; "sudo usermod -aG {group} {name}", then start anew'
    return ""


CHECKS: tuple[Callable[[Config], Finding], ...] = (
    photo_folder,
    state_folder,
    catalog,
    model,
    index,
    search_server,
    player,
    films,
    projector,
    board,
)


def _waiting_for_server(config: Config) -> int:
    if not config.paths.catalog.exists():
        return 0
    return CatalogReader.open(config.paths.catalog).server_backlog() or 0


def _run(check: Callable[[Config], Finding], config: Config) -> Finding:
    try:
        return check(config)
    except LanternError as error:
        return of_error(check.__name__.replace("_", " "), error)
    except PermissionError as error:
        step = 'look by sudo, or as a member of the group "lantern-data"'
        return to_do(check.__name__.replace("_", " "), f"{error.filename}: closed to you", step)
