"""The floor of boot: a bare Python that imports what it is told to, and says that it has.

`boot_floor.py FILE` imports the modules that FILE names, in this order, and sends READY=1 to the
socket that NOTIFY_SOCKET names.
"""

import contextlib
import importlib
import os
import socket
import sys


def main():
    """Import them all."""
    with open(sys.argv[1]) as names:
        for name in names.read().split():
            with contextlib.suppress(ImportError):  # some are tried, and are not there
                importlib.import_module(name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"READY=1", "\0" + os.environ["NOTIFY_SOCKET"][1:])


if __name__ == "__main__":
    main()
