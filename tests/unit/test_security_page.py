"""SECURITY.md is true: each test that it names is there, and each line of it names one."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "SECURITY.md").read_text("utf-8")
NAMED = re.compile(r"`(test_\w+)`")

ATTACKERS = (
    "A visitor on the page",
    "A visitor at the USB port",
    "A thief of the SD card",
    "A rogue file in the photo folder",
    "A rogue backup server",
    "A rogue Meilisearch",
)


def names_of_all_tests() -> set[str]:
    return {
        name
        for file in (REPOSITORY / "tests").rglob("test_*.py")
        for name in re.findall(
            r"^(?:async )?def (test_\w+)\(", file.read_text("utf-8"), re.MULTILINE
        )
    }


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_each_test_that_the_page_names_is_there():
    assert set(NAMED.findall(PAGE)) - names_of_all_tests() == set()


def test_each_attacker_has_rows_that_name_a_test_and_a_word_on_what_nothing_stops():
    for attacker in ATTACKERS:
        _, _, *rows = re.findall(r"^\|.*\|$", section(attacker), re.MULTILINE)
        assert len(rows) >= 3, attacker
        assert [row for row in rows if not NAMED.search(row)] == []
        assert "Nothing stops" in section(attacker), attacker
