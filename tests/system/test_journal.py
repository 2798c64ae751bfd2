"""The real daemon's log in a real journal: a journald in mounts of its own, which root may make."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.house import House, photo

JOURNALD = Path("/lib/systemd/systemd-journald")
SYSTEMD_PYTHON = Path("/usr/lib/python3/dist-packages/systemd")
WITHIN_S = 60

IN_A_JOURNAL = """
set -e
machine=$(cat /etc/machine-id)
mount -t tmpfs none /run
mount -t tmpfs none /var/log
mkdir -p /run/systemd/journal "/run/log/journal/$machine"
"$JOURNALD" >/dev/null 2>&1 &
journald=$!
trap 'kill $journald' EXIT
for _ in $(seq 100); do [ -S /run/systemd/journal/stdout ] && break; sleep 0.1; done
systemd-cat --identifier=stream sh -c '
    JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/2) exec "$@"' sh "$@" &
daemon=$!
for event in "photo described" "photo not described"; do
    until [ -n "$(journalctl -q -D /run/log/journal LANTERN_EVENT="$event")" ]; do sleep 0.2; done
done
kill $daemon
wait $daemon || true
journalctl --sync
echo "$LOGS" | while read -r words; do
    [ -z "$words" ] || eval "$LANTERN logs $words" >>"$PWD/logs"
done
journalctl -D /run/log/journal -o json --all
"""


def missing():
    """Return what this machine lacks, "" where the journal can be tried."""
    extension = SYSTEMD_PYTHON / f"_journal.cpython-{sys.version_info[0]}{sys.version_info[1]}"
    if os.geteuid() != 0:
        return "root's rights, to mount a /run of its own"
    if not JOURNALD.exists() or not shutil.which("systemd-cat"):
        return "systemd"
    if not list(SYSTEMD_PYTHON.glob(f"{extension.name}*")):
        return "python3-systemd for this Python"
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        return "the right to unshare mounts"
    return ""


def entries(tmp_path, command, *, lantern="", logs=()):
    """Return all entries of a journal of its own, in which `command` logs.

    What `lantern logs` tells of it, asked with each words of `logs`, goes into the file "logs".
    """
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "systemd").symlink_to(SYSTEMD_PYTHON)
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c", IN_A_JOURNAL, "bash", *command],
        env=os.environ
        | {"JOURNALD": str(JOURNALD), "PYTHONPATH": str(packages)}
        | {"LANTERN": lantern, "LOGS": "\n".join(logs)},
        cwd=tmp_path,
        capture_output=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.skipif(bool(missing()), reason=f"the journal wants {missing()}")
def test_the_journal_is_asked_by_what_happened_and_by_photo(tmp_path):
    house = House(tmp_path)
    house.put("good.jpg", photo(1))
    house.put(b"odd \xff name.jpg", b"no photo")
    found = entries(
        tmp_path,
        house.command("run"),
        lantern=shlex.join(house.command()),
        logs=["--photo good.jpg --json", "--event 'NOT described' --since 1h"],
    )

    ours = [entry for entry in found if entry.get("SYSLOG_IDENTIFIER") == "lantern"]
    assert {entry["_TRANSPORT"] for entry in ours} == {"journal"}
    by_event = {entry["LANTERN_EVENT"]: entry for entry in ours}
    began, good = by_event["lantern runs"], by_event["photo described"]
    assert began["PRIORITY"] == "6"
    assert began["MESSAGE"].startswith("lantern runs version=")
    assert began["LANTERN_ROOT"] == str(house.root)
    assert began["CODE_FILE"].endswith("lantern/app.py")
    assert good["LANTERN_PHOTO"] == "good.jpg"
    assert good["PRIORITY"] == "6"
    bad = by_event["photo not described"]
    assert bad["PRIORITY"] == "4"
    assert bad["LANTERN_STATE"] == "FAILED"
    assert bad["LANTERN_PHOTO"] == "odd \ufffd name.jpg"
    assert by_event["stopping"]["PRIORITY"] == "6"

    told = (tmp_path / "logs").read_text().splitlines()
    of_photo = [json.loads(line) for line in told if line.startswith("{")]
    assert {entry["LANTERN_PHOTO"] for entry in of_photo} == {"good.jpg"}
    assert [line for line in told if "photo not described" in line]
    assert not [line for line in told if "lantern runs" in line]
