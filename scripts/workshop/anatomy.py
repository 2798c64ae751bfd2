"""What a .tflite file holds, read from the file itself: its layers, their shapes, types and bytes.

The only importer of the TFLite schema, which ai-edge-litert carries. Nothing is run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_edge_litert import schema_py_generated as schema

TELLING_BYTES = 64
"""Constants below this, such as an axis or a shape, are counted and not listed."""


@dataclass(frozen=True)
class Tensor:
    """One tensor; `bytes` is what the file holds of it, 0 for one that is computed."""

    name: str
    shape: tuple[int, ...]
    kind: str
    bytes: int = 0

    def __str__(self) -> str:
        return f"{'×'.join(map(str, self.shape)) or 'scalar'} {self.kind}"


@dataclass(frozen=True)
class Layer:
    """One operation. `bytes` are those of constants that no layer before has used."""

    operation: str
    weights: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    bytes: int


@dataclass(frozen=True)
class Graph:
    """A whole file; `inputs` and `outputs` go by the names that the runtime asks for."""

    file: str
    bytes: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    layers: tuple[Layer, ...]

    @property
    def weight_bytes(self) -> int:
        """Return the bytes of all constants; the file's others are structure, names and scales."""
        return sum(layer.bytes for layer in self.layers)


def read_graph(path: Path) -> Graph:
    """Return the graph in the file at `path`, its layers in the order in which they run."""
    content = path.read_bytes()
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    (subgraph,) = model.subgraphs
    tensors = [_tensor(tensor, model.buffers) for tensor in subgraph.tensors]
    (signature,) = model.signatureDefs
    seen: set[int] = set()
    return Graph(
        file=path.name,
        bytes=len(content),
        inputs=_named(signature.inputs, tensors),
        outputs=_named(signature.outputs, tensors),
        layers=tuple(
            _layer(operator, _operation(model, operator), subgraph.tensors, tensors, seen)
            for operator in subgraph.operators
        ),
    )


def elements(tensor: Tensor) -> int:
    """Return how many numbers `tensor` holds."""
    return math.prod(tensor.shape)


def _layer(
    operator: Any, operation: str, entries: list[Any], tensors: list[Tensor], seen: set[int]
) -> Layer:
    given = [number for number in operator.inputs if number >= 0]
    constants = [number for number in given if tensors[number].bytes]
    new = {entries[number].buffer: tensors[number].bytes for number in constants}
    fresh = {buffer: size for buffer, size in new.items() if buffer not in seen}
    seen.update(fresh)
    return Layer(
        operation=operation,
        weights=tuple(tensors[n] for n in constants if tensors[n].bytes >= TELLING_BYTES),
        outputs=tuple(tensors[number] for number in operator.outputs),
        bytes=sum(fresh.values()),
    )


def _tensor(entry: Any, buffers: list[Any]) -> Tensor:
    data = buffers[entry.buffer].data
    return Tensor(
        name=entry.name.decode(),
        shape=tuple(int(length) for length in entry.shape) if entry.shape is not None else (),
        kind=_KINDS[entry.type],
        bytes=0 if data is None else len(data),
    )


def _named(entries: Iterable[Any], tensors: list[Tensor]) -> tuple[Tensor, ...]:
    found = ((entry.name.decode(), tensors[entry.tensorIndex]) for entry in entries)
    return tuple(Tensor(name, tensor.shape, tensor.kind) for name, tensor in found)


def _operation(model: Any, operator: Any) -> str:
    code = model.operatorCodes[operator.opcodeIndex]
    # The schema's first field held one byte; a later one holds what does not fit into it.
    return _OPERATIONS[max(code.builtinCode, code.deprecatedBuiltinCode)]


def _names(enumeration: type) -> dict[int, str]:
    return {value: name for name, value in vars(enumeration).items() if not name.startswith("_")}


_OPERATIONS = _names(schema.BuiltinOperator)
_KINDS = {value: name.lower() for value, name in _names(schema.TensorType).items()}
