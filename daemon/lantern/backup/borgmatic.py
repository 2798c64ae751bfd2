"""Calls borgmatic, and plain Borg where borgmatic would only be in the way. Blocking.

Nothing here knows the passphrase: both are told by which command it is printed. What they say is
read line by line while they run (`Heard`); what it means is `outcome`'s.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from lantern import durable
from lantern.backup import plan as planned
from lantern.backup.outcome import Message, Ran, borgs, failure
from lantern.backup.plan import Plan
from lantern.backup.secrets import Secrets
from lantern.config import Config
from lantern.errors import Unavailable

Line = Mapping[str, Any]
"""A line of Borg's JSON log."""

Heard = Callable[[Line], None]
"""Is told each line that is no message, such as of progress, while Borg runs."""

MOST_MESSAGES = 500
"""So many are kept of a call: the first tell what is the matter."""

_GRACE_S = 30.0
"""So long Borg may take to end in order when it was asked to."""


def plan_for(config: Config, secrets: Secrets | None = None) -> Plan:
    """Return what is to be done as `config` wants it, with `secrets`, else those of its folder.

    Raises:
        ConfigError: no passphrase is set.
        Unavailable: this user may not read it.
    """
    secrets = secrets or Secrets.of(config.paths)
    return Plan(
        # Of a symbolic link Borg would save just that: the link.
        photos=os.path.realpath(os.fsdecode(config.photos.folder)),
        staged=os.path.realpath(secrets.staged),
        file=str(secrets.borgmatic_config),
        base=str(secrets.base),
        passphrase_file=str(secrets.passphrase_file()),
        ssh_command=secrets.ssh_command(),
        backup=config.backup,
    )


def write_config(plan: Plan) -> None:
    """Have the file of `plan` hold its configuration for borgmatic, for nobody else to read.

    Raises:
        Unavailable: it cannot be written.
    """
    try:
        path, wanted = Path(plan.file), planned.text(plan).encode()
        with contextlib.suppress(FileNotFoundError):
            if path.read_bytes() == wanted:
                return
        durable.keep(path, wanted)
        path.chmod(0o600)
    except OSError as error:
        raise Unavailable(
            f"{plan.file}: cannot be written ({error.strerror}); "
            'run "sudo lantern backup setup" first'
        ) from error


def run(plan: Plan, repository: str, words: Sequence[str], *, heard: Heard | None = None) -> Ran:
    """Have borgmatic do `words` ("create", "--progress") with one `repository` of `plan`.

    The last of `words` belong to an action. Borg is heard at once where "--progress" is asked for,
    else through borgmatic. The exit status that is returned is Borg's, 2 where that is not known.

    Raises:
        Unavailable: borgmatic cannot be run, or its configuration cannot be written.
    """
    write_config(plan)
    beside = Path(sys.executable).with_name("borgmatic")
    program = str(beside) if beside.is_file() else "borgmatic"
    command = [program, "--config", plan.file, "--log-json", *words, "--repository", repository]
    environment = planned.environment(plan, os.environ)
    return borgs(_ran(command, environment, None, heard, "install Lantern anew"))


def borg(
    plan: Plan, words: Sequence[str], *, folder: Path | None = None, heard: Heard | None = None
) -> Ran:
    """Have Borg do `words` ("extract", "ssh://…::archive", "path"), in `folder`.

    "--log-json" is given to it. Every failure of Borg's is in what is returned.

    Raises:
        Unavailable: Borg is not installed.
    """
    program = shutil.which("borg") or "borg"
    environment = planned.environment(plan, os.environ)
    command = [program, "--log-json", *words]
    return _ran(command, environment, folder, heard, "install borgbackup")


def checked(ran: Ran, repository: str) -> Ran:
    """Return `ran`, a call about `repository`, if it did what it should, with or without warnings.

    Raises:
        Fault: it did not.
    """
    if fault := failure(ran, repository):
        raise fault
    return ran


def _ran(
    command: list[str],
    environment: dict[str, str],
    folder: Path | None,
    heard: Heard | None,
    step: str,
) -> Ran:
    messages: list[Message] = []
    with tempfile.TemporaryFile() as out:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=folder,
                start_new_session=True,  # borgmatic passes signals on to all of its group
            )
        except OSError as error:
            raise Unavailable(f"{command[0]}: cannot be run ({error.strerror}); {step}") from error
        with _ended(process) as log:
            for line in log:
                _hear(line, messages, heard)
        out.seek(0)
        return Ran(process.returncode, out.read(), tuple(messages[:MOST_MESSAGES]))


@contextlib.contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[IO[bytes]]:
    """Give what `process` says; have it end, whatever happens to whoever listens."""
    assert process.stderr is not None  # noqa: S101 - it was asked for
    with process.stderr as log:
        try:
            yield log
            process.wait()
        except BaseException:
            _signal(process, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_S)
            raise
        finally:
            _signal(process, signal.SIGKILL)
            process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Have `process`, if it runs, and all that it started heed a signal."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _hear(line: bytes, messages: list[Message], heard: Heard | None) -> None:
    """Sort a line of standard error: a message, or what whoever waits is told of."""
    told = _unwrapped(line)
    if told is None:
        words = line.decode("utf-8", "replace").strip()
        if words:
            _keep(messages, Message("INFO", "", words))
    elif told.get("type") == "log_message":
        text = str(told.get("message") or "").strip()
        if text:
            by = str(told.get("name") or "")
            identity = str(told.get("msgid") or "")
            _keep(messages, Message(str(told.get("levelname")), identity, text, by))
    elif heard is not None:
        heard(told)


def _keep(messages: list[Message], message: Message) -> None:
    if len(messages) < MOST_MESSAGES and message not in messages[-20:]:
        messages.append(message)


def _unwrapped(line: bytes) -> Mapping[str, Any] | None:
    """Return the object in `line`; borgmatic wraps those of Borg that it does not know."""
    told = _object(line)
    inner = told.get("message") if told else None
    if isinstance(inner, str) and inner.startswith("{"):
        return _object(inner.encode("utf-8", "replace")) or told
    return told


def _object(text: bytes) -> Mapping[str, Any] | None:
    if not text.startswith(b"{"):
        return None
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
