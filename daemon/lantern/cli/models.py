"""`lantern models` and `lantern models check`: which model describes the photos, and is it well?"""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

import msgspec

from lantern import config
from lantern.caption.essence import Essence, essence, read_card
from lantern.caption.manifest import SHIPPED_MODELS
from lantern.cli.exit_codes import ExitCode
from lantern.cli.terminal import one_line
from lantern.errors import ConfigError

LINE = 100


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
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--json", action="store_true", help="print one JSON object")
    told.add_argument("--card", action="store_true", help="print the whole model card")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Tell of the model in use, or check it (exit code 6 if it does not answer as it should)."""
    chosen = arguments.models or configured_models(arguments.config)
    if arguments.action == "check":
        return _check(chosen, as_json=arguments.json)
    models = chosen or SHIPPED_MODELS
    if arguments.card:
        print(read_card(models), end="")
    elif arguments.json:
        print(msgspec.json.encode(essence(models)).decode())
    else:
        print("\n".join(lines(essence(models))))
    return ExitCode.OK


def configured_models(explicit: Path | None) -> Path | None:
    """Return the configured model's folder, None for the shipped one.

    Without any configuration it is the shipped one's, too: this is asked where none is needed.

    Raises:
        ConfigError: the configuration cannot be used, or `explicit` is not there.
    """
    try:
        file = config.find(explicit)
    except ConfigError:
        if explicit:
            raise
        return None
    return config.load(file).captions.models_folder


def lines(told: Essence) -> list[str]:
    """Return `told` for people."""
    whose = "the model that Lantern ships" if told.shipped else "the owner's model"
    width = max(len(file.file) for file in told.files)
    return [
        f"{one_line(told.name)} {one_line(told.version)}, {whose}: {told.bytes:,} bytes",
        f"in {one_line(told.folder)}",
        *(f"  {one_line(f.file):{width}} {f.bytes:>10,}  {f.sha256}" for f in told.files),
        "figures:",
        *(f"  {one_line(name)}: {_figures(row)}" for name, row in told.figures.items()),
        *_list("licences", told.licences),
        *_list("known failures", told.known_failures),
        'the whole card: "lantern models --card"',
    ]


def _check(chosen: Path | None, *, as_json: bool) -> ExitCode:
    from lantern.health.trial import try_model  # noqa: PLC0415 - slow

    trial = try_model(chosen)
    if as_json:
        print(msgspec.json.encode(trial).decode())
    else:
        print(f"{'good' if trial.deviation is None else 'TO DO'}  {trial.told}")
        print(f'says "{trial.sentence}", was ready in {trial.load_ms:.0f} ms')
    return ExitCode.OK if trial.deviation is None else ExitCode.UNHEALTHY


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
