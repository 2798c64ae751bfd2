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
    # 2: captions in the photos, corrections by people, the model's health, similar photos.
    """
    ALTER TABLE photo ADD COLUMN model TEXT NOT NULL DEFAULT '';
    ALTER TABLE photo ADD COLUMN score REAL NOT NULL DEFAULT 0;
    ALTER TABLE photo ADD COLUMN from_tags INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE photo ADD COLUMN redescribe INTEGER NOT NULL DEFAULT 0;  -- the owner asked
    ALTER TABLE photo ADD COLUMN sharpness REAL;                         -- to choose of a burst
    ALTER TABLE photo ADD COLUMN group_id INTEGER;       -- near-duplicates share it: one's own id
    ALTER TABLE photo ADD COLUMN grouped_revision INTEGER NOT NULL DEFAULT 0;  -- as for the index
    UPDATE photo SET
        model = json_extract(CAST(description AS TEXT), '$.caption.model'),
        score = json_extract(CAST(description AS TEXT), '$.caption.score'),
        from_tags = json_extract(CAST(description AS TEXT), '$.caption.from_tags');
    CREATE INDEX photo_group ON photo(group_id) WHERE group_id IS NOT NULL;
    CREATE INDEX photo_ungrouped ON photo(id) WHERE grouped_revision < revision;
    CREATE TRIGGER photo_leader_forgotten AFTER DELETE ON photo BEGIN
        UPDATE photo SET grouped_revision = 0 WHERE group_id = old.id;
    END;
    CREATE INDEX photo_model ON photo(model, score, from_tags, orphaned_at)
        WHERE orphaned_at IS NULL;           -- a column, too, or SQLite looks into every photo
    DELETE FROM features;                    -- they were compared with nothing, and had no use:
    UPDATE photo SET redescribe = 1;         -- the model is asked for those of today
    UPDATE file SET state = 'DISCOVERED' WHERE state = 'CAPTIONED';
    ALTER TABLE file ADD COLUMN carried TEXT;                      -- model.imprint_key of the file
    ALTER TABLE file ADD COLUMN replaced TEXT;  -- a person's, which "carried" took the place of
    ALTER TABLE file ADD COLUMN sidecar INTEGER NOT NULL DEFAULT 0;  -- its sidecar's stamp, or 0
    ALTER TABLE file ADD COLUMN human TEXT                         -- a person's sentence in it
        AS (json_extract(CAST(metadata AS TEXT), '$.human_caption'));
    CREATE INDEX file_human ON file(photo_id) WHERE human IS NOT NULL;
    CREATE TABLE writing (                   -- files that do not carry their photo's sentence yet
        file_id INTEGER PRIMARY KEY REFERENCES file(id) ON DELETE CASCADE,
        person INTEGER NOT NULL DEFAULT 0,   -- a person's sentence: it goes first
        attempts INTEGER NOT NULL DEFAULT 0,
        losses INTEGER NOT NULL DEFAULT 0,   -- workers that it cost
        retry_at REAL NOT NULL DEFAULT 0,
        reason TEXT NOT NULL DEFAULT '',     -- why not yet
        refused INTEGER NOT NULL DEFAULT 0   -- not until the file changes
    );
    CREATE INDEX writing_due ON writing(person, retry_at) WHERE NOT refused;
    CREATE TABLE correction (                -- kept though the photo is forgotten: it teaches
        id INTEGER PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        path BLOB NOT NULL,
        sentence TEXT NOT NULL,              -- the person's; empty: the one before is withdrawn
        stood TEXT NOT NULL,                 -- JSON of what persons had said until then
        replaced TEXT,                       -- what of it the file's own was, by another program
        machine TEXT NOT NULL,               -- the model's, at that time
        model TEXT NOT NULL,
        at REAL NOT NULL,                    -- Unix time
        standing INTEGER NOT NULL DEFAULT 1  -- it is what is shown now
    );
    CREATE INDEX correction_history ON correction(fingerprint);
    CREATE UNIQUE INDEX correction_standing ON correction(fingerprint) WHERE standing;
    """,
    # 3: the outbox to a search server, filled only while one is in use: see `served`.
    """
    CREATE TABLE server_outbox (photo_id INTEGER PRIMARY KEY, revision INTEGER NOT NULL);
    CREATE TRIGGER photo_to_server AFTER UPDATE OF revision ON photo
        WHEN EXISTS (SELECT 1 FROM setting WHERE key = 'server')
        BEGIN INSERT OR REPLACE INTO server_outbox VALUES (NEW.id, NEW.revision); END;
    """,
    # 4: photos that the owner keeps from visitors.
    """
    CREATE TABLE hidden (                    -- kept though the photo is forgotten: it may come back
        fingerprint TEXT PRIMARY KEY,
        at REAL NOT NULL                     -- Unix time
    ) WITHOUT ROWID;
    """,
    # 5: files with a remark are told on the status page: not all are to be read for it.
    """
    CREATE INDEX file_remark ON file(id) WHERE remark IS NOT NULL;
    """,
    # 6: a date for photos that tell none: see `dating`, whose limits these are.
    """
    ALTER TABLE photo ADD COLUMN file_date TEXT;  -- ISO 8601 local time, of its oldest copy
    UPDATE photo SET file_date = strftime('%Y-%m-%dT%H:%M:%S', coalesce(
        (SELECT min(mtime_ns / 1000000000) FROM file WHERE photo_id = photo.id
        AND mtime_ns / 1000000000 BETWEEN 315619200 AND strftime('%s', 'now') + 86400),
        strftime('%s', 'now')), 'unixepoch', 'localtime');
    """,
    # 7: how many people came to see the show, and for how long they stayed.
    """
    CREATE TABLE visit (
        start INTEGER PRIMARY KEY,           -- of an hour of the local clock, in Unix time
        visits INTEGER NOT NULL,             -- that began in it
        dwell_s REAL NOT NULL                -- of it, with somebody there
    );
    """,
    # 8: photos that no file holds are few: not all are to be read to find those.
    """
    CREATE INDEX photo_orphaned ON photo(orphaned_at) WHERE orphaned_at IS NOT NULL;
    """,
    # 9: what became of the backups.
    """
    CREATE TABLE backup_report (
        id TEXT PRIMARY KEY,                 -- sorts by time
        report BLOB NOT NULL                 -- JSON of backup.report.Report
    ) WITHOUT ROWID;
    """,
    # 10: what the page's grid shows of a photo that a file holds, in one place: see `shown`.
    """
    CREATE TABLE shown (
        id INTEGER PRIMARY KEY,              -- the photo's
        fingerprint TEXT NOT NULL,
        sentence TEXT NOT NULL,
        by_human INTEGER NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        taken_at TEXT,
        rating INTEGER,
        group_id INTEGER,
        sharpness REAL
    );
    CREATE INDEX shown_follows ON shown(group_id) WHERE group_id <> id;
    CREATE VIEW as_shown AS                  -- what its rows are made of
        SELECT photo.id, photo.fingerprint,
            coalesce(correction.sentence, said.human,
                json_extract(CAST(description AS TEXT), '$.caption.sentence')) AS sentence,
            coalesce(correction.sentence, said.human) IS NOT NULL AS by_human,
            json_extract(CAST(file.metadata AS TEXT), '$.width') AS width,
            json_extract(CAST(file.metadata AS TEXT), '$.height') AS height,
            json_extract(CAST(file.metadata AS TEXT), '$.taken_at') AS taken_at,
            json_extract(CAST(file.metadata AS TEXT), '$.rating') AS rating,
            group_id, sharpness
        FROM photo
        JOIN file ON file.metadata NOT NULL
            AND file.id = (SELECT min(id) FROM file WHERE photo_id = photo.id)
        LEFT JOIN file AS said ON said.id =
            (SELECT min(id) FROM file WHERE photo_id = photo.id AND human <> '')
        LEFT JOIN correction ON correction.fingerprint = photo.fingerprint AND standing;
    INSERT INTO shown SELECT * FROM as_shown;
    CREATE VIEW show_again AS SELECT id FROM photo;  -- to insert a photo makes its row anew
    CREATE TRIGGER shown_again INSTEAD OF INSERT ON show_again BEGIN
        DELETE FROM shown WHERE id = NEW.id;
        INSERT INTO shown SELECT * FROM as_shown WHERE id = NEW.id;
    END;
    CREATE TRIGGER file_shown AFTER UPDATE OF photo_id, metadata ON file BEGIN
        INSERT INTO show_again SELECT OLD.photo_id UNION SELECT NEW.photo_id;
    END;
    CREATE TRIGGER file_shown_no_longer AFTER DELETE ON file BEGIN
        INSERT INTO show_again VALUES (OLD.photo_id);
    END;
    CREATE TRIGGER description_shown AFTER UPDATE OF description, sharpness ON photo BEGIN
        INSERT INTO show_again VALUES (NEW.id);
    END;
    CREATE TRIGGER group_shown AFTER UPDATE OF group_id ON photo BEGIN
        UPDATE shown SET group_id = NEW.group_id WHERE id = NEW.id;
    END;
    CREATE TRIGGER correction_shown AFTER INSERT ON correction BEGIN
        INSERT INTO show_again SELECT id FROM photo WHERE fingerprint = NEW.fingerprint;
    END;
    CREATE TRIGGER correction_overtaken AFTER UPDATE OF standing ON correction BEGIN
        INSERT INTO show_again SELECT id FROM photo WHERE fingerprint = NEW.fingerprint;
    END;
    """,
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the catalog behind `connection` to the newest schema, each step in one transaction.

    New tables are on the disk when it returns: a power cut shall leave no catalog without them.

    Raises:
        ConfigError: the catalog was written by a newer Lantern.
    """
    version = schema_version(connection)
    check_version(version)
    for number, statements in enumerate(MIGRATIONS[version:], version + 1):
        connection.executescript(f"BEGIN; {statements}; PRAGMA user_version = {number}; COMMIT;")
    if version < len(MIGRATIONS):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


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
