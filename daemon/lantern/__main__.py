"""argv to command, errors to exit codes."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lantern.errors import LanternError

COMMANDS = {
    "run": "run the daemon: watch, caption, index",
    "web": "serve the search page",
    "screen": "become the player that shows the programme, mpv",
    "demo": "caption a folder and serve its page, on any machine",
    "caption": "describe single files, or say what is to be seen in one",
    "captions": "export what is said of the photos",
    "hide": "keep photos from the page's visitors",
    "unhide": "let visitors see hidden photos again",
    "recaption": "have photos described anew",
    "search": "search from the command line",
    "show": "tell what plays, and what is to be played",
    "status": "tell how it is going",
    "board": "tell how the presence boards are, restart or calibrate one",
    "backup": "back up photos and catalog, prove it, bring files back",
    "restore": "bring back all of Lantern on a machine that has nothing",
    "stats": "tell how many came to see the show",
    "doctor": "look for what is wrong and say how to mend it",
    "logs": "look into the log: what happened, when, to which photo",
    "support-bundle": "gather what helps to help you into a file, without secrets",
    "notify": "send the notices that wait, or try the addresses",
    "safe-mode": "let the daemon do little more than the show, or all again",
    "passwd": "set the password with which the owner signs in on the page",
    "config": "check the configuration",
    "models": "tell of the caption model, or check it",
    "rescan": "look at the whole photo folder now",
    "version": "tell the version",
}
"""Each a module of `lantern.cli`; only the one that is asked for is imported."""

# numpy's BLAS reads this when it is first imported. Its threads spin: where the cores are busy with
# captions and the show, a product of two cores takes a hundred times as long as of one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(words).parse_args(words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a sentence may outdo the terminal
    try:
        return int(_module(arguments.command).run(arguments))
    except BaseException as error:
        # A task group wraps what its tasks raise; one error of ours inside is that error.
        status = _told(_only(error))
        if status is None:
            raise
        return status


def _told(error: BaseException) -> int | None:
    """Tell a person what a person can mend, and return the exit status; None for all else."""
    from lantern.cli.exit_codes import ExitCode, exit_code  # noqa: PLC0415 - only when needed

    match error:
        case LanternError():
            print(f"lantern: {error}", file=sys.stderr)  # noqa: T201 - the terminal is the place
            return int(exit_code(error))
        case BrokenPipeError():
            # The reader of our output left, as "head" does. Keep Python from complaining at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ExitCode.OK
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED
    return None


def _only(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


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
    return importlib.import_module(f"lantern.cli.{command.replace('-', '_')}")


if __name__ == "__main__":
    sys.exit(main())
