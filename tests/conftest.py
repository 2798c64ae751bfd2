"""How tests run beside each other, in the two processes of scripts/test, and on a busy machine.

The tests of a file stay in one process, so that what they share is started once; those of files
that name a group, too. Groups and files are taken up in the order below: what takes longest first.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

SHOW = "show"
"""The group of those that play films: two at once would take each other's time."""

FOLDERS = ("system", "rig", "property", "contract", "unit")

# How long an example takes is the machine's affair, which may have other work to do.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # this is one of several processes
        items.sort(key=_turn)
        for item in items:
            item.add_marker(pytest.mark.xdist_group(_group(item) or item.nodeid.split("::")[0]))


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return marker.args[0] if marker else ""


def _turn(item: pytest.Item) -> tuple[bool, int]:
    return _group(item) != SHOW, FOLDERS.index(item.path.parent.name)
