"""`lantern support-bundle`: what helps to help, in one file, without what is nobody's business."""

from __future__ import annotations

import argparse
import gzip
import io
import os
import tarfile
import textwrap
import time
from pathlib import Path

from lantern import config
from lantern.cli.exit_codes import ExitCode
from lantern.cli.support_parts import PARTS, Asked
from lantern.cli.support_private import private
from lantern.errors import ConfigError, Unavailable
from lantern.health.scrub import Scrubber

NAME = "lantern-support"

ABOUT = """\
How a Lantern goes, made by "lantern support-bundle" for whoever is to help.

Left out are secrets, addresses, names of hosts and people{names}.
What looks like one is replaced, so that more may be missing than had to be: "<host>", "<address>",
"<token>", "<user>", "<path>", "<name>", "<photo>", "<...>". Before you give it away, look into it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help=f"instead of {NAME}-DATE.tar.gz here"
    )
    parser.add_argument(
        "--with-names",
        action="store_true",
        help="leave names of photos and folders, sentences and queries in",
    )


def run(arguments: argparse.Namespace) -> ExitCode:
    """Write the bundle, and say what is in it."""
    moment = time.strftime("%Y%m%d-%H%M%S")
    file = arguments.file or Path(f"{NAME}-{moment}.tar.gz")
    parts = gathered(_asked(arguments.config, with_names=arguments.with_names))
    try:
        _write(file, parts, f"{NAME}-{moment}")
    except FileExistsError as error:
        raise Unavailable(f"{file}: there is one already; name another file") from error
    except OSError as error:
        raise Unavailable(f"{file}: {error.strerror}; name a file where you may write") from error
    print("\n".join(_summary(file, parts, with_names=arguments.with_names)))
    return ExitCode.OK


def gathered(asked: Asked) -> dict[str, str]:
    """Return all parts by their names, scrubbed; of one that cannot be had, why."""
    names = "" if asked.scrubber.with_names else ", and names of photos and what they show"
    parts = {"README.txt": ABOUT.format(names=names)}
    for name, part in PARTS.items():
        try:
            text = part(asked)
        except Exception as error:  # noqa: BLE001 - whatever fails here is what help is asked for
            text = f"not to be had: {type(error).__name__}: {error}"
        parts[name] = f"{asked.scrubber.text(text)}\n"
    return parts


def _asked(explicit: Path | None, *, with_names: bool) -> Asked:
    log = explicit.with_name("lantern.log") if explicit else None
    try:
        in_force, flaw = config.in_force(explicit), ""
    except ConfigError as error:
        in_force, flaw = None, str(error)
    known = private(in_force.config if in_force else None)
    return Asked(in_force, flaw, log, Scrubber(known, with_names=with_names))


def _write(file: Path, parts: dict[str, str], folder: str) -> None:
    """Write a new file for this user alone; inside, nothing tells who made it, or where."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        open(descriptor, "wb") as plain,
        gzip.GzipFile(filename="", mode="wb", fileobj=plain) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, text in parts.items():
            data = text.encode("utf-8", "backslashreplace")
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime, entry.mode = len(data), int(time.time()), 0o644
            archive.addfile(entry, io.BytesIO(data))


def _summary(file: Path, parts: dict[str, str], *, with_names: bool) -> list[str]:
    width = max(map(len, parts))
    names = "names of photos are IN IT" if with_names else "names of photos are left out"
    told = f"Secrets, addresses, hosts and people are left out, {names}. Look before you give it:"
    return [
        f"{file}: for you alone to read until you give it away",
        *(f"  {name:{width}}  {len(text):>9,} bytes" for name, text in parts.items()),
        *textwrap.wrap(told, 80),
        f"  tar -xzOf {file} | less",
    ]
