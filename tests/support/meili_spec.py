"""The server's published specification, by which everything said in tests is checked.

It is not part of the repository. Look for it with MEILI_OPENAPI, or beside the checkout, in
shared/meilisearch/openapi.json; https://github.com/meilisearch/open-api has it.
"""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema

BESIDE = Path(__file__).parents[3] / "shared" / "meilisearch" / "openapi.json"
FILE = Path(os.environ.get("MEILI_OPENAPI", BESIDE))


class Specification:
    """OpenAPI 3.1: its schemas are JSON Schema."""

    def __init__(self, file: Path) -> None:
        self._spec = json.loads(file.read_bytes())
        # Clients send lists of attributes, and the server takes them; the specification is wrong.
        facets = self._spec["components"]["schemas"]["SearchQuery"]["properties"]["facets"]
        facets["oneOf"].append({"type": "array", "items": {"type": "string"}})
        self._paths = {path: _pattern(path) for path in self._spec["paths"]}

    def check_request(self, method: str, path: str, query: dict[str, str], body: Any) -> None:
        """Raise if no client may say this."""
        asked = self._operation(method, path)
        known = {one["name"] for one in asked.get("parameters") or () if one["in"] == "query"}
        assert set(query) <= known, f"{method} {path}: no such parameters: {set(query) - known}"
        wanted = asked.get("requestBody")
        assert (body is not None) == bool(wanted), f"{method} {path}: body {body!r}"
        if wanted:
            self._check(wanted["content"]["application/json"]["schema"], body)

    def check_answer(self, method: str, path: str, status: int, body: Any) -> None:
        """Raise if the server would not say this: errors that it may always give are known too."""
        described = self._operation(method, path)["responses"].get(str(status))
        if described is None:
            assert status >= 400, f"{method} {path}: status {status} is not specified"
            self._check({"$ref": "#/components/schemas/ResponseError"}, body)
        elif "content" in described:
            self._check(described["content"]["application/json"]["schema"], body)
        else:
            assert body is None

    def allowing(self, method: str, path: str) -> set[str]:
        """Return the actions of which a key needs one to ask this; none if no key is needed."""
        security = self._operation(method, path).get("security") or []
        return {action for way in security for action in way.get("Bearer", ())}

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        named = [one for one, pattern in self._paths.items() if pattern.fullmatch(path)]
        assert named, f"{method} {path}: no such path"
        plainest = min(named, key=lambda one: one.count("{"))
        operation: dict[str, Any] = self._spec["paths"][plainest][method.lower()]
        return operation

    def _check(self, schema: dict[str, Any], value: Any) -> None:
        key = json.dumps(schema, sort_keys=True)
        self._validator(key).validate(value)

    @functools.cache  # noqa: B019 - there is one specification
    def _validator(self, schema: str) -> jsonschema.Draft202012Validator:
        whole = {**json.loads(schema), "components": self._spec["components"]}
        return jsonschema.Draft202012Validator(whole)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


@functools.cache
def specification() -> Specification:
    """Return the specification; where there is none, `FILE.exists()` is false: skip, and say so."""
    return Specification(FILE)
