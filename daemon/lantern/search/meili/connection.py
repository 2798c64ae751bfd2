"""Talk to the server: the only file that knows its client, and the network.

The official client opens a connection for each call and waits for ever. Here every call has a time
limit and goes over a connection that is kept alive: `_OverSession` hands the client a `session` in
place of the functions of `requests`. For that one private name of the client is used, the module
`meilisearch._httprequests`; all else is public. A client is not safe between threads, so each is
lent to one caller at a time.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from meilisearch import Client
from meilisearch._httprequests import HttpRequests
from meilisearch.errors import (
    MeilisearchApiError,
    MeilisearchError,
    MeilisearchTimeoutError,
)
from meilisearch.models.key import Key as _ClientsKey
from meilisearch.models.task import TaskInfo

from lantern.errors import Unavailable
from lantern.search.meili.session import Session

_REFUSED = (401, 403)
_LONGEST = 200  # characters of what a server says

LONGEST = 4
"""How many times its patience a call may take in all."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""As many as a database can hold: a server may say anything."""


class NoIndex(Unavailable):
    """The server has no such index: it is new, was wiped, or is not filled yet."""


class NoSuch(Unavailable):
    """The server has no such task or key."""


class Key(msgspec.Struct, frozen=True):
    """A key of the server: what it allows, in which indexes; `secret` once the server made it."""

    uid: str
    name: str
    actions: tuple[str, ...]
    indexes: tuple[str, ...]
    secret: str = ""


class Server(msgspec.Struct, frozen=True):
    """Where a server answers, and the file with the key to show it.

    A call gives up `patience_s` seconds after the server last sent anything, and `LONGEST` times
    as long after it began, whatever the server sends.
    """

    url: str
    key_file: Path
    patience_s: float = 10.0


class Found(msgspec.Struct, frozen=True):
    """One photo found."""

    id: Count
    score: float = msgspec.field(name="_rankingScore", default=0.0)


class Answer(msgspec.Struct, frozen=True, rename="camel"):
    """What the server answers to a search for a page: hits in order, exact counts."""

    hits: tuple[Found, ...]
    total_hits: Count
    facet_distribution: dict[str, dict[str, Count]] | None = None


class Ended(NamedTuple):
    """How a task ended: "succeeded", "failed" or "canceled", and why."""

    status: str
    reason: str


class Line:
    """One kept-alive connection. Each call has a time limit, and raises `Unavailable` alone.

    Methods that return a number return that of a task, which is only begun by then.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._session = Session(server.patience_s * LONGEST)
        self._client = Client(server.url.rstrip("/"), _key(server))
        self._http = _OverSession(self._client.http, self._session, server.patience_s)
        self._client.http = self._client.task_handler.http = self._http

    def hang_up(self) -> None:
        """Close the connection."""
        self._session.close()

    def settings(self, uid: str) -> dict[str, Any]:
        """Return the settings of the index `uid`."""
        with _translated(self._server):
            return msgspec.convert(self._http.get(f"indexes/{uid}/settings"), dict[str, Any])

    def count(self, uid: str) -> int:
        """Return how many documents the index `uid` holds."""
        with _translated(self._server):
            stats = self._http.get(f"indexes/{uid}/stats")
            return msgspec.convert(stats["numberOfDocuments"], int)

    def search(self, uid: str, text: str, options: dict[str, Any]) -> Answer:
        """Return the server's answer to a search of the index `uid`."""
        with _translated(self._server):
            answer = self._http.post(f"indexes/{uid}/search", {"q": text, **options})
            return msgspec.convert(answer, Answer)

    def create(self, uid: str) -> int:
        """Ask for a new index."""
        with _translated(self._server):
            return self._client.create_index(uid, {"primaryKey": "id"}).task_uid

    def delete(self, uid: str) -> int:
        """Ask for the end of an index."""
        with _translated(self._server):
            return self._client.delete_index(uid).task_uid

    def swap(self, one: str, other: str, *, rename: bool) -> int:
        """Ask for two indexes to change names; `rename` where there is no `other` yet."""
        pair: dict[str, list[str] | bool] = {"indexes": [one, other], "rename": rename}
        with _translated(self._server):
            return self._client.swap_indexes([pair]).task_uid

    def change_settings(self, uid: str, changes: dict[str, Any]) -> int:
        """Ask for other settings of the index `uid`."""
        with _translated(self._server):
            return TaskInfo(**self._http.patch(f"indexes/{uid}/settings", changes)).task_uid

    def put(self, uid: str, documents: Sequence[dict[str, Any]]) -> int:
        """Ask for documents to be put into the index `uid`, in place of those with their ids."""
        path = f"indexes/{uid}/documents?primaryKey=id"
        with _translated(self._server):
            return TaskInfo(**self._http.post(path, documents)).task_uid

    def take_out(self, uid: str, ids: Sequence[int]) -> int:
        """Ask for documents to be taken out of the index `uid`."""
        path = f"indexes/{uid}/documents/delete-batch"
        with _translated(self._server):
            return TaskInfo(**self._http.post(path, list(map(str, ids)))).task_uid

    def ended(self, task: int) -> Ended | None:
        """Return how a task ended, None while it has not."""
        with _translated(self._server):
            found = self._client.get_task(task)
            if found.status in {"enqueued", "processing"}:
                return None
            reason = (found.error or {}).get("message", "no reason given")
            return Ended(found.status, _brief(reason))

    def key(self, uid: str) -> Key | None:
        """Return the key with this id, None if there is none."""
        try:
            with _translated(self._server):
                return _as_key(self._client.get_key(uid))
        except NoSuch:
            return None

    def create_key(self, wanted: Key) -> Key:
        """Make a key and return it."""
        options = {
            "uid": wanted.uid,
            "name": wanted.name,
            "actions": list(wanted.actions),
            "indexes": list(wanted.indexes),
            "expiresAt": None,
        }
        with _translated(self._server):
            return _as_key(self._client.create_key(options))

    def delete_key(self, uid: str) -> None:
        """Take a key back."""
        with _translated(self._server):
            self._client.delete_key(uid)


class Lines:
    """The connections to one server: as many as are in use at once, opened when needed."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._idle: list[Line] = []
        self._closed = False

    @contextlib.contextmanager
    def line(self) -> Iterator[Line]:
        """Lend a connection, kept if nothing goes wrong: a refused key is then read anew."""
        line = self._take()
        try:
            yield line
        except BaseException:
            line.hang_up()
            raise
        self._give_back(line)

    def close(self) -> None:
        """Close what is idle now, and what is lent as soon as it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for line in idle:
            line.hang_up()

    def _take(self) -> Line:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return Line(self._server)

    def _give_back(self, line: Line) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(line)
                return
        line.hang_up()


class _OverSession(HttpRequests):
    """Sends what the client sends, by the session's method of the same name."""

    def __init__(self, plain: HttpRequests, session: Session, patience_s: float) -> None:
        super().__init__(plain.config)
        self._session = session
        self.config.timeout = patience_s  # type: ignore[assignment] # fractions are fine, too

    def send_request(self, http_method: Any, *rest: Any, **named: Any) -> Any:
        return super().send_request(getattr(self._session, http_method.__name__), *rest, **named)


def _key(server: Server) -> str:
    try:
        return server.key_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(
            f"search server {server.url}: its key in {server.key_file} cannot be read "
            f"({_root(error)}); write it by scripts/install-meilisearch, for this user to read"
        ) from error


def _as_key(made: _ClientsKey) -> Key:
    return Key(made.uid, made.name or "", tuple(made.actions), tuple(made.indexes), made.key)


@contextlib.contextmanager
def _translated(server: Server) -> Iterator[None]:
    """Raise what the client and its libraries raise as `Unavailable`.

    Nonsense from the server shows as wrong values and types while the client takes it apart.
    """
    try:
        yield
    except (MeilisearchError, OSError, ValueError, TypeError, KeyError) as error:
        raise _unavailable(server, error) from error


def _unavailable(server: Server, error: Exception) -> Unavailable:
    """Return what a person may do about `error`."""
    name = f"search server {server.url}"
    if isinstance(error, MeilisearchApiError):
        return _refusal(name, server, error)
    if isinstance(error, MeilisearchTimeoutError):
        return Unavailable(
            f"{name}: an answer expected within {server.patience_s:g} s, none came; look at its "
            "load, or at the network"
        )
    if isinstance(error, (MeilisearchError, OSError)) and not isinstance(error, ValueError):
        return Unavailable(
            f"{name}: cannot be reached ({_root(error)}); start it (systemctl start meilisearch) "
            "or correct search.url"
        )
    return Unavailable(
        f"{name}: an answer of Meilisearch expected, got something else ({_brief(error)}); see "
        "which program listens at search.url"
    )


def _refusal(name: str, server: Server, error: MeilisearchApiError) -> Unavailable:
    said = _brief(error.message)
    if error.status_code in _REFUSED:
        return Unavailable(
            f"{name}: the key in {server.key_file} was refused ({said}); run "
            "scripts/install-meilisearch again, which writes the keys anew"
        )
    if error.code == "index_not_found":
        return NoIndex(f"{name}: no index of photos, none yet; start Lantern, which fills it")
    if error.code in {"task_not_found", "api_key_not_found"}:
        return NoSuch(f"{name}: {said}")
    return Unavailable(
        f"{name}: an answer expected, got {error.status_code} ({error.code or 'no code'}: {said}); "
        "look at journalctl -u meilisearch"
    )


def _root(error: BaseException) -> str:
    """Return the reason at the bottom of `error`: the layers above it only repeat it."""
    while (below := error.__cause__ or error.__context__) is not None:
        error = below
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _brief(reason or type(error).__name__)


def _brief(said: object) -> str:
    return str(said).strip().partition("\n")[0][:_LONGEST]
