"""How the captions are doing, in a sentence: who made them, how sure, how often wrong, how fast.

Pure. `CatalogReader.caption_health` counts; `lantern status` tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lantern.catalog.summary import CaptionHealth

MOST_MODELS = 3
"""A collection seldom holds more; beyond these, they are told together."""


def middle_score(bins: Sequence[int]) -> float | None:
    """Return the median of scores counted in `bins`, as if even within each; None for none."""
    half = sum(bins) / 2
    below = 0
    for number, count in enumerate(bins):
        if count and below + count >= half:
            return (number + (half - below) / count) / len(bins)
        below += count
    return None


def lines(health: CaptionHealth, lately_ms: Mapping[str, tuple[float, float]]) -> list[str]:
    """Return what there is to tell people; nothing of a collection without captions.

    `lately_ms` maps a stage to (median, 95th percentile) milliseconds of a photo.
    """
    total = sum(health.photos_by_model.values())
    if not total:
        return []
    middle = middle_score(health.score_bins) or 0.0
    parts = [
        _models(health.photos_by_model),
        f"middle score {middle:.2f}".replace("0.", ".", 1),
        f"{health.from_tags / total:.1%} from tags".replace("%", " %"),
    ]
    if health.corrected:
        lately = f" ({health.corrected_lately:,} lately)" if health.corrected_lately else ""
        parts.append(f"{health.corrected:,} corrected by people{lately}")
    told = [f"captions: {'; '.join(parts)}"]
    if "caption" in lately_ms:
        median, high = lately_ms["caption"]
        told.append(f"lately {median:.0f} ms a sentence, one in twenty above {high:.0f} ms")
    return told


def _models(photos: Mapping[str, int]) -> str:
    by_count = sorted(photos.items(), key=lambda item: (-item[1], item[0]))
    told = [f"{count:,} by {model or 'an unnamed model'}" for model, count in by_count]
    if len(told) > MOST_MODELS:
        others = sum(count for _, count in by_count[MOST_MODELS - 1 :])
        told[MOST_MODELS - 1 :] = [f"{others:,} by others"]
    return ", ".join(told)
