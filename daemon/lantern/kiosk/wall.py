"""Whether this machine's clock has been set from the network since it woke: asks the system."""

from __future__ import annotations

import ctypes
import functools
from pathlib import Path

TIMESYNCD = Path("/run/systemd/timesync/synchronized")
"""There since systemd's client has set the clock [systemd-timesyncd.service(8)]."""

_TIMEX_BYTES = 512  # the kernel's struct timex has 208 at most
_FAILED, _UNSYNCHRONISED = -1, 5  # TIME_ERROR [adjtimex(2)]


def is_synchronised(timesyncd: Path = TIMESYNCD) -> bool:
    """Tell whether it has, by systemd's client, or by what another one (chrony) told the kernel."""
    return timesyncd.exists() or _kernel_says_so()


@functools.cache
def _c_library() -> ctypes.CDLL:
    """Return the C library: to load it makes types, which who asks at each look would pile up."""
    return ctypes.CDLL(None)


def _kernel_says_so() -> bool:
    """Ask for the clock's state, and change nothing: the first field of zeros says so."""
    try:
        state = _c_library().adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):  # no Linux
        return False
    return state not in (_FAILED, _UNSYNCHRONISED)
