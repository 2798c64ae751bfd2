"""Run the bench that is named first, with the words after it: `scripts/bench` does so.

Told to end, it ends what it began, as after Ctrl-C: displays, daemons, folders.
"""

import runpy
import signal
import sys
from pathlib import Path


def end(number, _):
    """Leave all that is open, from the inside out."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    bench = Path(__file__).with_name(f"{sys.argv[1]}.py")
    sys.argv[:2] = [str(bench)]
    runpy.run_path(str(bench), run_name="__main__")
