"""Looking at one photo in a real browser: what is told of it, and how eyes and hands get about."""

from __future__ import annotations

import re

import msgspec
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from support.browser import NEEDS_CHROMIUM, PHONE, swipe, visiting

pytestmark = NEEDS_CHROMIUM


ROOM_FOR_CAPTIONS = """() => {
    const rows = {};
    for (const cell of document.querySelectorAll("#grid.live li")) {
        const text = document.createRange();
        text.selectNodeContents(cell.querySelector(".caption"));
        const bottoms = [...text.getClientRects()].map((line) => Math.round(line.bottom / 8));
        const row = rows[cell.style.transform.split(",")[1]] ??= { room: 0, taken: 1 };
        row.room = Number(cell.style.getPropertyValue("--lines"));
        row.taken = Math.max(row.taken, new Set(bottoms).size);
    }
    return Object.values(rows).map(({ room, taken }) => [room, Math.min(taken, 3)]);
}"""
"""The lines that each row has for captions, and those that its longest one takes."""


def links(page: Page):
    return page.locator("#grid a")


def test_a_photo_opens_over_the_grid_and_the_keyboard_leads_on(page, site):
    page.goto(f"{site}/?q=dog")
    links(page).nth(1).click()
    dialog = page.locator("#viewer")
    expect(dialog).to_be_visible()
    page.wait_for_url(re.compile(r"/photo/\d+\?q=dog&at=1$"))
    expect(page.locator("#viewer-details")).to_contain_text("1/250 s at f/2.8, ISO 200, 50 mm")
    page.wait_for_function("() => document.getElementById('picture').src.includes('/image/')")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"&at=2$"))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"&at=0$"))
    expect(page.locator("#before")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(links(page).nth(0)).to_be_focused()
    page.wait_for_url(f"{site}/?q=dog")


def test_the_back_button_closes_the_photo_and_forward_opens_it_again(page, site):
    page.goto(f"{site}/?q=cat")
    links(page).nth(2).click()
    expect(page.locator("#viewer")).to_be_visible()
    page.go_back()
    expect(page.locator("#viewer")).to_be_hidden()
    assert page.url == f"{site}/?q=cat"
    page.go_forward()
    expect(page.locator("#viewer")).to_be_visible()


def test_the_address_of_a_photo_can_be_shared(page, site):
    page.goto(f"{site}/?q=dog")
    links(page).nth(3).click()
    page.wait_for_url(re.compile(r"&at=3$"))
    sentence = page.locator("#viewer-sentence").inner_text()
    page.goto(page.url)
    expect(page.locator("#viewer-sentence")).to_have_text(sentence, use_inner_text=True)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"&at=4$"))
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    assert page.url == f"{site}/?q=dog"
    expect(page.locator("#count")).to_contain_text("26 photos")


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_nothing_is_wider_than_the_screen_and_a_swipe_leads_on(browser, site, width):
    phone = {**PHONE, "viewport": {"width": width, "height": 700}}
    with visiting(browser, **phone) as page:
        page.goto(f"{site}/?q=girl")
        expect(page.locator("#grid.live mark").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        rows = page.evaluate(ROOM_FOR_CAPTIONS)
        assert len(rows) > 2
        assert [row for row in rows if row[0] != row[1]] == []  # nothing is cut, no hole is left
        links(page).nth(1).click()
        page.wait_for_url(re.compile(r"&at=1$"))
        expect(page.locator("#viewer")).to_be_visible()
        swipe(page, width - 60, 60)
        page.wait_for_url(re.compile(r"&at=2$"))
        swipe(page, 60, width - 60)
        page.wait_for_url(re.compile(r"&at=1$"))
        swipe(page, 100, 120)  # too short to be meant
        page.wait_for_timeout(200)
        assert page.url.endswith("&at=1")


def test_similar_photos_take_one_place_and_open_as_a_group_that_leads_to_more_like_it(
    page, site, photos
):
    newest = [photo.id for photo in photos._newest_first()]
    photos.groups = {newest[place]: newest[1] for place in (1, 2, 4, 70)}
    page.goto(site)
    expect(page.locator("#grid .similar:visible")).to_have_count(1)
    expect(page.locator("#grid .similar:visible")).to_have_text("3 similar")
    expect(page.locator(f"#grid a[href='/photo/{newest[3]}?at=3']")).to_be_visible()
    expect(page.locator(f"#grid a[href*='/photo/{newest[2]}?']")).to_have_count(0)
    links(page).nth(1).click()
    page.wait_for_url(f"{site}/photo/{newest[1]}?at=1")
    group = page.locator("#viewer-group a")
    expect(group).to_have_count(4)
    group.nth(3).click()
    page.wait_for_url(f"{site}/photo/{newest[70]}?at=1")
    expect(page.locator("#viewer-group [aria-current]")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"{site}/photo/{newest[3]}?at=3")
    expect(page.locator("#viewer-group")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"{site}/photo/{newest[1]}?at=1")
    page.keyboard.press("Escape")
    expect(links(page).nth(1)).to_be_focused()
    page.evaluate("scrollTo(0, 0.5 * document.documentElement.scrollHeight)")
    expect(page.locator(f"#grid a[href='/photo/{newest[71]}?at=71']")).to_be_attached()
    expect(page.locator(f"#grid a[href*='/photo/{newest[70]}?']")).to_have_count(0)
    page.goto(f"{site}/photo/{newest[1]}?at=1")
    page.click("#alike")
    page.wait_for_url(f"{site}/?like={newest[1]}")
    expect(page.locator("#liked")).to_contain_text("More like this")
    expect(links(page).first).to_be_visible()
    page.keyboard.type("dog")
    expect(page.locator("#count")).to_contain_text("26 photos")
    expect(page.locator("#liked")).to_have_count(0)
    page.wait_for_url(f"{site}/?q=dog")


def test_home_and_end_lead_to_the_ends_of_the_result(page, site):
    page.goto(site)
    links(page).nth(3).click()
    page.keyboard.press("End")
    page.wait_for_url(re.compile(r"at=129$"))
    expect(page.locator("#after")).to_be_hidden()
    page.keyboard.press("Home")
    page.wait_for_url(re.compile(r"at=0$"))


def test_slash_leaves_a_photo_for_the_search_box(page, site):
    page.goto(f"{site}/?q=dog")
    links(page).nth(2).click()
    page.wait_for_url(re.compile(r"at=2$"))
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#viewer")).to_be_hidden()
    page.keyboard.type("cat")
    expect(page.locator("#grid mark").first).to_have_text("cat")


def test_the_details_lead_to_the_photos_that_share_them(page, site):
    page.goto(f"{site}/photo/35")
    day = page.locator("#viewer-details a", has_text="Friday 8 December 2017")
    expect(day).to_have_attribute("href", "/?from=2017-12-08&to=2017-12-08")
    expect(page.locator("#viewer-details")).to_contain_text("48.8584° N, 2.2945° E")
    page.locator("#viewer-details a", has_text="trip").click()
    page.wait_for_url(f"{site}/?folder=trip")
    expect(page.locator("#count")).to_contain_text("130 photos")


def test_a_place_is_a_dot_on_a_map_where_it_is_known(page, site, photos):
    page.goto(f"{site}/photo/35")
    frame, dot = (page.locator(f"#viewer-{part}").bounding_box() for part in ("map", "dot"))
    across = (dot["x"] + dot["width"] / 2 - frame["x"]) / frame["width"]
    down = (dot["y"] + dot["height"] / 2 - frame["y"]) / frame["height"]
    assert across == pytest.approx((180 + 2.29448) / 360, abs=0.005)
    assert down == pytest.approx((85 - 48.85837) / 170, abs=0.005)
    assert dot["width"] == pytest.approx(dot["height"], abs=0.5)
    nowhere = msgspec.structs.replace(photos.photos[35].metadata, place=None)
    photos.photos[35] = msgspec.structs.replace(photos.photos[35], metadata=nowhere)
    page.reload()
    expect(page.locator("#viewer-details")).to_contain_text("ISO 200")
    expect(page.locator("#viewer-map")).to_be_hidden()


def test_a_persons_words_are_told_from_lanterns(page, site, photos):
    metadata = msgspec.structs.replace(photos.photos[35].metadata, human_caption="Rex at home")
    photos.photos[35] = msgspec.structs.replace(photos.photos[35], metadata=metadata)
    page.goto(f"{site}/?q=rex")
    links(page).first.click()
    expect(page.locator("#viewer-sentence")).to_have_text("Rex at home")
    expect(page.locator("#viewer-whose")).to_have_text("A person wrote this")
    expect(page.locator("#viewer-machine")).to_have_text(re.compile("Lantern sees: a brown dog"))
    page.goto(f"{site}/photo/36")
    expect(page.locator("#viewer-whose")).to_have_text("Lantern’s own words")
    expect(page.locator("#viewer-machine")).to_be_hidden()


def test_the_original_is_downloaded_under_its_own_name(page, site):
    page.goto(f"{site}/photo/35")
    with page.expect_download() as download:
        page.click("#original")
    assert download.value.suggested_filename == "0035.jpg"
    assert Image.open(download.value.path()).size == (1200, 800)
    expect(page.locator("#viewer")).to_be_visible()


def test_z_brings_the_picture_nearer_and_the_arrows_then_move_it(page, site):
    page.goto(f"{site}/?q=dog")
    links(page).nth(1).click()
    page.wait_for_function("() => document.getElementById('picture').src.includes('/image/')")
    whole = page.locator("#picture").bounding_box()
    page.keyboard.press("z")
    expect(page.locator("#zoom")).to_have_attribute("aria-pressed", "true")
    near = page.locator("#picture").bounding_box()
    assert near["width"] >= 2 * whole["width"]
    page.keyboard.press("ArrowRight")
    page.wait_for_function("left => picture.getBoundingClientRect().x < left", arg=near["x"])
    assert page.url.endswith("at=1")
    page.keyboard.press("z")
    assert page.locator("#picture").bounding_box() == whole
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"at=2$"))


def test_a_double_click_brings_what_it_points_at_to_the_middle(page, site):
    page.goto(f"{site}/photo/35")
    page.wait_for_function("() => document.getElementById('picture').naturalWidth > 0")
    frame = page.locator("#frame").bounding_box()
    page.mouse.dblclick(frame["x"] + frame["width"] * 0.7, frame["y"] + frame["height"] * 0.4)
    assert page.locator("#frame").evaluate("frame => frame.scrollLeft") > frame["width"] * 0.5
    page.mouse.dblclick(frame["x"] + 300, frame["y"] + 300)
    expect(page.locator("#zoom")).to_have_attribute("aria-pressed", "false")


def test_a_double_tap_zooms_and_a_finger_then_moves_the_picture_not_the_result(browser, site):
    with visiting(browser, **PHONE) as page:
        page.goto(f"{site}/?q=dog")
        links(page).nth(1).tap()
        page.wait_for_function("() => document.getElementById('picture').src.includes('/image/')")
        tap_twice(page, 200, 200)
        expect(page.locator("#zoom")).to_have_attribute("aria-pressed", "true")
        before = page.locator("#frame").evaluate("frame => frame.scrollLeft")
        swipe(page, 330, 60)
        page.wait_for_function("left => frame.scrollLeft > left + 50", arg=before)
        assert page.url.endswith("at=1")


def tap_twice(page: Page, x: int, y: int) -> None:
    session = page.context.new_cdp_session(page)
    for _ in range(2):
        for kind in ("touchStart", "touchEnd"):
            points = [{"x": x, "y": y}] if kind == "touchStart" else []
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_question_mark_lists_the_keys_over_whatever_is_shown(page, site):
    page.goto(site)
    page.fill("#q", "do")
    page.keyboard.press("?")  # in the search box, it is text
    expect(page.locator("#help")).to_be_hidden()
    page.fill("#q", "dog")
    expect(page.locator("#grid mark").first).to_have_text("dog")
    links(page).nth(1).click()
    page.wait_for_url(re.compile(r"at=1$"))
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    expect(page.locator("#help")).to_contain_text("First photo, last photo")
    page.keyboard.press("ArrowRight")  # nothing below is moved
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    expect(page.locator("#viewer")).to_be_visible()
    assert page.url.endswith("at=1")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"at=2$"))


def test_other_scripts_hear_which_photo_is_shown_and_can_have_it_asked_for_again(
    page, site, photos
):
    page.goto(f"{site}/?q=dog")
    page.evaluate(
        """() => {
            globalThis.heard = [];
            for (const name of ["show", "photo"]) {
                document.addEventListener(`lantern:${name}`,
                    ({ detail }) => heard.push(`${name} ${detail.id} ${detail.path ?? ""}`.trim()));
            }
        }"""
    )
    links(page).nth(1).click()
    page.wait_for_function("() => heard.length === 2")
    shown = int(re.search(r"/photo/(\d+)", page.url)[1])
    assert page.evaluate("heard") == [f"show {shown}", f"photo {shown} trip/{shown:04}.jpg"]
    photos.photos[shown] = msgspec.structs.replace(photos.photos[shown], sentence="a corrected dog")
    page.evaluate(
        "id => document.dispatchEvent(new CustomEvent('lantern:changed', { detail: { id } }))",
        shown,
    )
    expect(page.locator("#viewer-sentence")).to_have_text("a corrected dog")
