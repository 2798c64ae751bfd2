"""How fast the work goes. Pure: the time comes in."""

from __future__ import annotations

from collections import deque

WINDOW_S = 30.0


class Progress:
    """Counts what was finished since the start, and how fast lately."""

    def __init__(self) -> None:
        self._finished: deque[float] = deque()
        self.captioned = 0
        """Pictures given to the model: known ones cost nothing and do not count."""
        self.finished = 0
        self.newest: tuple[str, str] | None = None
        """Path, as text, and sentence of the picture captioned last."""

    def described(self, photo: str, sentence: str | None, now: float) -> None:
        """Note a described file; `sentence` is None if its picture was known."""
        if sentence is not None:
            self.captioned += 1
            self.newest = photo, sentence
        self._finish(now)

    def failed(self, now: float) -> None:
        """Note a file that cannot be described."""
        self._finish(now)

    def rate(self, now: float) -> float:
        """Return files finished a second, over the last `WINDOW_S` or since the first."""
        while self._finished and now - self._finished[0] > WINDOW_S:
            self._finished.popleft()
        if len(self._finished) < 2:
            return 0.0
        return (len(self._finished) - 1) / max(now - self._finished[0], 1e-9)

    def _finish(self, now: float) -> None:
        self.finished += 1
        self._finished.append(now)
