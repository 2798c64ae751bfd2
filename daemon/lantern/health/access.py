"""Who runs Lantern, and what that user may.

A maintainer asks, as another user: whether the maintainer may is not the question.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path

from lantern.config import Config


def daemons_user(config: Config) -> int:
    """Return the user id of the daemon: who owns its state, or would make it."""
    folder = config.paths.state_folder
    for place in (config.paths.catalog, folder):
        try:
            return os.stat(place).st_uid
        except OSError:
            continue
    return os.geteuid()


def may(user: int, status: os.stat_result, bits: int) -> bool:
    """Tell whether `user` may do `bits` (of os.R_OK, os.W_OK) with the file of `status`.

    By its mode alone: a file system that is read-only, or an ACL, has the last word.
    """
    if user == 0:
        return True
    if status.st_uid == user:
        shift = 6
    elif status.st_gid in groups(user):
        shift = 3
    else:
        shift = 0
    return stat.S_IMODE(status.st_mode) >> shift & bits == bits


def groups(user: int) -> frozenset[int]:
    """Return the ids of the groups of `user`: ours as this process has them."""
    if user == os.geteuid():
        return frozenset({os.getegid(), *os.getgroups()})
    try:
        entry = pwd.getpwuid(user)
    except KeyError:
        return frozenset()
    return frozenset(os.getgrouplist(entry.pw_name, entry.pw_gid))


def standing(path: Path) -> Path:
    """Return `path`, or the nearest folder above it that is there."""
    return next(place for place in (path, *path.parents) if os.path.exists(place))


def name_of_user(number: int) -> str:
    """Return the user's name, or the number of one that has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def name_of_group(number: int) -> str:
    """Return the group's name, or the number of one that has none."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
