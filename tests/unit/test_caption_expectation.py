"""The expected words: what the regression makes of a map, and which files it refuses."""

import numpy as np
import pytest

from lantern.caption.expectation import RAREST, Expectation, pooled, to_bytes
from support.choosing import CAT, DOG, RUNS, SEEN, A, altered, expectation, regression


def test_a_map_is_pooled_to_its_means_and_then_its_largest_values():
    assert pooled(SEEN).tolist() == [1, 2, 2, 4]


def test_what_people_say_is_the_usual_and_what_the_map_adds_to_it():
    # Told: the first mean, 1, and half of (4 - 2) / 2, .5. So "dog" gets 1 · 1 and "a dog" 2 · .5,
    # where the tables' largest entries are cut to three quarters of themselves.
    amounts = expectation().of(SEEN)
    assert expectation().runs == [(A,), (DOG,), (A, DOG)]
    assert amounts.tolist() == pytest.approx([0.5, 0.75**2, 0.75**2 - 1], abs=1e-3)


def test_amounts_are_told_by_run_and_runs_that_it_does_not_know_are_left_out():
    amounts = np.array([0.5, 0.25, -1], np.float32)
    known = expectation()
    assert known.among([(A, DOG), (CAT,), (A,)], amounts) == {(A, DOG): -1, (A,): 0.5}
    assert known.among([(CAT,), (DOG, A)], amounts) == {}
    assert known.among([], amounts) == {}


def test_a_run_that_it_does_not_know_is_as_rare_as_any():
    known = expectation()
    assert known.rarity((CAT,)) == RAREST
    assert known.rarity((A, DOG)) == 3


def test_the_share_of_a_run_is_its_rarity_over_the_usual_norm_of_its_length():
    assert expectation().share((DOG,)) == 2 / 4
    assert expectation().share((A, DOG)) == 3 / 6


def test_it_tells_what_model_it_is_for():
    assert expectation().sizes == (3, 2)
    assert expectation().words == RUNS + 1
    assert expectation().concepts == {DOG: 1, RUNS: 2}


def test_a_regression_survives_its_file_to_half_a_step_of_each_row_and_column():
    draw = np.random.default_rng(1)
    projection = draw.normal(size=(6, 4)).astype(np.float32)
    table = draw.uniform(-1, 1, size=(4, 3)).astype(np.float32)
    parts = {"projection": projection, "table": table, "centre": np.zeros(6), "spread": np.ones(6)}
    read = expectation(**parts, usual=np.zeros(3))
    amounts = read.of(np.array([[1, 2, 3], [4, -5, 6]], np.int8))
    wanted = np.array([2.5, -1.5, 4.5, 4, 2, 6]) @ projection @ table
    step = np.abs(table).max(1) / 7
    slack = np.abs(np.array([2.5, -1.5, 4.5, 4, 2, 6]) @ projection) @ step * 2.2 + 0.5
    assert (np.abs(amounts - wanted) < slack).all()


def test_the_same_arrays_make_the_same_bytes():
    assert to_bytes(**regression()) == to_bytes(**regression())


WHOLE = to_bytes(**regression())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "expected centre, spread"),
        (b"no archive", "expected centre, spread"),
        (WHOLE[:-40], "expected centre, spread"),
        (altered(WHOLE, usual=None), "usual"),
        (altered(WHOLE, usual=np.zeros(4, np.float16)), "expected the shape"),
        (altered(WHOLE, usual=np.full(3, np.nan, np.float16)), "usual: expected finite float16"),
        (altered(WHOLE, usual=np.zeros(3, np.float64)), "usual: expected finite float16"),
        (altered(WHOLE, table=np.zeros((2, 3), np.uint8)), r"table: expected the shape \(1, 3\)"),
        (altered(WHOLE, runs=np.zeros((3, 5), np.uint16)), "runs: expected the shape"),
        (altered(WHOLE, projection=np.zeros((5, 2), np.int8)), "projection: expected the shape"),
        (altered(WHOLE, spread=np.zeros(4, np.float32)), "spread: expected numbers above 0"),
        (altered(WHOLE, norms=np.ones(3, np.float32)), "norms: expected the shape"),
        (altered(WHOLE, norms=np.zeros(4, np.float32)), "norms: expected numbers above 0"),
        (altered(WHOLE, concepts=np.zeros((3, 1), np.uint16)), "concepts: expected the shape"),
    ],
)
def test_a_file_that_is_no_regression_is_refused_with_what_is_wrong(content, told):
    with pytest.raises(ValueError, match=told):
        Expectation.from_bytes(content)
