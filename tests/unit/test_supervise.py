import threading
import time

import pytest

from lantern.errors import Unavailable
from lantern.supervise import Lately, WhileUnchanged


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
