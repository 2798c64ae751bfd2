"""Install on a machine that never saw Lantern, use it, break it, upgrade it, and remove it.

The tests share one machine, and go on where the one before ended, as its owner would.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import photos
from support.machine import Machine
from support.shell import all_active, eventually

UNITS = ("lantern.service", "lantern-web.service", "lantern-screen.service")
INSTALL = "/clones/{}/scripts/install --wheels /wheels --maintainer keeper"
PAGE = "http://127.0.0.1:8080"
BEFORE = "find /etc /usr /opt /var/lib /srv -xdev | LC_ALL=C sort >/tmp/before"

pytestmark = pytest.mark.timeout(900)  # the machine may have to be made first


@pytest.fixture(scope="module")
def installed(machine: Machine, clone: Path) -> str:
    """Install as a stranger would, and return what was told."""
    machine.told("useradd --create-home --shell /bin/bash keeper")
    machine.told(BEFORE)
    shutil.copytree(clone, clone.with_name("first"))
    return machine.told(INSTALL.format("first"), timeout_s=300)


def is_up(machine: Machine) -> bool:
    return machine.run(f"{all_active(*UNITS)} && curl -fs {PAGE}/health").returncode == 0


def finds(machine: Machine, words: str) -> bool:
    return '"total":1' in machine.run(f"curl -fs '{PAGE}/api/search?q={words}'").stdout


def test_installing_ends_with_the_page_its_address_and_a_code_for_phones(
    machine: Machine, installed: str
) -> None:
    assert "its page is http://" in installed
    assert ".local:8080/" in installed
    assert "█" in installed
    assert eventually(lambda: is_up(machine)), machine.run(
        f"systemctl status {' '.join(UNITS)}"
    ).stdout
    assert machine.told("systemctl --failed --no-legend") == ""
    assert machine.told("systemctl is-enabled lantern.target") == "enabled"


def test_a_photo_that_the_maintainer_drops_in_is_found_on_the_page(
    machine: Machine, installed: str, clone: Path
) -> None:
    photos.picture(800, 600).save(clone.parent / "harbour.jpg")
    machine.told("cp /clones/harbour.jpg /tmp; chmod a+r /tmp/harbour.jpg")
    machine.told("su keeper -c 'cp /tmp/harbour.jpg /srv/photos/'")
    assert eventually(lambda: finds(machine, "harbour")), machine.run(
        "journalctl -u lantern --no-pager | tail -20"
    ).stdout


def test_the_maintainer_asks_the_daemon_without_sudo(machine: Machine, installed: str) -> None:
    told = machine.told("su keeper -c 'lantern status'")
    assert "/srv/photos" in told
    refused = machine.run("su nobody -s /bin/sh -c 'lantern status'")
    assert refused.returncode == 4
    assert "Permission denied" in refused.stdout


def test_the_maintainer_looks_after_it_without_sudo(machine: Machine, installed: str) -> None:
    doctor = json.loads(machine.run("su - keeper -c 'lantern doctor --json'").stdout)["findings"]
    wrong = [found for found in doctor if not found["good"]]
    assert [found["subject"] for found in wrong] == ["clock"], wrong  # it has no network
    sentences = {found["subject"]: found["sentence"] for found in doctor}
    assert sentences["services"].startswith("active: lantern, lantern-web, lantern-screen")
    assert sentences["journal"] == "it takes 200M at most"
    assert "lantern runs" in machine.told("su - keeper -c 'lantern logs --event runs'")
    assert "Started lantern-web" in machine.told("su - keeper -c 'lantern logs --unit lantern-web'")
    machine.told("su - keeper -c 'lantern support-bundle bundle.tar.gz'")
    bundle = machine.told("tar -xzOf /home/keeper/bundle.tar.gz")
    assert "lantern runs" in bundle
    for private in ("harbour", "keeper", machine.told("hostname")):
        assert private not in bundle, private


def backed_up(machine: Machine) -> dict[str, Any]:
    """Return what became of the newest backup."""
    told = json.loads(machine.told("su keeper -c 'lantern backup report --json'"))["reports"]
    (newest,) = (report for report in told if report["action"] == "backup")
    (repository,) = newest["repositories"]
    return dict(repository)


def test_a_backup_is_made_by_its_unit_and_told_of_by_the_daemon(
    machine: Machine, installed: str
) -> None:
    machine.told(all_active("lantern-backup.timer", "lantern-notice.path"))
    machine.told("systemctl start lantern-backup.service")
    assert machine.run("ls /var/lib/lantern-backup").returncode != 0, "it was not set up"
    # what the daemon may not read is saved all the same
    machine.told("install -d -m 700 -o keeper /srv/photos/private; mkdir /mnt/other")
    machine.told("install -m 600 -o keeper /srv/photos/harbour.jpg /srv/photos/private/mine.jpg")
    wanted = 's|^#repositories = .*|repositories = ["/mnt/other/photos"]|'
    machine.told(f"sed -i '{wanted}' /etc/lantern/lantern.toml")
    told = machine.told("lantern backup setup", timeout_s=120)
    assert "next" in told
    machine.told("lantern backup now", timeout_s=180)  # by hand, as root
    assert machine.told("find /var/lib/lantern-backup ! -user lantern-backup") == ""
    machine.told("systemctl reload lantern")
    assert eventually(lambda: "all saved as of" in machine.told("su keeper -c 'lantern status'"))
    first = backed_up(machine)["saved"]
    assert (first["files"], first["unread"]) == (first["new"], 0)
    borgmatic = "borgmatic -c /var/lib/lantern-backup/borgmatic.yaml list --archive latest"
    assert "/mine.jpg" in machine.told(f"runuser -u lantern-backup -- {borgmatic}")
    # a passphrase that systemd hands over
    passphrase = "/var/lib/lantern-backup/secret/passphrase"
    machine.told(f"install -D -m 400 {passphrase} /etc/credstore/backup-passphrase")
    machine.told(f"rm {passphrase}; systemctl start lantern-backup.service", timeout_s=180)
    assert eventually(lambda: backed_up(machine)["saved"]["archive"] != first["archive"])
    machine.told(f"install -o lantern-backup -m 400 /etc/credstore/backup-passphrase {passphrase}")
    assert machine.run("su nobody -s /bin/sh -c 'ls /var/lib/lantern-backup'").returncode != 0
    machine.told("rm -r /srv/photos/private")
    doctor = json.loads(machine.run("su - keeper -c 'lantern doctor --json'").stdout)["findings"]
    wrong = {found["subject"] for found in doctor if not found["good"]}
    assert wrong <= {"clock", "backup notices"}, doctor


TAKE = """
import http.server
class Take(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        open("/tmp/taken", "ab").write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", 8099), Take).serve_forever()
"""
"""Somebody who is written to."""

LEAVE = """
import pathlib
from lantern.backup.outbox import Notice, leave
told = Notice(id="20261121T000000-00", at=1e10, title="A trouble", body="Look at it.")
leave(pathlib.Path("/var/lib/lantern/outbox"), told)
"""
"""What the daemon does when there is something to tell."""


def test_a_notice_that_the_daemon_leaves_is_sent_by_another_who_sees_nothing_else(
    machine: Machine, installed: str, clone: Path
) -> None:
    (clone.parent / "take.py").write_text(TAKE)
    (clone.parent / "leave.py").write_text(LEAVE)
    machine.told("cp /clones/take.py /clones/leave.py /opt; systemd-run -q python3 /opt/take.py")
    machine.told("echo json://127.0.0.1:8099/ >/etc/lantern/notices")
    machine.told("chmod 600 /etc/lantern/notices")
    as_daemon = "systemd-run -q --wait -p User=lantern -p Group=lantern-data -p UMask=0027"
    machine.told(f"{as_daemon} /opt/lantern/current/bin/python /opt/leave.py")
    assert eventually(lambda: "Look at it." in machine.run("cat /tmp/taken").stdout), machine.run(
        "systemctl status lantern-notice.path lantern-notice.service --no-pager"
    ).stdout
    assert eventually(lambda: machine.told("ls /var/lib/lantern/outbox") == "")
    machine.told("rm /opt/take.py /opt/leave.py /etc/lantern/notices")


PROBE = """
import json, os, socket
found = {}
def attempt(name, act):
    try:
        act()
        found[name] = "done"
    except OSError as error:
        found[name] = error.strerror or str(error)
for folder in ("/var/lib/lantern", "/run/lantern", "/srv/photos", "/opt/lantern", "/etc"):
    attempt("write " + folder, lambda: open(folder + "/probe", "w"))
for path in ("/etc/shadow", "/etc/ssh/sshd_config", "/home/keeper/.profile", "/var/log/dpkg.log",
             "/var/lib/lantern/catalog.sqlite3", "/srv/photos/harbour.jpg"):
    attempt("read " + path, lambda: open(path, "rb").read(1))
attempt("run", lambda: os.execv("/srv/photos/program", ["program"]))
attempt("look outward", lambda: socket.create_connection(("203.0.113.1", 9), 2))
attempt("look around", lambda: socket.create_connection(("192.168.7.1", 9), 2))
print(json.dumps(found))
"""
"""What the page's process tries when a visitor has taken it over."""


def test_a_page_that_was_taken_over_reads_and_writes_nothing_that_it_need_not(
    machine: Machine, installed: str, clone: Path
) -> None:
    (clone.parent / "probe.py").write_text(PROBE)
    # addresses that answer: without restrictions these connections are refused, not forbidden
    machine.told("ip address add 203.0.113.1/32 dev lo; ip address add 192.168.7.1/32 dev lo")
    machine.told("cp /clones/probe.py /opt; install -m 755 /bin/true /srv/photos/program")
    units = "/etc/systemd/system"
    machine.told(
        f"sed -e 's#^ExecStart=.*#ExecStart=/usr/bin/python3 /opt/probe.py#'"
        f" -e 's/^Type=.*/Type=oneshot/; s/^Restart=.*/Restart=no/' {units}/lantern-web.service"
        f" >{units}/probe.service; systemctl daemon-reload; systemctl start probe.service"
    )
    found = json.loads(machine.told("journalctl --sync; journalctl -u probe -t python3 -o cat"))
    machine.told(
        f"rm {units}/probe.service /opt/probe.py /srv/photos/program; systemctl daemon-reload"
    )
    allowed = {name for name, outcome in found.items() if outcome == "done"}
    assert allowed == {"read /var/lib/lantern/catalog.sqlite3", "read /srv/photos/harbour.jpg"}, (
        found
    )
    assert found["look around"] == "Connection refused"
    assert found["look outward"] == "timed out"


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_that_is_killed_comes_back(machine: Machine, installed: str, unit: str) -> None:
    before = machine.told(f"systemctl show -p MainPID --value {unit}")
    machine.told(f"systemctl kill --signal=KILL --kill-who=main {unit}")
    asked = f"systemctl show -p MainPID --value {unit}"
    assert eventually(lambda: machine.told(asked) not in {before, "0"})
    assert eventually(lambda: is_up(machine))


@contextlib.contextmanager
def daemon_with(machine: Machine, *settings: str) -> Iterator[None]:
    """Run the daemon by other settings of its unit, and by its own again in the end."""
    drop_in = "/run/systemd/system/lantern.service.d"
    lines = "\n".join(["[Service]", *settings])
    machine.told(f"mkdir -p {drop_in}; cat >{drop_in}/other.conf <<'END'\n{lines}\nEND")
    machine.told("systemctl daemon-reload; systemctl restart --no-block lantern.service")
    yield
    machine.told(f"rm -r {drop_in}; systemctl daemon-reload; systemctl restart lantern.service")
    assert eventually(lambda: is_up(machine))


def test_a_daemon_that_hangs_is_started_anew(machine: Machine, installed: str) -> None:
    starts = "systemctl show -p NRestarts --value lantern.service"
    with daemon_with(machine, "WatchdogSec=5"):
        assert eventually(lambda: is_up(machine))
        # on a busy machine it may have been late by itself, and be starting anew
        hang = (
            "systemctl is-active --quiet lantern.service"
            " && kill -STOP $(systemctl show -p MainPID --value lantern.service)"
        )
        assert eventually(lambda: machine.run(hang).returncode == 0)
        before = machine.told(starts)
        assert eventually(lambda: machine.told(starts) != before)
        assert eventually(lambda: is_up(machine))


def test_starting_it_anew_by_hand_is_no_failure_however_often(
    machine: Machine, installed: str
) -> None:
    for _ in range(7):
        machine.run("systemctl restart --no-block lantern.service; sleep 0.3")
    assert eventually(lambda: is_up(machine))
    assert machine.told("lantern safe-mode status") == "off"


def test_a_daemon_that_fails_for_good_comes_up_in_safe_mode_and_says_so(
    machine: Machine, installed: str
) -> None:
    only_in_safe_mode = "[ -e /var/lib/lantern/safe-mode ] && exec lantern run; exit 1"
    why = "the daemon failed five times within twenty minutes; journalctl -u lantern tells why"
    with daemon_with(machine, "ExecStart=", f"ExecStart=/bin/sh -c '{only_in_safe_mode}'"):
        assert eventually(
            lambda: machine.run("test -e /var/lib/lantern/safe-mode").returncode == 0
        ), machine.run("systemctl status lantern lantern-safe-mode --no-pager").stdout
        assert eventually(lambda: is_up(machine))
        told = machine.run("su keeper -c 'lantern safe-mode status'")
        assert (told.returncode, told.stdout.strip()) == (6, f"on: {why}")
        assert "SAFE MODE" in machine.told("run-parts /etc/update-motd.d")
        machine.told("lantern safe-mode off")
    assert machine.told("su keeper -c 'lantern safe-mode status'") == "off"
    assert "SAFE MODE" not in machine.told("run-parts /etc/update-motd.d")


def test_installing_again_builds_nothing_and_keeps_what_the_owner_set(
    machine: Machine, installed: str
) -> None:
    machine.told("echo '# mine' >>/etc/lantern/lantern.toml; systemctl disable lantern-screen")
    asked = "systemctl show -p MainPID --value lantern.service"
    before = machine.told(asked)
    told = machine.told(INSTALL.format("first"), timeout_s=120)
    assert machine.told(asked) == before
    assert "The program" not in told
    assert "The configuration" not in told
    assert machine.told("tail -1 /etc/lantern/lantern.toml") == "# mine"
    assert machine.run("systemctl is-enabled lantern-screen").stdout.strip() == "disabled"
    machine.told("systemctl enable --now lantern-screen")
    assert finds(machine, "harbour")


STATE_ELSEWHERE = """[Unit]
Description=The disk of Lantern's state
Wants=lantern.service lantern-web.service
[Mount]
What=/disk/state
Where=/var/lib/lantern
Options=bind
"""
OTHER_DISKS = """
systemctl stop lantern.target lantern lantern-web lantern-screen
mkdir /disk && mv /var/lib/lantern /disk/state && mkdir /var/lib/lantern
for disk in /disk /srv/photos; do mount --bind $disk $disk; done
mount -t tmpfs none /var/log && systemctl restart systemd-journald
systemctl daemon-reload
mount -o remount,bind,ro /
"""
AS_BEFORE = """
systemctl stop lantern.target lantern lantern-web lantern-screen var-lib-lantern.mount
mount -o remount,bind,rw /
umount /var/log; systemctl restart systemd-journald; umount /srv/photos /disk
rmdir /var/lib/lantern && mv /disk/state /var/lib/lantern && rmdir /disk
rm /etc/systemd/system/var-lib-lantern.mount
systemctl daemon-reload; systemctl start --no-block lantern.target
"""


def test_on_a_card_that_is_read_only_it_runs_with_its_state_on_another_disk_and_not_without(
    machine: Machine, installed: str, clone: Path
) -> None:
    unit = "/etc/systemd/system/var-lib-lantern.mount"
    machine.told(f"cat >{unit} <<'END'\n{STATE_ELSEWHERE}END")
    machine.told(f"set -e{OTHER_DISKS}")
    for folder in ("/etc", "/usr", "/opt/lantern", "/var/lib", "/var/cache", "/var/tmp", "/home"):
        assert "Read-only" in machine.run(f"touch {folder}/probe").stdout, folder
    machine.told("systemctl start --no-block lantern.target")
    assert eventually(lambda: is_up(machine)), machine.run("systemctl status '*lantern*'").stdout
    photos.picture(800, 600).rotate(90).save(clone.parent / "quay.jpg")
    machine.told(
        "install -m 644 /clones/quay.jpg /tmp; su keeper -c 'cp /tmp/quay.jpg /srv/photos/'"
    )
    assert eventually(lambda: finds(machine, "quay"))
    told = json.loads(machine.run("su - keeper -c 'lantern doctor --json'").stdout)["findings"]
    wrong = {found["subject"] for found in told if not found["good"]}
    assert wrong <= {"clock", "backup notices"}, told
    refused = machine.run(INSTALL.format("first"))
    assert "/etc is read-only" in refused.stdout, refused.stdout

    machine.told(
        "systemctl stop var-lib-lantern.mount; mv /disk/state /disk/pulled; touch /disk/state"
    )
    assert machine.run("systemctl is-active lantern lantern-web").returncode != 0
    machine.told("systemctl start --no-block lantern.target")
    asked = "systemctl is-active var-lib-lantern.mount"
    assert eventually(lambda: machine.run(asked).stdout.strip() == "failed")
    assert machine.run("systemctl is-active lantern lantern-web").returncode != 0
    assert machine.told("ls -A /var/lib/lantern") == "", "no second catalog is begun on the card"
    machine.told("rm /disk/state; mv /disk/pulled /disk/state")
    machine.told("systemctl start --no-block var-lib-lantern.mount")
    assert eventually(lambda: is_up(machine) and finds(machine, "quay"))
    machine.told(f"set -e{AS_BEFORE}")
    assert eventually(lambda: is_up(machine) and finds(machine, "harbour"))


def test_an_upgrade_that_does_not_come_up_is_taken_back(
    machine: Machine, installed: str, clone: Path
) -> None:
    spoiled = shutil.copytree(clone, clone.with_name("spoiled"))
    with (spoiled / "daemon" / "lantern" / "cli" / "run.py").open("a") as command:
        command.write("\n\ndef run(arguments):\n    raise SystemExit('spoiled')\n")
    before = machine.told("readlink /opt/lantern/current")
    failed = machine.run(INSTALL.format("spoiled"), timeout_s=300)
    assert failed.returncode == 1, failed.stdout
    assert "runs again, with the catalog as it was" in failed.stdout, failed.stdout
    assert machine.told("readlink /opt/lantern/current") == before
    assert machine.told("ls /opt/lantern/releases") == before.partition("/")[2]
    assert eventually(lambda: is_up(machine))
    assert finds(machine, "harbour")
    assert machine.run("ls /var/lib/lantern/before-upgrade").returncode != 0


def test_an_upgrade_keeps_photos_and_what_is_said_of_them(
    machine: Machine, installed: str, clone: Path
) -> None:
    machine.told("chown lantern /srv/photos/harbour.jpg")  # only its owner may write into it
    machine.told("lantern caption set /srv/photos/harbour.jpg 'The quay at night'")
    carried = "grep --text --quiet 'The quay at night' /srv/photos/harbour.jpg"
    assert eventually(lambda: machine.run(carried).returncode == 0)
    later = shutil.copytree(clone, clone.with_name("later"))
    with (later / "README.md").open("a") as readme:
        readme.write("\nAnother edition.\n")
    before = machine.told("readlink /opt/lantern/current")
    machine.told(INSTALL.format("later"), timeout_s=300)
    now = machine.told("readlink /opt/lantern/current")
    assert now != before
    assert set(machine.told("ls /opt/lantern/releases").split()) == {
        release.partition("/")[2] for release in (before, now)
    }
    assert eventually(lambda: is_up(machine))
    assert eventually(lambda: finds(machine, "night"))


def test_removing_it_keeps_photos_and_catalog_unless_told_and_leaves_nothing_else(
    machine: Machine, installed: str
) -> None:
    machine.told("/clones/later/scripts/install --uninstall")
    assert machine.run("command -v lantern").returncode != 0
    kept = machine.told("ls /srv/photos /var/lib/lantern /etc/lantern")
    assert {"harbour.jpg", "catalog.sqlite3", "lantern.toml"} <= set(kept.split())
    machine.told("/clones/later/scripts/install --uninstall --purge")
    after = machine.told(
        BEFORE.replace("/tmp/before", "/tmp/after") + "; comm -13 /tmp/before /tmp/after"
    )
    left = [path for path in after.splitlines() if not path.startswith("/srv/photos")]
    assert [path for path in left if "lantern" in path] == []
    assert machine.told("ls /srv/photos/harbour.jpg")
    assert machine.run("getent passwd | grep lantern").stdout == ""
