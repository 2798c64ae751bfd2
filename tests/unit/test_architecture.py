"""The three ways that ARCHITECTURE.md tells step by step: what it names is there."""

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LANTERN = REPOSITORY / "daemon" / "lantern"
TEXT = (REPOSITORY / "ARCHITECTURE.md").read_text()


def way(heading):
    """Return the numbered steps of a section."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return section.partition("\n1. ")[2].partition("\n\n")[0]


def defined(path):
    """Return the names that a module defines, those of a class's methods behind its own."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{one.name}"


MODULES = {
    str(path.relative_to(LANTERN).with_suffix("")).removesuffix("/__init__"): set(defined(path))
    for path in LANTERN.rglob("*.py")
}


def is_there(name):
    """Tell of `room/module`, `room/module.name`, `module.name` or `Class.method`."""
    module, _, inside = name.partition(".")
    of_it = [names for path, names in MODULES.items() if f"/{path}".endswith(f"/{module}")]
    if "/" in name or of_it:
        return any(not inside or inside in names for names in of_it)
    return any(name in names for names in MODULES.values())


@pytest.mark.parametrize("heading", ["One photo", "One footstep", "One backup"])
def test_each_module_and_function_of_a_way_is_there(heading):
    told = re.findall(r"`((?:\w+/)+\w+(?:\.\w+)*|_?[A-Z]?\w*[a-z]\w*\.\w+)`", way(heading))
    names = [name for name in told if not name.endswith((".toml", ".service", ".path", ".timer"))]
    assert len(names) > 15
    assert [name for name in names if not is_there(name)] == []
