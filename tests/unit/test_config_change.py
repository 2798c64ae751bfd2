"""What a changed file changes at once, and what waits."""

import copy

import msgspec
import pytest

from lantern import config
from lantern.config.change import changes, merged

BEFORE = """
[photos]
root = "/srv/photos"
[show]
programme = "everyday"
[programmes.everyday]
photos = "all"
[[sensors]]
name = "front"
by = "simulated"
"""


def read(text):
    return config.parse(text)


def after(old, new):
    assert old in BEFORE
    return read(BEFORE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[show]", "[sound]\nfull_db = -3\n[show]", [["sound.full_db"], [], [], []]),
        ("[show]", "[hours]\nmonday = []\n[show]", [["hours.monday"], [], [], []]),
        ("[show]", "[hours]\nzone = 'UTC'\n[show]", [["hours.zone"], [], [], ["hours.zone"]]),
        ("[show]", "[captions]\nwrite = 'off'\n[show]", [["captions.write"], [], [], []]),
        ("[show]", "[captions]\nworkers = 1\n[show]", [[], ["captions.workers"], [], []]),
        ("[show]", "[web]\nport = 80\n[show]", [[], [], [], ["web.port"]]),
        ("[show]", "[show]\naudio = 'null'", [["show.audio"], [], ["show.audio"], []]),
        ("[show]", "[show]\nphoto_s = 5", [["show.photo_s"], [], [], []]),
        ("[show]", "[backup]\nnotices = 'off'\n[show]", [["backup.notices"], [], [], []]),
        ("front", "back", [["sensors"], [], [], []]),
        ('"all"', '"newest"', [["programmes"], [], [], []]),
        ("/srv/photos", "/mnt", [[], ["photos.root"], [], ["photos.root"]]),
        ("[show]", "[paths]\nstate = '/x'\n[show]", [[], ["paths.state"], [], ["paths.state"]]),
    ],
)
def test_each_change_is_told_by_what_it_takes(old, new, told):
    """Lists of options: in force now, and by a new start of the daemon, the screen, the page."""
    differ = changes(read(BEFORE), after(old, new))
    assert [list(part) for part in msgspec.structs.astuple(differ)] == told


def test_nothing_is_told_of_the_same():
    assert msgspec.structs.astuple(changes(read(BEFORE), read(BEFORE))) == ((), (), (), ())


def test_only_a_change_of_the_show_begins_another():
    assert changes(read(BEFORE), after("front", "back")).of_show
    of_captions = after("[show]", "[captions]\nwrite = 'off'\n[show]")
    assert not changes(read(BEFORE), of_captions).of_show


def test_what_waits_is_told_again_until_it_is_in_force():
    wanted = after("/srv/photos", "/mnt")
    running = merged(read(BEFORE), wanted)
    assert running == read(BEFORE)
    assert changes(running, wanted).daemon == ("photos.root",)
    assert changes(running, read(BEFORE)).daemon == ()


def test_all_that_can_be_is_in_force_at_once():
    captions = "[captions]\nwrite = 'off'\nworkers = 3\n"
    wanted = after("[show]", f"{captions}[show]\nphoto_s = 5\nfade_s = 0")
    running = merged(read(BEFORE), wanted)
    assert (running.captions.write, running.captions.workers) == ("off", 0)
    assert running.show == wanted.show
    assert changes(running, wanted).now == ()


def test_every_option_is_somebody_s():
    """A new section is in force at once, or told to wait: none is changed in silence."""
    for section in msgspec.structs.fields(config.Config):
        wanted = read(BEFORE)
        value = getattr(wanted, section.name)
        if isinstance(value, config.Section):
            field = msgspec.structs.fields(value)[0]
            value = copy.copy(value)
            msgspec.structs.force_setattr(value, field.name, object())
        else:
            value = object()
        msgspec.structs.force_setattr(wanted, section.name, value)
        differ = changes(read(BEFORE), wanted)
        assert any(msgspec.structs.astuple(differ)), section.name
