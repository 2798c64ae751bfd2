"""How tests run beside each other, in the processes of scripts/test, and on a busy machine.

The tests of a file stay in one process, so that what they share is started once, and those that
play films in the same one. Files are taken up in the order below: what takes longest first.

Most tests wait for other programs. One process begins with those that calculate, and so fills the
gaps; it gives way meanwhile, as the caption workers do that others wait for.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

SHOW = frozenset(
    f"test_{name}.py" for name in ("show_evening", "show_screen", "show_truth", "bench_presence")
)
"""Files whose tests play films: two at once would take each other's time."""

LONGEST = tuple(
    f"test_{name}.py"
    for name in (
        *("backup_proof", "backup", "install", "guest", "power_cut", "package", "page_house"),
        *("owner", "page", "catalog_crashes", "service", "search_server", "safe_mode"),
        *("support_bundle", "presence_sensor", "hardware_gpio"),
    )
)
"""Files that take long are taken up first: none is to begin when all others end.

Those of the rig are not the very first, since the Debian that they boot is still being made.
"""

FOLDERS = ("rig", "contract", "system", "property", "unit")
CALCULATING = ("tests/property/", "tests/unit/")
NICENESS = 5
PROMPT = "test_hardware_gpio.py"
"""Calculates and looks at the clock: it is the first of those that calculate, and gives no way."""

# How long an example takes is the machine's affair, which may have other work to do.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


_BEGAN_WITH = os.getpriority(os.PRIO_PROCESS, 0)


class Sharing(LoadFileScheduling):
    """Gives each process a file after the other, and all that play films to one."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        if node is self.nodes[-1]:
            calculating = (scope for scope in self.workqueue if scope.startswith(CALCULATING))
            if (scope := next(calculating, None)) is not None:
                self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "show" if file.rpartition("/")[2] in SHOW else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Sharing:
    return Sharing(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    if hasattr(item.config, "workerinput") and os.geteuid() == 0:  # who alone may take it back
        gives_way = item.nodeid.startswith(CALCULATING) and item.path.name != PROMPT
        with contextlib.suppress(PermissionError):  # root of a container may not
            os.setpriority(os.PRIO_PROCESS, 0, _BEGAN_WITH + NICENESS * gives_way)
    return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # this is one of several processes
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, int, int]:
    name, folder = item.path.name, FOLDERS.index(item.path.parent.name)
    long = LONGEST.index(name) if name in LONGEST else len(LONGEST)
    return name not in SHOW, long, folder
