"""The real daemon, the real worker and model, real files: what people and machines do to both."""

import os
import shutil
import signal
import sqlite3
import time

import pytest

import photos
from lantern.cli.exit_codes import ExitCode
from support.house import House, photo

STOP_S = 2.0


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A daemon for the tests that leave it as they found it, each in folders of its own."""
    house = House(tmp_path_factory.mktemp("shared"))
    house.put("keeper.jpg", photo(0))  # else a test's last file would be the whole collection
    with house.running():
        house.wait_for({"keeper.jpg"})
        yield house


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop(signal.SIGKILL)


def below(house, folder):
    return {path for path in house.described() if path.startswith(f"{folder}/")}


def wait_below(house, folder, names):
    wanted = {f"{folder}/{name}" for name in names}
    house.wait(
        lambda: (
            below(house, folder) == wanted
            and {path for path in house.searchable() if path.startswith(f"{folder}/")} == wanted
        ),
        f"described and searchable in {folder} are {sorted(names)}",
    )


# What people do to photos.


def test_new_changed_moved_copied_and_deleted_files_are_followed(shared):
    shared.put("life/a.jpg", photo(1))
    shared.put("life/deep/er/b.jpg", photo(2))
    wait_below(shared, "life", ["a.jpg", "deep/er/b.jpg"])
    captioned = shared.status().captioned

    os.rename(shared.root / "life/deep", shared.root / "life/moved")
    shutil.copyfile(shared.root / "life/a.jpg", shared.root / "life/copy.jpg")
    wait_below(shared, "life", ["a.jpg", "copy.jpg", "moved/er/b.jpg"])
    assert shared.status().captioned == captioned

    shared.put("life/a.jpg", photo(3))
    shared.wait(lambda: shared.status().captioned == captioned + 1, "the change is captioned")
    (shared.root / "life/copy.jpg").unlink()
    shutil.rmtree(shared.root / "life/moved")
    wait_below(shared, "life", ["a.jpg"])
    shutil.rmtree(shared.root / "life")
    wait_below(shared, "life", [])


def test_a_rated_copy_is_the_same_picture(shared):
    shared.put("rated/a.jpg", photo(10))
    wait_below(shared, "rated", ["a.jpg"])
    captioned = shared.status().captioned
    rated = photos.annotated(photo(10), xmp={"Xmp.xmp.Rating": "5"})
    assert rated != photo(10)
    shared.put("rated/a.jpg", rated)
    shared.put("rated/b.jpg", rated)
    wait_below(shared, "rated", ["a.jpg", "b.jpg"])
    shared.wait_settled()
    assert shared.status().captioned == captioned


def test_a_slow_copy_is_waited_for_and_described_once(shared):
    data = photo(20, 640, 480)
    captioned = shared.status().captioned
    with open(shared.root / "slow.jpg", "wb") as file:
        for piece in range(8):
            file.write(data[piece * len(data) // 8 : (piece + 1) * len(data) // 8])
            file.flush()
            time.sleep(0.15)
            assert "slow.jpg" not in shared.described()
    shared.wait(lambda: "slow.jpg" in shared.described(), "the copy is described")
    assert shared.status().captioned == captioned + 1
    assert "slow.jpg" not in shared.problems()


def test_other_programs_droppings_are_ignored(shared):
    droppings = (
        *(".stfolder/a.jpg", ".stversions/a.jpg", "@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg"),
        *("~syncthing~x.jpg.tmp", ".photo.jpg.Xy12", ".DS_Store", "._x.jpg", "x.jpg~"),
        *("#recycle/a.jpg", "x.jpg.part", "notes.txt", "lost+found/a.jpg"),
    )
    for number, name in enumerate(droppings):
        shared.put(f"others/{name}", photo(30 + number))
    shared.put("others/real.jpg", photo(29))
    wait_below(shared, "others", ["real.jpg"])
    shared.rescan()
    shared.wait_settled()
    assert below(shared, "others") == {"others/real.jpg"}
    assert not any("others/" in path for path in shared.problems())


def test_hostile_files_get_a_reason_and_cost_nothing_else(shared):
    shared.put("hostile/truncated.jpg", photo(40, 640, 480)[:9000])
    shared.put("hostile/bomb.png", photos.png_bomb())
    shared.put("hostile/empty.jpg", b"")
    shared.put("hostile/zeros.jpg", bytes(5000))
    shared.put("hostile/text.jpg", b"this is no photo\n" * 100)
    shared.put("hostile/wrong.png", photo(41))
    shared.put(b"hostile/two\nlines.jpg", photo(42))
    shared.put(b"hostile/not utf-8 \xff\xfe.jpg", photo(43))
    os.mkfifo(shared.root / "hostile/pipe.jpg")
    os.symlink("/etc/passwd", shared.root / "hostile/link.jpg")
    os.symlink("/etc", shared.root / "hostile/folder.jpg")
    shared.put("hostile/good.jpg", photo(44))

    described = {"wrong.png", "two\nlines.jpg", "not utf-8 \udcff\udcfe.jpg", "good.jpg"}
    wait_below(shared, "hostile", described)
    failed = {
        *("truncated.jpg", "bomb.png", "empty.jpg", "zeros.jpg", "text.jpg"),
        *("pipe.jpg", "link.jpg", "folder.jpg"),
    }
    shared.wait(lambda: shared.status().counts.failed >= len(failed), "all that is bad has failed")
    told = {
        path.removeprefix("hostile/"): reason
        for path, reason in shared.problems().items()
        if path.startswith("hostile/")
    }
    assert set(told) == failed | {"wrong.png", "two\nlines.jpg", "not utf-8 \ufffd\ufffd.jpg"}
    assert "symbolic link" in told["link.jpg"]
    assert "symbolic link" in told["folder.jpg"]
    assert "named pipe" in told["pipe.jpg"]
    assert "empty" in told["empty.jpg"]
    assert "zero bytes" in told["zeros.jpg"]
    assert "text" in told["text.jpg"]
    assert "JPEG though the name says PNG" in told["wrong.png"]
    assert "UTF-8" in told["not utf-8 \ufffd\ufffd.jpg"]
    assert "control characters" in told["two\nlines.jpg"]
    assert told["truncated.jpg"]
    assert told["bomb.png"]
    for_people = shared.run("status").stdout
    assert all(line.isprintable() for line in for_people.splitlines())

    shared.put("hostile/truncated.jpg", photo(40, 640, 480))  # its copy is finished after all
    wait_below(shared, "hostile", described | {"truncated.jpg"})


def test_copies_that_arrive_together_are_captioned_once(tmp_path):
    house = House(tmp_path, workers=2)
    for number in range(12):
        house.put(f"{number}.jpg", photo(50 + number // 6))
    with house.running():
        status = house.wait_settled()
    assert status.counts.captioned == 12
    assert status.captioned == status.counts.photos == 2


def test_a_file_that_was_touched_and_set_back_keeps_nobody_waiting(tmp_path):
    house = House(tmp_path, settle_s=60)
    house.put("a.jpg", photo(55))
    os.utime(house.root / "a.jpg", (10**9, 10**9))
    with house.running():
        house.wait_settled()
        os.utime(house.root / "a.jpg")
        house.wait(lambda: not house.status().settled, "the touch is noticed")
        os.utime(house.root / "a.jpg", (10**9, 10**9))
        house.wait_settled()


# Disks that come and go.


def test_an_absent_disk_is_no_deletion_and_a_real_one_may_be_accepted(house):
    photos_there = {f"{folder}/{n}.jpg" for n in range(6) for folder in ("a", "b")}
    for number, name in enumerate(sorted(photos_there)):
        house.put(name, photo(60 + number))
    away = house.root.with_name("away")
    with house.running():
        house.wait_for(photos_there)
        captioned = house.status().captioned

        house.root.rename(away)
        house.wait_notice("nothing is forgotten")
        assert set(house.described()) == photos_there == house.searchable()
        away.rename(house.root)
        house.wait_no_notice()

        house.root.rename(away)
        house.root.mkdir()  # an empty mount point
        house.wait_notice("12 of 12 files disappeared")
        assert set(house.described()) == photos_there == house.searchable()
        house.root.rmdir()
        away.rename(house.root)
        house.wait_no_notice()

        house.put("b/new.jpg", photo(80))  # it is watched again, too
        house.wait_for(photos_there | {"b/new.jpg"})

        shutil.rmtree(house.root / "a")
        for number in range(5):
            (house.root / f"b/{number}.jpg").unlink()
        house.wait_notice("accept-removals")
        assert len(house.described()) > 2
        assert house.run("rescan", "--accept-removals").returncode == ExitCode.OK
        house.wait_for({"b/5.jpg", "b/new.jpg"})
        house.wait_no_notice()
        assert house.status().captioned == captioned + 1


def test_a_root_that_is_replaced_in_a_moment_is_watched_again(house):
    house.put("a.jpg", photo(85))
    with house.running():
        house.wait_for({"a.jpg"})
        shutil.rmtree(house.root)
        house.root.mkdir()
        house.put("a.jpg", photo(85))
        house.put("b.jpg", photo(86))
        house.wait_for({"a.jpg", "b.jpg"})
        house.put("c.jpg", photo(87))
        house.wait_for({"a.jpg", "b.jpg", "c.jpg"})


# Kills.


def _rows(database, sql):
    if not database.exists():
        return [(0,)]
    connection = sqlite3.connect(database)
    try:
        return connection.execute(sql).fetchall()
    except sqlite3.OperationalError:  # just being made
        return [(0,)]
    finally:
        connection.close()


def test_an_idle_worker_that_is_killed_is_replaced_and_costs_no_photo_a_try(house):
    house.put("a.jpg", photo(90))
    with house.running():
        house.wait_for({"a.jpg"})
        (before,) = house.worker_pids()
        os.kill(before, signal.SIGKILL)
        house.put("b.jpg", photo(91))
        house.wait_for({"a.jpg", "b.jpg"})
        (after,) = house.worker_pids()
        assert after != before
        assert house.status().counts.failed == 0
    assert "photo not described" not in house.journal.read_text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_clean_and_quick_in_the_midst_of_work(house, how):
    for number in range(30):
        house.put(f"{number}.jpg", photo(200 + number))
    with house.running():
        house.wait(lambda: house.status().captioned >= 3, "work goes on")
        workers = house.worker_pids()
        start = time.monotonic()
        assert house.stop(how) == 0
        assert time.monotonic() - start < STOP_S
    assert not house.config.paths.control_socket.exists()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in workers)
    told = house.run("status")
    assert told.returncode == ExitCode.UNAVAILABLE
    assert "NOT running" in told.stdout
    assert "Traceback" not in house.journal.read_text()


def test_a_second_daemon_on_the_same_state_is_refused(shared):
    second = shared.run("run")
    assert second.returncode == ExitCode.UNAVAILABLE
    assert "another lantern runs" in second.stderr
    assert "Traceback" not in second.stderr
    assert shared.run("status").returncode == ExitCode.OK


# What is disposable.


def test_thumbnails_and_index_are_made_again_without_captioning(house):
    names = {"a.jpg", "b.jpg", "c.jpg"}
    for number, name in enumerate(sorted(names)):
        house.put(name, photo(95 + number))
    with house.running():
        house.wait_for(names)
        house.wait_settled()
        assert house.stop() == 0
    paths = house.config.paths
    thumbnails = set(_rows(paths.thumbnails, "SELECT fingerprint, image FROM image"))
    for file in paths.thumbnails.parent.glob("thumbnails.sqlite3*"):
        file.unlink()
    shutil.rmtree(paths.index)
    with house.running():
        house.wait_for(names)
        house.wait(
            lambda: (
                set(_rows(paths.thumbnails, "SELECT fingerprint, image FROM image")) == thumbnails
            ),
            "the thumbnails are there again",
        )
        assert house.wait_settled().captioned == 0


def test_a_lost_catalog_is_made_again_and_the_index_forgets_the_old_one(house):
    for number in range(4):
        house.put(f"{number}.jpg", photo(300 + number))
    with house.running():
        house.wait_for({f"{number}.jpg" for number in range(4)})
        assert house.stop() == 0
    for file in house.config.paths.state_folder.glob("catalog.sqlite3*"):
        file.unlink()
    for number in (2, 3):
        (house.root / f"{number}.jpg").unlink()
    with house.running():
        house.wait_for({"0.jpg", "1.jpg"})  # and `searchable` finds no ghosts
