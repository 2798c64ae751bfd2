"""The thread that asks a sensor."""

import itertools
import threading
import time

import pytest

from lantern.hardware.ports import Fault, Level
from lantern.hardware.sampling import MISSES, REST_S, Sampler

PATIENCE_S = 10.0


def run(sampler, post, seconds):
    sampler.start(post)
    time.sleep(seconds)
    sampler.stop()


def test_it_asks_at_its_rate_and_tells_the_time():
    said = []
    before = time.monotonic()
    run(Sampler("one", 50, lambda at: Level("one", at, True)), said.append, 0.5)
    gaps = sorted(b.at - a.at for a, b in itertools.pairwise(said))
    assert gaps[len(gaps) // 2] == pytest.approx(0.02, abs=0.005)
    assert before <= said[0].at < before + 0.2


def test_who_hurries_it_waits_for_no_turn():
    said, first = [], threading.Event()
    sampler = Sampler("one", 0.1, lambda at: Level("one", at, True))
    sampler.start(lambda reading: (said.append(reading), first.set()))
    assert first.wait(PATIENCE_S)
    sampler.hurry()
    time.sleep(0.1)
    sampler.stop()
    assert len(said) == 2


def test_nothing_to_say_is_not_posted():
    said = []
    run(Sampler("one", 100, lambda _: None), said.append, 0.1)
    assert said == []


def test_one_that_fails_again_and_again_is_left_alone_for_a_while():
    said = []
    run(Sampler("one", 100, lambda at: Fault("one", at, "broken")), said.append, REST_S * 0.6)
    assert len(said) == MISSES


def test_a_reading_that_hangs_while_it_is_stopped_is_not_posted_later():
    """Who stops it in a thread of its own may begin anew before the device lets go."""
    said, asked, answer = [], threading.Event(), threading.Event()
    hangs = iter([True])

    def read(at):
        if next(hangs, False):
            asked.set()
            answer.wait(PATIENCE_S)
            return Level("one", at, False)
        return Level("one", at, True)

    sampler = Sampler("one", 100, read)
    sampler.start(said.append)
    assert asked.wait(PATIENCE_S)
    stopping = threading.Thread(target=sampler.stop)
    stopping.start()
    time.sleep(0.05)
    sampler.start(said.append)
    answer.set()
    stopping.join()
    time.sleep(0.1)
    sampler.stop()
    assert said
    assert all(reading.active for reading in said)
    count = len(said)
    time.sleep(0.1)
    assert len(said) == count
