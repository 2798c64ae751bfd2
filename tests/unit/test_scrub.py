"""What is private is taken out of a text, and what helps stays."""

import time

import pytest

from lantern.cli.support_bundle import gathered
from lantern.cli.support_log import of_journal, of_lines
from lantern.cli.support_parts import PARTS, Asked
from lantern.health.scrub import Private, Scrubber

PRIVATE = Private(
    secrets=("p4ss.word",),
    hosts=("gallery", "nas", "pi"),
    people=("ada", "pi"),
    places={"/srv/our photos": "photos", "/home/ada": "home"},
    names=("2019/Rex am Strand.jpg", "party/IMG_0001.jpg", "photos/x.jpg", "7.jpg"),
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("the key is p4ss.word.", "the key is <secret>."),
        ("password=abc, next", "password=<secret>, next"),
        ('api_key: "abc def"', 'api_key: <secret> def"'),
        ("from 192.168.1.7:8080 and 10.0.0.0/8", "from <address>:8080 and <address>"),
        ("from fe80::1%eth0 and 2001:db8::7.", "from <address> and <address>."),
        ("b8:27:eb:12:34:56 b827.eb12.3456", "<mac> <mac>"),
        ("http://nas:80/x?y and https://a.example", "http://<host> and https://<host>"),
        ("ada@mail.example on gallery", "<mail> on <host>"),
        ("by ada, at nas.fritz.box", "by <user>, at <host>"),
        ("photos.our-house.example, lantern.our.org, web.de", "<host>, <host>, <host>"),
        ("/srv/our photos/a b/c.jpg: gone", "<photos>: gone"),
        ("in /home/ada/x y: gone", "in <home>: gone"),
        ("/mnt/A B/c d.txt; see", "<path>; see"),
        ("OSError: '/mnt/A B'", "OSError: '<path>'"),
        ("b'caf\\xc3\\xa9'", "<bytes>"),
        ("Rex am Strand.jpg failed", "<name> failed"),
        ("in party: IMG_0001.xmp", "in <name>: <name>.xmp"),
        ("unknown.HEIC failed", "<photo> failed"),
        ("/dev/serial/by-id/usb-A_1-if00", "/dev/serial/by-id/<serial>"),
        ("serial 9f3c1a77e2b84d05c6aa", "serial <token>"),
    ],
)
def test_what_is_private_is_replaced(text, told):
    assert Scrubber(PRIVATE).text(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "photos: 8 of 12 files described, lately 31 ms a sentence",
        "http://127.0.0.1:8080/ answers, 0.0.0.0 and ::1 are nobody's",
        "2026-11-21 10:00:00 INFO lantern runs version=0.1.0",
        "2026-11-21T10:00:00.123+00:00",
        '  File "/usr/lib/python3.11/asyncio/runners.py", line 118, in run',
        "lantern.cli.status: photos.root, lantern.log",
        "sqlite3.OperationalError: disk I/O error at /var/lib/lantern/catalog.sqlite3",
        "set hours.needs_ntp in /etc/lantern/lantern.toml; lantern-web.service is active",
        "Raspberry Pi 4 Model B Rev 1.5, kernel 6.12.34+rpt-rpi-v8",
        "3.4 photos/s, 44 % and/or more",
        "/dev/ttyACM0: there",
    ],
)
def test_what_helps_stays(text):
    assert Scrubber(PRIVATE).text(text) == text


def test_names_stay_when_they_are_asked_for_and_secrets_never():
    scrubber = Scrubber(PRIVATE, with_names=True)
    told = scrubber.text("/srv/our photos/2019/Rex am Strand.jpg p4ss.word 10.0.0.7 gallery")
    assert told == "/srv/our photos/2019/Rex am Strand.jpg <secret> <address> <host>"


def test_very_many_names_are_looked_for_in_a_long_log_within_seconds():
    names = tuple(f"holiday {n % 97}/IMG {n:06}.jpg" for n in range(20_000))
    text = "photo described IMG 000123.jpg in holiday 12 took_ms=31\n" * 1_000
    begun = time.perf_counter()
    told = Scrubber(Private(names=names)).text(text)
    assert time.perf_counter() - begun < 20
    assert "IMG" not in told
    assert told.count("took_ms=31") == 1_000


def test_of_an_entry_only_known_fields_numbers_and_choices_are_told():
    line = 'x y reason="at 10.0.0.7" photo=a.jpg secretly=Rex took_ms=3 inferred=True'
    (told,) = of_lines([f"2026-11-21 10:00:00 INFO {line}"], Scrubber(PRIVATE))
    assert told == (
        '2026-11-21 10:00:00 INFO x y reason="at <address>" photo=<...> secretly=<...> '
        "took_ms=3 inferred=True"
    )


def test_an_entry_that_is_no_json_or_no_text_costs_only_itself():
    lines = [
        b"no json",
        b'{"MESSAGE": [82, 101, 120]}',
        b'{"MESSAGE": null}',
        b'{"UNIT": ["a", "b"]}',
    ]
    assert [line.split(" ", 2)[2].strip() for line in of_journal(lines, Scrubber(Private()))] == [
        *("Rex", "", "a b"),
    ]


def test_a_part_that_fails_says_so_and_costs_no_other(monkeypatch):
    def broken(_):
        raise ZeroDivisionError("at 10.0.0.7")

    monkeypatch.setattr(
        "lantern.cli.support_bundle.PARTS", {"a.txt": broken, "b.txt": lambda _: "b"}
    )
    parts = gathered(Asked(None, "none", None, Scrubber(PRIVATE)))
    assert parts["a.txt"] == "not to be had: ZeroDivisionError: at <address>\n"
    assert parts["b.txt"] == "b\n"
    assert "README.txt" in parts
    assert "status.txt" in PARTS
