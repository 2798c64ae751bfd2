"""The page as the server makes it, for browsers without scripts and before they run."""

import html.parser
import json
import subprocess
import sys

import pytest

from lantern.model import PhotoId
from lantern.web.app import create_app
from lantern.web.library import Hit
from lantern.web.pages import pieces
from support.album import Album, album, photo
from support.visitor import Visitor

HOSTILE = '<img src=x onerror="alert(1)"></script><script>alert(2)</script>{{ 7*7 }}&amp;'


class Page(html.parser.HTMLParser):
    """What a browser makes of the page: elements, and the text of those asked for."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.texts = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append((self.elements[-1][0] if self.elements else "", data))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def find(self, identity):
        return next(a for _, a in self.elements if a.get("id") == identity)


@pytest.fixture
def photos():
    return album(130, waiting=20)


@pytest.fixture
def get(photos):
    app = create_app(photos, hosts=frozenset({"localhost"}))
    return Visitor(app).get


def test_without_a_script_the_form_searches_and_marks_what_matched(get):
    text = get("/?q=dog&from=&camera=&rating=&sort=").text
    page = Page(text)
    assert page.find("q")["value"] == "dog"
    assert ("mark", "dog") in page.texts
    assert len([a for a in page.all("a") if a.get("href", "").startswith("/photo/")]) == 26
    assert "<strong>26</strong> photos" in text


def test_without_a_script_more_photos_are_a_link_away(get):
    page = Page(get("/?q=&limit=40").text)
    more = next(a for a in page.all("a") if a.get("rel") == "next")
    assert more["href"] == "/?offset=40"
    last = Page(get("/?offset=120").text)
    assert [a.get("rel") for a in last.all("a") if a.get("rel")] == ["prev"]


def test_every_thumbnail_says_its_shape_so_that_nothing_moves(get):
    pictures = [a for a in Page(get("/").text).all("img") if a.get("src", "").startswith("/thumb/")]
    assert len(pictures) == 40
    assert all(int(a["width"]) > 0 and int(a["height"]) > 0 for a in pictures)


def test_a_photo_has_an_address_with_its_neighbours_in_the_result(get, photos):
    ids = [hit["id"] for hit in get("/api/search?q=dog").json()["photos"]]
    page = Page(get(f"/photo/{ids[1]}?q=dog&at=1").text)
    assert "open" in page.find("viewer")
    assert page.find("before")["href"] == f"/photo/{ids[0]}?q=dog&at=0"
    assert page.find("after")["href"] == f"/photo/{ids[2]}?q=dog&at=2"
    assert page.find("close")["href"] == "/?q=dog"
    assert page.find("picture")["src"] == f"/image/{ids[1]}"


@pytest.mark.parametrize("at", ["5", "99999", "x", "-1", "", "9" * 99])
def test_a_photo_that_is_not_at_its_place_any_more_is_shown_without_neighbours(get, at):
    first = get("/api/search?q=dog").json()["photos"][0]["id"]
    page = Page(get(f"/photo/{first}?q=dog&at={at}").text)
    assert "hidden" in page.find("before")
    assert "hidden" in page.find("after")


def test_a_photo_that_was_removed_gets_a_page_for_people(get):
    answer = get("/photo/999")
    assert answer.status_code == 404
    assert "There is no photo 999: it may have been removed since." in answer.text


def test_how_far_the_captioning_is_stands_on_the_page(get, photos):
    assert "captioning: 130 of 150" in get("/").text
    photos.waiting = 0
    assert "hidden" in Page(get("/").text).find("progress")


def test_an_empty_collection_says_what_to_do():
    client = Visitor(create_app(album(0), hosts=frozenset({"localhost"})))
    page = Page(client.get("/").text)
    assert "hidden" not in page.find("nothing")
    assert "hidden" not in page.find("nothing-yet")
    assert "hidden" in page.find("nothing-found")


def test_a_search_without_result_helps(get):
    page = Page(get("/?q=zebra").text)
    assert "hidden" not in page.find("nothing-found")
    assert "hidden" in page.find("nothing-filters")
    tags = [a["href"] for a in page.all("a") if a.get("href", "").startswith("/?tag=")]
    assert tags == ["/?tag=Labrador", "/?tag=snowmobile"]
    narrowed = get("/?q=dog&from=1999&to=1999").text
    assert "hidden" not in Page(narrowed).find("nothing-filters")
    assert '<a class="button" href="/?q=dog">Show 26 without the filters</a>' in narrowed


def test_a_filter_that_is_set_can_be_taken_back_by_a_link(get):
    page = Page(get("/?q=dog&camera=Pixel+7&from=2019&to=2019&sort=oldest").text)
    links = {a["aria-label"]: a["href"] for a in page.all("a") if a.get("class") == "drop"}
    assert links["Remove camera: Pixel 7"] == "/?q=dog&from=2019&to=2019&sort=oldest"
    assert links["Remove date: 2019"] == "/?q=dog&camera=Pixel+7&sort=oldest"
    assert page.find("clear")["href"] == "/?q=dog&sort=oldest"
    assert "hidden" in Page(get("/?q=dog&sort=oldest").text).find("clear")


def test_without_a_script_every_filter_is_a_field_of_the_form_that_says_its_counts(get):
    text = get("/?q=dog&camera=Pixel+7").text
    page = Page(text)
    assert {select["name"] for select in page.all("select")} == {
        "camera",
        "tag",
        "folder",
        "sort",
        "format",
    }
    fields = {field.get("name") for field in page.all("input")}
    assert fields >= {"q", "from", "to", "place", "person"}
    assert '<option value="Pixel 7" selected>Pixel 7 (9)</option>' in text
    assert '<option value="trip">trip (9)</option>' in text


def test_what_was_read_for_what_was_typed_is_a_link_to_it(get, photos):
    photos.read_as = "dog in snow"
    page = Page(get("/?q=dog&sort=newest").text)
    assert ("a", "dog in snow") in page.texts
    assert "/?q=dog+in+snow&sort=newest" in [a.get("href") for a in page.all("a")]


def test_an_index_that_does_not_answer_is_told_on_the_page_which_still_stands(get, photos):
    photos.trouble = "search index: there is none yet; <the daemon> makes it"
    answer = get("/?q=dog")
    assert answer.status_code == 503
    page = Page(answer.text)
    assert "hidden" not in page.find("trouble")
    assert ("span", photos.trouble) in page.texts
    assert page.find("q")["value"] == "dog"


def test_a_page_says_when_the_search_server_is_away(get, photos):
    assert "search server" not in get("/?q=dog").text
    photos.fallback = True
    assert "the search server is away, the built-in search answered" in get("/?q=dog").text
    assert get("/api/search?q=dog").json()["fallback"] is True


def test_hostile_captions_names_and_queries_are_only_text():
    view = photo(1, HOSTILE, human_caption=HOSTILE, camera=HOSTILE, keywords=(HOSTILE,))
    client = Visitor(create_app(Album([view]), hosts=frozenset({"localhost"})))
    for address in ("/", "/photo/1", "/photo/1?at=0"):
        answer = client.get(address, params={"camera": HOSTILE})
        page = Page(answer.text)
        assert not [a for _, a in page.elements if any(name.startswith("on") for name in a)]
        assert {a.get("type") for a in page.all("script")} == {"module", "application/json"}
        assert HOSTILE in [text for _, text in page.texts]
        assert "{{ 7*7 }}" in answer.text
        block = answer.text.partition('id="first">')[2].partition("</script>")[0]
        assert json.loads(block)["found"]["photos"][0]["caption"] == HOSTILE
    hostile_query = client.get("/", params={"q": HOSTILE})
    assert Page(hostile_query.text).find("q")["value"] == HOSTILE


@pytest.mark.parametrize(
    ("matches", "expected"),
    [
        ((), [("a dog runs", False)]),
        (((2, 5),), [("a ", False), ("dog", True), (" runs", False)]),
        (((0, 1), (1, 10)), [("a", True), (" dog runs", True)]),
        (((2, 5), (3, 7)), [("a ", False), ("dog", True), (" r", True), ("uns", False)]),
        (((8, 99), (200, 300), (5, 5)), [("a dog ru", False), ("ns", True)]),
    ],
)
def test_a_caption_is_cut_at_its_matches_and_never_loses_a_letter(matches, expected):
    hit = Hit(PhotoId(1), "0" * 32, 3, 2, "a dog runs", matches=matches)  # type: ignore[arg-type]
    cut = pieces(hit)
    assert "".join(text for text, _ in cut) == "a dog runs"
    if matches[-1:] != ((5, 5),):
        assert cut == expected


def test_importing_the_room_costs_no_web_framework():
    code = "import lantern.web, lantern.web.library, sys; print('starlette' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_a_photo_shows_its_group_and_leads_past_it(get, photos):
    ids = [hit["id"] for hit in get("/api/search?q=dog").json()["photos"]]
    photos.groups = {PhotoId(ids[number]): PhotoId(ids[1]) for number in (1, 2)}
    for shown in ids[1:3]:
        page = Page(get(f"/photo/{shown}?q=dog&at=1").text)
        assert page.find("before")["href"] == f"/photo/{ids[0]}?q=dog&at=0"
        assert page.find("after")["href"] == f"/photo/{ids[3]}?q=dog&at=3"
        assert page.find("alike")["href"] == f"/?like={shown}"
        group = [a for a in page.all("a") if a.get("aria-label", "").startswith("Similar photo")]
        assert {a["href"] for a in group} == {f"/photo/{n}?q=dog&at=1" for n in ids[1:3]}
        assert [a["href"] for a in group if "aria-current" in a] == [f"/photo/{shown}?q=dog&at=1"]
    assert "hidden" in Page(get(f"/photo/{ids[0]}").text).find("viewer-group")


def test_neighbours_are_found_across_the_edges_of_pages(get):
    ids = [hit["id"] for hit in get("/api/search?limit=100").json()["photos"]]
    page = Page(get(f"/photo/{ids[60]}?at=60").text)
    assert page.find("before")["href"] == f"/photo/{ids[59]}?at=59"
    page = Page(get(f"/photo/{ids[59]}?at=59").text)
    assert page.find("after")["href"] == f"/photo/{ids[60]}?at=60"


def test_photos_like_one_have_an_address_to_share(get):
    first = get("/api/search?q=dog").json()["photos"][0]["id"]
    text = get(f"/?like={first}&q=ignored&fbclid=1").text
    page = Page(text)
    assert "More like this – Lantern" in text
    assert "hidden" in page.find("filters")
    hits = get(f"/api/search?like={first}").json()["photos"]
    links = [a["href"] for a in page.all("a") if a.get("href", "").startswith("/photo/")]
    assert links == [
        f"/photo/{first}",
        *(f"/photo/{hit['id']}?like={first}&at={hit['at']}" for hit in hits),
    ]
    assert get("/?like=999").status_code == 404


def test_what_is_like_nothing_says_so():
    client = Visitor(create_app(Album([photo(1, "a dog")]), hosts=frozenset({"localhost"})))
    page = Page(client.get("/?like=1").text)
    assert "hidden" not in page.find("nothing-alike")
    assert "hidden" in page.find("nothing-found")
