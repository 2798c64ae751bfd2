"""Mutated photos of every format in a real daemon's folder: each is described, or told why not.

A hundred in a few seconds here. Ten thousand are for by hand; `-s` shows how they fare:

    export LANTERN_MUTANTS=10000 LANTERN_SEED=1
    .venv/bin/python -m pytest -s tests/system/test_mutated_photos.py
"""

from __future__ import annotations

import collections
import os
import re
import time
from itertools import islice
from pathlib import Path

import pytest

import photos
from lantern.catalog.reader import CatalogReader
from lantern.catalog.state import State
from support import raws
from support.house import House, photo
from support.mutation import MUTATIONS, Mutant, anatomy, mutant, mutants
from support.samples import FOREIGN_XMP, SAMPLES

COUNT = int(os.environ.get("LANTERN_MUTANTS", "100"))
SEED = int(os.environ.get("LANTERN_SEED", "20261121"))
BATCH = 200
"""So many at a time: what goes wrong is not far from what is told last."""

PATIENCE_S = 240.0
"""For one batch: a photo that hangs workers is left alone after two deadlines of 60 s."""

MOST_MB = {"daemon": 300, "worker": 900}
"""A worker may hold a picture of 100 megapixels whole, if it is interlaced: 800 MB."""


def samples() -> dict[str, bytes]:
    """Return a sound file of each kind, and a sidecar."""
    makes = SAMPLES | {
        "nikon.nef": lambda: photos.raw(photos.annotated(photos.jpeg(), {"Exif.Image.Make": "N"})),
        "canon.cr3": raws.cr3,
        "fuji.raf": raws.raf,
        "olympus.orf": raws.orf,
        "panasonic.rw2": raws.rw2,
        "beside.xmp": lambda: FOREIGN_XMP,
    }
    return {name: make() for name, make in makes.items()}


class Torture:
    """Puts mutants into a house's folder, and tells how they fared."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.fates: collections.Counter[str] = collections.Counter()
        self.peaks_mb = {"daemon": 0.0, "worker": 0.0}

    def __str__(self) -> str:
        return f"seed {SEED}: {dict(self.fates)}, at most {self.peaks_mb} MB"

    def endure(self, batch: list[Mutant]) -> None:
        """Return when each of `batch` is described or has failed; the daemon must live on."""
        for one in batch:
            self.house.put(_path(one), one.data)
            if one.extension == "xmp":
                self.house.put(_photo(one), photo(one.number))
        first, last = _path(batch[0]), _path(batch[-1])
        deadline = time.monotonic() + PATIENCE_S
        while not self._finished(self.fates.total() + len(batch)):
            self._weigh()
            assert self.house.process, "the daemon runs"
            assert self.house.process.poll() is None, f"daemon ended between {first} and {last}"
            assert time.monotonic() < deadline, f"waited in vain between {first} and {last}"
            time.sleep(0.1)
        self._judge(batch)

    def _finished(self, count: int) -> bool:
        """Tell whether all have met their fate, beside the photo that was there before."""
        counts = self.house.status().counts
        return counts.captioned + counts.failed == counts.files == count + 1

    def _judge(self, batch: list[Mutant]) -> None:
        described = self.house.described()
        reader = CatalogReader.open(self.house.config.paths.catalog)
        problems = {os.fsdecode(told.path): told for told in reader.problems(1_000_000)}
        for one in batch:
            path = _photo(one)
            kept = (self.house.root / _path(one)).read_bytes()
            assert kept == one.data, f"{_path(one)} was changed"
            self.fates["described" if path in described else "failed"] += 1
            if path in described:
                assert described[path].isprintable(), (path, one.story, described[path])
                continue
            told = problems[path]
            assert told.state is State.FAILED, (path, one.story, told)
            assert told.reason, (path, one.story)
            assert told.reason.isprintable(), (path, one.story, told)

    def _weigh(self) -> None:
        assert self.house.process is not None
        for name, pids in (
            ("daemon", [self.house.process.pid]),
            ("worker", self.house.worker_pids()),
        ):
            self.peaks_mb[name] = max([self.peaks_mb[name], *map(_peak_mb, pids)])

    def workers_lost(self) -> list[str]:
        """Return what the journal says of workers that died, hung or spoke nonsense."""
        journal = self.house.journal.read_text("utf-8", "replace").splitlines()
        return [line for line in journal if re.search(r"worker (died|killed|spoke)|killed", line)]


def _path(one: Mutant) -> str:
    extension = "jpg.xmp" if one.extension == "xmp" else one.extension
    return f"{one.number // 1000:03}/{one.number:06}.{extension}"


def _photo(one: Mutant) -> str:
    """Return the path of the photo: the mutant's own, or that which the sidecar is of."""
    return _path(one).removesuffix(".xmp")


def _peak_mb(pid: int) -> float:
    """Return the most memory that a process ever held, 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1e3 if found else 0.0


@pytest.mark.timeout(120 + COUNT)
def test_mutated_photos_are_described_or_fail_with_a_reason_and_cost_no_worker(tmp_path: Path):
    house = House(tmp_path, settle_s=0.1)
    house.put("keeper.jpg", photo(0))
    with house.running():
        house.wait_for({"keeper.jpg"})
        torture = Torture(house)
        waiting = mutants(samples(), SEED, COUNT)
        while batch := list(islice(waiting, BATCH)):
            torture.endure(batch)
            print(torture)  # noqa: T201 - shown where a person waits, or where it failed
        assert not torture.workers_lost(), f"seed {SEED}"
        assert torture.fates["described"] > COUNT / 20, "some damage is harmless"
        assert torture.fates["failed"] > COUNT / 20, "some is not"
        assert all(torture.peaks_mb[name] < most for name, most in MOST_MB.items()), str(torture)
        house.put("after.jpg", photo(1))
        house.wait(lambda: "after.jpg" in house.described(), "the next photo is described")
        assert house.stop() == 0


def test_a_mutant_can_be_made_again_and_every_kind_of_damage_is_done():
    sound = {name: make() for name, make in SAMPLES.items() if name.startswith("edited")}
    made = list(mutants(sound, 7, 300))
    assert made[123] == mutant(sound, 7, 123)
    assert {word for one in made for word in one.story.split()} >= set(MUTATIONS)
    assert sum(one.data not in sound.values() for one in made) > 280


@pytest.mark.parametrize(
    ("name", "sides"),
    [
        ("progressive.jpg", [300, 400]),
        ("deep.png", [80, 60]),
        ("edited.webp", [399, 299, 400, 300]),
        ("animated.gif", [400, 300] * 4),
        ("edited.tif", [400, 300]),
        ("plain.avif", [400, 300]),
    ],
)
def test_the_pieces_of_a_file_and_its_sides_are_known(name: str, sides: list[int]):
    data = SAMPLES[name]()
    known = anatomy(data)
    assert [side.read(data) for side in known.sides] == sides
    assert len(known.pieces) > 3
    assert all(piece.start < piece.end <= len(data) + 1 for piece in known.pieces)
