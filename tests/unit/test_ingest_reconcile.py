"""How a folder on the disk differs from the catalog."""

from hypothesis import given
from hypothesis import strategies as st

from lantern.catalog.store import Found, Known
from lantern.ingest.reconcile import Changes, compare


def test_a_new_file_arrived():
    new = Found(b"new.jpg", 1, 1)
    assert compare({}, [new]) == Changes((new,), ())


def test_a_file_as_it_was_known_is_no_change():
    assert compare({b"a.jpg": Known(7, 5, 9)}, [Found(b"a.jpg", 5, 9)]) == Changes((), ())


def test_another_size_or_time_is_a_change():
    known = {b"a.jpg": Known(7, 5, 9), b"b.jpg": Known(8, 5, 9)}
    longer, touched = Found(b"a.jpg", 6, 9), Found(b"b.jpg", 5, 8)
    assert compare(known, [longer, touched]) == Changes((longer, touched), ())


def test_a_sidecar_that_comes_changes_or_goes_is_a_change_of_its_photo():
    known = {b"a.jpg": Known(7, 5, 9), b"b.jpg": Known(8, 5, 9, 1), b"c.jpg": Known(9, 5, 9, 1)}
    came, changed = Found(b"a.jpg", 5, 9, 1), Found(b"b.jpg", 5, 9, 2)
    went = Found(b"c.jpg", 5, 9)
    assert compare(known, [came, changed, went]) == Changes((came, changed, went), ())


def test_a_file_that_is_not_there_is_missing():
    known = {b"a.jpg": Known(7, 5, 9), b"b.jpg": Known(8, 5, 9)}
    assert compare(known, [Found(b"b.jpg", 5, 9)]) == Changes((), (7,))


def test_a_renamed_file_arrived_and_is_missing():
    new = Found(b"b.jpg", 5, 9)
    assert compare({b"a.jpg": Known(7, 5, 9)}, [new]) == Changes((new,), (7,))


names = st.sampled_from([b"a", b"b", b"c", b"d\xff", b"e\n"])
sizes = st.integers(0, 2)


@given(
    st.dictionaries(names, st.tuples(sizes, sizes)), st.dictionaries(names, st.tuples(sizes, sizes))
)
def test_applying_the_changes_makes_the_catalog_what_the_disk_is(before, disk):
    known = {name: Known(row, *stat) for row, (name, stat) in enumerate(before.items())}
    changes = compare(known, [Found(name, *stat) for name, stat in disk.items()])
    after = {name: stat for name, stat in before.items() if known[name].id not in changes.missing}
    after |= {file.name: (file.size, file.mtime_ns) for file in changes.arrived}
    assert after == disk
    assert len(changes.arrived) == sum(before.get(name) != stat for name, stat in disk.items())
