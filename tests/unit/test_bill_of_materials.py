"""A release's bill of materials: what it holds, by the rules of CycloneDX, the same each time."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from lantern.caption.manifest import SHIPPED_MODELS
from provenance import bill

METADATA = """\
Metadata-Version: 2.4
Name: NAME
Version: 1
License-Expression: BSD-3-Clause
Requires-Dist: Ship.Shape (>=1) ; python_version > "3"
Requires-Dist: unasked ; extra == "all"
Requires-Dist: absent
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
PLAIN = {"INFO/METADATA": METADATA, "INFO/WHEEL": WHEEL, "INFO/RECORD": ""}
INSIDE = {
    "bomFormat": "CycloneDX",
    "components": [
        {
            "type": "library",
            "name": "zlib",
            "version": "1.3",
            "purl": "pkg:generic/zlib@1.3?a=/home",
        },
        {
            "type": "library",
            "name": "zlib",
            "version": "1.3",
            "licenses": [{"license": {"id": "X"}}],
        },
        {"type": "library", "name": "compass_rose", "version": "1", "author": "Somebody <a@b.c>"},
    ],
}


def wheel(folder: Path, name: str, files: dict[str, str]) -> None:
    info = f"{name}-1.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-any.whl", "w") as made:
        for path, text in (PLAIN | files).items():
            made.writestr(path.replace("INFO", info), text.replace("NAME", name))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Give a folder with packages: one with a bill inside, one dark, one of sources alone."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheel(folder, "compass_rose", {"rose.so": "", "INFO/sboms/a.cdx.json": json.dumps(INSIDE)})
    wheel(folder, "dark", {"dark.libs/libdark.so.42": ""})
    with tarfile.open(folder / "ship-shape-1.tar.gz", "w:gz") as made:
        text = b"Name: ship-shape\nVersion: 1\nLicense: MIT\n\nwords\n"
        entry = tarfile.TarInfo("ship-shape-1/PKG-INFO")
        entry.size = len(text)
        made.addfile(entry, io.BytesIO(text))
    return folder


@pytest.fixture
def repository(tmp_path: Path, files: Path) -> Path:
    """Give a repository that locks these packages, with the model that Lantern has."""
    lines = []
    for path in sorted(files.iterdir()):
        name = path.name.partition("-1")[0].replace("_", "-")
        lines.append(f"{name}==1 \\\n    --hash=sha256:{checksum(path)}")
    repository = tmp_path / "repository"
    shutil.copytree(SHIPPED_MODELS, repository / bill.MODELS)
    (repository / "requirements.lock").write_text("\n".join(lines) + "\n")
    (repository / "pyproject.toml").write_text(
        '[project]\ndependencies = ["Compass.Rose>=1", "absent"]'
    )
    return repository


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def told(files: Path, repository: Path) -> dict[str, Any]:
    return bill.bill("1.2.3", bill.from_files(files), repository)


def test_it_keeps_the_rules_of_cyclonedx(files: Path, repository: Path) -> None:
    written = json.dumps(told(files, repository))
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(written) is None
    assert validator.validate_str(written.replace("SHA-256", "SHA-257")) is not None


def test_each_package_is_told_with_its_file_and_its_licence(files: Path, repository: Path) -> None:
    parts = {part["name"]: part for part in told(files, repository)["components"]}
    assert set(parts) == {"compass-rose", "dark", "ship-shape", "lantern-captioner"}
    rose = parts["compass-rose"]
    assert rose["purl"] == "pkg:pypi/compass-rose@1"
    path = files / "compass_rose-1-py3-none-any.whl"
    assert rose["hashes"] == [{"alg": "SHA-256", "content": checksum(path)}]
    assert rose["licenses"] == [{"expression": "BSD-3-Clause"}]
    assert parts["ship-shape"]["licenses"] == [{"license": {"name": "MIT"}}]


def test_what_is_inside_a_package_is_told_once_without_paths_and_people(
    files: Path, repository: Path
) -> None:
    parts = {part["name"]: part for part in told(files, repository)["components"]}
    inside = {part["name"]: part for part in parts["compass-rose"]["components"]}
    assert set(inside) == {"zlib"}
    assert "Somebody" not in json.dumps(parts)
    assert "/home" not in json.dumps(parts)


def test_what_nobody_knows_the_inside_of_is_named(files: Path, repository: Path) -> None:
    assert told(files, repository)["compositions"] == [
        {"aggregate": "unknown", "assemblies": ["pkg:pypi/dark@1"]}
    ]


def test_who_wants_whom_is_told_of_what_is_there(files: Path, repository: Path) -> None:
    wishes = {wish["ref"]: wish["dependsOn"] for wish in told(files, repository)["dependencies"]}
    assert wishes["lantern"] == ["pkg:pypi/compass-rose@1", "model"]
    assert wishes["pkg:pypi/dark@1"] == ["pkg:pypi/ship-shape@1"]
    assert wishes["pkg:pypi/ship-shape@1"] == []


def test_the_model_is_told_by_its_files(files: Path, repository: Path) -> None:
    (model,) = [
        part
        for part in told(files, repository)["components"]
        if part["type"] == "machine-learning-model"
    ]
    for file in model["components"]:
        content = (SHIPPED_MODELS / file["name"]).read_bytes()
        assert file["hashes"][0]["content"] == hashlib.sha256(content).hexdigest()
    assert {"encoder.tflite", "step.tflite"} < {file["name"] for file in model["components"]}


def test_the_same_release_has_the_same_bill_and_another_has_another(
    files: Path, repository: Path
) -> None:
    first = told(files, repository)
    assert told(files, repository) == first
    other = bill.bill("1.2.4", bill.from_files(files), repository)
    assert other["serialNumber"] != first["serialNumber"]


def test_a_file_that_no_lock_names_makes_no_bill(files: Path, repository: Path) -> None:
    (files / "dark-1-py3-none-any.whl").unlink()
    wheel(files, "dark", {"other.so": ""})
    with pytest.raises(SystemExit, match="names no such file"):
        told(files, repository)


def test_a_model_that_is_not_its_manifest_s_makes_no_bill(files: Path, repository: Path) -> None:
    (repository / bill.MODELS / "labels.tsv").write_text("another")
    with pytest.raises(SystemExit, match=r"labels\.tsv: not the file of model\.json"):
        told(files, repository)


def test_what_pip_reports_makes_the_same_bill_as_its_files(
    files: Path, repository: Path, tmp_path: Path
) -> None:
    """By pip as it is: it installs the wheels into an environment, and says what it did."""
    (files / "ship-shape-1.tar.gz").unlink()  # nothing in it can be built
    report = tmp_path / "environment" / "installed.json"
    report.parent.mkdir()
    site = report.parent / "lib" / "python3.11" / "site-packages"
    lock = repository / "requirements.lock"
    lock.write_text("".join(lock.read_text().partition("ship-shape")[:1]))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    pip += ["--find-links", str(files), "--target", str(site), "--report", str(report)]
    subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
    packages = bill.from_report(json.loads(report.read_bytes()), report.parent)
    assert bill.bill("1.2.3", packages, repository) == told(files, repository)
