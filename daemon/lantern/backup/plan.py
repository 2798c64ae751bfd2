"""What borgmatic and Borg are told: `lantern.toml` in their words. Pure.

Whatever is not said here is Borg's default. A maintainer may use the configuration that `text`
makes with plain borgmatic, and the environment with plain Borg.
"""

from __future__ import annotations

import glob
import json
import shlex
from collections.abc import Mapping
from typing import Any

import msgspec

from lantern.config import Backup

FORMAT = 1
"""Counted up when archives are laid out in another way; see `comment`."""

PREFIX = "lantern-"
"""Our archives' names begin so. What else lies in a repository is left alone."""

CHECKPOINT_S = 300
"""So often what was sent is noted as sent: as much work a cut may cost at most."""

PATIENCE_S = 120
"""So long a repository may be in use by another run before this one gives up."""

_WARNINGS = range(100, 108)
_PLAIN = "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK"

_HEAD = (
    "# Made by lantern from lantern.toml before each run: changes here are lost.\n"
    "# To look around: sudo -u lantern-backup borgmatic -c {path} list\n"
)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run has to know. Paths are absolute.

    `photos` and `staged` are saved, by these names. `file` is where borgmatic's configuration is
    written, `base` Borg's own folder, `passphrase_file` holds the passphrase, which stands nowhere
    else, and `ssh_command` is how ssh is called.
    """

    photos: str
    staged: str
    file: str
    base: str
    passphrase_file: str
    ssh_command: str
    backup: Backup

    @property
    def passcommand(self) -> str:
        """Return the command that prints the passphrase."""
        return shlex.join(["cat", self.passphrase_file])

    @property
    def is_plain(self) -> bool:
        """Tell whether Borg would ask if a repository that others can read is meant: it is."""
        return self.backup.encryption == "authenticated"

    @property
    def comment(self) -> str:
        """Return what each archive says of itself, for `read_comment`."""
        return json.dumps({"format": FORMAT, "photos": self.photos, "staged": self.staged})


class Comment(msgspec.Struct, frozen=True):
    """What an archive says of itself: where in it photos and staged copies are."""

    format: int
    photos: str
    staged: str


def read_comment(text: str) -> Comment:
    """Return what the archive with the comment `text` says of itself.

    Raises:
        msgspec.DecodeError: it is none of ours, or of a newer Lantern's.
    """
    comment = msgspec.json.decode(text.encode(), type=Comment)
    if comment.format != FORMAT:
        raise msgspec.ValidationError(f"expected format {FORMAT}, got {comment.format}")
    return comment


def text(plan: Plan) -> str:
    """Return borgmatic's configuration, YAML: a line an option."""
    lines = [f"{name}: {_yaml(value)}" for name, value in _options(plan).items()]
    return _HEAD.format(path=plan.file) + "\n".join(lines) + "\n"


def environment(plan: Plan, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for plain Borg, from `inherited`: the same as borgmatic gives it.

    The passphrase is not in it, but the command that prints it.
    """
    kept = {name: value for name, value in inherited.items() if not name.startswith("BORG_")}
    return kept | {
        "BORG_BASE_DIR": plan.base,
        "BORG_RSH": plan.ssh_command,
        "BORG_PASSCOMMAND": plan.passcommand,
        "BORG_EXIT_CODES": "modern",  # heeded from 1.4 on
        **({_PLAIN: "yes"} if plan.is_plain else {}),
    }


def encryption(plan: Plan) -> str:
    """Return the encryption of a new repository, as Borg calls it."""
    return f"{plan.backup.encryption}-blake2"


def retention(backup: Backup) -> dict[str, int]:
    """Return how many archives of which kind are kept, as borgmatic calls it."""
    kept = {
        "keep_daily": backup.keep_daily,
        "keep_weekly": backup.keep_weekly,
        "keep_monthly": backup.keep_monthly,
    }
    return {name: count for name, count in kept.items() if count}


def _options(plan: Plan) -> dict[str, Any]:
    backup = plan.backup
    return {
        # borgmatic would take a "[" for a pattern.
        "source_directories": [glob.escape(plan.photos), glob.escape(plan.staged)],
        # Before what the owner leaves out: "*.json" means photos' neighbours, not the captions.
        "patterns": [f"+ pp:{plan.staged}"],
        # Both are there, or there is nothing to save: an absent disk is not an empty one.
        "source_directories_must_exist": True,
        "repositories": [{"path": repository} for repository in backup.repositories],
        "encryption_passcommand": plan.passcommand,
        "borg_base_directory": plan.base,
        "user_state_directory": plan.base,
        "ssh_command": plan.ssh_command,
        "archive_name_format": PREFIX + "{utcnow:%Y-%m-%dT%H:%M:%SZ}",
        "match_archives": f"sh:{PREFIX}*",
        # Photos hardly compress; what else there is does.
        "compression": "auto,zstd",
        "checkpoint_interval": CHECKPOINT_S,
        "lock_wait": PATIENCE_S,
        # A photo that cannot be read costs itself: Borg 1.4 tells by these what 1.2 told by 1.
        "borg_exit_codes": [{"code": code, "treat_as": "warning"} for code in _WARNINGS],
        "exclude_patterns": list(backup.exclude),
        # It would read all names twice, for dumps of databases that we have not.
        "unsafe_skip_path_validation_before_create": True,
        "bootstrap": {"store_config_files": False},
        "checks": [{"name": "repository"}, {"name": "archives"}],
        "unknown_unencrypted_repo_access_is_ok": plan.is_plain,
        **({"upload_rate_limit": backup.limit_kib_s} if backup.limit_kib_s else {}),
        **retention(backup),
    }


def _yaml(value: object) -> str:
    """Return `value` as JSON, which is YAML."""
    return json.dumps(value, ensure_ascii=True)
