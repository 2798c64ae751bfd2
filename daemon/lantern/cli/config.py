"""`lantern config check`."""

from __future__ import annotations

import argparse
from pathlib import Path

from lantern import config
from lantern.cli.exit_codes import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="say whether the file can be used")
    check.add_argument("file", nargs="?", type=Path, help="the file, instead of the one in use")


def run(arguments: argparse.Namespace) -> ExitCode:
    """Load the configuration; what is wrong with it, or what it names, arrives as a ConfigError."""
    path = config.find(arguments.file or arguments.config)
    settings = config.load(path)
    models = settings.captions.models_folder
    if settings.projector.by != "none":
        from lantern.hardware.projector.build import build  # noqa: PLC0415 - slow

        build(settings.projector)
    if models and not _works(models):
        return ExitCode.UNHEALTHY
    print(f"{path}: good")
    return ExitCode.OK


def _works(models: Path) -> bool:
    """Tell, here and on the terminal, whether the owner's model answers as it should."""
    from lantern.health.trial import try_model  # noqa: PLC0415 - slow

    trial = try_model(models)
    print(f"captions.models: {trial.told}")
    return trial.deviation is None
