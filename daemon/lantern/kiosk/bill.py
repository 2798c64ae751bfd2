"""What is on the bill: the photos and films of one programme, in turn.

Blocking: reads catalog, index and the films' folder. One thread at a time. What cannot be read now
is a trouble, and the rest goes on.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable, Container, Hashable
from typing import TypeVar

from lantern import config
from lantern.catalog.records import PhotoRecord
from lantern.errors import Unavailable
from lantern.imaging.source import printable
from lantern.kiosk import films
from lantern.kiosk.films import Film
from lantern.kiosk.gallery import Gallery
from lantern.kiosk.laps import Laps
from lantern.kiosk.marks import Marks
from lantern.kiosk.programme import Choice, Mix
from lantern.model import PhotoId

Item = PhotoRecord | Film
_T = TypeVar("_T")

_NUMBERED = re.compile(r".* \(photo ([0-9]{1,18})\)")


class Bill:
    """Plays the photos of `wanted`, None for none, and the films of `settings`.

    `draw` returns a number of chance below 2**62; `kept` is where the programme stood last.
    """

    def __init__(
        self,
        gallery: Gallery,
        settings: config.Programme,
        wanted: Choice | None,
        draw: Callable[[], int],
        kept: Marks,
    ) -> None:
        self.wanted = wanted
        self._gallery = gallery
        self._laps = Laps(gallery, wanted, draw, kept.lap) if wanted else None
        self._folder = settings.films_folder
        self._film = kept.film
        self._mix = Mix(settings.photos_between)
        self._before = self._film, copy.copy(self._mix)
        self._films: tuple[Film, ...] = ()
        self._nameless = ""
        self._troubles: dict[str, str] = {}

    @property
    def photos(self) -> int:
        """Return how many photos there are, lookalikes included."""
        return self._laps.count if self._laps else 0

    @property
    def films(self) -> int:
        """Return how many films there were when one was last looked for, 0 in an unread folder."""
        return len(self._films)

    @property
    def troubles(self) -> tuple[str, ...]:
        """Return what cannot be read now, or has a name that cannot be told to the player."""
        return tuple(filter(None, (*self._troubles.values(), self._nameless)))

    @property
    def marks(self) -> Marks:
        """Return where it stands."""
        return Marks(self._laps.mark if self._laps else None, self._film)

    def version(self, wall: float) -> object:
        """Return something that is another when `refresh` has news, as a rule; it is `wall` now.

        Raises:
            Unavailable: nobody can tell now.
        """
        self._look_for_films(wall)
        return self._gallery.version(), self._films

    def refresh(self, wall: float) -> None:
        """Look at what came and went; it is Unix time `wall`."""
        self._look_for_films(wall)
        if self._laps:
            self._tried("photos", self._laps.refresh)

    def next(self, passed: Container[object], wall: float, *, photos: bool = True) -> Item | None:
        """Return the work whose turn it is, and that is none of `passed`; None if there is none.

        `passed` holds works by `key_of`. Without `photos`, films alone are played.
        """
        if self._mix.film_next:
            found = self._next_film(passed, wall) or (self._next_photo(passed) if photos else None)
        else:
            found = (self._next_photo(passed) if photos else None) or self._next_film(passed, wall)
        return self._handed_out(found)

    def find(self, name: str, wall: float) -> Item | None:
        """Return the work of that name, so that `next` goes on behind it; None if it is gone."""
        self._look_for_films(wall)
        film = next((film for film in self._films if film.name == name), None)
        return self._handed_out(film or self._photo_called(name))

    def take_back(self) -> None:
        """Let the film that was handed out last be the next film again: it was not played."""
        self._film, self._mix = self._before[0], copy.copy(self._before[1])

    def has_lost(self, key: Hashable) -> bool:
        """Tell whether `key` is of a film that was not in its folder at the last look."""
        if self._folder is None or not isinstance(key, tuple):
            return False
        ours = os.path.dirname(key[0]) == os.fspath(self._folder)
        return ours and all(key != key_of(film) for film in self._films)

    def _next_photo(self, passed: Container[object]) -> PhotoRecord | None:
        laps = self._laps
        return self._tried("photos", lambda: laps.next(passed)) if laps else None

    def _next_film(self, passed: Container[object], wall: float) -> Film | None:
        self._look_for_films(wall)
        behind = films.after(self._films, self._film)
        return next((film for film in behind if key_of(film) not in passed), None)

    def _look_for_films(self, wall: float) -> None:
        """Look at the folder; of one that cannot be read now, no film can be played either."""
        folder = self._folder
        shelf = self._tried("films", lambda: films.shelf(folder, wall)) if folder else None
        self._films = shelf.films if shelf else ()
        self._nameless = shelf.trouble if shelf else ""

    def _photo_called(self, name: str) -> PhotoRecord | None:
        numbered = _NUMBERED.fullmatch(name)

        def look() -> PhotoRecord | None:
            photo = self._gallery.at(name.encode("utf-8", "replace"))
            if photo is None and numbered:
                photo = PhotoId(int(numbered[1]))
            return self._laps.seek(photo) if self._laps and photo else None

        return self._tried("photos", look)

    def _handed_out(self, found: Item | None) -> Item | None:
        if found is not None:
            self._before = self._film, copy.copy(self._mix)
            self._mix.played(film=isinstance(found, Film))
        if isinstance(found, Film):
            self._film = found.name
        return found

    def _tried(self, part: str, call: Callable[[], _T | None]) -> _T | None:
        """Return what `call` returns, or None where it cannot be read now, which is noted."""
        try:
            found = call()
        except Unavailable as error:
            self._troubles[part] = str(error)
            return None
        self._troubles.pop(part, None)
        return found


def key_of(item: Item) -> Hashable:
    """Return what an item is passed over by: a film that was replaced is another one."""
    return (item.path, item.stamp) if isinstance(item, Film) else item.id


def name_of(item: Item) -> str:
    """Return what people call it: its path, below the folder of photos or films.

    Where that is no text, the photo's number stands behind what can be read of it: no other photo
    is called so.
    """
    if isinstance(item, Film):
        return item.name
    path = item.files[0].path
    name = printable(path)
    return name if name.encode() == path else f"{name} (photo {item.id})"
