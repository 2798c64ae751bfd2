"""Whatever a decoder finds, the choice orders it: nothing lost, nothing new, one order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lantern.caption.choice import Choice, Weights, measure
from lantern.caption.decode import Hypothesis
from support.choosing import expectation

EXPECTATION = expectation()

hypotheses = st.builds(
    lambda words, worth: Hypothesis(tuple(words), worth, len(words) + 1),
    st.lists(st.integers(3, 9), max_size=17),
    st.floats(-500, 0),
)
maps = arrays(np.int8, (3, 2))
logits = arrays(np.float32, 3, elements=st.floats(-100, 100, width=32))


@given(st.lists(hypotheses, min_size=1, max_size=12), maps, logits, st.randoms())
def test_every_sentence_is_ranked_once_whatever_order_it_was_found_in(found, seen, told, draw):
    choice = Choice(EXPECTATION, Weights(0.2, 0.3, 12.0, 0.1, 4.0))
    amounts = EXPECTATION.of(seen)
    ranked = choice.ranked(found, amounts, told, 0.7)
    assert {each.words for each in ranked} == {each.words for each in found}
    assert len({each.words for each in ranked}) == len(ranked)
    shuffled = draw.sample(found, len(found))
    assert choice.ranked(shuffled, amounts, told, 0.7) == ranked


@given(st.lists(hypotheses, min_size=1, max_size=12), maps, logits)
def test_what_is_measured_is_finite_and_a_likeness_is_a_cider(found, seen, told):
    measured = measure(found, EXPECTATION, EXPECTATION.of(seen), told)
    assert np.isfinite(measured).all()
    assert ((measured[:, 1] >= 0) & (measured[:, 1] <= 10 + 1e-9)).all()
