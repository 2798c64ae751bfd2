"""What the guide pays for words, against values worked out by hand, and how a search is led."""

import numpy as np
import pytest

from lantern.caption.decode import Search, beam_search
from lantern.caption.guide import Guides
from lantern.caption.vocabulary import END
from support.choosing import CAT, DOG, A, expectation

WORDS = 9
AMOUNTS = np.array([3.0, 0.5, -1.0], np.float32)
"""Of "a", which is worth nothing, of "dog" and of "a dog"."""


def guide(nats=2.0):
    return Guides(expectation(), nats, WORDS).of(AMOUNTS)


def test_a_word_is_paid_for_the_runs_that_it_completes():
    # 2 nats times the rarity over the usual norm: 2 / 4 of .5 for "dog", 3 / 6 of -1 for "a dog".
    first, after_a, after_cat = guide()([(), (CAT, A), (A, CAT)])
    alone = np.zeros(WORDS)
    alone[DOG] = 0.5
    assert first == pytest.approx(alone)
    assert after_cat == pytest.approx(alone)
    assert after_a[DOG] == pytest.approx(0.5 - 1)
    assert np.delete(after_a, DOG).tolist() == [0] * (WORDS - 1)


def test_what_is_paid_after_one_sentence_is_not_paid_after_another():
    paying = guide()
    once = paying([(A,), ()])
    assert paying([(A,), ()]).tolist() == once.tolist()
    assert paying([()])[0].tolist() == once[1].tolist()


def test_a_search_is_led_to_what_people_say_and_tells_honest_probabilities():
    shares = {(): {CAT: 0.7, DOG: 0.3}}

    def step(tokens, parents, position):
        scores = np.full((len(tokens), WORDS), np.log(1e-9), np.float32)
        for word, share in shares[()].items() if position == 0 else [(END, 1.0)]:
            scores[:, word] = np.log(share)
        return scores

    search = Search(1, 0.0, 3)
    plain = beam_search(step, search)[0]
    led = beam_search(step, search, guide=guide(nats=8.0))[0]
    assert plain.words == (CAT,)
    assert led.words == (DOG,)
    assert led.log_probability == pytest.approx(np.log(0.3), abs=1e-5)
    assert led.score == pytest.approx(np.sqrt(0.3), abs=1e-5)
