"""What the owner may do on the page, and visitors may not."""

import json

import httpx
import pytest

from lantern.errors import PhotoError, Unavailable
from lantern.web.app import create_app
from support.album import album
from support.owned import PASSWORD, Clock, owned, set_password
from support.visitor import Visitor

OWN = {"origin": "http://localhost"}
JSON = {**OWN, "content-type": "application/json"}
FORM = {**OWN, "content-type": "application/x-www-form-urlencoded"}


class Kept:
    """A page whose owner is signed in: `owner` asks with the cookie, `visitor` without."""

    def __init__(self, folder):
        set_password(folder / "password")
        self.album = album(20)
        self.owned, self.curator = owned(self.album, folder / "password", Clock())
        self.visitor = Visitor(
            create_app(self.album, hosts=frozenset({"localhost"}), owned=self.owned)
        )
        signed = self.visitor.request(
            "POST",
            "/sign-in",
            content=str(httpx.QueryParams({"password": PASSWORD})),
            headers=FORM,
        )
        self.cookie = {"cookie": signed.headers["set-cookie"].partition(";")[0]}

    def get(self, address, **headers):
        return self.visitor.get(address, headers={**self.cookie, **headers})

    def post(self, address, content, kind=JSON):
        body = json.dumps(content) if kind is JSON else str(httpx.QueryParams(content))
        return self.visitor.request("POST", address, content=body, headers={**kind, **self.cookie})


@pytest.fixture
def page(tmp_path):
    return Kept(tmp_path)


CHANGES = [
    ("/api/photos/3/caption", {"sentence": "A heron"}),
    ("/api/photos/3/hidden", {"hidden": True}),
    ("/photo/3/caption", {"sentence": "A heron"}),
    ("/photo/3/hidden", {"hidden": "1"}),
]


@pytest.mark.parametrize(("address", "content"), CHANGES)
def test_visitors_change_nothing(page, address, content):
    kind = JSON if address.startswith("/api") else FORM
    body = json.dumps(content) if kind is JSON else str(httpx.QueryParams(content))
    before = page.album.photo(3)
    answer = page.visitor.request("POST", address, content=body, headers=kind)
    assert answer.status_code == 403
    assert "sign in first" in answer.text
    assert page.album.photo(3) == before


def test_visitors_see_nothing_of_the_owner_s(page):
    for address in ("/", "/photo/3"):
        text = page.visitor.get(address).text
        for word in ("owner.js", "owner.css", "Hide this photo", "/hidden", "Sign out"):
            assert word not in text
        assert "Sign in" in text
        own = page.get(address).text
        for word in ("owner.js", "owner.css", "/hidden", "Sign out"):
            assert word in own
        assert "Sign in" not in own
    answer = page.visitor.get("/hidden")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?to=%2Fhidden")


def test_what_the_owner_sees_is_kept_by_no_cache(page):
    for address in ("/", "/photo/3", "/hidden", "/api/photos/3", "/api/search"):
        assert page.get(address).headers["cache-control"] == "private, no-store"
    assert page.visitor.get("/").headers["cache-control"] == "no-cache"
    assert "immutable" in page.get(f"/thumb/{3:032x}.jpg").headers["cache-control"]


def test_a_correction_is_answered_with_the_photo_as_it_is_then(page):
    answer = page.post("/api/photos/3/caption", {"sentence": "  A heron  "})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["metadata"]["human_caption"]) == (3, "A heron")
    assert told["sentence"] == page.album.photo(3).sentence
    assert "A heron" in page.visitor.get("/photo/3").text


def test_an_empty_one_takes_it_back(page):
    page.post("/api/photos/3/caption", {"sentence": "A heron"})
    told = page.post("/api/photos/3/caption", {"sentence": " "}).json()
    assert told["metadata"]["human_caption"] is None


@pytest.mark.parametrize("address", ["/api/photos/3/caption", "/api/photos/3/hidden"])
def test_why_it_cannot_be_done_is_told_in_the_daemon_s_words(page, address):
    content = {"sentence": "A heron"} if address.endswith("caption") else {"hidden": True}
    for trouble, status in (
        (Unavailable("daemon at /run/x: no answer"), 503),
        (PhotoError("sentence: expected one line, got two"), 422),
    ):
        page.curator.trouble = trouble
        answer = page.post(address, content)
        assert (answer.status_code, answer.json()["error"]) == (status, str(trouble))


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/api/photos/3/caption", b""),
        ("/api/photos/3/caption", b"{}"),
        ("/api/photos/3/caption", b"[]"),
        ("/api/photos/3/caption", b'{"sentence": 7}'),
        ("/api/photos/3/caption", b'{"sentence": null}'),
        ("/api/photos/3/caption", b'{"sentence": "a", "photo": 4}'),
        ("/api/photos/3/caption", b'{"sentence": "\xff"}'),
        ("/api/photos/3/caption", b'{"sentence": "\\ud800"}'),
        ("/api/photos/3/hidden", b'{"hidden": 1}'),
        ("/api/photos/3/hidden", b'{"hidden": "true"}'),
        ("/api/photos/3/hidden", b"[" * 30000),
    ],
)
def test_a_body_that_is_not_understood_is_a_bad_request_with_a_sentence(page, address, body):
    answer = page.visitor.request("POST", address, content=body, headers={**JSON, **page.cookie})
    assert answer.status_code == 400
    assert "expected another JSON object" in answer.json()["error"]


def test_a_form_where_json_is_expected_is_refused_and_the_other_way_round(page):
    assert page.post("/api/photos/3/hidden", {"hidden": "1"}, FORM).status_code == 415
    assert page.post("/photo/3/hidden", {"hidden": True}, JSON).status_code == 415
    assert page.post("/sign-in", {"password": PASSWORD}, JSON).status_code == 415


@pytest.mark.parametrize("named", ["0", "999", "-1", "x", "9" * 30, "1%00"])
@pytest.mark.parametrize("what", ["caption", "hidden"])
def test_a_photo_that_is_none_is_not_found(page, named, what):
    content = {"sentence": "A heron"} if what == "caption" else {"hidden": True}
    answer = page.post(f"/api/photos/{named}/{what}", content)
    assert answer.status_code in {404, 422}
    assert "there is no" in answer.json()["error"]


def test_a_hidden_photo_is_the_owner_s_alone(page):
    pictures = ("/photo/3", "/api/photos/3", "/image/3", "/api/similar/3", f"/thumb/{3:032x}.jpg")
    assert page.post("/api/photos/3/hidden", {"hidden": True}).json()["hidden"] is True
    for address in pictures:
        assert page.visitor.get(address).status_code == 404, address
        headers = {"if-none-match": f'"{3:032x}"'}
        assert page.visitor.get(address, headers=headers).status_code == 404, address
    assert page.visitor.get("/api/search").json()["total"] == 19
    for address in ("/photo/3", "/api/photos/3", "/image/3", f"/thumb/{3:032x}.jpg"):
        assert page.get(address).status_code == 200, address
    assert page.get(f"/thumb/{3:032x}.jpg").headers["cache-control"] == "private, no-store"
    assert "visitors do not see this photo" in page.get("/photo/3").text
    assert 'href="/photo/3"' in page.get("/hidden").text
    assert page.post("/api/photos/3/hidden", {"hidden": False}).json()["hidden"] is False
    for address in pictures:
        assert page.visitor.get(address).status_code == 200, address


def test_plain_forms_do_the_same_and_lead_back(page):
    answer = page.post("/photo/3/caption", {"sentence": "A heron"}, FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/photo/3")
    assert page.album.photo(3).metadata.human_caption == "A heron"
    answer = page.post("/photo/3/hidden", {"hidden": "1"}, FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/photo/3")
    assert page.album.photo(3) is None
    answer = page.post("/photo/3/hidden", {"hidden": "0", "to": "/hidden"}, FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/hidden")
    assert page.album.photo(3) is not None
    elsewhere = page.post("/photo/3/hidden", {"hidden": "0", "to": "//evil.example"}, FORM)
    assert elsewhere.headers["location"] == "/"
    assert page.post("/photo/3/hidden", {}, FORM).status_code == 400
    page.post("/photo/3/caption", {"sentence": "A heron"}, FORM)
    assert page.post("/photo/3/caption", {"caption": "A stork"}, FORM).status_code == 400
    assert page.album.photo(3).metadata.human_caption == "A heron"


def test_the_list_of_hidden_photos_has_pages_and_an_end(page):
    assert "No photo is hidden" in page.get("/hidden").text
    for number in range(1, 4):
        page.post(f"/api/photos/{number}/hidden", {"hidden": True})
    text = page.get("/hidden").text
    assert text.index("/photo/3") < text.index("/photo/2") < text.index("/photo/1")
    assert "these 3 photos" in text
    assert "/photo/3" not in page.get("/hidden?offset=60").text
    assert page.get("/hidden?offset=x").status_code == 400


def test_hostile_words_stay_words_on_every_page_of_the_owner_s(page):
    hostile = '"><script>alert(1)</script>'
    page.post("/api/photos/3/caption", {"sentence": hostile})
    page.post("/api/photos/3/hidden", {"hidden": True})
    for address in ("/photo/3", "/hidden"):
        assert "<script>alert" not in page.get(address).text
