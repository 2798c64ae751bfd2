"""How long photos that look alike take to find: a query, and a photo more in the groups.

`scripts/bench similar --photos N` fills a fresh catalog with N photos whose features are drawn by
lot, some of them copies. The floor of a query is a bare numpy product of the same vectors as
float32, which need four times the memory, in the same run. One thread each, medians.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `lantern` itself does

import numpy as np

from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.store import Catalog
from lantern.ingest.group import BATCH, plan
from lantern.model import PhotoId
from lantern.similar.neighbours import blocks, neighbours
from lantern.web.likeness import Likeness

DIMENSIONS = 128
NEAREST = 24
ROUNDS = 15
ROWS = 10_000


def vectors(count, draw):
    """Return (int8 values, scales) of `count` vectors of unit length."""
    floats = draw.normal(size=(count, DIMENSIONS)).astype(np.float32)
    floats /= np.linalg.norm(floats, axis=1, keepdims=True)
    scales = np.abs(floats).max(1) / 127
    return np.rint(floats / scales[:, None]).astype(np.int8), scales


def fill(connection, first, values, scales, *, grouped):
    """Write photos with these features, as described a moment ago, under ids from `first`."""
    caption = {"sentence": "a dog runs on the beach", "score": 0.5, "model": "m 1"}
    tags = [{"name": f"class number {number}", "score": 0.1} for number in range(5)]
    described = json.dumps({"caption": caption, "tags": tags}).encode()
    draw = np.random.default_rng(first)
    ids = range(first, first + len(values))
    prints = [draw.bytes(16).hex() for _ in ids]
    with connection:
        connection.executemany(
            "INSERT INTO photo (id, fingerprint, description, model, group_id, grouped_revision)"
            " VALUES (?, ?, ?, 'm 1', ?, ?)",
            [
                (n, p, described, n if grouped else None, int(grouped))
                for n, p in zip(ids, prints, strict=True)
            ],
        )
        connection.executemany(
            "INSERT INTO features VALUES (?, ?, ?)",
            [(n, float(s), v.tobytes()) for n, s, v in zip(ids, scales, values, strict=True)],
        )
        connection.executemany(
            "INSERT INTO file (folder, name, size, mtime_ns, state, attempts, losses, retry_at,"
            " reason, metadata, format, photo_id)"
            " VALUES (x'', ?, 1, 1, 'CAPTIONED', 0, 0, 0, '', ?, 'JPEG', ?)",
            [
                (b"%d.jpg" % n, b'{"width":4000,"height":3000,"taken_at":"2019-07-04T18:30:00"}', n)
                for n in ids
            ],
        )


def median_ms(call, rounds=ROUNDS):
    """Return the median time of `call`, in milliseconds."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        call()
        times.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(times)


def plain(floats, query):
    """Return the rows of the vectors nearest to `query`."""
    return np.argpartition(floats @ query, len(floats) - NEAREST)[-NEAREST:]


def grouping_ms(catalog, reader, connection, photos):
    """Return the milliseconds a photo that new `photos`, a range of ids, take to group; and of CPU.

    A tenth of them are copies.
    """
    count = len(photos)
    values, scales = vectors(count, np.random.default_rng(photos.start))
    for copy in range(1, count, 10):
        values[copy], scales[copy] = values[copy - 1], scales[copy - 1]
    fill(connection, photos.start, values, scales, grouped=False)
    begun, used = time.perf_counter(), time.process_time()
    batch = plan(reader, count)
    catalog.groups.grouped(batch.photos, batch.leaders)
    took_ms, used_ms = (time.perf_counter() - begun) * 1e3, (time.process_time() - used) * 1e3
    assert len(batch.photos) == count, batch  # noqa: S101 - a bench that counts something else says nothing
    return round(took_ms / count, 2), round(used_ms / count, 2)


def measure(path, count):
    """Return what was measured of a catalog at `path` with `count` photos."""
    catalog = Catalog.open(path)
    connection = sqlite3.connect(path)
    draw = np.random.default_rng(1)
    floats = np.empty((count, DIMENSIONS), np.float32)
    for start in range(0, count, ROWS):
        values, scales = vectors(min(ROWS, count - start), draw)
        fill(connection, start + 1, values, scales, grouped=True)
        floats[start : start + ROWS] = values * scales[:, None].astype(np.float32)
    query = floats[count // 2].copy()
    floor = median_ms(partial(plain, floats, query))
    del floats
    reader = SimilarityReader.open(path)
    _, features = reader.described_by(PhotoId(count // 2))
    kept = list(blocks(reader.comparable("m 1")))
    memory = sum(array.nbytes for block in kept for array in block)
    ours = median_ms(partial(neighbours, kept, features, NEAREST))
    del kept
    likeness = Likeness(reader)
    first = median_ms(lambda: likeness.nearest(PhotoId(7), NEAREST), 1)
    later = median_ms(lambda: likeness.nearest(PhotoId(7), NEAREST))
    one = grouping_ms(catalog, reader, connection, range(count + 1, count + 2))
    many = grouping_ms(catalog, reader, connection, range(count + 2, count + 2 + BATCH))
    catalog.close()
    return {
        "photos": count,
        "query_ms": round(ours, 2),
        "floor_ms": round(floor, 2),
        "ratio_to_floor": round(ours / floor, 2),
        "page_first_ms": round(first, 1),
        "page_ms": round(later, 2),
        "bytes_a_photo": DIMENSIONS,
        "memory_mb": round(memory / 1e6, 1),
        "grouping_one_ms": one[0],
        "grouping_one_cpu_ms": one[1],
        "grouping_ms_a_photo": many[0],
        "grouping_cpu_ms_a_photo": many[1],
        "batch": BATCH,
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
    }


def main():
    """Measure, and print a table or one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lantern-bench-", dir=Path.cwd()) as folder:
        print(f"filling a catalog with {chosen.photos} photos", file=sys.stderr)
        measured = measure(Path(folder) / "catalog.sqlite3", chosen.photos)
    if chosen.json:
        print(json.dumps(measured))
        return
    for name, value in measured.items():
        print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
