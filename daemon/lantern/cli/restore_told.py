"""What a restore says of itself, while it runs and when it is done."""

from __future__ import annotations

import sys

from lantern.backup.archive import Archive
from lantern.backup.put_back import Put
from lantern.cli.terminal import shown_path

MOST_NAMED = 10


def progress(done: int, of: int) -> None:
    """Say how many bytes of how many were brought back, where somebody sits at a terminal."""
    if sys.stderr.isatty():
        end = "\n" if done >= of else ""
        print(f"\r{done / 1e9:,.2f} of {of / 1e9:,.2f} GB", end=end, file=sys.stderr, flush=True)


def is_whole(put: Put) -> bool:
    """Tell whether everything that was asked for is there now, as it was saved."""
    return not put.kept


def lines(archive: Archive, put: Put) -> list[str]:
    """Return what was brought back of `archive`, and what was not."""
    many = "file" if put.files == 1 else "files"
    told = [f"{put.files:,} {many} brought back out of {archive.address}"]
    if put.same:
        told.append(f"{put.same:,} there already")
    if put.kept:
        told.append(f"{len(put.kept):,} left as they are, since they differ; --over replaces them:")
        told += [f"  {shown_path(path)}" for path in put.kept[:MOST_NAMED]]
        told += ["  …"] if len(put.kept) > MOST_NAMED else []
    return told
