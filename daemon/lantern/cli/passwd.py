"""`lantern passwd`: the password with which the owner signs in on the page; there is no other."""

from __future__ import annotations

import argparse
import getpass
import sys

from lantern.cli.configured import configured
from lantern.cli.exit_codes import ExitCode
from lantern.web.password import LONGEST, SHORTEST, BadPassword, Hashed, PasswordFile, hashed

MOST_READ = 10_000
"""Characters of a line; a longer one is no password in any case."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = (
        f"A password is one line of {SHORTEST} to {LONGEST} characters. Everybody who is signed in "
        "is signed out when it changes. Without one nobody can sign in."
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--stdin", action="store_true", help="read it from standard input, where scripts put it"
    )
    how.add_argument("--remove", action="store_true", help="have no password, and no sign-in")
    parser.set_defaults(refuse=parser.error)


def run(arguments: argparse.Namespace) -> ExitCode:
    """Set the password, or remove it; the page heeds it from its next request on."""
    file = PasswordFile(configured(arguments).paths.password)
    if arguments.remove:
        print("password removed" if file.remove() else "there was no password")
        return ExitCode.OK
    if not arguments.stdin and not sys.stdin.isatty():
        arguments.refuse('no terminal to ask at; give the password by "--stdin"')
    try:
        file.write(_from_stdin() if arguments.stdin else _from_terminal())
    except BadPassword as error:
        arguments.refuse(str(error))
    print("password set; sign in at /sign-in of the page")
    return ExitCode.OK


def _from_stdin() -> Hashed:
    try:
        given = sys.stdin.readline(MOST_READ)
    except UnicodeDecodeError as error:
        raise BadPassword("password: expected UTF-8 text, got other bytes") from error
    return hashed(given.removesuffix("\n").removesuffix("\r"))


def _from_terminal() -> Hashed:
    """Ask twice; what is too short is told before it is to be repeated."""
    given = _ask("New password: ")
    password = hashed(given)
    if _ask("Once more: ") != given:
        raise BadPassword("password: expected the same twice, got two that differ; try again")
    return password


def _ask(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except EOFError as error:
        print(file=sys.stderr)
        raise BadPassword("password: none was given; nothing is changed") from error
