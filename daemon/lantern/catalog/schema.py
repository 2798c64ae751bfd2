"""The catalog's tables, and how an older catalog becomes today's.

Owns `PRAGMA user_version`. A migration, once released, is never edited: a change is a new entry.
"""

from __future__ import annotations

import sqlite3

from lantern.errors import ConfigError

MIGRATIONS: tuple[str, ...] = (
    # 1: files, the photos in them, and the outbox to the index (revision > indexed_revision).
    """
    CREATE TABLE photo (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        fingerprint TEXT NOT NULL UNIQUE,
        description BLOB NOT NULL,           -- JSON of model.Caption and model.Tag
        revision INTEGER NOT NULL DEFAULT 1,
        indexed_revision INTEGER NOT NULL DEFAULT 0,
        orphaned_at REAL                     -- since when no file holds it
    );
    CREATE INDEX photo_outbox ON photo(id) WHERE indexed_revision < revision;
    CREATE TABLE features (
        photo_id INTEGER PRIMARY KEY REFERENCES photo(id) ON DELETE CASCADE,
        scale REAL NOT NULL,
        int8 BLOB NOT NULL                   -- one byte a channel
    );
    CREATE TABLE file (
        id INTEGER PRIMARY KEY,
        folder BLOB NOT NULL,                -- below the photo root, without slashes at its ends
        name BLOB NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        losses INTEGER NOT NULL,
        retry_at REAL NOT NULL,
        reason TEXT NOT NULL,
        remark TEXT,                         -- a harmless oddity, for people
        format TEXT,
        metadata BLOB,                       -- JSON of model.Metadata
        photo_id INTEGER REFERENCES photo(id),
        UNIQUE (folder, name)
    );
    CREATE INDEX file_photo ON file(photo_id) WHERE photo_id IS NOT NULL;
    CREATE INDEX file_state ON file(state, retry_at);
    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the catalog behind `connection` to the newest schema, each step in one transaction.

    Raises:
        ConfigError: the catalog was written by a newer Lantern.
    """
    version = schema_version(connection)
    check_version(version)
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        connection.executescript(f"BEGIN; {statements}; PRAGMA user_version = {number}; COMMIT;")


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the schema version that the catalog carries; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_version(version: int) -> None:
    """Raise ConfigError if this Lantern is older than a catalog of schema `version`."""
    if version > len(MIGRATIONS):
        raise ConfigError(
            f"catalog: schema {version} was written by a newer Lantern, this one knows up to "
            f"{len(MIGRATIONS)}; upgrade Lantern, or point paths.state at another folder"
        )
