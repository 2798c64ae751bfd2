"""Whether a sentence is about the right thing: its main noun, and who else names it.

The main noun is the first noun of `nouns.txt` in the sentence. It is right where a human sentence
about the photo holds it in any of its forms. A sentence without such a noun is not right.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lantern.caption.vocabulary import tokenize

TABLE = Path(__file__).with_name("nouns.txt")


def read_nouns(table: str) -> dict[str, str]:
    """Return each form's noun, which is its line's first word."""
    lines = [line.split() for line in table.splitlines() if not line.startswith("#")]
    return {form: forms[0] for forms in lines for form in forms}


NOUNS = read_nouns(TABLE.read_text(encoding="utf-8"))


def main_noun(sentence: str) -> str | None:
    """Return the noun that `sentence` is about, None where the table knows none in it."""
    return next((NOUNS[word] for word in tokenize(sentence) if word in NOUNS), None)


def is_right(sentence: str, human: Iterable[str]) -> bool:
    """Tell whether one of the `human` sentences names the main noun of `sentence`."""
    noun = main_noun(sentence)
    return noun is not None and any(
        noun == NOUNS.get(word) for reference in human for word in tokenize(reference)
    )
