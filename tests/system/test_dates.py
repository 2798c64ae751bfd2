"""Photos that tell no date, in a real daemon that writes into them: their order holds."""

from __future__ import annotations

import os
import time

from lantern.catalog.reader import CatalogReader
from lantern.search.embedded import EmbeddedReader
from lantern.search.query import parse
from support.house import House, photo

DAY_S = 86_400


def newest_first(house: House) -> list[str]:
    found = EmbeddedReader(house.config.paths.index).search(parse("", sort="newest"))
    records = CatalogReader.open(house.config.paths.catalog).photos([h.id for h in found.hits])
    return [os.fsdecode(record.files[0].path) for record in records]


def readings(house: House, name: str) -> int:
    lines = house.journal.read_text("utf-8", "replace").splitlines()
    return sum("photo described" in line and name in line for line in lines)


def test_photos_without_a_date_are_in_the_order_of_their_files_whatever_is_written_into_them(
    tmp_path,
):
    house = House(tmp_path, write="embed")
    now = time.time()
    for number, (name, days) in enumerate((("old.jpg", 90), ("older.jpg", 400), ("new.jpg", 3))):
        house.put(name, photo(number))
        os.utime(house.root / name, (now, now - days * DAY_S))
    right = ["new.jpg", "old.jpg", "older.jpg"]
    with house.running():
        house.wait_for(set(right))
        house.wait_settled()
        assert newest_first(house) == right
        house.put("last.jpg", photo(7))
        house.wait(lambda: len(newest_first(house)) == 4, "the new photo is found")
        assert newest_first(house) == ["last.jpg", *right]

        told = house.run("caption", "set", str(house.root / "older.jpg"), "A quokka by the lagoon")
        assert told.returncode == 0, told.stderr
        house.wait(lambda: house.found("quokka") == {"older.jpg"}, "the correction is found")
        house.wait_settled()
        assert b"A quokka" in (house.root / "older.jpg").read_bytes()
        assert newest_first(house) == ["last.jpg", *right]

        os.utime(house.root / "old.jpg")  # another program wrote into it
        house.wait(lambda: readings(house, "old.jpg") == 2, "it is read again")
        assert newest_first(house) == ["last.jpg", *right]
