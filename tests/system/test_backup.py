"""Backups over a real sshd on the loopback, to Borg behind a forced command, as setup leaves it."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lantern.backup import borgmatic, run, save, skip, spool
from lantern.backup.far import failure
from lantern.backup.outcome import Kind
from lantern.backup.report import Action, Outcome, Report, RepositoryReport, Saved, decode
from support.far_side import NEEDS_BORG, NEEDS_ROOT, FarSide, Line
from support.ports import free_port
from support.vault import PASSPHRASE, Vault

pytestmark = [NEEDS_BORG, pytest.mark.timeout(300)]  # a busy machine takes its time

PATIENCE_S = 60.0
EXCLUDE = 'exclude = ["*.json", "sh:**/raw/**"]'
IS_ROOT = os.geteuid() == 0
STAGED = [
    "staged/backup.json",
    "staged/captions.json",
    "staged/catalog.sqlite3",
    "staged/lantern.toml",
]


class Watched(NamedTuple):
    """A command that has ended, and the programs that ran below it."""

    status: int
    said: str
    programs: set[str]


def watched(vault: Vault, *words: str) -> Watched:
    """Run Lantern; look for the passphrase wherever a stranger might see it meanwhile."""
    seen: set[str] = set()
    said = vault.home / "said"
    with open(said, "wb") as told:
        process = subprocess.Popen(vault.command(*words), stdout=told, stderr=told)
        while process.poll() is None:
            for pid in [process.pid, *below(process.pid)]:
                with contextlib.suppress(OSError):
                    for name in ("cmdline", "environ"):
                        assert PASSPHRASE.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
                    seen.add(Path(f"/proc/{pid}/comm").read_text().strip())
            time.sleep(0.02)
    return Watched(process.returncode, said.read_text(), seen)


def below(pid: int) -> list[int]:
    """Return the processes that `pid` started, and those that they did."""
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *below(child)]
    return found


def until(met: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def made(report: RepositoryReport) -> Saved:
    """Return what was saved; there must be something."""
    assert report.saved is not None, report
    return report.saved


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarSide]:
    side = FarSide(tmp_path_factory.mktemp("far"))
    with side.running():
        yield side


@pytest.fixture(scope="module")
def vault(far: FarSide, tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """A photo folder with one repository, which is empty."""
    return filled(far, tmp_path_factory.mktemp("vault"), "photos", photos="of [2026]")


@pytest.fixture(scope="module")
def first(vault: Vault) -> Watched:
    """The first backup, of which some seconds are spent on a slow line."""
    vault.fill(3, 300_000)
    vault.put("summer/a.jpg", b"a")
    vault.put("summer/a.jpg.xmp", b"sidecar")
    for name in ("raw/large.jpg", "left out.json"):
        vault.put(name, b"left out")
    vault.goes_to([vault.far.url()], EXCLUDE)
    vault.far.line.rate = 1_000_000
    done = watched(vault, "backup", "now")
    vault.far.line.rate = None
    return done


@pytest.fixture(scope="module")
def second(vault: Vault, first: Watched) -> list[Report]:
    """The next run, a planned one: changed files, an unreadable one, another repository is down."""
    port = free_port()
    vault.goes_to([f"ssh://nobody@127.0.0.1:{port}/photos", vault.far.url()], EXCLUDE)
    vault.put("new.jpg", b"new")
    vault.put("bad.jpg", b"")
    vault.put("summer/a.jpg", b"changed")
    (vault.photos / "1-0000.jpg").unlink()
    with mains(), unreadable(vault.photos / "bad.jpg"):
        done = vault.job.planned(lambda: False)
    (vault.photos / "bad.jpg").unlink()
    vault.goes_to([vault.far.url()], EXCLUDE)
    return done


@contextlib.contextmanager
def mains() -> Iterator[None]:
    """Have the machine of the tests be fed by mains, whatever it is fed by."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(skip, "on_battery", lambda _: False)
        yield


def filled(far: FarSide, home: Path, name: str, photos: str = "photos") -> Vault:
    """Return a photo folder with the repository `name`, which is empty."""
    far.allow_borg(name)
    vault = Vault(home, far, name, photos=photos)
    vault.make(far.url(name))
    return vault


@contextlib.contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """Have reading `path` fail: for root by a file whose reading is an I/O error."""
    if not IS_ROOT:
        path.chmod(0)
        yield
        return
    subprocess.run(["mount", "--bind", "/proc/self/mem", str(path)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def test_the_first_backup_holds_all_that_a_restore_needs(vault: Vault, first: Watched) -> None:
    assert first.status == 0, first.said
    assert vault.archived(vault.far.url()).keys() == {
        *(f"1-{number:04}.jpg" for number in range(3)),
        "summer/a.jpg",
        "summer/a.jpg.xmp",
        *STAGED,
    }
    (report,) = vault.reports()
    told = report.repositories[0]
    assert told.outcome is Outcome.DONE, told
    assert (made(told).files, made(told).new, made(told).gone) == (5, 5, 0)
    assert told.archives == 1
    assert made(told).deduplicated_bytes > 900_000
    assert (told.stored_bytes or 0) > 900_000
    assert 0 < (told.free_bytes or 0) < (told.disk_bytes or 0)


def test_the_passphrase_is_in_no_argument_environment_log_or_report(
    vault: Vault, first: Watched
) -> None:
    assert {"borg", "ssh", "borgmatic"} <= first.programs
    assert PASSPHRASE not in first.said
    written = [*vault.secrets.reports.iterdir(), vault.secrets.borgmatic_config]
    assert len(written) > 1
    for file in written:
        assert PASSPHRASE not in file.read_text()


def test_the_next_backup_sends_only_what_changed(vault: Vault, second: list[Report]) -> None:
    saved = made(second[0].repositories[1])
    assert (saved.new, saved.changed, saved.gone) == (1, 1, 1)
    assert saved.deduplicated_bytes < 20_000
    assert "new.jpg" in vault.archived(vault.far.url())


def test_of_two_repositories_one_may_be_down(second: list[Report]) -> None:
    failed, good = second[0].repositories
    assert (failed.outcome, failed.kind) == (Outcome.FAILED, Kind.UNREACHABLE)
    assert "Connection refused" in failed.sentences[0]
    assert made(good).files == 5


def test_a_file_that_cannot_be_read_costs_itself_alone(second: list[Report]) -> None:
    told = second[0].repositories[1]
    assert told.outcome is Outcome.WARNED
    assert made(told).unread == 1
    assert any("bad.jpg" in sentence for sentence in told.sentences)


def test_a_planned_run_is_followed_by_the_drill_that_is_due(
    vault: Vault, second: list[Report]
) -> None:
    assert [report.action for report in second] == [Action.BACKUP, Action.DRILL]
    assert vault.reports()[-2:] == second


def test_a_planned_run_waits_while_somebody_stands_before_the_show(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_LOOK_S", 0.01)
    told: list[str] = []

    def somebody() -> bool:
        """Leave when asked the third time."""
        progress = spool.progress(vault.config.paths)
        told.append(progress.waits_for if progress else "nothing")
        return len(told) < 3

    vault.job._wait(somebody)
    spool.tell_progress(vault.config.paths, None)
    assert told == ["nothing", *["somebody stands before the show"] * 2]


def test_a_wrong_passphrase_is_told_with_what_to_do(vault: Vault, first: Watched) -> None:
    file = vault.secrets.kept_passphrase
    file.chmod(0o600)
    file.write_text("another")
    done = vault.run("backup", "now", "--json")
    file.write_text(PASSPHRASE)
    told = decode(done.stdout.encode()).repositories[0]
    assert done.returncode == 4
    assert (told.outcome, told.kind) == (Outcome.FAILED, Kind.PASSPHRASE)
    assert "the passphrase is not the right one; give" in told.sentences[0]


def kind(vault: Vault, repository: str = "") -> Kind | None:
    """Have plain Borg save the photos, as borgmatic would; return why it could not."""
    where = repository or vault.far.url()
    words = ["create", "--lock-wait", "1", f"{where}::{{now}}"]
    fault = failure(vault.plan, borgmatic.borg(vault.plan, [*words, str(vault.photos)]), where)
    return fault.kind if fault else None


def test_a_locked_repository_is_told(vault: Vault) -> None:
    lock = vault.far.path() / "lock.exclusive"
    lock.mkdir()
    other = lock / "elsewhere@1.2-0"
    other.touch()
    found = kind(vault)
    other.unlink()
    lock.rmdir()
    assert found is Kind.LOCKED


def test_a_repository_that_is_not_ours_is_refused_and_one_that_is_not_there_told(
    vault: Vault, far: FarSide
) -> None:
    assert kind(vault, far.url("outside")) is Kind.REFUSED
    far.allow_borg("none")
    assert kind(vault, far.url("none")) is Kind.ABSENT


def test_a_far_side_that_is_not_the_known_one_is_told(vault: Vault, far: FarSide) -> None:
    vault.secrets.known_hosts.write_text("")
    assert kind(vault) is Kind.STRANGER
    vault.secrets.known_hosts.write_text(far.known_hosts)


def test_a_backup_that_is_killed_half_way_is_resumed_over_a_line_that_is_cut(
    far: FarSide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = filled(far, tmp_path, "killed")
    vault.fill(32, 250_000)
    commits = far.commits("killed")
    far.line.rate = 2_500_000
    process = subprocess.Popen(
        vault.command("backup", "now", quickly=True), stderr=subprocess.DEVNULL
    )
    until(lambda: far.commits("killed") > commits, "a checkpoint is made")
    for pid in [process.pid, *below(process.pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    assert not vault.reports()

    far.line.rate = None
    far.line.cut_after(300_000)
    monkeypatch.setattr(save, "PAUSE_S", 0.5)
    with mended(far.line) as cuts:
        told = vault.job.back_up().repositories[0]
    assert cuts == [1]
    assert told.outcome is Outcome.DONE, told.sentences
    # Of eight million bytes those were there already that were sent before the checkpoint.
    assert made(told).deduplicated_bytes < 7_800_000
    assert len(vault.archived(far.url("killed"))) == 32 + len(STAGED)


@contextlib.contextmanager
def mended(line: Line) -> Iterator[list[int]]:
    """Mend `line` soon after it is cut; the list tells of it."""
    cuts: list[int] = []
    ended = threading.Event()

    def mend() -> None:
        while not ended.wait(0.05):
            if line.is_cut:
                cuts.append(1)
                line.mend()

    mending = threading.Thread(target=mend)
    mending.start()
    try:
        yield cuts
    finally:
        ended.set()
        mending.join()


def test_a_second_run_is_refused_and_a_run_that_is_ended_leaves_a_report(
    far: FarSide, tmp_path: Path
) -> None:
    vault = filled(far, tmp_path, "ended")
    vault.fill(4, 500_000)
    far.line.rate = 300_000
    process = subprocess.Popen(vault.command("backup", "now"), stderr=subprocess.DEVNULL)
    before = far.line.sent
    until(lambda: far.line.sent - before > 300_000, "something is sent")
    assert vault.config.paths.backup_progress.exists()
    refused = vault.run("backup", "now")
    process.terminate()
    assert process.wait(PATIENCE_S) == 130
    far.line.rate = None
    assert refused.returncode == 4
    assert "another backup is under way" in refused.stderr
    (report,) = vault.reports()
    assert report.repositories[0].kind == Kind.KILLED
    assert not vault.config.paths.backup_progress.exists()


@NEEDS_ROOT
def test_a_full_disk_on_the_far_side_is_told(far: FarSide, tmp_path: Path) -> None:
    with far.small_disk("small", 8):
        vault = filled(far, tmp_path, "small")
        vault.fill(12, 1_000_000)
        assert kind(vault, far.url("small")) is Kind.FULL


def test_an_empty_folder_is_not_saved_in_the_place_of_known_photos(
    far: FarSide, tmp_path: Path
) -> None:
    vault = Vault(tmp_path, far, "never")
    with contextlib.closing(sqlite3.connect(vault.config.paths.catalog)) as catalog, catalog:
        catalog.execute("INSERT INTO photo (fingerprint, description) VALUES ('f', '{}')")
    told = vault.job.back_up().repositories[0]
    assert (told.outcome, told.kind) == (Outcome.FAILED, Kind.UNREADABLE)
    assert "is the disk mounted?" in told.sentences[0]


def test_a_planned_run_without_a_network_is_skipped_with_a_reason(
    far: FarSide, tmp_path: Path
) -> None:
    vault = Vault(tmp_path, far)
    port = free_port()
    vault.goes_to([f"ssh://nobody@127.0.0.1:{port}/photos"])
    with mains():
        (report,) = vault.job.planned(lambda: False)
    assert vault.reports() == [report]
    assert report.skipped == f"no far side can be reached ([127.0.0.1]:{port})"
    assert not report.repositories
