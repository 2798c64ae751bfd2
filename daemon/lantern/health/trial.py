"""Does a caption model work here? Load it, show it the known picture, measure the time."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import msgspec

from lantern.caption import known
from lantern.caption.manifest import SHIPPED_MODELS, read_manifest

REPETITIONS = 5


class Trial(msgspec.Struct, frozen=True):
    """How a model did on this machine.

    `describe_ms` is the median from pixels to description, `load_ms` from files to readiness.
    `deviation` tells how its answer differs from the one expected, None where it does not;
    `expected` is None for a model that nobody recorded an answer of, so that nothing can deviate.
    """

    model: str
    runtime: str
    load_ms: float
    describe_ms: float
    sentence: str
    expected: str | None
    deviation: str | None

    @property
    def told(self) -> str:
        """Return the outcome as one sentence for people."""
        told = f"{self.model} on {self.runtime}, {self.describe_ms:.0f} ms a photo"
        if self.deviation:
            return (
                f"{told}; known picture: {self.deviation}: this runtime or processor runs it "
                "wrongly; reinstall Lantern, or set captions.models to another model"
            )
        if self.expected is None:
            return f"{told}; its model.json has no known answer to compare with"
        return f"{told}; says of the known picture what it should"


def try_model(models: Path | None) -> Trial:
    """Return how the model in the folder `models`, None for the shipped one, does here.

    Raises:
        ConfigError: its files are not right, or do not fit each other or this Lantern.
    """
    from lantern.caption.graphs import runtime_name  # noqa: PLC0415 - slow
    from lantern.caption.tflite import TfliteCaptioner  # noqa: PLC0415 - slow

    begun = time.perf_counter()
    captioner = TfliteCaptioner(models)
    load_ms = (time.perf_counter() - begun) * 1e3
    picture = known.picture()
    took_ms = []
    for _ in range(REPETITIONS):
        begun = time.perf_counter()
        description = captioner.describe(picture)
        took_ms.append((time.perf_counter() - begun) * 1e3)
    expected = read_manifest(models or SHIPPED_MODELS).known_answer
    return Trial(
        model=captioner.name,
        runtime=runtime_name(),
        load_ms=round(load_ms, 1),
        describe_ms=round(statistics.median(took_ms), 1),
        sentence=description.caption.sentence,
        expected=expected.caption.sentence if expected else None,
        deviation=known.deviation(expected, description) if expected else None,
    )
