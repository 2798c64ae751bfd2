"""What became of a call of Borg, by table: its message ids, its exit codes, then others' words.

Pure. The ids and codes are Borg's [its documentation, "Message IDs", "Return codes"]. Borg 1.2
knows no exit codes but 1, a warning, and 2, an error; 1.4 has others, which borgmatic asks for.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from lantern.errors import Unavailable


class Kind(StrEnum):
    """Why a call failed."""

    LOCKED = "locked"
    PASSPHRASE = "passphrase"  # noqa: S105 - a word
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    STRANGER = "stranger"
    FULL = "full"
    DAMAGED = "damaged"
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    KILLED = "killed"
    OTHER = "other"


class Message(msgspec.Struct, frozen=True):
    """What was said: `level` is a word of Python's logging, `id` Borg's msgid, "" for none.

    `by` names the logger that said it.
    """

    level: str
    id: str
    text: str
    by: str = ""

    @property
    def is_error(self) -> bool:
        """Tell whether this is why something failed."""
        return self.level in {"ERROR", "CRITICAL"}

    @property
    def is_summary(self) -> bool:
        """Tell whether borgmatic says at the end, and at length, what was said before."""
        return self.by.startswith("borgmatic.commands") and self.level == "CRITICAL"


class Ran(msgspec.Struct, frozen=True):
    """A call that has ended. `code` is its exit status, negative for the signal that ended it.

    `out` is what it printed, `messages` what it said besides, the first first.
    """

    code: int
    out: bytes
    messages: tuple[Message, ...]


class Fault(Unavailable):
    """A call that failed, in a sentence; `kind` says why in a word."""

    def __init__(self, kind: Kind, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


_BY_ID = {
    "LockTimeout": Kind.LOCKED,
    "LockError": Kind.LOCKED,
    "LockErrorT": Kind.LOCKED,
    "LockFailed": Kind.REFUSED,
    "PassphraseWrong": Kind.PASSPHRASE,
    "PasswordRetriesExceeded": Kind.PASSPHRASE,
    "NoPassphraseFailure": Kind.PASSPHRASE,
    "PasscommandFailure": Kind.PASSPHRASE,
    "PathNotAllowed": Kind.REFUSED,
    "Repository.PathPermissionDenied": Kind.REFUSED,
    "ConnectionClosed": Kind.UNREACHABLE,
    "ConnectionClosedWithHint": Kind.UNREACHABLE,
    "ConnectionBrokenWithHint": Kind.UNREACHABLE,
    "Repository.DoesNotExist": Kind.ABSENT,
    "Repository.InvalidRepository": Kind.ABSENT,
    "Repository.ParentPathDoesNotExist": Kind.ABSENT,
    "Archive.DoesNotExist": Kind.ABSENT,
    "Repository.InsufficientFreeSpaceError": Kind.FULL,
    "Repository.StorageQuotaExceeded": Kind.FULL,
    "Repository.CheckNeeded": Kind.DAMAGED,
    "Repository.ObjectNotFound": Kind.DAMAGED,
    "Repository.InvalidRepositoryConfig": Kind.DAMAGED,
    "NoManifestError": Kind.DAMAGED,
    "IntegrityError": Kind.DAMAGED,
    "DecompressionError": Kind.DAMAGED,
    "FileIntegrityError": Kind.DAMAGED,
    "TAMInvalid": Kind.DAMAGED,
    "TAMRequiredError": Kind.DAMAGED,
    "Cache.RepositoryAccessAborted": Kind.STRANGER,
    "Cache.RepositoryIDNotUnique": Kind.STRANGER,
    "Cache.RepositoryReplay": Kind.STRANGER,
    "Cache.EncryptionMethodMismatch": Kind.STRANGER,
    "RepoIdMismatch": Kind.STRANGER,
}

_BY_CODE = {
    12: Kind.DAMAGED,
    13: Kind.ABSENT,
    14: Kind.FULL,
    15: Kind.ABSENT,
    16: Kind.DAMAGED,
    17: Kind.DAMAGED,
    18: Kind.ABSENT,
    20: Kind.FULL,
    21: Kind.REFUSED,
    26: Kind.DAMAGED,
    31: Kind.ABSENT,
    50: Kind.PASSPHRASE,
    51: Kind.PASSPHRASE,
    52: Kind.PASSPHRASE,
    53: Kind.PASSPHRASE,
    61: Kind.STRANGER,
    62: Kind.STRANGER,
    63: Kind.STRANGER,
    64: Kind.STRANGER,
    70: Kind.LOCKED,
    71: Kind.LOCKED,
    72: Kind.REFUSED,
    73: Kind.LOCKED,
    80: Kind.UNREACHABLE,
    81: Kind.UNREACHABLE,
    83: Kind.REFUSED,
    90: Kind.DAMAGED,
    91: Kind.DAMAGED,
    92: Kind.DAMAGED,
}

_BY_WORDS = (
    (r"@{20}|IDENTIFICATION HAS CHANGED|Host key verification failed", Kind.STRANGER),
    (r"No \S+ host key is known for|requested strict checking", Kind.STRANGER),
    (r"Permission denied \(|Load key .*: ", Kind.REFUSED),
    (r"No space left on device|Disk quota exceeded", Kind.FULL),
    (r"Could not resolve|No route to host|Network is unreachable|not known", Kind.UNREACHABLE),
    (r"Connection (refused|timed out|closed|reset)|Broken pipe|kex_exchange", Kind.UNREACHABLE),
    (r"(Source director|root pattern path).* do(es)? not exist", Kind.UNREADABLE),
    (r"(Index|Data|Segment) .*(mismatch|corrupt)", Kind.DAMAGED),
    (r"integrity check failed|Finished .*, errors found", Kind.DAMAGED),
    (r"died with <Signals|exit status -\d", Kind.KILLED),
)
"""What is found first says more than Borg does, which saw only that ssh ended."""

_SENTENCES = {
    Kind.LOCKED: "another run uses it, or one was cut off; look for one on each machine that may "
    'be at it, and if there is none, "borgmatic break-lock"',
    Kind.PASSPHRASE: 'the passphrase is not the right one; give "lantern backup setup" the one of '
    "the day on which it was made",
    Kind.REFUSED: 'the far side refuses; compare its authorized_keys with the line that "lantern '
    'backup setup" prints, and whose the folder is',
    Kind.UNREACHABLE: "the far side does not answer, or fell silent; look whether it is on, and "
    "reachable from here; what was sent is not sent again",
    Kind.STRANGER: "another machine or repository answers than the one that setup met; if that is "
    'meant, "lantern backup setup" again, else somebody poses as it',
    Kind.FULL: "the disk there is full; make room, or keep fewer archives and compact it there",
    Kind.DAMAGED: "something in it is broken; leave it as it is, look at its disk, and have "
    '"borg check --repair" mend a copy',
    Kind.ABSENT: "there is no such repository or archive; is its disk mounted? else "
    '"lantern backup setup" makes it',
    Kind.UNREADABLE: "what is to be saved is not there; is the disk of the photos mounted?",
    Kind.KILLED: "it was ended before it was done; what was sent is not sent again",
    Kind.OTHER: 'it failed; "lantern logs" tells more',
}

_STATUS = re.compile(r"returned non-zero exit status (-?\d+)\.$|died with <Signals\.\w+: (\d+)>\.$")


def borgs(ran: Ran) -> Ran:
    """Return `ran`, a call of borgmatic, as if it had been one of Borg.

    borgmatic ends with 1 whatever is wrong, and says everything twice.
    """
    if ran.code == 0:
        return ran
    said = tuple(one for one in ran.messages if not one.is_summary)
    known = said if any(one.is_error for one in said) else ran.messages
    return Ran(_borgs_code(ran), ran.out, known)


def failure(ran: Ran, repository: str, otherwise: Kind = Kind.OTHER) -> Fault | None:
    """Return why `ran`, a call about `repository`, failed; None for one that did what it should.

    `otherwise` is what it is where no table knows it.
    """
    if is_good(ran):
        return None
    kind, said = _why(ran)
    kind = otherwise if kind is Kind.OTHER else kind
    words = f" ({said})" if said else ""
    return Fault(kind, f"{repository}: {_SENTENCES[kind]}{words}")


def is_good(ran: Ran) -> bool:
    """Tell whether a call did what it should, maybe with warnings."""
    return ran.code in {0, 1} or 100 <= ran.code <= 127


def warnings(ran: Ran) -> list[str]:
    """Return what a call warned of, a sentence each; not that it cleared up after one killed."""
    said = [one.text for one in ran.messages if one.level == "WARNING"]
    return [text for text in said if not re.match(r"(Killed|Removed) stale ", text)]


def _why(ran: Ran) -> tuple[Kind, str]:
    """Return why a call failed that did, and the words that say so."""
    named = next((one for one in ran.messages if one.id in _BY_ID), None)
    known = _BY_ID[named.id] if named else _BY_CODE.get(ran.code)
    if known is None or known is Kind.UNREACHABLE:  # ssh ended, and may have said why
        for pattern, kind in _BY_WORDS:
            for one in ran.messages:
                if re.search(pattern, one.text):
                    return kind, _line(one)
    errors = [one for one in ran.messages if one.is_error and not _STATUS.search(one.text)]
    said = _line(named) if named else next(map(_line, errors), "")
    if known is None:
        known = Kind.KILLED if ran.code < 0 else Kind.OTHER
    return known, said


def _borgs_code(ran: Ran) -> int:
    """Return Borg's own exit status, of which borgmatic only tells; 2 where it does not."""
    for one in ran.messages:
        if found := _STATUS.search(one.text):
            code = int(found[1]) if found[1] else -int(found[2])
            return code if code not in {0, 1} else 2
    return 2


def _line(message: Message) -> str:
    """Return the first line of what was said, as long as one is read."""
    return (message.text.splitlines() or [""])[0].removeprefix("Remote: ")[:300]
