"""What the demo shows: a progress line while it works, a table when it has ended."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from lantern import config
from lantern.catalog.reader import CatalogReader
from lantern.cli.exit_codes import ExitCode
from lantern.cli.search import find
from lantern.cli.terminal import clock, one_line, shown_path
from lantern.control.protocol import Status

PLAIN_EVERY_S = 2.0
"""Where the output is no terminal, a line so often."""

EXAMPLE_HITS = 5
LONGEST_TABLE = 200


class Display:
    """A context that shows progress, in place on a terminal, line by line elsewhere.

    With an `address`, that of the page is told first, and then the lines of `hints`.
    """

    def __init__(self, address: str | None = None, hints: Sequence[str] = ()) -> None:
        self._address = address
        self._hints = hints
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=False)
        self._next_line = 0.0
        self._told = ""

    def __enter__(self) -> Self:
        if self._address:
            self._console.print(f"The page is at {self._address} - Ctrl-C ends.")
            for line in self._hints:  # whole, so that a command can be copied
                self._console.print(line, markup=False, soft_wrap=True)
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, status: Status) -> None:
        """Show `status`, if it tells something new."""
        text = "\n".join(progress_lines(status, watching=self._address is not None))
        if self._console.is_terminal:
            self._live.update(escape(text), refresh=True)
        elif text != self._told and (time.monotonic() >= self._next_line or status.settled):
            print(text, flush=True)
            self._told, self._next_line = text, time.monotonic() + PLAIN_EVERY_S


def progress_lines(status: Status, *, watching: bool) -> list[str]:
    """Return the progress: done/total, photos/s, time left, the newest sentence, troubles."""
    counts = status.counts
    done = counts.captioned + counts.failed
    head = f"{done}/{counts.files} photos"
    if counts.failed:
        head += f", {counts.failed} of them failed"
    if counts.discovered and status.left_s is not None:
        head += f"  {status.rate:.1f} photos/s  {clock(status.left_s)} left"
    elif status.settled:
        head += f"  {counts.indexed} searchable" + (", watching for more" if watching else "")
    lines = [head]
    if status.newest:
        lines.append(f"{one_line(status.newest[0])}: {status.newest[1]}")
    if status.show:
        lines.append(f"show: {status.show.said}")
    return lines + [f"trouble: {notice}" for notice in status.notices]


def print_result(settings: config.Config, status: Status) -> ExitCode:
    """Print every file with its sentence or reason, and one search; return the exit code."""
    console = Console(highlight=False)
    sentences = CatalogReader.open(settings.paths.catalog).sentences()
    table = Table("file", "sentence", show_edge=False)
    for path, sentence in sentences[:LONGEST_TABLE]:
        table.add_row(escape(shown_path(path)), escape(sentence))
    for problem in status.problems:
        if problem.state != "CAPTIONED":
            name = escape(shown_path(problem.path))
            table.add_row(
                name, f"[red]{escape(problem.state.lower())}[/]: {escape(problem.reason)}"
            )
    console.print(table)
    if len(sentences) > LONGEST_TABLE:
        console.print(f"... and {len(sentences) - LONGEST_TABLE} more")
    if not sentences:
        print("lantern: nothing could be captioned", file=sys.stderr)
        return ExitCode.PHOTO
    _print_example(settings, sentences, console)
    return ExitCode.OK


def _print_example(
    settings: config.Config, sentences: list[tuple[bytes, str]], console: Console
) -> None:
    word = example_word([sentence for _, sentence in sentences])
    found = find(settings, word, EXAMPLE_HITS)
    console.print(f'\nsearch "{word}": {found.total} found')
    for photo in found.photos:
        path = shown_path(photo.files[0].path)
        console.print(escape(f"  {path}: {photo.sentence}"))


def example_word(sentences: list[str]) -> str:
    """Return a word worth searching: the most frequent long one."""
    words = Counter(word for sentence in sentences for word in sentence.split() if len(word) > 3)
    return words.most_common(1)[0][0] if words else sentences[0].split()[0]
