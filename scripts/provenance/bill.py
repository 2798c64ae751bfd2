"""Write a release's bill of materials: CycloneDX 1.6, as JSON, the same for the same release.

    python3 -m provenance.bill RELEASE --files FOLDER     the packages in FOLDER, as wheels
    python3 -m provenance.bill RELEASE --report REPORT    those that pip said it installed

The sources are those of this folder's repository. Each package is told with the checksum of its
file, which has to stand in requirements.lock, with what its own metadata say of licences and of
what it wants, and with the libraries inside it where it brings a bill of them (PEP 770). What holds
compiled code and brings none is named among the "compositions" as unknown. Needs Python alone: it
runs on the machine that builds the release, too.
"""

from __future__ import annotations

import argparse
import email.message
import email.parser
import hashlib
import json
import re
import sys
import tarfile
import tomllib
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from provenance import locks

REPOSITORY = Path(__file__).parents[2]
MODELS = "daemon/lantern/caption/models"
LICENCES = {"encoder.tflite": "Apache-2.0", "labels.tsv": "LicenseRef-WordNet"}
"""Of the model's files, where it is not Lantern's own; NOTICE tells where each comes from."""

_COMPILED = re.compile(r"\.so(\.\d+)*$")
_UUIDS = uuid.UUID("6f0f6d7a-9c5c-4f0e-8e0c-1a7e0c1d5b1e")  # drawn once; what it names is Lantern's


class Package(NamedTuple):
    """A package that a release holds: its file, and what it says of itself."""

    file: str
    sha256: str
    metadata: Mapping[str, Any]
    """By their names in lower case with "_" (PEP 566): a text, or a list of texts."""
    within: tuple[Mapping[str, Any], ...] = ()
    """The bills of materials inside it."""
    compiled: bool = False

    @property
    def name(self) -> str:
        """Return its name as names are compared."""
        return locks.normal(self.metadata["name"])

    @property
    def purl(self) -> str:
        """Return the address that all bills name it by."""
        return f"pkg:pypi/{self.name}@{self.metadata['version']}"


def from_files(folder: Path) -> Iterator[Package]:
    """Yield the packages whose wheels, or sources, lie in `folder`."""
    for path in sorted(folder.iterdir()):
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        if path.suffix == ".whl":
            yield _wheel(path, sha256)
        elif path.name.endswith(".tar.gz"):
            with tarfile.open(path) as archive:
                root = path.name.removesuffix(".tar.gz")
                with archive.extractfile(f"{root}/PKG-INFO") as told:
                    yield Package(path.name, sha256, _fields(told.read()))
        else:
            raise SystemExit(f"{path}: expected a wheel or a .tar.gz; remove it")


def _wheel(path: Path, sha256: str) -> Package:
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        (metadata,) = [name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        within = [name for name in names if re.fullmatch(r"[^/]+\.dist-info/sboms/.+\.json", name)]
        return Package(
            path.name,
            sha256,
            _fields(wheel.read(metadata)),
            tuple(json.loads(wheel.read(name)) for name in sorted(within)),
            any(map(_COMPILED.search, names)),
        )


def from_report(report: Mapping[str, Any], environment: Path) -> Iterator[Package]:
    """Yield what pip's `report` says that it installed into `environment`.

    The report tells the files; an older pip leaves licences out of the metadata in it, so these are
    read where they were installed.
    """
    folders = {
        found.name.lower(): found
        for found in environment.glob("lib/python*/site-packages/*.dist-info")
    }
    for installed in report["install"]:
        source, told = installed["download_info"], installed["metadata"]
        archive = source["archive_info"]  # with "hashes" since pip 23.1
        name = re.sub(r"[-_.]+", "_", told["name"])
        folder = folders[f"{name}-{told['version']}.dist-info".lower()]
        yield Package(
            source["url"].rpartition("/")[2],
            archive.get("hashes", {}).get("sha256") or archive["hash"].removeprefix("sha256="),
            _fields((folder / "METADATA").read_bytes()),
            tuple(json.loads(one.read_bytes()) for one in sorted(folder.glob("sboms/**/*.json"))),
            any(_COMPILED.search(line.split(",")[0]) for line in (folder / "RECORD").open()),
        )


def _fields(text: bytes) -> dict[str, Any]:
    """Return metadata by their names (PEP 566, "JSON-compatible")."""
    found: email.message.Message = email.parser.BytesParser().parsebytes(text)
    several = {"Classifier": "classifier", "Requires-Dist": "requires_dist"}
    once = {name.lower().replace("-", "_"): str(value) for name, value in found.items()}
    return once | {
        field: list(map(str, found.get_all(name, []))) for name, field in several.items()
    }


def bill(
    release: str, packages: Iterable[Package], repository: Path = REPOSITORY
) -> dict[str, Any]:
    """Return the bill of materials of `release`, with the model of `repository`.

    Raises:
        SystemExit: the lock does not name one of the packages' files, or a file of the model is not
            the one of its manifest.
    """
    held = sorted(packages, key=lambda package: package.purl)
    pinned = {
        (locks.normal(pin.name), sha256)
        for pin in locks.pins(repository / "requirements.lock")
        for sha256 in pin.sha256
    }
    for package in held:
        if (package.name, package.sha256) not in pinned:
            raise SystemExit(f"{package.file}: requirements.lock names no such file")
    model = _model(repository / MODELS)
    told = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "component": {
                "type": "application",
                "bom-ref": "lantern",
                "name": "lantern",
                "version": release,
                "licenses": [{"license": {"id": "MIT"}}],
            },
        },
        "components": [*map(_component, held), model],
        "dependencies": list(_dependencies(held, model, repository)),
        "compositions": _compositions(held),
    }
    content = json.dumps(told, sort_keys=True)
    return told | {"serialNumber": f"urn:uuid:{uuid.uuid5(_UUIDS, content)}"}


def _component(package: Package) -> dict[str, Any]:
    component = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.metadata["version"],
        "purl": package.purl,
        "hashes": [{"alg": "SHA-256", "content": package.sha256}],
        "licenses": _licences(package.metadata),
        "properties": [{"name": "lantern:file", "value": package.file}],
        "components": list(_within(package)),
    }
    return {field: value for field, value in component.items() if value}


def _licences(metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the package says: SPDX's expression, else a name of its own, else a class."""
    if expression := metadata.get("license_expression"):
        return [{"expression": expression}]
    if told := (metadata.get("license") or "").strip():
        return [{"license": {"name": told.splitlines()[0][:200]}}]
    classes = [one for one in metadata.get("classifier", ()) if one.startswith("License ::")]
    return [{"license": {"name": one.rpartition(" :: ")[2]}} for one in classes]


def _within(package: Package) -> Iterator[dict[str, Any]]:
    """Yield what the bills inside a package name, but the package itself: no paths, no people."""
    found = {}
    for inner in package.within:
        for one in inner.get("components", ()):
            if locks.normal(one["name"]) != package.name:
                purl = one.get("purl", "").partition("?")[0]
                found[one["name"], one.get("version", "")] = {
                    "type": one["type"],
                    "name": one["name"],
                    "version": one.get("version", ""),
                    "purl": purl,
                    "licenses": _inner_licences(one),
                }
    for key in sorted(found):
        yield {field: value for field, value in found[key].items() if value}


def _inner_licences(component: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return its licences: by name, since a later list of them may know more than 1.6's."""
    told = []
    for one in component.get("licenses", ()):
        if expression := one.get("expression"):
            return [{"expression": expression}]
        told.append({"license": {"name": one["license"].get("id") or one["license"]["name"]}})
    return told


def _model(folder: Path) -> dict[str, Any]:
    manifest = json.loads((folder / "model.json").read_bytes())
    files = {
        part["file"]: part["sha256"]
        for part in manifest.values()
        if isinstance(part, dict) and "file" in part
    }
    for name, sha256 in files.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != sha256:
            raise SystemExit(f"{folder / name}: not the file of model.json; bring it back")
    return {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": manifest["name"],
        "version": manifest["version"],
        "components": [
            {
                "type": "file",
                "name": name,
                "hashes": [{"alg": "SHA-256", "content": sha256}],
                "licenses": [{"expression": LICENCES.get(name, "MIT")}],
            }
            for name, sha256 in sorted(files.items())
        ],
    }


def _dependencies(
    held: list[Package], model: Mapping[str, Any], repository: Path
) -> Iterator[dict[str, Any]]:
    """Yield who wants whom, of what is there; what only an extra wants is nobody's wish."""
    purls = {package.name: package.purl for package in held}

    def there(wishes: Iterable[str]) -> list[str]:
        names = {_wished(wish) for wish in wishes if "extra ==" not in wish}
        return sorted(purls[name] for name in names & set(purls))

    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    yield {"ref": "lantern", "dependsOn": [*there(project["dependencies"]), model["bom-ref"]]}
    for package in held:
        yield {"ref": package.purl, "dependsOn": there(package.metadata.get("requires_dist") or ())}


def _wished(requirement: str) -> str:
    """Return the name at the beginning of a requirement (PEP 508)."""
    return locks.normal(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0])


def _compositions(held: Iterable[Package]) -> list[dict[str, Any]]:
    """Return whose insides are not known: compiled code without a bill."""
    dark = [package.purl for package in held if package.compiled and not package.within]
    return [{"aggregate": "unknown", "assemblies": dark}]


def main() -> None:
    """Print a bill."""
    parser = argparse.ArgumentParser(prog="provenance.bill", description=__doc__)
    parser.add_argument("release")
    parser.add_argument("--files", type=Path, help="a folder of wheels")
    parser.add_argument("--report", type=Path, help="pip's report, with its environment beside it")
    asked = parser.parse_args()
    if asked.files:
        packages = from_files(asked.files)
    else:
        packages = from_report(json.loads(asked.report.read_bytes()), asked.report.parent)
    json.dump(bill(asked.release, packages), sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
