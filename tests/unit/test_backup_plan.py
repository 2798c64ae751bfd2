"""What borgmatic and Borg are told: made of the configuration, and without the passphrase."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from borgmatic.config.validate import schema_filename
from ruamel.yaml import YAML

from lantern.backup.plan import Plan, encryption, environment, read_comment, retention, text
from lantern.config import Backup


def plan(**options: object) -> Plan:
    return Plan(
        photos="/srv/photos: 100% {all} [x]",
        staged="/var/lib/lantern-backup/staged",
        file="/var/lib/lantern-backup/borgmatic.yaml",
        base="/var/lib/lantern-backup/borg",
        passphrase_file="/run/with space/passphrase",
        ssh_command="ssh -F none",
        backup=msgspec.convert({"repositories": ["ssh://a@nas/b"], **options}, Backup),
    )


def test_the_configuration_is_what_borgmatic_takes() -> None:
    schema_file = schema_filename()
    schema = YAML(typ="safe").load(Path(schema_file).read_text())
    made = plan(exclude=["*.mov", "sh:**/raw/**"], limit_kib_s=500, encryption="authenticated")
    jsonschema.validate(YAML(typ="safe").load(text(made)), schema)


def test_the_configuration_says_what_lantern_toml_says() -> None:
    told = YAML(typ="safe").load(
        text(plan(exclude=['"*".mov'], limit_kib_s=500, keep_weekly=0, keep_monthly=3))
    )
    assert told["source_directories"] == [
        "/srv/photos: 100% {all} [[]x]",
        "/var/lib/lantern-backup/staged",
    ]
    assert told["repositories"] == [{"path": "ssh://a@nas/b"}]
    assert told["exclude_patterns"] == ['"*".mov']
    assert told["upload_rate_limit"] == 500
    assert (told["keep_daily"], told["keep_monthly"]) == (7, 3)
    assert "keep_weekly" not in told
    assert told["encryption_passcommand"] == "cat '/run/with space/passphrase'"


def test_the_environment_names_the_passphrase_and_has_nothing_of_a_strangers() -> None:
    told = environment(plan(), {"PATH": "/bin", "BORG_PASSPHRASE": "secret", "BORG_REPO": "x"})
    assert told["BORG_PASSCOMMAND"] == "cat '/run/with space/passphrase'"
    assert told["PATH"] == "/bin"
    assert not {"BORG_PASSPHRASE", "BORG_REPO"} & told.keys()


def test_only_where_others_may_read_borg_is_told_that_this_is_meant() -> None:
    asked = "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK"
    assert asked not in environment(plan(), {})
    assert environment(plan(encryption="authenticated"), {})[asked] == "yes"
    assert encryption(plan()) == "repokey-blake2"
    assert encryption(plan(encryption="authenticated")) == "authenticated-blake2"


def test_what_is_kept_has_borgs_names() -> None:
    assert retention(Backup(keep_daily=1, keep_weekly=0, keep_monthly=2)) == {
        "keep_daily": 1,
        "keep_monthly": 2,
    }


def test_an_archive_says_where_things_are() -> None:
    told = read_comment(plan().comment)
    assert (told.photos, told.staged) == (plan().photos, plan().staged)


@pytest.mark.parametrize("comment", ["", "hello", '{"format": 2, "photos": "/a", "staged": "/b"}'])
def test_a_strangers_archive_is_refused(comment: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_comment(comment)


def test_nothing_of_the_passphrase_is_in_what_is_written() -> None:
    told = text(plan())
    assert "encryption_passphrase" not in told
    assert json.dumps("/run/with space/passphrase")[1:-1] in told
