"""Cut text into the words that are indexed and searched, the same way on both sides.

Pure. A word is a run of letters and digits, folded so that "Café" and "cafe" are one; `Span`s keep
the place in the original text, for `search.highlight`. Scripts written without spaces (Chinese,
Japanese) give one word a character. An ISO date gives one word, "2019-07-04" → "20190704", which is
how cameras write dates into file names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

MAX_WORD = 40
"""Longer words are cut, when indexed and when searched: nobody types them, and automata grow."""

# fmt: off
STOP_WORDS = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "he", "her", "his", "in",
    "into", "is", "it", "its", "near", "next", "of", "on", "or", "out", "over", "s", "she", "t",
    "that", "the", "their", "there", "these", "this", "to", "up", "was", "were", "with",
))
# fmt: on
"""Words too common in captions to be demanded of a photo: "dog in the snow" asks for two words."""

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(
    rf"(?<!\d)[12]\d{{3}}-[01]\d(?:-[0-3]\d)?(?!\d)|[{_UNSPACED}]|[^\W_{_UNSPACED}]+"
)
_DATE = re.compile(r"-(?<=[12]\d{3}-)[01]\d")  # behind a dash, which is found at once
_GAPS = {code: " " for code in range(128) if not chr(code).isalnum()}
_PART = re.compile(r"\d+|[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_IGNORED = frozenset({"Mn", "Mc", "Me", "Cf"})  # accents, joiners, direction marks, soft hyphens


class Span(NamedTuple):
    """One word and where it stands: `text[start:end]` of the original, before folding."""

    word: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return `text` without case, accents, ligatures and invisible characters."""
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_character, text))


def words(text: str) -> list[str]:
    """Return the folded words of `text`, in order, each at most `MAX_WORD` characters."""
    if (gapped := plain(text)) is not None:
        return [word[:MAX_WORD] for word in gapped.split()]
    return [_word(match) for match in _WORD.finditer(fold(text))]


def spans(text: str) -> Iterator[Span]:
    """Yield the words of `text` with their places in it."""
    folded = fold(text)
    places = _places(text)
    for match in _WORD.finditer(folded):
        yield Span(
            _word(match),
            places[match.start()],
            max(places[match.end() - 1] + 1, places[match.end()]),
        )


def plain(text: str) -> str | None:
    """Return `text` folded, with a space for each character that belongs to no word.

    None where words are not simply runs of ASCII letters and digits; in most captions they are, and
    there to look at each character with an expression takes several times as long.
    """
    if not text.isascii() or _DATE.search(text):
        return None
    return text.lower().translate(_GAPS)


def name_words(text: str) -> list[str]:
    """Return the words of a file, folder or camera name, whole and in their parts.

    Names hide words in camel case and beside digits: "MyDog2" gives mydog2, my, dog, 2. People type
    either, so both are indexed. No word comes twice.
    """
    parts = _HUMP.sub(" ", text)
    digits = chain.from_iterable(_PART.findall(word) for word in words(parts))
    return list(dict.fromkeys(chain(words(text), words(parts), digits)))


def _word(match: re.Match[str]) -> str:
    return match.group().replace("-", "")[:MAX_WORD]


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    plain = unicodedata.normalize("NFKD", character).casefold()  # "𝓐" has a case only then
    decomposed = unicodedata.normalize("NFKD", plain).translate(_UNDECOMPOSED)
    return "".join(c for c in decomposed if unicodedata.category(c) not in _IGNORED)


def _places(text: str) -> Sequence[int]:
    """Return, for each character of the folded text and its end, the index of its origin."""
    if text.isascii():
        return range(len(text) + 1)
    lengths = (len(_fold_character(character)) for character in text)
    return [*(place for place, n in enumerate(lengths) for _ in range(n)), len(text)]
