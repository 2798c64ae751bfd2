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
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio

from lantern import app, config, log
from lantern.cli.display import Display, print_result
from lantern.cli.exit_codes import ExitCode
from lantern.control.protocol import Status
from lantern.errors import ConfigError, Unavailable
from lantern.supervise import stopping

POLL_S = 0.25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folder", type=Path, help="the folder with the photos")
    parser.add_argument("--once", action="store_true", help="end when everything is indexed")
    parser.add_argument("--port", type=int, default=8080, help="the page's port (8080)")
    parser.add_argument("--state", type=Path, help="the demo's own folder (~/.local/state/...)")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Run until Ctrl-C, or with `--once` until everything is indexed."""
    root = arguments.folder.absolute()
    if not root.is_dir():
        raise ConfigError(f"{root}: expected a folder with photos, got none; check the path")
    home = _home(arguments.state, root)
    home.mkdir(parents=True, exist_ok=True)
    file = home / "lantern.toml"
    file.write_text(_toml(root, home, arguments.port), "utf-8")
    settings = config.load(file)
    with _standard_error_into(home / "lantern.log"):
        log.set_up()
        if not arguments.once:
            return anyio.run(_serve, settings, file)
        status = anyio.run(_once, settings)
    return print_result(settings, status) if status else ExitCode.FAILED


async def _once(settings: config.Config) -> Status | None:
    """Return the status when everything is indexed, or None if a signal came before."""
    async with app.running(settings) as daemon, stopping() as stop:
        with Display() as display:
            while not (status := daemon.status()).settled and not stop.is_set():
                display.show(status)
                if daemon.unfit:
                    raise ConfigError(daemon.unfit)
                await _wait(stop)
            display.show(status)
    return None if stop.is_set() else status


async def _serve(settings: config.Config, file: Path) -> ExitCode:
    async with (
        app.running(settings) as daemon,
        stopping() as stop,
        app.page(file) as page,
    ):
        address = f"http://{settings.web.host}:{settings.web.port}/"
        with Display(address) as display:
            while not stop.is_set():
                if page.returncode is not None:
                    raise Unavailable(
                        f"page: its process ended with status {page.returncode}; is port "
                        f"{settings.web.port} in use? try --port, and see {file.parent}/lantern.log"
                    )
                display.show(daemon.status())
                await _wait(stop)
    return ExitCode.OK


@contextlib.contextmanager
def _standard_error_into(path: Path) -> Iterator[None]:
    """Let what this process and its children log not disturb the progress shown."""
    sys.stderr.flush()
    terminal = os.dup(2)
    try:
        with open(path, "ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)
        os.close(terminal)


async def _wait(stop: anyio.Event) -> None:
    with anyio.move_on_after(POLL_S):
        await stop.wait()


def _home(chosen: Path | None, root: Path) -> Path:
    base = chosen or Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state") / "lantern-demo"
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    return base.expanduser().absolute() / name


def _toml(root: Path, home: Path, port: int) -> str:
    return (
        f"[photos]\nroot = {_quoted(root)}\n\n[web]\nport = {port}\n\n"
        f"[paths]\nstate = {_quoted(home)}\nruntime = {_quoted(home)}\n"
    )


def _quoted(path: Path) -> str:
    """Return `path` as a TOML basic string: JSON's, but characters beyond ASCII as they are."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"{path!a}: expected a folder whose name is UTF-8, got other bytes; rename it"
        ) from error
    return json.dumps(str(path), ensure_ascii=False).replace("\x7f", "\\u007f")
