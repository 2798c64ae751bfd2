"""What the daemon in a guest says, waited for in the guest by a program that costs it little.

Each `lantern status` takes a guest seconds of its one processor, which what is waited for needs.
"""

from __future__ import annotations

import json
import shlex

from lantern.control.protocol import Question, encode
from support.guest import Guest

SOCKET = "/run/lantern/control.sock"
SLACK_S = 60.0
"""How much later than it should the program in the guest may end, on a busy machine."""

_WAIT = """
import json, socket, sys, time
place, question, wanted, within_s = sys.argv[1:]
wanted, deadline = json.loads(wanted), time.monotonic() + float(within_s)
def told():
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(60)
            line.connect(place)
            line.sendall(question.encode() + b"\\n")
            return json.loads(line.makefile("rb").readline())
    except (OSError, ValueError):
        return {}
while True:
    found = told()
    flat = {**found, **found.get("counts", {})}
    if all(name in flat and flat[name] == value for name, value in wanted.items()):
        break
    if time.monotonic() > deadline:
        sys.exit(1)
    time.sleep(0.5)
"""


def says(machine: Guest, question: Question, within_s: float, **wanted: object) -> bool:
    """Wait until the answer to `question` has the fields `wanted`; tell whether it ever had.

    Those of `counts` are fields of the answer, too. A daemon that does not answer yet says nothing.
    """
    words = [SOCKET, encode(question).decode(), json.dumps(wanted), str(within_s)]
    program = f"python3 -SE - {shlex.join(words)} <<'END'{_WAIT}END"
    return machine.run(program, timeout_s=within_s + SLACK_S).returncode == 0
