"""argv to command, errors to exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lantern.errors import LanternError

COMMANDS = {
    "run": "run the daemon: watch, caption, index",
    "web": "serve the search page",
    "demo": "caption a folder and serve its page, on any machine",
    "caption": "describe single files",
    "search": "search from the command line",
    "status": "tell how it is going",
    "doctor": "look for what is wrong and say how to mend it",
    "config": "check the configuration",
    "rescan": "look at the whole photo folder now",
    "version": "tell the version",
}
"""Each a module of `lantern.cli`; only the one that is asked for is imported."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(words).parse_args(words)
    try:
        return int(_module(arguments.command).run(arguments))
    except LanternError as error:
        return _explain(error)
    except BaseExceptionGroup as group:
        # A task group wraps what its tasks raise; one error of ours inside is that error.
        cause = _only(group)
        if not isinstance(cause, LanternError):
            raise
        return _explain(cause)
    except BrokenPipeError:
        # The reader of our output left, as "head" does. Keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _only(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _explain(error: LanternError) -> int:
    from lantern.cli.exit_codes import exit_code  # noqa: PLC0415 - only when needed

    print(f"lantern: {error}", file=sys.stderr)  # noqa: T201 - the terminal is the place
    return int(exit_code(error))


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lantern", description="A magic lantern for a photo collection."
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the configuration instead of the usual one"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_text in COMMANDS.items():
        command = commands.add_parser(name, help=help_text, description=_sentence(help_text))
        if name in words:
            _module(name).add_arguments(command)
    return parser


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _module(command: str):  # type: ignore[no-untyped-def]
    return importlib.import_module(f"lantern.cli.{command}")


if __name__ == "__main__":
    sys.exit(main())
