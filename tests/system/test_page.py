"""The search page in a real browser: Chromium, driven by Playwright, over a real socket."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

import pytest
from playwright.sync_api import Page, expect

from lantern.web.library import Filters, PhotoView, ResultPage, Sort
from support.album import Album, album, photo
from support.browser import DESKTOP, NEEDS_CHROMIUM, served, visiting

HOSTILE = '<img src=x onerror="document.title=666">"\'</script><script>document.title=667</script>'

ON_TOP = """() => {
    const bar = document.querySelector(".bar").offsetHeight;
    const cell = [...document.querySelectorAll("#grid.live li:not(.veil)")]
        .find((each) => each.getBoundingClientRect().top >= bar);
    return cell && [cell.index, cell.getBoundingClientRect().top];
}"""
"""The first photo below the search box, by its place in the result, and where its top is."""

pytestmark = NEEDS_CHROMIUM


class Slow(Album):
    """An album that takes its time over some queries, and remembers what it has answered."""

    def __init__(self, photos: Iterable[PhotoView]) -> None:
        super().__init__(photos)
        self.delays: dict[str, float] = {}
        self.answered: list[str] = []

    def search(
        self, text: str, filters: Filters, sort: Sort, offset: int, limit: int
    ) -> ResultPage:
        time.sleep(self.delays.get(text, 0))
        found = super().search(text, filters, sort, offset, limit)
        self.answered.append(text)
        return found


@pytest.fixture
def photos() -> Slow:
    return Slow(album(130).photos.values())


def links(page: Page):
    return page.locator("#grid a")


def test_results_appear_with_every_keystroke_and_say_why(page, site):
    page.goto(site)
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#count")).to_contain_text("130 photos")
    page.wait_for_function("() => document.querySelector('#grid.live img').naturalWidth > 0")
    for typed, total in (("d", 26), ("do", 26), ("dog", 26), ("dog s", 13)):
        page.keyboard.type(typed[-1] if typed != "dog s" else " s")
        expect(page.locator("#count")).to_contain_text(f"{total} photos in")
    expect(page.locator("#grid mark").first).to_have_text("dog")
    page.wait_for_url("**/?q=dog+s")
    expect(page).to_have_title("dog s – Lantern")


def test_a_late_answer_never_replaces_a_newer_one(page, site, photos):
    photos.delays = {"c": 2.0}
    page.goto(site)
    with page.expect_request("**/api/search?q=c&*"):
        page.keyboard.type("c")
    page.keyboard.type("a")
    expect(page.locator("#grid mark").first).to_have_text("cat")
    newest = page.locator("#count").inner_text()
    deadline = time.monotonic() + 10
    while "c" not in photos.answered:
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)
    page.wait_for_timeout(500)
    assert photos.answered[-2:] == ["ca", "c"]
    assert page.locator("#count").inner_text() == newest


def test_old_results_stay_until_new_ones_are_here(page, site, photos):
    photos.delays = {"dog": 0.7}
    page.goto(site)
    expect(links(page).first).to_be_visible()
    page.fill("#q", "dog")
    page.wait_for_timeout(300)
    expect(page.locator("#count")).to_contain_text("130 photos")
    expect(links(page).first).to_be_visible()
    expect(page.locator("#count")).to_contain_text("26 photos")


def test_a_photo_that_stays_in_the_result_keeps_its_element(page, site):
    page.goto(site)
    page.fill("#q", "do")
    expect(page.locator("#grid mark").first).to_be_visible()
    page.locator("#grid img").first.evaluate("image => { image.kept = true; }")
    page.keyboard.type("g")
    expect(page.locator("#grid mark").first).to_have_text("dog")
    assert page.locator("#grid img").first.evaluate("image => image.kept") is True


def test_slash_goes_to_the_search_box_and_arrows_walk_the_grid(page, site):
    page.goto(site)
    page.keyboard.press("ArrowDown")
    expect(links(page).nth(0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(links(page).nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(links(page).nth(1)).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("")


def test_no_result_helps_and_the_way_back_is_one_click(page, site):
    page.goto(site)
    page.fill("#q", "zebra")
    expect(page.locator("#nothing h2").first).to_have_text("No photo matches “zebra”")
    expect(links(page)).to_have_count(0)
    page.click("text=Show all photos")
    expect(page.locator("#count")).to_contain_text("130 photos")


def test_hostile_captions_do_nothing(browser):
    views = [photo(n, HOSTILE, human_caption=HOSTILE, camera=HOSTILE) for n in (1, 2)]
    with served(Album(views)) as site, visiting(browser, **DESKTOP) as page:
        page.goto(site)
        expect(page.locator(".caption").first).to_have_text(HOSTILE)
        page.fill("#q", "img")
        expect(page.locator("mark").first).to_have_text("img")
        links(page).first.click()
        expect(page.locator("#viewer-sentence")).to_have_text(HOSTILE)
        page.reload()
        expect(page.locator("#viewer-sentence")).to_have_text(HOSTILE)
        page.goto(f"{site}/?q={HOSTILE}&camera={HOSTILE}")
        expect(page.locator("#q")).to_have_value(HOSTILE)
        assert page.locator("[onerror]").count() == 0
        assert "666" not in page.title().replace(HOSTILE, "")


def test_ten_thousand_photos_cost_no_more_elements_than_a_screenful(browser):
    with served(album(10_000)) as site, visiting(browser, **DESKTOP) as page:
        page.goto(site)
        page.evaluate(
            """() => {
                globalThis.shift = 0;
                new PerformanceObserver((list) => {
                    for (const one of list.getEntries()) globalThis.shift += one.value;
                }).observe({ type: "layout-shift", buffered: true });
            }"""
        )
        for _ in range(12):
            page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
            page.wait_for_timeout(150)
        expect(links(page).first).to_be_attached()
        furthest = page.evaluate(
            "Math.max(...[...document.querySelectorAll('#grid li:not(.veil)')].map(c => c.index))"
        )
        assert furthest > 300
        assert page.locator("#grid li").count() < 150
        page.evaluate("scrollTo(0, 0)")
        expect(page.locator("#grid li[aria-posinset='1']")).to_be_visible()
        assert page.evaluate("globalThis.shift") < 0.05


def test_an_outage_is_told_in_plain_words_and_heals_by_itself(page, site, photos):
    page.goto(site)
    expect(links(page).first).to_be_visible()
    photos.trouble = "search index: there is none yet; the daemon makes it"
    page.keyboard.type("dog")
    expect(page.locator("#trouble")).to_contain_text("Search index: there is none yet")
    expect(links(page).first).to_be_visible()
    photos.trouble = ""
    expect(page.locator("#count")).to_contain_text("26 photos")
    expect(page.locator("#trouble")).to_be_hidden()


def test_a_photo_that_arrives_appears_by_itself(page, site, photos):
    page.goto(site)
    expect(page.locator("#count")).to_contain_text("130 photos")
    photos.photos[131] = photo(131, "a heron by the water", taken_at="2026-01-01T12:00:00")
    photos.waiting = 7
    expect(page.locator("#count")).to_contain_text("131 photos", timeout=20_000)
    expect(page.locator(".caption").first).to_have_text("a heron by the water")
    expect(page.locator("#progress")).to_have_text(re.compile("captioning: 131 of 138"))


def test_without_scripts_the_page_is_a_plain_form(browser, site):
    with visiting(browser, java_script_enabled=False, **DESKTOP) as page:
        page.goto(site)
        page.fill("#q", "dog")
        page.keyboard.press("Enter")
        expect(page.locator("mark").first).to_have_text("dog")
        expect(links(page)).to_have_count(26)
        links(page).nth(1).click()
        expect(page.locator("#viewer-details")).to_contain_text("ISO 200")
        page.click("#after")
        page.wait_for_url(re.compile(r"&at=2$"))
        page.click("#close")
        page.wait_for_url(f"{site}/?q=dog")
        page.goto(site)
        page.click("text=More photos")
        page.wait_for_url(f"{site}/?offset=40")
        expect(links(page)).to_have_count(40)


def test_everything_can_be_reached_by_the_tab_key_with_its_focus_seen(page, site):
    page.goto(f"{site}/?q=dog")
    expect(page.locator("#grid.live mark").first).to_be_visible()
    reached = []
    while len(reached) < 30 and not (reached and reached[-1].endswith("&at=2")):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(({ name, href, innerText }) => name || href || innerText)(document.activeElement)"
            )
        )
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", reached[-1]
    chips = ["Date", "Camera", "Tag", "Folder", "Format", "place"]
    assert reached[: len(chips)] == chips
    assert "sort" in reached
    assert [link[-4:] for link in reached[-3:]] == ["at=0", "at=1", "at=2"]


def test_each_search_that_was_typed_is_one_step_on_the_way_back(page, site):
    page.goto("about:blank")
    page.goto(site)
    page.keyboard.type("dog", delay=60)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=dog")
    page.fill("#q", "cat")
    page.wait_for_url("**/?q=cat")
    page.wait_for_timeout(1600)  # a rest from typing ends a step as well
    page.keyboard.type(" s", delay=60)
    page.wait_for_url("**/?q=cat+s")
    for address, words, total in (("/?q=cat", "cat", 26), ("/?q=dog", "dog", 26), ("/", "", 130)):
        page.go_back()
        page.wait_for_url(site + address)
        expect(page.locator("#q")).to_have_value(words)
        expect(page.locator("#count")).to_contain_text(f"{total} photos")
    expect(page).to_have_title("Lantern")
    page.go_back()
    assert page.url == "about:blank"


def test_words_that_were_typed_and_taken_back_leave_no_step(page, site):
    page.goto(f"{site}/?q=dog")
    page.goto(f"{site}/?q=cat")
    page.keyboard.press("End")
    page.keyboard.type("x")
    page.wait_for_url("**/?q=catx")
    page.keyboard.press("Backspace")
    page.wait_for_url("**/?q=cat")
    page.wait_for_timeout(1700)
    page.go_back()
    page.wait_for_url("**/?q=dog")


def test_the_way_back_leads_to_where_the_visitor_was_in_the_grid(browser):
    with served(album(600)) as site, visiting(browser, **DESKTOP) as page:
        page.goto(site)
        expect(page.locator("#count")).to_contain_text("600 photos")
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight * 0.6)")
        page.wait_for_function(ON_TOP)
        expect(page.locator("#grid .veil")).to_have_count(0)
        seen, top = page.evaluate(f"({ON_TOP})()")
        assert seen > 200
        page.locator("#q").focus()
        page.fill("#q", "dog")
        page.wait_for_url("**/?q=dog")
        expect(page.locator("#count")).to_contain_text("120 photos")
        assert page.evaluate("scrollY") == 0
        page.evaluate("scrollTo(0, 700)")
        page.go_back()
        expect(page.locator("#count")).to_contain_text("600 photos")
        page.wait_for_function(
            f"([seen, top]) => {{ const [there, at] = ({ON_TOP})() ?? [];"
            " return there === seen && Math.abs(at - top) < 2; }",
            arg=[seen, top],
        )
        page.go_forward()
        expect(page.locator("#count")).to_contain_text("120 photos")
        page.wait_for_function("() => Math.abs(scrollY - 700) < 2")
        page.reload()
        expect(page.locator("#count")).to_contain_text("120 photos")
        page.wait_for_function("() => Math.abs(scrollY - 700) < 2")
