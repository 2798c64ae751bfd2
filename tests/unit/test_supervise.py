import itertools
import threading
import time

import anyio
import pytest

from lantern import supervise
from lantern.errors import Unavailable
from lantern.heartbeat import beat
from lantern.noticeboard import Corner, Noticeboard
from lantern.supervise import Lately, Probe, WhileUnchanged, kept_up


def counting(fails=()):
    asked = []

    def question():
        asked.append(None)
        if len(asked) in fails:
            raise RuntimeError("not now")
        return len(asked)

    return question


def test_an_answer_is_kept_until_it_is_old():
    answer = Lately(counting(), 60)
    assert (answer(), answer()) == (1, 1)
    fresh = Lately(counting(), 0)
    assert (fresh(), fresh()) == (1, 2)


def test_an_error_is_told_and_not_kept():
    answer = Lately(counting(fails={1}), 60)
    with pytest.raises(RuntimeError):
        answer()
    assert answer() == 2


def test_many_who_come_at_once_cost_one_question():
    count = counting()

    def slow():
        time.sleep(0.05)
        return count()

    answer, answers = Lately(slow, 60), []
    threads = [threading.Thread(target=lambda: answers.append(answer())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 8


def test_an_answer_is_kept_while_nothing_has_changed_and_an_error_is_not():
    version, asked = [1], []

    def question():
        asked.append(version[0])
        if version[0] == 2:
            raise Unavailable("not now")
        return f"answer {version[0]}"

    answer = WhileUnchanged(question, lambda: version[0])
    assert [answer(), answer()] == ["answer 1"] * 2
    version[0] = 2
    for _ in range(2):
        with pytest.raises(Unavailable):
            answer()
    version[0] = 3
    assert answer() == "answer 3"
    assert asked == [1, 2, 2, 3]


def impatient(monkeypatch):
    for name, seconds in (("RESTART_S", 0.005), ("LATEST_RESTART_S", 0.02), ("STEADY_S", 0.2)):
        monkeypatch.setattr(supervise, name, seconds)


def test_a_service_that_fails_is_told_and_begun_anew_until_it_is_well(monkeypatch, caplog):
    impatient(monkeypatch)
    board, lives, seen = Noticeboard(), [], []

    async def service():
        lives.append(time.monotonic())
        if len(lives) < 4:
            raise ZeroDivisionError("at its {n}th second")
        await anyio.sleep_forever()

    async def watch():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(kept_up, "juggler", service, board)
            with anyio.fail_after(5):
                while len(lives) < 4:  # noqa: ASYNC110 - seen from outside
                    await anyio.sleep(0.001)
                seen.extend(board.notices)
                while board.notices:  # noqa: ASYNC110 - the same
                    await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()

    anyio.run(watch)
    assert seen == ["juggler: at its {n}th second; it is begun anew"]
    assert "ZeroDivisionError" in caplog.text
    gaps = [later - sooner for sooner, later in itertools.pairwise(lives)]
    assert gaps[0] >= 0.01
    assert gaps[1] >= 0.02


def test_a_service_of_tasks_is_told_by_the_error_of_one_and_one_that_ends_is_not_begun_anew(
    monkeypatch,
):
    impatient(monkeypatch)
    board, lives = Noticeboard(), []

    async def fail():
        raise Unavailable("the wire is cut")

    async def service():
        lives.append(board.notices)
        if len(lives) == 1:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(fail)

    anyio.run(kept_up, "wire", service, board)
    assert lives == [(), ("wire: the wire is cut; it is begun anew",)]
    assert board.notices == ()


def test_a_service_that_hangs_is_told_and_begun_anew(monkeypatch):
    impatient(monkeypatch)
    monkeypatch.setattr(supervise, "LOOK_S", 0.02)
    board, lives = Noticeboard(), []

    async def service():
        lives.append(board.notices)
        if len(lives) == 1:
            beat(0.05)
            await anyio.sleep_forever()

    async def run():
        with anyio.fail_after(5):
            await kept_up("juggler", service, board)

    anyio.run(run)
    assert lives == [(), ("juggler: no progress of juggler; it is begun anew",)]


def test_a_machine_that_slept_costs_no_service_its_life(monkeypatch):
    """All are late when it wakes, and beat before they are looked at again."""
    impatient(monkeypatch)
    monkeypatch.setattr(supervise, "LOOK_S", 0.1)
    board, lives = Noticeboard(), []

    async def service():
        lives.append(None)
        beat(0.01)
        await anyio.sleep(0.11)
        for _ in range(20):
            beat(1)
            await anyio.sleep(0.02)

    anyio.run(kept_up, "juggler", service, board)
    assert lives == [None]


def test_a_corner_of_the_board_is_seen_by_all_and_emptied_when_its_owner_leaves():
    board = Noticeboard()
    corner = Corner(board)
    board.post("root", "no photos")
    corner.post("lamp", "dark")
    corner.post("sound", "none")
    corner.clear("sound")
    assert corner.notices == board.notices == ("no photos", "dark")
    assert corner.topics == board.topics == ("root", "lamp")
    corner.leave()
    assert board.notices == ("no photos",)


def test_what_does_not_answer_holds_one_thread_and_nobody_who_asks():
    begun, answer = [], threading.Event()

    def question():
        begun.append(threading.current_thread())
        return answer.wait(30)

    async def ask():
        probe = Probe()
        assert await probe(5, lambda: 1) == 1
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await probe(0.05, question)
        answer.set()
        with anyio.fail_after(5):
            while True:
                try:
                    return await probe(5, question)
                except TimeoutError:
                    await anyio.sleep(0.01)

    assert anyio.run(ask) is True
    assert len(begun) == 2


def test_an_error_of_what_is_asked_is_the_answer():
    async def ask():
        probe = Probe()
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await probe(5, lambda: 1 / 0)

    anyio.run(ask)
