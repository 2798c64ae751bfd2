"""SIGKILL at any moment loses nothing and repeats at most the photo in hand.

First every arrow of one small life, exhaustively; then random lives. See `support.killed`.
"""

import itertools
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


NAMES = st.sampled_from(["a.jpg", "b.jpg", "x/a.jpg", "x/c.jpg", "y/d.jpg"])
PICTURES = st.sampled_from([b"one", b"two", b"two+rated", b"three", b"bad", b"killer"])

OPERATIONS = st.one_of(
    st.tuples(st.just("write"), NAMES, PICTURES),
    st.tuples(st.just("move"), NAMES, NAMES),
    st.tuples(st.just("copy"), NAMES, NAMES),
    st.tuples(st.just("delete"), NAMES),
    st.tuples(st.just("touch"), NAMES),
    st.tuples(st.just("live"), st.integers(1, 150)),
)


def do(collection: Collection, operation: str, *arguments) -> None:
    if operation == "live":
        collection.live(killed_at=arguments[0])
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
