"""Ask the package index what a Raspberry Pi installs of the locks, and write it down.

scripts/lock --aarch64 runs it, with a network; without one the tests compare table and locks. Each
line of requirements-aarch64.tsv is a file that pip takes there, of which the lock has the hash. pip
judges markers, and which Python a package wants, by the Python that it runs on itself; so both are
judged here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags

from provenance import locks

REPOSITORY = Path(__file__).parents[2]
TABLE = REPOSITORY / "requirements-aarch64.tsv"


class Target(NamedTuple):
    """A Python on a 64-bit Raspberry Pi: its version, the C library's, and what is installed."""

    python: tuple[int, int]
    glibc: tuple[int, int]
    lock: str

    @property
    def name(self) -> str:
        """Return the Python as wheels name it."""
        return f"cp{self.python[0]}{self.python[1]}"

    @property
    def platforms(self) -> list[str]:
        """Return the platforms of wheels that run there, the newest first (PEP 600)."""
        newest, oldest = self.glibc[1], 17
        numbered = [f"manylinux_2_{minor}_aarch64" for minor in range(newest, oldest - 1, -1)]
        return [*numbered, "manylinux2014_aarch64", "linux_aarch64"]

    @property
    def tags(self) -> set[Tag]:
        """Return the tags of wheels that run there."""
        return {
            *cpython_tags(self.python, platforms=self.platforms),
            *compatible_tags(self.python, self.name, self.platforms),
        }

    def wanted(self) -> list[locks.Pin]:
        """Return what of the lock is installed there."""
        return [
            pin
            for pin in locks.pins(REPOSITORY / self.lock)
            if not pin.marker or Marker(pin.marker).evaluate(self._environment())
        ]

    def _environment(self) -> dict[str, str]:
        version = f"{self.python[0]}.{self.python[1]}"
        return {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": "aarch64",
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{version}.0",
            "python_version": version,
            "sys_platform": "linux",
        }


BOOKWORM, TRIXIE = (2, 36), (2, 41)
TARGETS = (
    Target((3, 11), BOOKWORM, "requirements.lock"),
    Target((3, 13), TRIXIE, "requirements.lock"),
    # Its tflite-runtime has no wheel for a newer Python: there ai-edge-litert alone is used.
    Target((3, 11), BOOKWORM, "requirements-tflite.lock"),
)

SOURCES: Mapping[str, str] = {"pyvips": "python3-pyvips"}
"""What has no wheel, and its package of Debian's. It is pure Python where no compiler is, and is
built on the machine itself."""


class Row(NamedTuple):
    """One line of the table: the file that is installed on a target."""

    lock: str
    python: str
    name: str
    version: str
    file: str
    sha256: str


def rows() -> list[Row]:
    """Return what the table says."""
    lines = TABLE.read_text("utf-8").splitlines()
    return [Row(*line.split("\t")) for line in lines if not line.startswith("#")]


def ask(target: Target) -> Iterator[Row]:
    """Yield what pip takes for `target`; pip itself refuses a file that the lock does not name."""
    with tempfile.TemporaryDirectory() as folder:
        for installed in _pip(target, Path(folder), "--dry-run", "--ignore-installed"):
            source, metadata = installed["download_info"], installed["metadata"]
            yield Row(
                target.lock,
                target.name,
                locks.normal(metadata["name"]),
                metadata["version"],
                source["url"].rpartition("/")[2],
                source["archive_info"]["hashes"]["sha256"],
            )


def _pip(target: Target, folder: Path, *options: str) -> Iterator[dict[str, Any]]:
    """Have pip install what `target` wants into `folder`; yield what it says that it installed."""
    wanted = target.wanted()
    version = f"{target.python[0]}.{target.python[1]}"
    wheels = ["--only-binary=:all:", "--implementation=cp", f"--python-version={version}"]
    wheels += [f"--platform={platform}" for platform in target.platforms]
    sources = ["--no-binary=:all:", "--no-build-isolation"]
    for for_these, pins in (
        (wheels, [pin for pin in wanted if pin.name not in SOURCES]),
        (sources, [pin for pin in wanted if pin.name in SOURCES]),
    ):
        for installed in _report(pins, [f"--target={folder}", *for_these, *options]):
            metadata = installed["metadata"]
            if version not in SpecifierSet(metadata.get("requires_python", "")):
                raise SystemExit(f"{metadata['name']}: not for Python {version}; mend scripts/lock")
            yield installed


def _report(pins: Iterable[locks.Pin], options: list[str]) -> list[dict[str, Any]]:
    lines = [
        " ".join([f"{pin.name}=={pin.version}", *(f"--hash=sha256:{one}" for one in pin.sha256)])
        for pin in pins
    ]
    if not lines:
        return []
    with tempfile.TemporaryDirectory() as folder:
        requirements, report = Path(folder, "requirements"), Path(folder, "report")
        requirements.write_text("\n".join(lines))
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--ignore-requires-python", "--require-hashes"]
        subprocess.run([*command, f"--report={report}", f"-r{requirements}", *options], check=True)
        found: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["install"]
        return found


def main() -> None:
    """Write the table anew, or install what it tells of the first target into a folder."""
    if len(sys.argv) > 1:
        print(f"{len(list(_pip(TARGETS[0], Path(sys.argv[1]))))} packages in {sys.argv[1]}")
        return
    asked = sorted(row for target in TARGETS for row in ask(target))
    head = "# What a 64-bit Raspberry Pi installs of the locks: written by scripts/lock --aarch64"
    TABLE.write_text("\n".join([head, *("\t".join(row) for row in asked)]) + "\n", "utf-8")
    print(f"{TABLE.name}: {len(asked)} files")


if __name__ == "__main__":
    main()
