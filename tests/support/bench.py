"""A bench of scripts/benches, run as a program of its own, which meets no search server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BENCHES = Path(__file__).parents[2] / "scripts" / "benches"


def bench(name: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the bench `name` in `folder`, where it makes what it needs; return how it ended."""
    environment = {name: v for name, v in os.environ.items() if not name.startswith("MEILI_")}
    return subprocess.run(
        [sys.executable, str(BENCHES / f"{name}.py"), *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
