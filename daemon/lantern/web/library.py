"""What the page needs to know of the collection, and nothing else.

The room is written and tested against this protocol; the composition root hands in an adapter over
the catalog, the thumbnail store and the search index. Everything here is read-only.
"""

from __future__ import annotations

from typing import BinaryIO, Literal, NamedTuple, Protocol

import msgspec

from lantern.model import Fingerprint, Metadata, PhotoId, Tag
from lantern.search.port import Counts


class Filters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What narrows a search down; None narrows nothing.

    `since` and `until` are ISO 8601 dates ("2019-07-04"), or a year or a month of one ("2019-07"),
    both included to their ends. A photo that tells no date passes by that of its file. `camera`,
    `tag`, `folder` and `format` are matched whole, as `ResultPage.facets` gives them; `folder`
    finds what lies below it, too. `rating` is the least number of stars, 1 to 5. `place` and
    `person` want a photo that knows where it was taken, and one that a person wrote of. Of similar
    photos the best alone is shown, unless `every` one is wanted.
    """

    since: str | None = None
    until: str | None = None
    camera: str | None = None
    tag: str | None = None
    folder: str | None = None
    rating: int | None = None
    format: str | None = None
    place: bool = False
    person: bool = False
    every: bool = False


Sort = Literal["relevance", "newest", "oldest"]
"""In which order; "relevance" without any text is "newest"."""


class Hit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One photo of a result, as the grid shows it.

    `caption` is the sentence to show: a person's (`by_human`) before a machine's. `matches` are
    half-open ranges [start, end) into `caption`, in Unicode code points, ascending and disjoint.
    `width` and `height` are pixels after EXIF orientation. `at` is its place in the result, or that
    of the first of the similar photos it stands for. `similar` counts the other photos of its
    `group`, wherever they are; `likeness` is the cosine to the photo that it was compared with.
    """

    id: PhotoId
    fingerprint: Fingerprint
    width: int
    height: int
    caption: str
    by_human: bool = False
    matches: tuple[tuple[int, int], ...] = ()
    taken_at: str | None = None
    at: int = 0
    group: PhotoId | None = None
    similar: int = 0
    likeness: float | None = None


class Instead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What there is to find where a search finds nothing.

    `unfiltered` photos match its text alone, 0 where it has no filter; `tags` are the most frequent
    of the whole collection, as `Filters.tag` takes them.
    """

    unfiltered: int = 0
    tags: Counts = ()


class ResultPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One page of a result; `total` counts the photos that match, on every page together.

    Of similar photos on a page, the best alone is among the `hits`, unless `Filters.every` is set.
    `forgiving` tells that words were matched with typos; `read_as` is then the text as it was
    matched where that can be told ("dog in snow" for "dgo in snow"), else empty. `fallback` tells
    that the search server did not answer, and the index inside Lantern did. `facets` are what each
    filter could be changed to, by the filter's name ("month" for `since` and `until`): counted over
    the text and the other filters, not over itself, in the order of `search.port.Facets`; "rating"
    counts photos of so many stars or more, "folder" has the folder around the chosen one, those
    beside it and those right in it. They are given for the first page alone, and only where
    there are any. `instead` is what else there is, given where nothing is found.
    """

    total: int
    hits: tuple[Hit, ...]
    forgiving: bool = False
    read_as: str = ""
    fallback: bool = False
    facets: dict[str, Counts] = {}
    instead: Instead | None = None


class PhotoView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One photo, as the photo view shows it.

    `sentence` is the machine's, None where it made none, and `tags` what it is sure to see; what a
    person says of the photo, in its files or through Lantern, is `metadata.human_caption`. `path`
    is text for people, relative to the photo root, and `size` that file's in bytes, 0 where it is
    not known. `file_date` is when the file is from, in local time: given where the photo tells no
    date. `group` holds it and the photos similar to it, the best first; nothing if there are none.
    `hidden` tells that the owner alone is answered.
    """

    id: PhotoId
    fingerprint: Fingerprint
    path: str
    metadata: Metadata
    sentence: str | None = None
    tags: tuple[Tag, ...] = ()
    group: tuple[Hit, ...] = ()
    size: int = 0
    hidden: bool = False
    file_date: str | None = None


class Thumbnail(NamedTuple):
    """A small picture that browsers show; `media_type` such as "image/jpeg".

    One of a `hidden` photo is for the owner's eyes, and for no cache.
    """

    data: bytes
    media_type: str
    hidden: bool = False


class Picture(NamedTuple):
    """A large picture that browsers show, opened for reading; whoever gets it closes `file`.

    `media_type` is sniffed from the bytes, never guessed from the name. `version` changes whenever
    the bytes do (size and modification time, say): letters, digits and "-" only.
    """

    file: BinaryIO
    size: int
    media_type: str
    version: str


class Original(NamedTuple):
    """A photo's own file as it lies in its folder, in whatever format; `name` is its name there.

    `content` is as `Picture` says, but for its `media_type`, which browsers need not show.
    """

    content: Picture
    name: str


class Status(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the collection is.

    `photos` = `described` + `waiting` + `failed` count files, copies of one picture included;
    `searchable` counts the pictures that a search can find. `revision` grows whenever a search may
    find or show something else than before: photos that came or went, a caption that was corrected.
    """

    photos: int
    described: int
    waiting: int
    failed: int
    searchable: int
    revision: int = 0


class Library(Protocol):
    """A read-only view of the collection.

    Every method may block on a disk, is called from a few threads at once, has no effect, and
    raises `lantern.errors.Unavailable` where the part that it reads does not answer now.
    """

    def search(
        self, text: str, filters: Filters, sort: Sort, offset: int, limit: int
    ) -> ResultPage:
        """Return hits [`offset`, `offset` + `limit`) for `text`, in the order of `sort`.

        The last word of `text` may be unfinished. An empty `text` finds every photo that passes
        `filters`, newest first; one without any word or date, as "?!" is, finds none. `text` is
        what a visitor typed: any characters but NUL.
        """
        ...

    def like(self, photo: PhotoId, filters: Filters, offset: int, limit: int) -> ResultPage | None:
        """Return hits [`offset`, `offset` + `limit`) of the few photos most like `photo`.

        The nearest comes first; those of its own group are left out. Of `filters`, `every` alone is
        heeded. None where there is no such photo.
        """
        ...

    def photo(self, photo: PhotoId) -> PhotoView | None:
        """Return what is known of `photo`, None where there is none."""
        ...

    def thumbnail(self, fingerprint: Fingerprint) -> Thumbnail | None:
        """Return the thumbnail of the picture `fingerprint`, None where there is none."""
        ...

    def picture(self, photo: PhotoId) -> Picture | None:
        """Open `photo` itself where browsers show its format, else the best rendition there is.

        Return None where there is neither. Never follows a path out of the photo root.
        """
        ...

    def original(self, photo: PhotoId) -> Original | None:
        """Open the file of `photo` itself, None where none of its copies can be read now.

        Never follows a path out of the photo root.
        """
        ...

    def status(self) -> Status:
        """Return how far the collection is. Cheap while nothing changes."""
        ...
