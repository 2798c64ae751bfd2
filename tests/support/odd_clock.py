"""`lantern run` on a machine whose clock is off by as many seconds as the file CLOCK_OFF says.

`python -m support.odd_clock --config FILE run`. Files get their times from the kernel, which is
right: as if they had been copied from a machine that is.
"""

import os
import sys
import time

from lantern import vigil
from lantern.__main__ import main
from lantern.backup import herald, watch

right = time.time


def wrong() -> float:
    with open(os.environ["CLOCK_OFF"]) as file:
        return right() + float(file.read() or 0)


if __name__ == "__main__":
    vigil.LOOK_S = watch.LOOK_S = herald.SEND_S = 0.2
    watch.DOUBT_S = 0.0
    time.time = wrong
    sys.exit(main())
