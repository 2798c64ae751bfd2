"""The bench of page load, on few photos and once: that it measures at all."""

import json

from support.bench import bench
from support.browser import NEEDS_CHROMIUM


@NEEDS_CHROMIUM
def test_a_visit_is_timed_and_weighed_beside_the_same_answers_from_memory(tmp_path):
    ran = bench("page", tmp_path, "--documents", "60", "--loads", "1", "--at", "phone", "--json")
    assert ran.returncode == 0, ran.stderr
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert figures["phone_cold_pictures"] == figures["phone_warm_pictures"] > 1
    for cache in ("cold", "warm"):
        for name in ("paint_ms", "pictures_ms", "floor_pictures_ms", "ratio"):
            assert figures[f"phone_{cache}_{name}"] > 0, name
    assert figures["phone_cold_kb"] > 100 > figures["phone_warm_kb"]
    assert figures["phone_cold_requests"] > 20 > figures["phone_warm_requests"] > 0
    assert figures["phone_cold_cpu_ms"] > figures["phone_cold_floor_cpu_ms"] > 0
    assert list(tmp_path.iterdir()) == []


def test_no_visits_are_refused(tmp_path):
    ran = bench("page", tmp_path, "--loads", "0")
    assert ran.returncode == 1
    assert "expected at least 1 document and 1 load" in ran.stderr
