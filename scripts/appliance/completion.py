"""Print what makes bash complete Lantern's commands and options, made of its own parser.

python scripts/appliance/completion.py >/usr/local/share/bash-completion/completions/lantern
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator

from lantern.__main__ import COMMANDS, _parser
from lantern.cli.backup import _VerbParser

SCRIPT = """\
# Made by scripts/appliance/completion.py of Lantern's own parser.
_lantern() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} path= i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case " $(_lantern_words "$path") " in *" ${{COMP_WORDS[i]}} "*)
            [[ ${{COMP_WORDS[i]}} == -* ]] || path="$path ${{COMP_WORDS[i]}}" ;;
        esac
    done
    mapfile -t COMPREPLY < <(compgen -W "$(_lantern_words "$path")" -- "$word")
}}

# What may follow the commands $1.
_lantern_words() {{
    case $1 in
{cases}
    esac
}}

complete -o default -F _lantern lantern
"""


def words(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield for each command and its parts, named " COMMAND PART", what may follow it."""
    if isinstance(parser, _VerbParser):
        parser.fill()
    following = [option for action in parser._actions for option in action.option_strings]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            following += action.choices
            for name, part in action.choices.items():
                yield from words(part, f"{path} {name}")
        elif action.choices:
            following += map(str, action.choices)
    yield path, following


def script(parser: argparse.ArgumentParser) -> str:
    """Return the script for bash."""
    cases = (
        f"        {shlex.quote(path)}) echo {shlex.quote(' '.join(following))} ;;"
        for path, following in sorted(words(parser))
    )
    return SCRIPT.format(cases="\n".join(cases))


if __name__ == "__main__":
    print(script(_parser(list(COMMANDS))), end="")
