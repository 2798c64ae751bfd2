"""A support bundle of a house full of secrets, addresses and names: none of them is in it."""

import json
import os
import pwd
import socket
import stat
import tarfile
import time

import pytest

import photos
from lantern.__main__ import main
from lantern.backup import spool
from lantern.backup.report import Action, Outcome, Report, RepositoryReport
from lantern.backup.secrets import Secrets
from lantern.health import house_checks, units
from support.house import House, photo

KEY = "9f3c1a77e2b84d05c6aa1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60"
PASSPHRASE = "gr4vel-umbrella-Horse.7"
MAIL = "mailto://annamaria:l3tter-b0x@mail.example"
SECRETS = (
    *(KEY, "corr3ct-h0rse", "hunter2", "s3ssion.t0ken.xyz", "scrypt-of-the-owner", "tr0ub4dor"),
    *(PASSPHRASE, "l3tter-b0x"),
)
ADDRESSES = (
    *("192.168.178.23", "10.0.0.7", "fe80::1ff:fe23:4567:890a", "2001:db8::7", "203.0.113.9"),
    *("b8:27:eb:12:34:56", "B8-27-EB-12-34-57", "b827.eb12.3458", "anna@mail.example"),
)
HOSTS = (
    *("annas-gallery", "beamer-im-saal", "such-kiste", "fotos.annas-haus", "nas.fritz.box"),
    "kiste-im-keller",
)
PEOPLE = ("annamaria", "Anna Maria Huber")
NAMES = ("Hochzeit", "Kuss", "Strand", "München", "geheim", "Urlaub", "Taufe", "Erna", "Bilder")
PLACES = ("USB STICK", "Annas Bilder")

MORE = """
[search]
engine = "meilisearch"
url = "http://such-kiste.example:7700"
key_file = "{home}/index.key"
search_key_file = "{home}/search.key"
[web]
names = ["fotos.annas-haus.example"]
[show]
programme = "Taufe"
[programmes.Taufe]
photos = "all"
query = "Erna am Strand"
films = "{home}/Filme Urlaub"
[projector]
by = "pjlink"
host = "beamer-im-saal.example"
password_file = "{home}/projector.password"
[hours]
needs_ntp = false
[backup]
repositories = ["ssh://annamaria@kiste-im-keller.example:2222/Bilder/Sicherung"]
notice_file = "{home}/notices"
notices = "off"
"""

SPOILED = f"""\
2026-11-21 10:00:00 INFO photo described photo="Hochzeit Anna/Kuss am Strand 1.jpg" took_ms=31
2026-11-21 10:00:01 WARNING trouble of=projector sentence="beamer-im-saal.example: no answer"
2026-11-21 10:00:02 ERROR no show error="OSError(2, '/media/annamaria/USB STICK/Urlaub.mp4')"
2026-11-21 10:00:03 ERROR no show reason="b'M\\xc3\\xbcnchen geheim.jpg' at 192.168.178.23" count=3
2026-11-21 10:00:04 INFO signed in address=10.0.0.7 session=s3ssion.t0ken.xyz words="Tante Erna"
Traceback (most recent call last):
  File "/usr/lib/python3.11/asyncio/runners.py", line 118, in run
OSError: [Errno 5] Input/output error: '/home/annamaria/Annas Bilder/Taufe/x.jpg'
mpv: cannot open /srv/Annas Bilder/Taufe am Strand/Kuss.mkv: no such file
wlan0: b8:27:eb:12:34:56 B8-27-EB-12-34-57 b827.eb12.3458 fe80::1ff:fe23:4567:890a%wlan0/64
mounting smb://annamaria:tr0ub4dor@nas.fritz.box/Bilder from 2001:db8::7, 203.0.113.9:8080
config: password = "hunter2", key: {KEY}, Authorization: Bearer s3ssion.t0ken.xyz
projector refused corr3ct-h0rse, the page scrypt-of-the-owner
sent to anna@mail.example by annamaria on annas-gallery
borg said of kiste-im-keller.example:/Bilder/Sicherung: passphrase supplied was {PASSPHRASE}
photo Hochzeit Anna/Kuss am Strand 1.jpg: cannot be read; see Hochzeit Anna/Kuss am Strand 1.xmp
"""


def journal_entries():
    """Yield what the journal has: the same lines, as entries with and without fields."""
    for line in SPOILED.splitlines():
        yield {"MESSAGE": line, "_SYSTEMD_UNIT": "lantern-screen.service", "PRIORITY": "4"}
    yield {
        "MESSAGE": "photo not described photo=Taufe/geheim.jpg",
        "LANTERN_EVENT": "photo not described",
        "LANTERN_PHOTO": list("Taufe/geheim \xff.jpg".encode("latin-1")),
        "LANTERN_STATE": "FAILED",
        "LANTERN_REASON": "two values of 192.168.178.23",
        "LANTERN_TOOK_MS": "812",
        "_HOSTNAME": "annas-gallery",
        "_MACHINE_ID": KEY[:32],
        "__REALTIME_TIMESTAMP": "1795277261000000",
        "_SYSTEMD_UNIT": "lantern.service",
    }


@pytest.fixture(scope="module")
def private_house(tmp_path_factory):
    """Give a house that is as private as can be, with its daemon at work."""
    home = tmp_path_factory.mktemp("house") / "Annas Bilder"
    house = House(home, further=MORE.format(home=home))
    secrets = {"index.key": KEY, "search.key": KEY[::-1], "projector.password": "corr3ct-h0rse"}
    for name, secret in secrets.items():
        (home / name).write_text(f"{secret}\n")
        (home / name).chmod(0o600)
    (home / "Filme Urlaub").mkdir()
    (home / "Filme Urlaub" / "Unser Urlaub in München.mp4").write_bytes(b"no film")
    erna = photos.annotated(photo(1), xmp={"Xmp.dc.description": {"x-default": "Tante Erna"}})
    house.put("Hochzeit Anna/Kuss am Strand 1.jpg", erna)
    house.put("Taufe/München geheim.jpg", b"no photo")
    house.put(b"Taufe/geheim \xff.jpg", photo(2))
    (home / "lantern.log").write_text(SPOILED)
    text = house.file.read_text()
    house.file.write_text(f"# the old password was hunter2, ask annamaria\n{text}")
    (home / "notices").write_text(f"{MAIL}\n")
    backed_up(house)
    with house.running():
        house.wait(lambda: len(house.described()) == 2, "both are described")
        house.wait_notice("projector")
        house.wait_notice("the backup failed")
        (house.config.paths.state_folder / "password").write_text("scrypt-of-the-owner\n")
        yield house


def backed_up(house):
    """Leave the backup's secrets, and the report of a run that names much."""
    secrets = Secrets.of(house.config.paths)
    secrets.make_folders()
    secrets.kept_passphrase.write_text(f"{PASSPHRASE}\n")
    (repository,) = house.config.backup.repositories
    sentences = (
        "kiste-im-keller.example refused annamaria; run its line again",
        "Hochzeit Anna/Kuss am Strand 1.jpg: not readable",
    )
    told = RepositoryReport(
        repository=repository, outcome=Outcome.FAILED, kind="refused", sentences=sentences
    )
    report = Report(
        id="20261121T033000Z-backup",
        action=Action.BACKUP,
        began=time.time() - 60,
        ended=time.time(),
        version="1",
        repositories=(told,),
    )
    spool.leave(house.config.paths, report)


@pytest.fixture
def house(private_house, monkeypatch):
    """Give the house as it is on Anna's machine."""
    anna = pwd.struct_passwd(
        ("annamaria", "x", 1234, 1234, "Anna Maria Huber,,,", "/home/annamaria", "/bin/sh")
    )
    everybody = [*pwd.getpwall(), anna]
    monkeypatch.setattr(socket, "gethostname", lambda: "annas-gallery")
    monkeypatch.setattr(pwd, "getpwall", lambda: everybody)
    return private_house


def unpacked(file):
    with tarfile.open(file) as archive:
        assert {(entry.uid, entry.uname, entry.mode) for entry in archive} == {(0, "", 0o644)}
        return {
            entry.name.partition("/")[2]: archive.extractfile(entry).read().decode()
            for entry in archive
        }


def leaks(parts, plants):
    """Return where any of `plants` stands, as it is or as JSON writes it."""
    return [
        (name, plant, line)
        for name, text in parts.items()
        for line in text.splitlines()
        for plant in plants
        if plant.casefold() in line.casefold() or json.dumps(plant)[1:-1] in line
    ]


def test_nothing_private_is_in_a_bundle_and_the_rest_is(house, tmp_path, capsys):
    file = tmp_path / "bundle.tar.gz"
    assert main(["--config", str(house.file), "support-bundle", str(file)]) == 0
    told = capsys.readouterr().out
    parts = unpacked(file)
    private = (*SECRETS, *ADDRESSES, *HOSTS, *PEOPLE, *NAMES, *PLACES, str(tmp_path))
    assert leaks(parts, private) == []
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600

    assert all(name in told for name in parts)
    assert "names of photos are left out" in told
    assert "not to be had" not in "".join(
        text for name, text in parts.items() if name != "units.json"
    )
    assert "2 of 3 files described in <photos>" in parts["status.txt"]
    assert "no answer" in parts["log.txt"]
    assert "took_ms=31" in parts["log.txt"]
    assert '/usr/lib/python3.11/asyncio/runners.py", line 118, in run' in parts["log.txt"]
    assert "projector.by = 'pjlink'" in parts["config.txt"]
    assert "projector.host = (set)" in parts["config.txt"]
    assert "camera.by = 'none'" in parts["config.txt"]
    assert "web.host = '127.0.0.1'" in parts["config.txt"]
    assert 'lantern_files{state="captioned"} 2.0' in parts["metrics.txt"]
    assert json.loads(parts["model.json"])["deviation"] is None
    assert json.loads(parts["doctor.json"])["findings"]
    assert json.loads(parts["status.json"])["counts"]["failed"] == 1
    (backup,) = json.loads(parts["backups.json"])["reports"]
    assert backup["repositories"][0]["kind"] == "refused"
    assert "repository 1: nothing known yet" in parts["status.txt"]


def test_names_are_in_it_when_asked_for_and_secrets_and_addresses_are_not(house, tmp_path, capsys):
    file = tmp_path / "bundle.tar.gz"
    words = ["support-bundle", "--with-names", str(file)]
    assert main(["--config", str(house.file), *words]) == 0
    assert "names of photos are IN IT" in capsys.readouterr().out
    parts = unpacked(file)
    assert leaks(parts, (*SECRETS, *ADDRESSES, *HOSTS, *PEOPLE)) == []
    assert "Hochzeit Anna/Kuss am Strand 1.jpg" in parts["log.txt"]
    assert "Taufe/München geheim.jpg" in parts["status.txt"]
    assert main(["--config", str(house.file), *words]) == 4, "a bundle is never overwritten"


def test_the_journal_and_systemd_say_nothing_private_either(house, tmp_path, monkeypatch, capsys):
    (tmp_path / "entries").write_text("\n".join(map(json.dumps, journal_entries())))
    (tmp_path / "shown").write_text(
        "Id=lantern.service\nLoadState=loaded\nActiveState=failed\nNRestarts=9\n"
        "StatusText=trouble: beamer-im-saal.example at 10.0.0.7, Taufe/München geheim.jpg\n"
    )
    for program, told in (("journalctl", "entries"), ("systemctl", "shown"), ("mpv", "entries")):
        (tmp_path / program).write_text(f"#!/bin/sh\ncat {tmp_path}/{told}\n")
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(units, "RUNS", tmp_path)
    monkeypatch.setattr(house_checks, "RUNS", tmp_path)
    monkeypatch.setattr(units.states, "__defaults__", ((*units.UNITS, units.BACKUP), tmp_path))
    file = tmp_path / "bundle.tar.gz"
    assert main(["--config", str(house.file), "support-bundle", str(file)]) == 0
    capsys.readouterr()
    parts = unpacked(file)
    assert leaks(parts, (*SECRETS, *ADDRESSES, *HOSTS, *PEOPLE, *NAMES, *PLACES)) == []
    assert json.loads(parts["units.json"])[0]["restarts"] == "9"
    assert "lantern photo not described" in parts["log.txt"]
    assert 'state="FAILED"' in parts["log.txt"]
    assert "took_ms=812" in parts["log.txt"]


def test_a_configuration_that_cannot_be_used_is_no_reason_for_no_bundle(tmp_path, capsys):
    config = tmp_path / "lantern.toml"
    config.write_text('[photos]\nroot = "/srv/geheim"\n[web]\nport = "hunter2"\n')
    file = tmp_path / "bundle.tar.gz"
    assert main(["--config", str(config), "support-bundle", str(file)]) == 0
    parts = unpacked(file)
    assert leaks(parts, ("hunter2", "geheim", str(tmp_path))) == []
    assert "not to be had" in parts["config.txt"]
    assert "web.port" in parts["config.txt"]
    assert "kernel" in parts["versions.txt"]


def test_a_bundle_is_not_written_where_it_cannot_be(tmp_path, capsys):
    config = tmp_path / "lantern.toml"
    config.write_text(f'[photos]\nroot = "{tmp_path}"\n')
    words = ["--config", str(config), "support-bundle", str(tmp_path / "no" / "bundle")]
    assert main(words) == 4
    assert "name a file where you may write" in capsys.readouterr().err
