"""`lantern models` and `lantern models check`: which model describes the photos, and is it well?"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

import msgspec

from lantern import config
from lantern.caption.card import CARD, KNOWN_FAILURES, LICENCES, listed
from lantern.caption.manifest import SHIPPED_MODELS, Part, read_manifest, read_part
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import one_line
from lantern.errors import ConfigError

LINE = 100


class File(msgspec.Struct, frozen=True):
    """One file of the model, which the manifest vouches for."""

    part: str
    file: str
    bytes: int
    sha256: str


class Essence(msgspec.Struct, frozen=True):
    """What `lantern models` tells; the lists are the card's, empty for a model without one."""

    name: str
    version: str
    folder: str
    shipped: bool
    bytes: int
    files: tuple[File, ...]
    figures: dict[str, dict[str, float]]
    licences: tuple[str, ...]
    known_failures: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("check",),
        help="verify the files, and show the model a picture whose description is known",
    )
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="this model instead of the one in use"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--card", action="store_true", help="print the whole model card")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Tell of the model in use, or check it (exit code 6 if it does not answer as it should)."""
    chosen = arguments.models or _configured(arguments.config)
    if arguments.action == "check":
        return _check(chosen, as_json=arguments.json)
    folder = chosen or SHIPPED_MODELS
    if arguments.card:
        print(_card(folder), end="")
        return ExitCode.OK
    told = essence(folder)
    print(msgspec.json.encode(told).decode() if arguments.json else "\n".join(lines(told)))
    return ExitCode.OK


def essence(folder: Path) -> Essence:
    """Return what there is to tell of the model in `folder`; its files are verified on the way.

    Raises:
        ConfigError: there is no model, or a file is not the one its manifest vouches for.
    """
    manifest = read_manifest(folder)
    files = tuple(_file(folder, name, part) for name, part in manifest.parts.items())
    card = _card(folder) if (folder / CARD).exists() else ""
    return Essence(
        name=manifest.name,
        version=manifest.version,
        folder=str(folder),
        shipped=folder == SHIPPED_MODELS,
        bytes=sum(file.bytes for file in files),
        files=files,
        figures=manifest.figures,
        licences=listed(card, LICENCES),
        known_failures=listed(card, KNOWN_FAILURES),
    )


def lines(told: Essence) -> list[str]:
    """Return `told` for people."""
    whose = "the model that Lantern ships" if told.shipped else "the owner's model"
    name_width = max(len(file.file) for file in told.files)
    return [
        f"{one_line(told.name)} {one_line(told.version)}, {whose}: {told.bytes:,} bytes",
        f"in {one_line(told.folder)}",
        *(f"  {one_line(f.file):{name_width}} {f.bytes:>10,}  {f.sha256}" for f in told.files),
        "figures:",
        *(f"  {one_line(name)}: {_figures(row)}" for name, row in told.figures.items()),
        *_list("licences", told.licences),
        *_list("known failures", told.known_failures),
        'the whole card: "lantern models --card"',
    ]


def _check(folder: Path | None, *, as_json: bool) -> ExitCode:
    from lantern.health.trial import try_model  # noqa: PLC0415 - slow

    essence(folder or SHIPPED_MODELS)  # every file, also those that only people read
    trial = try_model(folder)
    if as_json:
        print(msgspec.json.encode(trial).decode())
    else:
        print(f"{'good' if trial.deviation is None else 'TO DO'}  {trial.told}")
        print(f'says "{trial.sentence}", was ready in {trial.load_ms:.0f} ms')
    return ExitCode.OK if trial.deviation is None else ExitCode.UNHEALTHY


def _configured(explicit: Path | None) -> Path | None:
    """Return the configured model's folder, None for the shipped one; no configuration is none."""
    try:
        file = config.find(explicit)
    except ConfigError:
        if explicit:
            raise
        return None
    return config.load(file).captions.models_folder


def _file(folder: Path, name: str, part: Part) -> File:
    return File(name, part.file, len(read_part(folder, part)), part.sha256)


def _card(folder: Path) -> str:
    try:
        return (folder / CARD).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(
            f"caption model in {folder}: cannot read its card {CARD} ({reason}); ask its makers"
        ) from error


def _figures(row: dict[str, float]) -> str:
    return ", ".join(f"{one_line(name)} {value:g}" for name, value in row.items())


def _list(title: str, items: tuple[str, ...]) -> list[str]:
    if not items:
        return [f"{title}: none are told"]
    wrapped = (
        textwrap.wrap(one_line(item), LINE, initial_indent="  - ", subsequent_indent="    ")
        for item in items
    )
    return [f"{title}:", *(line for item in wrapped for line in item)]
