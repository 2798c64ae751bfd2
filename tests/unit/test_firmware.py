"""The firmware's tables are those of Lantern: firmware/core/messages.h is made, not written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_REPOSITORY = Path(__file__).parents[2]
_HEADER = _REPOSITORY / "firmware/core/messages.h"


def test_the_header_of_messages_is_the_one_that_the_dictionary_makes(tmp_path: Path) -> None:
    made = tmp_path / "messages.h"
    subprocess.run(
        [sys.executable, _REPOSITORY / "scripts/boards/messages.py", made], check=True, timeout=60
    )
    assert made.read_text() == _HEADER.read_text(), 'run "scripts/board messages"'
