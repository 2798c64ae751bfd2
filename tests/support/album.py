"""A small collection in memory: a real `lantern.web.library.Library` without catalog or index.

Its search is plain (every word begins a word of the caption, the file's name or the camera), its
pictures are painted here. What it holds can be changed while the page is looking.
"""

from __future__ import annotations

import colorsys
import io
import re
from collections import Counter
from collections.abc import Iterable

import msgspec
from PIL import Image

from lantern.errors import Unavailable
from lantern.model import Exposure, Fingerprint, Metadata, PhotoId, Place, Tag
from lantern.search.port import Counts
from lantern.web.library import (
    Filters,
    Hit,
    Instead,
    Library,
    Original,
    PhotoView,
    Picture,
    ResultPage,
    Sort,
    Status,
    Thumbnail,
)

SHAPES = ((1200, 800), (800, 1200), (1200, 900), (1000, 1000), (1600, 700))
WHO = ("a brown dog", "a girl in a red coat", "two men", "a tabby cat", "a small boat")
DOES = ("runs through the snow", "sits on a bench", "rests on the beach", "waits in the kitchen")
CAMERAS = ("Canon EOS 5D", "Pixel 7", None)


class Album:
    """Photos in memory; `trouble` makes every question fail as a missing index does."""

    def __init__(self, photos: Iterable[PhotoView], waiting: int = 0) -> None:
        self.photos = {photo.id: photo for photo in photos}
        self.waiting = waiting
        self.revision = 0
        """Counted up by whoever changes what is shown of a photo."""
        self.groups: dict[PhotoId, PhotoId] = {}
        """Photos that look alike, by the one that leads them."""
        self.trouble = ""
        self.fallback = False
        self.read_as = ""
        self.bad_type: str | None = None

    def search(
        self, text: str, filters: Filters, sort: Sort, offset: int, limit: int
    ) -> ResultPage:
        self._answer()
        words = text.casefold().split()
        found = [photo for photo in self._newest_first() if _has(photo, words)]
        hits = [photo for photo in found if _passes(photo, filters)]
        if sort == "oldest":
            hits.reverse()
        page = self._page(hits, words, offset, limit, every=filters.every)
        if offset:
            return ResultPage(len(hits), page)
        return ResultPage(
            total=len(hits),
            hits=page,
            read_as=self.read_as if hits else "",
            fallback=self.fallback,
            facets={
                name: counts
                for name in COUNTED
                if (counts := _count(name, [p for p in found if _passes(p, filters, but=name)]))
            },
            instead=None if hits else self._instead(found, filters),
        )

    def _instead(self, found: list[PhotoView], filters: Filters) -> Instead:
        unfiltered = 0 if filters == Filters() else len(found)
        return Instead(unfiltered, _count("tag", self.photos.values()))

    def like(self, photo: PhotoId, filters: Filters, offset: int, limit: int) -> ResultPage | None:
        """Find the photos whose sentence begins as that of `photo` does."""
        self._answer()
        if photo not in self.photos:
            return None
        subject = _text(self.photos[photo]).split()[:3]
        own = self._members(photo)
        alike = [
            other
            for other in self._newest_first()
            if _text(other).split()[:3] == subject and other.id not in {photo, *own}
        ]
        hits = self._page(alike[:24], [], offset, limit, every=filters.every)
        return ResultPage(len(alike[:24]), hits)

    def photo(self, photo: PhotoId) -> PhotoView | None:
        self._answer()
        view = self.photos.get(photo)
        if view is None:
            return None
        group = tuple(self._hit(self.photos[member], [], 0) for member in self._members(photo))
        return msgspec.structs.replace(view, group=group)

    def thumbnail(self, fingerprint: Fingerprint) -> Thumbnail | None:
        self._answer()
        for photo in self.photos.values():
            if photo.fingerprint == fingerprint:
                return Thumbnail(self.paint(photo, 320, "JPEG"), self.bad_type or "image/jpeg")
        return None

    def picture(self, photo: PhotoId) -> Picture | None:
        self._answer()
        view = self.photos.get(photo)
        if view is None:
            return None
        data = self.paint(view, 1200, "JPEG")
        version = f"{len(data):x}-{photo:x}"
        return Picture(io.BytesIO(data), len(data), self.bad_type or "image/jpeg", version)

    def original(self, photo: PhotoId) -> Original | None:
        """Return what `picture` does, as the file of the photo's name."""
        content = self.picture(photo)
        return content and Original(content, self.photos[photo].path.rpartition("/")[2])

    def status(self) -> Status:
        self._answer()
        there = len(self.photos)
        return Status(there + self.waiting, there, self.waiting, 0, there, self.revision)

    def paint(self, photo: PhotoView, longest: int, kind: str) -> bytes:
        """Return a picture of the photo's shape, its colour told by its id."""
        width, height = photo.metadata.width, photo.metadata.height
        scale = longest / max(width, height)
        red, green, blue = colorsys.hsv_to_rgb(photo.id * 0.381966 % 1, 0.45, 0.75)
        colour = (round(red * 255), round(green * 255), round(blue * 255))
        image = Image.new("RGB", (round(width * scale), round(height * scale)), colour)
        with io.BytesIO() as file:
            image.save(file, kind)
            return file.getvalue()

    def _page(
        self, found: list[PhotoView], words: list[str], offset: int, limit: int, *, every: bool
    ) -> tuple[Hit, ...]:
        """Return one page of `found`, the first of each group alone unless `every`."""
        hits: dict[PhotoId, Hit] = {}
        for place, photo in enumerate(found[offset : offset + limit], offset):
            group = photo.id if every else self.groups.get(photo.id, photo.id)
            hits.setdefault(group, self._hit(photo, words, place))
        return tuple(hits.values())

    def _hit(self, photo: PhotoView, words: list[str], at: int) -> Hit:
        others = max(len(self._members(photo.id)) - 1, 0)
        group = self.groups.get(photo.id)
        return msgspec.structs.replace(_hit(photo, words), at=at, group=group, similar=others)

    def _members(self, photo: PhotoId) -> list[PhotoId]:
        group = self.groups.get(photo)
        return [other for other, its in self.groups.items() if its == group]

    def _newest_first(self) -> list[PhotoView]:
        return sorted(
            self.photos.values(), key=lambda p: (p.metadata.taken_at or "", p.id), reverse=True
        )

    def _answer(self) -> None:
        if self.trouble:
            raise Unavailable(self.trouble)


def album(count: int = 60, waiting: int = 0) -> Album:
    """Return `count` photos, their ids from 1."""
    return Album((_photo(number) for number in range(1, count + 1)), waiting)


def photo(number: int, sentence: str | None, **metadata: object) -> PhotoView:
    """Return one photo with this sentence, and this metadata besides its size."""
    return PhotoView(
        id=PhotoId(number),
        fingerprint=Fingerprint(f"{number:032x}"),
        path=f"trip/{number:04}.jpg",
        metadata=Metadata(**{"width": 1200, "height": 800, **metadata}),  # type: ignore[arg-type]
        sentence=sentence,
    )


def _photo(number: int) -> PhotoView:
    width, height = SHAPES[number % len(SHAPES)]
    year, month = 2017 + number % 5, number % 12 + 1
    view = photo(
        number,
        f"{WHO[number % len(WHO)]} {DOES[number // 5 % len(DOES)]}",
        width=width,
        height=height,
        taken_at=f"{year}-{month:02}-{number % 28 + 1:02}T12:30:00+01:00",
        camera=CAMERAS[number % len(CAMERAS)],
        lens="EF 50mm f/1.8",
        exposure=Exposure(time_s=1 / 250, f_number=2.8, iso=200, focal_length_mm=50),
        place=Place(48.85837, 2.29448, 35.0),
    )
    return msgspec.structs.replace(view, tags=(Tag("Labrador", 0.8), Tag("snowmobile", 0.6)))


def _text(photo: PhotoView) -> str:
    return photo.metadata.human_caption or photo.sentence or ""


def _has(photo: PhotoView, words: list[str]) -> bool:
    text = f"{_text(photo)} {photo.path} {photo.metadata.camera or ''}".casefold()
    return all(re.search(rf"\b{re.escape(word)}", text) for word in words)


COUNTED = ("month", "camera", "tag", "folder", "rating", "format", "place", "person")


def _passes(photo: PhotoView, filters: Filters, *, but: str = "") -> bool:
    """Return whether `photo` passes each of `filters`, but for the one of the facet `but`."""
    wanted = {
        "camera": filters.camera,
        "tag": filters.tag,
        "folder": filters.folder,
        "rating": filters.rating and str(filters.rating),
        "format": filters.format,
        "place": "yes" if filters.place else None,
        "person": "yes" if filters.person else None,
    }
    plain = all(
        name == but or value is None or value in _values(photo, name)
        for name, value in wanted.items()
    )
    return plain and (but == "month" or _in_period(photo, filters))


def _in_period(photo: PhotoView, filters: Filters) -> bool:
    if filters.since is None and filters.until is None:
        return True
    day = (photo.metadata.taken_at or "")[:10]
    since, until = filters.since or "", filters.until or "9999"
    return day != "" and since <= day and day[: len(until)] <= until


def _values(photo: PhotoView, facet: str) -> list[str]:
    known = photo.metadata
    folders = photo.path.split("/")[:-1]
    values: dict[str, list[str | None]] = {
        "month": [(known.taken_at or "")[:7]],
        "camera": [known.camera],
        "tag": [tag.name for tag in photo.tags],
        "folder": ["/".join(folders[: depth + 1]) for depth in range(len(folders))],
        "rating": [str(star) for star in range(1, (known.rating or 0) + 1)],
        "format": [photo.path.rpartition(".")[2].upper()],
        "place": ["yes" if known.place else None],
        "person": ["yes" if known.human_caption else None],
    }
    return [value for value in values[facet] if value]


def _hit(photo: PhotoView, words: list[str]) -> Hit:
    text = _text(photo)
    found = [re.finditer(rf"\b{re.escape(word)}\w*", text, re.IGNORECASE) for word in words]
    return Hit(
        id=photo.id,
        fingerprint=photo.fingerprint,
        width=photo.metadata.width,
        height=photo.metadata.height,
        caption=text,
        by_human=photo.metadata.human_caption is not None,
        matches=tuple(sorted({match.span() for matches in found for match in matches})),
        taken_at=photo.metadata.taken_at,
    )


def _count(facet: str, photos: Iterable[PhotoView]) -> Counts:
    counts = Counter(value for photo in photos for value in _values(photo, facet))
    rising = facet in ("month", "rating")
    ordered = sorted(counts.items()) if rising else counts.most_common()
    return tuple(ordered)


def as_library(album: Album) -> Library:
    """Return `album`, which the type checker then holds to the protocol."""
    return album
