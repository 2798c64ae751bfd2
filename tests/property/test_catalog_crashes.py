"""SIGKILL at any moment loses nothing and repeats at most the photo in hand.

First every arrow of one small life, exhaustively; then random lives. See `support.killed`.
"""

import itertools
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.killed import Collection


def before(folder: Path) -> Collection:
    """Return a collection that Lantern knows, and that has changed in every way since."""
    collection = Collection(folder)
    collection.write("same.jpg", b"same")
    collection.write("change.jpg", b"change")
    collection.write("a/move.jpg", b"move")
    collection.write("gone.jpg", b"gone")
    collection.live()
    collection.write("new.jpg", b"new")
    collection.write("a/copy.jpg", b"new")
    collection.write("change.jpg", b"changed to this")
    collection.write("same.jpg", b"same+rated")
    collection.move("a/move.jpg", "b.jpg")
    collection.delete("gone.jpg")
    collection.write("bad.jpg", b"bad")
    collection.write("killer.jpg", b"killer")
    return collection


def test_a_life_without_a_kill_leaves_everything_right(tmp_path):
    collection = before(tmp_path / "x")
    assert collection.live() > 50
    collection.check()


@pytest.mark.timeout(300)
def test_a_kill_at_every_arrow_loses_nothing_and_repeats_at_most_the_photo_in_hand(tmp_path):
    start = before(tmp_path / "before")
    for at in itertools.count(1):
        collection = start.copied(tmp_path / str(at))
        arrows = collection.live(killed_at=at)
        if arrows is not None:  # this life ended before its arrow came: all were tried
            assert at == arrows + 1 > 50
            return
        collection.live()
        collection.check()


def captioned(folder: Path) -> Collection:
    """Return a collection whose photos carry their sentences: one corrected, one by a person."""
    collection = Collection(folder)
    collection.write("a.jpg", b"one")
    collection.write("copy.jpg", b"one")
    collection.write("b.jpg", b"two")
    collection.write("human.jpg", b"three~written by hand")
    collection.live()
    collection.live(say=(("b.jpg", "Rex"),))
    collection.model = "stand-in 2"
    return collection


@pytest.mark.timeout(300)
def test_a_kill_while_people_correct_and_models_change_leaves_every_photo_with_its_sentence(
    tmp_path,
):
    start = captioned(tmp_path / "before")
    say = (("a.jpg", "Max"), ("b.jpg", ""))
    for at in itertools.count(1):
        collection = start.copied(tmp_path / "x")
        arrows = collection.live(killed_at=at, say=say, recaption=True)
        collection.live()
        collection.check()
        said = [sentence for _, sentence in collection.said()[1:]]
        shown = collection.shown()
        assert shown["human.jpg"] == collection.read("human.jpg").human == "written by hand"
        assert "Max" not in said or shown["a.jpg"] == shown["copy.jpg"] == "Max"
        assert "" not in said or shown["b.jpg"].startswith("picture ")
        assert shown["b.jpg"] == "Rex" or collection.read("b.jpg").said is None
        shutil.rmtree(tmp_path / "x")
        if arrows is not None:
            assert at == arrows + 1 > 50
            assert said == ["Max", ""]
            return


def test_a_lost_state_is_made_again_from_what_the_photos_carry(tmp_path):
    collection = captioned(tmp_path / "x")
    collection.live(say=(("a.jpg", "Max"),), recaption=True)
    collection.write("new.jpg", b"four")
    shown, asked = collection.shown(), collection.captioned()
    collection.lose_state()
    collection.live()
    assert {name: collection.shown()[name] for name in shown} == shown
    more = collection.captioned() - asked
    assert set(more.elements()) == {
        collection.read(name).fingerprint for name in ("human.jpg", "new.jpg")
    }


NAMES = st.sampled_from(["a.jpg", "b.jpg", "x/a.jpg", "x/c.jpg", "y/d.jpg"])
PICTURES = st.sampled_from(
    [
        *(b"one", b"two", b"two+rated", b"three", b"bad", b"killer", b"locked"),
        *(b"one~by hand", b"two+rated~by another hand"),
    ]
)
SENTENCES = st.sampled_from(["", "Rex", "Max", "by hand"])

OPERATIONS = st.one_of(
    st.tuples(st.just("write"), NAMES, PICTURES),
    st.tuples(st.just("move"), NAMES, NAMES),
    st.tuples(st.just("copy"), NAMES, NAMES),
    st.tuples(st.just("delete"), NAMES),
    st.tuples(st.just("touch"), NAMES),
    st.tuples(st.just("live"), st.integers(1, 250)),
    st.tuples(st.just("say"), st.integers(1, 250), NAMES, SENTENCES),
    st.tuples(st.just("recaption"), st.integers(1, 250)),
)


def do(collection: Collection, operation: str, *arguments) -> None:
    if operation == "live":
        collection.live(killed_at=arguments[0])
        return
    if operation == "say":
        collection.live(killed_at=arguments[0], say=(arguments[1:],))
        return
    if operation == "recaption":
        collection.model += "'"
        collection.live(killed_at=arguments[0], recaption=True)
        return
    there = (collection.photos / arguments[0]).exists()
    if operation == "write":
        collection.write(*arguments)
    elif there and operation == "copy":
        collection.write(arguments[1], (collection.photos / arguments[0]).read_bytes())
    elif there:
        getattr(collection, operation)(*arguments)


@pytest.mark.timeout(300)
@settings(max_examples=50, deadline=None)
@given(st.lists(OPERATIONS, max_size=14))
def test_whatever_happens_on_the_disk_between_kills_the_next_life_puts_right(operations):
    with tempfile.TemporaryDirectory() as folder:
        collection = Collection(Path(folder) / "x")
        collection.write("always.jpg", b"always")
        for operation in operations:
            do(collection, *operation)
        collection.live()
        collection.check()
