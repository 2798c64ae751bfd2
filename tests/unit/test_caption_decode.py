"""Beam search over small made-up languages, whose best sentences are known by hand."""

import math

import numpy as np
import pytest

from lantern.caption.decode import Hypothesis, Search, beam_search
from lantern.caption.vocabulary import END, START, UNKNOWN

A, CAT, DOG, THE, RUNS = 5, 6, 7, 8, 9
WORDS = 10


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
    best = beam_search(language(GARDEN_PATH), Search(3, 0.0, 5))[0]
    assert best.words == (THE, DOG)
    assert best.log_probability == pytest.approx(math.log(0.4 * 0.99), abs=1e-4)


def test_a_beam_of_one_is_greedy():
    best = beam_search(language(GARDEN_PATH), Search(1, 0.0, 5))[0]
    assert best.words[0] == A


def test_hypotheses_come_best_first_and_are_all_different():
    found = beam_search(language(GARDEN_PATH), Search(3, 0.7, 5))
    worths = [hypothesis.worth(0.7) for hypothesis in found]
    assert worths == sorted(worths, reverse=True)
    assert len({hypothesis.words for hypothesis in found}) == len(found) >= 3


def test_the_length_penalty_lets_a_longer_sentence_win():
    choice = {(): {A: 0.5, END: 0.5}, (A,): {CAT: 0.9}, (A, CAT): {END: 0.9}}
    short = beam_search(language(choice), Search(2, 0.0, 5))[0]
    long = beam_search(language(choice), Search(2, 1.0, 5))[0]
    assert short.words == ()
    assert long.words == (A, CAT)


def test_tokens_that_are_no_words_are_never_written():
    noisy = {(): {UNKNOWN: 0.5, START: 0.3, A: 0.2}}
    assert beam_search(language(noisy), Search(2, 0.7, 4))[0].words[0] == A


def test_a_favoured_word_is_chosen_and_its_favour_does_not_count_in_the_score():
    found = beam_search(language(GARDEN_PATH), Search(3, 0.7, 5), frozenset({CAT}))
    cats = [hypothesis for hypothesis in found if CAT in hypothesis.words]
    assert cats[0].words == (A, CAT)
    assert cats[0].log_probability == pytest.approx(math.log(0.6 * 0.5), abs=1e-4)


def test_one_favoured_word_is_enough():
    """Without that, a favoured word would be said again wherever it fits half-way."""
    choice = {(): {CAT: 0.1, A: 0.9}, (CAT,): {DOG: 0.4, RUNS: 0.6}}
    found = beam_search(language(choice), Search(3, 0.7, 5), frozenset({CAT, DOG}))
    assert next(each.words for each in found if CAT in each.words) == (CAT, RUNS)


def test_a_sentence_without_end_is_cut_at_the_allowed_steps():
    def endless(tokens, _parents, position):
        scores = np.full((len(tokens), WORDS), -np.inf, np.float32)
        scores[:, A + position % 2] = -0.5
        return scores

    found = beam_search(endless, Search(1, 0.7, 2), frozenset())
    assert [hypothesis.words for hypothesis in found] == [(A, CAT)]
    assert found[0].log_probability == pytest.approx(-1.0)


def test_a_word_never_follows_itself():
    stutter = {(): {A: 1.0}, (A,): {A: 0.9, CAT: 0.1}}
    assert beam_search(language(stutter), Search(2, 0.7, 4))[0].words == (A, CAT)


def test_no_three_words_in_a_row_are_said_twice():
    circle = {(): {A: 1.0}, (A,): {CAT: 1.0}, (A, CAT): {THE: 1.0}, (A, CAT, THE): {A: 1.0}}
    circle |= {(A, CAT, THE, A): {CAT: 1.0}, (A, CAT, THE, A, CAT): {THE: 0.9, DOG: 0.1}}
    search = language(circle)
    best = beam_search(search, Search(1, 0.7, 8))[0]
    assert best.words == (A, CAT, THE, A, CAT, DOG)


def test_the_score_is_the_geometric_mean_of_the_tokens_probabilities():
    assert Hypothesis((A, CAT), math.log(0.5 * 0.5 * 0.5), 3).score == pytest.approx(0.5)


def test_a_sentence_does_not_break_off_after_a_word_that_ends_none():
    broken = {(): {A: 1.0}, (A,): {END: 0.9, DOG: 0.1}}
    assert beam_search(language(broken), Search(2, 0.7, 4))[0].words == (A,)
    found = beam_search(language(broken), Search(2, 0.7, 4), unending=frozenset({A}))
    assert found[0].words == (A, DOG)
    assert all(hypothesis.words[-1:] != (A,) for hypothesis in found)


def test_a_search_goes_on_for_the_steps_it_was_told_and_finds_more_to_choose_from():
    following = {
        (): {DOG: 1.0},
        (DOG,): {END: 0.9, RUNS: 0.1},
        (DOG, RUNS): {END: 0.5, A: 0.5},
        (DOG, RUNS, A): {CAT: 1.0},
    }
    soon = beam_search(language(following), Search(1, 0.0, 8))
    late = beam_search(language(following), Search(1, 0.0, 8, least=5))
    assert (DOG, RUNS, A, CAT) not in {each.words for each in soon}
    assert [each.words for each in late[:3]] == [(DOG,), (DOG, RUNS), (DOG, RUNS, A, CAT)]
    assert late[0] == soon[0]


def test_what_a_guide_adds_is_in_no_probability_not_even_of_the_end():
    def guide(written):
        nats = np.zeros((len(written), WORDS), np.float32)
        nats[:, [DOG, END]] = 3.0
        return nats

    found = beam_search(language(GARDEN_PATH), Search(3, 0.7, 5), guide=guide)
    honest = {each.words: each for each in beam_search(language(GARDEN_PATH), Search(3, 0.7, 5))}
    likely = next(each for each in found if each.words == (THE, DOG))
    assert likely.log_probability == pytest.approx(honest[THE, DOG].log_probability, abs=1e-5)
    assert all(each.log_probability <= 1e-5 for each in found)
