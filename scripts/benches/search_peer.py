"""Plain SQLite FTS5 beside our engine, for the bench of search: the same words of the same photos.

Every word that finds a photo is in one column of one table, with an index of prefixes; a key asks
for all words but the last as they are and for the last as a prefix, gets the best by bm25 and the
number of all, as our engine does. Filters and counts are asked of neither, and FTS5 forgives no
typing error: `fts_found_percent` is the share of keys that find anything.
"""

import sqlite3
import time

from lantern.model import PhotoId
from lantern.search import query
from lantern.search.document import all_words, document
from lantern.search.words import STOP_WORDS, words

_TABLE = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
CREATE VIRTUAL TABLE photo USING fts5(
    text, content = '', prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
);
"""


class Fts:
    """The table, in a file of its own."""

    def __init__(self, file):
        self._connection = sqlite3.connect(file)
        self._connection.executescript(_TABLE)

    def fill(self, photos):
        """Take in `photos`, in one transaction."""
        rows = ((number, " ".join(words_of(photo))) for number, photo in enumerate(photos, 1))
        with self._connection:
            self._connection.executemany("INSERT INTO photo(rowid, text) VALUES (?, ?)", rows)

    def search(self, text, limit):
        """Return how many photos have these words, and the best of them."""
        wanted = matching(text)
        if not wanted:
            return 0, []
        best = "SELECT rowid FROM photo WHERE photo MATCH ? ORDER BY rank LIMIT ?"
        count = "SELECT COUNT(*) FROM photo WHERE photo MATCH ?"
        found = self._connection.execute(best, (wanted, limit)).fetchall()
        return self._connection.execute(count, (wanted,)).fetchone()[0], found

    def close(self):
        """Close it."""
        self._connection.close()


def words_of(photo):
    """Return the words by which a synthetic photo is found."""
    return all_words(
        document(
            PhotoId(1),
            caption=photo.description.caption,
            tags=photo.description.tags,
            metadata=photo.reading.metadata,
            paths=[photo.folder + b"/" + photo.name],
            formats=[photo.reading.format],
        )
    )


def matching(text):
    """Return what FTS5 is asked for what somebody typed: as our engine, it asks for no "the"."""
    typed = words(text)
    asked = [word for word in typed[:-1] if word not in STOP_WORDS] + typed[-1:]
    return " ".join(f'"{word}"' for word in asked) + "*" if asked else ""


def beside(file, photos, strokes, engine, limit):
    """Return (milliseconds of FTS5, of the engine, whether each found any) for each of `strokes`.

    And the seconds that taking in all `photos` lasted, and its size in megabytes.
    """
    fts = Fts(file)
    began = time.perf_counter()
    fts.fill(photos)
    build_s = time.perf_counter() - began
    rows = []
    for number, stroke in enumerate(strokes):
        asked = query.parse(stroke.text, limit=limit)
        pair = [lambda: fts.search(stroke.text, limit), lambda: engine.search(asked)]  # noqa: B023
        told = {n: _timed(pair[n]) for n in ((0, 1) if number % 2 else (1, 0))}
        (theirs, fts_ms), (ours, engine_ms) = told[0], told[1]
        rows.append((fts_ms, engine_ms, theirs[0] > 0, ours.total > 0))
    fts.close()
    return rows, build_s, file.stat().st_size / 1e6


def _timed(call):
    began = time.perf_counter()
    found = call()
    return found, (time.perf_counter() - began) * 1e3
