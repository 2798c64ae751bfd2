"""The owner's password: how it is hashed, and the one file that holds the hash.

The file holds one line, "$scrypt$ln=14,r=8,p=1$salt$hash" [as passlib writes it], so that costs may
rise later. scrypt [RFC 7914] takes 16 MiB and 0.05 s on one x86-64 core at these costs, which makes
some 0.2 s of a Raspberry Pi 4 (estimated, not measured): dear for who tries a list, cheap for a Pi.
Knows nothing of sessions, nor of how often one may try; see `door`.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import errno
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from pathlib import Path

import msgspec

from lantern.errors import ConfigError, LanternError, Unavailable

SHORTEST = 10
LONGEST = 256
"""Characters of a password."""

LOG2_N, R, P = 14, 8, 1
"""scrypt's costs: 128 · r · N bytes of memory."""

MOST_MEMORY = 256 * 1024 * 1024
"""Bytes that a line may ask for: a broken one must not cost the machine its memory."""

LONGEST_LINE = 512

_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})

_LINE = re.compile(
    r"\$scrypt\$ln=(?P<ln>[0-9]{1,2}),r=(?P<r>[0-9]{1,2}),p=(?P<p>[0-9]{1,2})"
    r"\$(?P<salt>[A-Za-z0-9+/]{22,64})\$(?P<digest>[A-Za-z0-9+/]{43})"
)


class BadPassword(LanternError, ValueError):
    """A password that cannot be one; the sentence says what is expected."""


class Hashed(msgspec.Struct, frozen=True):
    """A password's hash of 32 bytes, with the salt and the costs that made it."""

    ln: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    def is_of(self, password: str) -> bool:
        """Tell whether it is the hash of `password`; takes as long as the costs say, either way."""
        return hmac.compare_digest(
            self.digest, _scrypt(password, self.salt, self.ln, self.r, self.p)
        )

    def line(self) -> str:
        """Return the line that stands for it in the file."""
        salt, digest = (_text(part) for part in (self.salt, self.digest))
        return f"$scrypt$ln={self.ln},r={self.r},p={self.p}${salt}${digest}"


def hashed(password: str) -> Hashed:
    """Return the hash of a new `password`, of 10 to 256 characters.

    Raises:
        BadPassword: it is too short, too long, or holds what no keyboard types.
    """
    _require_fit(password)
    salt = secrets.token_bytes(16)
    return Hashed(LOG2_N, R, P, salt, _scrypt(password, salt, LOG2_N, R, P))


def parse(line: str) -> Hashed:
    """Return the hash that `line` stands for.

    Raises:
        ValueError: it stands for none, or for one of costs beyond reason.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError("not a line of scrypt's")
    ln, r, p = (int(match[name]) for name in ("ln", "r", "p"))
    if not (1 <= ln <= 24 and r and p and p <= 16 and 128 * r * 2**ln <= MOST_MEMORY):
        raise ValueError("costs beyond reason")
    return Hashed(ln, r, p, _bytes(match["salt"]), _bytes(match["digest"]))


class PasswordFile:
    """The file at `path`. Blocking; safe between threads.

    Its mode is 0640 and its group that of its folder: `lantern web` may run as another user than
    whoever sets the password, and reads the catalog by that group already. Nobody else reads it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, ...], Hashed] | None = None

    def current(self) -> Hashed | None:
        """Return the password in force, None if there is none; a change is noticed at once.

        Raises:
            Unavailable: the file cannot be read now, or holds something else.
        """
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._trouble(f"cannot be read ({error.strerror})") from error
        stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        known = self._read
        if known is None or known[0] != stamp:
            known = self._read = (stamp, self._parse())
        return known[1]

    def write(self, password: Hashed) -> None:
        """Put `password` in force: whole or not at all, whatever happens meanwhile.

        Raises:
            Unavailable: the folder is not there, or cannot be written.
        """
        fresh = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}.tmp")
        try:
            group = os.stat(self._path.parent).st_gid
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(descriptor, "w", encoding="ascii") as file:
                file.write(password.line() + "\n")
                file.flush()
                os.fchown(descriptor, -1, group)
                os.fchmod(descriptor, 0o640)
                os.fsync(descriptor)
            os.replace(fresh, self._path)
            _sync(self._path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(fresh)
            raise self._cannot_write(error) from error

    def remove(self) -> bool:
        """Have no password any more; return whether there was one.

        Raises:
            Unavailable: the folder cannot be written.
        """
        try:
            os.unlink(self._path)
            _sync(self._path.parent)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._cannot_write(error) from error
        return True

    def _parse(self) -> Hashed:
        try:
            with open(self._path, "rb") as file:
                return parse(file.read(LONGEST_LINE).decode("ascii").removesuffix("\n"))
        except OSError as error:
            raise self._trouble(f"cannot be read ({error.strerror})") from error
        except ValueError as error:
            raise self._trouble('expected the line that "lantern passwd" writes') from error

    def _trouble(self, what: str) -> Unavailable:
        return Unavailable(f'{self._path.name} file: {what}; "lantern passwd" writes it anew')

    def _cannot_write(self, error: OSError) -> Unavailable:
        step = (
            "make room on its disk, or look whether it fails"
            if error.errno in _OF_THE_DISK
            else "run it as the daemon's user or as root, and have the daemon started once, which "
            "makes the folder"
        )
        return Unavailable(f"{self._path}: cannot be written ({error.strerror}); {step}")


def _scrypt(password: str, salt: bytes, ln: int, r: int, p: int) -> bytes:
    # NFC: one keyboard sends "é" as one character, another as two [RFC 8265, section 4.2].
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    try:
        return hashlib.scrypt(text, salt=salt, n=2**ln, r=r, p=p, maxmem=2 * MOST_MEMORY, dklen=32)
    except (MemoryError, ValueError) as error:
        raise ConfigError(
            f"password: cannot be hashed ({error}); free some memory, or set it anew"
        ) from error


def _require_fit(password: str) -> None:
    if len(password) < SHORTEST:
        raise BadPassword(
            f"password: expected at least {SHORTEST} characters, got {len(password)}; a few words "
            "are easy to keep in mind"
        )
    if len(password) > LONGEST:
        raise BadPassword(
            f"password: expected at most {LONGEST} characters, got {len(password)}; shorten it"
        )
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in password):
        raise BadPassword("password: expected one line of text, got other characters in it")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
