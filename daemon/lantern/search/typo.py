"""How many typing errors a word may hold, and whether two words are that near.

Typos are forgiven where the words as typed find nothing: who finds something meant that.

Pure. The engine inside Lantern matches by automata of the same rule; this one is for highlights
and for tests. A swap of neighbours counts as one error (optimal string alignment).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache

from lantern.search.query import Query, demanded


def forgivable(query: Query) -> bool:
    """Return whether any word of `query` is long enough for typos."""
    return any(edits_allowed(term.word) or swapped(term.word) for term in demanded(query))


def edits_allowed(word: str) -> int:
    """Return the errors forgiven in `word`: 0 to 3 letters none, from 4 one, from 7 two.

    None in a word with a digit: 2018 is not a misspelt 2019.
    """
    if not word.isalpha():
        return 0
    return (len(word) >= 4) + (len(word) >= 7)


def swapped(word: str) -> tuple[str, ...]:
    """Return what a `word` of three letters is with two neighbours swapped: "dog" of "dgo".

    That much is forgiven in it; any other error makes such a word another one.
    """
    if len(word) != 3 or not word.isalpha():
        return ()
    first, second, third = tuple(word)
    return tuple({second + first + third, first + third + second} - {word})


def near_among(word: str, others: Iterable[str], edits: int, *, prefix: bool = False) -> list[str]:
    """Return those `others` into which, or a beginning of which, `edits` errors turn `word`."""
    letters, shortest = set(word), len(word) - edits
    longest = sys.maxsize if prefix else len(word) + edits
    # As `may_be_near`, at once for the hundreds of words of a page.
    maybe = [
        other
        for other in others
        if shortest <= len(other) <= longest and len(letters.difference(other)) <= edits
    ]
    return [other for other in maybe if _is_near(word, other, edits, prefix=prefix)]


def may_be_near(word: str, other: str, edits: int, *, prefix: bool = False) -> bool:
    """Return False for most of those words that are not near, at a fraction of its cost.

    Each error makes up for one letter that `other` does not have at all, or one too many.
    """
    longer = len(other) - len(word)
    if longer < -edits or (longer > edits and not prefix):
        return False
    return len(set(word).difference(other)) <= edits


def _is_near(word: str, other: str, edits: int, *, prefix: bool) -> bool:
    row = errors_between(word, other[: len(word) + edits])
    return (min(row) if prefix else row[-1]) <= edits


def errors_between(word: str, other: str) -> list[int]:
    """Return the errors between `word` and each beginning of `other`, from the empty one on.

    A column of the table of distances is one number, of which each bit tells whether the distance
    grows or falls by one from a letter of `word` to the next: so a letter of `other` takes a dozen
    operations, however long `word` is [H. Hyyrö, "A bit-vector algorithm for computing
    Levenshtein and Damerau edit distances", Nordic Journal of Computing 10 (2003)].
    """
    if not word:
        return list(range(len(other) + 1))
    whole, last = (1 << len(word)) - 1, 1 << (len(word) - 1)
    stands = _stands(word)
    grows, falls, same_way, before = whole, 0, 0, 0
    errors = len(word)
    found = [errors]
    for letter in other:
        here = stands.get(letter, 0)
        swap = ((~same_way & here) << 1) & before
        same_way = (((here & grows) + grows) ^ grows) | here | falls | swap
        more = falls | ~(same_way | grows)
        less = same_way & grows
        errors += bool(more & last) - bool(less & last)
        found.append(errors)
        more, less = (more << 1) | 1, less << 1
        grows, falls = (less | ~(same_way | more)) & whole, more & same_way & whole
        before = here
    return found


@lru_cache(maxsize=64)
def _stands(word: str) -> dict[str, int]:
    """Return where in `word` each of its letters stands: the first is the lowest bit."""
    found: dict[str, int] = {}
    for at, letter in enumerate(word):
        found[letter] = found.get(letter, 0) | 1 << at
    return found
