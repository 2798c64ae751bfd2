"""A model of the search server's engine: indexes, tasks done in order and later, search.

It has the server's rules where Lantern depends on them: what is exact, what forgives typos, that
the last word of a query is a beginning unless a space follows, that filters leave out what lacks
the attribute, that an index comes into being when documents are sent to it. Of relevance it knows
the number of typos and the custom rules alone.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from typing import Any

DEFAULTS: dict[str, Any] = {
    "searchableAttributes": ["*"],
    "displayedAttributes": ["*"],
    "filterableAttributes": [],
    "sortableAttributes": [],
    "rankingRules": ["words", "typo", "proximity", "attributeRank", "sort", "exactness"],
    "stopWords": [],
    "synonyms": {},
    "dictionary": [],
    "typoTolerance": {
        "enabled": True,
        "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
        "disableOnWords": [],
        "disableOnAttributes": [],
        "disableOnNumbers": False,
    },
    "faceting": {"maxValuesPerFacet": 100, "sortFacetValuesBy": {"*": "alpha"}},
    "pagination": {"maxTotalHits": 1000},
    "facetSearch": True,
}
MOST_WORDS = 10
_CONDITION = re.compile(r'(\w+) (=|>=|<=) (?:"([^"\\]*)"|(-?\d+|true|false))')


class Refusal(Exception):
    """The server says no."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


class Index:
    """Documents by their id, and settings."""

    def __init__(self) -> None:
        self.documents: dict[int, dict[str, Any]] = {}
        self.settings = {**DEFAULTS}

    def matching(self, asked: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
        """Return (typos, document) of all that match, in order."""
        found = []
        for document in self.documents.values():
            typos = self._typos(document, asked)
            if typos is not None and all(self._holds(document, e) for e in asked.get("filter", [])):
                found.append((typos, document))
        rules = self.settings["rankingRules"]
        for rule in reversed([*asked.get("sort", ()), "typo", *(r for r in rules if ":" in r)]):
            if rule == "typo":
                found.sort(key=lambda one: one[0])
            else:
                attribute, _, order = rule.partition(":")
                found.sort(key=lambda one: one[1].get(attribute, 0), reverse=order == "desc")
                found.sort(key=lambda one: attribute not in one[1])
        return found

    def counts(self, found: list[dict[str, Any]], facets: list[str]) -> dict[str, dict[str, int]]:
        """Return how often each value of `facets` stands in `found`."""
        most = self.settings["faceting"]["maxValuesPerFacet"]
        counted = {facet: _counted(found, facet) for facet in facets}
        return {facet: dict(values.most_common(most)) for facet, values in counted.items()}

    def _typos(self, document: dict[str, Any], asked: dict[str, Any]) -> int | None:
        searchable = self.settings["searchableAttributes"]
        attributes = asked.get("attributesToSearchOn") or searchable
        if not set(attributes) <= set(searchable):
            raise Refusal(400, "invalid_search_attributes_to_search_on", "not searchable")
        text, unwanted = _without_unwanted(asked.get("q") or "")
        for attribute in attributes:
            if unwanted & set(re.findall(r"\w+", document.get(attribute) or "")):
                return None
        wanted = re.findall(r"\w+", text)[:MOST_WORDS]
        total = 0
        for at, word in enumerate(wanted):
            begins = at == len(wanted) - 1 and not text.endswith(" ")
            fewest = self._fewest(document, word, attributes, begins=begins)
            if fewest is None:
                return None
            total += fewest
        return total

    def _fewest(
        self, document: dict[str, Any], word: str, attributes: list[str], *, begins: bool
    ) -> int | None:
        tolerance = self.settings["typoTolerance"]
        sizes = tolerance["minWordSizeForTypos"]
        allowed = (len(word) >= sizes["oneTypo"]) + (len(word) >= sizes["twoTypos"])
        if word.isdigit() and tolerance["disableOnNumbers"]:
            allowed = 0
        found = []
        for attribute in attributes:
            most = 0 if attribute in tolerance["disableOnAttributes"] else allowed
            for other in re.findall(r"\w+", document.get(attribute) or ""):
                typos = edits(word, other, begins=begins)
                if typos + (typos > 0 and other[0] != word[0]) <= most:
                    found.append(typos)
        return min(found, default=None)

    def _holds(self, document: dict[str, Any], expression: str) -> bool:
        return all(self._condition(document, one) for one in expression.split(" AND "))

    def _condition(self, document: dict[str, Any], condition: str) -> bool:
        parsed = _CONDITION.fullmatch(condition)
        if parsed is None or parsed[1] not in self.settings["filterableAttributes"]:
            raise Refusal(400, "invalid_search_filter", f"cannot filter by {condition}")
        value = document.get(parsed[1])
        if value is None:
            return False
        if parsed[2] == "=":
            wanted = parsed[3] or parsed[4]
            return normalised(wanted) in {normalised(one) for one in values_of(value)}
        wanted = int(parsed[4])
        return bool(value >= wanted if parsed[2] == ">=" else value <= wanted)


def _without_unwanted(text: str) -> tuple[str, set[str]]:
    """Return `text` without the words behind a minus, and those that the server heeds of them.

    It reads no further than the last word that it demands.
    """
    parts = re.findall(r"(-?)(\w+)", text)
    unwanted, demanded = set(), 0
    for minus, word in parts:
        if demanded >= MOST_WORDS:
            break
        if minus:
            unwanted.add(word)
        demanded += not minus
    return re.sub(r"-\w+", "", text), unwanted


def _counted(found: list[dict[str, Any]], facet: str) -> Counter[str]:
    """Return how many of `found` have which value of `facet`, by the way one of them writes it."""
    photos: Counter[str] = Counter()
    written: dict[str, str] = {}
    for one in found:
        values = {normalised(value): value for value in values_of(one.get(facet))}
        photos.update(list(values))
        written.update({norm: as_text(value) for norm, value in values.items()})
    return Counter({written[norm]: count for norm, count in photos.items()})


def values_of(value: Any) -> list[Any]:
    """Return the values that an attribute has: none, one or a list of them."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def as_text(value: Any) -> str:
    """Return a value as the server writes it among counts."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def normalised(value: Any) -> str:
    """Return by what the server tells values apart: not by case, nor by spaces around them."""
    return as_text(value).strip().lower()


class Engine:
    """Indexes and tasks; a task is done `delay_s` after it came, in order, when somebody looks."""

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.indexes: dict[str, Index] = {}
        self.tasks: list[dict[str, Any]] = []
        self.failing: dict[str, str] = {}
        """Reasons for which tasks of a type fail."""
        self._work: dict[int, tuple[float, Any]] = {}

    def index(self, uid: str) -> Index:
        """Return an index as it is now."""
        self.catch_up()
        if uid not in self.indexes:
            raise Refusal(404, "index_not_found", f"Index `{uid}` not found.")
        return self.indexes[uid]

    def enqueue(self, kind: str, uid: str | None, work: Any) -> dict[str, Any]:
        """Put a task behind those that wait; return its summary."""
        number = len(self.tasks)
        task = {
            "uid": number,
            "indexUid": uid,
            "status": "enqueued",
            "type": kind,
            "enqueuedAt": timestamp(),
            "error": None,
            "canceledBy": None,
            "details": None,
        }
        self.tasks.append(task)
        self._work[number] = (time.monotonic() + self.delay_s, work)
        summary = {key: task[key] for key in ("indexUid", "status", "type", "enqueuedAt")}
        return {"taskUid": number, **summary}

    def catch_up(self) -> None:
        """Do the tasks whose time has come, in order."""
        for number, (due, work) in list(self._work.items()):
            if due > time.monotonic():
                return
            del self._work[number]
            self._do(self.tasks[number], work)

    def _do(self, task: dict[str, Any], work: Any) -> None:
        try:
            if reason := self.failing.get(task["type"]):
                raise Refusal(500, "internal", reason)
            work()
            task["status"] = "succeeded"
        except Refusal as refusal:
            task["status"] = "failed"
            task["error"] = error(refusal)

    def create(self, uid: str) -> None:
        """Make an empty index."""
        if uid in self.indexes:
            raise Refusal(409, "index_already_exists", f"Index `{uid}` already exists.")
        self.indexes[uid] = Index()

    def delete(self, uid: str) -> None:
        """Take an index away."""
        if self.indexes.pop(uid, None) is None:
            raise Refusal(404, "index_not_found", f"Index `{uid}` not found.")

    def change(self, uid: str, changes: dict[str, Any]) -> None:
        """Change settings; what is kept as a set comes back sorted."""
        sets = ("filterableAttributes", "sortableAttributes", "stopWords", "dictionary")
        for name, value in changes.items():
            self._at(uid).settings[name] = sorted(value) if name in sets else value

    def put(self, uid: str, documents: list[dict[str, Any]]) -> None:
        """Put documents in."""
        self._at(uid).documents.update({one["id"]: one for one in documents})

    def take_out(self, uid: str, ids: list[str]) -> None:
        """Take documents out."""
        if uid not in self.indexes:
            raise Refusal(404, "index_not_found", f"Index `{uid}` not found.")
        for number in ids:
            self.indexes[uid].documents.pop(int(number), None)

    def swap(self, one: str, other: str, *, rename: bool) -> None:
        """Let two indexes change names, or one take another name that is free."""
        there = [uid in self.indexes for uid in (one, other)]
        if there != [True, not rename]:
            raise Refusal(404, "index_not_found", f"Indexes {one}, {other}: {there}")
        first = self.indexes.pop(one)
        if not rename:
            self.indexes[one] = self.indexes.pop(other)
        self.indexes[other] = first

    def _at(self, uid: str) -> Index:
        return self.indexes.setdefault(uid, Index())


def error(refusal: Refusal) -> dict[str, str]:
    """Return how the server words a refusal."""
    kind = {401: "auth", 403: "auth", 500: "internal"}.get(refusal.status, "invalid_request")
    link = f"https://docs.meilisearch.com/errors#{refusal.code}"
    return {"message": refusal.message, "code": refusal.code, "type": kind, "link": link}


def edits(word: str, other: str, *, begins: bool) -> int:
    """Return the edits, swaps of neighbours too, from `word` to `other` or to a beginning of it."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(word, 1):
        row = [i]
        for j, its in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == its:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return min(rows[-1]) if begins else rows[-1][-1]


def timestamp() -> str:
    """Return the time as the server writes it, with its fractions."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.123456789Z", time.gmtime())
