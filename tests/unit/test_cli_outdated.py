"""Options that page and player do not go by yet, by when systemd started them."""

import pytest

from lantern.catalog.summary import Counts
from lantern.cli.outdated import told
from lantern.control.protocol import Outdated, Status
from lantern.health.units import Unit

STATUS = Status(
    version="1",
    running=True,
    root="/srv/photos",
    counts=Counts(),
    outdated=(Outdated("lantern-web", ("web.port", "search.url"), at=100.0),),
)


def page(active, began):
    return Unit(name="lantern-web.service", load="loaded", active=active, began=began)


def test_a_page_that_was_started_before_is_to_be_started_anew():
    (sentence,) = told(STATUS, [page("active", "99000000")])
    assert sentence == (
        "web.port, search.url: changed, and not in force before lantern-web is started anew; "
        '"sudo systemctl restart lantern-web"'
    )


@pytest.mark.parametrize(
    "unit", [page("active", "100500000"), page("inactive", "99000000"), page("failed", "0")]
)
def test_one_that_was_started_since_or_does_not_run_is_not(unit):
    assert told(STATUS, [unit]) == []


def test_where_nobody_knows_when_it_was_started_that_is_said():
    (sentence,) = told(STATUS, [Unit(name="lantern.service", active="active", began="1")])
    assert "before lantern-web is started anew, unless it was since; " in sentence
