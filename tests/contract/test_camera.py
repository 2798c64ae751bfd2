"""One suite for every camera: what `hardware.ports.Camera` promises.

The Raspberry Pi's is asked itself where there is one, and else by a model of its library.
"""

from __future__ import annotations

import importlib.util
import io
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from lantern.errors import Unavailable
from lantern.hardware.camera import PiCamera
from lantern.hardware.pictures import PICTURE_S, FileCamera
from lantern.hardware.ports import Camera
from support.picamera import Bench
from support.sightings import Scene, fill, jpeg

PERSON = 100


def nothing() -> None:
    """Do nothing."""


class Rig(msgspec.Struct):
    """A camera, and what may happen to it. `faults` are ways to break and to mend it."""

    camera: Camera
    come: Callable[[], None] | None = None
    faults: tuple[tuple[Callable[[], None], Callable[[], None]], ...] = ()


def files(folder: Path) -> Iterator[Rig]:
    scene = Scene()
    fill(folder, scene.look())
    lost = folder.with_name("lost")

    def mend() -> None:
        fill(folder, scene.look())

    faults = (
        (lambda: folder.rename(lost), lambda: lost.rename(folder)),
        ((folder / "0.jpg").unlink, mend),
    )
    yield Rig(FileCamera(folder), lambda: fill(folder, scene.look(PERSON)), faults)


def modelled(folder: Path) -> Iterator[Rig]:
    bench = Bench()

    def switch(name: str, value: bool) -> Callable[[], None]:
        return lambda: setattr(bench, name, value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "picamera2", bench.module())
        camera = PiCamera(0)
        faults = tuple(
            (switch(name, bad), switch(name, not bad))
            for name, bad in (("frozen", True), ("plugged", False))
        )
        yield Rig(camera, lambda: bench.stand(PERSON), faults)
        camera.close()
        assert not bench.open


def real(folder: Path) -> Iterator[Rig]:
    if importlib.util.find_spec("picamera2") is None:
        pytest.skip("picamera2 is not installed; this wants a Raspberry Pi with a camera")
    camera = PiCamera(0)
    yield Rig(camera)
    camera.close()


@pytest.fixture(params=[files, modelled, real], ids=lambda rig: rig.__name__)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    folder = tmp_path / "seen"
    folder.mkdir()
    yield from request.param(folder)


def test_a_glance_is_a_small_grey_picture(rig: Rig):
    seen = rig.camera.glance()
    assert seen.dtype == np.uint8
    assert seen.shape == (240, 320)
    assert seen.std() > 5


def test_who_comes_is_seen_by_the_next_glance(rig: Rig):
    if rig.come is None:
        pytest.skip("nobody comes on command")
    empty = rig.camera.glance().astype(int)
    rig.come()
    change = np.abs(rig.camera.glance().astype(int) - empty)
    assert change[100:180, PERSON + 10 : PERSON + 60].mean() > 10
    assert change[:, PERSON + 80 :].mean() < 6


def test_a_picture_is_a_jpeg_file_that_can_be_opened(rig: Rig):
    data = rig.camera.picture()
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "JPEG"
        picture.load()


def test_glances_go_on_after_a_picture(rig: Rig):
    rig.camera.glance()
    rig.camera.picture()
    assert rig.camera.glance().shape == (240, 320)


def test_it_may_be_closed_at_any_time_and_is_opened_again(rig: Rig):
    rig.camera.close()
    for _ in range(2):
        rig.camera.glance()
        rig.camera.close()
        rig.camera.close()
        assert rig.camera.picture()


def test_what_is_not_there_or_hangs_is_unavailable_and_may_be_asked_again(rig: Rig):
    if not rig.faults:
        pytest.skip("nothing of it breaks on command")
    for fail, mend in rig.faults:
        rig.camera.glance()
        fail()
        for ask in (rig.camera.glance, rig.camera.picture, rig.camera.glance):
            with pytest.raises(Unavailable) as caught:
                ask()
            assert len(str(caught.value)) > 20
        mend()
        assert rig.camera.picture()
        assert rig.camera.glance().size


def test_several_may_look_at_once(rig: Rig):
    shapes, pictures = [], []

    def look() -> None:
        shapes.extend(rig.camera.glance().shape for _ in range(5))
        pictures.append(rig.camera.picture())

    lookers = [threading.Thread(target=look) for _ in range(4)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    assert shapes == [(240, 320)] * 20
    assert len(pictures) == 4


def test_the_folder_is_seen_picture_by_picture_in_a_loop(tmp_path):
    now = 0.0
    camera = FileCamera(tmp_path, lambda: now)
    scene = Scene()
    fill(tmp_path, *(scene.look(x) for x in (None, 50, 150)))
    (tmp_path / "notes.txt").write_text("none")
    (tmp_path / ".hidden.jpg").write_bytes(b"none")
    told = []
    for number in range(6):
        now = number * PICTURE_S + 0.01
        told.append(camera.picture())
    assert told[:3] == told[3:]
    assert len(set(told)) == 3


def test_a_picture_of_the_folder_that_is_none_is_named(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(jpeg(Scene().look())[:200])
    with pytest.raises(Unavailable, match=r"broken\.jpg"):
        FileCamera(tmp_path).glance()
