"""The bench of search, on so few photos that its figures mean nothing: that it measures at all."""

import json
from pathlib import Path

from support.bench import bench

FIGURES = {
    *("documents", "engine", "sentences", "keystrokes", "p50_ms", "p99_ms", "cpu_p50_ms"),
    *("cpu_p99_ms", "library_p50_ms", "engine_p50_ms", "engine_p99_ms", "engine_cpu_p50_ms"),
    *("engine_cpu_p99_ms", "ratio_to_engine", "cpu_ratio_to_engine", "first_ms", "rss_mb"),
    *("rss_one_visitor_mb", "rss_own_mb", "rss_files_mb", "add_to_visible_s"),
    *("add_to_visible_worst_s", "visitors", "visitor_answers", "visitor_errors", "visitor_p50_ms"),
    *(
        "visitor_p99_ms",
        "visitor_answers_per_s",
        "visitor_first_error",
        "fallback_answers",
        "index_mb",
        "catalog_mb",
    ),
    *("entering_s", "build_s", "load_average", "cores", "machine"),
    *("fts_p50_ms", "fts_p99_ms", "plain_p50_ms", "plain_p99_ms", "fts_found_percent"),
    *("plain_found_percent", "fts_build_s", "fts_mb"),
}


def test_it_ends_on_one_line_with_every_figure(tmp_path: Path) -> None:
    options = ("--documents", "500", "--queries", "2", "--visitors", "3", "--json")
    ran = bench("search", tmp_path, *options)
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert set(figures) == FIGURES
    assert figures["documents"] == 500
    assert figures["keystrokes"] > 2
    assert figures["visitor_errors"] == 0, figures["visitor_first_error"]
    assert 0 < figures["cpu_p50_ms"] <= figures["cpu_p99_ms"]
    assert 0 < figures["engine_p50_ms"] <= figures["engine_p99_ms"]
    assert 0 < figures["add_to_visible_s"] <= figures["add_to_visible_worst_s"]
    assert figures["rss_mb"] > 10
    assert 0 < figures["fts_p50_ms"] <= figures["fts_p99_ms"]
    assert 30 < figures["fts_found_percent"] <= figures["plain_found_percent"]
    assert list(tmp_path.iterdir()) == []


def test_a_search_server_that_nobody_names_is_asked_for(tmp_path: Path) -> None:
    ran = bench("search", tmp_path, "--engine", "meilisearch")
    assert ran.returncode == 1
    assert "expected a search server in MEILI_URL and MEILI_MASTER_KEY, got none" in ran.stderr


def test_no_photos_are_refused(tmp_path: Path) -> None:
    ran = bench("search", tmp_path, "--documents", "0")
    assert ran.returncode == 1
    assert "expected at least 1 document" in ran.stderr
