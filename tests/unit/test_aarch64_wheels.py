"""All that is locked can be installed on a 64-bit Raspberry Pi: so says the table of wheels."""

from __future__ import annotations

import re

import pytest
from packaging.utils import parse_wheel_filename

from provenance import locks
from provenance.wheels import SOURCES, TARGETS, Row, Target, rows

MEND = "run scripts/lock --aarch64"

each_target = pytest.mark.parametrize(
    "target", TARGETS, ids=[f"{target.lock}-{target.name}" for target in TARGETS]
)


def of(target: Target) -> dict[str, Row]:
    found = [row for row in rows() if (row.lock, row.python) == (target.lock, target.name)]
    named = {row.name: row for row in found}
    assert len(named) == len(found), f"a package twice; {MEND}"
    return named


@each_target
def test_each_package_of_a_lock_has_a_file_there_whose_hash_the_lock_holds(target: Target) -> None:
    wanted = {locks.normal(pin.name): pin for pin in target.wanted()}
    found = of(target)
    assert set(found) == set(wanted), MEND
    for name, row in found.items():
        assert row.version == wanted[name].version, f"{name}: {MEND}"
        assert row.sha256 in wanted[name].sha256, f"{name}: not the file that was locked; {MEND}"


@each_target
def test_each_file_is_a_wheel_that_runs_there_or_debian_has_the_package(target: Target) -> None:
    for name, row in of(target).items():
        if name in SOURCES:
            assert row.file == f"{name}-{row.version}.tar.gz"
            continue
        wheel, version, _, tags = parse_wheel_filename(row.file)
        assert (wheel, str(version)) == (name, row.version)
        assert tags & target.tags, f"{row.file} does not run on {target.name} aarch64"


def test_what_runs_there_is_judged_by_processor_python_and_c_library() -> None:
    bookworm = TARGETS[0]

    def runs(tag: str) -> bool:
        return bool(parse_wheel_filename(f"name-1-{tag}.whl")[3] & bookworm.tags)

    assert all(map(runs, ("cp311-cp311-manylinux_2_28_aarch64", "cp39-abi3-manylinux2014_aarch64")))
    assert runs("py3-none-any")
    assert not runs("cp311-cp311-manylinux_2_28_x86_64")
    assert not runs("cp313-cp313-manylinux_2_28_aarch64")
    assert not runs("cp311-cp311-manylinux_2_39_aarch64")
    assert not runs("cp311-cp311-musllinux_1_2_aarch64")


def test_a_package_is_wanted_where_its_marker_says() -> None:
    versions = [
        {pin.version for pin in target.wanted() if pin.name == "numpy"} for target in TARGETS[:2]
    ]
    assert [len(found) for found in versions] == [1, 1]
    # Debian 12's picamera2, which the environment sees, fails to import beside any but its own.
    assert [found.pop().partition(".")[0] for found in versions] == ["1", "2"]
    assert not any(pin.name == "colorama" for target in TARGETS for pin in target.wanted())


def test_a_line_that_no_lock_has_is_told_with_its_number(tmp_path) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text("a==1 \\\n    --hash=sha256:" + "0" * 64 + "\n-e .\n")
    with pytest.raises(ValueError, match=re.escape("some.lock:3: expected a package")):
        locks.pins(lock)
