"""The owner at the page, in a real browser: words not saved yet, and what a change shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from support.album import Album
from support.browser import DESKTOP, NEEDS_CHROMIUM, served, visiting
from support.owned import PASSWORD, Clock, owned, set_password

pytestmark = NEEDS_CHROMIUM


@pytest.fixture
def site(photos: Album, tmp_path) -> Iterator[str]:
    set_password(tmp_path / "password")
    owner, _ = owned(photos, tmp_path / "password", Clock())
    with served(photos, owner=owner) as address:
        yield address


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    with visiting(browser, **DESKTOP) as page:
        page.goto(f"{site}/sign-in?to=/%3Fq%3Ddog")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=dog")
        yield page


def open_photo(page: Page, place: int) -> None:
    page.locator(f"#grid li[aria-posinset='{place + 1}'] a").click()
    shown(page, place)


def shown(page: Page, place: int) -> None:
    page.wait_for_url(f"**&at={place}")
    expect(page.locator("#owner")).not_to_have_attribute("inert", "")


def write(page: Page, words: str) -> None:
    page.locator("#owner summary").click()
    expect(page.locator("#owner-sentence")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def test_what_is_being_written_is_there_again_when_its_photo_is(page):
    open_photo(page, 1)
    page.keyboard.press("ArrowRight")
    shown(page, 2)
    machine = page.locator("#owner-sentence").input_value()
    write(page, "Bello at the lake")
    page.click("#before")
    shown(page, 1)
    expect(page.locator("#owner-sentence")).to_be_hidden()
    expect(page.locator("#owner-sentence")).not_to_have_value("Bello at the lake")
    page.keyboard.press("ArrowRight")
    shown(page, 2)
    expect(page.locator("#owner-sentence")).to_be_visible()
    expect(page.locator("#owner-sentence")).to_have_value("Bello at the lake")
    expect(page.locator("#owner-told")).to_have_text("What you wrote is not saved yet.")
    page.keyboard.press("ArrowLeft")  # the keyboard was not taken: it leads on
    shown(page, 1)
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    open_photo(page, 2)
    page.reload()
    expect(page.locator("#owner-sentence")).to_have_value("Bello at the lake")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#owner-sentence")).to_be_hidden()
    page.locator("#owner summary").click()
    expect(page.locator("#owner-sentence")).to_have_value(machine)


def test_in_the_words_arrows_move_the_caret_and_escape_puts_them_aside(page):
    open_photo(page, 1)
    write(page, "Bello")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.keyboard.type("-")
    expect(page.locator("#owner-sentence")).to_have_value("Be-llo")
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_visible()
    expect(page.locator("#owner summary")).to_be_focused()
    expect(page.locator("#owner summary")).to_have_text("Correct the caption (not saved yet)")
    page.keyboard.press("Enter")
    expect(page.locator("#owner-sentence")).to_have_value("Be-llo")
    page.keyboard.press("Enter")
    expect(page.locator("#viewer-sentence")).to_have_text("Be-llo")
    expect(page.locator("#owner-unsaved")).to_be_hidden()


def test_who_signs_out_leaves_no_words_behind(page, site):
    open_photo(page, 1)
    write(page, "Bello")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.evaluate("sessionStorage.getItem('lantern-drafts')") is not None
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('lantern-drafts')") is None


def test_a_corrected_caption_stands_in_the_grid_at_once(page):
    open_photo(page, 1)
    write(page, "Bello at the lake")
    page.keyboard.press("Enter")
    expect(page.locator("#viewer-sentence")).to_have_text("Bello at the lake")
    cell = page.locator("#grid li[aria-posinset='2'] .caption")
    expect(cell).to_have_text("Bello at the lake")
    expect(cell.locator("mark")).to_have_count(0)
    expect(page.locator("#viewer")).to_be_visible()


def test_the_hidden_photos_have_a_way_back_to_the_search(page, site):
    page.goto(f"{site}/hidden")
    page.get_by_role("link", name="Search your photos").click()
    page.wait_for_url(f"{site}/")
