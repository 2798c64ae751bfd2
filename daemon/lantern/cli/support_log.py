"""The log for a support bundle: what happened and when, without the fields that name photos. Pure.

Of Lantern's own entries only fields that are known to hold numbers or Lantern's own words are kept;
what others wrote is scrubbed as any text.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from lantern.health.scrub import Scrubber

_KEPT = """
    became because by_s changed count damage doors error generation kind mode model muted now of
    reason refused remedy runtime rule sensor service share state status suspected trace version
    wants_new_page wants_new_screen wants_restart write
"""
KEPT = frozenset(_KEPT.split())
"""Fields that are told, scrubbed; of all others, numbers and yes or no."""

_PRIORITY = {"3": "ERROR", "4": "WARNING", "5": "NOTICE", "6": "INFO", "7": "DEBUG"}
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?|True|False|None")
_FIELD = re.compile(r" (\w+)=(\"(?:[^\"\\]|\\.)*\"|\S*)")
_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (DEBUG|INFO|WARNING|ERROR) (.*)")


def of_journal(lines: Iterable[bytes], scrubber: Scrubber) -> Iterator[str]:
    """Yield a line for each entry of `journalctl --output=json`."""
    for line in lines:
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        unit = _text(entry.get("UNIT") or entry.get("_SYSTEMD_UNIT"))
        priority = _PRIORITY.get(_text(entry.get("PRIORITY")), "-")
        head = f"{_moment(entry)} {priority} {unit.removesuffix('.service')}"
        yield f"{head} {_told(entry, scrubber)}"


def of_lines(lines: Iterable[str], scrubber: Scrubber) -> Iterator[str]:
    """Yield the lines of a log as the terminal gets it."""
    for line in lines:
        found = _LINE.fullmatch(line.rstrip("\n"))
        if found is None:
            yield scrubber.text(line.rstrip("\n"))
        else:
            yield f"{found[1]} {found[2]} {_parsed(found[3], scrubber)}"


def _told(entry: dict[str, Any], scrubber: Scrubber) -> str:
    if "LANTERN_EVENT" not in entry:
        return _parsed(_text(entry.get("MESSAGE")), scrubber)
    fields = {
        name.removeprefix("LANTERN_").lower(): _text(value)
        for name, value in entry.items()
        if name.startswith("LANTERN_") and name != "LANTERN_EVENT"
    }
    return _event(_text(entry["LANTERN_EVENT"]), fields, scrubber)


def _parsed(message: str, scrubber: Scrubber) -> str:
    """Return a message that may be an event with its fields in a line."""
    fields = {found[1]: _unquoted(found[2]) for found in _FIELD.finditer(message)}
    if not fields:
        return scrubber.text(message)
    return _event(message[: next(_FIELD.finditer(message)).start()], fields, scrubber)


def _event(event: str, fields: dict[str, str], scrubber: Scrubber) -> str:
    told = (f"{name}={_value(event, name, value, scrubber)}" for name, value in fields.items())
    return " ".join((scrubber.text(event), *told))


def _value(event: str, name: str, value: str, scrubber: Scrubber) -> str:
    if _PLAIN.fullmatch(value):
        return value
    is_ours = name in KEPT or (event, name) == ("trouble", "sentence")
    return json.dumps(scrubber.text(value)) if is_ours or scrubber.with_names else "<...>"


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text)) if text.startswith('"') else text
    except ValueError:
        return text


def _moment(entry: dict[str, Any]) -> str:
    microseconds = _text(entry.get("__REALTIME_TIMESTAMP"))
    if not microseconds.isdecimal():
        return "-"
    moment = datetime.datetime.fromtimestamp(int(microseconds) / 1e6, datetime.UTC)
    return moment.isoformat(timespec="milliseconds")


def _text(value: object) -> str:
    """Return a field's text: what is no UTF-8 comes as numbers, what is long as nothing."""
    if isinstance(value, list):
        if value and isinstance(value[0], str):
            return " ".join(value)  # a field that stands there more than once
        return bytes(byte & 255 for byte in value).decode("utf-8", "replace")
    return value if isinstance(value, str) else ""
