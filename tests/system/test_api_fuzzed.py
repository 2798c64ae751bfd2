"""The API is what its description says, whatever it is asked: never an answer of 500 and above."""

from __future__ import annotations

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import photos as pictures
from lantern.model import Place
from lantern.web import openapi
from lantern.web.app import _routes, create_app
from lantern.web.parameters import NAMES
from support.album import album
from support.owned import PASSWORD, Clock, owned, set_password
from support.shelf import Shelf
from support.visitor import Visitor

HOSTS = frozenset({"localhost", "testserver"})
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
SENTENCES = ("a dog in the snow", "two men on a bench", "a dog rests on the beach", "a red boat")
EXAMPLES = 50


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    for number, sentence in enumerate(SENTENCES):
        shelf.add(
            f"{number}.jpg",
            sentence,
            pictures.jpeg(width=40 + number),
            likeness=number % 2,
            taken_at=f"2019-0{number + 1}-04T12:00:00",
            camera="Canon EOS 5D",
            rating=number,
            place=Place(52.37, 4.9),
        )
    shelf.group()
    yield shelf
    shelf.close()


@pytest.fixture(scope="module")
def visitors(shelf):
    """What visitors are told the API is, over a real catalog and a real index."""
    return schemathesis.openapi.from_asgi(
        "/api/openapi.json", create_app(shelf.library, hosts=HOSTS)
    )


@pytest.fixture(scope="module")
def owners(tmp_path_factory):
    """The same over an album that its owner may change, and the headers of their browser."""
    password = tmp_path_factory.mktemp("owner") / "password"
    set_password(password)
    photos = album(20)
    owner, _ = owned(photos, password, Clock())
    app = create_app(photos, hosts=HOSTS, owned=owner)
    signed = Visitor(app).request(
        "POST", "/sign-in", data={"password": PASSWORD}, headers={"origin": "http://localhost"}
    )
    cookie = signed.headers["set-cookie"].partition(";")[0]
    headers = {"cookie": cookie, "origin": "http://testserver"}
    return schemathesis.openapi.from_asgi("/api/openapi.json", app), headers


OPERATIONS = [
    (path, method, mode)
    for path, methods in openapi.document()["paths"].items()
    if path != "/api/events"  # has no end: `test_web_events` listens
    for method, asked in methods.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or asked["parameters"]
]


def fuzz(operation, mode, headers):
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(checks=CHECKS, headers=headers)

    ask()


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_every_answer_to_a_visitor_is_one_that_the_description_tells(visitors, path, method, mode):
    fuzz(visitors[path][method.upper()], mode, {})


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("path", ["/api/photos/{id}/caption", "/api/photos/{id}/hidden"])
def test_every_answer_to_the_owner_is_one_that_the_description_tells(owners, path, mode):
    described, headers = owners
    assert (
        described[path]["POST"]
        .Case(
            path_parameters={"id": 3},
            body={"sentence": "Rex"} if "caption" in path else {"hidden": False},
        )
        .call(headers=headers)
        .status_code
        == 200
    )
    fuzz(described[path]["POST"], mode, headers)


def test_the_description_leaves_no_address_and_no_parameter_out():
    told = openapi.document()["paths"]
    served = {route.path for route in _routes() if route.path.startswith("/api/")}
    assert served - set(told) == {"/api/openapi.json"}
    assert set(told) <= served
    assert [one["name"] for one in told["/api/search"]["get"]["parameters"]] == list(NAMES)


def test_what_a_search_of_everything_answers_is_all_that_the_description_names(visitors):
    found = visitors["/api/search"]["GET"].Case(query={"q": ""}).call().json()
    named = openapi.document()["components"]["schemas"]
    assert set(found) == set(named["Found"]["properties"])
    assert set(found["photos"][0]) == set(named["Hit"]["properties"])
    photo = visitors["/api/photos/{id}"]["GET"].Case(path_parameters={"id": 1}).call().json()
    assert set(photo) == set(named["Described"]["properties"])
