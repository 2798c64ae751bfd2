"""A worker is refused memory before the machine is short of it, and says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import photos
from lantern.caption.memory import limits_of_groups
from lantern.caption.port import UInt8Image
from lantern.caption.protocol import Develop, Identified, Identify, Refused
from lantern.caption.worker import Worker
from lantern.model import Description


def test_the_limits_of_all_groups_around_a_process_count(tmp_path: Path) -> None:
    own = tmp_path / "lantern.slice" / "lantern.service"
    own.mkdir(parents=True)
    (own / "memory.max").write_text("1258291200\n")
    (own.parent / "memory.max").write_text("419430400\n")
    told = "0::/lantern.slice/lantern.service\n"
    assert list(limits_of_groups(told, tmp_path)) == [1200 << 20, 400 << 20]
    (own / "memory.max").write_text("max\n")
    assert list(limits_of_groups(told, tmp_path)) == [400 << 20]


@pytest.mark.parametrize(
    "told", ["", "0::/\n", "4:memory:/some\n1:cpu:/\n0::/\n", "0::/gone.slice\n"]
)
def test_where_no_group_has_a_limit_none_is_found(told: str, tmp_path: Path) -> None:
    assert list(limits_of_groups(told, tmp_path)) == []


EATING = """
import resource, sys
from lantern.caption import memory
resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, int(sys.argv[1])))
allowed = memory.limit()
assert resource.getrlimit(resource.RLIMIT_DATA) == (allowed, allowed)
try:
    bytearray(allowed)
except MemoryError:
    print(allowed)
"""


@pytest.mark.parametrize("hard", [400 << 20, -1])
def test_more_than_the_limit_is_refused(hard: int) -> None:
    ate = subprocess.run(
        [sys.executable, "-c", EATING, str(hard)], capture_output=True, text=True, check=True
    )
    allowed = int(ate.stdout)
    assert allowed == hard if hard > 0 else allowed > 400 << 20


class Vast:
    """A model that wants more memory than any machine has."""

    name = "vast"

    def describe(self, image: UInt8Image) -> Description:
        raise AssertionError(np.zeros((1 << 20, *image.shape)).nbytes, "bytes were there")


def test_a_photo_that_takes_too_much_is_refused_by_name_and_the_next_request_answered(
    tmp_path: Path,
) -> None:
    photos.picture(320, 240).save(tmp_path / "vast.jpg")
    worker = Worker(bytes(tmp_path), Vast())
    assert isinstance(worker.answer(Identify(b"vast.jpg")), Identified)
    refused = worker.answer(Develop(caption=True, thumbnail=False))
    assert refused == Refused(
        "vast.jpg: takes more memory than there is on this machine; export a smaller copy"
    )
    assert isinstance(worker.answer(Identify(b"vast.jpg")), Identified)
