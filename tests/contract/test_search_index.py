"""One suite for every search engine: what `search.port` promises, asked of real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantern.errors import Unavailable
from lantern.model import Caption, Metadata, PhotoId, Tag
from lantern.search.document import SURE, Document, document
from lantern.search.embedded import EmbeddedIndex, EmbeddedReader
from lantern.search.meili import MeiliIndex, MeiliReader
from lantern.search.port import MOST_VALUES, Counts, Facets, Results, SearchIndex, SearchReader
from lantern.search.query import (
    FACETS,
    Camera,
    DateRange,
    Described,
    Filter,
    InFolder,
    OfFormat,
    Placed,
    Rated,
    Tagged,
    parse,
    year,
)
from support import meili


class Engine(msgspec.Struct, frozen=True):
    """How to come by the two sides of one engine, over the same place."""

    name: str
    open: Callable[[], SearchIndex]
    reader: Callable[[], SearchReader]


ENGINES = ["embedded", "model of the server", *(["server"] if meili.REAL else [])]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "embedded":
        at = tmp_path / "index"
        yield Engine("embedded", lambda: EmbeddedIndex.open(at), lambda: EmbeddedReader(at))
    elif request.param == "server":
        yield _served(meili.real(tmp_path), "server")
    else:
        meili.need_specification()
        with meili.fake(tmp_path) as fake:
            yield _served(meili.keys_of(fake, tmp_path), "model")


def _served(keys: meili.Keys, name: str) -> Engine:
    def opened() -> SearchIndex:
        index = MeiliIndex(keys.index)
        index.ensure()
        return index

    return Engine(name, opened, lambda: MeiliReader(keys.search))


@pytest.mark.skipif(not meili.REAL, reason=meili.WITHOUT)
def test_the_server_is_of_the_version_that_lantern_installs() -> None:
    assert meili.version_of_the_real() == meili.version_installed()


@pytest.fixture
def relevance(engine: Engine) -> None:
    if engine.name == "model":
        pytest.skip("the model of the server ranks by typos and date alone; set MEILI_URL")


@pytest.fixture
def one_writer(engine: Engine) -> None:
    if engine.name != "embedded":
        pytest.skip("the server lets any number of writers in; the daemon's own lock parts them")


@pytest.fixture
def index(engine: Engine) -> Iterator[SearchIndex]:
    opened = engine.open()
    yield opened
    opened.close()


@pytest.fixture
def reader(engine: Engine, index: SearchIndex) -> Iterator[SearchReader]:
    opened = engine.reader()
    yield opened
    opened.close()


def photo(
    number: int, sentence: str = "", path: str = "", tags: tuple[str, ...] = (), **known: object
) -> Document:
    return document(
        PhotoId(number),
        caption=Caption(sentence, 0.5, "test 1") if sentence else None,
        tags=tuple(Tag(name, 0.9) for name in tags),
        metadata=msgspec.convert({"width": 4, "height": 3, **known}, Metadata),
        paths=[(path or f"p/{number}.jpg").encode()],
    )


def ids(results: Results) -> list[int]:
    return [hit.id for hit in results.hits]


SNOW = photo(1, "a dog runs through the snow", taken_at="2019-07-04T23:30:00+02:00", camera="X-T3")
BEACH = photo(2, "two dogs on a beach", taken_at="2020-01-31T08:00:00", camera="X-T30")
CAKE = photo(3, "a birthday cake on a table", path="Grandma90/IMG_0042.JPG", taken_at="1998-12-24")
UNDATED = photo(4, "a red bus", human_caption="Our café in Österreich", keywords=("Vacaciones",))
ALL = (SNOW, BEACH, CAKE, UNDATED)


def test_a_photo_is_found_at_once_by_a_reader_that_was_open_before(
    index: SearchIndex, reader: SearchReader
) -> None:
    assert reader.search(parse("dog")).total == 0
    index.apply([SNOW])
    assert ids(reader.search(parse("dog"))) == [1]


def test_a_photo_sent_again_replaces_itself(index: SearchIndex, reader: SearchReader) -> None:
    index.apply([SNOW])
    index.apply([photo(1, "a cat sleeps")])
    assert reader.search(parse("dog")).total == 0
    assert ids(reader.search(parse("cat"))) == [1]
    assert index.count() == 1


def test_of_one_photo_twice_in_a_batch_the_later_stays(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply([SNOW, photo(1, "a cat sleeps")])
    assert index.count() == 1
    assert ids(reader.search(parse("cat"))) == [1]


def test_deletions_take_out_and_forget_what_is_not_there(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply(ALL)
    index.apply([], [PhotoId(1), PhotoId(99)])
    assert index.count() == 3
    assert ids(reader.search(parse("dog"))) == [2]


def test_an_id_both_sent_and_deleted_is_there(index: SearchIndex, reader: SearchReader) -> None:
    index.apply([SNOW], [PhotoId(1)])
    assert ids(reader.search(parse("dog"))) == [1]


def test_an_empty_batch_changes_nothing(index: SearchIndex) -> None:
    index.apply([SNOW])
    index.apply([], [])
    assert index.count() == 1


def test_the_generation_lasts_over_a_restart_and_changes_when_cleared(
    engine: Engine, index: SearchIndex
) -> None:
    index.apply([SNOW])
    first = index.generation()
    index.close()
    again = engine.open()
    assert again.generation() == first
    assert again.count() == 1
    again.clear()
    assert again.generation() != first
    assert again.count() == 0
    again.close()


def test_a_reader_follows_a_cleared_and_refilled_index(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply(ALL)
    assert reader.search(parse("dog")).total == 2
    index.clear()
    assert reader.search(parse("dog")).total == 0
    index.apply([BEACH])
    assert ids(reader.search(parse("dog"))) == [2]


def test_a_reader_before_the_first_index_says_so_and_heals(engine: Engine) -> None:
    reader = engine.reader()
    with pytest.raises(Unavailable, match="none yet"):
        reader.search(parse("dog"))
    index = engine.open()
    index.apply([SNOW])
    assert ids(reader.search(parse("dog"))) == [1]
    index.close()


def test_a_reader_answers_while_nobody_writes(index: SearchIndex, reader: SearchReader) -> None:
    index.apply([SNOW])
    index.close()
    assert ids(reader.search(parse("dog"))) == [1]


def test_a_second_writer_is_refused_until_the_first_closes(
    engine: Engine, one_writer: None, index: SearchIndex
) -> None:
    with pytest.raises(Unavailable, match="another Lantern holds it"):
        engine.open()
    index.close()
    engine.open().close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("snow", {1}),
        ("sn", {1}),
        ("dogs ", {1, 2}),
        ("dog ", {1, 2}),
        ("running ", {1}),
        ("dog in the snow", {1}),
        ("snow dog", {1}),
        ("dog cake", set()),
        ("snwo ", {1}),
        ("brithday", {3}),
        ("birtdhay tabel", {3}),
        ("our cafe", {4}),
        ("OUR CAFÉ", {4}),
        ("osterreich", {4}),
        ("vacacion", {4}),
        ("grandma", {3}),
        ("img_0042.jpg", {3}),
        ("0042", {3}),
        ("july 2019", {1}),
        ("jul 2019", {1}),
        ("2019-07-04", {1}),
        ("thursday", {1, 3}),
        ("dog thursday", {1}),
        ("x-t30", {2}),
        ("", {1, 2, 3, 4}),
        ("year:2020", {2}),
        ("from:2019-07-04 to:2019-07-04", {1}),
        ("to:2019", {1, 3}),
        ("dog from:2019-08", {2}),
        ("dog -snow", {2}),
        ("dog -snow ", {2}),
        ("-snow dog", {2}),
        ("dog -sno", {1, 2}),
        ("-dogs", {3, 4}),
        ("-dog -CAFÉ", {3}),
        ("-dog year:2019", set()),
        ("year:2019 -2019", set()),
        ("beahc -snow ", {2}),
        ("dgo -snow ", set()),
        ("x-t30 -birthday", {2}),
        ("dog -t-snow", {2}),
        ("dog - snow", {1}),
        ("-dog dog", set()),
        ("-zebra", {1, 2, 3, 4}),
    ],
)
def test_what_people_type_finds_the_photo(
    index: SearchIndex, reader: SearchReader, text: str, found: set[int]
) -> None:
    index.apply(ALL)
    assert set(ids(reader.search(parse(text)))) == found


def test_every_key_on_the_way_to_a_word_finds_the_photo(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply(ALL)
    for end in range(1, len("birthday cake") + 1):
        assert 3 in ids(reader.search(parse("birthday cake"[:end])))


@pytest.mark.parametrize("word", ["cat", "2019"])
def test_short_words_and_numbers_are_not_taken_for_misspelt_ones(
    index: SearchIndex, reader: SearchReader, word: str
) -> None:
    index.apply([photo(1, "a cut of meat", path="2018.jpg")])
    assert reader.search(parse(word)).total == 0


def test_typos_are_forgiven_and_told_only_where_nothing_matches_as_typed(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply([photo(1, "people on a beach"), photo(2, "a bench")])
    assert not reader.search(parse("beach ")).forgiving
    assert ids(reader.search(parse("beach "))) == [1]
    assert reader.search(parse("beahc ")).forgiving
    assert ids(reader.search(parse("beahc "))) == [1]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("bycicle ", [1]),
        ("bycicle", [1]),
        ("dgo ", [2]),
        ("odg runs ", [2]),
        ("dgo", [2]),
        ("teh dgo ", [2]),
        ("dag ", []),
    ],
)
def test_slips_of_typing_are_forgiven(
    index: SearchIndex, reader: SearchReader, typed: str, found: list[int]
) -> None:
    index.apply([photo(1, "a man rides a bicycle"), photo(2, "the dog runs"), photo(3, "a cat")])
    assert ids(reader.search(parse(typed))) == found


def test_a_tag_that_is_not_sure_is_neither_searched_nor_counted(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply([COPIES])
    assert ids(reader.search(parse("crane "))) == []
    assert ids(reader.search(parse("tabby "))) == [2]
    assert reader.search(parse("", facets=["tag"])).facets.tag == (("tabby cat", 1),)


def test_exact_ranks_over_beginning(
    relevance: None, index: SearchIndex, reader: SearchReader
) -> None:
    index.apply([photo(2, "the boardwalk"), photo(3, "a board game")])
    assert ids(reader.search(parse("board"))) == [3, 2]


def test_fewer_typos_rank_over_more(
    relevance: None, index: SearchIndex, reader: SearchReader
) -> None:
    index.apply([photo(1, "an elegant hat"), photo(2, "an elephant")])
    assert ids(reader.search(parse("elephnt "))) == [2, 1]


def test_what_a_person_wrote_ranks_over_sentence_over_tag_over_name(
    relevance: None, index: SearchIndex, reader: SearchReader
) -> None:
    index.apply(
        [
            photo(1, path="tiger.jpg"),
            photo(2, tags=("tiger",)),
            photo(3, "a tiger"),
            photo(4, "an animal", human_caption="Our tiger"),
        ]
    )
    assert ids(reader.search(parse("tiger "))) == [4, 3, 2, 1]


def test_words_side_by_side_rank_over_words_apart(
    relevance: None, index: SearchIndex, reader: SearchReader
) -> None:
    index.apply(
        [photo(1, "a red shirt beside a white car"), photo(2, "a white shirt in a red car")]
    )
    assert ids(reader.search(parse("red car "))) == [2, 1]


def test_of_equal_matches_the_newer_photo_comes_first(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply([photo(n, "a dog", taken_at=f"20{n:02}-05-01") for n in (11, 13, 12)])
    assert ids(reader.search(parse("dog "))) == [13, 12, 11]


def test_photos_sort_by_date_taken_with_undated_ones_last(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply(ALL)
    assert ids(reader.search(parse("", sort="newest"))) == [2, 1, 3, 4]
    assert ids(reader.search(parse("", sort="oldest"))) == [3, 1, 2, 4]
    assert ids(reader.search(parse(""))) == [2, 1, 3, 4]
    assert ids(reader.search(parse("dog ", sort="oldest"))) == [1, 2]


def test_of_photos_of_one_moment_the_one_that_is_written_again_keeps_its_place(
    index: SearchIndex, reader: SearchReader
) -> None:
    views = [photo(n, "a dog", taken_at="2019-07-04T12:00:00") for n in range(1, 6)]
    index.apply(views)
    index.apply([photo(2, "a cat", taken_at="2019-07-04T12:00:00")])
    index.apply([views[3]])
    assert ids(reader.search(parse("", sort="newest"))) == [5, 4, 3, 2, 1]
    assert ids(reader.search(parse("", sort="oldest"))) == [1, 2, 3, 4, 5]
    assert ids(reader.search(parse("dog ", sort="newest"))) == [5, 4, 3, 1]


def test_a_photo_that_tells_no_date_stands_where_its_file_does_and_is_not_found_by_its_words(
    index: SearchIndex, reader: SearchReader
) -> None:
    dated = document(
        PhotoId(9),
        caption=None,
        tags=(),
        metadata=Metadata(4, 3),
        paths=[b"a.jpg"],
        file_date="2019-08-01T12:00:00",
    )
    index.apply([*ALL, dated])
    assert ids(reader.search(parse("", sort="newest"))) == [2, 9, 1, 3, 4]
    assert ids(reader.search(parse("august"))) == []
    summer = DateRange(date(2019, 7, 1), date(2019, 8, 31))
    assert ids(reader.search(parse("", filters=(summer,), sort="newest"))) == [9, 1]


def test_pages_follow_each_other_and_the_total_counts_all(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply([photo(n, "a dog", taken_at=f"2001-01-{n:02}") for n in range(1, 26)])
    pages = [reader.search(parse("dog ", offset=at, limit=10)) for at in (0, 10, 20, 30)]
    assert [number for page in pages for number in ids(page)] == list(range(25, 0, -1))
    assert {page.total for page in pages} == {25}


def test_a_limit_of_nothing_still_counts(index: SearchIndex, reader: SearchReader) -> None:
    index.apply(ALL)
    counted = reader.search(parse("dog ", limit=0))
    assert (counted.hits, counted.total) == ((), 2)


def test_the_camera_filter_means_that_camera_and_no_longer_name(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply(ALL)
    assert ids(reader.search(parse("", filters=[Camera("X-T3")]))) == [1]
    assert ids(reader.search(parse("", filters=[Camera('X" OR *')]))) == []


def test_date_ranges_include_both_ends_by_the_local_clock(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply(ALL)
    for wanted, found in (
        (DateRange(date(2019, 7, 4), date(2019, 7, 4)), [1]),
        (DateRange(date(2019, 7, 5), date(2020, 1, 31)), [2]),
        (DateRange(None, date(1998, 12, 24)), [3]),
        (DateRange(date(2020, 2, 1), None), []),
        (DateRange(None, None), [2, 1, 3]),
        (DateRange(date(2020, 1, 1), date(2019, 1, 1)), []),
        (year(1998), [3]),
    ):
        assert ids(reader.search(parse("", filters=[wanted]))) == found


def test_all_filters_must_hold(index: SearchIndex, reader: SearchReader) -> None:
    index.apply(ALL)
    assert ids(reader.search(parse("dog", filters=[Camera("X-T30"), year(2020)]))) == [2]
    assert ids(reader.search(parse("dog", filters=[Camera("X-T30"), year(2019)]))) == []


ROME = msgspec.structs.replace(
    photo(1, "a dog in Rome", path="2019/rome/a.jpg", tags=("tabby cat",), rating=5),
    formats=("jpeg", "raw"),
    placed=True,
)
COPIES = document(
    PhotoId(2),
    caption=Caption("a dog runs", 0.5, "test 1"),
    tags=(Tag("tabby cat", SURE), Tag("crane", SURE - 0.01)),
    metadata=Metadata(4, 3, rating=3, taken_at="2019-07-04", camera="X-T3"),
    paths=[b"2019/a.jpg", b"best/b.heic", b"best/c.heic"],
    formats=["jpeg", "heif", "heif"],
)
BESIDE = photo(3, "a cat", path="2019b/a.jpg", human_caption="Our cat", rating=0)
ROOT = photo(4, "a dog in a sack", path="top.jpg", human_caption="Rex", taken_at="1931-05-06")
NARROWED = (ROME, COPIES, BESIDE, ROOT)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Tagged("tabby cat"), {1, 2}),
        (Tagged("tabby"), set()),
        (Tagged("crane"), set()),
        (InFolder("2019"), {1, 2}),
        (InFolder("2019/rome"), {1}),
        (InFolder("2019b"), {3}),
        (InFolder("201"), set()),
        (InFolder("rome"), set()),
        (InFolder("2019/"), set()),
        (InFolder(""), set()),
        (InFolder("best"), {2}),
        (Rated(1), {1, 2}),
        (Rated(3), {1, 2}),
        (Rated(4), {1}),
        (Rated(5), {1}),
        (OfFormat("jpeg"), {1, 2}),
        (OfFormat("heif"), {2}),
        (OfFormat("raw"), {1}),
        (OfFormat("JPEG"), set()),
        (OfFormat("tiff"), set()),
        (Placed(), {1}),
        (Described(), {3, 4}),
    ],
    ids=str,
)
def test_a_filter_passes_the_photos_that_it_names(
    index: SearchIndex, reader: SearchReader, wanted: Filter, found: set[int]
) -> None:
    index.apply(NARROWED)
    assert set(ids(reader.search(parse("", filters=[wanted])))) == found


def test_filters_of_one_kind_must_all_hold(index: SearchIndex, reader: SearchReader) -> None:
    index.apply(NARROWED)
    both = [InFolder("2019"), InFolder("best"), OfFormat("heif"), Rated(2)]
    assert ids(reader.search(parse("dog", filters=both))) == [2]
    assert ids(reader.search(parse("dog", filters=[*both, Placed()]))) == []


def test_facets_count_the_photos_that_match(index: SearchIndex, reader: SearchReader) -> None:
    index.apply(NARROWED)
    assert reader.search(parse("", facets=FACETS)).facets == Facets(
        month=(("1931-05", 1), ("2019-07", 1)),
        camera=(("X-T3", 1),),
        tag=(("tabby cat", 2),),
        folder=(("2019", 2), ("2019b", 1), ("best", 1)),
        rating=(("0", 1), ("3", 1), ("5", 1)),
        format=(("jpeg", 2), ("heif", 1), ("raw", 1)),
        place=(("yes", 1),),
        person=(("yes", 2),),
    )
    some = reader.search(parse("dog ", facets=FACETS, filters=[Rated(4)])).facets
    assert some == Facets(
        tag=(("tabby cat", 1),),
        folder=(("2019", 1),),
        rating=(("5", 1),),
        format=(("jpeg", 1), ("raw", 1)),
        place=(("yes", 1),),
    )


def test_folders_are_counted_right_below_the_chosen_one(
    index: SearchIndex, reader: SearchReader
) -> None:
    def counted(*folders: str) -> Counts:
        chosen = [InFolder(folder) for folder in folders]
        return reader.search(parse("", filters=chosen, facets=["folder"], limit=0)).facets.folder

    deep = "/".join("abcdefgh")
    both = msgspec.structs.replace(ROME, id=PhotoId(8), within=("best", "best/of", *ROME.within))
    index.apply([*NARROWED, both, photo(9, "a dog", path=f"{deep}/i.jpg")])
    assert counted("2019") == (("2019/rome", 2),)
    assert counted("2019/rome") == ()
    assert counted("2019", "best") == (("best/of", 1),)
    assert counted("a/b/c/d/e") == (("a/b/c/d/e/f", 1),)
    assert counted("a/b/c/d/e/f") == ()
    assert counted(deep) == ()


def test_what_is_left_out_is_not_counted(index: SearchIndex, reader: SearchReader) -> None:
    index.apply(ALL)
    for text, total in (("-snow", 3), ("dog -snow", 1), ("beahc -snow ", 1)):
        for limit in (0, 40):
            found = reader.search(parse(text, limit=limit, facets=["camera"]))
            assert (found.total, found.facets.camera) == (total, (("X-T30", 1),))


def test_words_are_left_out_however_many_are_demanded(
    index: SearchIndex, reader: SearchReader
) -> None:
    many = " ".join(f"word{number}" for number in range(10))
    index.apply([photo(1, many), photo(2, f"{many} snow")])
    assert ids(reader.search(parse(f"{many} -snow "))) == [1]


def test_further_questions_are_answered_as_if_each_were_asked_by_itself(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply(NARROWED)
    also = (
        parse("dog ", limit=0, facets=["month", "rating"]),
        parse("runz ", limit=0, facets=["format"]),
        parse("zebra ", facets=FACETS),
    )
    asked = parse("dog ", filters=[Rated(4)], facets=FACETS)
    found = reader.search(msgspec.structs.replace(asked, also=also))
    assert found.also == tuple(map(reader.search, also))
    assert [other.forgiving for other in found.also] == [False, True, False]
    assert msgspec.structs.replace(found, also=()) == reader.search(asked)


def test_only_those_facets_are_counted_that_were_asked_for(
    index: SearchIndex, reader: SearchReader
) -> None:
    index.apply(NARROWED)
    assert reader.search(parse("dog ")).facets == Facets()
    months = reader.search(parse("dog ", facets=["month"], limit=0))
    assert months.facets == Facets(month=(("1931-05", 1), ("2019-07", 1)))
    assert reader.search(parse("zebra ", facets=FACETS)).facets == Facets()


def test_facets_count_what_typos_found_as_well(index: SearchIndex, reader: SearchReader) -> None:
    index.apply(NARROWED)
    found = reader.search(parse("runz ", facets=["format"]))
    assert (found.forgiving, found.facets.format) == (True, (("heif", 1), ("jpeg", 1)))


def test_of_many_values_those_of_most_photos_are_told_and_of_months_all(
    index: SearchIndex, reader: SearchReader
) -> None:
    months = [f"{1900 + n // 12}-{n % 12 + 1:02}" for n in range(MOST_VALUES + 20)]
    index.apply(
        [photo(n, path=f"f{n}/a.jpg", taken_at=f"{m}-01") for n, m in enumerate(months, 1)]
        + [photo(900 + n, path="f99/b.jpg", camera=f"camera {n}") for n in range(3)]
    )
    facets = reader.search(parse("", facets=["month", "folder"])).facets
    assert facets.month == tuple((month, 1) for month in months)
    assert facets.folder[0] == ("f99", 4)
    assert len(facets.folder) == MOST_VALUES


HOSTILE = [
    'X" OR *',
    "X' OR '1'='1",
    '\\" OR id > 0 OR "',
    "X\\",
    "X\\\\",
    "x_key = 1",
    "EXISTS",
    " x ",
    "\x00",
    "\n",
    "Ö",
    "ö",
    "o\u0308",
    "ﬁ",
    "fi",
    "FI",
    "(",
    "{a,b}*?[",
    "%2e%2e",
    "..",
    "\u202e",
    "😀" * 60,
    "long " * 200,
    "long " * 200 + ".",
]


@pytest.mark.parametrize("facet", ["camera", "tag", "folder", "format"])
def test_a_name_of_any_characters_finds_its_own_photos_and_is_counted_as_it_is(
    index: SearchIndex, reader: SearchReader, facet: str
) -> None:
    index.apply([_named(facet, number, name) for number, name in enumerate(HOSTILE, 1)])
    counted = reader.search(parse("", facets=FACETS)).facets
    assert dict(getattr(counted, facet)) == dict.fromkeys(HOSTILE, 1)
    kind = {"camera": Camera, "tag": Tagged, "folder": InFolder, "format": OfFormat}[facet]
    for number, name in enumerate(HOSTILE, 1):
        assert ids(reader.search(parse("", filters=[kind(name)]))) == [number], name


def _named(facet: str, number: int, name: str) -> Document:
    values = {
        "camera": {"camera": name},
        "tag": {"tags": (name,)},
        "folder": {"within": (name,)},
        "format": {"formats": (name,)},
    }[facet]
    return msgspec.structs.replace(Document(PhotoId(number)), **values)


def test_years_before_1970_are_dates_like_others(index: SearchIndex, reader: SearchReader) -> None:
    index.apply([photo(9, "a man", taken_at="1931-05-06T12:00:00"), SNOW])
    assert ids(reader.search(parse("year:1931"))) == [9]
    assert ids(reader.search(parse("", sort="oldest"))) == [9, 1]


@pytest.fixture
def filled(index: SearchIndex, reader: SearchReader) -> SearchReader:
    index.apply(ALL)
    return reader


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text() | st.text(alphabet='+-"()[]{}^~*?:\\/ ANDORNOTdog\x00\u202e', max_size=40))
def test_no_text_makes_a_search_fail(filled: SearchReader, text: str) -> None:
    found = filled.search(parse(text))
    assert found.total >= len(found.hits)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "dog " * 5_000,
        "\x00\x01\x02",
        'sentence:dog AND (id:[1 TO *] OR "',
        "\u202edog\u202c",
        "year:99999 from: to:x year:0000",
    ],
)
def test_hostile_text_is_answered(filled: SearchReader, text: str) -> None:
    assert filled.search(parse(text)).total <= len(ALL)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(min_size=1), name=st.binary(min_size=1, max_size=60))
def test_any_text_of_a_photo_can_be_indexed(index: SearchIndex, text: str, name: bytes) -> None:
    known = Metadata(4, 3, camera=text, lens=text, keywords=(text,), human_caption=text)
    index.apply([document(PhotoId(7), caption=None, tags=(), metadata=known, paths=[name])])
    assert index.count() == 1
