"""The demo as a person runs it: a folder in, sentences and a page out."""

import contextlib
import http.client
import json
import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import photos
from lantern.cli.demo import DISPLAYS
from support.ports import free_port
from support.screen import display, needs_player

START_DEADLINE_S = 60
STOP_DEADLINE_S = 5


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    (folder / "zoo").mkdir(parents=True)
    for name, width in (("a.jpg", 400), ("zoo/b.jpg", 500)):
        (folder / name).write_bytes(photos.jpeg(width=width))
    return folder


def demo(*arguments, state, **options):
    command = [sys.executable, "-m", "lantern", "demo", "--state", str(state), *map(str, arguments)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=90, **options
    )


def revisions(state):
    (catalog,) = state.glob("*/catalog.sqlite3")
    with contextlib.closing(sqlite3.connect(catalog)) as connection:
        return connection.execute("SELECT id, revision FROM photo ORDER BY id").fetchall()


def wait_for_page(port):
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.request("GET", "/health")
            return connection.getresponse().status
        time.sleep(0.1)
    raise TimeoutError(f"no page on port {port} within {START_DEADLINE_S} s")


def test_once_prints_each_sentence_and_a_search_and_a_second_run_describes_nothing(
    folder, tmp_path
):
    first = demo("--once", folder, state=tmp_path / "state")
    assert first.returncode == 0, first.stderr
    assert "2/2 photos" in first.stdout
    assert "a.jpg" in first.stdout
    assert "zoo/b.jpg" in first.stdout
    assert 'search "' in first.stdout
    assert " 0 found" not in first.stdout
    before = revisions(tmp_path / "state")
    second = demo("--once", folder, state=tmp_path / "state")
    assert second.returncode == 0
    assert len(before) == 2
    assert revisions(tmp_path / "state") == before


def test_a_folder_without_a_usable_photo_is_exit_code_5(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "text.jpg").write_text("no photo")
    result = demo("--once", tmp_path / "photos", state=tmp_path / "state")
    assert result.returncode == 5
    assert "nothing could be captioned" in result.stderr
    assert "expected a JPEG, found text" in " ".join(result.stdout.split())


def test_a_folder_that_is_not_there_is_exit_code_3_and_named(tmp_path):
    result = demo("--once", tmp_path / "nowhere", state=tmp_path / "state")
    assert result.returncode == 3
    assert str(tmp_path / "nowhere") in result.stderr


def test_ctrl_c_ends_daemon_workers_and_page_and_leaves_a_whole_catalog(folder, tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "lantern", "demo", "--state", str(tmp_path / "state")]
    process = subprocess.Popen(
        [*command, "--port", str(port), str(folder)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert wait_for_page(port) == 200
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everybody at once
        process.communicate(timeout=STOP_DEADLINE_S)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    (catalog,) = (tmp_path / "state").glob("*/catalog.sqlite3")
    with contextlib.closing(sqlite3.connect(catalog)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@contextlib.contextmanager
def running(folder, state):
    """Run the demo; give its port and its process."""
    port = free_port()
    command = [sys.executable, "-m", "lantern", "demo", "--state", str(state)]
    process = subprocess.Popen(
        [*command, "--port", str(port), str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert wait_for_page(port) == 200
        yield port, process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=START_DEADLINE_S)


def sign_in(port, password):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        headers = {
            "Origin": f"http://127.0.0.1:{port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request("POST", "/sign-in", f"password={password}", headers)
        return connection.getresponse().status


def test_the_demo_tells_how_to_become_its_owner_and_logs_who_signs_in(folder, tmp_path):
    state = tmp_path / "a state"
    with running(folder, state) as (port, process):
        told = [process.stdout.readline() for _ in range(4)]
        assert told[0].startswith(f"The page is at http://127.0.0.1:{port}/")
        assert "set a password" in told[1]
        command = [*shlex.split(told[2]), "--stdin"]
        done = subprocess.run(
            command, input="lamp oil and brass\n", capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert sign_in(port, "lamp+oil") == 403
        assert sign_in(port, "lamp+oil+and+brass") == 303
        log = Path(told[3].removeprefix("The log: ").rstrip("\n"))
        text = log.read_text()
        assert "page is served" in text
        assert "wrong password address=127.0.0.1" in text
        assert "owner signed in address=127.0.0.1" in text
    with running(folder, state) as (_, process):
        process.stdout.readline()
        assert process.stdout.readline().startswith("The log: ")


def test_a_port_that_is_taken_is_exit_code_4_and_named(folder, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        result = demo("--port", port, folder, state=tmp_path / "state")
    assert result.returncode == 4
    assert str(port) in result.stderr


@pytest.mark.skipif(any(DISPLAYS.glob("card*")), reason="this machine has a display of its own")
def test_a_show_without_a_display_is_exit_code_4_with_what_to_do(folder, tmp_path):
    nowhere = {**os.environ, "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    result = demo("--show", folder, state=tmp_path / "state", env=nowhere)
    assert result.returncode == 4
    assert "expected a display" in result.stderr


@needs_player
def test_a_show_is_played_in_a_window_and_ctrl_c_ends_all_of_it(folder, tmp_path):
    command = [sys.executable, "-m", "lantern", "demo", "--state", str(tmp_path / "state")]
    with display(640, 480) as shown_on:
        process = subprocess.Popen(
            [*command, "--port", str(free_port()), "--show", str(folder)],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "DISPLAY": shown_on.name},
        )
        try:
            deadline = time.monotonic() + START_DEADLINE_S
            while not any(shown_on.grab().convert("L").histogram()[64:]):
                assert process.poll() is None
                assert time.monotonic() < deadline, "nothing is to be seen"
                time.sleep(0.2)
            told = showing(next((tmp_path / "state").glob("*/lantern.toml")))
            os.killpg(process.pid, signal.SIGINT)
            process.wait(STOP_DEADLINE_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0
    assert told["programme"] == "demo"
    assert told["work"] in ("a.jpg", "zoo/b.jpg")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def showing(file):
    """Return what `lantern show` tells of the demo by its configuration."""
    command = [sys.executable, "-m", "lantern", "--config", str(file), "show", "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
