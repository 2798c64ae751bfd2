"""Pictures for the screen: made once, few kept, never half there, nobody waited for too long."""

import anyio
import pytest

from lantern.errors import PhotoError, StateUnavailable, Unavailable
from lantern.kiosk import slides as module
from lantern.kiosk.slides import KEPT, Slides
from lantern.model import Fingerprint


class Screen:
    """Slides below `folder`; `fate` maps a path to the error that its picture ends with."""

    def __init__(self, folder, **fate):
        self.folder = folder / "run" / "pictures"
        self.fate = fate
        self.rendered = []
        self.slides = Slides(self.folder, self._render, lambda: (1920, 1080))

    def make(self, number=1, paths=(b"a.jpg",)):
        return anyio.run(self.slides.make, fingerprint(number), paths)

    async def _render(self, path, width, height):
        self.rendered.append(path)
        match self.fate.get(path.decode().removesuffix(".jpg")):
            case None:
                await anyio.sleep(0.001)
            case Exception() as error:
                raise error
            case seconds:
                await anyio.sleep(seconds)
        return b"%s %d %d" % (path, width, height)


def fingerprint(number):
    return Fingerprint(f"{number:032x}")


@pytest.fixture
def screen(tmp_path):
    return lambda **fate: Screen(tmp_path, **fate)


def test_a_slide_is_made_once_and_lies_where_the_player_finds_it(screen):
    shown = screen()
    first, second = shown.make(), shown.make()
    assert first == second == shown.folder / f"{fingerprint(1)}-1920x1080.jpg"
    assert first.read_bytes() == b"a.jpg 1920 1080"
    assert shown.rendered == [b"a.jpg"]


def test_few_slides_are_kept_those_wanted_last(screen):
    shown = screen()
    shown.folder.mkdir(parents=True)
    half = shown.folder / f"{fingerprint(99)}-1920x1080.jpg.new"
    half.write_bytes(b"what a killed daemon left")
    foreign = shown.folder / "grab.png"
    foreign.write_bytes(b"another part's")
    first = shown.make(0)
    for number in range(1, KEPT + 4):
        shown.make(number)
        shown.make(0)
    assert first.exists()
    assert not half.exists()
    assert foreign.exists()
    assert len(list(shown.folder.glob("*.jpg"))) == KEPT


def test_a_copy_serves_where_the_first_file_cannot(screen):
    shown = screen(gone=Unavailable("gone.jpg: no such file"))
    assert shown.make(paths=[b"gone.jpg", b"copy.jpg"]).read_bytes().startswith(b"copy.jpg")
    assert shown.slides.trouble == ""


@pytest.mark.parametrize(
    ("paths", "error", "reason"),
    [
        ([b"bad.jpg", b"gone.jpg"], Unavailable, "no such file"),
        ([b"bad.jpg"], PhotoError, "truncated"),
        ([], PhotoError, "no file holds it"),
        ([b"slow.jpg", b"good.jpg"], Unavailable, "no worker made the picture in 0.1 s"),
    ],
)
def test_what_cannot_be_made_says_why_and_whether_it_may_be_later(
    screen, monkeypatch, paths, error, reason
):
    monkeypatch.setattr(module, "PATIENCE_S", 0.1)
    shown = screen(
        bad=PhotoError("bad.jpg: truncated"), gone=Unavailable("gone.jpg: no such file"), slow=60
    )
    with pytest.raises(error, match=reason) as raised:
        shown.make(paths=paths)
    assert isinstance(raised.value, Unavailable) is (error is Unavailable)
    assert bool(shown.slides.trouble) is (error is Unavailable)
    shown.make(paths=[b"good.jpg"])
    assert shown.slides.trouble == ""


def test_a_folder_that_cannot_be_written_is_told_with_what_to_do(screen, tmp_path):
    (tmp_path / "run").write_text("a file where the folder should be")
    shown = screen()
    with pytest.raises(StateUnavailable, match=r"cannot be kept in .*paths\.runtime"):
        shown.make()
    assert "Not a directory" in shown.slides.trouble
    (tmp_path / "run").unlink()
    assert shown.make().exists()


def test_what_nobody_is_to_see_any_more_is_removed_in_every_size(screen):
    shown = screen()
    first, other = shown.make(1), shown.make(2)
    larger = first.with_name(first.name.replace("1080", "2160"))
    larger.write_bytes(b"made for another screen")
    anyio.run(shown.slides.forget, fingerprint(1))
    assert [path.exists() for path in (first, larger, other)] == [False, False, True]
    anyio.run(shown.slides.forget, fingerprint(3))
