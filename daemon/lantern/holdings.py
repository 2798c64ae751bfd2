"""What the daemon holds: its lock, catalog, thumbnails, index, and the way to a search server.

Part of the daemon's composition: opened before any part runs, closed after the last has ended.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lantern import lock, log
from lantern.caption.manifest import SHIPPED_MODELS, verify
from lantern.catalog.live import is_disks_fault
from lantern.catalog.rescue import open_catalog
from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.config import Config
from lantern.errors import StateUnavailable, Unavailable
from lantern.search import build
from lantern.search.embedded import EmbeddedIndex
from lantern.search.port import SearchServer


@dataclass(frozen=True)
class Holdings:
    """Everything that the daemon writes; `search_server` is None where none is configured."""

    catalog: Catalog
    thumbnails: ThumbnailStore
    index: EmbeddedIndex
    search_server: SearchServer | None


@contextlib.contextmanager
def opened(config: Config, *, safe: bool) -> Iterator[Holdings]:
    """Open everything that the daemon writes, and close it in the opposite order.

    `safe` mode does without a model, and leaves what waits for a search server.

    Raises:
        ConfigError: the catalog comes from a newer Lantern, or the model cannot be used.
        StateUnavailable: the disk of the state is full, read-only or fails.
        Unavailable: another daemon holds the state, or this user may not use it.
    """
    with contextlib.ExitStack() as stack:
        with _blaming_disk(config.paths.state_folder):
            holdings = stack.enter_context(_opened(config, safe=safe))
        yield holdings


@contextlib.contextmanager
def makeshift(config: Config) -> Iterator[Holdings]:
    """Give empty holdings that are forgotten in the end, for as long as the state's disk is away.

    Raises:
        Unavailable: the runtime folder cannot be written either.
    """
    with contextlib.ExitStack() as stack:
        _make(config.paths.runtime_folder)
        try:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(dir=config.paths.runtime_folder))
            )
        except OSError as error:
            raise Unavailable(
                f"{config.paths.runtime_folder}: cannot be written ({error.strerror}); set "
                "paths.runtime to a folder that this user may write"
            ) from error
        catalog = Catalog.open(folder / "catalog.sqlite3")
        stack.callback(catalog.close)
        thumbnails = ThumbnailStore.open(folder / "thumbnails.sqlite3")
        stack.callback(thumbnails.close)
        index = EmbeddedIndex.open(folder / "index")
        stack.callback(index.close)
        yield Holdings(catalog, thumbnails, index, None)


@contextlib.contextmanager
def _opened(config: Config, *, safe: bool) -> Iterator[Holdings]:
    if not safe:
        # 0.05 s; without a model that is whole, nothing would ever be described.
        verify(config.captions.models_folder or SHIPPED_MODELS)
    with contextlib.ExitStack() as stack:
        for folder in (config.paths.state_folder, config.paths.runtime_folder):
            _make(folder)
        stack.callback(os.close, _locked(config.paths.lock))
        catalog = open_catalog(config.paths.catalog, time.time(), config.paths.backup_copy)
        stack.callback(catalog.close)
        try:
            catalog.times.begin(time.time())
        except StateUnavailable as error:  # a full disk is told when there is something to write
            log.warning("what a wrong clock wrote stays", reason=str(error))
        thumbnails = ThumbnailStore.open(config.paths.thumbnails)
        stack.callback(thumbnails.close)
        index = EmbeddedIndex.open(config.paths.index)
        stack.callback(index.close)
        search_server = build.server(config.search)
        if search_server is not None:
            stack.callback(search_server.close)
        elif not safe:
            catalog.served.forget()
        yield Holdings(catalog, thumbnails, index, search_server)


_DISK = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENODEV, errno.ENXIO})
"""How system calls say that a disk is full, read-only, fails or is gone."""


@contextlib.contextmanager
def _blaming_disk(folder: Path) -> Iterator[None]:
    """Make `StateUnavailable` of what the disk of `folder` is to blame for."""
    try:
        yield
    except StateUnavailable:
        raise
    except (OSError, Unavailable) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        if not _is_disks_fault(cause, folder):
            raise
        raise StateUnavailable(str(error)) from error


def _is_disks_fault(cause: BaseException | None, folder: Path) -> bool:
    match cause:
        case OSError():
            return cause.errno in _DISK
        case sqlite3.Error():
            return is_disks_fault(cause) and not _is_closed(folder)
        case ValueError():  # the search engine tells an error of the system by its words
            return any(os.strerror(number) in str(cause) for number in _DISK)
    return False


def _is_closed(folder: Path) -> bool:
    """Tell whether this user may not write what lies in `folder`, on a disk that may be written."""
    files = [folder, *folder.glob("*.sqlite3*")]
    open_to_us = all(os.access(file, os.R_OK | os.W_OK) for file in files)
    return not open_to_us and not os.statvfs(folder).f_flag & os.ST_RDONLY


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"{folder}: cannot be made ({error.strerror}); set paths.state and paths.runtime to "
            "folders that this user may write"
        ) from error


def _locked(path: Path) -> int:
    """Return the descriptor by which this process holds the state."""
    try:
        return lock.take(path)
    except BlockingIOError as error:
        raise Unavailable(
            f"{path.parent}: another lantern runs on this state; stop it first, or set "
            "paths.state to another folder"
        ) from error
    except OSError as error:
        raise Unavailable(
            f"{path}: cannot be written ({error.strerror}); give the folder to this user, or "
            "set paths.state to another"
        ) from error
