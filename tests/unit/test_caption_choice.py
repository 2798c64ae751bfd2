"""The choice among sentences, against values worked out by hand."""

import math

import numpy as np
import pytest

from lantern.caption.choice import Choice, Weights, measure, weigh
from lantern.caption.decode import Hypothesis
from lantern.caption.expectation import RAREST
from support.choosing import CAT, DOG, RUNS, SEEN, A, expectation

LOGITS = np.array([9, 0, 2], np.float32)
AMOUNTS = expectation().of(SEEN)

LIKELIEST = Hypothesis((A, CAT), math.log(0.5), 3)
OTHER = Hypothesis((A, DOG), math.log(0.25), 3)


def choice(**weights):
    return Choice(expectation(), Weights(**dict.fromkeys(Weights.__struct_fields__, 0.0) | weights))


def ranked(weighed, *found):
    return [each.words for each in weighed.ranked(found, AMOUNTS, LOGITS, 0.7)]


def test_a_run_weighs_how_often_it_stands_there_times_its_rarity():
    weighed = weigh((DOG, DOG, CAT), expectation().rarity)
    assert weighed.runs[0] == {(DOG,): 4, (CAT,): RAREST}
    assert weighed.norms[0] == pytest.approx(math.hypot(4, RAREST))
    assert weighed.norms[3] == 0


def test_the_sentence_itself_has_the_cider_d_of_its_lengths_of_runs():
    four = weigh((DOG, CAT, RUNS, DOG), expectation().rarity)
    assert four.likeness(four) == pytest.approx(10)
    two = weigh((DOG, CAT), expectation().rarity)
    assert two.likeness(two) == pytest.approx(5)


def test_a_likeness_is_clipped_and_falls_with_the_difference_in_length():
    said, meant = (weigh(words, expectation().rarity) for words in ((DOG, DOG), (DOG,)))
    # Of the runs of one: min(4, 2) · 2 / (4 · 2); one word apart.
    assert said.likeness(meant) == pytest.approx(2.5 * 0.5 * math.exp(-1 / 72))


def test_the_expected_cider_is_each_runs_share_of_its_lengths_times_what_people_say_of_it():
    weighed = weigh((A, DOG), expectation().rarity)
    # "a" weighs nothing, "dog" 2 of 2, "a dog" 3 of 3.
    rarity = expectation().rarity
    said = weighed.expected({(A,): 7.0, (DOG,): 0.25, (A, DOG): 0.5}, rarity)
    assert said == pytest.approx(0.75)
    assert weighed.expected({}, rarity) == 0


def test_a_run_that_is_said_twice_is_expected_once():
    rarity = expectation().rarity
    amounts = {(DOG,): 0.25}
    assert weigh((DOG,), rarity).expected(amounts, rarity) == pytest.approx(0.25)
    # Its length is that of the two, so that saying it again is worth less than not.
    assert weigh((DOG, DOG), rarity).expected(amounts, rarity) == pytest.approx(0.125)


def test_what_is_measured_of_hypotheses():
    likeliest, other = measure([LIKELIEST, OTHER], expectation(), AMOUNTS, LOGITS)
    # They share "a", which weighs nothing; each is as likely as 2 to 1, and alike to itself by 5.
    assert likeliest.tolist() == pytest.approx([3, 5 * 2 / 3, 0, 0, 0], abs=1e-6)
    expected = 0.75**2 + 0.75**2 - 1
    assert other.tolist() == pytest.approx([3, 5 / 3, expected, 0, 0.5], abs=1e-3)


def test_concepts_are_counted_once_and_by_logit_and_probability():
    words = (DOG, RUNS, DOG, RUNS)
    (measured,) = measure([Hypothesis(words, -1.0, 5)], expectation(), AMOUNTS, LOGITS)
    assert measured[3:].tolist() == pytest.approx([2, 0.5 + 1 / (1 + math.exp(-2))], abs=1e-6)


def test_without_weights_the_likeliest_comes_first():
    assert ranked(choice(), OTHER, LIKELIEST) == [LIKELIEST.words, OTHER.words]


def test_a_sentence_that_names_what_is_seen_comes_before_a_likelier_one():
    # .69 nats over 3 tokens to the power of .7 are .32 of worth.
    assert ranked(choice(shares=0.6), LIKELIEST, OTHER) == [LIKELIEST.words, OTHER.words]
    assert ranked(choice(shares=0.7), LIKELIEST, OTHER) == [OTHER.words, LIKELIEST.words]


def test_a_sentence_found_twice_is_told_once_at_its_likeliest():
    again = Hypothesis(LIKELIEST.words, math.log(0.01), 3)
    found = choice(likeness=1.0).ranked([again, LIKELIEST, OTHER], AMOUNTS, LOGITS, 0.7)
    assert found == [LIKELIEST, OTHER]


@pytest.mark.parametrize(
    "found",
    [
        [Hypothesis((CAT,), -1.0, 2)],
        [Hypothesis((), -1.0, 1)],
        [Hypothesis((CAT, CAT, CAT), -1.0, 4), Hypothesis((), -900.0, 1)],
    ],
)
def test_few_hypotheses_empty_ones_and_unknown_words_are_ordered_all_the_same(found):
    weighed = choice(tokens=0.2, likeness=0.3, expected=12.0, logits=0.1, shares=4.0)
    assert weighed.ranked(found, AMOUNTS, LOGITS, 0.7) == found
