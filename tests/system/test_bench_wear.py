"""The bench of wear, on so few photos and so short that it only shows that it measures at all."""

import json
import sys

import pytest

from support.bench import BENCHES, bench
from support.house import photo
from support.screen import needs_player

sys.path.insert(0, str(BENCHES))

from wear_counted import counts_writing


@needs_player
def test_it_counts_what_each_photo_and_a_time_of_rest_cost(tmp_path):
    if not counts_writing(tmp_path):
        pytest.skip("NOT TESTED: this folder lies in memory, whose writing nobody counts")
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(3):
        (photos / f"{number}.jpg").write_bytes(photo(number))
    before = {file: file.read_bytes() for file in photos.iterdir()}
    ran = bench("wear", tmp_path, str(photos), "--minutes", "0.02", "--calm", "0.5", "--json")
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert figures["photos"] == 2
    for policy in ("off", "embed"):
        assert 10_000 < figures[f"{policy}_sent_per_photo"] < 1_000_000, policy
    assert figures["idle_minutes"] >= 0.02
    assert set(figures["idle_cpu_percent_each"]) == {"daemon", "page", "player"}
    assert figures["day_sent"] >= 24 * figures["rescan_sent"] >= 0
    assert {file: file.read_bytes() for file in photos.iterdir()} == before
    assert list(tmp_path.iterdir()) == [photos]


def test_one_photo_is_too_few(tmp_path):
    (tmp_path / "one.jpg").write_bytes(photo(1))
    ran = bench("wear", tmp_path, str(tmp_path))
    assert ran.returncode == 1
    assert "expected at least 2 photos, found 1" in ran.stderr
