"""The watch over the backup on a machine whose clock is still to be set."""

import time

import anyio
import pytest

from lantern.backup import spool, watch
from lantern.backup.report import Action, Outcome, Report, RepositoryReport
from lantern.backup.watch import Watch
from lantern.catalog.store import Catalog
from lantern.config import Backup, Paths
from lantern.noticeboard import Noticeboard
from lantern.supervise import OneThread

pytestmark = pytest.mark.anyio
DISK = "/mnt/usb"


@pytest.fixture
def paths(tmp_path):
    paths = Paths(state=str(tmp_path / "state"), runtime=str(tmp_path / "run"))
    paths.state_folder.mkdir()
    spool.folder(paths).mkdir(parents=True)
    return paths


@pytest.fixture
def catalog(paths):
    catalog = Catalog.open(paths.catalog)
    yield catalog
    catalog.close()


async def test_a_clock_that_nobody_has_set_raises_no_alarm_and_hides_no_report(
    paths, catalog, monkeypatch
):
    """A Raspberry Pi wakes in the past, where each report is of the future."""
    monkeypatch.setattr(watch, "LOOK_S", 0.02)
    ended = time.time() + 400 * 86400
    told = RepositoryReport(repository=DISK, outcome=Outcome.DONE)
    report = Report(
        id="1",
        action=Action.BACKUP,
        began=ended - 60,
        ended=ended,
        version="1",
        repositories=(told,),
    )
    spool.leave(paths, report)
    doubtful = [True]
    board = Noticeboard()
    over_it = Watch(
        Backup(repositories=(DISK,)),
        paths,
        catalog,
        OneThread(),
        board,
        next_run=lambda: 1.0,
        written=lambda: 0,
        doubts_clock=lambda: doubtful[0],
        sends=False,
    )
    async with anyio.create_task_group() as group:
        group.start_soon(over_it.run)
        await until(lambda: over_it.state)
        await anyio.sleep(0.1)
        assert board.topics == ()
        assert (over_it.state.next_at, over_it.state.alarms) == (1.0, ())
        assert catalog.read.setting("backup") is None, "what it learnt by such a clock is not kept"
        doubtful[0] = False
        await until(lambda: board.topics)
        assert board.topics == ("backup clock",)
        group.cancel_scope.cancel()


async def until(so):
    with anyio.fail_after(20):
        while not so():  # noqa: ASYNC110 - it has no event for tests alone
            await anyio.sleep(0.01)
