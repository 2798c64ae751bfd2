"""The forms in which the page answers: JSON for the API, a plain page for people.

Every refusal is one sentence. Which form it takes follows from the path, so that a visitor never
meets JSON and a script never HTML.
"""

from __future__ import annotations

import functools
import importlib.resources
from typing import Any

import jinja2
import msgspec
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from lantern.web import assets

_TITLES = {
    400: "That did not work",
    403: "Not allowed",
    404: "Not found",
    405: "Not allowed",
    421: "Wrong address",
    500: "Something broke",
    503: "One moment",
}


def json(content: object, status: int = 200) -> Response:
    """Return `content` as JSON, never taken from a cache without asking."""
    return Response(
        msgspec.json.encode(content),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-cache"},
    )


def html(template: str, content: dict[str, Any], status: int = 200) -> Response:
    """Return `template`, filled with `content`, every value of it escaped."""
    page = _templates().get_template(template).render(content)
    return HTMLResponse(page, status_code=status, headers={"cache-control": "no-cache"})


def refusal(scope: Scope, status: int, sentence: str) -> Response:
    """Return an error answer that says `sentence`, in the form that the path of `scope` speaks."""
    if not speaks_html(scope["path"]):
        answer = json({"error": sentence, "status": status}, status)
    else:
        content = {"title": _TITLES.get(status, "That did not work"), "sentence": sentence}
        answer = html("error.html", content, status)
    if status == 503:
        answer.headers["retry-after"] = "2"
    return answer


def speaks_html(path: str) -> bool:
    """Tell whether people, not scripts or image tags, ask for `path`."""
    return not path.startswith(("/api/", "/thumb/", "/image/", "/static/", "/metrics"))


def data_block(content: object) -> str:
    """Return `content` as JSON that cannot end the `<script>` element that it stands in."""
    text = msgspec.json.encode(content).decode()
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@functools.cache
def _templates() -> jinja2.Environment:
    folder = importlib.resources.files(__package__) / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(folder)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = assets.address
    environment.filters["thousands"] = "{:,}".format
    return environment
