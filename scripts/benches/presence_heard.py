"""What a sound card's recording tells of a tone: when its level rises, how exactly, what clicks."""

import numpy as np

from support.sink import RATE, SILENCE_DB, level_db

TONE_HZ = 200
TONE_DB = 20 * np.log10(0.5 / np.sqrt(2))
"""The level of the film's sound at 0 dB: a sine of half the full scale."""


class Heard:
    """A recording, in levels."""

    def __init__(self, recording):
        samples, self.first = recording.samples()
        self.samples = samples.astype(np.float64)
        self._high = high(self.samples)

    def gain_db(self, at, width_s):
        """Return the gain heard in `width_s` around `at`."""
        return level_db(self._cut(self.samples, at, width_s)) - TONE_DB

    def click_db(self, at):
        """Return how loud 10 ms after `at` are above the tone, against the tone."""
        return level_db(self._cut(self._high, at, 0.01)) - level_db(
            self._cut(self.samples, at, 0.01)
        )

    def dropouts(self, begin, end):
        """Return the moments without any sound, each as begin and end."""
        width = RATE // 1000
        samples = self._cut(self.samples, (begin + end) / 2, end - begin)
        pieces = np.abs(samples[: len(samples) // width * width]).reshape(-1, width)
        silent = np.flatnonzero(pieces.max(axis=1) < 1e-4)
        if not len(silent):
            return []
        runs = np.split(silent, np.flatnonzero(np.diff(silent) > 1) + 1)
        return [(begin + run[0] / 1000, begin + (run[-1] + 1) / 1000) for run in runs]

    def risen(self, at, by_db=0.1, width_s=1 / TONE_HZ):
        """Return after how many seconds the level has risen, 1 if not within one."""
        before = self.gain_db(at - 0.05, 0.1)
        for number in range(200):
            middle = at + (number + 0.5) * width_s
            if self.gain_db(middle, width_s) > before + by_db:
                return (number + 1) * width_s
        return 1.0

    def _cut(self, samples, at, width_s):
        start = round((at - width_s / 2 - self.first) * RATE)
        return samples[start : start + round(width_s * RATE)]


def high(samples, above_hz=2000.0):
    """Return what of `samples` is above a frequency."""
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / RATE) < above_hz] = 0
    return np.fft.irfft(spectrum, len(samples))


def starts(heard, edges):
    """Return how many milliseconds the ramp took to begin after each edge."""
    return [1000 * heard.risen(edge) for edge in edges]


def levels(heard, gains, begin):
    """Return what was heard at each 100 ms against what was planned."""
    times = range(0, len(gains), 100)
    return np.array([heard.gain_db(begin + ms / 1000, 0.02) - gains[ms] for ms in times])


def clicks(heard, gains, begin, gaps):
    """Return the loudest click while the level moves, and while it stays."""
    moves, stays = [SILENCE_DB], [SILENCE_DB]
    for ms in range(100, len(gains) - 100, 10):
        at = begin + ms / 1000
        if not is_near(at, gaps):
            nearby = gains[ms - 100 : ms + 10]
            (stays if np.ptp(nearby) == 0 else moves).append(heard.click_db(at))
    return max(moves), max(stays)


def steps_db(heard, begin, end, gaps):
    """Return the largest change of level from one period of the tone to the next."""
    period_s = 1 / TONE_HZ
    times = np.arange(begin, end, period_s)
    changes = np.abs(np.diff([heard.gain_db(at, period_s) for at in times]))
    return max(step for at, step in zip(times, changes, strict=False) if not is_near(at, gaps))


def is_near(at, gaps, by_s=0.1):
    """Tell whether a moment lies in a gap, or so close that it is heard there."""
    return any(begin - by_s < at < end + by_s for begin, end in gaps)


def level_figures(heard, gains, begin, end):
    """Return how far it was from what was planned, and what was heard beside the tone."""
    errors = levels(heard, gains, begin)
    gaps = heard.dropouts(begin, end)
    moving, still = clicks(heard, gains, begin, gaps)
    return {
        "level_error_db_max": float(np.abs(errors).max()),
        "level_error_db_p50": float(np.median(np.abs(errors))),
        "levels_compared": len(errors),
        "click_db_max": moving,
        "click_still_db_max": still,
        "step_db_max": steps_db(heard, begin, end, gaps),
        "dropouts": len(gaps),
        "dropout_ms": round(1000 * sum(stop - start for start, stop in gaps)),
    }
