"""As whom the backup runs: nothing that root left in its folder shall keep its own user out."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import sys

from lantern.backup.secrets import GROUP, USER
from lantern.config import Paths
from lantern.errors import Unavailable

_RIGHT = "+dac_read_search"
"""To read every photo, also those that only their owner may; see capabilities(7)."""


def owner_to_be(paths: Paths) -> tuple[int, int] | None:
    """Return (uid, gid) of who shall own the backup's folder; None for who makes it.

    That is for root to give away, where Lantern has users of its own: the daemon is not root's.
    """
    if os.geteuid() != 0:
        return None
    state = paths.state_folder
    try:
        of_root = state.exists() and state.stat().st_uid == 0
        return None if of_root else (pwd.getpwnam(USER).pw_uid, grp.getgrnam(GROUP).gr_gid)
    except KeyError:
        return None


def run_as_owner(paths: Paths) -> None:
    """Have root begin this command anew as who owns the backup's folder; others stay who they are.

    It keeps one right of root's: to read all files. setpriv(1) is of util-linux, which each
    Debian has. Returns for whoever stays.

    Raises:
        Unavailable: setpriv is missing.
    """
    if command := _as_owner(paths):
        try:
            os.execvpe(command[0], command, _environment(paths))  # noqa: S606 - no shell
        except OSError as error:
            raise _missing(error) from error


def call_as_owner(paths: Paths) -> int | None:
    """Have root run this command in a child as who owns the backup's folder; return its status.

    None for whoever has no need of it: they go on themselves.

    Raises:
        Unavailable: setpriv is missing.
    """
    if command := _as_owner(paths):
        try:
            return subprocess.run(command, check=False, env=_environment(paths)).returncode
        except OSError as error:
            raise _missing(error) from error
    return None


def _as_owner(paths: Paths) -> list[str]:
    """Return this command as who owns the folder, none for whoever needs no other user."""
    try:
        owner = os.stat(paths.backup_folder).st_uid
    except OSError:
        owner = 0
    if os.geteuid() != 0 or not owner:
        return []
    entry = pwd.getpwuid(owner)
    return [
        *("setpriv", "--reuid", entry.pw_name, "--regid", str(entry.pw_gid), "--init-groups"),
        *(f"--inh-caps=-all,{_RIGHT}", f"--ambient-caps=-all,{_RIGHT}"),
        *(f"--bounding-set=-all,{_RIGHT}", "--no-new-privs"),
        *(sys.executable, "-P", "-m", "lantern", *sys.argv[1:]),  # not of the working folder
    ]


def _environment(paths: Paths) -> dict[str, str]:
    return os.environ | {"HOME": str(paths.backup_folder), "USER": USER}


def _missing(error: OSError) -> Unavailable:
    return Unavailable(
        f"setpriv: cannot be run ({error.strerror}); install util-linux, or run it as the backup's "
        f'user: "sudo -u {USER} lantern …"'
    )
