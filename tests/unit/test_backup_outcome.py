"""What a failed call of Borg is told as: by table, and by whom said most."""

from __future__ import annotations

import pytest

from lantern.backup.outcome import Kind, Message, Ran, borgs, failure, is_good, warnings


def ran(code: int, *messages: Message) -> Ran:
    return Ran(code, b"", messages)


def error(text: str, identity: str = "") -> Message:
    return Message("ERROR", identity, text, "borg.archiver")


def summary(text: str) -> Message:
    return Message("CRITICAL", "", text, "borgmatic.commands.borgmatic")


def remote(text: str) -> Message:
    return Message("WARNING", "", f"Remote: {text}")


ENDED = error(
    "Connection closed by remote host. Is borg working on the server?", "ConnectionClosedWithHint"
)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (ran(2, error("Failed to create/acquire the lock", "LockTimeout")), Kind.LOCKED),
        (ran(2, error("passphrase is incorrect", "PassphraseWrong")), Kind.PASSPHRASE),
        (ran(2, error("Repository path not allowed: /x", "PathNotAllowed")), Kind.REFUSED),
        (ran(2, error("does not exist", "Repository.DoesNotExist")), Kind.ABSENT),
        (ran(2, error("x", "Repository.InsufficientFreeSpaceError")), Kind.FULL),
        (ran(2, error("Segment entry checksum mismatch", "IntegrityError")), Kind.DAMAGED),
        (ran(2, error("another", "Cache.RepositoryReplay")), Kind.STRANGER),
        (ran(2, ENDED), Kind.UNREACHABLE),
        (
            ran(2, remote("ssh: nas port 22: Connection refused"), ENDED),
            Kind.UNREACHABLE,
        ),
        (ran(2, remote("Host key verification failed."), ENDED), Kind.STRANGER),
        (ran(2, remote("@" * 59), ENDED), Kind.STRANGER),
        (ran(2, remote("a@nas: Permission denied (publickey)."), ENDED), Kind.REFUSED),
        (ran(2, error("[Errno 28] No space left on device")), Kind.FULL),
        (ran(52), Kind.PASSPHRASE),
        (ran(73), Kind.LOCKED),
        (ran(83), Kind.REFUSED),
        (ran(-9), Kind.KILLED),
        (ran(2, error("something new")), Kind.OTHER),
    ],
)
def test_what_failed_is_told_by_its_kind(told: Ran, kind: Kind) -> None:
    fault = failure(told, "ssh://nas/photos")
    assert fault is not None
    assert fault.kind is kind
    assert str(fault).startswith("ssh://nas/photos: ")


@pytest.mark.parametrize("code", [0, 1, 100, 105, 107])
def test_warnings_are_no_failure(code: int) -> None:
    warned = ran(code, Message("WARNING", "", "a.jpg: Permission denied"))
    assert is_good(warned)
    assert failure(warned, "r") is None
    assert warnings(warned) == ["a.jpg: Permission denied"]


def test_clearing_up_after_a_killed_run_is_no_warning() -> None:
    said = Message("WARNING", "", "Killed stale lock here@1.2-0.")
    assert warnings(ran(0, said)) == []


def test_the_words_of_whoever_knew_are_told() -> None:
    fault = failure(ran(2, remote("Host key verification failed."), ENDED), "r")
    assert fault is not None
    assert str(fault).endswith("(Host key verification failed.)")


def test_what_borgmatic_says_again_is_left_out() -> None:
    told = borgs(
        ran(
            1,
            error("Failed to create/acquire the lock", "LockTimeout"),
            summary("Command 'borg create' returned non-zero exit status 73."),
        )
    )
    assert told.code == 73
    assert [one.text for one in told.messages] == ["Failed to create/acquire the lock"]


def test_what_borgmatic_alone_knew_stays() -> None:
    why = summary("Source directories or root pattern paths do not exist: /srv/photos")
    told = borgs(ran(1, summary("Error running actions for repository"), why))
    assert told.code == 2
    fault = failure(told, "r")
    assert fault is not None
    assert fault.kind is Kind.UNREADABLE


def test_a_failed_check_is_damage_though_borg_calls_it_a_warning() -> None:
    said = error("Index object count mismatch")
    told = borgs(ran(1, said, summary("Command 'borg check' returned non-zero exit status 1.")))
    fault = failure(told, "r", otherwise=Kind.DAMAGED)
    assert fault is not None
    assert fault.kind is Kind.DAMAGED


def test_a_death_by_signal_is_told_through_borgmatic() -> None:
    told = borgs(ran(1, summary("Command 'borg create' died with <Signals.SIGKILL: 9>.")))
    assert told.code == -9
    fault = failure(told, "r")
    assert fault is not None
    assert fault.kind is Kind.KILLED
