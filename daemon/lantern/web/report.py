"""What the status page knows: facts, gathered by the composition root. Its words are `telling`'s.

Pure. None stands for what nobody can tell now, and then the page says nothing of it.
"""

from __future__ import annotations

import msgspec

from lantern.catalog.backup_state import BackupState
from lantern.catalog.summary import CaptionHealth, Counts, Problem, Unwritten


class Trouble(msgspec.Struct, frozen=True):
    """One trouble of the moment: a word of what it is about, and the sentence for the owner."""

    topic: str
    sentence: str


class Daemon(msgspec.Struct, frozen=True):
    """What the running daemon alone knows; `since` is the Unix time of its start.

    `left_s` is when nothing will be waiting at the `rate` of late, in files a second, None where
    that cannot be told. `sentence_ms` is (median, 95th percentile) of a sentence lately. `show` is
    what the show does, "" for none, and `eased_by` why describing photos waits for it. `backup` is
    None where none is wanted.
    """

    version: str
    since: float
    model: str | None = None
    rate: float = 0.0
    left_s: float | None = None
    sentence_ms: tuple[float, float] | None = None
    troubles: tuple[Trouble, ...] = ()
    show: str = ""
    eased_by: str = ""
    backup: BackupState | None = None


class Visitors(msgspec.Struct, frozen=True):
    """Who came to see the show today, and in all: visits, and seconds in front of it."""

    today: int
    today_s: float
    ever: int
    ever_s: float
    since: float
    """Unix time of the first hour that anybody came in."""


class Collected(msgspec.Struct, frozen=True):
    """What the catalog knows; problems and unwritten captions are the first of them.

    `middle_score` is the median of the captions' scores, and `server_backlog` counts the photos
    that a search server has yet to take, None without one. `visitors` is None where nobody came.
    """

    counts: Counts
    problems: tuple[Problem, ...] = ()
    unwritten: tuple[Unwritten, ...] = ()
    captions: CaptionHealth | None = None
    middle_score: float | None = None
    server_backlog: int | None = None
    visitors: Visitors | None = None


class Disk(msgspec.Struct, frozen=True):
    """Bytes of the disk that holds `what`; `low` if so few are `free` that work will stop."""

    what: str
    free: int
    total: int
    low: bool = False


class Report(msgspec.Struct, frozen=True):
    """All of it; `collected` is None while the catalog cannot be read, for the reason `unread`.

    `server_up` tells whether the search server answers, None where there is none. `starter` is the
    command that starts the daemon.
    """

    version: str
    collected: Collected | None
    daemon: Daemon | None
    unread: str = ""
    engine: str = "embedded"
    server_up: bool | None = None
    disks: tuple[Disk, ...] = ()
    heat_c: float | None = None
    undervoltage: bool | None = None
    starter: str = "lantern run"
