"""What Prometheus reads, by its own parser."""

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from lantern.catalog.backup_state import BackupState, RepositoryState
from lantern.catalog.summary import CaptionHealth, Counts
from lantern.health.metrics import Served, Vitals, render
from lantern.link.board_state import BoardState

COUNTS = Counts(
    files=20, discovered=4, retry=3, failed=2, captioned=11, photos=10, indexed=7, unwritten=5
)
CAPTIONS = CaptionHealth(
    photos_by_model={'odd "name"\n 1': 2, "lantern-captioner 2": 8},
    score_bins=(1, 0, 0, 0, 0, 2, 3, 4, 0, 0),
    score_sum=6.25,
    from_tags=1,
    human=3,
    corrected=4,
    corrected_lately=2,
    corrections=6,
    unwritten=5,
    refused=1,
)
VITALS = Vitals(
    model="lantern-captioner 2",
    captioned=40,
    troubles=1,
    stages_ms={"caption": 30.0},
    lately_ms={"caption": (25.0, 90.0)},
)


def samples(vitals=VITALS):
    text = render(COUNTS, CAPTIONS, vitals).decode()
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_files_photos_and_the_backlog_are_levels():
    told = samples()
    states = {"discovered": 4, "retry": 3, "failed": 2, "captioned": 11}
    assert {state: told["lantern_files", state] for state in states} == states
    assert told["lantern_photos",] == 10
    assert told["lantern_index_backlog_photos",] == 3
    assert told["lantern_captions_unwritten_files",] == 5


def test_a_search_server_is_told_of_where_there_is_one():
    text = render(COUNTS, CAPTIONS, None, Served(up=False, backlog=12)).decode()
    assert "lantern_search_server_up 0.0" in text
    assert "lantern_search_server_backlog_photos 12.0" in text
    assert "search_server" not in render(COUNTS, CAPTIONS, VITALS).decode()


def test_captions_are_told_by_model_whatever_it_is_called():
    told = samples()
    assert told["lantern_captions", "lantern-captioner 2"] == 8
    assert told["lantern_captions", 'odd "name"\n 1'] == 2


def test_scores_are_cumulative_buckets_with_their_sum_and_count():
    told = samples()
    buckets = {labels[0]: told[name, *labels] for name, *labels in told if "_bucket" in name}
    assert buckets == {
        **dict.fromkeys(("0.1", "0.2", "0.3", "0.4", "0.5"), 1),
        "0.6": 3,
        "0.7": 6,
        "0.8": 10,
        "0.9": 10,
        "+Inf": 10,
    }
    assert told["lantern_caption_score_count",] == 10
    assert told["lantern_caption_score_sum",] == 6.25


BOARDS = (
    BoardState("front", "/dev/a", True, round_trip_ms=3.5, greeted=2, spoiled_there=7),
    BoardState("back", "/dev/b", fault="says nothing", spoiled_here=1),
)


def test_boards_are_told_by_their_sensors_and_where_none_is_nothing_of_them():
    told = samples(msgspec.structs.replace(VITALS, boards=BOARDS))
    assert told["lantern_board_connected", "front"] == 1
    assert told["lantern_board_connected", "back"] == 0
    assert told["lantern_board_round_trip_seconds", "front"] == pytest.approx(0.0035)
    assert ("lantern_board_round_trip_seconds", "back") not in told
    assert told["lantern_board_conversations_total", "front"] == 2
    assert told["lantern_board_spoiled_frames_total", "board", "front"] == 7
    assert told["lantern_board_spoiled_frames_total", "back", "host"] == 1
    assert "lantern_board" not in render(COUNTS, CAPTIONS, VITALS).decode()


def test_times_are_seconds():
    told = samples()
    assert told["lantern_stage_seconds", "0.5", "caption"] == pytest.approx(0.025)
    assert told["lantern_stage_seconds", "0.95", "caption"] == pytest.approx(0.09)
    assert told["lantern_stage_seconds_sum", "caption"] == pytest.approx(1.2)
    assert told["lantern_stage_seconds_count", "caption"] == 40


def test_without_a_daemon_what_it_alone_knows_is_left_out_not_zero():
    up, down = samples(), samples(vitals=None)
    assert (up["lantern_daemon_up",], down["lantern_daemon_up",]) == (1, 0)
    gone = {name for name, *_ in up.keys() - down.keys()}
    assert gone == {
        "lantern_model_info",
        "lantern_photos_captioned_total",
        "lantern_troubles",
        "lantern_stage_seconds",
        "lantern_stage_seconds_sum",
        "lantern_stage_seconds_count",
    }


def test_every_metric_has_help_and_a_type_and_counters_end_in_total():
    text = render(COUNTS, CAPTIONS, VITALS).decode()
    for family in text_string_to_metric_families(text):
        assert family.name.startswith("lantern_")
        assert family.documentation
        assert family.type != "unknown"
    counters = [line.split()[2] for line in text.splitlines() if line.endswith(" counter")]
    assert counters == ["lantern_corrections_total", "lantern_photos_captioned_total"]


def test_how_the_backup_stands_is_told_without_an_address():
    good = RepositoryState(repository="ssh://nas.local/x", good_at=1_795_000_000.0, free_bytes=7)
    never = RepositoryState(repository="/mnt/usb")
    backup = BackupState(repositories=(good, never), alarms=("backup late",))
    told = samples(msgspec.structs.replace(VITALS, backup=backup))
    assert told["lantern_backup_good_timestamp_seconds", "1"] == 1_795_000_000
    assert ("lantern_backup_good_timestamp_seconds", "2") not in told, "never is no time"
    assert told["lantern_backup_free_bytes", "1"] == 7
    assert (told["lantern_backup_alarms",], told["lantern_backup_running",]) == (1, 0)
    assert not [name for name in told if "nas.local" in str(name)]
    assert not [name for name in samples() if "backup" in str(name)]
