"""How long each key of a search takes, from the question to the page's answer over loopback.

`scripts/bench search --documents N` fills a fresh catalog with N photos that never were, sends them
through the catalog's outbox to the real index, which is compacted as when nothing comes any more
(`build_s` has both), and asks the page's real process as the page's
script does: key by key, half of the visitors with a typing error, some with filters, facets on.
Each key is also asked of the engine alone, in this process and in the same moment: its
`SearchReader.search` with the page's own question, counts of the filters' own facets over the other
filters included. `ratio_to_engine` is the median over keys of the page's time by the engine's.

Processor time (`cpu_…`) is the page's process's own, and tells more on a busy machine.
`add_to_visible_s` is from entering a described photo in the catalog until the page finds it;
`rss_mb` the peak of the page's process at the end of it all, `rss_one_visitor_mb` before the crowd.
`fallback_answers` are those that the embedded index gave in a server's stead. `fts_…` is plain
SQLite FTS5, asked the same without filters and counts, and `plain_…` our engine likewise, which
forgives typing errors meanwhile (`search_peer.py`).

With `--engine meilisearch`, MEILI_URL and MEILI_MASTER_KEY name a server whose index of photos is
replaced: never one that is in use.
"""

import argparse
import itertools
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import anyio
import anyio.to_thread
from figure_bars import tell_figures
from search_page import crowd, served
from search_peer import beside
from search_photos import newcomer, synthetic_photos
from search_typing import PAGE, typed

from lantern import config
from lantern.catalog.similarity import SimilarityReader
from lantern.catalog.store import Catalog, Found
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.errors import LanternError
from lantern.ingest.desk import Desk
from lantern.ingest.mirror import Mirror
from lantern.ingest.publish import Publisher
from lantern.search import build
from lantern.search.embedded import EmbeddedIndex, EmbeddedReader

BARS = {
    "p50_ms": 5.0,
    "p99_ms": 25.0,
    "ratio_to_engine": 2.0,
    "rss_mb": 120.0,
    "add_to_visible_s": 1.0,
    "fallback_answers": 0,
    "visitor_errors": 0,
}
ENTERED = 500
NEWCOMERS = 5
PATIENCE_S = 60.0
POLL_S = 0.01
WARM_UP = 20

CONFIG = """
[photos]
root = "{folder}"
[captions]
write = "off"
[web]
port = 0
[paths]
state = "{folder}/state"
runtime = "{folder}/run"
"""

SERVER = """
[search]
engine = "meilisearch"
url = "{url}"
key_file = "{folder}/index.key"
search_key_file = "{folder}/search.key"
"""


def configured(folder, engine):
    """Write the configuration into `folder`; return its file."""
    file = folder / "lantern.toml"
    text = CONFIG.format(folder=folder)
    if engine == "meilisearch":
        text += SERVER.format(folder=folder, url=os.environ["MEILI_URL"])
        make_server_keys(folder)
    file.write_text(text)
    return file


def make_server_keys(folder):
    """Write the two keys of the server that the environment names."""
    from lantern.search.meili import Server  # noqa: PLC0415 - not without a server
    from lantern.search.meili.keys import KeyFile, make_keys  # noqa: PLC0415 - the same

    master = folder / "master.key"
    master.write_text(os.environ["MEILI_MASTER_KEY"])
    server = Server(os.environ["MEILI_URL"], master)
    make_keys(server, KeyFile(folder / "index.key"), KeyFile(folder / "search.key"))


def bare_engine(settings):
    """Return the engine that the page asks first, and no other in its stead."""
    if settings.search.engine == "embedded":
        return EmbeddedReader(settings.paths.index)
    from lantern.search.meili import MeiliReader, Server  # noqa: PLC0415 - not without a server

    return MeiliReader(Server(settings.search.url, settings.search.search_key))


def enter(catalog, photos, stamp=(1, 1)):
    """Enter described photos as a scan and the workers do; return their ids, in order.

    `stamp` is the size and the time of each file, as `Found` has them.
    """
    now = time.time()
    by_folder = {}
    for photo in photos:
        by_folder.setdefault(photo.folder, []).append(Found(photo.name, *stamp))
    for folder, found in by_folder.items():
        catalog.discover(folder, found, now)
    pending = {file.path: file for file in catalog.pending(now, len(photos))}
    return [
        catalog.described(
            pending[photo.folder + b"/" + photo.name], photo.reading, photo.description, now
        )
        for photo in photos
    ]


def enter_all(catalog, photos, wanted=(), stamp=(1, 1)):
    """Enter all `photos`, bursts as groups; return those at the numbers in `wanted`."""
    kept, leaders, leader, count = [], {}, None, 0
    while some := list(itertools.islice(photos, ENTERED)):
        for photo, number in zip(some, enter(catalog, some, stamp), strict=True):
            leader = leader if photo.follows else number
            leaders[number] = leader
            if count in wanted:
                kept.append(photo)
            count += 1
    similar = SimilarityReader(catalog)
    while waiting := similar.waiting(ENTERED):
        catalog.groups.grouped(waiting, {photo: leaders[photo] for photo, _ in waiting})
    return kept


async def index(publisher, mirror):
    """Send the whole outbox, and compact the index, as the daemon does when no more comes."""
    for outbox in filter(None, (publisher, mirror)):
        while await outbox.publish():
            pass
    await publisher.compact()


def seconds(call, *arguments):
    """Return what `call` returns, and how long it took."""
    begun = time.perf_counter()
    returned = call(*arguments)
    return returned, time.perf_counter() - begun


def keystrokes(page, engine, strokes):
    """Return a row of figures for each of `strokes`: page and engine by turns the first."""
    rows = []
    for number, stroke in enumerate(strokes):
        if number % 2:
            ours = engine_alone(engine, stroke)
        answer, took_ms, cpu_ms = page.timed(stroke.address)
        if not number % 2:
            ours = engine_alone(engine, stroke)
        found, engine_ms, engine_cpu_ms = ours
        if answer["total"] != found.total and not answer["fallback"]:
            raise SystemExit(
                f"{stroke}: {found.total} photos by the engine expected, the page says "
                f"{answer['total']}"
            )
        rows.append(
            {
                "http": took_ms,
                "cpu": cpu_ms,
                "library": answer["took_ms"],
                "engine": engine_ms,
                "engine_cpu": engine_cpu_ms,
                "fallback": answer["fallback"],
            }
        )
    return rows


def engine_alone(engine, stroke):
    """Return what the engine finds, the milliseconds it took, and those of processor time."""
    begun, used = time.perf_counter(), time.process_time()
    found = engine.search(stroke.asked)
    return found, (time.perf_counter() - begun) * 1e3, (time.process_time() - used) * 1e3


async def newcomers(desk, services, page, documents):
    """Return the seconds that a few photos, one after the other, take until the page finds them."""
    took = []
    async with anyio.create_task_group() as group:
        for service in filter(None, services):
            group.start_soon(service.run)
        for number in range(NEWCOMERS):
            await anyio.sleep(0.5)  # it comes alone: what was sent before is settled
            took.append(await _newcomer(desk, page, documents + number, f"newcomer{number}"))
        group.cancel_scope.cancel()
    return took


async def _newcomer(desk, page, number, word):
    begun = time.perf_counter()
    await desk.writer(enter, desk.catalog, [newcomer(number, word)])
    desk.revised.give()
    desk.idle.give()  # no more are coming, as the daemon's workers say
    while not (await anyio.to_thread.run_sync(page.get, f"/api/search?q={word}&limit=1"))["total"]:
        if time.perf_counter() - begun > PATIENCE_S:
            raise SystemExit(f"the page did not find a new photo within {PATIENCE_S:g} s")
        await anyio.sleep(POLL_S)
    return time.perf_counter() - begun


def percentile(values, share):
    """Return the smallest of `values` that `share` of them do not exceed; None for none."""
    ordered = sorted(values)
    if not ordered:
        return None
    return round(ordered[max(0, -int(-len(ordered) * share // 1) - 1)], 2)


def folder_mb(folder):
    """Return the size of the files below `folder`, in megabytes."""
    return round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6, 1)


def measure(folder, asked):
    """Return all figures."""
    file = configured(folder, asked.engine)
    settings = config.load(file)
    settings.paths.state_folder.mkdir()
    catalog = Catalog.open(settings.paths.catalog)
    thumbnails = ThumbnailStore.open(settings.paths.thumbnails)
    embedded = EmbeddedIndex.open(settings.paths.index)
    desk = Desk(catalog, thumbnails)
    server = build.server(settings.search)
    services = Publisher(desk, embedded), Mirror(desk, server) if server else None

    tell(f"entering {asked.documents} photos")
    people = max(asked.queries, asked.visitors)
    wanted = set(range(0, asked.documents, max(asked.documents // people, 1)))
    photos = synthetic_photos(asked.documents, asked.data)
    kept, entering_s = seconds(enter_all, catalog, photos, wanted)
    tell("indexing")
    _, indexing_s = seconds(anyio.run, index, *services)

    draw = random.Random(2)
    draw.shuffle(kept)
    typists = [typed(kept[n % len(kept)], n, draw) for n in range(people)]
    strokes = [stroke for typist in typists[: asked.queries] for stroke in typist]
    engine = bare_engine(settings)
    with served(file, folder / "page.log") as page:
        _, first_ms, _ = page.timed(strokes[0].address)
        engine.search(strokes[0].asked)
        keystrokes(page, engine, strokes[:WARM_UP])
        tell(f"typing {len(strokes)} keys")
        rows = keystrokes(page, engine, strokes)
        one_visitor = page.memory_mb()
        tell("adding photos")
        visible = anyio.run(newcomers, desk, services, page, asked.documents)
        met = None
        if asked.visitors:
            tell(f"{asked.visitors} visitors typing at once")
            met = crowd(page.port, [[s.address for s in t] for t in typists[: asked.visitors]])
        memory = page.memory_mb()
    tell("asking SQLite FTS5 the same")
    photos = synthetic_photos(asked.documents, asked.data)
    peer = peer_figures(*beside(folder / "fts.sqlite3", photos, strokes, engine, PAGE))
    engine.close()
    for resource in filter(None, (server, embedded, thumbnails, catalog)):
        resource.close()
    return {
        "documents": asked.documents,
        "engine": asked.engine,
        "sentences": "people's" if asked.data else "made up",
        "keystrokes": len(rows),
        **typing_figures(rows),
        "fallback_answers": sum(row["fallback"] for row in rows),
        "first_ms": round(first_ms, 1),
        "rss_mb": memory["peak"],
        "rss_one_visitor_mb": one_visitor["peak"],
        "rss_own_mb": memory["own"],
        "rss_files_mb": memory["files"],
        "add_to_visible_s": round(statistics.median(visible), 3),
        "add_to_visible_worst_s": round(max(visible), 3),
        **crowd_figures(asked.visitors, met),
        **peer,
        "index_mb": folder_mb(settings.paths.index),
        "catalog_mb": round(settings.paths.catalog.stat().st_size / 1e6, 1),
        "entering_s": round(entering_s, 1),
        "build_s": round(indexing_s, 1),
        "load_average": round(os.getloadavg()[0], 1),
        "cores": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
    }


def typing_figures(rows):
    """Return the percentiles of what one visitor at a time met."""

    def of(name, share):
        return percentile([row[name] for row in rows], share)

    return {
        "p50_ms": of("http", 0.5),
        "p99_ms": of("http", 0.99),
        "cpu_p50_ms": of("cpu", 0.5),
        "cpu_p99_ms": of("cpu", 0.99),
        "library_p50_ms": of("library", 0.5),
        "engine_p50_ms": of("engine", 0.5),
        "engine_p99_ms": of("engine", 0.99),
        "engine_cpu_p50_ms": of("engine_cpu", 0.5),
        "engine_cpu_p99_ms": of("engine_cpu", 0.99),
        "ratio_to_engine": percentile([row["http"] / row["engine"] for row in rows], 0.5),
        "cpu_ratio_to_engine": percentile([row["cpu"] / row["engine_cpu"] for row in rows], 0.5),
    }


def peer_figures(rows, build_s, megabytes):
    """Return what plain FTS5 and our engine, asked alike, took and found."""
    fts_ms, plain_ms, fts_found, plain_found = zip(*rows, strict=True)
    return {
        "fts_p50_ms": percentile(fts_ms, 0.5),
        "fts_p99_ms": percentile(fts_ms, 0.99),
        "plain_p50_ms": percentile(plain_ms, 0.5),
        "plain_p99_ms": percentile(plain_ms, 0.99),
        "fts_found_percent": round(100 * statistics.mean(fts_found), 1),
        "plain_found_percent": round(100 * statistics.mean(plain_found), 1),
        "fts_build_s": round(build_s, 1),
        "fts_mb": round(megabytes, 1),
    }


def crowd_figures(visitors, met):
    """Return what the crowd met, None for each where there was none."""
    return {
        "visitors": visitors,
        "visitor_answers": len(met.took_ms) if met else None,
        "visitor_errors": len(met.errors) if met else None,
        "visitor_p50_ms": percentile(met.took_ms, 0.5) if met else None,
        "visitor_p99_ms": percentile(met.took_ms, 0.99) if met else None,
        "visitor_answers_per_s": round(len(met.took_ms) / met.seconds, 1) if met else None,
        "visitor_first_error": met.errors[0] if met and met.errors else None,
    }


def tell(doing):
    """Say on standard error what is being done."""
    print(doing, file=sys.stderr)


def main():
    """Measure, and print a table, and with --json one line of JSON at its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--engine", choices=("embedded", "meilisearch"), default="embedded")
    parser.add_argument(
        "--queries", type=int, default=100, help="visitors, one after another (100)"
    )
    parser.add_argument("--visitors", type=int, default=0, help="visitors typing at once (0)")
    parser.add_argument("--data", type=Path, help="folder that holds coco_text, for its sentences")
    parser.add_argument("--json", action="store_true", help="end on one line with one JSON object")
    asked = parser.parse_args()
    if asked.engine == "meilisearch" and not (
        os.environ.get("MEILI_URL") and os.environ.get("MEILI_MASTER_KEY")
    ):
        raise SystemExit(
            "expected a search server in MEILI_URL and MEILI_MASTER_KEY, got none; start one whose "
            "index may be replaced and name it, or measure --engine embedded"
        )
    if min(asked.documents, asked.queries) < 1 or asked.visitors not in range(501):
        raise SystemExit(
            "expected at least 1 document and 1 query and at most 500 visitors, got "
            f"{asked.documents}, {asked.queries} and {asked.visitors}"
        )
    with tempfile.TemporaryDirectory(prefix="lantern-bench-", dir=Path.cwd()) as folder:
        try:
            figures = measure(Path(folder), asked)
        except LanternError as error:
            raise SystemExit(str(error)) from error
    tell_figures(figures, BARS, as_json=asked.json)


if __name__ == "__main__":
    main()
