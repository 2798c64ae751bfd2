"""A bench that is told to end, as by `kill` or by the one that runs all benches."""

import contextlib
import os
import signal
import subprocess
import sys

from support.bench import BENCHES
from support.shell import eventually


def test_a_bench_that_is_told_to_end_leaves_no_process_and_no_file(tmp_path):
    command = [sys.executable, str(BENCHES), "boot", "--documents", "0"]
    bench = subprocess.Popen(
        command, cwd=tmp_path, start_new_session=True, stderr=subprocess.DEVNULL
    )
    try:
        assert eventually(lambda: _runs(bench.pid, "lantern --config"), 60)
        bench.terminate()
        assert bench.wait(60) == 128 + signal.SIGTERM
        assert not _runs(bench.pid, "")
        assert list(tmp_path.iterdir()) == []
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(bench.pid, signal.SIGKILL)


def _runs(group, words):
    """Tell whether a process of this group, of a command that has these words, runs."""
    found = subprocess.run(["pgrep", "--pgroup", str(group), "--full", words], check=False)
    return found.returncode == 0
