"""The JSON API over a collection in memory."""

import pytest

from lantern.errors import Unavailable
from lantern.model import PhotoId
from lantern.web.app import create_app
from support.album import album
from support.visitor import Visitor


@pytest.fixture
def photos():
    return album(60, waiting=40)


@pytest.fixture
def get(photos):
    app = create_app(photos, hosts=frozenset({"localhost"}))
    return Visitor(app).get


def test_a_search_answers_with_its_total_its_time_and_where_it_matched(get):
    found = get("/api/search?q=dog").json()
    assert (found["total"], len(found["photos"])) == (12, 12)
    assert 0 <= found["took_ms"] < 5000
    first = found["photos"][0]
    (start, end), *_ = first["matches"]
    assert first["caption"][start:end] == "dog"


def test_pages_of_a_result_join_without_gap_or_repeat(get):
    whole = [photo["id"] for photo in get("/api/search?limit=60").json()["photos"]]
    parts = [
        photo["id"]
        for offset in (0, 25, 50)
        for photo in get(f"/api/search?offset={offset}&limit=25").json()["photos"]
    ]
    assert parts == whole
    assert len(set(whole)) == 60


def test_filters_narrow_the_result_and_offer_what_they_could_be_changed_to(get):
    found = get("/api/search?from=2019&to=2019&camera=Pixel+7").json()
    assert {photo["taken_at"][:4] for photo in found["photos"]} == {"2019"}
    assert 0 < found["total"] < 60
    months = {month[:4] for month, _ in found["facets"]["month"]}
    assert months == {"2017", "2018", "2019", "2020", "2021"}
    cameras = {camera for camera, _ in found["facets"]["camera"]}
    assert cameras == {"Pixel 7", "Canon EOS 5D"}
    assert get("/api/search?offset=60").json()["facets"] == {}


def test_a_search_that_finds_nothing_says_what_else_there_is(get):
    nothing = get("/api/search?q=dog&folder=nowhere").json()
    assert nothing["total"] == 0
    assert nothing["instead"]["unfiltered"] == 12
    assert {tag for tag, _ in nothing["instead"]["tags"]} == {"Labrador", "snowmobile"}
    assert get("/api/search?q=dog").json()["instead"] is None


def test_the_order_can_be_asked_for(get):
    def dates(sort):
        answer = get(f"/api/search?sort={sort}&limit=60").json()
        return [photo["taken_at"] for photo in answer["photos"]]

    newest, oldest = dates("newest"), dates("oldest")
    assert newest == sorted(newest, reverse=True)
    assert oldest == newest[::-1]


def test_a_period_includes_both_its_ends(get):
    day = get("/api/search").json()["photos"][0]["taken_at"][:10]
    found = get(f"/api/search?from={day}&to={day}").json()
    assert {photo["taken_at"][:10] for photo in found["photos"]} == {day}


def test_a_photo_tells_its_values_and_the_same_in_words(get):
    photo = get("/api/photos/7").json()
    assert photo["sentence"] == "two men sits on a bench"
    assert photo["tags"][0] == {"name": "Labrador", "score": 0.8}
    assert photo["metadata"]["exposure"]["f_number"] == 2.8
    rows = {row["label"]: [part["text"] for part in row["parts"]] for row in photo["details"]}
    assert rows["Exposure"] == ["1/250 s at f/2.8, ISO 200, 50 mm"]
    assert (rows["File"][0], rows["Folder"]) == ("0007.jpg", ["trip"])


def test_a_photo_that_is_not_there_is_refused_with_a_sentence(get):
    answer = get("/api/photos/61")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "there is no photo 61: it may have been removed since",
        "status": 404,
    }


def test_the_status_counts_what_waits(get):
    assert get("/api/status").json() == {
        "photos": 100,
        "described": 60,
        "waiting": 40,
        "failed": 0,
        "searchable": 60,
        "revision": 0,
    }


def test_an_index_that_does_not_answer_is_told_in_its_own_words_to_be_tried_again(get, photos):
    photos.trouble = "search index: there is none yet; the daemon makes it"
    for address in ("/api/search", "/api/status", "/api/photos/1"):
        answer = get(address)
        assert answer.status_code == 503
        assert answer.json()["error"] == photos.trouble
        assert answer.headers["retry-after"] == "2"


def test_health_is_answered_while_the_index_is_not(get, photos):
    photos.trouble = "gone"
    assert get("/health").text == "ok\n"


def test_answers_are_not_kept_without_asking(get):
    assert get("/api/search").headers["cache-control"] == "no-cache"


def test_metrics_are_plain_text_of_the_format_that_prometheus_names(photos):
    app = create_app(photos, hosts=frozenset({"localhost"}), metrics=lambda: b"lantern_up 1\n")
    answer = Visitor(app).get("/metrics")
    assert (answer.status_code, answer.text) == (200, "lantern_up 1\n")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_metrics_that_cannot_be_measured_now_are_503_and_without_them_404(photos, get):
    def absent():
        raise Unavailable("catalog.sqlite3: not there yet")

    app = create_app(photos, hosts=frozenset({"localhost"}), metrics=absent)
    answer = Visitor(app).get("/metrics")
    assert (answer.status_code, answer.json()["error"]) == (503, "catalog.sqlite3: not there yet")
    assert get("/metrics").status_code == 404


def test_of_similar_photos_a_page_shows_the_best_alone_and_says_how_many_there_are(get, photos):
    ids = [hit["id"] for hit in get("/api/search").json()["photos"]]
    photos.groups = {PhotoId(ids[number]): PhotoId(ids[2]) for number in (2, 3, 5)}
    found = get("/api/search").json()
    assert found["total"] == 60
    assert [hit["id"] for hit in found["photos"]] == [ids[0], ids[1], ids[2], ids[4], *ids[6:]]
    assert [hit["at"] for hit in found["photos"][:5]] == [0, 1, 2, 4, 6]
    assert [hit["similar"] for hit in found["photos"][:4]] == [0, 0, 2, 0]
    assert [hit["id"] for hit in get("/api/search?all=1").json()["photos"]] == ids


def test_photos_like_one_are_a_search_and_an_answer_of_their_own(get, photos):
    first = get("/api/search?q=dog").json()["photos"][0]["id"]
    alike = get(f"/api/search?like={first}").json()
    assert alike["total"] == len(alike["photos"]) > 3
    assert first not in [hit["id"] for hit in alike["photos"]]
    other = alike["photos"][0]["id"]
    photos.groups = {PhotoId(first): PhotoId(first), PhotoId(other): PhotoId(first)}
    answer = get(f"/api/similar/{first}?limit=2").json()
    assert answer["photo"] == first
    assert {hit["id"] for hit in answer["group"]} == {first, other}
    assert [hit["id"] for hit in answer["photos"]] == [hit["id"] for hit in alike["photos"][1:3]]


@pytest.mark.parametrize("address", ["/api/search?like=999", "/api/similar/999", "/api/similar/x"])
def test_nothing_is_like_a_photo_that_is_not_there(get, address):
    answer = get(address)
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("there is no photo ")


@pytest.mark.parametrize(
    "address", ["/api/search?like=1&q=dog", "/api/search?like=x", "/api/similar/1?q=dog", "/?all=7"]
)
def test_a_question_that_cannot_be_meant_is_refused(get, address):
    assert get(address).status_code == 400
