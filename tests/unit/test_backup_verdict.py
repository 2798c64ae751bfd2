"""What a file out of an archive says, by size, time, bytes and picture alone."""

from __future__ import annotations

import pytest

from lantern.backup.verdict import Seen, Verdict, drawn, judge
from lantern.catalog.copy import KnownFile
from lantern.imaging.formats import Format
from lantern.model import Fingerprint, PhotoId

BEGAN = 1_000
GOOD, BAD = Fingerprint("a" * 32), Fingerprint("b" * 32)


def seen(
    digest: bytes = b"1", *, size: int = 10, mtime: int = 5, ctime: int = 5, picture: str = GOOD
) -> Seen:
    return Seen(size, mtime, ctime, digest, Fingerprint(picture))


def known(path: bytes = b"a.jpg", photo: int = 1) -> KnownFile:
    return KnownFile(path, Format.JPEG, 10, 5, GOOD, PhotoId(photo))


@pytest.mark.parametrize(
    ("taken", "here", "verdict"),
    [
        (seen(), seen(), Verdict.SAME),
        (seen(), None, Verdict.GONE),
        (seen(), seen(b"2", size=11), Verdict.CHANGED),
        (seen(), seen(b"2", mtime=6, picture=BAD), Verdict.CHANGED),
        # A caption of the same length was written since: time kept, picture the same.
        (seen(), seen(b"2", ctime=BEGAN + 1), Verdict.CHANGED),
        # The disk lost a bit: of the picture, of its metadata; and then somebody set its owner.
        (seen(), seen(b"2", picture=BAD), Verdict.ROTTEN_HERE),
        (seen(), seen(b"2"), Verdict.ROTTEN_HERE),
        (seen(), seen(b"2", ctime=BEGAN + 1, picture=BAD), Verdict.ROTTEN_HERE),
        # What was taken out is not what was described.
        (seen(b"2", picture=BAD), seen(), Verdict.ROTTEN_THERE),
        (seen(b"2", picture=BAD), seen(b"2", picture=BAD), Verdict.SAVED_ROTTEN),
        (seen(b"2", picture=BAD), None, Verdict.SAVED_ROTTEN),
        # It was changed after the catalog's look and before the backup's.
        (seen(b"2", mtime=6, picture=BAD), seen(b"2", mtime=6, picture=BAD), Verdict.SAME),
    ],
)
def test_only_what_differs_while_size_and_time_agree_is_rot(
    taken: Seen, here: Seen | None, verdict: Verdict
) -> None:
    assert judge(taken, here, known(), BEGAN) is verdict


def test_a_sidecar_is_compared_by_its_bytes_alone() -> None:
    plain, other = Seen(3, 5, 5, b"1"), Seen(3, 5, 5, b"2")
    assert judge(plain, plain, None, BEGAN) is Verdict.SAME
    assert judge(plain, other, None, BEGAN) is Verdict.ROTTEN_HERE
    assert judge(plain, Seen(3, 5, BEGAN, b"2"), None, BEGAN) is Verdict.CHANGED


def test_the_lots_are_the_same_for_the_same_seed_and_the_newest_is_always_drawn() -> None:
    files = [known(b"%d.jpg" % number, photo) for number, photo in enumerate((5, 9, 1, 7))]
    assert drawn(files, 2, 1) == drawn(files[::-1], 2, 1)
    for seed in range(20):
        lot = drawn(files, 1, seed)
        assert len(lot) == 2
        assert files[1] in lot
    assert drawn(files, 100, 0) == sorted(files, key=lambda file: file.path)
    assert drawn([], 3, 0) == []
