"""The owner signs in: the real daemon, the real page, a real browser, and hostile requests.

The story is one, as an owner lives it; what follows asks again by other means.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from support.browser import DESKTOP, NEEDS_CHROMIUM, visiting
from support.house import PATIENCE_S, House, photo
from support.ports import free_port

PASSWORD = "lamp oil and brass"
ONCE = httpx.Limits(max_keepalive_connections=0)
"""A connection for each request: who keeps one may find it closed, after a pause."""

FORM = "application/x-www-form-urlencoded"


class Served(House):
    """A house with its page on a port of its own."""

    def __init__(self, home, **options) -> None:
        super().__init__(home, **options)
        self.port = free_port()
        self.file.write_text(f"{self.file.read_text()}[web]\nport = {self.port}\n")
        self.site = f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def serving(self) -> Iterator[Served]:
        with open(self.journal, "ab") as journal:
            process = subprocess.Popen(self.command("web"), stderr=journal)
        try:
            self.wait(self._answers, "the page answers")
            yield self
        finally:
            process.terminate()
            process.wait(PATIENCE_S)

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.site}/health").status_code == 200
        return False

    def photo_id(self, name: str) -> int:
        found = httpx.get(f"{self.site}/api/search", params={"q": name.partition(".")[0]}).json()
        return found["photos"][0]["id"]

    def total(self, words: str = "") -> int:
        return httpx.get(f"{self.site}/api/search", params={"q": words}).json()["total"]


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[Served]:
    house = Served(tmp_path_factory.mktemp("owner"))
    for number, name in enumerate(("heron.jpg", "ferry.jpg", "party.jpg")):
        house.put(name, photo(number))
    with house.running():
        house.wait_for({"heron.jpg", "ferry.jpg", "party.jpg"})
        with house.serving():
            yield house


@pytest.fixture
def locked(house: Served) -> Served:
    set_password(house)
    return house


def set_password(house: House, password: str = PASSWORD) -> None:
    done = subprocess.run(
        house.command("passwd", "--stdin"),
        input=f"{password}\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def signed_in(house: Served, password: str = PASSWORD) -> httpx.Client:
    client = httpx.Client(base_url=house.site, headers={"origin": house.site}, limits=ONCE)
    answer = client.post("/sign-in", data={"password": password})
    assert answer.status_code == 303, answer.text
    return client


# At the terminal.


def test_the_password_is_set_changed_and_removed_from_the_command_line(tmp_path):
    house = House(tmp_path)
    early = house.run("passwd", "--remove")
    assert (early.returncode, early.stdout) == (0, "there was no password\n")
    nowhere = subprocess.run(
        house.command("passwd", "--stdin"),
        input="lamp oil and brass\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert nowhere.returncode == 4
    assert "have the daemon started once" in nowhere.stderr
    house.config.paths.state_folder.mkdir(parents=True)
    set_password(house)
    kept = house.config.paths.password
    assert kept.stat().st_mode & 0o777 == 0o640
    assert "lamp" not in kept.read_text()
    before = kept.read_text()
    set_password(house)
    assert kept.read_text() != before
    assert house.run("passwd", "--remove").stdout == "password removed\n"
    assert not kept.exists()


@pytest.mark.parametrize("given", ["", "short\n", "x" * 300 + "\n", "\0" * 12 + "\n"])
def test_what_is_no_password_is_a_usage_error_and_changes_nothing(tmp_path, given):
    house = House(tmp_path)
    house.config.paths.state_folder.mkdir(parents=True)
    done = subprocess.run(
        house.command("passwd", "--stdin"), input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "expected" in done.stderr
    assert list(house.config.paths.state_folder.iterdir()) == []


def test_without_a_terminal_the_password_is_not_asked_for(tmp_path):
    done = subprocess.run(
        House(tmp_path).command("passwd"), input="", capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--stdin" in done.stderr


def test_at_a_terminal_it_is_asked_for_twice_and_never_shown(tmp_path):
    house = House(tmp_path)
    house.config.paths.state_folder.mkdir(parents=True)
    kept = house.config.paths.password
    status, shown = at_a_terminal(house, PASSWORD, "lamp oil and bras")
    assert status == 2
    assert "expected the same twice" in shown
    status, shown = at_a_terminal(house, "short")
    assert status == 2
    assert "at least 10 characters, got 5" in shown
    assert not kept.exists()
    status, shown = at_a_terminal(house, PASSWORD, PASSWORD)
    assert status == 0
    assert "password set" in shown
    assert "lamp" not in shown
    assert kept.exists()


def at_a_terminal(house: House, *answers: str) -> tuple[int, str]:
    """Answer each question that `lantern passwd` asks; return its status and all that it showed."""
    ours, its = pty.openpty()
    process = subprocess.Popen(
        house.command("passwd"), stdin=its, stdout=its, stderr=its, start_new_session=True
    )
    os.close(its)
    shown = b""
    for asked, answer in zip((b"New password: ", b"Once more: "), answers, strict=False):
        while asked not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, f"{answer}\n".encode())
    with contextlib.suppress(OSError):  # EIO: it has closed its end
        while more := os.read(ours, 1000):
            shown += more
    os.close(ours)
    return process.wait(PATIENCE_S), shown.decode()


def test_hide_and_unhide_name_every_copy_and_need_a_photo_of_the_folder(house):
    house.put("copy.jpg", photo(2))
    house.wait(lambda: "copy.jpg" in house.described(), "the copy is described")
    done = house.run("hide", str(house.root / "copy.jpg"))
    assert (done.returncode, set(done.stdout.splitlines())) == (
        0,
        {"party.jpg: hidden", "copy.jpg: hidden"},
    )
    house.wait(lambda: house.total() == 2, "the index has forgotten it")
    assert "1 hidden" in house.run("status").stdout
    assert house.run("unhide", str(house.root / "party.jpg")).returncode == 0
    house.wait(lambda: house.total() == 3, "the index has it again")
    assert house.run("hide", "/etc/passwd").returncode == 5
    assert house.run("hide", str(house.root / "none.jpg")).returncode == 5


# On the page.


@NEEDS_CHROMIUM
def test_an_owner_signs_in_corrects_hides_shows_again_and_signs_out(browser: Browser, locked):
    house = locked
    heron = house.photo_id("heron")
    with visiting(browser, **DESKTOP) as page:
        page.goto(f"{house.site}/photo/{heron}")
        expect(page.locator("#viewer-details")).to_contain_text("heron.jpg")
        expect(page.locator("#owner")).to_have_count(0)
        page.goto(house.site)
        page.get_by_role("link", name="Sign in").click()
        sign_in_by_keyboard(page, "lamp oil and bras")
        expect(page.locator("#error")).to_contain_text("That is not the password.")
        expect(page).to_have_title("Error: Sign in – Lantern")
        sign_in_by_keyboard(page, PASSWORD)
        page.wait_for_url(f"{house.site}/")
        expect(page.get_by_role("link", name="Hidden photos")).to_be_visible()

        correct_the_caption(page, house, heron)
        hide_and_show_again(page, house, heron)

        page.goto(house.site)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Sign in")).to_be_visible()
        page.goto(f"{house.site}/photo/{heron}")
        expect(page.locator("#viewer-sentence")).not_to_be_empty()
        expect(page.locator("#owner")).to_have_count(0)


def sign_in_by_keyboard(page: Page, password: str) -> None:
    expect(page.locator("#password")).to_be_focused()
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def correct_the_caption(page: Page, house: Served, heron: int) -> None:
    machine = httpx.get(f"{house.site}/api/photos/{heron}").json()["sentence"]
    page.goto(f"{house.site}/?q=heron")
    page.locator("#grid a").first.click()
    opener = page.locator("#owner summary")
    expect(page.locator("#viewer-details")).to_contain_text("heron.jpg")
    opener.focus()
    page.keyboard.press("Enter")
    box = page.locator("#owner-sentence")
    expect(box).to_be_focused()
    expect(box).to_have_value(machine)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")  # leads to no other photo
    page.keyboard.press("Escape")  # leaves the words, not the photo
    expect(page.locator("#viewer")).to_be_visible()
    expect(box).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("A quokka by the lagoon")
    page.keyboard.press("Enter")
    said = time.monotonic()
    expect(page.locator("#viewer-sentence")).to_have_text("A quokka by the lagoon")
    house.wait(lambda: house.total("quokka") == 1, "it is found by its new words")
    assert time.monotonic() - said < 1.5
    expect(page.locator("#owner-told")).to_contain_text("Saved")
    expect(page.locator("#viewer-machine")).to_contain_text(machine)
    page.keyboard.press("Escape")
    expect(page.locator("#grid .caption").first).to_have_text("A quokka by the lagoon")
    page.goto(f"{house.site}/photo/{heron}")
    page.locator("#owner summary").click()
    page.fill("#owner-sentence", "")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#owner-told")).to_contain_text("Taken back")
    expect(page.locator("#viewer-sentence")).to_have_text(machine)


def hide_and_show_again(page: Page, house: Served, heron: int) -> None:
    seen = house.total()
    page.goto(f"{house.site}/photo/{heron}")
    page.get_by_role("button", name="Hide this photo").click()
    expect(page.locator("#owner-hidden")).to_be_visible()
    assert httpx.get(f"{house.site}/photo/{heron}").status_code == 404
    house.wait(lambda: house.total() == seen - 1, "no search finds it")
    page.keyboard.press("Escape")
    expect(page.locator("#count")).to_contain_text(f"{seen - 1} photo")
    expect(page.locator(f"#grid a[href^='/photo/{heron}?']")).to_have_count(0)
    page.goto(f"{house.site}/hidden")
    expect(page.locator("#main, main")).to_contain_text("Visitors neither see nor find this photo")
    page.wait_for_function("() => document.querySelector('.grid img').naturalWidth > 0")
    page.get_by_role("button", name="Show again").click()
    expect(page.locator("main")).to_contain_text("No photo is hidden")
    house.wait(lambda: house.total() == seen, "it is found again")
    assert httpx.get(f"{house.site}/photo/{heron}").status_code == 200


@NEEDS_CHROMIUM
def test_without_scripts_the_owner_can_do_the_same(browser: Browser, locked):
    house = locked
    ferry = house.photo_id("ferry")
    with visiting(browser, java_script_enabled=False, **DESKTOP) as page:
        page.goto(f"{house.site}/hidden")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{house.site}/hidden")
        page.goto(f"{house.site}/photo/{ferry}")
        page.locator("#owner summary").click()
        page.fill("#owner-sentence", "A ferry in the fjord")
        page.get_by_role("button", name="Save").click()
        page.wait_for_url(f"{house.site}/photo/{ferry}")
        expect(page.locator("#viewer-sentence")).to_have_text("A ferry in the fjord")
        page.get_by_role("button", name="Hide this photo").click()
        expect(page.locator("#owner-hidden")).to_be_visible()
        page.get_by_role("button", name="Show it to visitors again").click()
        expect(page.locator("#owner-hidden")).to_be_hidden()


@NEEDS_CHROMIUM
def test_while_the_daemon_is_down_the_owner_is_told_and_nothing_is_lost(browser: Browser, tmp_path):
    house = Served(tmp_path)
    house.put("heron.jpg", photo(0))
    with house.running():
        house.wait_for({"heron.jpg"})
        house.stop()
    set_password(house)
    with house.serving(), visiting(browser, **DESKTOP) as page:
        heron = house.photo_id("heron")
        page.goto(f"{house.site}/sign-in?to=/photo/{heron}")
        sign_in_by_keyboard(page, PASSWORD)
        page.wait_for_url(f"{house.site}/photo/{heron}")  # and until its scripts have run
        page.locator("#owner summary").click()
        page.fill("#owner-sentence", "A quokka by the lagoon")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#owner-error")).to_contain_text("Nothing was changed: daemon at")
        expect(page.locator("#owner-sentence")).to_have_value("A quokka by the lagoon")
        expect(page.locator("#owner-told")).to_be_empty()
        page.get_by_role("button", name="Hide this photo").click()
        expect(page.locator("#owner-error")).to_contain_text("Nothing was changed")
        expect(page.locator("#owner-hidden")).to_be_hidden()


# Over the wire.


def test_whoever_is_not_the_owner_or_not_the_page_changes_nothing(locked):
    house = locked
    heron = house.photo_id("heron")
    own, address = signed_in(house), f"/api/photos/{heron}/caption"
    before = own.get(f"/api/photos/{heron}").json()
    body = {"sentence": "Forged"}
    stranger = httpx.Client(base_url=house.site)
    origin = {"origin": house.site}
    assert stranger.post(address, json=body, headers=origin).status_code == 403
    for headers in (
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": house.site, "sec-fetch-site": "same-site"},
    ):
        assert own.post(address, json=body, headers=headers).status_code == 403, headers
    del own.headers["origin"]
    assert own.post(address, json=body).status_code == 403
    own.headers["origin"] = house.site
    assert own.get(address).status_code == 405
    assert own.put(address, json=body).status_code == 405
    text = {"content-type": "text/plain"}
    assert own.post(address, content='{"sentence": "Forged"}', headers=text).status_code == 415
    assert own.post(address, json={"sentence": "x" * 40_000}).status_code == 413
    assert own.post(address, json={"sentence": "x" * 2_001}).status_code == 422
    assert own.post(address, json={"sentence": "two\nlines"}).status_code in {200, 422}
    own.post(address, json={"sentence": ""})
    assert own.get(f"/api/photos/{heron}").json()["sentence"] == before["sentence"]
    assert "Forged" not in own.get(f"/api/photos/{heron}").text


def test_a_cookie_is_worth_nothing_after_signing_out_or_another_password(locked):
    house = locked
    client = signed_in(house)
    cookie = {"cookie": f"lantern-owner={client.cookies['lantern-owner']}", "origin": house.site}
    other = signed_in(house)
    assert httpx.get(f"{house.site}/hidden", headers=cookie).status_code == 200
    assert client.post("/sign-out", content="", headers={"content-type": FORM}).status_code == 303
    assert httpx.get(f"{house.site}/hidden", headers=cookie).status_code == 303
    address = f"{house.site}/api/photos/{house.photo_id('heron')}/hidden"
    assert httpx.post(address, json={"hidden": True}, headers=cookie).status_code == 403
    set_password(house, "another of these")
    assert other.get("/hidden").status_code == 303


def test_a_rebuilt_index_and_a_restarted_page_keep_hidden_what_was(tmp_path):
    house = Served(tmp_path)
    house.put("heron.jpg", photo(0))
    house.put("ferry.jpg", photo(1))
    with house.running():
        house.wait_for({"heron.jpg", "ferry.jpg"})
        assert house.run("hide", str(house.root / "heron.jpg")).returncode == 0
        house.wait(lambda: house.searchable() == {"ferry.jpg"}, "it is not found")
        house.stop()
    subprocess.run(["rm", "-r", str(house.config.paths.index)], check=True)
    with house.running(), house.serving():
        house.put("later/copy.jpg", photo(0))
        house.wait(lambda: "later/copy.jpg" in house.described(), "the copy is described")
        house.wait_settled()
        assert house.total() == 1
        assert house.searchable() == {"ferry.jpg"}


def test_guessing_is_slowed_down_and_told_so(tmp_path):
    house = Served(tmp_path)
    house.config.paths.state_folder.mkdir(parents=True)
    set_password(house)
    with house.serving():
        client = httpx.Client(base_url=house.site, headers={"origin": house.site}, limits=ONCE)
        told = [client.post("/sign-in", data={"password": f"guess {n}"}) for n in range(8)]
        assert [answer.status_code for answer in told] == [403] * 5 + [429] * 3
        assert told[-1].headers["retry-after"] == "1"
        assert re.search(r"try again in 1 second", told[-1].text)
        assert client.post("/sign-in", data={"password": PASSWORD}).status_code == 429
    journal = house.journal.read_text()
    assert journal.count("wrong password") == 5
    assert "guess" not in journal
    assert PASSWORD not in journal
