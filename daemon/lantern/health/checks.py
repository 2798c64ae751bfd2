"""What `lantern doctor` looks at. Changes nothing.

To add a check, write a function from `Config` to `Finding` and put it into `CHECKS`.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import msgspec

from lantern.address import short
from lantern.catalog.live import LiveConnection
from lantern.catalog.reader import CatalogReader
from lantern.catalog.store import SUSPECT
from lantern.config import Config
from lantern.errors import LanternError
from lantern.health.trial import try_model

LEAST_FREE_BYTES = 500 * 1024 * 1024
PLAYER_PATIENCE_S = 2.0
LEAST_WATCHES = 8192
"""A watch is needed for every folder; distributions' defaults lie between this and a million."""


class Finding(msgspec.Struct, frozen=True):
    """What one check found; `sentence` holds the next step where it is not good."""

    subject: str
    good: bool
    sentence: str


def examine(config: Config) -> list[Finding]:
    """Return the findings of all checks, in their order."""
    return [_run(check, config) for check in CHECKS]


def as_json(findings: list[Finding]) -> str:
    """Return `findings` as one JSON object."""
    return msgspec.json.encode({"findings": findings}).decode()


def photo_folder(config: Config) -> Finding:
    """Look whether the photo folder can be read."""
    root = Path(os.fsdecode(config.photos.folder))
    try:
        entries = len(os.listdir(root))
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        return Finding("photos", False, f"{root}: {reason}; mount it, or set photos.root")
    return Finding("photos", True, f"{root}: {entries} entries")


def state_folder(config: Config) -> Finding:
    """Look whether the state folder can be written and has room."""
    folder = config.paths.state_folder
    standing = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(standing, os.W_OK):
        return Finding(
            "state",
            False,
            f"{standing}: not writable; set paths.state, or look as the daemon's user",
        )
    free = shutil.disk_usage(standing).free
    told = f"{folder}: {free / 1e9:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        return Finding("state", False, f"{told}, less than {LEAST_FREE_BYTES / 1e9:.1f}; make room")
    return Finding("state", True, told)


def catalog(config: Config) -> Finding:
    """Look whether the catalog is whole, how many photos failed or cannot take their caption."""
    path = config.paths.catalog
    if not path.exists():
        return Finding("catalog", True, f"{path}: not there yet, the daemon makes it")
    damage = LiveConnection(path).damage()
    if damage is not None:
        step = f'"sudo touch {path}{SUSPECT}", then "sudo systemctl restart lantern"'
        told = f"{path}: {damage}; have it kept aside and made anew: {step}"
        return Finding("catalog", False, told)
    counts = CatalogReader.open(path).counts()
    told = f"{counts.captioned} files described, {counts.failed} failed"
    if counts.refused:
        told += f', {counts.refused} cannot take their caption ("lantern status" says why)'
    return Finding("catalog", True, told)


def model(config: Config) -> Finding:
    """Look whether the model in use is whole, fits, and says of the known picture what it should.

    Raises:
        ConfigError: it is not, or does not.
    """
    trial = try_model(config.captions.models_folder)
    return Finding("model", trial.deviation is None, trial.told)


def index(config: Config) -> Finding:
    """Look whether the search index answers."""
    from lantern.search.embedded import EmbeddedReader  # noqa: PLC0415 - slow
    from lantern.search.query import parse  # noqa: PLC0415 - slow

    if not config.paths.index.exists():
        return Finding("index", True, "not there yet, the daemon makes it")
    total = EmbeddedReader(config.paths.index).search(parse("")).total
    return Finding("index", True, f"{total} photos searchable")


def search_server(config: Config) -> Finding:
    """Look whether the search server answers to both of Lantern's keys, and how far behind it is.

    Raises:
        Unavailable: it does not.
    """
    from lantern.search import build  # noqa: PLC0415 - slow
    from lantern.search.query import parse  # noqa: PLC0415 - slow

    reader, writer = build.server_reader(config.search), build.server(config.search)
    if reader is None or writer is None:
        return Finding("search server", True, "none is configured, Lantern's own index answers")
    with contextlib.closing(reader), contextlib.closing(writer):
        reader.search(parse("", limit=0))
        told = f"{config.search.url}: {writer.count()} photos searchable"
    if waiting := _waiting_for_server(config):
        told += f", {waiting} wait to be sent"
    return Finding("search server", True, told)


def inotify(config: Config) -> Finding:  # noqa: ARG001 - every check takes it
    """Look whether the kernel grants enough watches."""
    try:
        watches = int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
    except OSError:
        return Finding("inotify", False, "this kernel has none; changes wait for the regular scan")
    if watches < LEAST_WATCHES:
        return Finding(
            "inotify", False, f"{watches} watches; raise the sysctl fs.inotify.max_user_watches"
        )
    return Finding("inotify", True, f"{watches} watches")


def player(config: Config) -> Finding:
    """Look whether the show's player is there and listens."""
    if not config.show.plays:
        return Finding("player", True, "none is wanted, no show is configured")
    if shutil.which("mpv") is None:
        return Finding("player", False, 'mpv: not installed; "sudo apt install mpv"')
    path = config.paths.screen_socket
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, short(path) as name:
            connection.settimeout(PLAYER_PATIENCE_S)
            connection.connect(name)
    except OSError as error:
        reason = error.strerror or "no answer"
        return Finding("player", False, f'{path}: {reason}; "lantern screen" starts it')
    return Finding("player", True, f"mpv listens at {path}")


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
            step = f"mount it, or set programmes.{name}.films"
            return Finding("films", False, f"{folder}: {reason}; {step}")
    told = ", ".join(sorted({str(folder) for folder in folders.values()}))
    return Finding("films", True, told or "no programme plays any")


def projector(config: Config) -> Finding:
    """Look whether the projector's section can be used; the projector is not asked.

    Raises:
        ConfigError: it cannot.
    """
    from lantern.hardware.projector.build import build  # noqa: PLC0415 - slow

    if build(config.projector) is None:
        return Finding("projector", True, "none is configured")
    return Finding("projector", True, f'switched by "{config.projector.by}"')


def board(config: Config) -> Finding:
    """Look whether the presence boards' devices are there, and this user may use them."""
    if not config.boards:
        return Finding("board", True, "no sensor is one")
    for section in config.boards:
        if reason := unusable(section.device):
            return Finding("board", False, f"{section.name} on {section.device}: {reason}")
    told = ", ".join(section.device for section in config.boards)
    return Finding("board", True, f"{told}: there, and this user may use it")


def unusable(device: str) -> str:
    """Return why a program of this user cannot use the serial device, with the next step, or ""."""
    path = os.path.expanduser(device)
    try:
        status = os.stat(path)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        return f'{reason}; plug the board in, and see "The presence board" in the README'
    if not stat.S_ISCHR(status.st_mode):
        return "expected a serial device, got something else; set its device in [[sensors]]"
    if not os.access(path, os.R_OK | os.W_OK):
        user, group = _name_of_user(), _name_of_group(status.st_gid)
        return f'{user} may not use it; "sudo usermod -aG {group} {user}", then sign in anew'
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
    inotify,
)


def _name_of_user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _name_of_group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _waiting_for_server(config: Config) -> int:
    if not config.paths.catalog.exists():
        return 0
    return CatalogReader.open(config.paths.catalog).server_backlog() or 0


def _run(check: Callable[[Config], Finding], config: Config) -> Finding:
    try:
        return check(config)
    except LanternError as error:
        return Finding(check.__name__.replace("_", " "), False, str(error))
