from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from lantern.catalog.records import FileRecord, PhotoRecord
from lantern.imaging.formats import Format
from lantern.ingest.publish import as_document
from lantern.model import Caption, Description, Features, Fingerprint, Metadata, PhotoId, Tag
from lantern.search.document import date_words, document, human_words, local_time, other_words


def test_a_photo_gathers_the_words_of_all_its_copies() -> None:
    found = document(
        PhotoId(7),
        caption=Caption("a dog runs", 0.5, "test 1"),
        tags=(Tag("tabby cat", 0.9), Tag("lynx", 0.05)),
        metadata=Metadata(
            4,
            3,
            taken_at="2019-07-04T23:30:00-10:00",
            camera="iPhone 12",
            keywords=("Rex",),
            human_caption="Our dog",
            human_caption_other=("Unser Hund",),
        ),
        paths=[b"Rome/IMG_1.jpg", b"Rome/best/MyRex.jpg"],
    )
    assert found.sentence == "a dog runs"
    assert found.tags == ("tabby cat",)
    assert found.folders == ("rome", "best")
    assert found.names == ("img", "1", "jpg", "myrex", "my", "rex")
    assert human_words(found) == ["our", "dog", "unser", "hund", "rex"]
    assert {"rome", "myrex", "iphone", "iphone12", "july"} <= set(other_words(found))


def test_a_corrected_sentence_is_not_searched_the_persons_is() -> None:
    said = Description(Caption("a large airplane", 0.5, "m 1"), (), Features(b"\1", 0.1))
    file = FileRecord(b"a.jpg", 1, Format.JPEG, Metadata(4, 3), None)
    record = PhotoRecord(PhotoId(1), Fingerprint("p"), 1, said.caption, said.tags, (file,))
    assert as_document(record).sentence == "a large airplane"
    corrected = msgspec.structs.replace(record, correction="a container ship")
    found = as_document(corrected)
    assert (found.sentence, found.human_caption) == ("", "a container ship")


def test_a_persons_sentence_in_any_copy_is_searched_and_the_models_beside_it() -> None:
    plain = FileRecord(b"a.jpg", 1, Format.JPEG, Metadata(4, 3), None)
    told = FileRecord(b"b.jpg", 1, Format.JPEG, Metadata(4, 3, human_caption="Rex"), None)
    caption = Caption("a dog", 0.5, "m 1")
    record = PhotoRecord(PhotoId(1), Fingerprint("p"), 1, caption, (), (plain, told))
    found = as_document(record)
    assert (found.sentence, found.human_caption) == ("a dog", "Rex")


def test_the_date_is_that_of_the_camera_s_own_clock() -> None:
    found = document(
        PhotoId(1),
        caption=None,
        tags=(),
        metadata=Metadata(4, 3, taken_at="2019-07-04T23:30:00-10:00"),
        paths=[],
    )
    assert found.month == "2019-07"
    assert found.taken == datetime(2019, 7, 4, 23, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("text", [None, "", "0000-00-00T00:00:00", "2019-13-01", "yesterday"])
def test_what_is_no_date_is_no_date(text: str | None) -> None:
    assert local_time(text) is None


def test_a_photo_without_anything_has_a_document() -> None:
    found = document(PhotoId(1), caption=None, tags=(), metadata=None, paths=[b"\xff.jpg"])
    assert (found.taken_at, found.month, found.date_words, found.sentence) == (None, None, (), "")
    assert found.names == ("jpg",)


def test_a_day_has_the_words_that_people_type_for_it() -> None:
    assert date_words(datetime(2019, 7, 4, tzinfo=UTC)) == (
        *("2019", "201907", "20190704", "july", "jul", "07", "7", "04", "4", "4th"),
        *("thursday", "thu"),
    )
    assert "sept" in date_words(datetime(2020, 9, 2, tzinfo=UTC))
    assert {"21st", "22nd", "23rd", "11th"} <= {
        word for day in (11, 21, 22, 23) for word in date_words(datetime(2020, 1, day, tzinfo=UTC))
    }
