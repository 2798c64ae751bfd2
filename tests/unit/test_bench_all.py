"""What all benches measured, in one table, and what is said of a bench that fails."""

import subprocess
from pathlib import Path

import pytest

from benches.all import BENCHES, PEERS, Told, barred, growth, heard, kept, peers, table, write

TOLD = """ratio                            2.26  bar: at most 2, MISSED
seconds_1000                     4.00
nothing                          None
{"ratio": 2.26, "seconds_1000": 4.0, "nothing": null}
"""


def done(stdout="", stderr="", status=0):
    return subprocess.CompletedProcess([], status, stdout, stderr)


def test_figures_are_told_with_what_they_should_be():
    told = heard("search", done(TOLD), 61)
    assert told.bars == {"ratio": 2}
    rows = table([told], "a desk").splitlines()
    assert rows[0] == "Measured on a desk, in 1 minutes."
    assert "| search | ratio | 2.26 | 2 | **missed** |" in rows
    assert "| search | seconds_1000 | 4.0 |  |  |" in rows


def test_a_figure_within_its_bar_is_met():
    told = heard("search", done('a 1 bar: at most 2, met\n{"a": 1}\n'), 1)
    assert "| search | a | 1 | 2 | met |" in table([told], "a desk")


@pytest.mark.parametrize(
    ("ended", "why"),
    [
        (done("", "loud\nno photos found\n", 1), "no photos found"),
        (done("", "", -9), "status -9"),
        (done('{"a": 1}\n', "", 3), "status 3"),
    ],
)
def test_a_bench_that_fails_is_named_with_its_reason(ended, why):
    told = heard("wear", ended, 1)
    assert f"| wear | **failed** | {why} | | |" in table([told], "a desk")


def test_growth_is_found_in_its_order():
    figures = {"seconds_10000": 50.0, "seconds_1000": 4.0, "rss_mb_1000": 1, "exponent": 1.1}
    assert growth(figures) == [(1000, 4.0), (10000, 50.0)]


def test_what_a_folder_has_is_kept_but_for_what_failed(tmp_path):
    good = Told("search", {"p50_ms": 4.0}, {"p50_ms": 5.0}, 61)
    assert kept(tmp_path) == []
    write([good, Told("wear", {}, {}, 1, "no photos found")], tmp_path)
    assert kept(tmp_path) == [good]
    assert "| wear | **failed** |" in (tmp_path / "figures.md").read_text()


def test_figures_of_another_machine_are_not_kept(tmp_path):
    write([Told("search", {"p50_ms": 4.0}, {}, 61)], tmp_path)
    file = tmp_path / "figures.json"
    file.write_text(file.read_text().replace("Python", "Cobol"))
    assert kept(tmp_path) == []


def test_shares_are_told_of_bars_and_of_peers_that_were_there():
    told = [
        Told("search", {"p50_ms": 4.0, "plain_p50_ms": 1.0, "fts_p50_ms": 2.0}, {"p50_ms": 5.0}, 1),
        Told("ingest", {"thumbnail_ms": 3.0}, {}, 1),
    ]
    assert list(barred(told)) == [("search: p50_ms (4 of 5)", 0.8)]
    assert list(peers(told)) == [("a key, median: SQLite FTS5 (1 of 2 ms)", 0.5)]
    assert {bench for bench, *_ in PEERS} <= {bench.name for bench in BENCHES}


def test_a_level_below_its_bar_is_a_share_below_one():
    told = Told("presence", {"click_db_max": -65.0}, {"click_db_max": -45.0}, 1)
    assert list(barred([told])) == [("presence: click_db_max (-65 of -45)", pytest.approx(0.1))]


def test_every_bench_there_is_is_run_by_it():
    folder = Path(__file__).parents[2] / "scripts" / "benches"
    there = {
        path.stem
        for path in folder.glob("*.py")
        if "add_argument(" in path.read_text() and path.stem not in {"all", "likeness"}
    }
    assert {bench.name for bench in BENCHES} == there
