"""A house of photos that never were, all of them taken in; imported by benches; no bench itself.

Files, catalog, groups, thumbnails and index are as a daemon leaves them, so that one which starts
there finds nothing to do. The files are names of one small picture: what is read of 100,000 files
without opening any, name, size and time, is as it would be. Features and thumbnails are not theirs.
"""

import os

import anyio
import numpy as np
import pyvips
from search import enter_all, index
from search_photos import synthetic_photos

from lantern import config
from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import THUMBNAIL, ThumbnailStore
from lantern.ingest.desk import Desk
from lantern.ingest.group import RULE
from lantern.ingest.publish import Publisher
from lantern.model import Features
from lantern.search.embedded import EmbeddedIndex

LINKS = 20_000
"""Names of one file: ext4 allows 65,000."""

DIMENSIONS, SCALE = 128, 0.0012
"""By lot from -127 to 127, so many of them have about unit length."""

COLOUR = (230, 40, 200)
"""Of the picture in the middle, sRGB: no other thing on a display has it."""


def picture(width=1920, height=1280):
    """Return a JPEG of one colour, with a darker edge."""
    middle = pyvips.Image.black(width // 2, height // 2).bandjoin([0, 0]) + list(COLOUR)
    whole = middle.embed(width // 4, height // 4, width, height, background=[60, 30, 60])
    return whole.cast("uchar").copy(interpretation="srgb").jpegsave_buffer(Q=85)


def furnish(config_file, count, *, thumbnail=b""):
    """Take in `count` photos as the configuration says; `thumbnail` is that of each, if given."""
    settings = config.load(config_file)
    settings.paths.state_folder.mkdir(parents=True, exist_ok=True)
    catalog = Catalog.open(settings.paths.catalog)
    thumbnails = ThumbnailStore.open(settings.paths.thumbnails)
    embedded = EmbeddedIndex.open(settings.paths.index)
    try:
        laid = _Laid(os.fsdecode(settings.photos.folder), thumbnails, thumbnail)
        catalog.groups.begin_anew(RULE)  # or a daemon would group all photos again
        enter_all(catalog, laid.each(synthetic_photos(count, None)), stamp=laid.stamp)
        anyio.run(index, Publisher(Desk(catalog, thumbnails), embedded), None)
    finally:
        for resource in (embedded, thumbnails, catalog):
            resource.close()


class _Laid:
    """Photos that get a file, features and a thumbnail as they pass."""

    def __init__(self, root, thumbnails, thumbnail):
        self._root, self._thumbnails, self._thumbnail = root, thumbnails, thumbnail
        self._draw = np.random.default_rng(1)
        self._content = picture()
        self._source = ""
        self.stamp = len(self._content), 1_500_000_000 * 10**9

    def each(self, photos):
        for number, photo in enumerate(photos):
            self._lay(number, os.path.join(self._root, photo.folder.decode()), photo.name.decode())
            if self._thumbnail:
                self._thumbnails.put(photo.reading.fingerprint, THUMBNAIL, self._thumbnail)
            values = self._draw.integers(-127, 128, DIMENSIONS, dtype=np.int8).tobytes()
            yield photo._replace(description=_with(photo.description, Features(values, SCALE)))

    def _lay(self, number, folder, name):
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name)
        if number % LINKS:
            os.link(self._source, path)
            return
        with open(path, "wb") as file:
            file.write(self._content)
        os.utime(path, ns=(self.stamp[1], self.stamp[1]))
        self._source = path


def _with(description, features):
    return type(description)(description.caption, description.tags, features)
