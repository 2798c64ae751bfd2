"""Where repositories are, and the line that lets the backup in there."""

from __future__ import annotations

import pytest

from lantern.backup.location import Location, accounts, authorized_line


@pytest.mark.parametrize(
    ("repository", "location"),
    [
        ("/mnt/disk/photos", Location("/mnt/disk/photos")),
        ("ssh://nas/backup", Location("/backup", "nas")),
        ("ssh://me@nas.local:2222/a/b", Location("/a/b", "nas.local", "me", 2222)),
        ("ssh://me@[fe80::1]:2222/a", Location("/a", "fe80::1", "me", 2222)),
        ("ssh://me@nas/./photos", Location("photos", "nas", "me")),
        ("ssh://me@nas/~/photos", Location("photos", "nas", "me")),
    ],
)
def test_a_repository_is_taken_apart_as_borg_does(repository: str, location: Location) -> None:
    assert Location.of(repository) == location


def test_a_host_is_known_by_its_port_unless_that_is_the_usual_one() -> None:
    assert Location.of("ssh://nas/a").known_as == "nas"
    assert Location.of("ssh://[fe80::1]:2222/a").known_as == "[fe80::1]:2222"


def test_one_line_lets_an_account_into_all_of_its_repositories() -> None:
    repositories = ["ssh://me@nas/a", "/mnt/disk", "ssh://me@nas/the b", "ssh://you@nas/c"]
    found = accounts(one.replace(" ", "%20") for one in repositories)
    assert [len(held) for held in found.values()] == [2, 1]
    line = authorized_line("ssh-ed25519 AAAA lantern\n", [Location("/a"), Location("/the b")])
    assert line == (
        'restrict,command="case \\"$SSH_ORIGINAL_COMMAND\\" in free) exec df -Pk /a \'/the b\';; '
        "*) exec borg serve --append-only --restrict-to-repository /a "
        "--restrict-to-repository '/the b';; esac\" ssh-ed25519 AAAA lantern"
    )
