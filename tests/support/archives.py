"""What a backup made of nothing out of the ordinary held."""

from lantern.backup.report import Saved

USUAL = Saved(
    archive="lantern-x",
    files=1000,
    new=3,
    changed=1,
    gone=0,
    unread=0,
    original_bytes=5_000_000_000,
    compressed_bytes=4_900_000_000,
    deduplicated_bytes=12_000_000,
)
