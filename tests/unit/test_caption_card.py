from lantern.caption.card import KNOWN_FAILURES, LICENCES, listed

CARD = """# A card

## Licences

Of what it was made:

- Weights: Apache 2.0,
  changed.
- Names: MIT.

A closing word.
- Late: CC0.

## Known failures

## Figures
- none of these
"""


def test_items_are_told_on_one_line_each_and_end_with_their_section():
    assert listed(CARD, LICENCES) == ("Weights: Apache 2.0, changed.", "Names: MIT.", "Late: CC0.")


def test_a_section_that_is_empty_or_missing_lists_nothing():
    assert listed(CARD, KNOWN_FAILURES) == ()
    assert listed("", LICENCES) == ()
