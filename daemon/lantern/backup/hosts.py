"""By which keys the far sides are known: shown to a person once, and from then on demanded.

Owns the backup's `known_hosts`; the machine's own is neither read nor written.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess

import msgspec

from lantern import durable
from lantern.backup.location import Location
from lantern.backup.secrets import PATIENCE_S, Secrets
from lantern.errors import Unavailable

_KINDS = {"ssh-ed25519": "ED25519", "ecdsa-sha2-nistp256": "ECDSA", "ssh-rsa": "RSA"}
"""The kinds of keys, the best first: one is enough to know a host by."""


class HostKey(msgspec.Struct, frozen=True):
    """One key of a host: its kind as ssh has it, and the key in base64."""

    kind: str
    key: str

    @property
    def fingerprint(self) -> str:
        """Return what people compare, as "ssh-keygen -l" tells it: "SHA256:…"."""
        digest = hashlib.sha256(base64.b64decode(self.key)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    @property
    def name(self) -> str:
        """Return the kind for people, "ED25519"."""
        return _KINDS.get(self.kind, self.kind)


def offered(location: Location) -> HostKey:
    """Return the key that the host of `location` has: whoever answers there. Blocking.

    Raises:
        Unavailable: nobody answers.
    """
    command = ["ssh-keyscan", "-T", str(PATIENCE_S), "-t", "ed25519,ecdsa,rsa"]
    command += ["-p", str(location.port), "--", location.host]
    try:
        told = subprocess.run(
            command, capture_output=True, check=False, text=True, timeout=4 * PATIENCE_S
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(
            f"ssh-keyscan: cannot be run ({error}); install openssh-client"
        ) from error
    found = {kind: HostKey(kind, key) for _, kind, key in _entries(told)}
    best = next((found[kind] for kind in _KINDS if kind in found), None)
    if best is None:
        raise Unavailable(
            f"{location.host}: no SSH server answers on port {location.port}; switch the machine "
            "on, or mend the address in backup.repositories"
        )
    return best


def known(secrets: Secrets, location: Location) -> list[HostKey]:
    """Return the keys by which the host of `location` is known, none for a stranger."""
    return [
        HostKey(kind, key)
        for name, kind, key in _entries(_read(secrets))
        if name == location.known_as
    ]


def remember(secrets: Secrets, location: Location, key: HostKey) -> None:
    """Know the host of `location` by `key`, and by no other any more.

    Raises:
        OSError: the disk refuses.
    """
    others = [entry for entry in _entries(_read(secrets)) if entry[0] != location.known_as]
    lines = [*others, (location.known_as, key.kind, key.key)]
    durable.keep(secrets.known_hosts, "".join(f"{' '.join(line)}\n" for line in lines).encode())


def _read(secrets: Secrets) -> str:
    try:
        return secrets.known_hosts.read_text("ascii", "replace")
    except FileNotFoundError:
        return ""


def _entries(text: str) -> list[tuple[str, str, str]]:
    """Return (name, kind, key) of each line that is an entry [sshd(8)]."""
    words = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return [(name, kind, key) for name, kind, key, *_ in (w for w in words if len(w) >= 3)]
