"""The page's view of a real catalog, a real index, a real thumbnail store and a real folder."""

import os

import pytest

import photos
from lantern.catalog.reader import CatalogReader
from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.store import Found
from lantern.catalog.thumbnails import PREVIEW, THUMBNAIL, ThumbnailReader
from lantern.errors import Unavailable
from lantern.imaging.formats import Format
from lantern.model import Fingerprint, PhotoId, Place
from lantern.search.embedded import EmbeddedReader
from lantern.search.fallback import FallbackReader
from lantern.web.collection import Collection
from lantern.web.library import Filters, Instead
from support.shelf import Shelf


@pytest.fixture
def house(tmp_path):
    house = Shelf(tmp_path)
    yield house
    house.close()


def captions(house, text, filters=None, offset=0, limit=60):
    page = house.library.search(text, filters or Filters(), "relevance", offset, limit)
    return [hit.caption for hit in page.hits]


def test_a_described_photo_is_found_and_its_match_is_marked(house):
    house.add("a.jpg", "a brown dog runs through the snow", taken_at="2019-07-04T18:30:00")
    house.add("b.jpg", "a cat sleeps")
    (hit,) = house.library.search("dog sno", Filters(), "relevance", 0, 60).hits
    assert [hit.caption[start:end] for start, end in hit.matches] == ["dog", "snow"]
    assert (hit.width, hit.height, hit.taken_at) == (400, 300, "2019-07-04T18:30:00")


@pytest.mark.parametrize("text", ["?!", "🐶", "-"])
def test_signs_alone_find_nothing_and_are_told_what_there_is(house, text):
    house.add("a.jpg", "a dog")
    page = house.library.search(text, Filters(), "relevance", 0, 60)
    assert (page.total, page.hits, page.facets) == (0, (), {})
    assert page.instead == Instead(0, (("Labrador", 1),))


def test_a_page_says_that_the_search_server_did_not_answer(house, tmp_path):
    house.add("a.jpg", "a dog")
    away = EmbeddedReader(tmp_path / "never made")
    library = Collection(
        CatalogReader.open(tmp_path / "catalog.sqlite3"),
        ThumbnailReader(tmp_path / "thumbnails.sqlite3"),
        FallbackReader(away, EmbeddedReader(tmp_path / "index")),
        SimilarityReader.open(tmp_path / "catalog.sqlite3"),
        os.fsencode(house.root),
    )
    page = library.search("dog", Filters(), "relevance", 0, 60)
    assert (page.total, page.fallback) == (1, True)
    assert not house.library.search("dog", Filters(), "relevance", 0, 60).fallback


def test_a_persons_sentence_is_shown_before_the_machines(house):
    house.add("a.jpg", "a dog", human_caption="Rex, aged two")
    (hit,) = house.library.search("rex", Filters(), "relevance", 0, 60).hits
    assert (hit.caption, hit.by_human) == ("Rex, aged two", True)
    view = house.library.photo(hit.id)
    assert view is not None
    assert (view.sentence, view.metadata.human_caption) == ("a dog", "Rex, aged two")


def test_a_correction_is_shown_before_what_stands_in_the_file(house):
    photo = house.add("a.jpg", "a large airplane", human_caption="on our way")
    house.catalog.captions.correct(photo, "a container ship", 3.0)
    house.publish()
    (hit,) = house.library.search("container", Filters(), "relevance", 0, 60).hits
    assert (hit.caption, hit.by_human) == ("a container ship", True)
    view = house.library.photo(photo)
    assert view is not None
    assert (view.sentence, view.metadata.human_caption) == ("a large airplane", "a container ship")
    assert captions(house, "airplane") == []


def test_everything_is_shown_newest_first_and_in_pages(house):
    for year in (2017, 2019, 2018):
        house.add(f"{year}.jpg", f"a dog in {year}", taken_at=f"{year}-01-01T00:00:00")
    assert captions(house, "") == ["a dog in 2019", "a dog in 2018", "a dog in 2017"]
    assert captions(house, "", offset=1, limit=1) == ["a dog in 2018"]


def test_a_filter_offers_what_it_could_be_changed_to(house):
    house.add("a.jpg", "a dog", taken_at="2019-01-01T00:00:00", camera="Pixel 7")
    house.add("b.jpg", "a dog", taken_at="2018-01-01T00:00:00", camera="Canon EOS 5D")
    house.add("c.jpg", "a cat", taken_at="2017-01-01T00:00:00", camera="Pixel 7")
    page = house.library.search(
        "dog", Filters(since="2019", until="2019", camera="Pixel 7"), "relevance", 0, 60
    )
    assert page.total == 1
    assert page.facets["month"] == (("2019-01", 1),)
    assert page.facets["camera"] == (("Pixel 7", 1),)
    page = house.library.search("dog", Filters(since="2019", until="2019"), "relevance", 0, 60)
    assert page.facets["month"] == (("2018-01", 1), ("2019-01", 1))
    assert page.facets["tag"] == (("Labrador", 1),)
    assert "rating" not in page.facets
    assert house.library.search("dog", Filters(), "relevance", 1, 60).facets == {}


def test_stars_are_counted_with_those_of_more_stars(house):
    for stars in (0, 1, 3, 3, 4, None):
        house.add(f"{len(captions(house, ''))}.jpg", "a dog", rating=stars)
    page = house.library.search("", Filters(rating=3), "relevance", 0, 60)
    assert page.total == 3
    assert page.facets["rating"] == (
        ("1", 4),
        ("2", 3),
        ("3", 3),
        ("4", 1),
    )


def test_a_folder_offers_those_beside_it_and_those_below_it(house):
    for name in ("rome/day 1/a.jpg", "rome/day 2/b.jpg", "oslo/c.jpg"):
        house.add(name, "a dog")
    page = house.library.search("", Filters(folder="rome"), "relevance", 0, 60)
    assert page.total == 2
    assert set(page.facets["folder"]) == {
        ("rome", 2),
        ("rome/day 1", 1),
        ("rome/day 2", 1),
        ("oslo", 1),
    }
    page = house.library.search("", Filters(folder="rome/day 1"), "relevance", 0, 60)
    assert set(page.facets["folder"]) == {
        ("rome", 2),
        ("rome/day 1", 1),
        ("rome/day 2", 1),
    }
    page = house.library.search("", Filters(), "relevance", 0, 60)
    assert page.facets["folder"] == (("rome", 2), ("oslo", 1))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(tag="Labrador"), {"a", "b", "c"}),
        (Filters(folder="rome"), {"a", "b"}),
        (Filters(rating=4), {"a"}),
        (Filters(format="PNG"), {"c"}),
        (Filters(place=True), {"b"}),
        (Filters(person=True), {"c"}),
        (Filters(since="2019-07", until="2019-07"), {"a"}),
        (Filters(since="2019-08"), {"b"}),
        (Filters(folder="rome", rating=1, place=True), set()),
    ],
)
def test_every_filter_reaches_the_index(house, filters, expected):
    house.add("rome/1.jpg", "a", rating=5, taken_at="2019-07-31T23:59:59")
    house.add("rome/2.jpg", "b", place=Place(41.9, 12.5), taken_at="2019-08-01T00:00:00")
    house.add("3.png", "x", file_format=Format.PNG, human_caption="c")
    assert set(captions(house, "", filters)) == expected


def test_a_search_in_vain_says_what_its_text_finds_alone_and_what_is_seen_most(house):
    house.add("a.jpg", "a dog", camera="Pixel 7")
    page = house.library.search("dog", Filters(camera="X-T3"), "relevance", 0, 60)
    assert page.instead == Instead(1, (("Labrador", 1),))
    page = house.library.search("zebra", Filters(), "relevance", 0, 60)
    assert page.instead == Instead(0, (("Labrador", 1),))
    assert house.library.search("dog", Filters(), "relevance", 0, 60).instead is None


def test_a_text_with_errors_says_what_it_was_read_as(house):
    house.add("a.jpg", "a dog in the snow")
    assert house.library.search("dog in snwo ", Filters(), "relevance", 0, 60).read_as == (
        "dog in snow"
    )
    assert house.library.search("dog in snow ", Filters(), "relevance", 0, 60).read_as == ""
    assert house.library.search("dog in sno", Filters(), "relevance", 0, 60).read_as == ""


def test_the_order_is_the_one_asked_for(house):
    for year in (2018, 2019, 2017):
        house.add(f"{year}.jpg", f"a dog in {year}", taken_at=f"{year}-01-01T00:00:00")
    hits = house.library.search("dog", Filters(), "oldest", 0, 60).hits
    assert [hit.caption for hit in hits] == ["a dog in 2017", "a dog in 2018", "a dog in 2019"]


def test_a_period_includes_both_its_ends(house):
    for day in ("2019-07-03", "2019-07-04", "2019-07-05"):
        house.add(f"{day}.jpg", day, taken_at=f"{day}T12:00:00")
    assert captions(house, "", Filters(since="2019-07-04", until="2019-07-04")) == ["2019-07-04"]
    assert captions(house, "", Filters(since="2019-07-04")) == ["2019-07-05", "2019-07-04"]


def test_what_browsers_show_is_handed_out_as_it_lies_in_the_folder(house):
    data = photos.jpeg()
    found = house.library.picture(house.add("a.jpg", "a dog", data))
    assert found is not None
    with found.file:
        found.file.seek(0)
        assert (found.file.read(), found.size, found.media_type) == (data, len(data), "image/jpeg")


def test_the_type_is_what_the_bytes_say_whatever_the_name(house):
    data = photos.encoded(photos.picture(), "PNG")
    found = house.library.picture(house.add("a.jpg", "a dog", data))
    assert found is not None
    found.file.close()
    assert found.media_type == "image/png"


def test_what_browsers_do_not_show_is_handed_out_as_its_rendition(house):
    photo = house.add("a.tif", "a dog", photos.encoded(photos.picture(), "TIFF"), Format.TIFF)
    assert house.library.picture(photo) is None
    view = house.library.photo(photo)
    assert view is not None
    for kind, data in ((THUMBNAIL, b"small"), (PREVIEW, b"large")):
        house.thumbnails.put(view.fingerprint, kind, data)
        house.thumbnails.flush()
        found = house.library.picture(photo)
        assert found is not None
        assert (found.file.read(), found.media_type) == (data, "image/jpeg")


def test_the_original_is_the_file_itself_also_where_browsers_do_not_show_it(house):
    data = photos.encoded(photos.picture(), "TIFF")
    content, name = house.library.original(house.add("a.tif", "a dog", data, Format.TIFF))
    with content.file:
        assert content.file.read() == data
    assert (name, content.media_type, content.size) == ("a.tif", "image/tiff", len(data))


def test_the_original_of_a_lost_file_is_none(house):
    photo = house.add("a.jpg", "a dog")
    (house.root / "a.jpg").unlink()
    assert house.library.original(photo) is None


def test_a_file_replaced_by_a_link_out_of_the_folder_is_not_followed(house, tmp_path):
    photo = house.add("a.jpg", "a dog")
    (tmp_path / "secret.jpg").write_bytes(photos.jpeg())
    (house.root / "a.jpg").unlink()
    (house.root / "a.jpg").symlink_to(tmp_path / "secret.jpg")
    assert house.library.picture(photo) is None
    assert house.library.original(photo) is None


def test_a_file_replaced_by_a_web_page_is_not_handed_out(house):
    photo = house.add("a.jpg", "a dog")
    (house.root / "a.jpg").write_bytes(b"<!doctype html><script>alert(1)</script>")
    assert house.library.picture(photo) is None


def test_a_thumbnail_is_found_by_its_fingerprint(house):
    house.thumbnails.put(Fingerprint("0" * 32), THUMBNAIL, b"small")
    house.thumbnails.flush()
    assert house.library.thumbnail(Fingerprint("0" * 32)) == (b"small", "image/jpeg", False)
    assert house.library.thumbnail(Fingerprint("1" * 32)) is None


def test_the_status_counts_files_by_how_far_they_are(house):
    house.add("a.jpg", "a dog")
    house.catalog.discover(b"", [Found(b"b.jpg", 1, 1)], now=0.0)
    status = house.library.status()
    assert (status.photos, status.described, status.waiting) == (2, 1, 1)
    assert (status.failed, status.searchable) == (0, 1)


def test_an_unknown_photo_is_none_and_never_an_error(house):
    assert house.library.photo(PhotoId(10**18)) is None
    assert house.library.picture(PhotoId(0)) is None
    assert house.library.original(PhotoId(0)) is None


def test_before_the_daemons_first_start_everything_is_unavailable(tmp_path):
    library = Collection(
        CatalogReader.open(tmp_path / "catalog.sqlite3"),
        ThumbnailReader(tmp_path / "thumbnails.sqlite3"),
        EmbeddedReader(tmp_path / "index"),
        SimilarityReader.open(tmp_path / "catalog.sqlite3"),
        os.fsencode(tmp_path),
    )
    for question in (
        lambda: library.search("dog", Filters(), "relevance", 0, 60),
        lambda: library.photo(PhotoId(1)),
        lambda: library.thumbnail(Fingerprint("0" * 32)),
        library.status,
    ):
        with pytest.raises(Unavailable):
            question()


def test_of_similar_photos_the_best_alone_is_shown_where_the_first_one_stands(house):
    moment = "2019-07-0{}T18:30:00"
    first = house.add("1.jpg", "a dog", taken_at=moment.format(3), likeness=0.0)
    best = house.add("2.jpg", "a dog", taken_at=moment.format(1), rating=5, likeness=0.05)
    other = house.add("3.jpg", "a dog", taken_at=moment.format(2), likeness=1.0)
    house.group()
    page = house.library.search("", Filters(), "relevance", 0, 60)
    assert [(hit.id, hit.at, hit.similar) for hit in page.hits] == [(best, 0, 1), (other, 1, 0)]
    assert page.total == 3
    every = house.library.search("", Filters(every=True), "relevance", 0, 60)
    assert [(hit.id, hit.at) for hit in every.hits] == [(first, 0), (other, 1), (best, 2)]


def test_what_is_not_sure_to_be_seen_is_neither_told_nor_found(house):
    photo = house.add("a.jpg", "a dog in the snow")
    assert [tag.name for tag in house.library.photo(photo).tags] == ["Labrador"]
    assert house.library.search("labrador", Filters(), "relevance", 0, 60).total == 1
    assert house.library.search("saluki", Filters(), "relevance", 0, 60).total == 0


def test_a_photo_tells_its_group_the_best_first(house):
    plain = house.add("1.jpg", "a dog", likeness=0.0)
    rated = house.add("2.jpg", "a dog", likeness=0.0, rating=3)
    alone = house.add("3.jpg", "a dog", likeness=1.0)
    house.group()
    for photo in (plain, rated):
        view = house.library.photo(photo)
        assert [hit.id for hit in view.group] == [rated, plain]
    assert house.library.photo(alone).group == ()


def test_photos_like_one_leave_its_own_group_out_and_show_others_groups_once(house):
    asked = house.add("1.jpg", "a dog", likeness=0.0)
    house.add("copy.jpg", "a dog", likeness=0.0)
    near = house.add("2.jpg", "a wolf", likeness=0.7)
    house.add("2 again.jpg", "a wolf", likeness=0.75)
    far = house.add("3.jpg", "a cat", likeness=-0.85)
    unlike = house.add("4.jpg", "a boat", likeness=2.5)
    house.group()
    page = house.library.like(asked, Filters(), 0, 60)
    assert [hit.id for hit in page.hits] == [near, far]
    assert [hit.at for hit in page.hits] == [0, 1]
    assert page.hits[0].likeness > page.hits[1].likeness
    assert house.library.like(asked, Filters(every=True), 0, 60).total == 3
    assert house.library.like(unlike, Filters(), 0, 60).hits == ()
    assert [hit.id for hit in house.library.like(asked, Filters(), 1, 1).hits] == [far]
    assert house.library.like(PhotoId(999), Filters(), 0, 60) is None


def test_a_hidden_photo_is_shown_to_its_owner_alone_and_to_nobody_among_others(house):
    kept = house.add("a.jpg", "a dog in the snow", photos.jpeg(), likeness=0.0)
    seen = [house.add(f"{name}.jpg", f"a dog {name}", likeness=0.0) for name in "bc"]
    house.group()
    fingerprint = house.library.photo(kept).fingerprint
    house.thumbnails.put(fingerprint, THUMBNAIL, b"small")
    house.thumbnails.flush()
    house.catalog.hiding.hide(kept, now=3.0)
    library, owners = house.library, house.library.for_owner()
    # The index has not heard of it yet: the page needs no index to keep it.
    assert [hit.id for hit in library.search("snow", Filters(), "relevance", 0, 60).hits] == []
    assert library.photo(kept) is library.picture(kept) is library.original(kept) is None
    assert library.thumbnail(fingerprint) is None
    assert library.like(kept, Filters(), 0, 60) is None
    assert {hit.id for hit in library.photo(seen[0]).group} == set(seen)
    every = Filters(every=True)
    assert {hit.similar for hit in library.search("dog", every, "relevance", 0, 60).hits} == {1}
    assert owners.photo(kept).hidden
    assert owners.picture(kept).media_type == "image/jpeg"
    assert owners.original(kept).name == "a.jpg"
    assert owners.thumbnail(fingerprint) == (b"small", "image/jpeg", True)
    assert [hit.id for hit in owners.hidden(0, 60).hits] == [kept]
    house.catalog.hiding.show(kept, now=4.0)
    assert library.photo(kept) is not None
    assert owners.hidden(0, 60).hits == ()
