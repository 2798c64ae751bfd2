"""The bench of boot, once and over an empty house: that it measures at all."""

import json

from support.bench import bench


def test_daemon_and_page_take_longer_than_what_they_import(tmp_path):
    ran = bench("boot", tmp_path, "--documents", "0", "--runs", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout.splitlines()[-1])
    for name in ("daemon", "page"):
        assert figures[f"{name}_ms_0"] > 50
        assert figures[f"{name}_floor_ms_0"] > 50
        assert 0.5 < figures[f"{name}_ratio_0"] < 20, "a busy machine"
    assert "photo_ms_0" not in figures, "there is none"
    assert list(tmp_path.iterdir()) == []


def test_no_runs_are_refused(tmp_path):
    ran = bench("boot", tmp_path, "--runs", "0")
    assert ran.returncode == 1
    assert "expected at least 1 run" in ran.stderr
