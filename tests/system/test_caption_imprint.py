"""The worker writes what it found into photos, and takes it from there instead of inferring."""

import os
import sys
from pathlib import Path

import anyio
import pytest

import photos
from lantern.caption.client import WorkerClient
from lantern.errors import PhotoError, Unavailable
from lantern.imaging.sidecar import stamp
from support.inscribing import MODELS, PERSONS, SENTENCE, UMLAUTS

ODD_WORKER = Path(__file__).parents[1] / "support" / "odd_worker.py"


def ask(root: Path, dialogue):
    """Return what `dialogue` with a worker returns that is the real one but for its model."""

    async def within():
        async with WorkerClient([sys.executable, str(ODD_WORKER), str(root)], deadline_s=30) as one:
            return await dialogue(one)

    return anyio.run(within)


async def describe(client: WorkerClient, name: str, **asked: bool):
    identified = await client.identify(os.fsencode(name))
    return identified, await client.develop(**{"caption": True, "thumbnail": False, **asked})


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "JPEG"), ("a.heic", "HEIF")])
def test_a_description_is_inferred_once_and_then_carried_by_the_file(tmp_path, name, kind):
    photos.put(tmp_path, name, photos.encoded(photos.picture(), kind))

    async def dialogue(client):
        identified, before = await describe(client, name)
        written = await client.inscribe(
            os.fsencode(name), identified.size, identified.mtime_ns, MODELS, sidecar=False
        )
        return identified, before, written, *await describe(client, name)

    old, before, written, new, after = ask(tmp_path, dialogue)
    assert before.imprint is None
    assert before.description.caption.sentence == "a photo"
    assert "caption" in before.stages_ms
    assert (written.size, written.mtime_ns, written.sidecar) == (
        new.size,
        new.mtime_ns,
        new.sidecar,
    )
    assert new.fingerprint == old.fingerprint
    assert after.imprint == MODELS
    assert after.description == MODELS.description
    assert "caption" not in after.stages_ms, "nothing was inferred"
    assert after.metadata.human_caption is None
    assert (new.sidecar != 0) == (kind == "HEIF")


def test_a_person_s_sentence_is_carried_with_what_the_model_said(tmp_path):
    photos.put(tmp_path, "a.jpg", photos.jpeg())
    status = (tmp_path / "a.jpg").stat()

    async def dialogue(client):
        await client.inscribe(b"a.jpg", status.st_size, status.st_mtime_ns, PERSONS, sidecar=True)
        return await describe(client, "a.jpg")

    identified, developed = ask(tmp_path, dialogue)
    beside = (tmp_path / "a.jpg.xmp").stat()
    assert identified.sidecar == stamp(beside.st_size, beside.st_mtime_ns)
    assert developed.imprint == PERSONS
    assert developed.metadata.human_caption == UMLAUTS
    assert developed.description.caption.sentence == SENTENCE


def test_the_model_is_asked_all_the_same_if_it_is_to_be_asked_afresh(tmp_path):
    photos.put(tmp_path, "a.jpg", photos.jpeg())
    status = (tmp_path / "a.jpg").stat()

    async def dialogue(client):
        await client.inscribe(b"a.jpg", status.st_size, status.st_mtime_ns, MODELS, sidecar=False)
        _, afresh = await describe(client, "a.jpg", afresh=True)
        _, nothing = await describe(client, "a.jpg", caption=False)
        return afresh, nothing

    afresh, nothing = ask(tmp_path, dialogue)
    assert afresh.imprint == MODELS
    assert afresh.description.caption.sentence == "a photo"
    assert nothing.imprint == MODELS
    assert nothing.description is None


def test_what_cannot_be_written_is_refused_or_delayed_and_the_worker_goes_on(tmp_path):
    photos.put(tmp_path, "a.jpg", photos.jpeg())
    photos.put(tmp_path, "linked.jpg", photos.jpeg())
    os.link(tmp_path / "linked.jpg", tmp_path / "again.jpg")
    status, linked = (tmp_path / "a.jpg").stat(), (tmp_path / "linked.jpg").stat()

    async def dialogue(client):
        await client.identify(b"a.jpg")
        pid = client.pid
        with pytest.raises(Unavailable, match=r"a\.jpg: changed since it was described"):
            await client.inscribe(b"a.jpg", 1, 1, MODELS, sidecar=False)
        with pytest.raises(PhotoError, match=r"linked\.jpg: 2 names for one file"):
            await client.inscribe(
                b"linked.jpg", linked.st_size, linked.st_mtime_ns, MODELS, sidecar=False
            )
        with pytest.raises(Unavailable, match="identify it first"):
            await client.develop(caption=True, thumbnail=False)
        with pytest.raises(Unavailable, match=r"none\.jpg: .*no such file"):
            await client.inscribe(b"none.jpg", 1, 1, MODELS, sidecar=False)
        await client.inscribe(b"a.jpg", status.st_size, status.st_mtime_ns, MODELS, sidecar=False)
        return pid == client.pid

    assert ask(tmp_path, dialogue)


def test_a_developed_picture_tells_its_sharpness_at_thumbnail_size(tmp_path):
    photos.put(tmp_path, "sharp.jpg", photos.jpeg(2000, 1500))
    photos.put(
        tmp_path, "blurred.jpg", photos.encoded(photos.picture(8, 6).resize((2000, 1500)), "JPEG")
    )
    photos.put(tmp_path, "sharp.tif", photos.encoded(photos.picture(2000, 1500), "TIFF"))

    async def dialogue(client):
        names = ("sharp.jpg", "blurred.jpg", "sharp.tif")
        return [(await describe(client, name, thumbnail=True))[1].sharpness for name in names]

    sharp, blurred, other = ask(tmp_path, dialogue)
    assert sharp > 2 * blurred > 0
    assert other == pytest.approx(sharp, rel=0.5), "previews are measured at the thumbnail's size"
