"""The collection and the daemon as Prometheus metrics: the sole importer of prometheus-client.

Everything is a level that is read when somebody asks, or a count that only grows; nothing is kept
here. Names and units follow Prometheus' conventions [prometheus.io, "Metric and label naming"];
`render`'s families and their help are the documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.exposition import generate_latest

import lantern
from lantern.catalog.backup_state import BackupState
from lantern.catalog.summary import CaptionHealth, Counts
from lantern.link.board_state import BoardState

QUANTILES = ("0.5", "0.95")
STATES = ("discovered", "retry", "failed", "captioned")
"""Of a file; the fields of `Counts` by these names."""


class Vitals(msgspec.Struct, frozen=True):
    """What the running daemon alone knows, since its start.

    `stages_ms` are means over all captioned photos, `lately_ms` (median, 95th percentile) over the
    newest ones. `boards` are the presence boards of the show, `backup` is None for none wanted.
    """

    model: str | None
    captioned: int
    troubles: int
    stages_ms: Mapping[str, float]
    lately_ms: Mapping[str, tuple[float, float]]
    boards: tuple[BoardState, ...] = ()
    backup: BackupState | None = None


class Served(msgspec.Struct, frozen=True):
    """How the search server is: whether it answers the page's key, how many photos wait for it."""

    up: bool
    backlog: int


class Visited(msgspec.Struct, frozen=True):
    """Who came to see the show, ever: visits, and seconds in front of it."""

    visits: int
    dwell_s: float


def render(
    counts: Counts,
    captions: CaptionHealth,
    vitals: Vitals | None,
    served: Served | None = None,
    visited: Visited | None = None,
) -> bytes:
    """Return all metrics in Prometheus' text format 0.0.4.

    `vitals` is None while no daemon runs, `served` where no search server is configured, `visited`
    where nobody ever came: what only they know is then left out rather than told as 0.
    """
    families = [
        _info(),
        _gauge("lantern_daemon_up", "Whether the daemon answers", float(vitals is not None)),
        *_of_collection(counts),
        *_of_captions(captions),
        *(_of_server(served) if served else ()),
        *(_of_visitors(visited) if visited else ()),
        *(_of_daemon(vitals) if vitals else ()),
        *(_of_boards(vitals.boards) if vitals and vitals.boards else ()),
        *(_of_backup(vitals.backup) if vitals and vitals.backup else ()),
    ]
    return generate_latest(_Families(families))


class _Families:
    """What `generate_latest` asks: a collector, here of families made beforehand."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _info() -> Metric:
    info = GaugeMetricFamily("lantern_build_info", "The version of the page", labels=["version"])
    info.add_metric([lantern.__version__], 1)
    return info


def _of_collection(counts: Counts) -> list[Metric]:
    files = GaugeMetricFamily(
        "lantern_files", "Photo files by what became of them", labels=["state"]
    )
    for state in STATES:
        files.add_metric([state], getattr(counts, state))
    return [
        files,
        _gauge("lantern_photos", "Described pictures that a file holds", counts.photos),
        _gauge(
            "lantern_index_backlog_photos",
            "Described pictures that the search index does not have as they are now",
            counts.photos - counts.indexed,
        ),
    ]


def _of_captions(captions: CaptionHealth) -> list[Metric]:
    by_model = GaugeMetricFamily(
        "lantern_captions", "Photos by the model that described them", labels=["model"]
    )
    for model, photos in sorted(captions.photos_by_model.items()):
        by_model.add_metric([model], photos)
    return [
        by_model,
        _scores(captions),
        _gauge(
            "lantern_captions_from_tags",
            "Photos whose sentence was made from tags, since the decoder's contradicted them",
            captions.from_tags,
        ),
        _gauge("lantern_captions_human", "Photos that show a person's sentence", captions.human),
        CounterMetricFamily(
            "lantern_corrections",
            "Sentences that people set through Lantern, ever",
            value=captions.corrections,
        ),
        _gauge(
            "lantern_captions_unwritten_files",
            "Files whose sentence is still to be written into them",
            captions.unwritten,
        ),
        _gauge(
            "lantern_captions_refused_files",
            "Files that cannot take their sentence",
            captions.refused,
        ),
    ]


def _scores(captions: CaptionHealth) -> Metric:
    """Return the scores as they stand now: a described photo that leaves takes its score along."""
    buckets: list[tuple[str, float]] = []
    below = 0
    for number, photos in enumerate(captions.score_bins, start=1):
        below += photos
        buckets.append((str(number / len(captions.score_bins)), below))
    return HistogramMetricFamily(
        "lantern_caption_score",
        "Scores of the captions of all photos, the geometric mean of their words' probabilities",
        buckets=[*buckets[:-1], ("+Inf", below)],
        sum_value=captions.score_sum,
    )


def _of_server(served: Served) -> list[Metric]:
    return [
        _gauge(
            "lantern_search_server_up",
            "Whether the search server answers the page, rather than Lantern's own index",
            float(served.up),
        ),
        _gauge(
            "lantern_search_server_backlog_photos",
            "Photos that the search server has yet to take",
            served.backlog,
        ),
    ]


def _of_visitors(visited: Visited) -> list[Metric]:
    return [
        CounterMetricFamily(
            "lantern_visits",
            "Times that somebody came to see the show, ever; a group is one",
            value=visited.visits,
        ),
        CounterMetricFamily(
            "lantern_visit_seconds",
            "Time that somebody was in front of the show, ever",
            value=visited.dwell_s,
        ),
    ]


def _of_daemon(vitals: Vitals) -> list[Metric]:
    stages = SummaryMetricFamily(
        "lantern_stage_seconds",
        "Time that a photo takes in each stage: quantiles of the newest ones, sum of all",
        labels=["stage"],
    )
    for stage, mean_ms in vitals.stages_ms.items():
        for quantile, value_ms in zip(QUANTILES, vitals.lately_ms[stage], strict=True):
            labels = {"stage": stage, "quantile": quantile}
            stages.add_sample("lantern_stage_seconds", labels, value_ms / 1e3)
        stages.add_metric([stage], vitals.captioned, mean_ms * vitals.captioned / 1e3)
    model = GaugeMetricFamily("lantern_model_info", "The model in use", labels=["model"])
    if vitals.model:
        model.add_metric([vitals.model], 1)
    return [
        model,
        CounterMetricFamily(
            "lantern_photos_captioned",
            "Pictures that the model described since the daemon's start",
            value=vitals.captioned,
        ),
        _gauge("lantern_troubles", "Troubles that the status tells of", vitals.troubles),
        stages,
    ]


def _of_boards(boards: Sequence[BoardState]) -> list[Metric]:
    connected = GaugeMetricFamily(
        "lantern_board_connected", "Whether the presence board answers", labels=["sensor"]
    )
    round_trip = GaugeMetricFamily(
        "lantern_board_round_trip_seconds",
        "Time from a command to the board's report that acknowledges it, lately",
        labels=["sensor"],
    )
    conversations = CounterMetricFamily(
        "lantern_board_conversations",
        "Times that the board was greeted: once, and after each loss or reset",
        labels=["sensor"],
    )
    spoiled = CounterMetricFamily(
        "lantern_board_spoiled_frames",
        "What came over the board's line and was no frame, by the side that heard it",
        labels=["sensor", "side"],
    )
    for board in boards:
        connected.add_metric([board.sensor], float(board.connected))
        if board.round_trip_ms is not None:
            round_trip.add_metric([board.sensor], board.round_trip_ms / 1e3)
        conversations.add_metric([board.sensor], board.greeted)
        spoiled.add_metric([board.sensor, "host"], board.spoiled_here)
        spoiled.add_metric([board.sensor, "board"], board.spoiled_there)
    return [connected, round_trip, conversations, spoiled]


_OF_REPOSITORY = {
    "good_at": ("good_timestamp_seconds", "When the newest good backup ended"),
    "checked_at": ("checked_timestamp_seconds", "When the repository was last found whole"),
    "proved_at": ("proved_timestamp_seconds", "When photos were last restored from it for proof"),
    "archives": ("archives", "Archives that are kept"),
    "stored_bytes": ("stored_bytes", "What all archives take"),
    "free_bytes": ("free_bytes", "What is free on the disk of the repository"),
    "disk_bytes": ("disk_bytes", "How large the disk of the repository is"),
    "new": ("new_files", "Files that were new to the newest good backup"),
    "changed": ("changed_files", "Files that had changed since the backup before"),
    "gone": ("gone_files", "Files that were gone since the backup before"),
}


def _of_backup(backup: BackupState) -> list[Metric]:
    """Return how the repositories stand, by number: no reader need know where they are."""
    families = []
    for field, (name, help_text) in _OF_REPOSITORY.items():
        family = GaugeMetricFamily(f"lantern_backup_{name}", help_text, labels=["repository"])
        for number, repository in enumerate(backup.repositories, 1):
            if (value := getattr(repository, field)) is not None:
                family.add_metric([str(number)], value)
        families.append(family)
    running = float(backup.running is not None)
    alarms = len(backup.alarms)
    return [
        *families,
        _gauge("lantern_backup_running", "Whether a backup, check or drill runs", running),
        _gauge("lantern_backup_alarms", "What is wrong with the backup, counted", alarms),
    ]


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)
