"""Workers that die, hang or babble: the client, and the ingest behind it, go on."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import anyio
import msgspec
import pytest
from PIL import Image

import photos
from lantern import ipc
from lantern.caption.client import WorkerClient, worker_command
from lantern.caption.protocol import Identify
from lantern.catalog.state import State
from lantern.catalog.store import Catalog
from lantern.catalog.thumbnails import ThumbnailStore
from lantern.config import Photos
from lantern.errors import ConfigError, PhotoError, Unavailable, WorkerLost
from lantern.imaging.formats import sniff
from lantern.ingest.describe import Describer
from lantern.ingest.desk import Desk
from lantern.ingest.reconcile import Reconciler
from lantern.ingest.render import Renderer
from lantern.ingest.scribe import Scribe
from lantern.ingest.turns import Turns
from support.house import photo

ODD_WORKER = Path(__file__).parents[1] / "support" / "odd_worker.py"
FAR = 1e6
"""Seconds; so far ahead every retry is due."""


def odd_worker(root, deadline_s=30.0):
    return WorkerClient([sys.executable, str(ODD_WORKER), str(root)], deadline_s=deadline_s)


def ask(client, call):
    """Return what `call(client)` returns, and whether its child is gone after the context."""

    async def within():
        async with client:
            result = await call(client)
            pid = client.pid
        return result, pid

    result, pid = anyio.run(within)
    assert pid is None or not os.path.exists(f"/proc/{pid}")
    return result


def test_a_worker_answers_and_is_gone_after_the_context(tmp_path):
    photos.put(tmp_path, "a.jpg", photo(1))

    async def dialogue(client):
        identified = await client.identify(b"a.jpg")
        developed = await client.develop(caption=True, thumbnail=True)
        return identified, developed

    identified, developed = ask(odd_worker(tmp_path), dialogue)
    assert identified.size == len(photo(1))
    assert developed.description.caption.sentence == "a photo"
    assert sniff(developed.thumbnail) is not None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("killer.jpg", "identify: worker died, signal 9"),
        ("hanging.jpg", "identify: no answer in 1 s, worker killed"),
        ("babbling.jpg", "identify: worker spoke nonsense"),
    ],
)
def test_a_worker_that_fails_is_lost_with_the_reason_and_replaced(tmp_path, name, reason):
    photos.put(tmp_path, name, photo(1))
    photos.put(tmp_path, "good.jpg", photo(2))

    async def dialogue(client):
        first = (await client.start(), client.pid)[1]
        start = time.monotonic()
        with pytest.raises(WorkerLost, match=reason):
            await client.identify(os.fsencode(name))
        assert time.monotonic() - start < 20
        assert client.pid is None
        await client.identify(b"good.jpg")
        return first, client.pid

    first, second = ask(odd_worker(tmp_path, deadline_s=1 if "hang" in name else 30), dialogue)
    assert first != second


def test_a_worker_killed_while_idle_is_replaced_and_nobody_blamed(tmp_path):
    photos.put(tmp_path, "good.jpg", photo(2))

    async def dialogue(client):
        await client.start()
        os.kill(client.pid, signal.SIGKILL)
        with anyio.fail_after(10):
            await client._process.wait()
        return await client.identify(b"good.jpg")

    assert ask(odd_worker(tmp_path), dialogue).size == len(photo(2))


def test_a_picture_for_the_screen_is_upright_and_no_larger_than_asked(tmp_path):
    photos.put(tmp_path, "lying.jpg", photos.encoded(photos.turned(6), "JPEG", exif=_turned(6)))
    photos.put(tmp_path, "text.jpg", b"no photo")

    async def dialogue(client):
        await client.identify(b"lying.jpg")
        picture = await client.render(b"lying.jpg", 1000, 150)
        with pytest.raises(PhotoError, match=r"text\.jpg: expected a JPEG, found text"):
            await client.render(b"text.jpg", 1000, 150)
        with pytest.raises(Unavailable, match="no photo at hand"):
            await client.develop(caption=True, thumbnail=True)
        return Image.open(io.BytesIO(picture))

    picture = ask(odd_worker(tmp_path), dialogue)
    assert (picture.format, picture.size) == ("JPEG", (200, 150))
    assert not picture.getexif()
    red = picture.getpixel((10, 10))
    assert red[0] > 180 > red[1]


def _turned(orientation):
    exif = Image.Exif()
    exif[photos.ORIENTATION] = orientation
    return exif


@pytest.mark.parametrize("after_its_start", [False, True])
def test_a_worker_whose_daemon_is_gone_ends_without_a_word(tmp_path, after_its_start):
    photos.put(tmp_path, "a.jpg", photo(1))
    worker = subprocess.Popen(
        worker_command(os.fsencode(tmp_path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if after_its_start:
        worker.stdout.read(ipc.payload_length(worker.stdout.read(ipc.HEADER_BYTES)))
    worker.stdout.close()
    worker.stdin.write(ipc.frame(msgspec.msgpack.encode(Identify(b"a.jpg"))))
    worker.stdin.flush()
    assert worker.wait(60) == 0
    assert b"Traceback" not in (told := worker.stderr.read()), told
    assert b"BrokenPipe" not in told


def test_a_photos_fault_costs_no_worker(tmp_path):
    photos.put(tmp_path, "empty.jpg", b"")

    async def dialogue(client):
        await client.start()
        first = client.pid
        with pytest.raises(PhotoError, match="empty"):
            await client.identify(b"empty.jpg")
        with pytest.raises(Unavailable, match="no such file"):
            await client.identify(b"none.jpg")
        return first, client.pid

    first, second = ask(odd_worker(tmp_path), dialogue)
    assert first == second


def test_a_question_that_is_given_up_takes_its_worker_along(tmp_path):
    photos.put(tmp_path, "hanging.jpg", photo(1))
    photos.put(tmp_path, "good.jpg", photo(2))

    async def dialogue(client):
        await client.start()
        with anyio.move_on_after(0.2):
            await client.identify(b"hanging.jpg")
        assert client.pid is None
        return await client.identify(b"good.jpg")

    assert ask(odd_worker(tmp_path), dialogue).size == len(photo(2))


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (["/none/such"], WorkerLost),
        (["true"], WorkerLost),
        (["echo", "this is not a frame, but it is long enough to look like one"], WorkerLost),
        (["printf", r"\0\0\0\3\301\0\0"], WorkerLost),
        (["printf", r"\0\0\0\11\201\244type\242\377\376"], WorkerLost),
    ],
)
def test_a_program_that_is_no_worker_is_lost_with_a_reason(command, error):
    async def dialogue(client):
        with pytest.raises(error, match="start: "):
            await client.start()

    ask(WorkerClient(command, deadline_s=5), dialogue)


def test_a_worker_that_cannot_work_says_why(tmp_path):
    script = (
        "import sys\nfrom lantern.caption import worker\n"
        "from lantern.caption.protocol import Unfit\n"
        "worker.send(sys.stdout.buffer, Unfit('model: no such file'))"
    )

    async def dialogue(client):
        for _ in range(2):
            with pytest.raises(ConfigError, match="model: no such file"):
                await client.start()

    ask(WorkerClient([sys.executable, "-c", script], deadline_s=30), dialogue)


# Behind the client: the catalog learns what a photo cost.


def ingest(root, home, client, *, until):
    """Scan, then describe what asks for work, retries at once, until `until(catalog)`."""

    async def within():
        desk = Desk(Catalog.open(home / "catalog"), ThumbnailStore.open(home / "thumbnails"))
        reconciler = Reconciler(Photos(root=str(root), settle_s=0.1), desk)
        describer = Describer(desk, reconciler.look_again)
        async with client:
            while not until(desk.catalog):
                await reconciler.scan()
                for file in desk.catalog.pending(time.time() + FAR, 100):
                    await describer.describe(client, file)
        problems = {p.path: (p.state, p.reason) for p in desk.catalog.read.problems()}
        counts = desk.catalog.read.counts()
        desk.thumbnails.close()
        desk.catalog.close()
        return counts, problems

    return anyio.run(within)


def test_a_photo_that_kills_or_hangs_two_workers_is_quarantined_and_the_others_described(tmp_path):
    root = tmp_path / "photos"
    for number, name in enumerate(["a.jpg", "hanging.jpg", "killer.jpg", "z.jpg"]):
        photos.put(root, name, photo(number))
    counts, problems = ingest(
        root,
        tmp_path,
        odd_worker(root, deadline_s=2),
        until=lambda catalog: catalog.read.counts().failed == 2,
    )
    assert counts.captioned == 2
    assert problems == {
        b"killer.jpg": (
            State.FAILED,
            "quarantined after 2 workers: identify: worker died, signal 9",
        ),
        b"hanging.jpg": (
            State.FAILED,
            "quarantined after 2 workers: identify: no answer in 2 s, worker killed",
        ),
    }


def test_a_file_is_tried_again_in_time_though_another_worker_waits_for_new_ones(tmp_path):
    root = tmp_path / "photos"
    photos.put(root, "killer.jpg", photo(1))
    os.utime(root / "killer.jpg", (10**9, 10**9))

    async def within():
        desk = Desk(
            Catalog.open(tmp_path / "catalog"), ThumbnailStore.open(tmp_path / "thumbnails")
        )
        reconciler = Reconciler(Photos(root=str(root)), desk)
        describer = Describer(desk, reconciler.look_again)
        turns = Turns(desk, describer, Scribe(desk, "off"), Renderer(desk))
        async with (
            odd_worker(root) as one,
            odd_worker(root) as other,
            anyio.create_task_group() as group,
        ):
            group.start_soon(turns.run, one)
            group.start_soon(turns.run, other)
            with anyio.fail_after(60):
                await _until(lambda: one.ready and other.ready)
                await reconciler.scan()
                await _until(lambda: desk.catalog.read.counts().failed)
            group.cancel_scope.cancel()
        desk.thumbnails.close()
        desk.catalog.close()

    anyio.run(within)


async def _until(met):
    while not met():  # noqa: ASYNC110 - of what is met, nobody tells
        await anyio.sleep(0.1)
