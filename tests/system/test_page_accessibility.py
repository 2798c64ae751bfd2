"""The page for everybody: axe finds nothing serious, and the keyboard alone is enough."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from lantern.catalog.summary import Counts
from lantern.web.report import Collected, Daemon, Report
from support.album import album
from support.browser import DESKTOP, NEEDS_CHROMIUM, PHONE, served, visiting
from support.owned import PASSWORD, Clock, owned, set_password

GRAVE = {"serious", "critical"}
REPORT = Report(
    "1.0",
    Collected(Counts(files=24, captioned=24, photos=24, indexed=24)),
    Daemon("1.0", since=1_795_000_000.0),
)

OVERFLOWING = """() => {
    const width = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth > width ? [`page ${width}`] : [];
    const inner = [...document.querySelectorAll("dialog[open], .facts, main, header")];
    const cut = inner.filter((part) => part.scrollWidth > part.clientWidth + 1);
    return wide.concat(cut.map((part) => `${part.tagName}.${part.className} ${part.scrollWidth}`));
}"""
"""Names what is wider than the screen."""

LOW = """() => [...document.querySelectorAll("a, button, select, summary, input, textarea, label")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.offsetWidth > 1)
    .filter((one) => !one.matches("[type=radio], [type=checkbox], dd a, p :not(button, .deed)"))
    .filter((one) => one.tagName !== "LABEL" || one.querySelector("input, select"))
    .filter((one) => one.getBoundingClientRect().height < 43.5)
    .map((one) => `${one.outerHTML.slice(0, 120)} ${one.getBoundingClientRect().height}`)"""
"""Names what is too low for a finger, but for links in the midst of text."""

LAID_OUT = """() => new Promise((done) => {
    let frames = 5;
    const next = () => (frames-- ? requestAnimationFrame(next) : done());
    next();
})"""
"""Is done when what scripts lay out anew after a change of size has been drawn."""

pytestmark = NEEDS_CHROMIUM


def show_home(page: Page) -> None:
    expect(page.locator("#grid a").first).to_be_visible()


def show_results(page: Page) -> None:
    page.fill("#q", "dog")
    expect(page.locator("#grid mark").first).to_be_visible()


def show_nothing(page: Page) -> None:
    page.fill("#q", "zebra")
    expect(page.locator("#nothing")).to_be_visible()


def show_filters(page: Page) -> None:
    page.click("#filters button >> nth=0")


def show_photo(page: Page) -> None:
    page.locator("#grid a").nth(1).click()
    expect(page.locator("#viewer-details")).to_contain_text("ISO 200")


def show_group(page: Page) -> None:
    page.locator("#grid a", has=page.locator(".similar:visible")).first.click()
    expect(page.locator("#viewer-group")).to_be_visible()


def show_keys(page: Page) -> None:
    page.locator("#grid a").first.focus()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()


def show_status(page: Page) -> None:
    page.click(".to-status")
    expect(page.locator("h1")).to_be_visible()


def show_sign_in(page: Page) -> None:
    page.goto(page.url + "sign-in")
    expect(page.locator("#password")).to_be_focused()
    page.fill("#password", "guess")
    page.keyboard.press("Enter")
    expect(page.locator("#error")).to_be_visible()


def show_as_owner(page: Page) -> None:
    page.goto(page.url + "sign-in?to=/photo/5")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#owner")).to_be_visible()


def show_hidden(page: Page) -> None:
    show_as_owner(page)
    page.goto(re.sub("photo.*", "hidden", page.url))


def show_refusal(page: Page) -> None:
    page.goto(page.url + "photo/999")


VIEWS = {
    "home": show_home,
    "results": show_results,
    "no results": show_nothing,
    "filters": show_filters,
    "photo": show_photo,
    "group": show_group,
    "keys": show_keys,
    "status": show_status,
    "sign-in": show_sign_in,
    "owner": show_as_owner,
    "hidden": show_hidden,
    "refusal": show_refusal,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    photos = album(24)
    newest = [photo.id for photo in photos._newest_first()]
    photos.groups = {newest[place]: newest[4] for place in (4, 5, 6)}
    password = tmp_path_factory.mktemp("owner") / "password"
    set_password(password)
    owner, _ = owned(photos, password, Clock())
    with served(photos, lambda: REPORT, owner) as address:
        yield f"{address}/"


def grave(page: Page, **options: object) -> list[str]:
    """Return what axe finds serious or critical, each with where."""
    asked = {"resultTypes": ["violations"], **options}
    found = Axe().run(page, options=asked).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]} ({node['failureSummary'][:200]})"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


@pytest.fixture(scope="module", params=VIEWS)
def shown(request, browser, home):
    """One of the views, on a desk; shared by what is looked for in it."""
    with visiting(browser, **DESKTOP, reduced_motion="reduce") as page:
        page.goto(home)
        VIEWS[request.param](page)
        yield page


def test_axe_finds_nothing_serious(shown):
    shown.set_viewport_size(DESKTOP["viewport"])
    shown.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert grave(shown) == []
    shown.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert grave(shown, runOnly=["color-contrast"]) == []  # the rest is the same in the dark


@pytest.mark.parametrize(("width", "height"), [(320, 568), (720, 450)], ids=["phone", "200%"])
def test_nothing_is_scrolled_sideways_on_a_narrow_screen_or_when_zoomed(shown, width, height):
    shown.set_viewport_size({"width": width, "height": height})
    shown.evaluate(LAID_OUT)
    assert shown.evaluate(OVERFLOWING) == []


def test_axe_would_find_what_is_wrong(browser, home):
    with visiting(browser, **DESKTOP) as page:
        page.goto(home)
        page.evaluate("() => { document.querySelector('.home img').removeAttribute('alt'); }")
        page.evaluate("() => { document.getElementById('count').style.color = '#ccc'; }")
        assert {one.partition(":")[0] for one in grave(page)} == {"image-alt", "color-contrast"}


def test_the_keyboard_alone_finds_a_photo_looks_at_it_and_comes_back(browser, home):
    with visiting(browser, **DESKTOP) as page:
        page.goto(home)
        page.keyboard.type("dog")
        expect(page.locator("#grid mark").first).to_be_visible()
        page.keyboard.press("Tab")
        walked = [focused(page)]
        while "at=1" not in walked[-1] and len(walked) < 30:
            walked.append(tab(page))
        assert re.search("at=0", walked[-2])
        assert [name for name in walked if name in {"to-status", "keys-button", "sort"}] == [
            "to-status",
            "keys-button",
            "sort",
        ]
        page.keyboard.press("Enter")
        expect(page.locator("#viewer")).to_be_visible()
        page.wait_for_function("() => picture.complete")
        within = [tab(page) for _ in range(7)]
        assert within == ["close", "zoom", "before", "after", "facts", "Labrador", "snowmobile"]
        page.keyboard.press("?")
        expect(page.locator("#help button")).to_be_focused()
        page.keyboard.press("Enter")
        assert focused(page) == "snowmobile"
        page.keyboard.press("Escape")
        expect(page.locator("#viewer")).to_be_hidden()
        assert "at=1" in focused(page)


def test_whoever_wants_no_motion_sees_none(browser, home):
    with visiting(browser, **DESKTOP, reduced_motion="reduce") as page:
        page.goto(home)
        show_photo(page)
        assert page.evaluate("() => document.getAnimations().length") == 0
        style = "() => getComputedStyle(document.getElementById('viewer')).animationName"
        assert page.evaluate(style) == "none"
        page.emulate_media(reduced_motion="no-preference")
        assert page.evaluate(style) == "lit"


def test_a_screen_reader_hears_what_it_needs_of_a_photo(browser, home):
    with visiting(browser, **DESKTOP) as page:
        page.goto(home)
        show_photo(page)
        sentence = page.locator("#viewer-sentence").inner_text()
        dialog = page.get_by_role("dialog", name=sentence)
        expect(dialog).to_be_visible()
        expect(dialog.get_by_role("img", name=sentence)).to_be_visible()
        expect(dialog.get_by_role("link", name="Next photo")).to_be_visible()
        expect(dialog.get_by_role("button", name="Zoom", pressed=False)).to_be_visible()
        expect(dialog.get_by_role("group", name="About this photo")).to_be_visible()


def tab(page: Page) -> str:
    page.keyboard.press("Tab")
    return focused(page)


def focused(page: Page) -> str:
    """Return what names the element with the focus, whose focus must be seen."""
    name, outline = page.evaluate(
        """() => {
            const it = document.activeElement;
            const name = it.id || it.getAttribute("href")?.match(/photo.*/)?.[0]
                || it.className || it.textContent.trim();
            return [name, getComputedStyle(it).outlineStyle];
        }"""
    )
    assert outline != "none", name
    return name


@pytest.mark.parametrize("view", sorted(set(VIEWS) - {"keys"}))  # a phone has none
def test_on_a_phone_whatever_is_pressed_is_high_enough_for_a_finger(browser, home, view):
    with visiting(browser, **PHONE) as page:
        page.goto(home)
        VIEWS[view](page)
        assert page.evaluate(LOW) == []
