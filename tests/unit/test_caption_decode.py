"""Beam search over small made-up languages, whose best sentences are known by hand."""

import math

import numpy as np
import pytest

from lantern.caption.decode import Hypothesis, beam_search
from lantern.caption.vocabulary import END, START, UNKNOWN

A, CAT, DOG, THE = 5, 6, 7, 8
WORDS = 9


def language(following):
    """Return a step over a table: the words so far to the probabilities of the next."""

    class Past:
        def __init__(self):
            self.written = {}

        def __call__(self, tokens, parents, position):
            previous = [self.written.get(int(parent), ()) for parent in parents]
            now = [
                (*past, int(token)) if position else ()
                for past, token in zip(previous, tokens, strict=True)
            ]
            self.written = dict(enumerate(now))
            scores = np.full((len(tokens), WORDS), math.log(1e-9), np.float32)
            for row, words in enumerate(now):
                for word, probability in following.get(words, {END: 1.0}).items():
                    scores[row, word] = math.log(probability)
            return scores

    return Past()


GARDEN_PATH = {
    (): {A: 0.6, THE: 0.4},
    (A,): {CAT: 0.5, DOG: 0.5},
    (THE,): {DOG: 0.99, CAT: 0.01},
}


def test_a_beam_finds_the_sentence_whose_first_word_is_not_the_likeliest():
    best = beam_search(language(GARDEN_PATH), beam=3, penalty=0.0, steps=5)[0]
    assert best.words == (THE, DOG)
    assert best.log_probability == pytest.approx(math.log(0.4 * 0.99), abs=1e-4)


def test_a_beam_of_one_is_greedy():
    best = beam_search(language(GARDEN_PATH), beam=1, penalty=0.0, steps=5)[0]
    assert best.words[0] == A


def test_hypotheses_come_best_first_and_are_all_different():
    found = beam_search(language(GARDEN_PATH), beam=3, penalty=0.7, steps=5)
    worths = [hypothesis.worth(0.7) for hypothesis in found]
    assert worths == sorted(worths, reverse=True)
    assert len({hypothesis.words for hypothesis in found}) == len(found) >= 3


def test_the_length_penalty_lets_a_longer_sentence_win():
    choice = {(): {A: 0.5, END: 0.5}, (A,): {CAT: 0.9}, (A, CAT): {END: 0.9}}
    short = beam_search(language(choice), beam=2, penalty=0.0, steps=5)[0]
    long = beam_search(language(choice), beam=2, penalty=1.0, steps=5)[0]
    assert short.words == ()
    assert long.words == (A, CAT)


def test_tokens_that_are_no_words_are_never_written():
    noisy = {(): {UNKNOWN: 0.5, START: 0.3, A: 0.2}}
    assert beam_search(language(noisy), beam=2, penalty=0.7, steps=4)[0].words[0] == A


def test_a_favoured_word_is_chosen_and_its_favour_can_be_taken_off_again():
    favour = np.zeros(WORDS, np.float32)
    favour[CAT] = 5.0
    found = beam_search(language(GARDEN_PATH), beam=3, penalty=0.7, steps=5, favour=favour)[0]
    assert found.words == (A, CAT)
    assert found.less(5.0).log_probability == pytest.approx(math.log(0.6 * 0.5), abs=1e-4)


def test_a_sentence_without_end_is_cut_at_the_allowed_steps():
    endless = {(A,) * length: {A: 1.0} for length in range(10)}
    never = np.zeros(WORDS, np.float32)
    never[END] = -np.inf
    found = beam_search(language(endless), beam=2, penalty=0.7, steps=4, favour=never)
    assert [hypothesis.words for hypothesis in found] == [(A,) * 4]


def test_the_score_is_the_geometric_mean_of_the_tokens_probabilities():
    assert Hypothesis((A, CAT), math.log(0.5 * 0.5 * 0.5), 3).score == pytest.approx(0.5)
