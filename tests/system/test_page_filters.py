"""Narrowing a search down in a real browser: chips, menus, the histogram, order and address."""

from __future__ import annotations

import collections
import re
import threading
from collections.abc import Iterator

import msgspec
import pytest
from playwright.sync_api import Page, expect

from lantern.model import Tag
from support.album import Album, album, photo
from support.browser import DESKTOP, NEEDS_CHROMIUM, PHONE, served, swipe, visiting

pytestmark = NEEDS_CHROMIUM

HOSTILE = '"><img src=x onerror="document.title=666">&amp;'


def chip(page: Page, facet: str):
    return page.locator(f".chip[data-facet={facet}]")


def open_menu(page: Page, facet: str):
    chip(page, facet).locator("button").first.click()
    menu = page.locator(f"#menu-{facet}")
    expect(menu).to_be_visible()
    return menu


def counted(page: Page, photos: int) -> None:
    expect(page.locator("#count strong")).to_have_text(f"{photos:,}")


def test_a_value_is_chosen_from_a_menu_with_counts_and_taken_back_by_its_chip(page, site):
    page.goto(f"{site}/?q=dog")
    counted(page, 26)
    menu = open_menu(page, "camera")
    rows = menu.locator("label")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="Pixel 7").locator("small")).to_have_text("9")
    rows.filter(has_text="Pixel 7").click()
    expect(menu).to_be_hidden()
    counted(page, 9)
    assert page.url == f"{site}/?q=dog&camera=Pixel+7"
    expect(chip(page, "camera").locator(".said")).to_have_text("Pixel 7")
    expect(open_menu(page, "camera").locator("label")).to_have_count(3)
    page.keyboard.press("Escape")
    page.get_by_label("Remove camera: Pixel 7").click()
    counted(page, 26)
    assert page.url == f"{site}/?q=dog"


def test_the_way_back_undoes_a_filter_and_the_way_forth_sets_it_again(page, site):
    page.goto(site)
    page.keyboard.type("dog")
    chip(page, "camera").locator("button").click()
    page.locator("#menu-camera label", has_text="Pixel 7").click()
    page.wait_for_url("**/?q=dog&camera=Pixel+7")
    counted(page, 9)
    page.select_option("#sort", "oldest")
    page.wait_for_url("**/?q=dog&camera=Pixel+7&sort=oldest")
    page.go_back()
    counted(page, 9)
    expect(page.locator("#sort")).to_have_value("")
    page.go_back()
    page.wait_for_url(f"{site}/?q=dog")
    counted(page, 26)
    expect(page.locator("#q")).to_have_value("dog")
    expect(page.get_by_label("Remove camera")).to_be_hidden()
    page.go_forward()
    counted(page, 9)
    expect(page.get_by_label("Remove camera: Pixel 7")).to_be_visible()


def test_arrow_keys_walk_through_a_menu_which_is_one_step_on_the_way_back(page, site):
    page.goto(site)
    menu = open_menu(page, "camera")
    expect(menu.get_by_label("Any")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**/?camera=*")
    first = page.url
    page.keyboard.press("ArrowDown")
    page.wait_for_url(lambda url: url != first)
    expect(menu).to_be_visible()
    page.keyboard.press("Enter")
    expect(menu).to_be_hidden()
    page.go_back()
    counted(page, 130)
    assert page.url == f"{site}/"


def test_a_stretch_of_months_is_brushed_and_the_photos_follow(page, site):
    page.goto(site)
    menu = open_menu(page, "month")
    chart = menu.locator(".chart").bounding_box()
    left, width, y = chart["x"], chart["width"], chart["y"] + 40
    page.mouse.move(left + width * 0.41, y)
    page.mouse.down()
    page.mouse.move(left + width * 0.55, y, steps=4)
    page.mouse.move(left + width * 0.599, y, steps=4)
    expect(menu.locator(".brushed")).to_have_text("2019: 26 photos")
    counted(page, 26)
    page.mouse.up()
    page.wait_for_url(f"{site}/?from=2019&to=2019")
    expect(chip(page, "month").locator(".said")).to_have_text("2019")
    page.go_back()
    counted(page, 130)
    expect(menu.locator(".brushed")).to_have_text("2017 to 2021: 130 photos")


def test_a_tap_on_a_year_takes_it_and_one_on_a_bar_its_month(page, site):
    page.goto(site)
    menu = open_menu(page, "month")
    menu.locator(".axis span", has_text="2020").click(position={"x": 5, "y": 10}, force=True)
    page.wait_for_url("**/?from=2020&to=2020")
    counted(page, 26)
    chart = menu.locator(".chart").bounding_box()
    page.mouse.click(chart["x"] + chart["width"] * 5.5 / 60, chart["y"] + 50)
    page.wait_for_url(re.compile(r"\?from=2017-06&to=2017-06$"))
    expect(menu.locator(".brushed")).to_contain_text("June 2017")


def test_the_months_are_two_sliders_for_the_keyboard_and_two_fields_for_a_day(page, site):
    page.goto(site)
    menu = open_menu(page, "month")
    first, last = menu.get_by_role("slider", name="From"), menu.get_by_role("slider", name="To")
    expect(first).to_have_attribute("aria-valuetext", "January 2017")
    expect(last).to_have_attribute("aria-valuetext", "December 2021")
    first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(first).to_have_attribute("aria-valuetext", "March 2017")
    page.wait_for_url("**/?from=2017-03")
    last.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/?from=2017-03&to=2021-11")
    menu.locator("input[type=date]").first.fill("2018-05-04")
    page.wait_for_url("**/?from=2018-05-04&to=2021-11-30")
    expect(chip(page, "month").locator(".said")).to_have_text("4 May 2018 to 30 November 2021")


def test_a_switch_narrows_and_one_link_clears_all_filters_but_not_the_words(browser):
    views = [photo(n, f"a dog {n}", human_caption="Rex" if n < 4 else None) for n in range(1, 11)]
    with served(Album(views)) as site, visiting(browser, **DESKTOP) as page:
        page.goto(f"{site}/?q=trip")
        expect(chip(page, "place")).to_be_hidden()
        expect(chip(page, "person")).to_contain_text("Written by people 3")
        chip(page, "person").locator("input").check()
        page.wait_for_url("**/?q=trip&person=1")
        counted(page, 3)
        open_menu(page, "folder").locator("label", has_text="trip").click()
        page.wait_for_url("**/?q=trip&folder=trip&person=1")
        page.click("#clear")
        counted(page, 10)
        assert page.url == f"{site}/?q=trip"
        expect(page.locator("#clear")).to_be_hidden()


@pytest.fixture
def things() -> Iterator[str]:
    views = [
        msgspec.structs.replace(photo(n, "a thing"), tags=(Tag(f"thing {n}", 0.9),))
        for n in range(1, 31)
    ]
    with served(Album(views)) as site:
        yield site


def test_a_long_menu_has_a_field_to_find_a_value(browser, things):
    site = things
    with visiting(browser, **DESKTOP) as page:
        page.goto(site)
        menu = open_menu(page, "tag")
        menu.get_by_label("Find in this list").fill("thing 17")
        expect(menu.locator("label:visible")).to_have_text(["thing 171"])
        menu.locator("label:visible").click()
        page.wait_for_url("**/?tag=thing+17")
        counted(page, 1)


def test_a_long_menu_is_worked_by_the_keyboard_alone(browser, things):
    with visiting(browser, **DESKTOP) as page:
        page.goto(things)
        opener = chip(page, "tag").locator("button").first
        menu, field = page.locator("#menu-tag"), page.get_by_label("Find in this list")
        opener.focus()
        page.keyboard.press("Enter")
        expect(field).to_be_focused()
        page.keyboard.type("nothing")
        expect(menu.locator(".none")).to_have_text("Nothing here is called “nothing”")
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(opener).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.type("thing 29")
        page.keyboard.press("Enter")  # the only match
        expect(menu).to_be_hidden()
        expect(opener).to_be_focused()
        page.wait_for_url("**/?tag=thing+29")
        page.keyboard.press("Enter")
        page.keyboard.type("THING 1")
        expect(menu.locator("label:visible")).to_have_count(11)
        page.keyboard.press("Enter")  # one of several, by its whole name
        page.wait_for_url("**/?tag=thing+1")
        page.keyboard.press("Enter")
        page.keyboard.type("thing 2")
        page.keyboard.press("ArrowDown")
        expect(menu.locator("label:visible input").first).to_be_focused()
        page.wait_for_url("**/?tag=thing+29")
        page.keyboard.press("ArrowDown")
        page.wait_for_url("**/?tag=thing+28")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        expect(field).to_be_focused()
        expect(menu).to_be_visible()


def test_the_order_is_chosen_and_stands_in_the_address(page, site):
    page.goto(site)
    expect(page.locator("#sort option:checked")).to_have_text("Newest first")
    page.select_option("#sort", "oldest")
    page.wait_for_url("**/?sort=oldest")
    first = page.locator("#grid li[aria-posinset='1'] a")
    expect(first).to_have_attribute("href", re.compile(r"/photo/\d+\?sort=oldest&at=0"))
    page.fill("#q", "dog")
    expect(page.locator("#sort option").first).to_have_text("Best match")


def test_what_was_read_for_what_was_typed_is_said_and_leads_there(page, site, photos):
    page.goto(site)
    photos.read_as = "dog"
    page.fill("#q", "do")  # at once: a key more would be answered by what follows
    expect(page.locator("#read-as")).to_have_text("Showing results for dog: ")
    photos.read_as = ""
    page.click("#read-as a")
    expect(page.locator("#q")).to_have_value("dog")
    expect(page.locator("#read-as")).to_have_count(0)


def test_an_empty_result_leads_to_what_there_is(page, site):
    page.goto(f"{site}/?q=dog&folder=nowhere")
    expect(page.locator("#nothing h2").first).to_have_text(
        "No photo matches “dog” with these filters"
    )
    page.fill("#q", "zebra")
    expect(page.locator("#nothing-filters")).to_be_hidden()
    expect(page.locator(".suggested a").first).to_have_text("Labrador 130")
    page.fill("#q", "dog")
    page.click("text=Show 26 without the filters")
    counted(page, 26)


class Sluggish(Album):
    """An album behind a slow line: an answer about a text comes when the text is `let` through."""

    def __init__(self, views):
        super().__init__(views)
        self.let = collections.defaultdict(threading.Event)
        self.let[""].set()

    def search(self, text, *others):
        assert self.let[text].wait(60)
        return super().search(text, *others)


def test_on_a_slow_line_a_key_shows_its_results_while_the_next_are_under_way(browser):
    album = Sluggish([photo(1, "a snow man"), photo(2, "a small man"), photo(3, "a man")])
    with served(album) as site, visiting(browser, **DESKTOP) as page:
        page.goto(site)
        counted(page, 3)
        page.evaluate(
            """() => {
                globalThis.told = [];
                const count = document.getElementById("count");
                const typed = () => document.getElementById("q").value;
                new MutationObserver(() => {
                    told.push(`${typed()}: ${count.querySelector("strong").textContent}`);
                }).observe(count, { childList: true });
            }"""
        )
        for text in ("s", "sn"):
            with page.expect_request(f"**/api/search?q={text}&*"):
                page.keyboard.type(text[-1])
        album.let["s"].set()
        counted(page, 2)
        expect(page.locator("form.waiting")).to_have_count(1)
        album.let["sn"].set()
        counted(page, 1)
        assert page.evaluate("told") == ["sn: 2", "sn: 1"]
        expect(page.locator("form.waiting")).to_have_count(0)


def test_hostile_names_are_only_text(browser):
    views = [
        msgspec.structs.replace(
            photo(n, "a dog", camera=HOSTILE), path=f"{HOSTILE}/{n}.jpg", tags=(Tag(HOSTILE, 0.9),)
        )
        for n in (1, 2)
    ]
    with served(Album(views)) as site, visiting(browser, **DESKTOP) as page:
        page.goto(site)
        for facet in ("camera", "tag"):
            open_menu(page, facet).locator("label", has_text=HOSTILE).click()
            expect(chip(page, facet).locator(".said")).to_have_text(HOSTILE)
        page.reload()
        expect(chip(page, "camera").locator(".said")).to_have_text(HOSTILE)
        assert page.locator("[onerror]").count() == 0
        assert page.title() == "Lantern"


def test_without_scripts_the_filters_are_fields_of_the_form(browser, site):
    with visiting(browser, java_script_enabled=False, **DESKTOP) as page:
        page.goto(f"{site}/?q=dog")
        page.select_option("select[name=camera]", "Pixel 7")
        page.fill("input[name=from]", "2017-06")
        page.select_option("select[name=sort]", "oldest")
        page.click("text=Search >> visible=true")
        counted(page, 5)
        assert page.url.startswith(f"{site}/?q=dog&camera=Pixel+7")
        expect(page.locator(".needs-script").first).to_be_hidden()


def test_on_a_phone_a_menu_is_a_sheet_and_nothing_is_wider_than_the_screen(browser, site):
    with visiting(browser, **PHONE) as page:
        page.goto(site)
        menu = open_menu(page, "month")
        box = menu.bounding_box()
        assert (box["x"], box["width"]) == (0, 390)
        assert box["y"] + box["height"] == pytest.approx(844, abs=1)
        chart = menu.locator(".chart").bounding_box()
        swipe(page, 200, 340, round(chart["y"] + 40))
        page.wait_for_url(re.compile(r"\?from=20\d\d(-\d\d)?&to=20\d\d(-\d\d)?$"))
        menu.locator("text=Done").click()
        expect(menu).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_any_place_of_a_long_result_is_reached_without_what_lies_before_it(browser):
    with served(album(6_000)) as site, visiting(browser, **DESKTOP) as page:
        page.goto(site)
        counted(page, 6_000)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        tall = page.evaluate("document.documentElement.scrollHeight")
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
        expect(page.locator("#grid li:not(.veil)").first).to_be_attached()
        page.wait_for_function(
            "() => [...document.querySelectorAll('#grid li:not(.veil)')]"
            ".some((cell) => Math.abs(cell.index - 3000) < 300)"
        )
        assert len([address for address in asked if "/api/search" in address]) < 8
        assert page.evaluate("document.documentElement.scrollHeight") == pytest.approx(
            tall, rel=0.1
        )


def test_what_is_seen_stays_where_it_is_while_what_lies_above_arrives(browser):
    # Towers by the hundred, then landscapes by the hundred: no block has the height of another.
    shapes = ((600, 1200), (1200, 800), (1600, 700))
    views = []
    for n in range(1, 3001):
        width, height = shapes[n // 100 % 3]
        views.append(photo(n, "a dog", width=width, height=height))
    with served(Album(views)) as site, visiting(browser, **DESKTOP) as page:
        page.goto(site)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
        page.wait_for_function("() => document.querySelectorAll('#grid li:not(.veil)').length > 20")
        tall = page.evaluate("document.documentElement.scrollHeight")
        moved = page.evaluate(
            """async () => {
                const top = (cell) => cell.getBoundingClientRect().top;
                let most = 0;
                for (let step = 0; step < 40; step += 1) {
                    scrollBy(0, -200);
                    const cell = [...document.querySelectorAll("#grid li:not(.veil)")]
                        .find((each) => top(each) > 200 && top(each) < innerHeight);
                    const before = cell && top(cell);
                    await new Promise((done) => setTimeout(done, 50));
                    if (cell?.isConnected) most = Math.max(most, Math.abs(top(cell) - before));
                }
                return most;
            }"""
        )
        assert moved <= 1
        assert page.evaluate("document.documentElement.scrollHeight") != tall
