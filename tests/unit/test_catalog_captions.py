"""Which sentence stands for a photo, and which files are still to carry it."""

import sqlite3

import pytest

from lantern.catalog import schema
from lantern.catalog.state import Refused, State
from lantern.catalog.store import Catalog, Found, Reading
from lantern.errors import PhotoError
from lantern.imaging.formats import Format
from lantern.model import (
    Caption,
    Description,
    Features,
    Fingerprint,
    Imprint,
    Metadata,
    Tag,
)

NOW = 1_700_000_000.0
EMBEDDABLE = (Format.JPEG, Format.PNG)


def description(sentence="a dog", model="m 1"):
    return Description(Caption(sentence, 0.5, model), (Tag("pug", 0.9),), Features(b"\1\2", 0.1))


def by_model(sentence="a dog", model="m 1"):
    return Imprint(sentence, False, description(sentence, model))


def by_person(sentence, replaced=None):
    return Imprint(sentence, True, description(), replaced)


class Album:
    """A catalog that is told of files by name; every file stands in the folder "x"."""

    def __init__(self, path, policy="embed"):
        self.path = path
        self.catalog = Catalog.open(path)
        self.captions = self.catalog.captions
        self.writing = self.catalog.writing
        self.writing.policy_is(policy, EMBEDDABLE)
        self.read = self.catalog.read
        self._ticks = 0

    def see(self, name, picture="p", *, human=None, imprint=None, sidecar=0, kind=Format.JPEG):
        """Let the file `name` arrive or change, be read, and be described unless it is known."""
        self._ticks += 1
        self.catalog.discover(b"x", [Found(name, 1, self._ticks, sidecar)], NOW)
        (file,) = self.catalog.pending(NOW, 10)
        if human is None and imprint is not None and imprint.person:
            human = imprint.sentence
        metadata = Metadata(4, 3, human_caption=human)
        reading = Reading(Fingerprint(picture), kind, metadata, None, imprint, sidecar)
        known = self.catalog.is_described(reading.fingerprint)
        found = None if known else (imprint.description if imprint else description())
        return self.catalog.described(file, reading, found, NOW)

    def write(self, name=b"a.jpg", *, sidecar=0, **became):
        """Write what is due into the file `name`; return the imprint."""
        (due,) = [due for due in self.due() if due.path == b"x/" + name]
        self._ticks += 1
        self.writing.inscribed(due, 2, self._ticks, sidecar, **became)
        return due.imprint

    def due(self, now=NOW):
        return [
            due for person in (True, False) for due in self.writing.due(now, 100, person=person)
        ]

    def queue(self):
        """Return (name, sentence, by a person) of all that is due."""
        return [
            (due.path.decode()[2:], due.imprint.sentence, due.imprint.person) for due in self.due()
        ]

    def index_all(self):
        records = self.read.outbox(100)
        self.catalog.indexed([(record.id, record.revision) for record in records])

    def shown(self, photo):
        record = self.read.photo(photo)
        return record.sentence, record.by_human

    def known(self, name=b"a.jpg"):
        return self.catalog.known(b"x")[name]


@pytest.fixture
def album(tmp_path):
    album = Album(tmp_path / "catalog")
    yield album
    album.catalog.close()


# What is written.


def test_a_described_file_is_to_carry_its_sentence_until_it_does(album):
    album.see(b"a.jpg")
    assert album.queue() == [("a.jpg", "a dog", False)]
    assert album.write() == by_model()
    assert album.queue() == []
    assert album.writing.next_due(person=False) is None
    known = album.known()
    assert (known.size, known.sidecar) == (2, 0)
    assert album.catalog.pending(NOW, 10) == []


def test_what_was_written_is_as_the_scan_will_find_it(album):
    album.see(b"a.jpg")
    album.write(sidecar=77)
    known = album.known()
    assert (known.size, known.mtime_ns, known.sidecar) == (2, 2, 77)


def test_a_file_that_carries_its_sentence_already_waits_for_nothing(album):
    album.see(b"a.jpg", imprint=by_model())
    assert album.queue() == []
    assert album.read.carrying(1)[0].carried == "m 1: a dog"


def test_what_another_model_wrote_is_kept_as_it_is_and_as_good_as_ours(album):
    photo = album.see(b"a.jpg", imprint=by_model("a hound", "m 0"))
    assert album.read.photo(photo).caption == Caption("a hound", 0.5, "m 0")
    assert album.read.photo(photo).tags == (Tag("pug", 0.9),)
    album.see(b"b.jpg", imprint=by_model("a puppy", "m 9"))
    assert album.queue() == []


def test_a_sentence_that_a_person_wrote_is_never_to_be_overwritten_by_a_models(album):
    photo = album.see(b"a.jpg", human="Rex")
    album.see(b"b.jpg")
    assert album.queue() == [("b.jpg", "a dog", False)]
    assert album.shown(photo) == ("Rex", True)
    album.see(b"b.jpg", human="Rexy")
    assert album.queue() == []


def test_a_file_whose_sentence_was_lost_gets_it_again(album):
    album.see(b"a.jpg")
    album.write()
    album.see(b"a.jpg")  # an older copy was put in its place
    assert album.queue() == [("a.jpg", "a dog", False)]


def test_a_picture_that_takes_anothers_place_gets_its_own_sentence(album):
    album.see(b"a.jpg")
    album.write()
    album.see(b"a.jpg", "q")
    assert len(album.queue()) == 1


def test_a_file_that_is_read_again_meanwhile_is_written_when_it_is_read(album):
    album.see(b"a.jpg")
    (due,) = album.due()
    album.catalog.discover(b"x", [Found(b"a.jpg", 9, 9)], NOW)
    assert album.queue() == []
    album.writing.inscribed(due, 5, 5, 0)
    assert album.known().size == 9
    album.see(b"a.jpg")
    assert len(album.queue()) == 1


def test_a_file_that_fails_or_is_forgotten_waits_no_more(album):
    album.see(b"a.jpg")
    album.see(b"b.jpg")
    album.catalog.discover(b"x", [Found(b"a.jpg", 9, 9)], NOW)
    (file,) = album.catalog.pending(NOW, 10)
    album.catalog.happened(file, Refused("truncated"), NOW)
    album.catalog.remove([album.known(b"b.jpg").id], NOW)
    assert album.read.counts().unwritten == 0


def test_a_sidecar_that_comes_changes_or_goes_is_seen(album):
    album.see(b"a.jpg", sidecar=5)
    assert album.known().sidecar == 5
    album.see(b"a.jpg", sidecar=0)
    assert album.known().sidecar == 0


# What cannot be written.


def test_a_refused_file_is_told_and_left_alone_until_it_changes(album):
    album.see(b"a.jpg")
    (due,) = album.due()
    assert album.writing.not_inscribed(due, "read-only", NOW, refused=True)
    assert album.due(NOW + 1e9) == []
    assert [(u.path, u.reason, u.refused) for u in album.read.unwritten()] == [
        (b"x/a.jpg", "read-only", True)
    ]
    counts = album.read.counts()
    assert (counts.unwritten, counts.refused, counts.failed) == (0, 1, 0)
    album.see(b"a.jpg")
    assert len(album.queue()) == 1


def test_a_refused_file_is_tried_once_more_when_the_owner_asks(album):
    album.see(b"a.jpg")
    (due,) = album.due()
    album.writing.not_inscribed(due, "read-only", NOW, refused=True)
    assert album.writing.try_refused_again() == 1
    assert len(album.queue()) == 1
    assert album.read.unwritten() == []


def test_a_file_that_cannot_be_written_now_is_tried_ever_more_rarely(album):
    album.see(b"a.jpg")
    waits = []
    at = NOW
    for _ in range(3):
        (due,) = album.due(at)
        assert not album.writing.not_inscribed(due, "no space", at)
        assert album.due(at) == []
        waits.append(album.writing.next_due(person=False) - at)
        at = album.writing.next_due(person=False)
    assert waits == sorted(set(waits))


def test_a_file_that_costs_two_workers_is_left_alone(album):
    album.see(b"a.jpg")
    (due,) = album.due()
    assert not album.writing.not_inscribed(due, "signal 9", NOW, lost=True)
    (due,) = album.due(NOW + 1e6)
    assert album.writing.not_inscribed(due, "signal 9", NOW, lost=True)
    assert album.due(NOW + 1e9) == []


# What people say.


def test_a_correction_stands_in_every_file_and_is_sent_to_the_index(album):
    photo = album.see(b"a.jpg")
    album.write()
    album.see(b"b.jpg")
    album.index_all()
    assert album.captions.correct(photo, "Rex", NOW) is None
    assert album.shown(photo) == ("Rex", True)
    assert [record.id for record in album.read.outbox(10)] == [photo]
    assert album.queue() == [("a.jpg", "Rex", True), ("b.jpg", "Rex", True)]
    assert album.write(b"a.jpg") == by_person("Rex")
    album.write(b"b.jpg")
    assert album.queue() == []
    (correction,) = album.read.corrections()
    assert (correction.sentence, correction.machine, correction.model, correction.at) == (
        *("Rex", "a dog"),
        *("m 1", NOW),
    )


def test_a_correction_goes_before_all_that_a_model_says(album):
    for name in (b"a.jpg", b"b.jpg", b"c.jpg"):
        photo = album.see(name, name.decode())
    album.captions.correct(photo, "Rex", NOW)
    assert [due.path for due in album.writing.due(NOW, 10, person=True)] == [b"x/c.jpg"]
    assert len(album.writing.due(NOW, 10, person=False)) == 2


def test_one_correction_stands_and_all_are_kept(album):
    photo = album.see(b"a.jpg")
    for sentence in ("Rex", "Rex!", "Rex!", "Max"):
        album.captions.correct(photo, sentence, NOW)
    assert [(c.sentence, c.standing) for c in album.read.corrections()] == [
        *[("Rex", False), ("Rex!", False), ("Max", True)]
    ]


def test_a_correction_made_while_the_file_is_written_is_written_next(album):
    photo = album.see(b"a.jpg")
    (due,) = album.due()
    album.captions.correct(photo, "Rex", NOW)
    album.writing.inscribed(due, 2, 2, 0)
    assert album.queue() == [("a.jpg", "Rex", True)]


def test_a_correction_made_again_while_its_withdrawal_is_written_comes_back(album):
    photo = album.see(b"a.jpg")
    album.captions.correct(photo, "Rex", NOW)
    album.write()
    album.captions.withdraw(photo, NOW)
    (due,) = album.due()
    album.captions.correct(photo, "Rex", NOW)
    assert album.writing.due_still(due) is None  # the file has it still
    album.writing.inscribed(due, 2, 9, 0)  # but a worker was at it already
    assert album.queue() == [("a.jpg", "Rex", True)]


def test_what_stood_in_the_file_before_the_correction_is_no_news(album):
    photo = album.see(b"a.jpg", human="a mutt")
    album.captions.correct(photo, "Rex", NOW)
    album.see(b"a.jpg", human="a mutt")  # touched before it was written
    assert album.shown(photo) == ("Rex", True)
    assert album.queue() == [("a.jpg", "Rex", True)]
    album.write()
    album.captions.correct(photo, "Max", NOW)
    album.see(b"a.jpg", imprint=by_person("Rex"))
    assert album.queue() == [("a.jpg", "Max", True)]


def test_a_sentence_written_by_another_program_after_the_correction_is_newer(album):
    photo = album.see(b"a.jpg")
    album.captions.correct(photo, "Rex", NOW)
    album.write()
    album.see(b"a.jpg", human="Rex, aged three", imprint=by_person("Rex"))
    assert album.shown(photo) == ("Rex, aged three", True)
    assert album.queue() == []
    assert [(c.sentence, c.standing) for c in album.read.corrections()] == [("Rex", False)]


def test_a_correction_that_is_taken_back_leaves_the_file_too(album):
    photo = album.see(b"a.jpg")
    album.captions.correct(photo, "Rex", NOW)
    album.write()
    assert album.captions.withdraw(photo, NOW) == "Rex"
    assert album.shown(photo) == ("a dog", False)
    assert album.due()[0].withdrawn == "Rex"
    album.see(b"a.jpg", imprint=by_person("Rex"))  # not written yet, and read again
    assert album.shown(photo) == ("a dog", False)
    assert album.write() == by_model()
    assert album.read.corrections()[0].standing is False


def test_taking_back_leaves_what_other_programs_wrote(album):
    photo = album.see(b"a.jpg", human="a mutt")
    album.captions.correct(photo, "Rex", NOW)
    album.captions.withdraw(photo, NOW)
    assert album.shown(photo) == ("a mutt", True)
    assert album.queue() == []
    with pytest.raises(PhotoError, match="nobody corrected"):
        album.captions.withdraw(photo, NOW)


def test_what_a_correction_replaced_in_a_file_comes_back_when_it_is_taken_back(album):
    photo = album.see(b"a.jpg", human="Grandma")
    assert album.captions.correct(photo, "Rex", NOW) == "Grandma"
    album.write(replaced="Grandma")
    assert album.captions.correct(photo, "Max", NOW) is None
    album.write(replaced="Grandma")
    assert [one.replaced for one in album.read.corrections()] == ["Grandma", "Grandma"]
    album.captions.withdraw(photo, NOW)
    assert album.shown(photo) == ("Grandma", True)
    (due,) = album.due()
    assert (due.withdrawn, due.imprint) == ("Max", by_model())
    album.see(b"a.jpg", imprint=by_person("Max", "Grandma"))  # not written yet, and read again
    assert album.shown(photo) == ("Grandma", True)
    album.write(restored="Grandma")
    album.see(b"a.jpg", human="Grandma", imprint=by_model())
    assert album.shown(photo) == ("Grandma", True)
    assert album.queue() == []


def test_what_a_correction_replaced_comes_back_though_the_catalog_was_lost(album):
    photo = album.see(b"a.jpg", imprint=by_person("Rex", "Grandma"))
    assert [one.replaced for one in album.read.corrections()] == ["Grandma"]
    album.captions.withdraw(photo, NOW)
    assert album.shown(photo) == ("Grandma", True)
    assert album.due()[0].withdrawn == "Rex"


def test_what_was_taken_back_while_nothing_is_written_comes_back_when_it_is(album):
    photo = album.see(b"a.jpg", imprint=by_person("Rex", "Grandma"))
    album.writing.policy_is("off", EMBEDDABLE)
    album.captions.withdraw(photo, NOW)
    assert album.shown(photo) == ("Grandma", True)
    assert album.writing.policy_is("embed", EMBEDDABLE) == 1
    assert album.due()[0].withdrawn == "Rex"


def test_only_the_file_that_a_person_named_loses_what_stood_in_it(album):
    photo = album.see(b"a.jpg", human="Anna")
    album.see(b"b.jpg", human="Berta")
    album.see(b"c.jpg", human="Anna")
    album.see(b"d.jpg")
    assert album.captions.correct(photo, "Rex", NOW, b"x/a.jpg") == "Anna"
    assert [name for name, *_ in album.queue()] == ["a.jpg", "c.jpg", "d.jpg"]
    album.see(b"b.jpg", human="Berta")  # touched
    assert album.shown(photo) == ("Rex", True)
    assert "b.jpg" not in [name for name, *_ in album.queue()]
    for name, replaced in ((b"a.jpg", "Anna"), (b"c.jpg", "Anna"), (b"d.jpg", None)):
        album.write(name, replaced=replaced)
    assert album.captions.correct(photo, "Rex", NOW, b"x/b.jpg") == "Berta"
    assert album.queue() == [("b.jpg", "Rex", True)]
    album.write(b"b.jpg", replaced="Berta")
    album.captions.correct(photo, "Max", NOW)
    assert len(album.queue()) == 4, "what is Lantern's own is overwritten everywhere"


def test_a_policy_that_changes_overwrites_no_other_files_own_sentence(album):
    album.writing.policy_is("off", EMBEDDABLE)
    photo = album.see(b"a.jpg", human="Anna")
    album.see(b"b.jpg", human="Berta")
    album.captions.correct(photo, "Rex", NOW)
    assert album.writing.policy_is("embed", EMBEDDABLE) == 1
    assert album.queue() == [("a.jpg", "Rex", True)]


def test_a_photo_that_is_not_there_cannot_be_corrected(album):
    photo = album.see(b"a.jpg")
    album.catalog.remove([album.known().id], NOW)
    for unknown in (photo, 99):
        with pytest.raises(PhotoError, match="there is none"):
            album.captions.correct(unknown, "Rex", NOW)


def test_a_correction_outlives_the_photo_and_stands_when_it_comes_back(album):
    photo = album.see(b"a.jpg")
    album.captions.correct(photo, "Rex", NOW)
    album.catalog.remove([album.known().id], NOW)
    album.index_all()
    assert album.catalog.purge(NOW * 2) == [Fingerprint("p")]
    assert len(album.read.corrections()) == 1
    again = album.see(b"b.jpg")
    assert album.shown(again) == ("Rex", True)
    assert album.queue() == [("b.jpg", "Rex", True)]


def test_a_correction_that_a_lost_catalog_knew_is_read_from_the_file(album):
    photo = album.see(b"a.jpg", imprint=by_person("Rex"))
    assert album.shown(photo) == ("Rex", True)
    assert album.queue() == []
    (correction,) = album.read.corrections()
    assert (correction.sentence, correction.machine, correction.standing) == ("Rex", "a dog", True)
    album.see(b"b.jpg")
    assert album.queue() == [("b.jpg", "Rex", True)]


def test_a_sentence_read_from_one_file_overwrites_no_persons_in_another(album):
    album.see(b"a.jpg", human="a mutt")
    album.see(b"b.jpg", imprint=by_person("Rex"))
    album.catalog.describe_again([1])
    assert all(name != "a.jpg" for name, *_ in album.queue())


def test_two_lanterns_over_one_folder_do_not_answer_each_other_for_ever(album):
    photo = album.see(b"a.jpg")
    album.captions.correct(photo, "Rex", NOW)
    album.write()
    album.see(b"a.jpg", imprint=by_model("a hound", "m 9"))  # the other never heard of Rex
    assert album.queue() == []
    assert album.shown(photo) == ("Rex", True)


# Asking the model again.


def test_a_photo_described_anew_keeps_its_id_and_its_files_get_the_new_sentence(album):
    photo = album.see(b"a.jpg", imprint=by_model())
    album.see(b"b.jpg", human="Rex")
    album.index_all()
    assert album.catalog.describe_again([photo, 99]) == 1
    assert not album.catalog.is_described(Fingerprint("p"))
    assert album.shown(photo) == ("Rex", True)
    for file in album.catalog.pending(NOW, 10):
        human = "Rex" if file.path == b"x/b.jpg" else None
        reading = Reading(Fingerprint("p"), Format.JPEG, Metadata(4, 3, human_caption=human), None)
        anew = not album.catalog.is_described(Fingerprint("p"))
        result = description("a pug", "m 2") if anew else None
        assert album.catalog.described(file, reading, result, NOW) == photo
    assert album.read.photo(photo).caption == Caption("a pug", 0.5, "m 2")
    assert album.queue() == [("a.jpg", "a pug", False)]
    assert [record.id for record in album.read.outbox(10)] == [photo]
    assert album.catalog.pending(NOW, 10) == []


def test_a_wish_that_comes_while_a_file_is_in_hand_is_not_lost(album):
    photo = album.see(b"a.jpg")
    album.catalog.discover(b"x", [Found(b"a.jpg", 9, 9)], NOW)
    (file,) = album.catalog.pending(NOW, 10)
    album.catalog.describe_again([photo])  # the worker was not asked for a sentence
    album.catalog.described(
        file, Reading(Fingerprint("p"), Format.JPEG, Metadata(4, 3), None), None, NOW
    )
    assert [file.path for file in album.catalog.pending(NOW, 10)] == [b"x/a.jpg"]
    assert not album.catalog.is_described(Fingerprint("p"))


def test_photos_are_chosen_by_the_model_that_described_them(album):
    old = album.see(b"a.jpg", "p", imprint=by_model("a dog", "m 0"))
    new = album.see(b"b.jpg", "q")
    gone = album.see(b"c.jpg", "r")
    album.catalog.remove([album.known(b"c.jpg").id], NOW)
    assert album.read.photo_ids() == [old, new]
    assert album.read.photo_ids(model_not="m 1") == [old]
    assert gone not in album.read.photo_ids(model_not="m 0")


# The policy.


def test_a_policy_of_writing_nothing_queues_nothing_and_empties_the_queue(album):
    photo = album.see(b"a.jpg")
    assert album.writing.policy_is("off", EMBEDDABLE) == 0
    assert album.queue() == []
    album.see(b"b.jpg", "q")
    album.captions.correct(photo, "Rex", NOW)
    assert album.queue() == []
    assert album.shown(photo) == ("Rex", True)


def test_a_policy_that_changes_queues_what_is_missing_once(album):
    album.writing.policy_is("off", EMBEDDABLE)
    album.see(b"missing.jpg", "a")
    album.see(b"carries.jpg", "b", imprint=by_model())
    album.see(b"human.jpg", "c", human="Max")
    said = album.see(b"said.jpg", "d", human="a mutt")
    album.captions.correct(said, "Rex", NOW)
    album.see(b"newer.jpg", "e", human="Max")
    album.catalog.remove([album.known(b"newer.jpg").id], NOW)
    old = album.see(b"old.jpg", "f", imprint=by_model("a hound", "m 0"))
    album.catalog.rows("UPDATE photo SET model = 'm 3' WHERE id = ? RETURNING id", (old,))
    assert album.writing.policy_is("sidecar", EMBEDDABLE) == 3
    assert sorted(album.queue()) == [
        ("missing.jpg", "a dog", False),
        ("old.jpg", "a hound", False),
        ("said.jpg", "Rex", True),
    ]
    assert album.writing.policy_is("sidecar", EMBEDDABLE) == 0


def test_sentences_in_sidecars_are_embedded_where_that_is_wanted_now(album):
    album.writing.policy_is("sidecar", EMBEDDABLE)
    album.see(b"a.jpg", "a", imprint=by_model(), sidecar=5)
    album.see(b"b.heic", "b", imprint=by_model(), sidecar=5, kind=Format.HEIF)
    album.see(b"c.jpg", "c", imprint=by_model())
    assert album.writing.policy_is("embed", EMBEDDABLE) == 1
    assert album.queue() == [("a.jpg", "a dog", False)]


def test_what_was_refused_under_one_policy_is_tried_under_the_other(album):
    album.see(b"a.jpg")
    (due,) = album.due()
    album.writing.not_inscribed(due, "read-only", NOW, refused=True)
    assert album.writing.policy_is("sidecar", EMBEDDABLE) == 1
    assert len(album.queue()) == 1


# What is told.


def test_the_health_of_captions_is_counted(album):
    for number, (score, model, from_tags) in enumerate(
        [(0.05, "m 1", False), (0.15, "m 1", True), (0.15, "m 2", False), (1.0, "m 2", False)]
    ):
        found = Description(Caption("a dog", score, model, from_tags), (), Features(b"\1", 0.1))
        imprint = Imprint("a dog", False, found)
        album.see(b"%d.jpg" % number, str(number), imprint=imprint)
    album.see(b"human.jpg", "0", human="Rex")
    album.captions.correct(2, "Max", NOW)
    album.captions.correct(2, "Max!", NOW - 31 * 86400)
    gone = album.see(b"gone.jpg", "gone")
    album.captions.correct(gone, "Bello", NOW)
    album.catalog.remove([album.known(b"gone.jpg").id], NOW)
    health = album.read.caption_health(NOW)
    assert health.photos_by_model == {"m 1": 2, "m 2": 2}
    assert health.score_bins == (1, 2, 0, 0, 0, 0, 0, 0, 0, 1)
    assert (health.from_tags, health.human) == (1, 2)
    assert (health.corrected, health.corrected_lately, health.corrections) == (1, 0, 3)
    assert (health.unwritten, health.refused) == (1, 0)


def test_every_files_sentence_is_told_with_whose_it_is(album):
    album.see(b"a.jpg", "a", human="Rex")
    album.see(b"b.jpg", "a")
    photo = album.see(b"c.jpg", "c")
    album.see(b"d.jpg", "d")
    album.captions.correct(photo, "Max", NOW)
    told = album.read.captions()
    assert [(one.path, one.sentence, one.by_human, one.machine) for one in told] == [
        (b"x/a.jpg", "Rex", True, "a dog"),
        (b"x/b.jpg", "Rex", True, "a dog"),
        (b"x/c.jpg", "Max", True, "a dog"),
        (b"x/d.jpg", "a dog", False, "a dog"),
    ]
    assert album.read.sentences() == [(one.path, one.sentence) for one in told]
    assert [one.path for one in album.read.captions(after=told[1].id, limit=1)] == [b"x/c.jpg"]


def test_a_file_is_found_by_its_path(album):
    photo = album.see(b"a.jpg")
    file = album.read.file_at(b"x/a.jpg")
    assert (file.state, file.photo) == (State.CAPTIONED, photo)
    assert album.read.file_at(b"a.jpg") is None


# Catalogs of before.


def test_an_older_catalog_keeps_its_photos_and_asks_the_model_for_what_it_lacks(tmp_path):
    path = tmp_path / "catalog"
    connection = sqlite3.connect(path)
    connection.executescript(f"{schema.MIGRATIONS[0]}; PRAGMA user_version = 1;")
    found = '{"caption":{"sentence":"a dog","score":0.25,"model":"m 0","from_tags":true},"tags":[]}'
    connection.execute(
        "INSERT INTO photo (fingerprint, description, revision, indexed_revision)"
        " VALUES ('p', ?, 1, 1)",
        (found.encode(),),
    )
    connection.execute("INSERT INTO features VALUES (1, 0.1, x'0102')")
    connection.execute(
        "INSERT INTO file (folder, name, size, mtime_ns, state, attempts, losses, retry_at, reason,"
        " format, metadata, photo_id) VALUES (x'', CAST('a.jpg' AS BLOB), 1, 1, 'CAPTIONED', 0, 0,"
        """ 0, '', 'JPEG', CAST('{"width":4,"height":3,"human_caption":"Rex"}' AS BLOB), 1)"""
    )
    connection.commit()
    connection.close()
    catalog = Catalog.open(path)
    assert catalog.rows("SELECT model, score, from_tags FROM photo") == [("m 0", 0.25, 1)]
    (record,) = catalog.read.photos(catalog.read.photo_ids())
    assert record.sentence == "Rex"
    assert [file.path for file in catalog.pending(NOW, 10)] == [b"a.jpg"]
    assert not catalog.is_described(record.fingerprint)
    catalog.close()
