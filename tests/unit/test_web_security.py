"""What hostile requests get: the right refusal, the guarding headers, and nothing else."""

import pytest

from lantern.web.app import create_app
from support.album import album
from support.visitor import Visitor

HOSTS = frozenset({"localhost", "lantern.local"})
ADDRESSES = [
    "/",
    "/api/search",
    "/api/status",
    "/health",
    "/metrics",
    "/photo/1",
    "/image/1",
    "/nowhere",
]


@pytest.fixture
def visit():
    return Visitor(create_app(album(), hosts=HOSTS, metrics=lambda: b"lantern_up 1\n")).request


@pytest.mark.parametrize("address", [*ADDRESSES, "/api/search?year=x", "/photo/999"])
def test_every_answer_errors_included_carries_the_guarding_headers(visit, address):
    headers = visit("GET", address).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    for rule in ("base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "geolocation=()" in headers["permissions-policy"]


def test_an_unexpected_fault_is_told_without_its_particulars_and_with_the_headers():
    class Broken:
        def search(self, *_):
            raise RuntimeError("secret particulars")

        status = search

    app = create_app(Broken(), hosts=HOSTS)  # type: ignore[arg-type]
    client = Visitor(app)
    answer = client.get("/api/search")
    assert answer.status_code == 500
    assert "the page broke" in answer.json()["error"]
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8080",
        "lantern.local",
        "lantern.local.:8080",
        "192.168.1.7:8080",
        "127.0.0.1",
        "[::1]:8080",
        "[fe80::1]",
    ],
)
def test_own_names_and_addresses_are_answered(visit, host):
    assert visit("GET", "/health", headers={"host": host}).text == "ok\n"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:8080",
        "192.168.1.7.evil.example",
        "lantern.local..",
        "127.1",
        "0x7f000001",
        "2130706433",
        "[::1",
        "::1",
        "[::1%25eth0]",
        "localhost:8080:80",
        "localhost:http",
        "user@localhost",
        "localhost/evil",
        "localhost evil.example",
        "",
    ],
)
@pytest.mark.parametrize("address", ["/", "/api/search", "/health"])
def test_a_foreign_or_odd_host_is_refused(visit, host, address):
    answer = visit("GET", address, headers={"host": host})
    assert answer.status_code == 421
    assert "expected its IP address or one of its names" in answer.text


def test_two_hosts_in_one_request_are_refused(visit):
    headers = [("host", "localhost"), ("host", "evil.example")]
    assert visit("GET", "/health", headers=headers).status_code == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"])
@pytest.mark.parametrize("address", ["/", "/api/photos/1", "/nowhere"])
def test_only_looking_is_allowed(visit, method, address):
    answer = visit(method, address)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"
    assert "expected get or head" in answer.text.lower()


def test_head_answers_like_get_without_a_body(visit):
    for address in ("/", "/api/search", "/image/1", "/health"):
        got, head = visit("GET", address), visit("HEAD", address)
        assert head.status_code == got.status_code == 200
        assert head.content == b""
        assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize(
    "address",
    [
        "/thumb/../../etc/passwd",
        "/thumb/..%2f..%2fetc%2fpasswd",
        "/thumb/%2e%2e/%2e%2e/etc/passwd",
        "/thumb/" + "0" * 31 + "1.jpg%00.png",
        "/thumb/" + "0" * 31 + "1.jpg/",
        "/thumb/" + "0" * 31 + "1.WEBP",
        "/thumb/" + "0" * 31 + "g.jpg",
        "/thumb/" + "A" * 32 + ".jpg",
        "/thumb/" + "0" * 32 + ".jpg",
        "/thumb/" + "0" * 32 + ".jpg%0a",
        "/thumb/",
        "/image/-1",
        "/image/1.5",
        "/image/1%00",
        "/image/..%2f1",
        "/image/٣",
        "/image/0",
        "/image/" + "9" * 19,
        "/image/" + "9" * 5000,
        "/photo/" + "0" * 5000,
        "/photo/" + "9" * 30,
        "/api/photos/" + "9" * 30,
        "/api/photos/1/../../etc",
        "/static/x/..%2f..%2fapp.py",
        "/static/x/app.py",
        "/static/..%2f/page.css/",
        "/static/x/page.css%00",
        "//evil.example/",
        "/..//evil.example/",
        "/https://evil.example/",
        "/api",
        "/%00",
        "/%ff%fe",
        "/.git/config",
    ],
)
def test_no_path_leads_anywhere_but_to_a_refusal(visit, address):
    answer = visit("GET", address)
    assert answer.status_code == 404
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 257,
        "q=%00",
        "offset=1e9",
        "limit=-1",
        "to=%ff",
        "q=a&q=b",
        "from=0000-00-00",
    ],
)
def test_a_bad_query_is_refused_with_a_sentence_by_page_and_api(visit, query):
    for address in ("/api/search?", "/?"):
        answer = visit("GET", address + query)
        assert answer.status_code == 400
        assert "expected" in answer.text


@pytest.mark.parametrize("query", ["q=%ff%fe", "q=%F0%9F%90%95", "q='+OR+1=1+--", "q=*:*", "q=%22"])
def test_odd_but_honest_text_is_only_text(visit, query):
    assert visit("GET", "/api/search?" + query).status_code == 200


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "application/octet-stream"])
def test_a_picture_of_a_type_that_may_hold_a_script_is_not_served(kind):
    photos = album()
    photos.bad_type = kind
    client = Visitor(create_app(photos, hosts=HOSTS))
    assert client.get("/image/1").status_code == 404
    assert client.get(f"/thumb/{1:032x}.jpg").status_code == 404
