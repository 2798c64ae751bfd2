"""How tests run beside each other, in the three processes of scripts/test, and on a busy machine.

The tests of a file stay in one process, so that what they share is started once, and those that
play films in the same one. Files are taken up in the order below: what takes longest first.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

SHOW = frozenset(
    f"test_{name}.py" for name in ("show_evening", "show_screen", "show_truth", "bench_presence")
)
"""Files whose tests play films: two at once would take each other's time."""

FOLDERS = ("system", "rig", "property", "contract", "unit")

# How long an example takes is the machine's affair, which may have other work to do.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


class Sharing(LoadFileScheduling):
    """Gives each process a file after the other, and all that play films to one."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "show" if file.rpartition("/")[2] in SHOW else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    return Sharing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # this is one of several processes
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, int]:
    return item.path.name not in SHOW, FOLDERS.index(item.path.parent.name)
