"""`lantern demo`: the daemon and the page for one folder, on any machine, with progress shown.

Everything is kept in one folder of its own; the photos are only read. A `lantern.toml` is written
there, so that every other command works on the demo too: `lantern --config … status`.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import anyio

from lantern import app, beside, config, log
from lantern.cli.display import Display, print_result
from lantern.cli.exit_codes import ExitCode
from lantern.control.protocol import Status
from lantern.errors import ConfigError, Unavailable
from lantern.supervise import stopping

POLL_S = 0.25
LOG = "lantern.log"

DISPLAYS = Path("/dev/dri")

SHOW = """
[show]
programme = "demo"
output = "{output}"
photo_s = 8
[programmes.demo]
photos = "all"
[[sensors]]
name = "simulated room"
by = "simulated"
every_s = 30
[projector]
by = "simulated"
warm_s = 3
cool_s = 4
minimum_off_s = 1
"""
"""A show of everything, with people who come and go, and a projector that is soon warm."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folder", metavar="DIR", help="the folder with the photos")
    until = parser.add_mutually_exclusive_group()
    until.add_argument("--once", action="store_true", help="end when everything is indexed")
    until.add_argument(
        "--show",
        action="store_true",
        help="play it, too: on a window, before a simulated room, with a simulated projector",
    )
    parser.add_argument(
        "--port", type=port_number, default=8080, metavar="N", help="the page's (8080)"
    )
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help="the demo's own folder (~/.local/state/...)"
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run until Ctrl-C, or with `--once` until everything is indexed."""
    root = _photo_folder(arguments.folder)
    home = _home(arguments.state, root)
    file = home / "lantern.toml"
    try:
        home.mkdir(parents=True, exist_ok=True)
        show = _show_toml() if arguments.show else ""
        file.write_text(_toml(root, home, arguments.port) + show, "utf-8")
        journal = open(home / LOG, "ab")  # noqa: SIM115 - closed below
    except OSError as error:
        raise Unavailable(
            f"{home}: cannot be written ({error.strerror}); give the folder to this user, or "
            "choose another by --state"
        ) from error
    settings = config.load(file)
    with journal, _standard_error_into(journal):
        log.set_up()
        if not arguments.once:
            return anyio.run(_serve, settings, file)
        status = anyio.run(_once, settings)
    return print_result(settings, status) if status else ExitCode.INTERRUPTED


def port_number(text: str) -> int:
    """Return the TCP port in `text`, 1 to 65535."""
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"expected 1 to 65535, got {text}")
    return port


def _photo_folder(given: str) -> Path:
    """Return the folder by its one true name, so that a second start meets the same state."""
    root = Path(os.path.realpath(given or "no folder"))
    try:
        os.listdir(root)
    except NotADirectoryError as error:
        raise ConfigError(f"{root}: expected a folder with photos, got a file") from error
    except FileNotFoundError as error:
        raise ConfigError(
            f"{root}: expected a folder with photos, got none; check the path"
        ) from error
    except OSError as error:
        raise Unavailable(
            f"{root}: cannot be read ({error.strerror}); give this user the right to"
        ) from error
    return root


async def _once(settings: config.Config) -> Status | None:
    """Return the status when everything is indexed, or None if a signal came before."""
    async with app.running(settings) as daemon, stopping() as stop:
        _require_state(daemon)
        with Display() as display:
            while not (status := daemon.status()).settled and not stop.is_set():
                display.show(status)
                if daemon.unfit:
                    raise ConfigError(daemon.unfit)
                if daemon.root_lost:
                    raise Unavailable(f"{settings.photos.root}: vanished; is the disk mounted?")
                await _wait(stop)
            display.show(status)
    return None if stop.is_set() else status


async def _serve(settings: config.Config, file: Path) -> ExitCode:
    async with (
        app.running(settings) as daemon,
        stopping() as stop,
        beside.page(file) as page,
        beside.screen(file) if settings.has_show else contextlib.nullcontext(),
    ):
        _require_state(daemon)
        address = f"http://{settings.web.host}:{settings.web.port}/"
        with Display(address, _hints(settings, file)) as display:
            while not stop.is_set():
                if page.returncode is not None:
                    raise Unavailable(
                        f"page: its process ended with status {page.returncode}; is port "
                        f"{settings.web.port} in use? try --port, and see {file.parent / LOG}"
                    )
                display.show(daemon.status())
                await _wait(stop)
    return ExitCode.OK


def _require_state(daemon: app.Daemon) -> None:
    if daemon.stranded is not None:
        raise Unavailable(daemon.stranded)


@contextlib.contextmanager
def _standard_error_into(file: BinaryIO) -> Iterator[None]:
    """Let what this process and its children log not disturb the progress shown."""
    sys.stderr.flush()
    terminal = os.dup(2)
    os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)
        os.close(terminal)


def _hints(settings: config.Config, file: Path) -> list[str]:
    """Return how to become the owner, if nobody is yet, and where the log is."""
    passwd = shlex.join([sys.executable, "-m", "lantern", "--config", str(file), "passwd"])
    owner = [
        "To correct captions and hide photos there, set a password, in another terminal:",
        f"  {passwd}",
    ]
    told = [] if settings.paths.password.exists() else owner
    return [*told, f"The log: {file.parent / LOG}"]


async def _wait(stop: anyio.Event) -> None:
    with anyio.move_on_after(POLL_S):
        await stop.wait()


def _home(chosen: Path | None, root: Path) -> Path:
    base = chosen or Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state") / "lantern-demo"
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    return base.expanduser().absolute() / name


def _toml(root: Path, home: Path, port: int) -> str:
    return (
        f'[photos]\nroot = {_quoted(root)}\n\n[captions]\nwrite = "off"\n\n[web]\nport = {port}\n\n'
        f"[paths]\nstate = {_quoted(home)}\nruntime = {_quoted(home)}\n"
    )


def _show_toml() -> str:
    """Return the sections of a show that needs nothing but a display.

    Raises:
        Unavailable: there is none.
    """
    desktop = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if not desktop and not any(DISPLAYS.glob("card*")):
        raise Unavailable(
            "demo --show: expected a display, got neither a desktop (DISPLAY, WAYLAND_DISPLAY) nor "
            f"{DISPLAYS}/card*; start it on a machine with a screen"
        )
    return SHOW.format(output="window" if desktop else "drm")


def _quoted(path: Path) -> str:
    """Return `path` as a TOML basic string: JSON's, but characters beyond ASCII as they are."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"{path!a}: expected a folder whose name is UTF-8, got other bytes; rename it"
        ) from error
    return json.dumps(str(path), ensure_ascii=False).replace("\x7f", "\\u007f")
