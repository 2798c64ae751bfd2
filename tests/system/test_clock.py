"""A real daemon whose clock is wrong when it wakes, and is set while it runs."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from support.checked import originals, wrongs
from support.house import House, photo

TESTS = Path(__file__).parents[1]
JUMPS = 5
YEARS = 20 * 365 * 86400


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    house.program = "support.odd_clock"
    house.environment = {"PYTHONPATH": str(TESTS), "CLOCK_OFF": str(tmp_path / "off")}
    yield house
    if house.process is not None and house.process.poll() is None:
        house.stop(signal.SIGKILL)


def clock_is_off_by(house, seconds):
    file = Path(house.environment["CLOCK_OFF"])
    fresh = file.with_suffix(".new")
    fresh.write_text(str(seconds))
    fresh.replace(file)


def clock_is_set(house):
    clock_is_off_by(house, 0)
    house.wait(lambda: "clock was set" in house.journal.read_text(), "the daemon sees it")


@pytest.mark.parametrize("off", [-YEARS, YEARS], ids=["of the past", "of the future"])
def test_with_a_clock_years_off_photos_come_go_and_come_back_as_ever(house, off):
    names = {f"old/{number}.jpg" for number in range(3)}
    for number, name in enumerate(names):
        house.put(name, photo(number))
    clock_is_off_by(house, off)
    with house.running():
        house.wait_for(names)
        away = house.root.with_name("away.jpg")
        os.rename(house.root / "old/0.jpg", away)
        house.wait_for(names - {"old/0.jpg"})
        captionings = house.captionings()

        clock_is_set(house)
        house.rescan()  # a scan forgets what no file has held for a month
        house.put("new.jpg", photo(99))
        house.wait_for((names | {"new.jpg"}) - {"old/0.jpg"})
        house.wait_settled()
        os.rename(away, house.root / "old/0.jpg")
        house.wait_for(names | {"new.jpg"})
        assert house.captionings() == captionings + 1  # the new one alone
        assert abs(house.status().since - time.time()) < 120
        house.wait_settled()
        assert house.stop() == 0
    assert wrongs(house.config, originals(house.root)) == []


def test_what_failed_under_a_clock_of_the_future_is_tried_again_as_soon_as_was_meant(house):
    text = house.file.read_text().replace("workers = 1", "workers = 1\ndeadline_s = 1")
    house.file.write_text(text)
    clock_is_off_by(house, YEARS)
    house.put("early.jpg", photo(49))
    with house.running():
        house.wait(lambda: "early.jpg" in house.described(), "a worker works")
        (worker,) = house.worker_pids()
        os.kill(worker, signal.SIGSTOP)
        house.put("late.jpg", photo(50))
        house.wait(lambda: house.status().counts.retry == 1, "it cost the worker its life")
        clock_is_set(house)
        house.wait(lambda: "late.jpg" in house.described(), "it is tried again")


def test_a_clock_that_jumps_to_and_fro_costs_no_photo_and_no_captioning(house):
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - to repeat a failure
    draw, names = random.Random(seed), set()
    clock_is_off_by(house, 0)
    with house.running():
        for number in range(JUMPS):
            names.add(f"{number}.jpg")
            house.put(f"{number}.jpg", photo(number, 96, 72))
            clock_is_off_by(house, draw.choice((-1, 1)) * 10 ** draw.uniform(0, 8.5))
            house.wait_for(names)
        gone = draw.choice(sorted(names))
        (house.root / gone).unlink()
        house.wait_for(names - {gone})
        house.rescan()
        clock_is_off_by(house, 0)
        house.wait_settled()
        assert house.stop() == 0
    assert house.captionings() == JUMPS
    assert wrongs(house.config, originals(house.root)) == []
