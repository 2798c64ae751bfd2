"""As whom the backup runs: nothing that root left in its folder shall keep its own user out."""

from __future__ import annotations

import os
import pwd
import sys

from lantern.config import Paths
from lantern.errors import Unavailable

_RIGHT = "+dac_read_search"
"""To read every photo, also those that only their owner may; see capabilities(7)."""


def run_as_owner(paths: Paths) -> None:
    """Have root begin this command anew as who owns the backup's folder; others stay who they are.

    It keeps one right of root's: to read all files. setpriv(1) is of util-linux, which each
    Debian has. Returns for whoever stays.

    Raises:
        Unavailable: setpriv is missing.
    """
    owner = _owner(paths)
    if os.geteuid() != 0 or not owner:
        return
    entry = pwd.getpwuid(owner)
    words = ["--reuid", entry.pw_name, "--regid", str(entry.pw_gid), "--init-groups"]
    words += [f"--inh-caps=-all,{_RIGHT}", f"--ambient-caps=-all,{_RIGHT}"]
    words += [f"--bounding-set=-all,{_RIGHT}", "--no-new-privs"]
    environment = os.environ | {"HOME": str(paths.backup_folder), "USER": entry.pw_name}
    command = ["setpriv", *words, sys.executable, "-m", "lantern", *sys.argv[1:]]
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606 - our own words, and no shell
    except OSError as error:
        raise Unavailable(
            f"setpriv: cannot be run ({error.strerror}); install util-linux, or run it as the "
            f'backup\'s user: "sudo -u {entry.pw_name} lantern …"'
        ) from error


def _owner(paths: Paths) -> int:
    """Return the user id of who owns the backup's folder, 0 (root) for one that is not there."""
    try:
        return os.stat(paths.backup_folder).st_uid
    except OSError:
        return 0
