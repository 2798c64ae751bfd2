"""What is kept of a file that gets a caption, and what is refused, on a real disk."""

import contextlib
import errno
import fcntl
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import photos
from lantern.errors import PhotoError, Unavailable
from lantern.imaging import replace
from lantern.imaging.inscribe import inscribe
from lantern.imaging.replace import hold, is_temporary, overwrite, sweep
from lantern.imaging.sidecar import stamp
from lantern.model import Imprint
from support.inscribing import DESCRIPTION, MODELS, PERSONS, SENTENCE, UMLAUTS, look, write
from support.samples import FOREIGN_XMP, SAMPLES

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: wants root")
NOBODY = 2**32 - 1
ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", *entry)
    for entry in ((1, 6, NOBODY), (2, 4, 1234), (4, 4, NOBODY), (16, 4, NOBODY), (32, 0, NOBODY))
)
"""user::rw-, user:1234:r--, group::r--, mask::r--, other::---, as acl(5) stores it."""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    photos.put(tmp_path, "a.jpg", photos.jpeg())
    return tmp_path / "a.jpg"


def attributes(path: Path) -> dict[str, bytes]:
    return {name: os.getxattr(path, name) for name in os.listxattr(path)}


def unchanged(folder: Path, before: bytes) -> bool:
    return os.listdir(folder) == ["a.jpg"] and (folder / "a.jpg").read_bytes() == before


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o777, 0o4755, 0o220])
def test_mode_and_times_are_kept(photo: Path, mode: int) -> None:
    photo.chmod(mode)
    os.utime(photo, ns=(1_500_000_000_123_456_789, 1_400_000_000_987_654_321))
    written = write(photo.parent, "a.jpg")
    status = photo.stat()
    assert status.st_mode & 0o7777 == mode
    assert status.st_mtime_ns == written.mtime_ns == 1_400_000_000_987_654_321
    assert status.st_size == written.size


def test_the_time_of_the_last_access_is_kept(photo: Path) -> None:
    os.utime(photo, ns=(2_500_000_000_123_456_789, 1_400_000_000_987_654_321))
    write(photo.parent, "a.jpg")
    assert photo.stat().st_atime_ns == 2_500_000_000_123_456_789


def test_extended_attributes_and_access_lists_are_kept(photo: Path) -> None:
    photo.chmod(0o640)
    os.setxattr(photo, "user.xdg.tags", b"Hund,\0Schnee")
    os.setxattr(photo, "system.posix_acl_access", ACL)
    before = attributes(photo)
    assert set(before) >= {"user.xdg.tags", "system.posix_acl_access"}
    write(photo.parent, "a.jpg")
    assert attributes(photo) == before


def test_an_access_list_that_the_folder_gives_to_new_files_is_not_given_to_an_old_one(
    photo: Path,
) -> None:
    os.setxattr(photo.parent, "system.posix_acl_default", ACL)
    mode = photo.stat().st_mode
    write(photo.parent, "a.jpg")
    assert attributes(photo) == {}
    assert photo.stat().st_mode == mode


@ROOT
def test_the_owner_is_kept(photo: Path) -> None:
    os.chown(photo, 1234, 4321)
    photo.chmod(0o6754)
    write(photo.parent, "a.jpg")
    assert (photo.stat().st_uid, photo.stat().st_gid) == (1234, 4321)
    assert photo.stat().st_mode & 0o7777 == 0o6754


@ROOT
def test_a_new_sidecar_belongs_to_the_photos_owner_and_is_no_program(photo: Path) -> None:
    os.chown(photo, 1234, 4321)
    photo.chmod(0o750)
    write(photo.parent, "a.jpg", sidecar=True)
    status = (photo.parent / "a.jpg.xmp").stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (1234, 4321, 0o640)


def as_user(folder: Path, sidecar: bool) -> str:
    """Write as another user than root, in a process of its own; return what became of it."""
    script = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from support.inscribing import write
from lantern.errors import PhotoError
os.setgroups([]); os.setgid(4321); os.setuid(1234)
try:
    write({str(folder)!r}, "a.jpg", sidecar={sidecar})
    print("written")
except PhotoError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder that another user may write to, down from the root."""
    folder = tmp_path_factory.mktemp("shared")
    opened = [
        parent for parent in (folder, *folder.parents) if parent.stat().st_uid == os.geteuid()
    ]
    modes = {parent: parent.stat().st_mode & 0o7777 for parent in opened}
    for parent, mode in modes.items():
        parent.chmod(mode | 0o001)
    folder.chmod(0o777)
    photos.put(folder, "a.jpg", photos.jpeg())
    yield folder
    for parent, mode in modes.items():
        parent.chmod(mode)


@ROOT
@pytest.mark.parametrize(
    ("mode", "sidecar", "outcome"),
    [
        (0o666, False, "its owner 0:0 cannot be kept"),
        (0o644, False, "read-only"),
        (0o644, True, "written"),
    ],
)
def test_another_users_photo_is_left_alone_but_may_get_a_sidecar(
    shared: Path, mode: int, sidecar: bool, outcome: str
) -> None:
    (shared / "a.jpg").chmod(mode)
    before = (shared / "a.jpg").read_bytes()
    assert outcome in as_user(shared, sidecar)
    assert (shared / "a.jpg").read_bytes() == before
    assert set(os.listdir(shared)) <= {"a.jpg", "a.jpg.xmp"}
    assert (shared / "a.jpg.xmp").exists() == sidecar


@ROOT
def test_a_folder_that_may_not_be_written_to_is_a_reason(shared: Path) -> None:
    os.chown(shared / "a.jpg", 1234, 4321)
    shared.chmod(0o755)
    assert "its folder cannot be written to (permission denied)" in as_user(shared, False)
    assert os.listdir(shared) == ["a.jpg"]


def test_hard_links_are_refused_and_stay_together(photo: Path) -> None:
    os.link(photo, photo.parent / "b.jpg")
    with pytest.raises(PhotoError, match=r"^a\.jpg: 2 names for one file \(hard links\)"):
        write(photo.parent, "a.jpg")
    assert photo.samefile(photo.parent / "b.jpg")
    write(photo.parent, "a.jpg", sidecar=True)
    assert look(photo.parent, "a.jpg").imprint == MODELS


def test_a_read_only_photo_is_refused_even_to_root(photo: Path) -> None:
    photo.chmod(0o444)
    before = photo.read_bytes()
    with pytest.raises(PhotoError, match=r"read-only \(-r--r--r--\); allow .*chmod u\+w"):
        write(photo.parent, "a.jpg")
    assert unchanged(photo.parent, before)


@contextlib.contextmanager
def immutable(path: Path) -> Iterator[None]:
    def set_flags(flags: int) -> None:
        with open(path, "rb") as file:
            fcntl.ioctl(file, 0x40086602, struct.pack("l", flags))

    try:
        set_flags(0x10)
    except OSError as error:
        pytest.skip(f"NOT TESTED: no immutable files here ({errno.errorcode[error.errno]})")
    yield
    set_flags(0)


def test_an_immutable_photo_is_refused(photo: Path) -> None:
    before = photo.read_bytes()
    with immutable(photo), pytest.raises(PhotoError, match=r"marked immutable.*chattr -i"):
        write(photo.parent, "a.jpg")
    assert unchanged(photo.parent, before)


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_plain_file_is_refused(photo: Path, kind: str) -> None:
    target = photo.parent / "b.jpg"
    match kind:
        case "link":
            target.symlink_to(photo)
        case "folder":
            target.mkdir()
        case "pipe":
            os.mkfifo(target)
    with pytest.raises(PhotoError, match=r"b\.jpg: expected a plain file"):
        inscribe(os.fsencode(photo.parent), b"b.jpg", 1, 1, MODELS, sidecar=False)


def test_a_photo_that_changed_since_it_was_described_waits(photo: Path) -> None:
    status = photo.stat()
    for size, mtime_ns in ((status.st_size + 1, status.st_mtime_ns), (status.st_size, 5)):
        with pytest.raises(Unavailable, match="changed since it was described"):
            inscribe(os.fsencode(photo.parent), b"a.jpg", size, mtime_ns, MODELS, sidecar=False)


@pytest.mark.parametrize("how", ["rewritten", "replaced", "touched", "gone"])
def test_a_photo_that_changes_while_it_is_written_wins(photo: Path, how: str) -> None:
    folder = os.open(photo.parent, os.O_RDONLY)
    try:
        held = hold(folder, b"a.jpg", 10**6)
        match how:
            case "rewritten":
                photo.write_bytes(b"somebody's new picture")
            case "replaced":
                (photo.parent / "new").write_bytes(held.data)
                (photo.parent / "new").rename(photo)
            case "touched":
                photo.chmod(0o600)
            case "gone":
                photo.unlink()
        there = {entry.name: Path(entry).read_bytes() for entry in os.scandir(photo.parent)}
        with pytest.raises(Unavailable):
            overwrite(folder, held, b"Lantern's")
    finally:
        os.close(folder)
    assert {e.name: Path(e).read_bytes() for e in os.scandir(photo.parent)} == there


def test_a_persons_sentence_is_not_overwritten_by_a_models_but_by_a_persons(photo: Path) -> None:
    photo.write_bytes(photos.annotated(photos.jpeg(), {"Exif.Image.ImageDescription": "Rex"}))
    for sidecar in (False, True):
        with pytest.raises(PhotoError, match="a person's sentence stands in it"):
            write(photo.parent, "a.jpg", sidecar=sidecar)
    write(photo.parent, "a.jpg", PERSONS)
    assert look(photo.parent, "a.jpg").metadata.human_caption == UMLAUTS
    with pytest.raises(PhotoError, match="a person's sentence stands in it"):
        write(photo.parent, "a.jpg", MODELS)


@pytest.mark.parametrize("before", [False, True], ids=["was embedded", "was beside"])
@pytest.mark.parametrize("after", [False, True], ids=["embeds", "beside"])
def test_what_a_person_wrote_by_another_program_comes_back_when_its_successors_are_withdrawn(
    photo: Path, before: bool, after: bool
) -> None:
    grandma = "Grandma at the <lake> & Größe"
    xmp = {"Xmp.dc.description": {"x-default": grandma}}
    photo.write_bytes(
        photos.annotated(photos.jpeg(), {"Exif.Image.ImageDescription": "G"}, {}, xmp)
    )
    assert write(photo.parent, "a.jpg", PERSONS, sidecar=before).replaced == grandma
    last = msgspec.structs.replace(PERSONS, sentence="Rex")
    assert write(photo.parent, "a.jpg", last, sidecar=before).replaced == grandma
    assert look(photo.parent, "a.jpg").imprint == msgspec.structs.replace(last, replaced=grandma)
    with pytest.raises(PhotoError, match="a person's sentence stands in it"):
        write(photo.parent, "a.jpg", MODELS, withdrawn=UMLAUTS)
    written = write(photo.parent, "a.jpg", MODELS, sidecar=after, withdrawn="Rex")
    assert (written.replaced, written.restored) == (None, grandma)
    found = look(photo.parent, "a.jpg")
    assert (found.imprint, found.metadata.human_caption) == (MODELS, grandma)
    with pytest.raises(PhotoError, match="a person's sentence stands in it"):
        write(photo.parent, "a.jpg", MODELS, withdrawn="Rex")


def test_a_sentence_that_a_person_gave_though_it_stood_already_is_theirs_when_withdrawn(
    photo: Path,
) -> None:
    described = photos.annotated(photos.jpeg(), {"Exif.Image.ImageDescription": UMLAUTS})
    photo.write_bytes(described)
    assert write(photo.parent, "a.jpg", PERSONS).replaced == UMLAUTS
    assert write(photo.parent, "a.jpg", MODELS, withdrawn=UMLAUTS).restored == UMLAUTS
    assert look(photo.parent, "a.jpg").metadata.human_caption == UMLAUTS


def test_what_is_no_sentence_in_a_mark_replaced_nothing(photo: Path) -> None:
    photo.write_bytes(photos.annotated(photos.jpeg(), {"Exif.Image.ImageDescription": "Grandma"}))
    write(photo.parent, "a.jpg", PERSONS, sidecar=True)
    sidecar = photo.parent / "a.jpg.xmp"
    for spoiled, read in (
        (b"  ", None),
        (b"DSC_0042", None),
        (b"x" * 9000, "x" * 2000),
        (b"two\nlines", "two lines"),
    ):
        before = sidecar.read_bytes()
        sidecar.write_bytes(before.replace(b":replaced>Grandma<", b":replaced>" + spoiled + b"<"))
        imprint = look(photo.parent, "a.jpg").imprint
        assert imprint is not None
        assert imprint.replaced == read
        sidecar.write_bytes(before)


@pytest.mark.parametrize("before", [False, True], ids=["was embedded", "was beside"])
@pytest.mark.parametrize("after", [False, True], ids=["embeds", "beside"])
def test_a_persons_sentence_that_was_taken_back_stands_nowhere_any_more(
    photo: Path, before: bool, after: bool
) -> None:
    write(photo.parent, "a.jpg", PERSONS, sidecar=before)
    write(photo.parent, "a.jpg", MODELS, sidecar=after, withdrawn=UMLAUTS)
    found = look(photo.parent, "a.jpg")
    assert found.imprint == MODELS
    assert found.metadata.human_caption is None
    for entry in os.scandir(photo.parent):
        assert "Größe".encode() not in Path(entry).read_bytes()


def test_a_sentence_given_again_is_written_again_after_another_program_changed_it(
    photo: Path,
) -> None:
    write(photo.parent, "a.jpg", PERSONS, sidecar=True)
    sidecar = photo.parent / "a.jpg.xmp"
    before = sidecar.read_bytes()
    said = UMLAUTS.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
    sidecar.write_bytes(before.replace(said, b"Rex", 1))
    assert look(photo.parent, "a.jpg").metadata.human_caption == "Rex"
    write(photo.parent, "a.jpg", PERSONS, sidecar=True)
    assert look(photo.parent, "a.jpg").metadata.human_caption == UMLAUTS
    assert (
        sidecar.read_bytes().replace(b"<lantern:replaced>Rex</lantern:replaced>\n", b"") == before
    )


def test_what_a_camera_writes_by_itself_is_overwritten(photo: Path) -> None:
    photo.write_bytes(photos.annotated(photos.jpeg(), {"Exif.Image.ImageDescription": "SONY DSC"}))
    write(photo.parent, "a.jpg")
    assert SENTENCE.encode() in photo.read_bytes()
    assert b"SONY DSC" in photo.read_bytes(), "no byte of EXIF is moved or lost"


@pytest.mark.parametrize(
    "imprint",
    [
        Imprint("two\nlines", person=True, description=DESCRIPTION),
        Imprint("", person=True, description=DESCRIPTION),
        Imprint("DSC_0012", person=True, description=DESCRIPTION),
        Imprint("x" * 2001, person=True, description=DESCRIPTION),
        msgspec.structs.replace(
            MODELS, description=msgspec.structs.replace(DESCRIPTION, tags=DESCRIPTION.tags * 40)
        ),
    ],
)
def test_what_could_not_be_read_back_is_not_written(photo: Path, imprint: Imprint) -> None:
    before = photo.read_bytes()
    with pytest.raises(PhotoError, match="not one clean sentence"):
        write(photo.parent, "a.jpg", imprint)
    assert unchanged(photo.parent, before)


# Sidecars.


def test_a_sidecar_of_another_program_keeps_all_that_it_says(photo: Path) -> None:
    sidecar = photo.parent / "a.jpg.XMP"
    sidecar.write_bytes(FOREIGN_XMP)
    written = write(photo.parent, "a.jpg", sidecar=True)
    head, tail = FOREIGN_XMP.split(b"</rdf:RDF>")
    now = sidecar.read_bytes()
    assert now.startswith(head)
    assert now.endswith(tail)
    assert sorted(os.listdir(photo.parent)) == ["a.jpg", "a.jpg.XMP"]
    assert written.sidecar == stamp(sidecar.stat().st_size, sidecar.stat().st_mtime_ns)


def test_a_sidecar_that_holds_the_old_sentence_is_refreshed_with_the_photo(photo: Path) -> None:
    write(photo.parent, "a.jpg", sidecar=True)
    other = Imprint("a cat sleeps", person=False, description=DESCRIPTION)
    write(photo.parent, "a.jpg", other)
    assert look(photo.parent, "a.jpg").imprint == other
    assert look(photo.parent, "a.jpg").metadata.human_caption is None
    assert b"a cat sleeps" in photo.read_bytes()
    assert b"a cat sleeps" in (photo.parent / "a.jpg.xmp").read_bytes()


def test_a_sidecar_without_a_caption_is_left_alone_where_the_photo_takes_it(photo: Path) -> None:
    sidecar = photo.parent / "a.jpg.xmp"
    sidecar.write_bytes(FOREIGN_XMP)
    assert write(photo.parent, "a.jpg").sidecar
    assert sidecar.read_bytes() == FOREIGN_XMP
    assert SENTENCE.encode() in photo.read_bytes()


def test_a_sidecar_that_says_a_persons_sentence_is_kept(photo: Path) -> None:
    described = FOREIGN_XMP.replace(b"d:format=", b"d:description='Rex on ice' d:format=")
    (photo.parent / "a.jpg.xmp").write_bytes(described)
    assert look(photo.parent, "a.jpg").metadata.human_caption == "Rex on ice"
    with pytest.raises(PhotoError, match="a person's sentence stands in it"):
        write(photo.parent, "a.jpg")
    write(photo.parent, "a.jpg", PERSONS)
    now = (photo.parent / "a.jpg.xmp").read_bytes()
    expected = msgspec.structs.replace(PERSONS, replaced="Rex on ice")
    assert look(photo.parent, "a.jpg").imprint == expected
    assert b"d:description='Rex on ice'" not in now
    assert b"""d:format='a "b" > c'""" in now
    assert b"no d:description='x' here" in now


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<broken", "cannot be changed safely: its XMP is not well-formed"),
        (b"", "no file that Lantern can read"),
        (FOREIGN_XMP.decode().encode("utf-16"), "not in UTF-8"),
        (b'<?xml version="1.0" encoding="latin-1"?>' + FOREIGN_XMP[53:], "latin-1, not UTF-8"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + FOREIGN_XMP[53:], "declares a document type"),
        (b"<a/>", "no rdf:RDF"),
    ],
)
def test_a_sidecar_that_cannot_be_followed_is_left_alone(
    photo: Path, content: bytes, reason: str
) -> None:
    sidecar = photo.parent / "a.jpg.xmp"
    sidecar.write_bytes(content)
    with pytest.raises(PhotoError, match=f"its sidecar a.jpg.xmp .*{reason}"):
        write(photo.parent, "a.jpg", sidecar=True)
    assert sidecar.read_bytes() == content
    write(photo.parent, "a.jpg")
    assert sidecar.read_bytes() == content


def test_a_sidecar_that_is_a_link_is_neither_read_nor_written(photo: Path) -> None:
    (photo.parent / "secret").write_bytes(FOREIGN_XMP.replace(b"d:format", b"d:description"))
    (photo.parent / "a.jpg.xmp").symlink_to("secret")
    assert look(photo.parent, "a.jpg").metadata.human_caption is None
    with pytest.raises(PhotoError, match="no file that Lantern can read"):
        write(photo.parent, "a.jpg", sidecar=True)


# What is left behind.


def test_the_leftovers_of_a_killed_write_are_swept_and_nothing_else(tmp_path: Path) -> None:
    left = [".lantern-0123456789abcdef.tmp", ".lantern-ffffffffffffffff.tmp"]
    kept = [".lantern-0123456789abcdeg.tmp", ".lantern-0123456789abcdef.tmp2", "a.jpg", ".a.tmp"]
    for name in (*left, *kept):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".lantern-00000000000000aa.tmp").mkdir()
    (tmp_path / ".lantern-00000000000000bb.tmp").symlink_to(tmp_path / "a.jpg")
    assert sweep(os.fsencode(tmp_path)) == len(left)
    others = [".lantern-00000000000000aa.tmp", ".lantern-00000000000000bb.tmp"]
    assert sorted(os.listdir(tmp_path)) == sorted([*kept, *others])


def test_a_write_that_fails_at_any_step_leaves_nothing_behind(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = photo.read_bytes()
    for step in ("write", "fchmod", "utime", "fsync", "rename"):
        names: list[bytes] = []

        def fail(*arguments: object, names: list[bytes] = names, **_: object) -> None:
            names.extend(n for n in os.listdir(os.fsencode(photo.parent)) if is_temporary(n))
            raise OSError(errno.EIO, "the disk is failing")

        with monkeypatch.context() as patched:
            patched.setattr(replace.os, step, fail)
            with pytest.raises(Unavailable, match="input/output error; tried again"):
                write(photo.parent, "a.jpg")
        assert len(names) == 1, f"{step} was reached with a temporary file there"
        assert unchanged(photo.parent, before)


def test_no_descriptor_stays_open(photo: Path) -> None:
    write(photo.parent, "a.jpg")
    before = len(os.listdir("/proc/self/fd"))
    write(photo.parent, "a.jpg", PERSONS)
    write(photo.parent, "a.jpg", PERSONS, sidecar=True)
    photo.chmod(0o444)
    for imprint in (MODELS, PERSONS):
        with contextlib.suppress(PhotoError):
            write(photo.parent, "a.jpg", imprint)
    assert len(os.listdir("/proc/self/fd")) == before


def test_exiv2_is_given_bytes_and_no_name(photo: Path) -> None:
    folder = Path(replace.__file__).parent / "metadata"
    opens = [
        m
        for f in folder.glob("*.py")
        for m in re.findall(r"ImageFactory\.\w+\((\w+)", f.read_text())
    ]
    assert opens
    assert set(opens) == {"data"}


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        ("sony.jpg", "its maker note may refer to them"),
        ("signed.jpg", "it may be signed"),
        ("full.jpg", "larger than JPEG allows"),
        ("old-exif.png", "old program's text chunk"),
        ("big.tif", "does not begin as EXIF does"),
        ("pyramid.tif", "its fingerprint would change"),
        ("phone.heic", None),
        ("sensor.dng", None),
        ("plain.gif", None),
    ],
)
def test_what_cannot_be_embedded_gets_a_sidecar_beside_the_untouched_file_and_tells_why(
    tmp_path: Path, name: str, remark: str | None
) -> None:
    photos.put(tmp_path, name, SAMPLES[name]())
    before = (tmp_path / name).stat()
    written = write(tmp_path, name)
    if remark is None:
        assert written.remark is None, "the format never takes it"
    else:
        assert remark in str(written.remark)
    assert (tmp_path / f"{name}.xmp").exists()
    after = (tmp_path / name).stat()
    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)
