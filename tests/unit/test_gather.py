"""What the page gathers of daemon, catalog and search server, each of which may be away."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from anyio.from_thread import start_blocking_portal
from prometheus_client.parser import text_string_to_metric_families

import lantern
from lantern.catalog.reader import CatalogReader
from lantern.catalog.store import Catalog, Found
from lantern.catalog.summary import Counts
from lantern.config import Config, load
from lantern.control import server
from lantern.control.protocol import Question, Reply, Showing, Status
from lantern.gather import Gatherer
from lantern.web.report import Trouble
from support import meili
from support.meili_server import FakeMeili

CONFIG = """
[photos]
root = "{folder}/photos"
[paths]
state = "{folder}/state"
runtime = "{folder}/run"
"""
TOLD = Status(
    version="9.9",
    running=True,
    root="/srv/photos",
    counts=Counts(),
    notices=("photo folder /srv/photos: gone", "a trouble of a newer daemon"),
    topics=("root",),
    since=1000.0,
    model="captioner 3",
    lately_ms={"caption": (80.0, 120.0)},
    show=Showing(
        "attract", "a film plays", is_open=True, eased=0.75, eased_by="the machine is hot"
    ),
)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    for name in ("photos", "state", "run"):
        (tmp_path / name).mkdir()
    file = tmp_path / "lantern.toml"
    file.write_text(CONFIG.format(folder=tmp_path))
    return load(file)


@pytest.fixture
def catalog(config: Config) -> Iterator[Catalog]:
    catalog = Catalog.open(config.paths.catalog)
    yield catalog
    catalog.close()


def gatherer(config: Config) -> Gatherer:
    return Gatherer(config, CatalogReader.open(config.paths.catalog))


@contextlib.contextmanager
def daemon(path: Path, reply: Reply) -> Iterator[None]:
    """Answer every question at the control socket with `reply`."""

    async def answer(_: Question) -> Reply:
        return reply

    async def listen(stop: anyio.Event, *, task_status: anyio.abc.TaskStatus[None]) -> None:
        async with anyio.create_task_group() as tasks:
            await tasks.start(server.serve, path, answer)
            task_status.started()
            await stop.wait()
            tasks.cancel_scope.cancel()

    with start_blocking_portal() as portal:
        stop = portal.call(anyio.Event)
        done, _ = portal.start_task(listen, stop)
        yield
        portal.call(stop.set)
        done.result()


def test_before_the_first_start_the_report_says_that_there_is_nothing_to_read(config: Config):
    report = gatherer(config).report()
    assert report.collected is None
    assert "not there yet" in report.unread
    assert report.daemon is None
    assert report.version == lantern.__version__


def test_without_a_daemon_the_catalog_speaks(config: Config, catalog: Catalog):
    catalog.discover(b"", [Found(b"a.jpg", 1, 1)], now=0.0)
    report = gatherer(config).report()
    assert report.collected is not None
    assert report.collected.counts.discovered == 1
    assert (report.daemon, report.server_up) == (None, None)


def test_what_the_daemon_tells_is_passed_on_though_it_is_of_another_version(
    config: Config, catalog: Catalog
):
    with daemon(config.paths.control_socket, TOLD):
        found = gatherer(config).report().daemon
    assert found is not None
    assert (found.version, found.since, found.model) == ("9.9", 1000.0, "captioner 3")
    assert found.sentence_ms == (80.0, 120.0)
    assert (found.show, found.eased_by) == ("a film plays", "the machine is hot")
    assert found.troubles == (
        Trouble("root", "photo folder /srv/photos: gone"),
        Trouble("", "a trouble of a newer daemon"),
    )


def test_the_daemon_is_started_as_the_page_was(config: Config, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SYSTEMD_EXEC_PID", str(os.getpid()))
    assert gatherer(config).report().starter == "sudo systemctl start lantern"
    # of a terminal that systemd started, and whoever was started in it
    monkeypatch.setenv("SYSTEMD_EXEC_PID", str(os.getppid()))
    assert gatherer(config).report().starter == "lantern run"
    monkeypatch.delenv("SYSTEMD_EXEC_PID")
    assert gatherer(config).report().starter == "lantern run"


def test_photos_and_state_on_one_disk_are_told_once(config: Config, catalog: Catalog):
    (disk,) = gatherer(config).report().disks
    assert disk.what == "photos and Lantern’s own files"
    free = os.statvfs(config.photos.folder)
    assert disk.total == free.f_blocks * free.f_frsize


@pytest.fixture
def search_server(tmp_path: Path) -> Iterator[FakeMeili]:
    meili.need_specification()
    with meili.fake(tmp_path) as fake:
        yield fake


def test_a_search_server_that_does_not_know_the_page_counts_as_away(
    config: Config, catalog: Catalog, search_server: FakeMeili, tmp_path: Path
):
    catalog.served.begin("generation")
    key = tmp_path / "wrong.key"
    key.write_text("wrong")
    key.chmod(0o600)
    section = f'[search]\nengine = "meilisearch"\nurl = "{search_server.url}"\n'
    file = tmp_path / "lantern.toml"
    file.write_text(f'{file.read_text()}{section}search_key_file = "{key}"\n')
    gathering = gatherer(load(file))
    assert gathering.report().server_up is False
    samples = {
        sample.name: sample.value
        for family in text_string_to_metric_families(gathering.metrics().decode())
        for sample in family.samples
    }
    assert samples["lantern_search_server_up"] == 0
    assert samples["lantern_search_server_backlog_photos"] == 0
