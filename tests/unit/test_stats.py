"""How many came: told by the command, the status page and the metrics, all from the catalog."""

import datetime
import json
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lantern.__main__ import main
from lantern.catalog.reader import CatalogReader
from lantern.catalog.store import Catalog
from lantern.catalog.visits import Visited
from lantern.config import load
from lantern.gather import Gatherer
from lantern.web.telling import tell

CONFIG = """
[photos]
root = "{folder}/photos"
[paths]
state = "{folder}"
runtime = "{folder}"
[hours]
zone = "UTC"
"""
DAY = 86_400


def this_hour():
    return int(time.time()) // 3600 * 3600


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "lantern.toml"
    file.write_text(CONFIG.format(folder=tmp_path))
    return file


@pytest.fixture
def catalog(tmp_path, config):
    catalog = Catalog.open(tmp_path / "catalog.sqlite3")
    yield catalog
    catalog.close()


def told(capsys, config, *words):
    assert main(["--config", str(config), "stats", *words]) == 0
    return capsys.readouterr().out


def test_a_house_that_nobody_visited_says_so(capsys, config, catalog):
    assert told(capsys, config) == "nobody has come to see the show yet, or no sensor looked\n"
    nobody = {"by": "day", "periods": [], "ever": {"visits": 0, "dwell_s": 0.0}}
    assert json.loads(told(capsys, config, "--json")) == nobody


def test_visits_are_told_by_hour_day_and_week_and_in_all(capsys, config, catalog):
    now = this_hour()
    catalog.visits.add([Visited(now, 3, 100.0), Visited(now - 400 * DAY, 1000, 4e5)])
    catalog.visits.add([Visited(now, 1, 20.0)])
    day = datetime.datetime.fromtimestamp(now, datetime.UTC)
    first = day - datetime.timedelta(days=400)
    ever = f"since {first:%Y-%m-%d}        1,004  111 h 8 min   6 min 39 s"
    for by, shown in (
        ("hour", f"{day:%a %Y-%m-%d %H:00}"),
        ("day", f"{day:%a %Y-%m-%d}"),
        ("week", f"{day:%G, week %V}"),
    ):
        lines = told(capsys, config, "--by", by).splitlines()
        assert lines[0].split() == ["by", by, "visits", "in", "front", "each"]
        assert lines[1:] == [f"{shown:<20}        4    2 min 0 s         30 s", ever]
    assert len(told(capsys, config, "--last", "500").splitlines()) == 4


def test_visits_as_json_tell_when_each_period_began(capsys, config, catalog):
    now = this_hour()
    catalog.visits.add([Visited(now, 2, 60.25)])
    begin = datetime.datetime.fromtimestamp(now, datetime.UTC)
    assert json.loads(told(capsys, config, "--by", "hour", "--json")) == {
        "by": "hour",
        "periods": [{"start": begin.isoformat(), "visits": 2, "dwell_s": 60.2}],
        "ever": {"visits": 2, "dwell_s": 60.2},
    }


@pytest.mark.parametrize("words", [["--last", "0"], ["--last", "x"], ["--by", "year"]])
def test_a_time_that_is_none_is_a_usage_error(config, words):
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(config), "stats", *words])
    assert ended.value.code == 2


def test_the_status_page_and_the_metrics_tell_of_visitors_where_there_were_any(config, catalog):
    settings = load(config)
    gatherer = Gatherer(settings, CatalogReader.open(settings.paths.catalog))
    assert gatherer.report().collected.visitors is None
    assert "lantern_visits" not in gatherer.metrics().decode()

    now = this_hour()
    catalog.visits.add([Visited(now, 3, 360.0), Visited(now - 30 * DAY, 7, 7200.0)])
    since = datetime.datetime.fromtimestamp(now - 30 * DAY).astimezone()
    (show,) = (one for one in tell(gatherer.report(), owner=False).sections if one.id == "show")
    assert [(row.label, row.text, row.note) for row in show.rows] == [
        ("Visits today", "3, about 2 minutes each", ""),
        (
            "Visits in all",
            "10, about 13 minutes each",
            f"Since {since.day} {since:%B} {since.year}.",
        ),
    ]
    families = text_string_to_metric_families(gatherer.metrics().decode())
    samples = {one.name: one.value for family in families for one in family.samples}
    assert samples["lantern_visits_total"] == 10
    assert samples["lantern_visit_seconds_total"] == 7560
