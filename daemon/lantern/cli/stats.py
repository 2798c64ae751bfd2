"""`lantern stats`: how many came to see the show, and how long they stayed; no daemon is needed."""

from __future__ import annotations

import argparse
import datetime
import json
import time
from typing import get_args

from lantern.catalog.reader import CatalogReader
from lantern.catalog.visits import Visited
from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.kiosk.visits import By, Period, added_up, begin

USUALLY: dict[By, int] = {"hour": 24, "day": 14, "week": 12}
"""Periods that are shown."""

MOST = 10_000

_LENGTH = {
    "hour": datetime.timedelta(hours=1),
    "day": datetime.timedelta(days=1),
    "week": datetime.timedelta(weeks=1),
}
_SHOWN: dict[By, str] = {"hour": "%a %Y-%m-%d %H:%M", "day": "%a %Y-%m-%d", "week": "%G, week %V"}
_COLUMNS = "{:<20} {:>8} {:>12} {:>12}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--by", choices=get_args(By), default="day", help="what visits are added up by"
    )
    parser.add_argument(
        "--last",
        type=_whole,
        metavar="N",
        help="how many hours, days or weeks, this one included (24 hours, 14 days, 12 weeks)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Print the visits of the last hours, days or weeks, and of all time."""
    settings = configured(arguments)
    reader, zone = CatalogReader.open(settings.paths.catalog), settings.hours.time_zone
    by: By = arguments.by
    count = arguments.last or USUALLY[by]
    since = begin(time.time(), zone, by) - (count - 1) * _LENGTH[by]
    periods = added_up(reader.visited(since.timestamp()), zone, by)
    ever = reader.visited_ever()
    if arguments.json:
        print(_as_json(by, periods, ever))
        return ExitCode.OK
    if not ever.visits:
        print("nobody has come to see the show yet, or no sensor looked")
        return ExitCode.OK
    first = begin(ever.start, zone, "day")
    print(_COLUMNS.format(f"by {by}", "visits", "in front", "each"))
    for period in periods:
        print(_line(f"{period.start:{_SHOWN[by]}}", period.visits, period.dwell_s))
    print(_line(f"since {first:%Y-%m-%d}", ever.visits, ever.dwell_s))
    return ExitCode.OK


def _line(label: str, visits: int, dwell_s: float) -> str:
    each = _duration(dwell_s / visits) if visits else ""
    return _COLUMNS.format(label, f"{visits:,}", _duration(dwell_s), each).rstrip()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60:,} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _as_json(by: By, periods: list[Period], ever: Visited) -> str:
    return json.dumps(
        {
            "by": by,
            "periods": [
                {
                    "start": period.start.isoformat(timespec="seconds"),
                    "visits": period.visits,
                    "dwell_s": round(period.dwell_s, 1),
                }
                for period in periods
            ],
            "ever": {"visits": ever.visits, "dwell_s": round(ever.dwell_s, 1)},
        }
    )


def _whole(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to {MOST:,}, got {text}")
    return count
