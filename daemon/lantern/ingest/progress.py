"""How fast the work goes, and where the time goes."""

from __future__ import annotations

import statistics
import time
from collections import Counter, deque
from collections.abc import Mapping

WINDOW_S = 30.0
SHORTEST_S = 1.0
NEWEST = 200
"""Photos that the quantiles are of: a minute or two of work, so that heat or a slow disk shows."""


class Progress:
    """Counts what was finished since the start, and how fast lately."""

    def __init__(self) -> None:
        self._finished: deque[float] = deque()
        self._stages_ms: Counter[str] = Counter()
        self._newest_ms: deque[Mapping[str, float]] = deque(maxlen=NEWEST)
        self.captioned = 0
        """Pictures given to the model: known ones cost nothing and do not count."""
        self.finished = 0
        self.newest: tuple[str, str] | None = None
        """Path, as text, and sentence of the picture captioned last."""

    def described(
        self, photo: str, sentence: str | None, stages_ms: Mapping[str, float], now: float
    ) -> None:
        """Note a described file; `sentence` is None if its picture was known."""
        if sentence is not None:
            self.captioned += 1
            self.newest = photo, sentence
            self._stages_ms.update(stages_ms)
            self._newest_ms.append(stages_ms)
        self._finish(now)

    def stages_ms(self) -> dict[str, float]:
        """Return the mean milliseconds that a captioned photo spent in each stage.

        "develop" is the daemon's wait for the worker's "decode", "caption" and "thumbnail"; the
        daemon's own stages include its wait for a turn.
        """
        return {stage: total / self.captioned for stage, total in self._stages_ms.items()}

    def lately_ms(self) -> dict[str, tuple[float, float]]:
        """Return (median, 95th percentile) milliseconds of each stage, over the `NEWEST` photos."""
        stages = dict.fromkeys(stage for photo in self._newest_ms for stage in photo)
        return {
            stage: _quantiles([photo[stage] for photo in self._newest_ms if stage in photo])
            for stage in stages
        }

    def failed(self, now: float) -> None:
        """Note a file that cannot be described."""
        self._finish(now)

    def rate(self, now: float) -> float:
        """Return files finished a second, over the last `WINDOW_S` or since the first.

        0 where too little has been seen to tell.
        """
        while self._finished and now - self._finished[0] > WINDOW_S:
            self._finished.popleft()
        if not self._finished or now - self._finished[0] < SHORTEST_S:
            return 0.0
        return (len(self._finished) - 1) / (now - self._finished[0])

    def _finish(self, now: float) -> None:
        self.finished += 1
        self._finished.append(now)


def _quantiles(values: list[float]) -> tuple[float, float]:
    """Return (median, 95th percentile) of `values`, the latter one that was measured."""
    ordered = sorted(values)
    return statistics.median(ordered), ordered[(len(ordered) * 19 - 1) // 20]


class Stopwatch:
    """Measures consecutive laps, in milliseconds."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.laps_ms: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """End the lap `name` and begin the next."""
        now = time.perf_counter()
        self.laps_ms[name] = (now - self._last) * 1e3
        self._last = now
