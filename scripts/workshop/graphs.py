"""Turn the trained decoder into two TFLite graphs with 8-bit weights that both runtimes load.

`bridge` runs once a photo: the encoder's map and the likeliest concepts to each layer's
cross-attention keys and values.
`step` runs once a word: all hypotheses of the beam advance by one token, and pick up the past of
the hypotheses they continue, so that a sentence costs one invocation a word, whatever the beam.

Dense layers quantised per channel do not load in tflite-runtime 2.14, and one scale for a whole
matrix costs accuracy. So each output channel's scale is taken out of the weights by hand: a
matrix of rows that all reach 1, which one scale fits well, and a float vector that multiplies
afterwards.

Shapes: K hypotheses, D width, H heads, C = 49 cells and 32 concepts, L layers, T positions.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from workshop.concepts import SHOWN
from workshop.network import CELLS, CHANNELS, Decoder

NORM_EPSILON = 1e-5
FUTURE = -1e4
"""Added to the attention scores of positions that are not written yet."""

Weights = dict[str, np.ndarray]


class _Graph(tf.Module):
    """The arithmetic that both graphs share, on the trained weights."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.shape = decoder.shape
        self.weights: Weights = {
            name: value.numpy() for name, value in decoder.state_dict().items()
        }

    def dense(self, tensor: Any, name: str) -> Any:
        return self.multiply(tensor, self.weights[f"{name}.weight"]) + self.weights[f"{name}.bias"]

    def multiply(self, tensor: Any, weight: np.ndarray) -> Any:
        even, scale = split_scale(weight)
        return tf.matmul(tensor, even, transpose_b=True) * scale

    def normalise(self, tensor: Any, name: str) -> Any:
        centred = tensor - tf.reduce_mean(tensor, -1, keepdims=True)
        spread = tf.reduce_mean(centred * centred, -1, keepdims=True)
        even = centred * tf.math.rsqrt(spread + NORM_EPSILON)
        return even * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def heads(self, tensor: Any) -> Any:
        """Return (rows, D) as (rows, H, D/H)."""
        return tf.reshape(tensor, (-1, self.shape.heads, self.shape.width // self.shape.heads))

    @property
    def root(self) -> float:
        return float((self.shape.width // self.shape.heads) ** -0.5)


class _Bridge(_Graph):
    def run(
        self,
        map: Any,  # noqa: A002 - the name of the graph's input
        concepts: Any,
        shares: Any,
    ) -> dict[str, Any]:
        cells = (
            self.dense(tf.reshape(map, (CELLS, CHANNELS)), "project") + self.weights["cell_places"]
        )
        rows = tf.concat(
            (self.normalise(cells, "cell_norm"), self._concept_rows(concepts, shares)), 0
        )
        looked_at = {}
        for layer in range(self.shape.layers):
            key = self.heads(self.dense(rows, f"layers.{layer}.cells.key"))
            value = self.heads(self.dense(rows, f"layers.{layer}.cells.value"))
            looked_at[f"keys{layer}"] = tf.transpose(key, (1, 2, 0))
            looked_at[f"values{layer}"] = tf.transpose(value, (1, 0, 2))
        return looked_at

    def _concept_rows(self, concepts: Any, shares: Any) -> Any:
        even, scale = split_scale(self.weights["concepts.weight"])
        return tf.gather(even, concepts) * tf.expand_dims(tf.gather(scale, concepts) * shares, -1)


class _Step(_Graph):
    def run(self, tokens: Any, parents: Any, position: Any, **layers: Any) -> dict[str, Any]:
        tensor = self._embed(tokens) + tf.gather(self.weights["places"], position)
        grown = {}
        for layer in range(self.shape.layers):
            name = f"layers.{layer}"
            seen = self.normalise(tensor, f"{name}.norms.0")
            key, value = (
                self._write(
                    tf.gather(layers[f"past_{kind}s{layer}"], parents),
                    seen,
                    f"{name}.words.{kind}",
                    position,
                )
                for kind in ("key", "value")
            )
            tensor += self._recall(seen, key, value, name, position)
            tensor += self._look(tensor, layers[f"keys{layer}"], layers[f"values{layer}"], name)
            tensor += self._think(tensor, name)
            grown |= {f"past_keys{layer}": key, f"past_values{layer}": value}
        return {"scores": tf.nn.log_softmax(self._score(tensor)), **grown}

    def _embed(self, tokens: Any) -> Any:
        even, scale = split_scale(self.weights["embedding.weight"])
        scale = scale * np.float32(math.sqrt(self.shape.width))
        return tf.gather(even, tokens) * tf.expand_dims(tf.gather(scale, tokens), -1)

    def _write(self, past: Any, seen: Any, name: str, position: Any) -> Any:
        """Return the past, (K, T, H, D/H), with this word's key or value at its position."""
        here = tf.cast(tf.equal(self._positions(), position), tf.float32)
        return past + here * tf.expand_dims(self.heads(self.dense(seen, name)), 1)

    def _recall(self, seen: Any, key: Any, value: Any, name: str, position: Any) -> Any:
        """Attend to the words so far. Sums of products: the matrices are too small for matmul."""
        query = tf.expand_dims(self.heads(self.dense(seen, f"{name}.words.query")), 1)
        future = tf.cast(tf.greater(self._positions(), position), tf.float32) * FUTURE
        match = tf.reduce_sum(query * key, -1, keepdims=True) * self.root + future
        # Softmax runs over the last axis only, so the positions go there and back.
        weights = tf.transpose(tf.nn.softmax(tf.transpose(match, (0, 3, 2, 1))), (0, 3, 2, 1))
        mixed = tf.reduce_sum(weights * value, 1)
        return self.dense(tf.reshape(mixed, (-1, self.shape.width)), f"{name}.words.out")

    def _look(self, tensor: Any, keys: Any, values: Any, name: str) -> Any:
        """Attend to the picture's cells, whose keys and values all hypotheses share."""
        seen = self.normalise(tensor, f"{name}.norms.1")
        query = tf.transpose(self.heads(self.dense(seen, f"{name}.cells.query")), (1, 0, 2))
        weights = tf.nn.softmax(tf.matmul(query, keys) * self.root)
        mixed = tf.transpose(tf.matmul(weights, values), (1, 0, 2))
        return self.dense(tf.reshape(mixed, (-1, self.shape.width)), f"{name}.cells.out")

    def _think(self, tensor: Any, name: str) -> Any:
        seen = self.normalise(tensor, f"{name}.norms.2")
        return self.dense(tf.nn.relu(self.dense(seen, f"{name}.widen")), f"{name}.narrow")

    def _score(self, tensor: Any) -> Any:
        seen = self.normalise(tensor, "norm")
        return self.multiply(seen, self.weights["embedding.weight"]) + self.weights["bias"]

    def _positions(self) -> Any:
        return tf.reshape(tf.range(self.shape.positions), (1, -1, 1, 1))


def split_scale(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `weight`, (rows, columns), as rows that reach 1, and their (rows,) scales."""
    scale = np.maximum(np.abs(weight).max(1), 1e-8).astype(np.float32)
    return (weight / scale[:, None]).astype(np.float32), scale


def bridge(decoder: Decoder) -> bytes:
    """Return the bridge graph."""
    return _convert(
        _Bridge(decoder),
        {
            "map": ((1, CELLS, CHANNELS), tf.float32),
            "concepts": ((SHOWN,), tf.int32),
            "shares": ((SHOWN,), tf.float32),
        },
    )


def step(decoder: Decoder, beam: int) -> bytes:
    """Return the step graph for `beam` hypotheses."""
    shape = decoder.shape
    part = shape.width // shape.heads
    past = ((beam, shape.positions, shape.heads, part), tf.float32)
    of_layer = {
        "keys": ((shape.heads, part, CELLS + SHOWN), tf.float32),
        "values": ((shape.heads, CELLS + SHOWN, part), tf.float32),
        "past_keys": past,
        "past_values": past,
    }
    return _convert(
        _Step(decoder),
        {
            "tokens": ((beam,), tf.int32),
            "parents": ((beam,), tf.int32),
            "position": ((1,), tf.int32),
            **{
                f"{name}{layer}": spec
                for layer in range(shape.layers)
                for name, spec in of_layer.items()
            },
        },
    )


def write(graph: bytes, target: Path) -> None:
    """Write `graph` whole or not at all."""
    part = target.with_suffix(".partial")
    part.write_bytes(graph)
    part.rename(target)


def _convert(module: Any, inputs: dict[str, tuple[tuple[int, ...], Any]]) -> bytes:
    signature = {
        name: tf.TensorSpec(shape, kind, name=name) for name, (shape, kind) in inputs.items()
    }
    function = tf.function(module.run).get_concrete_function(**signature)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    return converter.convert()
