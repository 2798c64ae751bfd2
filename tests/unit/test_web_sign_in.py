"""Signing in and out: who gets a cookie, what it is worth, and what forged requests get."""

import re

import anyio
import httpx
import pytest

from lantern.web.app import create_app
from lantern.web.attempts import FREE, FREE_IN_ALL
from lantern.web.door import MOST_WAITING, Door, TooManyTries, WrongPassword
from lantern.web.password import PasswordFile
from lantern.web.security import JSON, MOST_POSTED, fault
from lantern.web.sessions import IDLE_S
from lantern.web.sign_in import local
from support.album import album
from support.owned import PASSWORD, Clock, owned, set_password
from support.visitor import Visitor

OWN = {"origin": "http://localhost"}
FORM = {**OWN, "content-type": "application/x-www-form-urlencoded"}


class House:
    """A page over an album with an owner; `site` answers, `clock` tells the time."""

    def __init__(self, folder):
        self.file = folder / "password"
        self.clock = Clock()
        self.album = album(20)
        self.owner, self.curator = owned(self.album, self.file, self.clock)
        self.site = Visitor(
            create_app(self.album, hosts=frozenset({"localhost", "lantern"}), owned=self.owner)
        )

    def sign_in(self, password=PASSWORD, to="/hidden", **headers):
        content = httpx.QueryParams({"password": password, "to": to})
        return self.site.request(
            "POST", "/sign-in", content=str(content), headers={**FORM, **headers}
        )

    def cookie(self, password=PASSWORD):
        answer = self.sign_in(password)
        assert answer.status_code == 303, answer.text
        return {"cookie": answer.headers["set-cookie"].partition(";")[0]}

    def knows(self, cookie):
        answer = self.site.get("/hidden", headers=cookie)
        assert answer.status_code in {200, 303}
        return answer.status_code == 200


@pytest.fixture
def house(tmp_path):
    set_password(tmp_path / "password")
    return House(tmp_path)


def sentence(answer):
    """Return the page's error, as people read it."""
    return re.sub(r"<[^>]+>|\s+", " ", answer.text)


# Signing in.


def test_the_password_leads_on_with_a_cookie_that_no_script_and_no_other_site_gets(house):
    answer = house.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/hidden")
    cookie, *guards = answer.headers["set-cookie"].split("; ")
    assert re.fullmatch(r"lantern-owner=[A-Za-z0-9_-]{43}", cookie)
    assert guards == ["Path=/", "HttpOnly", "SameSite=Strict"]
    assert answer.headers["cache-control"] == "no-store"
    assert house.knows({"cookie": cookie})


def test_where_the_browser_sees_https_the_cookie_stays_there(house):
    answer = house.sign_in(origin="https://localhost")
    assert answer.headers["set-cookie"].endswith("; Secure")


def test_a_wrong_password_is_told_and_leads_nowhere(house):
    answer = house.sign_in("lamp oil and bras")
    assert answer.status_code == 403
    assert "That is not the password." in sentence(answer)
    assert "set-cookie" not in answer.headers
    assert 'aria-describedby="error"' in answer.text
    assert 'name="to" value="/hidden"' in answer.text
    assert "lamp oil" not in answer.text


@pytest.mark.parametrize("password", ["", "x" * 5000, "\0", "é" * 100, "' OR 1=1 --"])
def test_no_odd_password_gets_in(house, password):
    assert house.sign_in(password).status_code == 403


def test_after_a_few_wrong_ones_even_the_right_one_has_to_wait_and_is_told_how_long(house):
    for _ in range(FREE + 3):
        house.clock.now += 60
        assert house.sign_in("wrong password").status_code == 403
    answer = house.sign_in()
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "8"
    assert "too many wrong passwords; try again in 8 seconds" in sentence(answer)
    house.clock.now += 8
    assert house.sign_in().status_code == 303


def test_who_signed_in_is_led_past_the_form(house):
    answer = house.site.get("/sign-in?to=/hidden", headers=house.cookie())
    assert (answer.status_code, answer.headers["location"]) == (303, "/hidden")


def test_a_new_sign_in_replaces_the_session_of_that_browser(house):
    old = house.cookie()
    assert house.sign_in(**old).status_code == 303
    assert not house.knows(old)


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "evil.example",
        "javascript:alert(1)",
        "/a\r\nset-cookie: x=y",
        "/\t/evil.example",
        "",
        "/" + "x" * 2000,
    ],
)
def test_nobody_is_led_to_another_site(house, to):
    assert local(to) == "/"
    assert house.sign_in(to=to).headers["location"] == "/"
    assert 'href="/"' in house.site.get("/sign-in", params={"to": to}).text


@pytest.mark.parametrize("to", ["/", "/hidden", "/photo/7?q=dog&at=3", "/?q=%22"])
def test_the_way_back_may_be_any_path_of_the_page(to):
    assert local(to) == to


# What ends it.


def test_signing_out_ends_the_session_and_takes_the_cookie_back(house):
    cookie = house.cookie()
    answer = house.site.request("POST", "/sign-out", headers={**FORM, **cookie}, content="")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert answer.headers["set-cookie"].startswith("lantern-owner=; ")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not house.knows(cookie)


def test_another_password_ends_every_session_at_once(house):
    cookies = [house.cookie(), house.cookie()]
    set_password(house.file, "another of these")
    assert [house.knows(cookie) for cookie in cookies] == [False, False]
    assert house.sign_in().status_code == 403
    assert house.knows(house.cookie("another of these"))


def test_half_a_day_unused_ends_it(house):
    cookie = house.cookie()
    house.clock.now += IDLE_S - 1
    assert house.knows(cookie)
    house.clock.now += IDLE_S
    assert not house.knows(cookie)


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "lantern-owner=",
        "lantern-owner=" + "A" * 43,
        "lantern-owner=" + "A" * 9000,
        "=;=;;",
        "é",
    ],
)
def test_no_other_cookie_is_worth_anything(house, cookie):
    assert not house.knows({"cookie": cookie.encode("latin-1")})


def test_a_cookie_that_another_port_has_set_does_not_hide_ours(house):
    ours = house.cookie()["cookie"]
    assert house.knows({"cookie": f"lantern-owner=theirs; {ours}; other=1"})


# Without a password.


@pytest.fixture
def closed(tmp_path):
    return House(tmp_path)


def test_without_a_password_there_is_no_sign_in_and_the_page_says_how_to_set_one(closed):
    for answer in (closed.site.get("/sign-in"), closed.sign_in()):
        assert answer.status_code == 404
        assert "lantern passwd" in answer.text
        assert "set-cookie" not in answer.headers
    assert 'href="/sign-in"' not in closed.site.get("/").text
    set_password(closed.file)
    assert 'href="/sign-in"' in closed.site.get("/").text
    assert closed.sign_in().status_code == 303


def test_a_page_without_an_owner_lets_nobody_sign_in():
    site = Visitor(create_app(album(), hosts=frozenset({"localhost"})))
    assert site.get("/sign-in").status_code == 404
    assert site.get("/hidden").status_code == 404
    posted = site.request("POST", "/sign-in", headers=FORM, content="password=x")
    assert posted.status_code == 404


def test_a_password_file_that_cannot_be_read_lets_nobody_in_and_the_photos_be_seen(house):
    cookie = house.cookie()
    house.file.write_text("something else")
    assert house.site.get("/", headers=cookie).status_code == 200
    assert not house.knows(cookie)
    answer = house.sign_in()
    assert answer.status_code == 503
    assert "lantern passwd" in answer.text


# Many at once.


def test_one_password_is_tried_at_a_time_and_only_few_wait_their_turn(tmp_path):
    set_password(tmp_path / "password")
    door = Door(PasswordFile(tmp_path / "password"), Clock())
    told = []

    async def attempt(number):
        try:
            await door.sign_in("wrong password", f"10.0.{number}.1")
        except (WrongPassword, TooManyTries) as error:
            told.append(type(error))

    async def all_at_once():
        async with anyio.create_task_group() as group:
            for number in range(50):
                group.start_soon(attempt, number)

    anyio.run(all_at_once)
    assert told.count(WrongPassword) == MOST_WAITING
    assert told.count(TooManyTries) == 50 - MOST_WAITING


def test_tries_that_come_at_once_are_counted_one_after_the_other(tmp_path):
    set_password(tmp_path / "password")
    door = Door(PasswordFile(tmp_path / "password"), Clock())
    wrong = 0

    async def attempt():
        nonlocal wrong
        try:
            await door.sign_in("wrong password", "10.0.0.1")
        except WrongPassword:
            wrong += 1
        except TooManyTries:
            pass

    async def flood():
        for _ in range(10):
            async with anyio.create_task_group() as group:
                for _ in range(MOST_WAITING):
                    group.start_soon(attempt)

    anyio.run(flood)
    assert wrong == FREE


def test_strangers_slow_each_other_down_but_not_whom_we_know(tmp_path):
    set_password(tmp_path / "password")
    door = Door(PasswordFile(tmp_path / "password"), Clock())

    async def story():
        await door.sign_in(PASSWORD, "192.168.1.7")
        for number in range(FREE_IN_ALL):
            with pytest.raises(WrongPassword):
                await door.sign_in("wrong password", f"10.0.{number}.1")
        with pytest.raises(TooManyTries):
            await door.sign_in(PASSWORD, "10.1.0.1")
        return await door.sign_in(PASSWORD, "192.168.1.7")

    assert anyio.run(story)


# What other sites send.

GOOD = {
    "host": "localhost:8080",
    "origin": "http://localhost:8080",
    "content-type": "application/json",
    "content-length": "2",
}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, None),
        ({"origin": "https://localhost:8080"}, None),
        ({"origin": "HTTP://LOCALHOST:8080"}, None),
        ({"sec-fetch-site": "same-origin"}, None),
        ({"sec-fetch-site": "same-origin", "origin": None}, None),
        ({"host": "192.168.1.7", "origin": "http://192.168.1.7"}, None),
        ({"host": "lantern:80", "origin": "http://lantern"}, None),
        ({"host": "lantern", "origin": "https://lantern:443"}, None),
        ({"host": "[::1]:8080", "origin": "http://[::1]:8080"}, None),
        ({"content-type": "application/json; charset=utf-8"}, None),
        ({"content-type": "Application/X-WWW-Form-Urlencoded"}, None),
        ({"content-length": str(MOST_POSTED)}, None),
        ({"origin": None}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://localhost"}, 403),
        ({"origin": "http://localhost:8081"}, 403),
        ({"origin": "http://localhost:8080.evil.example"}, 403),
        ({"origin": "http://evil.example/localhost:8080"}, 403),
        ({"origin": "http://localhost:8080@evil.example"}, 403),
        ({"origin": "http://evil@localhost:8080"}, 403),
        ({"origin": "file://localhost:8080"}, 403),
        ({"origin": "chrome-extension://localhost:8080"}, 403),
        ({"host": "localhost", "origin": "http://localhost:443"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"sec-fetch-site": ""}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "http://evil.example"}, 403),
        ({"host": None}, 403),
        ({"content-type": None}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": "text/plain; application/json"}, 415),
        ({"content-length": None}, 411),
        ({"content-length": "-1"}, 411),
        ({"content-length": "2e1"}, 411),
        ({"content-length": "٣"}, 411),
        ({"content-length": str(MOST_POSTED + 1)}, 413),
        ({"content-length": "9" * 400}, 411),
    ],
)
def test_only_what_the_page_itself_sends_gets_past_the_guard(change, status):
    headers = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    found = fault(raw)
    assert (found and found[0]) == status
    assert found is None or "expected" in found[1]


@pytest.mark.parametrize("twice", ["origin", "sec-fetch-site", "content-type", "content-length"])
def test_a_header_that_comes_twice_is_no_proof(twice):
    headers = {**GOOD, "sec-fetch-site": "same-origin"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert fault(raw) is None
    assert fault([*raw, (twice.encode(), headers[twice].encode())]) is not None


@pytest.mark.parametrize("address", ["/sign-in", "/sign-out", "/api/photos/1/caption"])
def test_nothing_gets_past_the_guard_to_where_something_may_be_posted(house, address):
    cookie = house.cookie()
    body = {"content-type": JSON, "content": b"{}"}
    for headers in ({}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = house.site.request(
            "POST",
            address,
            headers={**headers, **cookie, "content-type": body["content-type"]},
            content=body["content"],
        )
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert house.knows(cookie)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("address", ["/sign-in", "/api/photos/1/caption", "/photo/1/hidden"])
def test_no_other_method_is_known_there(house, method, address):
    answer = house.site.request(method, address, headers={**FORM, **house.cookie()}, content="")
    assert answer.status_code == 405


@pytest.mark.parametrize("address", ["/sign-out", "/api/photos/1/caption", "/photo/1/hidden"])
def test_what_changes_something_is_never_got(house, address):
    answer = house.site.get(address, headers=house.cookie())
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert "xpected POST" in answer.text


def test_a_body_longer_than_it_said_is_refused(house):
    async def chunks():
        for _ in range(20):
            yield b"x" * 4096

    answer = house.site.request(
        "POST", "/sign-in", content=chunks(), headers={**FORM, "content-length": "10"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"password=%ff", b"a=1&" * 50, b"%", b"=", b"password"]
)
def test_a_broken_form_is_no_password(house, body):
    answer = house.site.request("POST", "/sign-in", content=body, headers=FORM)
    assert answer.status_code in {400, 403}
