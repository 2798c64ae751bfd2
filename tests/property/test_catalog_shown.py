"""What the grid shows of a photo is what the whole of the catalog says, whoever wrote it last.

The table `shown` is kept by triggers. Here it is compared, after each of whatever may happen to a
catalog, with what the questions for whole records answer.
"""

import contextlib
import sqlite3

from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.catalog import schema
from lantern.catalog.shown import Shown
from lantern.catalog.state import Refused
from lantern.catalog.store import ORPHAN_LIFETIME_S, Catalog, Found, Reading
from lantern.errors import PhotoError
from lantern.imaging.formats import Format
from lantern.model import Caption, Description, Features, Imprint, Metadata

NOW = 1_700_000_000.0
PHOTOS = range(1, 4)


def description(sentence):
    return Description(Caption(sentence, 0.5, "m 1"), (), Features(b"\1", 1.0))


class House:
    """A catalog, and what happens to it; what cannot happen now does not."""

    def __init__(self, path):
        self.catalog = Catalog.open(path)
        self.catalog.writing.policy_is("embed", (Format.JPEG,))
        self.ticks = 0
        for name, picture in ((b"a.jpg", "one"), (b"b.jpg", "two"), (b"c.jpg", "one")):
            self.see(name, picture, None, (None, 7.0, False))

    def see(self, name, picture, human, more):
        rating, sharpness, late = more
        file = self._found(name)
        metadata = Metadata(4 + self.ticks, 3, "2019-07-04", rating=rating, human_caption=human)
        imprint = Imprint(human, True, description("a cat"), "Tom") if rating and human else None
        reading = Reading(picture, Format.JPEG, metadata, None, imprint, sharpness=sharpness)
        known = self.catalog.is_described(picture)
        found = None if known else description(f"{picture} {self.ticks}")
        if late:  # it changed while it was described
            self._found(name)
        self.catalog.described(file, reading, found, NOW)

    def refuse(self, name):
        self.catalog.happened(self._found(name), Refused("not a photo"), NOW)

    def _found(self, name):
        self.ticks += 1
        self.catalog.discover(b"", [Found(name, 1, self.ticks)], NOW)
        (file,) = (one for one in self.catalog.pending(NOW, 9) if one.path == name)
        return file

    def remove(self, name):
        known = self.catalog.known(b"").get(name)
        self.catalog.remove([known.id] if known else [], NOW)

    def forget(self):
        records = self.catalog.read.outbox(9)
        self.catalog.indexed([(record.id, record.revision) for record in records])
        self.catalog.purge(NOW + ORPHAN_LIFETIME_S + 1)

    def correct(self, photo, sentence):
        self.catalog.captions.correct(photo, sentence, NOW)

    def withdraw(self, photo):
        self.catalog.captions.withdraw(photo, NOW)

    def inscribe(self, replaced):
        for person in (True, False):
            for due in self.catalog.writing.due(NOW, 1, person=person):
                self.ticks += 1
                self.catalog.writing.inscribed(due, 1, self.ticks, 0, replaced=replaced)

    def hide(self, photo):
        self.catalog.hiding.hide(photo, NOW)

    def show(self, photo):
        self.catalog.hiding.show(photo, NOW)

    def describe_again(self, photo):
        self.catalog.describe_again([photo])

    def group(self, leaders):
        there = {photo for (photo,) in self.catalog.rows("SELECT id FROM photo")}
        known = {photo: lead for photo, lead in leaders.items() if {photo, lead} <= {*there, None}}
        self.catalog.groups.grouped([], known)

    def begin_anew(self):
        self.catalog.groups.begin_anew("rule 2")

    def write(self, statement):
        self.catalog.rows(statement)

    def check(self):
        read = self.catalog.read
        assert not [told for told in read.contradictions() if "grid" in told]
        rows = self.catalog.rows("SELECT id, group_id, sharpness FROM photo")
        held = {record.id for record in read.photos(PHOTOS, hidden=True)}
        groups = {photo: group for photo, group, _ in rows}
        sharpness = {photo: sharpness for photo, _, sharpness in rows}
        for hidden in (True, False):
            assert read.shown(PHOTOS, hidden=hidden) == [
                Shown(
                    id=record.id,
                    fingerprint=record.fingerprint,
                    sentence=record.sentence,
                    by_human=record.by_human,
                    width=record.metadata.width,
                    height=record.metadata.height,
                    taken_at=record.metadata.taken_at,
                    rating=record.metadata.rating,
                    group=(group := groups[record.id]),
                    sharpness=sharpness[record.id],
                    similar=sum(group is not None and groups[one] == group for one in held)
                    - (group is not None),
                )
                for record in read.photos(PHOTOS, hidden=hidden)
            ]


NAMES = st.sampled_from([b"a.jpg", b"b.jpg", b"c.jpg"])
PICTURES = st.sampled_from(["one", "two", "three"])
SENTENCES = st.sampled_from(["Rex", "Tom"])
IDS = st.sampled_from(PHOTOS)

EVENTS = st.one_of(
    st.tuples(
        st.just("see"),
        NAMES,
        PICTURES,
        st.none() | SENTENCES,
        st.tuples(st.none() | st.integers(1, 5), st.none() | st.just(7.0), st.booleans()),
    ),
    st.tuples(st.just("refuse"), NAMES),
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("correct"), IDS, SENTENCES),
    st.tuples(st.just("withdraw"), IDS),
    st.tuples(st.just("inscribe"), st.none() | SENTENCES),
    st.tuples(st.just("hide"), IDS),
    st.tuples(st.just("show"), IDS),
    st.tuples(st.just("describe_again"), IDS),
    st.tuples(st.just("group"), st.dictionaries(IDS, st.none() | IDS, min_size=1)),
    st.tuples(st.just("begin_anew")),
    st.tuples(st.just("forget")),
    st.tuples(
        st.just("write"),  # what nobody does so far
        st.sampled_from(
            [
                "DELETE FROM file WHERE id = 1",
                "UPDATE correction SET standing = 0",
                "UPDATE photo SET sharpness = 5.0",
            ]
        ),
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(EVENTS, min_size=15, max_size=25))
def test_whatever_happens_the_grid_shows_what_the_catalog_knows(tmp_path_factory, events):
    house = House(tmp_path_factory.mktemp("house") / "catalog")
    for event, *arguments in events:
        with contextlib.suppress(PhotoError):  # there is no such photo, or nothing to withdraw
            getattr(house, event)(*arguments)
        house.check()
    house.catalog.close()


def test_a_catalog_of_the_schema_before_shows_its_photos_at_once(tmp_path):
    path = tmp_path / "catalog"
    with sqlite3.connect(path) as connection:
        for statements in schema.MIGRATIONS[:9]:
            connection.executescript(statements)
        connection.execute("PRAGMA user_version = 9")
        connection.executescript(
            """
            INSERT INTO photo (id, fingerprint, description, group_id) VALUES
                (1, 'p', '{"caption": {"sentence": "a dog"}}', 1),
                (2, 'q', '{"caption": {"sentence": "a cat"}}', 1),
                (3, 'r', '{"caption": {"sentence": "a cow"}}', NULL);
            INSERT INTO file (id, folder, name, size, mtime_ns, state, attempts, losses,
                retry_at, reason, metadata, photo_id) VALUES
                (5, '', 'a', 1, 1, 'CAPTIONED', 0, 0, 0, '', '{"width": 4, "height": 3}', 1),
                (6, '', 'b', 1, 1, 'CAPTIONED', 0, 0, 0, '',
                    '{"width": 9, "height": 9, "human_caption": "Tom"}', 2),
                (4, '', 'c', 1, 1, 'CAPTIONED', 0, 0, 0, '', '{"width": 6, "height": 5}', 2);
            """
        )
    connection.close()
    catalog = Catalog.open(path)
    one, two = catalog.read.shown([1, 2, 3])
    catalog.close()
    assert (one.sentence, one.by_human, one.width, one.similar) == ("a dog", False, 4, 1)
    assert (two.sentence, two.by_human, two.width, two.similar) == ("Tom", True, 6, 1)
