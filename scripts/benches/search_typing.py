"""What visitors type, key by key, seeded: words of photos that are there, half of them mistyped."""

import urllib.parse
from typing import NamedTuple

from lantern.search.words import STOP_WORDS, words
from lantern.web import narrowing
from lantern.web.library import Filters

PAGE = 40
"""Photos that the page asks for."""

YEAR, CAMERA, BOTH = 0.20, 0.12, 0.05
"""Shares of visitors who filter by year, by camera, by both."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Keystroke(NamedTuple):
    """The search that one more key makes; no text ends in a space, as the page trims it."""

    text: str
    year: int | None = None
    camera: str | None = None

    @property
    def address(self):
        """Return the path that the page asks for."""
        given = {
            "q": self.text,
            "from": self.year,
            "to": self.year,
            "camera": self.camera,
            "limit": PAGE,
        }
        return "/api/search?" + urllib.parse.urlencode(
            {name: value for name, value in given.items() if value is not None}
        )

    @property
    def asked(self):
        """Return what the page asks the engine for it, its facets on.

        A filter's own facet is counted over the other filters: the engine answers that as well.
        """
        year = None if self.year is None else f"{self.year:04}"
        filters = Filters(since=year, until=year, camera=self.camera)
        return narrowing.question(self.text, filters, limit=PAGE)


def typed(photo, number, draw):
    """Return the keystrokes of visitor `number`, who thinks of `photo`; the odd ones mistype."""
    telling = [word for word in words(photo.sentence) if word not in STOP_WORDS]
    start = draw.randrange(max(len(telling) - 2, 1))
    chosen = telling[start : start + draw.choice((1, 2, 2, 3))]
    if number % 2:
        chosen = _mistyped(chosen, draw)
    metadata = photo.reading.metadata
    year = int(metadata.taken_at[:4]) if metadata.taken_at else None
    luck = draw.random()
    by_year = luck < YEAR + BOTH
    by_camera = luck < BOTH or YEAR + BOTH <= luck < YEAR + BOTH + CAMERA
    text = " ".join(chosen)
    return [
        Keystroke(text[:end], year if by_year else None, metadata.camera if by_camera else None)
        for end in range(1, len(text) + 1)
        if not text[:end].endswith(" ")
    ]


def _mistyped(chosen, draw):
    """Return the words with one typing error in the longest, where it has four letters."""
    longest = max(range(len(chosen)), key=lambda at: len(chosen[at]), default=None)
    if longest is None or len(chosen[longest]) < 4:
        return chosen
    word = chosen[longest]
    at = draw.randrange(1, len(word) - 1)
    wrong = draw.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + draw.choice(_LETTERS) + word[at + 1 :],
        )
    )
    return [*chosen[:longest], wrong, *chosen[longest + 1 :]]
