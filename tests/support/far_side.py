"""The other machine of a backup: a real sshd on the loopback, with Borg behind a forced command.

Everything is its own: host key, client's key, `authorized_keys`, repositories. What the client
reaches is a line of its own (`Line`), which can be cut, at once or after so many bytes. Nothing of
the machine's own SSH is read or written, and nothing listens but on 127.0.0.1.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.ports import free_port

BORG = shutil.which("borg") or "borg"
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "sshd"

NEEDS_BORG = pytest.mark.skipif(
    not (shutil.which(BORG) and shutil.which(SSHD)),
    reason="NOT TESTED: wants borgbackup and openssh-server",
)
NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: wants root, to mount")

_CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host
AuthorizedKeysFile {home}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding no
"""

_FORCED = """#!/bin/sh
# As `lantern backup setup` has it: "free" tells the disk, all else is Borg.
case $SSH_ORIGINAL_COMMAND in
free) exec df -Pk {paths} ;;
*) exec {borg} serve {options} ;;
esac
"""


class Line:
    """What lies between client and sshd: a TCP proxy that can be cut and mended."""

    def __init__(self, to: int) -> None:
        self._to = to
        self.port = free_port()
        self.sent = 0
        """So many bytes went to the far side, ever."""
        self.rate: float | None = None
        """At most so many bytes a second go to the far side, None for as many as can."""
        self._cut_at: int | None = None
        self._open: set[socket.socket] = set()
        self._whole = threading.Event()
        self._whole.set()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=16)
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Drop every connection, and each new one at once."""
        self._whole.clear()
        for end in list(self._open):
            _drop(end)

    def cut_after(self, sent: int) -> None:
        """Cut once `sent` further bytes went to the far side."""
        self._cut_at = self.sent + sent

    @property
    def is_cut(self) -> bool:
        """Tell whether nothing gets through."""
        return not self._whole.is_set()

    def mend(self) -> None:
        """Let connections through again."""
        self._cut_at = None
        self._whole.set()

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()
        self.cut()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                here, _ = self._listener.accept()
                try:
                    there = socket.create_connection(("127.0.0.1", self._to))
                except OSError:
                    _drop(here)
                    continue
                if not self._whole.is_set():
                    _drop(here)
                    _drop(there)
                    continue
                self._open |= {here, there}
                for ends in ((here, there), (there, here)):
                    threading.Thread(
                        target=self._pass_on, args=(*ends, ends[1] is there), daemon=True
                    ).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, outward: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
                if outward:
                    self._count(len(data))
        for end in (source, sink):
            self._open.discard(end)
            _drop(end)

    def _count(self, size: int) -> None:
        self.sent += size
        if self.rate:
            time.sleep(size / self.rate)
        if self._cut_at is not None and self.sent >= self._cut_at:
            self._cut_at = None
            self.cut()


class FarSide:
    """A machine with sshd and Borg, and a key that may use one repository each."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.repositories = home / "repositories"
        self.repositories.mkdir(parents=True)
        self.key = home / "id_ed25519"
        for name in ("host", "id_ed25519", "admin"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / name)], check=True
            )
        self._authorized = home / "authorized_keys"
        self._authorized.touch(0o600)
        self._allowed: dict[tuple[Path, bool], list[str]] = {}
        self._log = home / "sshd.log"
        self._port = free_port()
        (home / "sshd_config").write_text(_CONFIG.format(port=self._port, home=home))
        self._process: subprocess.Popen[bytes] | None = None
        self.line = Line(self._port)

    # Which keys may do what.

    def allow(self, line: str) -> None:
        """Add a line to `authorized_keys`, as a person would."""
        with open(self._authorized, "a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def forget_keys(self) -> None:
        """Allow nobody any more."""
        self._authorized.write_text("")
        self._allowed.clear()

    def allow_borg(
        self, name: str = "photos", *, key: Path | None = None, append_only: bool = True
    ) -> None:
        """Let `key` (the client's, unless said) use Borg for the repository `name`, too.

        A key has one line, as sshd heeds no second one.
        """
        key = key or self.key
        names = self._allowed.setdefault((key, append_only), [])
        names.append(name)
        paths = [str(self.path(one)) for one in names]
        script = self.home / f"forced-{key.name}-{'append' if append_only else 'all'}"
        only = [f"--restrict-to-repository {path}" for path in paths]
        script.write_text(
            _FORCED.format(
                borg=BORG,
                paths=" ".join(paths),
                options=" ".join(["--append-only"] * append_only + only),
            )
        )
        script.chmod(0o755)
        if len(names) == 1:
            public = key.with_suffix(".pub").read_text().strip()
            self.allow(f'command="{script}",restrict {public}')

    @property
    def admin(self) -> Path:
        """Return a second client's key, for whoever looks after the far side."""
        return self.home / "admin"

    # Where things are.

    def path(self, name: str = "photos") -> Path:
        """Return the folder of the repository `name`."""
        return self.repositories / name

    def commits(self, name: str = "photos") -> int:
        """Return how often something was committed to the repository `name`, which only adds."""
        log = self.path(name) / "transactions"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def url(self, name: str = "photos") -> str:
        """Return the repository `name` as `lantern.toml` has it, by the line that can be cut."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.line.port}{self.path(name)}"

    @property
    def host_key(self) -> str:
        """Return the host key: its kind and itself."""
        return " ".join((self.home / "host.pub").read_text().split()[:2])

    @property
    def known_hosts(self) -> str:
        """Return the line that a client's `known_hosts` wants."""
        return f"[127.0.0.1]:{self.line.port} {self.host_key}\n"

    def new_host_key(self) -> None:
        """Have another host key from the next start on, as a stranger would."""
        for file in ("host", "host.pub"):
            (self.home / file).unlink()
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.home / "host")],
            check=True,
        )

    # The machine.

    def start(self) -> None:
        """Start sshd; return when it answers."""
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # where it locks itself in
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", str(self.home / "sshd_config")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.log
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return
            time.sleep(0.02)
        raise AssertionError(f"sshd does not answer\n{self.log}")

    def stop(self) -> None:
        """Stop sshd; connections that it has are dropped by the line."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    @contextlib.contextmanager
    def running(self) -> Iterator[FarSide]:
        """Run it meanwhile."""
        self.start()
        try:
            yield self
        finally:
            self.line.close()
            self.stop()

    @property
    def log(self) -> str:
        """Return what sshd said."""
        return self._log.read_text("utf-8", "replace")

    @contextlib.contextmanager
    def small_disk(self, name: str, mib: int) -> Iterator[Path]:
        """Have the repository `name` lie on a disk of `mib` MiB of its own; as root only."""
        disk = self.repositories / f"disk-of-{name}"
        disk.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(disk)], check=True
        )
        (disk / name).mkdir()
        self.path(name).symlink_to(disk / name)
        try:
            yield disk
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


def give_client(far: FarSide, backup_folder: Path, passphrase: str) -> None:
    """Have `backup_folder` hold key, known host and passphrase, as setup would leave them."""
    secret = backup_folder / "secret"
    for folder in (backup_folder, secret):
        folder.mkdir(exist_ok=True)
    secret.chmod(0o700)
    for name in ("id_ed25519", "id_ed25519.pub"):
        shutil.copy(far.home / name, secret / name)
    (secret / "id_ed25519").chmod(0o600)
    (secret / "known_hosts").write_text(far.known_hosts)
    (secret / "passphrase").write_text(f"{passphrase}\n")
    (secret / "passphrase").chmod(0o400)


def _drop(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
