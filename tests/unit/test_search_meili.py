"""What the search server's adapter promises beyond its ports: faults, rebuilds, keys."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.errors import Unavailable
from lantern.model import PhotoId
from lantern.search.document import Document
from lantern.search.meili import MeiliIndex, MeiliReader, Server
from lantern.search.meili.connection import Lines
from lantern.search.meili.filters import key, labelled, name_in
from lantern.search.meili.filters import rendered as filters
from lantern.search.meili.index import FRESH, LIVE
from lantern.search.meili.keys import INDEX_KEY, SEARCH_KEY, KeyFile, main, make_keys
from lantern.search.meili.rendering import rendered
from lantern.search.meili.request import options, page_of, text
from lantern.search.meili.settings import (
    EXACT,
    LAYOUT,
    SETTINGS,
    Mark,
    mark_in,
    marked,
    missing_from,
)
from lantern.search.query import Camera, DateRange, Filter, InFolder, OfFormat, Tagged, parse
from support import meili
from support.meili_engine import Engine
from support.meili_server import MASTER, FakeMeili

DOG = Document(PhotoId(1), "a dog in snow")
CAT = Document(PhotoId(2), "a cat")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeMeili]:
    meili.need_specification()
    with meili.fake(tmp_path) as fake:
        yield fake


@pytest.fixture
def keys(server: FakeMeili, tmp_path: Path) -> meili.Keys:
    return meili.keys_of(server, tmp_path)


@pytest.fixture
def index(keys: meili.Keys) -> Iterator[MeiliIndex]:
    opened = MeiliIndex(keys.index)
    opened.ensure()
    opened.apply([DOG])
    yield opened
    opened.close()


@pytest.fixture
def reader(keys: meili.Keys) -> Iterator[MeiliReader]:
    opened = MeiliReader(msgspec.structs.replace(keys.search, patience_s=1.0))
    yield opened
    opened.close()


def files_of(keys: meili.Keys) -> tuple[KeyFile, KeyFile]:
    return KeyFile(keys.index.key_file), KeyFile(keys.search.key_file)


def found(reader: MeiliReader, words: str = "") -> set[int]:
    return {hit.id for hit in reader.search(parse(words)).hits}


@given(name=st.text(), kind=st.sampled_from([Camera, Tagged, InFolder, OfFormat]))
def test_no_name_leaves_its_quotes(name: str, kind: type[Filter]) -> None:
    (expression,) = filters([kind(name)])
    assert re.fullmatch('(camera|tag|folder|format)_key = "[0-9a-f]{32}"', expression)


@given(name=st.text())
def test_a_name_is_counted_behind_the_key_that_it_is_filtered_by(name: str) -> None:
    assert name_in(labelled(name)) == name
    assert labelled(name).startswith(key(name))


@given(first=st.dates() | st.none(), last=st.dates() | st.none())
def test_dates_are_rendered_as_numbers(first, last) -> None:
    (expression,) = filters([DateRange(first, last)])
    bounds = re.fullmatch(r"taken >= (-?\d+) AND taken <= (-?\d+)", expression)
    assert bounds
    assert (int(bounds[1]) <= int(bounds[2])) == (not first or not last or first <= last)


@given(typed=st.text() | st.text(alphabet="\"'-\\ dog:*()", max_size=40))
def test_nothing_typed_reaches_the_server_but_words(typed: str) -> None:
    sent = text(parse(typed)).removesuffix(" ").split(" ")
    assert sent == [""] or all(word.removeprefix("-").isalnum() for word in sent)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("dog", "dog"), ("dog ", "dog "), ("dog in ", "dog "), ("", ""), ("- a", "a")],
)
def test_a_space_at_the_end_tells_the_server_that_a_word_is_whole(typed: str, sent: str) -> None:
    assert text(parse(typed)) == sent


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("dog -people", "-people dog "),
        ("-people -Café do", "-people -cafe do"),
        ("-people", "-people "),
        ("dog -people -people ", "-people dog "),
    ],
)
def test_words_to_be_left_out_are_sent_first_behind_a_minus(typed: str, sent: str) -> None:
    query = parse(typed)
    assert text(query) == sent
    assert filters(query.filters) == []
    assert "filter" not in options(query, page_of(0, 40), forgiving=False)
    assert options(query, page_of(0, 40), forgiving=False)["attributesToSearchOn"] == list(EXACT)


@given(offset=st.integers(0, 3000), limit=st.integers(1, 100))
def test_a_page_holds_all_that_was_asked_for(offset: int, limit: int) -> None:
    number, size, skipped = page_of(offset, limit)
    assert (number - 1) * size + skipped == offset
    assert skipped + limit <= size


def test_pages_that_follow_each_other_are_no_larger_than_asked_for() -> None:
    assert [page_of(at, 40) for at in (0, 40, 80)] == [(1, 40, 0), (2, 40, 0), (3, 40, 0)]
    assert page_of(0, 0) == (1, 0, 0)


def test_an_index_tells_its_layout_and_generation() -> None:
    assert mark_in(marked("0123456789abcdef")) == Mark(LAYOUT, "0123456789abcdef")
    assert mark_in({"dictionary": ["J. R. R."]}) is None


def test_only_settings_that_differ_are_sent_and_the_order_of_a_set_is_no_difference() -> None:
    there = dict(SETTINGS)
    there["filterableAttributes"] = there["filterableAttributes"][::-1]
    there["typoTolerance"] = {**there["typoTolerance"], "of a later version": True}
    assert missing_from(there) == {}
    there["rankingRules"] = there["rankingRules"][::-1]
    assert missing_from(there) == {"rankingRules": SETTINGS["rankingRules"]}


def test_a_document_holds_other_forms_of_its_words_and_nothing_that_is_no_json() -> None:
    sent = rendered(Document(PhotoId(1), "two dogs", camera="X\udcff", rating=0))
    assert "dog" in sent["forms"].split()
    assert "dogs" not in sent["forms"].split()
    assert sent["camera"] == (labelled("X\udcff"),)
    assert json.dumps(sent).isascii()
    assert sent["rating"] == 0
    assert not {"taken", "place", "folder", "folder_key"} & set(sent)


def test_searches_share_one_connection(
    server: FakeMeili, index: MeiliIndex, reader: MeiliReader
) -> None:
    before = server.connections
    for _ in range(20):
        assert found(reader, "dog") == {1}
    assert server.connections == before + 1


def test_threads_do_not_share_a_connection(
    server: FakeMeili, index: MeiliIndex, reader: MeiliReader
) -> None:
    answers: list[set[int]] = []
    threads = [
        threading.Thread(target=lambda: answers.extend(found(reader, "dog") for _ in range(5)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{1}] * 20


def test_what_was_asked_and_answered_is_in_the_specification(
    server: FakeMeili, index: MeiliIndex, reader: MeiliReader
) -> None:
    index.apply([CAT], [DOG.id])
    reader.search(parse("cat", filters=[Camera("X"), DateRange()], sort="oldest"))
    assert ("POST", f"/indexes/{LIVE}/search") in server.requests
    assert server.faults == []


TROUBLES = {
    "reset": "cannot be reached",
    "silence": "expected within 1 s, none came",
    "nonsense": "got something else",
    "empty": "got something else",
}


@pytest.mark.parametrize(("trouble", "said"), TROUBLES.items(), ids=TROUBLES)
def test_a_reader_says_what_is_wrong_and_heals(
    server: FakeMeili, index: MeiliIndex, reader: MeiliReader, trouble: str, said: str
) -> None:
    assert found(reader) == {1}
    server.trouble = trouble
    with pytest.raises(Unavailable, match=said):
        found(reader)
    server.trouble = ""
    assert found(reader) == {1}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_batch_that_meets_trouble_is_whole_when_repeated(
    server: FakeMeili, keys: meili.Keys, index: MeiliIndex, reader: MeiliReader, trouble: str
) -> None:
    writer = MeiliIndex(msgspec.structs.replace(keys.index, patience_s=1.0))
    server.trouble = trouble
    with pytest.raises(Unavailable):
        writer.apply([CAT], [DOG.id])
    server.trouble = ""
    writer.apply([CAT], [DOG.id])
    assert found(reader) == {2}
    writer.close()


def test_a_server_that_is_down_is_named_and_one_that_was_restarted_goes_on(
    server: FakeMeili, index: MeiliIndex, reader: MeiliReader
) -> None:
    assert found(reader) == {1}
    server.stop()
    with pytest.raises(Unavailable, match=r"Connection refused.*systemctl start meilisearch"):
        found(reader)
    with pytest.raises(Unavailable, match="cannot be reached"):
        index.apply([CAT])
    server.start()
    index.apply([CAT])
    assert found(reader) == {1, 2}


def test_a_server_restarted_while_a_task_runs_is_asked_again(
    server: FakeMeili, index: MeiliIndex, reader: MeiliReader
) -> None:
    server.engine.delay_s = 30.0
    sent = ("POST", f"/indexes/{LIVE}/documents")
    before = server.requests.count(sent)
    told: list[Unavailable] = []

    def apply() -> None:
        with pytest.raises(Unavailable, match="cannot be reached") as raised:
            index.apply([CAT])
        told.append(raised.value)

    writing = threading.Thread(target=apply)
    writing.start()
    while server.requests.count(sent) == before:
        time.sleep(0.001)
    server.stop()
    writing.join()
    assert len(told) == 1
    server.engine = Engine()  # its queue of tasks is lost, its keys and disk are not
    server.start()
    assert not index.resume("lost")
    index.ensure()
    index.apply([CAT])
    assert found(reader) == {2}


def test_a_refused_key_is_told_without_its_secret_and_a_new_one_is_read(
    server: FakeMeili, index: MeiliIndex, reader: MeiliReader, keys: meili.Keys
) -> None:
    good = keys.search.key_file.read_text()
    keys.search.key_file.write_text("a-wrong-secret")
    with pytest.raises(Unavailable, match=r"was refused.*install-meilisearch") as told:
        found(reader)
    assert "a-wrong-secret" not in str(told.value)
    keys.search.key_file.write_text(good)
    assert found(reader) == {1}


def test_a_key_that_is_missing_empty_or_no_text_is_told(server: FakeMeili, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        found(MeiliReader(Server(server.url, tmp_path / "none.key")))
    (tmp_path / "binary.key").write_bytes(b"\xff\xfe")
    with pytest.raises(Unavailable, match="cannot be read"):
        found(MeiliReader(Server(server.url, tmp_path / "binary.key")))
    (tmp_path / "empty.key").write_text("")
    with pytest.raises(Unavailable, match="was refused"):
        found(MeiliReader(Server(server.url, tmp_path / "empty.key")))


def test_the_keys_allow_what_lantern_does_and_no_more(
    server: FakeMeili, keys: meili.Keys, index: MeiliIndex, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match="was refused"):
        MeiliIndex(keys.search).apply([CAT])
    with pytest.raises(Unavailable, match="was refused"):
        found(MeiliReader(keys.index))
    with pytest.raises(Unavailable, match="was refused"):
        make_keys(keys.index, KeyFile(tmp_path / "a"), KeyFile(tmp_path / "b"))


def test_keys_made_again_are_the_same_and_their_files_are_for_the_owner_alone(
    server: FakeMeili, keys: meili.Keys, tmp_path: Path
) -> None:
    files = [keys.index.key_file, keys.search.key_file]
    before = [file.read_text() for file in files]
    made = server.requests.count(("POST", "/keys"))
    make_keys(Server(server.url, server.key_file), *files_of(keys))
    assert [file.read_text() for file in files] == before
    assert server.requests.count(("POST", "/keys")) == made
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "index.key",
        "master.key",
        "search.key",
    ]


def test_a_key_that_allows_something_else_is_replaced(server: FakeMeili, keys: meili.Keys) -> None:
    server.keys[SEARCH_KEY.uid]["actions"] = ["*"]
    make_keys(Server(server.url, server.key_file), *files_of(keys))
    assert server.keys[SEARCH_KEY.uid]["actions"] == ["search"]
    assert set(server.keys) == {INDEX_KEY.uid, SEARCH_KEY.uid}


def test_a_task_that_fails_is_told_with_the_servers_reason(
    server: FakeMeili, index: MeiliIndex, reader: MeiliReader
) -> None:
    server.engine.failing = {"documentAdditionOrUpdate": "No space left on device"}
    with pytest.raises(Unavailable, match=r"it failed .No space left on device"):
        index.apply([CAT])
    server.engine.failing = {}
    index.apply([CAT])
    assert found(reader) == {1, 2}


def test_a_slow_server_is_not_buried_under_repetitions(
    server: FakeMeili, keys: meili.Keys, index: MeiliIndex, reader: MeiliReader
) -> None:
    writer = MeiliIndex(keys.index, deadline_s=0.05)
    server.engine.delay_s = 60.0
    sent = ("POST", f"/indexes/{LIVE}/documents")
    before = server.requests.count(sent)
    for _ in range(3):
        with pytest.raises(Unavailable, match=r"to end within 0\.05 s"):
            writer.apply([CAT])
    assert server.requests.count(sent) == before + 1
    writer.close()


def test_a_rebuild_is_not_seen_before_it_is_whole(
    server: FakeMeili, index: MeiliIndex, reader: MeiliReader
) -> None:
    before = index.generation()
    index.rebuild(serving=before)
    index.apply([CAT])
    assert found(reader) == {1}
    assert index.generation() != before
    index.publish()
    assert found(reader) == {2}
    assert set(server.engine.indexes) == {LIVE}
    assert index.count() == 1


def test_an_index_of_another_catalog_is_withdrawn_at_once(
    index: MeiliIndex, reader: MeiliReader
) -> None:
    index.rebuild(serving="another")
    with pytest.raises(Unavailable, match="none yet"):
        found(reader)
    index.apply([CAT])
    index.publish()
    assert found(reader) == {2}


def test_a_rebuild_goes_on_in_another_process(
    keys: meili.Keys, index: MeiliIndex, reader: MeiliReader
) -> None:
    live = index.generation()
    index.rebuild(serving=live)
    index.apply([CAT])
    again = MeiliIndex(keys.index)
    assert again.resume(index.generation())
    again.apply([Document(PhotoId(3), "a bus")])
    assert found(reader) == {1}
    again.publish()
    assert found(reader) == {2, 3}
    again.close()


def test_what_a_kill_after_the_swap_left_is_swept(
    server: FakeMeili, keys: meili.Keys, index: MeiliIndex
) -> None:
    server.engine.create(FRESH)
    again = MeiliIndex(keys.index)
    assert again.resume(index.generation())
    assert set(server.engine.indexes) == {LIVE}
    again.close()


def test_a_swap_that_fails_is_told_and_done_when_repeated(
    server: FakeMeili, index: MeiliIndex, reader: MeiliReader
) -> None:
    index.rebuild(serving=index.generation())
    index.apply([CAT])
    server.engine.failing = {"indexSwap": "No space left on device"}
    with pytest.raises(Unavailable, match="it is tried again"):
        index.publish()
    assert found(reader) == {1}
    server.engine.failing = {}
    index.publish()
    assert found(reader) == {2}


def test_a_wiped_server_is_noticed_and_filled_from_nothing(
    server: FakeMeili, keys: meili.Keys, index: MeiliIndex, reader: MeiliReader
) -> None:
    generation = index.generation()
    server.wipe()
    with pytest.raises(Unavailable, match="was refused"):
        found(reader)
    make_keys(Server(server.url, server.key_file), *files_of(keys))
    with pytest.raises(Unavailable, match="none yet"):
        found(reader)
    assert not index.resume(generation)
    index.rebuild()
    index.apply([CAT])
    index.publish()
    assert found(reader) == {2}


def test_settings_that_somebody_changed_are_put_right_once(
    server: FakeMeili, keys: meili.Keys, index: MeiliIndex
) -> None:
    server.engine.change(LIVE, {"stopWords": ["dog"]})
    again = MeiliIndex(keys.index)
    assert again.resume(index.generation())
    assert server.engine.index(LIVE).settings["stopWords"] == []
    changes = server.requests.count(("PATCH", f"/indexes/{LIVE}/settings"))
    assert again.resume(index.generation())
    assert server.requests.count(("PATCH", f"/indexes/{LIVE}/settings")) == changes
    again.close()


def test_an_index_of_another_layout_is_replaced(server: FakeMeili, index: MeiliIndex) -> None:
    server.engine.change(LIVE, {"dictionary": ["lanternlayout0generation0123456789abcdef"]})
    assert not index.resume("0123456789abcdef")
    index.ensure()
    assert mark_in(server.engine.index(LIVE).settings) == Mark(LAYOUT, index.generation())


def test_no_error_shows_the_master_key(server: FakeMeili, tmp_path: Path) -> None:
    def troubles() -> Iterator[Callable[[], None]]:
        yield lambda: setattr(server, "trouble", "nonsense")
        yield lambda: setattr(server, "trouble", "reset")
        yield server.stop

    for cause in troubles():
        cause()
        with pytest.raises(Unavailable) as told:
            make_keys(
                Server(server.url, server.key_file),
                KeyFile(tmp_path / "a"),
                KeyFile(tmp_path / "b"),
            )
        assert MASTER not in str(told.value)
    server.start()


def test_connections_that_are_lent_while_all_are_closed_are_closed_too(
    server: FakeMeili, keys: meili.Keys, index: MeiliIndex
) -> None:
    lines = Lines(keys.index)
    with lines.line() as line:
        lines.close()
        assert line.count(LIVE) == 1
    assert lines._idle == []


def test_the_command_waits_for_a_server_that_starts_and_writes_the_keys(
    server: FakeMeili, tmp_path: Path
) -> None:
    server.stop()
    start = threading.Timer(0.2, server.start)
    start.start()
    options = ["--url", server.url, "--master-key", str(server.key_file), "--wait", "30"]
    files = ["--index-key", str(tmp_path / "i.key"), "--search-key", str(tmp_path / "s.key")]
    assert main([*options, *files]) == 0
    start.join()
    secrets = {key["key"] for key in server.keys.values()}
    assert {(tmp_path / name).read_text().strip() for name in ("i.key", "s.key")} == secrets


def test_the_command_says_what_is_wrong(
    server: FakeMeili, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--url", server.url, "--master-key", str(server.key_file)]
    files = ["--index-key", str(tmp_path / "no" / "i.key"), "--search-key", str(tmp_path / "s.key")]
    assert main([*options, *files]) == 1
    assert "the key cannot be written" in capsys.readouterr().err
    owner = ["--daemon-user", "nobody-of-this-name"]
    files = ["--index-key", str(tmp_path / "i.key"), "--search-key", str(tmp_path / "s.key")]
    assert main([*options, *files, *owner]) == 1
    assert "nobody-of-this-name" in capsys.readouterr().err
    assert not (tmp_path / "i.key").exists()
