"""The caption model's graphs, run by TFLite: the sole importer of a TFLite runtime.

Owns interpreters and tensor layouts, decides nothing. ai-edge-litert is preferred, tflite-runtime
taken where the first is not installed: the two agree but for the last bits, so a sentence may
differ by a word between them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from lantern.caption import decode, tags
from lantern.caption.port import UInt8Image

try:
    _runtime = import_module("ai_edge_litert.interpreter")
except ModuleNotFoundError:
    _runtime = import_module("tflite_runtime.interpreter")

SIDE = 224
"""Pixels on each side of the square that the encoder sees; other shapes are squashed into it."""

CELLS = 49
CHANNELS = 1280

LAYERS = 2
"""Of the decoder. Each has tensors of its own: taking them out of one costs more than the layer."""

Tensors = Mapping[str, npt.NDArray[Any]]


class PictureGraph:
    """A graph that takes one picture and gives int8 tensors, which go by their rising sizes."""

    def __init__(self, graph: bytes, *, threads: int) -> None:
        self._graph = _interpreter(graph, threads)
        (self._input,) = self._graph.get_input_details()
        self._outputs = sorted(
            self._graph.get_output_details(), key=lambda output: int(np.prod(output["shape"]))
        )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Return the shape of the input tensor."""
        return tuple(int(length) for length in self._input["shape"])

    @property
    def output_sizes(self) -> tuple[int, ...]:
        """Return how many numbers each output has."""
        return tuple(int(np.prod(output["shape"])) for output in self._outputs)

    @property
    def scales(self) -> tuple[tuple[float, int], ...]:
        """Return (scale, zero) of each output: value = scale * (int8 - zero)."""
        pairs = (output["quantization"] for output in self._outputs)
        return tuple((float(scale), int(zero)) for scale, zero in pairs)

    def __call__(self, picture: UInt8Image) -> list[npt.NDArray[np.int8]]:
        """Return the outputs, flat, for `picture`, which has the input's shape but for its one."""
        self._graph.set_tensor(self._input["index"], picture[None])
        self._graph.invoke()
        return [self._graph.get_tensor(output["index"]).reshape(-1) for output in self._outputs]


class Seen(NamedTuple):
    """What the encoder says of one picture: `map` quantised as `Encoder.map_scale` tells."""

    map: npt.NDArray[np.int8]
    logits: npt.NDArray[np.float32]
    concept_logits: npt.NDArray[np.float32]


class Encoder:
    """The int8 image encoder: a picture to its feature map, and logits of classes and concepts.

    The concepts are fewer than the classes: by that their logits are told apart.
    """

    def __init__(self, graph: bytes, *, threads: int) -> None:
        self._graph = PictureGraph(graph, threads=threads)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Return the shape of the input tensor."""
        return self._graph.input_shape

    @property
    def output_sizes(self) -> tuple[int, ...]:
        """Return how many concepts, classes and numbers of the map there are."""
        return self._graph.output_sizes

    @property
    def map_scale(self) -> tuple[float, int]:
        """Return (scale, zero) of the map: value = scale * (int8 - zero)."""
        return self._graph.scales[-1]

    def __call__(self, picture: UInt8Image) -> Seen:
        """Return the (49, 1280) int8 map and the float32 logits of `picture`, (224, 224, 3)."""
        concepts, classes, cells = self._graph(picture)
        concept_scale, class_scale, _ = self._graph.scales
        return Seen(
            map=cells.reshape(CELLS, CHANNELS),
            logits=floats(classes, *class_scale),
            concept_logits=floats(concepts, *concept_scale),
        )


class NamedGraph:
    """A graph whose tensors go by the names that the converter gave them."""

    def __init__(self, graph: bytes, outputs: Sequence[str], *, threads: int) -> None:
        self._graph = _interpreter(graph, threads)
        self._inputs = {
            detail["name"].removeprefix("serving_default_").partition(":")[0]: detail
            for detail in self._graph.get_input_details()
        }
        # The converter numbers the outputs in the alphabetical order of their names.
        details = sorted(
            self._graph.get_output_details(), key=lambda detail: int(detail["name"].split(":")[1])
        )
        self._outputs = dict(zip(sorted(outputs), details, strict=True))

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of the input or output `name`."""
        detail = self._inputs.get(name) or self._outputs[name]
        return tuple(int(length) for length in detail["shape"])

    def put(self, tensors: Tensors) -> None:
        """Set inputs; they keep their values over invocations until they are set again."""
        for name, tensor in tensors.items():
            self._graph.set_tensor(self._inputs[name]["index"], tensor)

    def run(self) -> dict[str, npt.NDArray[Any]]:
        """Return copies of the outputs for the inputs that were put."""
        self._graph.invoke()
        return {
            name: self._graph.get_tensor(detail["index"]) for name, detail in self._outputs.items()
        }


class SentenceDecoder:
    """The bridge and step graphs: one picture's map, then one word at a time."""

    def __init__(self, bridge: bytes, step: bytes, *, threads: int) -> None:
        looked_at = [f"{kind}{layer}" for kind in ("keys", "values") for layer in range(LAYERS)]
        past = [f"past_{name}" for name in looked_at]
        self._bridge = NamedGraph(bridge, looked_at, threads=threads)
        self._step = NamedGraph(step, ["scores", *past], threads=threads)
        self._past = past[0]
        unwritten = np.zeros(self._step.shape(self._past), np.float32)
        self._unwritten = dict.fromkeys(past, unwritten)

    @property
    def beam(self) -> int:
        """Return how many hypotheses the step graph advances at once."""
        return self._step.shape("tokens")[0]

    @property
    def words(self) -> int:
        """Return how many words the step graph scores."""
        return self._step.shape("scores")[1]

    @property
    def positions(self) -> int:
        """Return the longest sentence in tokens, its end included."""
        return self._step.shape(self._past)[1]

    @property
    def shown(self) -> int:
        """Return how many concepts the bridge graph takes."""
        return self._bridge.shape("concepts")[0]

    def look(self, cells: npt.NDArray[np.float32], concepts: tags.Probabilities) -> None:
        """Turn to a new picture; every sentence is about it until the next.

        `cells` is its map, (49, 1280) float32, `concepts` the probability of each concept.
        """
        likeliest = np.argsort(-concepts, kind="stable")[: self.shown].astype(np.int32)
        self._bridge.put({"map": cells[None], "concepts": likeliest, "shares": concepts[likeliest]})
        self._step.put(self._bridge.run())

    def __call__(
        self, tokens: npt.NDArray[np.int32], parents: npt.NDArray[np.int32], position: int
    ) -> decode.Scores:
        """Advance every hypothesis by a word, as `decode.Step` tells."""
        if position == 0:
            self._step.put(self._unwritten)
        self._step.put(
            {"tokens": tokens, "parents": parents, "position": np.array([position], np.int32)}
        )
        outputs = self._step.run()
        scores = outputs.pop("scores")
        self._step.put(outputs)
        return scores


def squash(image: UInt8Image) -> UInt8Image:
    """Return `image` scaled to (224, 224, 3), its aspect ratio given up as in training."""
    if image.shape[:2] == (SIDE, SIDE):
        return image
    picture = Image.fromarray(image)
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=3.0))


def floats(quantised: npt.NDArray[np.int8], scale: float, zero: int) -> npt.NDArray[np.float32]:
    """Return the values of int8 numbers: value = scale * (int8 - zero)."""
    return (quantised.astype(np.float32) - np.float32(zero)) * np.float32(scale)


def runtime_name() -> str:
    """Return the distribution that runs the graphs: "ai-edge-litert" or "tflite-runtime"."""
    return str(_runtime.__name__).partition(".")[0].replace("_", "-")


def _interpreter(graph: bytes, threads: int) -> Any:
    with _hushed():
        interpreter = _runtime.Interpreter(model_content=graph, num_threads=threads)
        interpreter.allocate_tensors()
    return interpreter


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep the runtime from announcing its delegate on standard error; failures are exceptions."""
    standard_error = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(standard_error, 2)
        os.close(standard_error)
        os.close(nowhere)
