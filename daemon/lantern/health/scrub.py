"""Take out of a text what is nobody's business: secrets, addresses, hosts, people, photos. Pure.

Three nets, each finer than what it is there for, since a word too many is only hard to read:
what is known to be private is replaced wherever it stands (`Private`), names of photos are found by
their rarest word (`_Names`), and what only looks private is replaced by its looks.
"""

from __future__ import annotations

import ipaddress
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

import msgspec

from lantern.config import Config

PUBLIC_PLACES = (
    "/usr/",
    "/opt/lantern",
    "/etc/lantern",
    "/etc/systemd",
    "/var/lib/lantern",
    "/var/log/journal",
    "/run/lantern",
    "/run/systemd",
    "/proc/",
    "/sys/",
    "/dev/",
    "/lib",
    "/bin",
    "/sbin",
    "/boot/",
)
"""Where paths are the system's or Lantern's, the same on every machine."""

_COMMON = """
    a all and backup book camera captions card catalog clock config daemon debian disk doctor
    failed file files film films good guest images index lantern localhost machine meilisearch
    model mpv new newest none not page photo photos pi pictures power projector raspberrypi root run
    sensors services show state sudo systemd the to user users wrong
"""
COMMON = frozenset(_COMMON.split())
"""Words of Lantern's own: a folder, host or user called so gives nothing away by it."""

_PUBLIC = """
    anyio lantern meilisearch mpv msgspec pyvips starlette systemd tantivy uvicorn
"""
PUBLIC_NAMES = sys.stdlib_module_names.union(_PUBLIC.split(), Config.__struct_fields__)
"""First parts of dotted words that are no host: modules, options, units."""

_PICTURES = (
    "jpe?g|jpe|png|webp|gif|tiff?|hei[cf]|avif|cr[23]|nef|arw|dng|orf|rw2|raf|pef|srw|xmp|"
    "mp4|m4v|mov|mkv|avi|webm|mpe?g|bmp|svg|psd"
)
_LEAST = 3
"""Letters of a name that is looked for."""


class Private(msgspec.Struct, frozen=True):
    """What is known to be private; `places` are folders and what is said for them.

    `names` are paths of photos and films, relative to their folders.
    """

    secrets: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    places: Mapping[str, str] = {}
    names: tuple[str, ...] = ()


class Scrubber:
    """Scrubs texts; `with_names` leaves photos, folders and queries in."""

    def __init__(self, private: Private, *, with_names: bool = False) -> None:
        self._secrets = _any(private.secrets, least=1)
        self._hosts = _any(private.hosts, whole=True, least=2)
        self._people = _any(private.people, whole=True)
        self._places = [] if with_names else _longest_first(private.places.items())
        self._names = _Names(() if with_names else _parts(private.names))
        self.with_names = with_names

    def text(self, text: str) -> str:
        """Return `text` without what is private."""
        text = self._secrets.sub("<secret>", text)
        text = _SECRET.sub(r"\1<secret>", text)
        if not self.with_names:
            text = self._without_paths(text)
            text = self._names.hidden(text)
            text = _PICTURE.sub("<photo>", text)
        text = _URL.sub(_url, text)
        text = _MAIL.sub("<mail>", text)
        text = _SERIAL.sub(r"\1<serial>", text)
        text = _MAC.sub("<mac>", text)
        text = _IPV6.sub(_address, text)
        text = _IPV4.sub(_address, text)
        text = _HOST.sub(_host, text)
        text = self._hosts.sub("<host>", text)
        text = self._people.sub("<user>", text)
        return _TOKEN.sub(_token, text)

    def tree(self, value: Any) -> Any:
        """Return lists and objects as they are read from JSON, with all their texts scrubbed."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.tree(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.tree(inner) for inner in value]
        return value

    def _without_paths(self, text: str) -> str:
        text = _QUOTED.sub(_quoted, text)
        for place, said in self._places:
            text = re.sub(rf"{re.escape(place)}(?![\w.-])(/[^\n\"';:,)]*)?", f"<{said}>", text)
        return _PATH.sub(_path, text)


class _Names:
    """Finds any of very many names in a text, by the rarest word of each."""

    def __init__(self, names: Iterable[str]) -> None:
        words = {name: _WORD.findall(name) for name in names}
        counts = Counter(word for found in words.values() for word in found)
        self._by_word: defaultdict[str, list[str]] = defaultdict(list)
        for name, found in words.items():
            if found:
                self._by_word[min(found, key=lambda word: (counts[word], -len(word)))].append(name)

    def hidden(self, text: str) -> str:
        """Return `text` with `<name>` for each name."""
        spans = sorted(
            (start, start + len(name))
            for word in _WORD.finditer(text)
            for name in self._by_word.get(word[0], ())
            if (start := word.start() - name.find(word[0])) >= 0 and text.startswith(name, start)
        )
        parts, end = [], 0
        for start, stop in spans:
            if start >= end:
                parts += [text[end:start], "<name>"]
            end = max(end, stop)
        return "".join([*parts, text[end:]])


def _parts(paths: Iterable[str]) -> set[str]:
    """Return all by which a photo may be called: its path, each folder, its name, and its stem."""
    found: set[str] = set()
    for path in paths:
        *folders, name = path.split("/")
        found.update((path, name, name.rpartition(".")[0], *folders))
    return {
        name
        for name in found
        if len(name) >= _LEAST and not name.isdecimal() and name.casefold() not in COMMON
    }


def _any(texts: Iterable[str], *, whole: bool = False, least: int = _LEAST) -> re.Pattern[str]:
    """Return what matches any of `texts`, the longest first; `whole` words alone."""
    wanted = {text for text in texts if len(text) >= least and text.casefold() not in COMMON}
    listed = "|".join(re.escape(text) for text in sorted(wanted, key=len, reverse=True))
    if not listed:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)" if whole else listed, re.IGNORECASE)


def _longest_first(places: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted((one for one in places if len(one[0]) > 1), key=lambda one: -len(one[0]))


_WORD = re.compile(r"\w+")
_SECRET = re.compile(
    r"(?i)(\b(?:pass(?:word|wd|phrase)?|secret|token|credential|authorization|bearer|psk|"
    r"(?:[a-z]+[_-])?key)(?:_\w+)?[\"']?\s*[=:]\s*(?:bearer\s+)?)[\"']?[^\s\"',;]+[\"']?"
)
_QUOTED = re.compile(r"(b?)([\"'])((?:\\.|(?!\2)[^\\\n])*)\2")
_END = r"\s\"'<>|;:,()\[\]{}"
_PATH = re.compile(rf"(?<![\w>.~/-])~?/(?!/)[^{_END}]+(?:[^\n\"'<>;:,()]*[/.][^{_END}]+)?")
_PICTURE = re.compile(rf"(?i)[^\s\"'=<>:;,()]+\.(?:{_PICTURES})\b")
_URL = re.compile(r"\b([a-z][a-z0-9+.-]*://)([^\s\"'<>]+)", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_SERIAL = re.compile(r"(/dev/serial/by-(?:id|path)/)[\w:.+-]+")
_MAC = re.compile(
    r"(?i)(?<![\w:-])(?:[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5,7}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})(?![\w:])"
)
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:%\w+)?(?:/\d+)?")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?(?![\w.]*\d)")
_HOST = re.compile(r"(?<![\w./<-])[a-zA-Z0-9](?:[\w-]*\.)+[a-zA-Z]{2,}\b(?!\()")
_TOKEN = re.compile(r"(?<![\w-])[A-Za-z0-9_+-]{12,}={0,2}(?![\w-])")

_SUFFIXES = ("log", "py", "service", "so", "socket", "sqlite3", "target", "timer", "toml", "txt")
_DOMAIN = re.compile(
    r"(?i)(?!by$)[a-z]{2}|com|org|net|info|arpa|local|lan|home|internal|box|example|test"
)

_LOCAL = ("localhost", "127.", "0.0.0.0", "[::1]", "[::]")  # noqa: S104 - looked for in a text


def _quoted(found: re.Match[str]) -> str:
    mark, quote, inside = found[1], found[2], found[3]
    if mark:
        return "<bytes>"
    is_path = inside.startswith(("/", "~/")) and not inside.startswith(PUBLIC_PLACES)
    return f"{quote}<path>{quote}" if is_path else found[0]


def _path(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith(PUBLIC_PLACES) else "<path>"


def _url(found: re.Match[str]) -> str:
    return found[0] if found[2].startswith(_LOCAL) else f"{found[1]}<host>"


def _address(found: re.Match[str]) -> str:
    """Return what stands for an IP address; for what only looks so, and nobody's, that itself."""
    text = found[0].rstrip(".:") if found[0].endswith((".", ":")) else found[0]
    if found[0].endswith("::"):
        text = f"{text}::"
    try:
        ip = ipaddress.ip_address(text.partition("/")[0].partition("%")[0])
    except ValueError:
        return found[0]
    is_nobodys = ip.is_loopback or ip.is_unspecified
    return found[0] if is_nobodys else f"<address>{found[0][len(text) :]}"


def _host(found: re.Match[str]) -> str:
    first, *_, last = found[0].split(".")
    is_file = last in _SUFFIXES or _PICTURE.fullmatch(found[0])
    is_option = first in PUBLIC_NAMES and not _DOMAIN.fullmatch(last)
    return found[0] if is_file or is_option else "<host>"


def _token(found: re.Match[str]) -> str:
    """Return what stands for a key or a serial number: letters and figures in no order."""
    text = found[0]
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(text))
    return "<token>" if changes >= _LEAST and not _is_spoken(text) else text


_DATE = re.compile(r"\d{4}-?\d\d-?\d\d[T_-]?\d*")
_is_spoken: Callable[[str], object] = _DATE.fullmatch
