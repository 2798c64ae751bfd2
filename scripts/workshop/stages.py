"""Gather a graph's layers into the few stages that a drawing has room for.

Pure. Nothing here knows the shipped model: convolutions are gathered by the size of their maps, the
dense layers of a transformer by the longest pattern that repeats, so that the drawing follows the
files whatever they become.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workshop.anatomy import Graph, Layer

LEAST_BYTES = 256
"""A layer with fewer bytes of constants is arithmetic between the others, and not told."""

MOST_LINES = 4


@dataclass(frozen=True)
class Stage:
    """Some layers that follow each other; `bytes` are those of their constants."""

    title: str
    lines: tuple[str, ...]
    bytes: int


def stages(graph: Graph) -> list[Stage]:
    """Return the stages of `graph`, in the order in which they run."""
    if any(layer.operation == "CONV_2D" for layer in graph.layers):
        return _by_map(graph.layers)
    return _by_pattern([layer for layer in graph.layers if layer.bytes >= LEAST_BYTES])


def pattern(signs: Sequence[str]) -> tuple[int, int, int]:
    """Return (begin, length, times) of the repetition that leaves the least of `signs` to tell.

    The shortest length of equal ones; (0, 0, 0) where nothing repeats.
    """
    best, spared = (0, 0, 0), 0
    for length in range(1, len(signs) // 2 + 1):
        for begin in range(len(signs) - 2 * length + 1):
            times = 1
            while _repeats(signs, begin, length, times):
                times += 1
            if length * (times - 1) > spared:
                best, spared = (begin, length, times), length * (times - 1)
    return best


def _repeats(signs: Sequence[str], begin: int, length: int, times: int) -> bool:
    at = begin + times * length
    return at + length <= len(signs) and signs[at : at + length] == signs[begin : begin + length]


def _by_map(layers: Sequence[Layer]) -> list[Stage]:
    found = []
    for size, group in groupby(layers, _map_size):
        members = [layer for layer in group if layer.weights]
        if members:
            depth = members[-1].outputs[0].shape[-1]
            convolutions = sum("CONV" in layer.operation for layer in members)
            title = f"{size}×{depth}" if size else kind(members[-1])
            told = f"{convolutions} convolutions" if convolutions else _shape(members[-1])
            found.append(Stage(title, (told,), sum(layer.bytes for layer in members)))
    return found


def _map_size(layer: Layer) -> str:
    shape = layer.outputs[0].shape
    return f"{shape[1]}×{shape[2]}" if len(shape) == 4 and shape[1:3] != (1, 1) else ""


def _by_pattern(layers: Sequence[Layer]) -> list[Stage]:
    signs = [f"{kind(layer)} {_shape(layer)}" for layer in layers]
    begin, length, times = pattern(signs)
    repeated = layers[begin : begin + length * times]
    block = Stage(
        f"{times} × {length} layers" if length > 1 else kind(layers[begin]),
        _runs(layers[begin : begin + (length if length > 1 else times)]),
        sum(layer.bytes for layer in repeated),
    )
    before = [_single(layer) for layer in layers[:begin]]
    after = [_single(layer) for layer in layers[begin + length * times :]]
    return [*before, *([block] if times else []), *after]


def _single(layer: Layer) -> Stage:
    return Stage(kind(layer), (_shape(layer),), layer.bytes)


def _runs(layers: Sequence[Layer]) -> tuple[str, ...]:
    runs = [(shape, len(list(group))) for shape, group in groupby(layers, _shape)]
    lines = [f"{count} × {shape}" if count > 1 else shape for shape, count in runs]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"and {len(lines) - MOST_LINES + 1} more"]
    return tuple(lines)


def kind(layer: Layer) -> str:
    """Return what the layer is called in a drawing: "dense", "table", else the operation's name."""
    names = {"FULLY_CONNECTED": "dense", "GATHER": "table", "EMBEDDING_LOOKUP": "table"}
    return names.get(layer.operation, layer.operation.lower().replace("_", " "))


def _shape(layer: Layer) -> str:
    """Return the shape of the layer's weights, a dense one's as inputs→outputs."""
    shape = layer.weights[0].shape if layer.weights else ()
    if layer.operation == "FULLY_CONNECTED" and len(shape) == 2:
        return f"{shape[1]}→{shape[0]}"
    return "×".join(map(str, shape))
