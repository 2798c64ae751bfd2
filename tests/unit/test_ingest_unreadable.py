"""Folders that cannot be read are looked at again soon, and ever more rarely while they stay so."""

from lantern.ingest.scan import Unreadable
from lantern.ingest.unreadable import FIRST_S, LONGEST_S, UnreadableFolders


def looks(folders, until, found=()):
    """Return when `folders` are looked at again until then, each look meeting `found`."""
    now, times = 0.0, []
    while now < until:
        now += 1
        for folder in folders.due(now):
            times.append(now)
            folders.looked(folder, found, now)
    return times


def test_one_is_looked_at_again_soon_and_ever_more_rarely():
    folders, closed = UnreadableFolders(), [Unreadable(b"a", "Permission denied")]
    folders.looked(b"", closed, 0.0)
    times = looks(folders, 3600, closed)
    assert times[:4] == [FIRST_S, 3 * FIRST_S, 7 * FIRST_S, 15 * FIRST_S]
    assert times[-1] - times[-2] == LONGEST_S


def test_one_that_can_be_read_again_is_not_told_any_more():
    folders = UnreadableFolders()
    folders.looked(b"", [Unreadable(b"a", "Input/output error")], 0.0)
    assert folders.sentence.startswith("folder a: input/output error; nothing below is forgotten")
    assert looks(folders, 3600) == [FIRST_S]
    assert folders.sentence is None


def test_another_folder_is_no_news_of_this_one_and_begins_anew():
    folders, closed = UnreadableFolders(), [Unreadable(b"a", "Permission denied")]
    folders.looked(b"", closed, 0.0)
    looks(folders, 100, closed)
    folders.looked(b"b", [Unreadable(b"b/c", "Input/output error")], 100.0)
    assert folders.sentence.startswith("folder a and 1 more: permission denied")
    assert folders.due(100.0 + FIRST_S) == {b"a", b"b/c"}
    folders.looked(b"b", [], 106.0)
    assert folders.sentence.startswith("folder a: permission denied")
