"""What the embedded index promises beyond its port: kills, damage, other users, other processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from lantern.errors import Unavailable
from lantern.model import PhotoId
from lantern.search.document import Document
from lantern.search.embedded import EmbeddedIndex, EmbeddedReader, counts
from lantern.search.embedded.integrity import LIST, Damaged, check, files_of
from lantern.search.query import parse

WRITER = """
import sys
from pathlib import Path
from lantern.search.document import Document
from lantern.search.embedded import EmbeddedIndex

index = EmbeddedIndex.open(Path(sys.argv[1]))
for batch in range(1000):
    index.apply([Document(1 + batch * 50 + n, "a dog in snow") for n in range(50)])
    print(batch + 1, flush=True)
"""

MOST_GROWN_MB = 4
"""Of 25 commits, each of which needs 20 MB for a moment, among small blocks that stay, 1 MB in all.

They leave 8 to 22 MB where large blocks lie in the heaps, 47 to 98 with a heap a thread, else 1.7.
"""

MOST_KEPT_KB = 90
"""Of 80 further ones, which leave 125 to 220 where the index stays open, else 50 at most."""

COMMITTER = """
import ctypes
import sys
from pathlib import Path
from lantern.search.document import Document
from lantern.search.embedded import EmbeddedIndex

def own_mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) / 1024

class Allocated(ctypes.Structure):  # by malloc [malloc.h; mallinfo(3)]
    words = ctypes.c_size_t
    _fields_ = [("not_asked", words * 7), ("in_use", words), ("nor_these", words * 2)]

def in_use_kb():
    tell = ctypes.CDLL(None).mallinfo2
    tell.restype = Allocated
    return tell().in_use / 1024

index = EmbeddedIndex.open(Path(sys.argv[1]))
before, staying = own_mb(), []
for number in range(25):
    index.apply([Document(1 + number, "a cat in snow")])
    staying += [bytes(1024) for _ in range(40)]
grown_mb, before = own_mb() - before, in_use_kb()
for _ in range(80):
    index.apply([Document(1, "a cat in snow")])
print(grown_mb, in_use_kb() - before)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def photos(count: int) -> list[Document]:
    return [Document(PhotoId(n), f"a dog in snow {n}") for n in range(1, count + 1)]


def fill(folder: Path, count: int = 30) -> str:
    index = EmbeddedIndex.open(folder)
    index.apply(photos(count))
    index.apply([], [PhotoId(1)])
    index.close()
    return index.generation()


def start_writer(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("delay_s", [0.0, 0.01, 0.03, 0.06, 0.1])
def test_a_writer_killed_at_any_moment_leaves_every_committed_photo(
    folder: Path, delay_s: float
) -> None:
    writer = start_writer(folder)
    assert writer.stdout is not None
    first = int(writer.stdout.readline())
    threading.Event().wait(delay_s)
    writer.send_signal(signal.SIGKILL)
    told = [first, *map(int, writer.stdout.read().split())]
    writer.wait()
    reader = EmbeddedReader(folder)
    seen = reader.search(parse("dog ")).total
    assert seen in {told[-1] * 50, told[-1] * 50 + 50}
    index = EmbeddedIndex.open(folder)
    assert index.count() == seen
    index.apply([Document(PhotoId(10**6), "a cat")])
    assert reader.search(parse("cat ")).total == 1
    index.close()


def test_a_writer_in_another_process_is_named_and_its_death_frees_the_index(folder: Path) -> None:
    writer = start_writer(folder)
    assert writer.stdout is not None
    writer.stdout.readline()
    with pytest.raises(Unavailable, match="another Lantern holds it"):
        EmbeddedIndex.open(folder)
    writer.kill()
    writer.communicate()
    EmbeddedIndex.open(folder).close()


def test_a_reader_in_this_process_sees_commits_of_another(folder: Path) -> None:
    writer = start_writer(folder)
    assert writer.stdout is not None
    reader = EmbeddedReader(folder)
    for _ in range(3):
        told = int(writer.stdout.readline())
        assert reader.search(parse("dog ")).total >= told * 50
    writer.kill()
    writer.communicate()


def generation_files(folder: Path) -> list[Path]:
    generation = next(child for child in folder.iterdir() if child.is_dir())
    return sorted(files_of((generation / LIST).read_bytes(), generation))


def flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 4]) + data[1:]


DAMAGES = {
    "one bit flipped": flip,
    "cut in half": lambda data: data[: len(data) // 2],
    "empty": lambda _: b"",
    "zeros, as after a power cut": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("kind", ["fast", "fieldnorm", "idx", "pos", "store", "term", "del"])
def test_a_damaged_index_is_refused_by_readers_and_begun_anew_by_the_writer(
    folder: Path, kind: str, damage: object
) -> None:
    before = fill(folder)
    victim = next(file for file in generation_files(folder) if file.suffix == f".{kind}")
    assert callable(damage)
    victim.write_bytes(damage(victim.read_bytes()))
    reader = EmbeddedReader(folder)
    with pytest.raises(Unavailable, match="cannot be opened"):
        reader.search(parse("dog"))
    index = EmbeddedIndex.open(folder)
    assert index.generation() != before
    assert index.count() == 0
    index.apply(photos(3))
    assert reader.search(parse("dog ")).total == 3
    index.close()


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b'{"version": 0, "generation": "x"}', b'"dog"', b'{"version": 0, "x": "\xff"}'],
)
def test_a_foreign_or_older_index_is_begun_anew(folder: Path, text: bytes) -> None:
    before = fill(folder)
    (folder / "current").write_bytes(text)
    with pytest.raises(Unavailable):
        EmbeddedReader(folder).search(parse("dog"))
    index = EmbeddedIndex.open(folder)
    assert index.generation() != before
    assert [child.name for child in folder.iterdir() if child.is_dir()] == [index.generation()]
    index.close()


def test_an_index_that_vanishes_while_both_sides_are_open_comes_back(folder: Path) -> None:
    index, reader = EmbeddedIndex.open(folder), EmbeddedReader(folder)
    index.apply(photos(3))
    before = index.generation()
    for file in generation_files(folder):
        file.unlink()
    with pytest.raises(Unavailable, match="could not be written"):
        index.apply([], [PhotoId(1)])
    assert index.generation() != before
    index.apply(photos(2))
    assert reader.search(parse("dog ")).total == 2
    index.close()


def test_half_written_files_of_a_killed_writer_do_no_harm(folder: Path) -> None:
    before = fill(folder)
    (folder / before / "0123456789abcdef0123456789abcdef.idx").write_bytes(b"half")
    index = EmbeddedIndex.open(folder)
    assert index.generation() == before
    index.close()


def test_the_proof_of_files_reads_the_engine_s_own_checksums(folder: Path) -> None:
    fill(folder)
    files = generation_files(folder)
    check(files)
    assert len(files) >= 7
    files[0].write_bytes(flip(files[0].read_bytes()))
    with pytest.raises(Damaged, match="checksum is wrong"):
        check(files)


def test_a_reader_leaves_the_folder_and_the_temporary_folder_as_they_were(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder)
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(own))
    before = sorted(folder.rglob("*"))
    assert EmbeddedReader(folder).search(parse("dog ")).total == 29
    assert sorted(folder.rglob("*")) == before
    assert list(own.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_a_reader_under_another_user_needs_no_right_to_write() -> None:
    asked = (
        "import os, sys; from pathlib import Path\n"
        "from lantern.search.embedded import EmbeddedReader\n"
        "from lantern.search.query import parse\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "print(EmbeddedReader(Path(sys.argv[1])).search(parse('dog ')).total)"
    )
    with tempfile.TemporaryDirectory() as home:  # tmp_path lies in folders closed to others
        folder = Path(home, "index")
        fill(folder)
        for place in (folder.parent, folder):
            place.chmod(0o755)
        printed = subprocess.run(
            [sys.executable, "-c", asked, folder], check=True, capture_output=True, text=True
        )
    assert printed.stdout.split() == ["29"]


def test_many_threads_may_ask_one_reader_while_the_index_changes(folder: Path) -> None:
    index, reader = EmbeddedIndex.open(folder), EmbeddedReader(folder)
    index.apply(photos(5))
    totals: list[int] = []

    def ask() -> None:
        totals.extend(reader.search(parse("dog ")).total for _ in range(30))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for count in (6, 7, 8):
        index.apply(photos(count))
    for thread in threads:
        thread.join()
    assert len(totals) == 120
    assert set(totals) <= {5, 6, 7, 8}
    assert reader.search(parse("dog ")).total == 8
    index.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be opened for writing"):
        EmbeddedIndex.open(tmp_path / "file" / "index")


def threads_that_stay() -> int:
    """Return the fewest threads of this process in half a second: some are just ending."""
    return min(_threads_now() for _ in range(25))


def _threads_now() -> int:
    time.sleep(0.02)
    return len(os.listdir("/proc/self/task"))


def test_between_commits_the_writer_holds_no_threads_of_the_engine(folder: Path) -> None:
    index = EmbeddedIndex.open(folder)
    index.apply(photos(3))
    after_one = threads_that_stay()
    for count in range(4, 8):
        index.apply(photos(count))
    assert threads_that_stay() <= after_one
    index.close()


def test_counts_of_what_many_are_found_by_follow_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MANY", 1)
    monkeypatch.setattr(counts, "MOST_KEPT", 2)
    index, reader = EmbeddedIndex.open(tmp_path), EmbeddedReader(tmp_path)

    def formats(text: str, limit: int) -> tuple[int, object]:
        found = reader.search(parse(text, facets=["format"], limit=limit))
        return found.total, found.facets.format

    dog = Document(PhotoId(1), "a brown dog", formats=("jpeg",))
    index.apply([dog])
    for text in ("dog", "brwon", "b", "d", "a brown dog", "dog"):
        assert formats(text, 0) == formats(text, 9) == (1, (("jpeg", 1),))
    index.apply([dog, Document(PhotoId(2), "a dog", formats=("heif",))])
    for limit in (9, 0, 9):
        assert formats("dog", limit) == (2, (("heif", 1), ("jpeg", 1)))
        assert formats("brwon", limit) == (1, (("jpeg", 1),))
    index.close()


def test_commits_leave_the_process_hardly_larger(folder):
    ran = subprocess.run(
        [sys.executable, "-c", COMMITTER, str(folder)], capture_output=True, text=True, check=True
    )
    grown_mb, kept_kb = map(float, ran.stdout.split())
    assert grown_mb < MOST_GROWN_MB
    assert kept_kb < MOST_KEPT_KB
