"""A search server for tests, over real HTTP: the model of `meili_engine` behind the server's API.

Each request and each answer is checked against the published specification, and each key for what
it allows. What breaks the specification fails the test when the server is closed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from support.meili_engine import Engine, Refusal, error, timestamp
from support.meili_spec import specification

MASTER = "a-master-key-of-sixteen-bytes-or-more"


class FakeMeili:
    """One server, started at a free port; `key_file` holds its master key.

    `trouble` is what happens to requests: "" nothing, "reset", "silence", "nonsense", "empty".
    """

    def __init__(self, folder: Path, delay_s: float = 0.0) -> None:
        self.engine = Engine(delay_s)
        self.keys: dict[str, dict[str, Any]] = {}
        self.trouble = ""
        self.faults: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.connections = 0
        self.lock = threading.Lock()
        self.key_file = folder / "master.key"
        self.key_file.write_text(f"{MASTER}\n")
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, at the same port as before."""
        fake = self

        class Handler(_Handler):
            server_is = fake

        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut every connection; the indexes stay."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def wipe(self) -> None:
        """Lose every index, task and key, as a server whose disk was replaced."""
        with self.lock:
            self.engine = Engine(self.engine.delay_s)
            self.keys.clear()

    def connected(self, connection: socket.socket) -> None:
        self.connections += 1
        self._open.add(connection)

    def disconnected(self, connection: socket.socket) -> None:
        self._open.discard(connection)

    def answer(self, method: str, target: str, key: str, body: Any) -> tuple[int, Any]:
        """Return the status and the body of the answer."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        self.requests.append((method, parts.path))
        try:
            specification().check_request(method, parts.path, query, body)
            with self.lock:
                status, answer = self._answered(method, parts.path, key, body)
            answer = json.loads(json.dumps(answer))
            specification().check_answer(method, parts.path, status, answer)
        except Exception as fault:
            self.faults.append(f"{method} {target}: {fault}"[:2000])
            raise
        return status, answer

    def _answered(self, method: str, path: str, key: str, body: Any) -> tuple[int, Any]:
        self.engine.catch_up()
        try:
            self._authorise(method, path, key, body)
            for pattern, wanted, status, reply in _ROUTES:
                found = re.fullmatch(pattern, path)
                if found and method == wanted:
                    return status, reply(self, body, *found.groups())
            raise AssertionError(f"{method} {path} is not modelled")
        except Refusal as refusal:
            return refusal.status, error(refusal)

    def _authorise(self, method: str, path: str, secret: str, body: Any) -> None:
        if secret == MASTER:
            return
        key = next((one for one in self.keys.values() if one["key"] == secret), None)
        if not secret:
            raise Refusal(401, "missing_authorization_header", "The header is missing.")
        allowed = specification().allowing(method, path)
        if key is None or not allowed & set(key["actions"]):
            raise Refusal(403, "invalid_api_key", "The provided API key is invalid.")
        if not _indexes_of(path, body) <= set(key["indexes"]):
            raise Refusal(403, "invalid_api_key", "The provided API key is invalid.")
        if task := re.fullmatch("/tasks/([0-9]+)", path):
            number = int(task[1])
            seen = number < len(self.engine.tasks) and self.engine.tasks[number]["indexUid"]
            if seen not in key["indexes"]:  # the tasks of swaps belong to no single index
                raise Refusal(404, "task_not_found", f"Task `{number}` not found.")

    def create_key(self, body: dict[str, Any]) -> dict[str, Any]:
        secret = hashlib.sha256((MASTER + body["uid"]).encode()).hexdigest()
        made = {"description": None, **body, "key": secret}
        self.keys[body["uid"]] = {**made, "createdAt": timestamp(), "updatedAt": timestamp()}
        return self.keys[body["uid"]]

    def key(self, uid: str) -> dict[str, Any]:
        if uid not in self.keys:
            raise Refusal(404, "api_key_not_found", f"API key `{uid}` not found.")
        return self.keys[uid]

    def task(self, number: str) -> dict[str, Any]:
        if int(number) >= len(self.engine.tasks):
            raise Refusal(404, "task_not_found", f"Task `{number}` not found.")
        return self.engine.tasks[int(number)]

    def search(self, asked: dict[str, Any], uid: str) -> dict[str, Any]:
        index = self.engine.index(uid)
        found = index.matching(asked)
        page, size = asked["page"], asked["hitsPerPage"]
        shown = found[(page - 1) * size : page * size]
        total = min(len(found), index.settings["pagination"]["maxTotalHits"])
        answer = {
            "hits": [{"id": one["id"], "_rankingScore": 1 / (1 + typos)} for typos, one in shown],
            "query": asked["q"],
            "processingTimeMs": 0,
            "hitsPerPage": size,
            "page": page,
            "totalPages": -(-total // size) if size else 0,
            "totalHits": total,
        }
        if "facets" in asked:
            answer["facetDistribution"] = index.counts([one for _, one in found], asked["facets"])
            answer["facetStats"] = {}
        return answer

    def stats(self, uid: str) -> dict[str, Any]:
        sizes = ("indexSize", "usedIndexSize", "rawDocumentDbSize", "avgDocumentSize")
        return {
            "numberOfDocuments": len(self.engine.index(uid).documents),
            **dict.fromkeys(sizes, 0),
            "isIndexing": False,
            "fieldDistribution": {},
        }

    def swap(self, body: list[dict[str, Any]]) -> dict[str, Any]:
        ((one, other), rename) = body[0]["indexes"], body[0].get("rename", False)
        engine = self.engine
        return engine.enqueue("indexSwap", None, lambda: engine.swap(one, other, rename=rename))


def _enqueue(kind: str, method: str) -> Any:
    def reply(fake: FakeMeili, body: Any, uid: str | None = None) -> dict[str, Any]:
        engine = fake.engine
        named = uid or body["uid"]
        arguments = () if uid is None or body is None else (body,)
        return engine.enqueue(kind, named, lambda: getattr(engine, method)(named, *arguments))

    return reply


_UID = "/indexes/([^/]+)"
_ROUTES: list[tuple[str, str, int, Any]] = [
    ("/indexes", "POST", 202, _enqueue("indexCreation", "create")),
    (_UID, "DELETE", 202, _enqueue("indexDeletion", "delete")),
    (f"{_UID}/settings", "GET", 200, lambda fake, _, uid: fake.engine.index(uid).settings),
    (f"{_UID}/settings", "PATCH", 202, _enqueue("settingsUpdate", "change")),
    (f"{_UID}/documents", "POST", 202, _enqueue("documentAdditionOrUpdate", "put")),
    (f"{_UID}/documents/delete-batch", "POST", 202, _enqueue("documentDeletion", "take_out")),
    (f"{_UID}/stats", "GET", 200, lambda fake, _, uid: fake.stats(uid)),
    (f"{_UID}/search", "POST", 200, FakeMeili.search),
    ("/swap-indexes", "POST", 202, FakeMeili.swap),
    ("/tasks/([0-9]+)", "GET", 200, lambda fake, _, number: fake.task(number)),
    ("/keys", "POST", 201, FakeMeili.create_key),
    ("/keys/([^/]+)", "GET", 200, lambda fake, _, uid: fake.key(uid)),
    ("/keys/([^/]+)", "DELETE", 204, lambda fake, _, uid: fake.keys.pop(uid) and None),
]


def _indexes_of(path: str, body: Any) -> set[str]:
    if path == "/swap-indexes":
        return {uid for pair in body for uid in pair["indexes"]}
    if path == "/indexes":
        return {body["uid"]}
    named = re.match(_UID, path)
    return {named[1]} if named else set()


class _Handler(BaseHTTPRequestHandler):
    server_is: FakeMeili
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server_is.connected(self.connection)

    def finish(self) -> None:
        super().finish()
        self.server_is.disconnected(self.connection)

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        sent = self.rfile.read(length)
        if not self._troubled():
            status, answer = self._answer(json.loads(sent) if sent not in {b"", b"null"} else None)
            self._say(status, b"" if answer is None else json.dumps(answer).encode())

    do_POST = do_GET  # noqa: N815 - the names are http.server's
    do_PATCH = do_GET  # noqa: N815
    do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, body: Any) -> tuple[int, Any]:
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        secret = key if scheme == "Bearer" else ""
        try:
            return self.server_is.answer(self.command, self.path, secret, body)
        except Exception as fault:  # noqa: BLE001 - kept in `faults`, which fail the test
            return 500, error(Refusal(500, "internal", str(fault)[:200]))

    def _troubled(self) -> bool:
        match self.server_is.trouble:
            case "":
                return False
            case "reset":
                at_once = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
                self.connection.close()
            case "silence":
                while self.server_is.trouble == "silence":
                    time.sleep(0.01)
            case "nonsense":
                self._say(200, b"<html>It works!</html>")
            case "empty":
                self._say(200, b"{}")
        self.close_connection = True
        return True

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def fake_meili(folder: Path, delay_s: float = 0.0) -> Iterator[FakeMeili]:
    """Run a server; raise at the end if anything said broke the specification."""
    fake = FakeMeili(folder, delay_s)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)  # client and server take turns, and would wait 5 ms for each
    try:
        yield fake
    finally:
        sys.setswitchinterval(interval)
        fake.trouble = ""
        fake.stop()
    assert not fake.faults, "\n".join(fake.faults)
