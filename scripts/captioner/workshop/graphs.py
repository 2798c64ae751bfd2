"""Turn the trained decoder into two TFLite graphs with 8-bit weights that both runtimes load.

`bridge` runs once a photo: the encoder's map to each layer's cross-attention keys and values.
`step` runs once a word: all hypotheses of the beam advance by one token, and pick up the past of
the hypotheses they continue, so that a sentence costs one invocation a word, whatever the beam.

Dense layers quantised per channel do not load in tflite-runtime 2.14, and one scale for a whole
matrix costs accuracy. So each output channel's scale is taken out of the weights by hand: a
matrix of rows that all reach 1, which one scale fits well, and a float vector that multiplies
afterwards.

Shapes: K hypotheses, D width, H heads, C = 49 cells, L layers, T positions.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

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
    def run(self, map: Any) -> dict[str, Any]:
        cells = (
            self.dense(tf.reshape(map, (CELLS, CHANNELS)), "project") + self.weights["cell_places"]
        )
        cells = self.normalise(cells, "cell_norm")
        keys, values = [], []
        for layer in range(self.shape.layers):
            key = self.heads(self.dense(cells, f"layers.{layer}.cells.key"))
            value = self.heads(self.dense(cells, f"layers.{layer}.cells.value"))
            keys.append(tf.transpose(key, (1, 2, 0)))
            values.append(tf.transpose(value, (1, 0, 2)))
        return {"keys": tf.stack(keys), "values": tf.stack(values)}


class _Step(_Graph):
    def run(
        self,
        tokens: Any,
        parents: Any,
        position: Any,
        keys: Any,
        values: Any,
        past_keys: Any,
        past_values: Any,
    ) -> dict[str, Any]:
        positions = tf.range(self.shape.positions)
        now = tf.reshape(tf.cast(tf.equal(positions, position), tf.float32), (1, -1, 1, 1))
        future = tf.reshape(
            tf.cast(tf.greater(positions, position), tf.float32) * FUTURE, (1, -1, 1, 1)
        )
        even, scale = split_scale(self.weights["embedding.weight"])
        tensor = tf.gather(even, tokens) * tf.expand_dims(
            tf.gather(scale * math.sqrt(self.shape.width), tokens), -1
        )
        tensor = tensor + tf.gather(self.weights["places"], position)
        past_keys, past_values = (
            tf.gather(past_keys, parents, axis=1),
            tf.gather(past_values, parents, axis=1),
        )
        grown_keys, grown_values = [], []
        for layer in range(self.shape.layers):
            name = f"layers.{layer}"
            seen = self.normalise(tensor, f"{name}.norms.0")
            key = past_keys[layer] + now * tf.expand_dims(
                self.heads(self.dense(seen, f"{name}.words.key")), 1
            )
            value = past_values[layer] + now * tf.expand_dims(
                self.heads(self.dense(seen, f"{name}.words.value")), 1
            )
            query = tf.expand_dims(self.heads(self.dense(seen, f"{name}.words.query")), 1)
            weights = tf.nn.softmax(
                tf.transpose(
                    tf.reduce_sum(query * key, -1, keepdims=True) * self.root + future, (0, 3, 2, 1)
                )
            )
            mixed = tf.reduce_sum(tf.transpose(weights, (0, 3, 2, 1)) * value, 1)
            tensor = tensor + self.dense(
                tf.reshape(mixed, (-1, self.shape.width)), f"{name}.words.out"
            )
            tensor = tensor + self._look(
                self.normalise(tensor, f"{name}.norms.1"), keys[layer], values[layer], name
            )
            inner = tf.nn.relu(
                self.dense(self.normalise(tensor, f"{name}.norms.2"), f"{name}.widen")
            )
            tensor = tensor + self.dense(inner, f"{name}.narrow")
            grown_keys.append(key)
            grown_values.append(value)
        scores = (
            self.multiply(self.normalise(tensor, "norm"), self.weights["embedding.weight"])
            + self.weights["bias"]
        )
        return {
            "scores": tf.nn.log_softmax(scores),
            "past_keys": tf.stack(grown_keys),
            "past_values": tf.stack(grown_values),
        }

    def _look(self, tensor: Any, keys: Any, values: Any, name: str) -> Any:
        query = tf.transpose(self.heads(self.dense(tensor, f"{name}.cells.query")), (1, 0, 2))
        weights = tf.nn.softmax(tf.matmul(query, keys) * self.root)
        mixed = tf.transpose(tf.matmul(weights, values), (1, 0, 2))
        return self.dense(tf.reshape(mixed, (-1, self.shape.width)), f"{name}.cells.out")


def split_scale(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `weight`, (rows, columns), as rows that each reach 1 in size, and their (rows,) scales."""
    scale = np.maximum(np.abs(weight).max(1), 1e-8).astype(np.float32)
    return (weight / scale[:, None]).astype(np.float32), scale


def bridge(decoder: Decoder) -> bytes:
    """Return the bridge graph."""
    return _convert(_Bridge(decoder), {"map": ((1, CELLS, CHANNELS), tf.float32)})


def step(decoder: Decoder, beam: int) -> bytes:
    """Return the step graph for `beam` hypotheses."""
    shape = decoder.shape
    part = shape.width // shape.heads
    past = ((shape.layers, beam, shape.positions, shape.heads, part), tf.float32)
    return _convert(
        _Step(decoder),
        {
            "tokens": ((beam,), tf.int32),
            "parents": ((beam,), tf.int32),
            "position": ((1,), tf.int32),
            "keys": ((shape.layers, shape.heads, part, CELLS), tf.float32),
            "values": ((shape.layers, shape.heads, CELLS, part), tf.float32),
            "past_keys": past,
            "past_values": past,
        },
    )


def write(graph: bytes, target: Path) -> None:
    """Write `graph` whole or not at all."""
    part = target.with_suffix(".partial")
    part.write_bytes(graph)
    part.rename(target)


def _convert(module: Any, inputs: dict[str, tuple[tuple[int, ...], Any]]) -> bytes:
    signature = [tf.TensorSpec(shape, kind, name=name) for name, (shape, kind) in inputs.items()]
    function = tf.function(module.run, input_signature=signature).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    return converter.convert()
