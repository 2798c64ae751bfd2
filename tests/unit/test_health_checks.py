"""What the doctor says of the show."""

import msgspec

from lantern.config import parse
from lantern.health.checks import films

CONFIG = """
[photos]
root = "/srv/photos"
[programmes.everyday]
photos = "all"
films = "{first}"
[programmes.night]
films = "{second}"
"""


def told(first, second):
    return msgspec.structs.astuple(films(parse(CONFIG.format(first=first, second=second))))


def test_folders_of_films_are_good_where_they_can_be_read(tmp_path):
    assert told(tmp_path, tmp_path) == ("films", True, str(tmp_path))
    none = parse('[photos]\nroot = "/srv/photos"\n')
    assert films(none).sentence == "no programme plays any"


def test_a_folder_of_films_that_is_gone_is_told_with_its_programme(tmp_path):
    gone = tmp_path / "gone"
    assert told(tmp_path, gone) == (
        "films",
        False,
        f"{gone}: no such file or directory; mount it, or set programmes.night.films",
    )
