"""The catalog's groups follow its photos, whatever happens to them, through kills and all."""

import os
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.lookalikes import Lookalikes

NAMES = st.sampled_from([f"{letter}.jpg" for letter in "abcdefghij"])
PLACES = st.integers(0, 12).map(lambda step: step * 0.13)
SECONDS = st.one_of(
    st.none(), st.integers(0, 59).map(lambda second: f"2019-07-04T18:30:{second:02}")
)

OPERATIONS = st.one_of(
    st.tuples(
        *(st.just("add"), NAMES, PLACES, SECONDS),
        *(st.sampled_from(["Canon", None]), st.sampled_from([("m 1", 8), ("m 2", 8), ("m 3", 4)])),
    ),
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("group"), st.integers(1, 5)),
)


def do(house: Lookalikes, operation: str, *arguments) -> None:
    if operation == "group":
        house.group(*arguments)
    elif operation == "add":
        name, place, taken_at, camera, (model, dimensions) = arguments
        house.add(name, place, model=model, dimensions=dimensions, taken_at=taken_at, camera=camera)
    elif arguments[0].encode() in house.catalog.known(b""):
        house.remove(*arguments)


def settle(house: Lookalikes) -> None:
    while house.group(3):
        pass


@pytest.mark.timeout(300)
@settings(max_examples=60, deadline=None)
@given(st.lists(OPERATIONS, max_size=20))
def test_the_groups_kept_up_to_date_are_those_made_from_scratch(operations):
    with tempfile.TemporaryDirectory() as folder:
        house = Lookalikes(Path(folder))
        for operation in operations:
            do(house, *operation)
        settle(house)
        assert house.groups() == house.from_scratch()
        house.close()


def killed_while_grouping(folder: Path, at: int) -> bool:
    """Group everything in a process that is killed at its `at`th statement; tell whether it was."""
    child = os.fork()
    if child == 0:
        seen = 0

        def statement(_: str) -> None:
            nonlocal seen
            seen += 1
            if seen == at:
                os.kill(os.getpid(), signal.SIGKILL)

        house = Lookalikes(folder)
        house.catalog._connection.set_trace_callback(statement)
        settle(house)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_a_kill_at_every_statement_leaves_groups_that_the_next_life_puts_right(tmp_path):
    house = Lookalikes(tmp_path)
    for number in range(6):
        house.add(f"{number}.jpg", number // 2 * 0.5 + number % 2 * 0.05)
    settle(house)
    house.remove("0.jpg")
    house.add("6.jpg", 0.05)
    house.close()
    kills = 0
    while killed_while_grouping(tmp_path, kills + 1):
        kills += 1
        house = Lookalikes(tmp_path)
        house.add("5.jpg", 1.05 if kills % 2 else 0.55)
        house.close()
    assert kills > 5
    house = Lookalikes(tmp_path)
    assert house.groups() == house.from_scratch()
    house.add("5.jpg", 1.05)
    settle(house)
    assert {len(group) for group in house.groups()} == {2}
    house.close()
