"""Cut the power at random moments, while photos arrive, are described, and have it written in.

LANTERN_CUTS says how often, LANTERN_SEED repeats a run.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from lantern.catalog.reader import CatalogReader
from support import guest
from support.house import photo
from support.inscribing import look
from support.outage import PHOTOS_A_LIFE, Found, Outage, image_data, wrong

CUTS = int(os.environ.get("LANTERN_CUTS", "2"))
SEED = int(os.environ.get("LANTERN_SEED", time.time_ns() % 1_000_000))

pytestmark = pytest.mark.timeout(1200 + 60 * CUTS)  # the Debian may have to be made first


@pytest.fixture
def outage(rig: Path, tmp_path: Path) -> Outage:
    if reason := guest.missing():
        pytest.skip(f"NO GUEST WAS BOOTED, power cuts are not tested: {reason}")
    count = PHOTOS_A_LIFE * (CUTS + 1)
    photos = {f"{n:03}.jpg": photo(n, 800, 600) for n in range(count)}
    return Outage(tmp_path, rig / "root", photos)


def test_a_power_cut_at_any_moment_costs_neither_a_photo_nor_the_catalog(
    outage: Outage, tmp_path: Path
) -> None:
    print(f"LANTERN_CUTS={CUTS} LANTERN_SEED={SEED}")  # noqa: T201 - to repeat a failure
    draw = random.Random(SEED)
    for number in range(CUTS):
        print(f"{number}: {outage.outage(draw)}")  # noqa: T201 - what was tried
        outage.check_disk()
        found = outage.taken_off(tmp_path / str(number))
        check_photos(outage, found, outage.arrived)
        if outage.ran:  # before, there is no catalog to look at
            assert wrong(found) == []
    status = outage.last_life()
    outage.check_disk()
    found = outage.taken_off(tmp_path / "end")
    check_photos(outage, found, list(outage.photos))
    check_described(outage, found)
    assert status["problems"] == []
    twice = {name: times for name, times in outage.described.items() if times > 1}
    print(f"described again: {twice}")  # noqa: T201 - what a cut may cost


def check_photos(outage: Outage, found: Found, names: list[str]) -> None:
    for name in names:
        data = (found.photos / name).read_bytes()
        assert image_data(data) == image_data(outage.photos[name]), f"{name} is not what it was"


def check_described(outage: Outage, found: Found) -> None:
    """Every photo stands in the catalog once, carries its sentence, and nothing else lies there."""
    assert {path.name for path in found.photos.iterdir()} == set(outage.photos)
    reader = CatalogReader.open(found.state / "catalog.sqlite3")
    sentences = {os.fsdecode(path): sentence for path, sentence in reader.sentences()}
    assert set(sentences) == set(outage.photos)
    for name, sentence in sentences.items():
        imprint = look(found.photos, name).imprint
        assert imprint is not None
        assert imprint.sentence == sentence
