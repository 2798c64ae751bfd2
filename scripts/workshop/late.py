"""The encoder's late part in torch, which training may change, and what it says of a photo.

Blocks before `encoder.FIRST_LATE_BLOCK` stay as published and run as int8, so that their maps
can be kept on disk. Batch norms are folded into the convolutions, as the converter would fold them:
their statistics stay frozen. The convolutions pad as TensorFlow does.

Shapes: B photos, C = 320 concepts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from workshop.concepts import SHOWN
from workshop.network import CHANNELS, Sight

EPSILON = 1e-3
STATE = dict[str, Tensor]
CLASSES = 1000

EARLY_SIDE = 14
EARLY_CHANNELS = 112

BLOCKS = (
    (11, 112, 192, 5, 2),
    (12, 192, 192, 5, 1),
    (13, 192, 192, 5, 1),
    (14, 192, 192, 5, 1),
    (15, 192, 320, 3, 1),
)
"""Number, channels in, channels out, kernel and stride of each late block; all widen sixfold."""

PADDING = {(5, 2): (1, 2, 1, 2), (5, 1): (2, 2, 2, 2), (3, 1): (1, 1, 1, 1)}
"""Rows and columns of zeros on each side that TensorFlow's "same" adds, by kernel and stride."""


class Outlook(NamedTuple):
    """What the encoder says: maps (B, 49, 1280), class logits (B, 1000), concept logits (B, C)."""

    cells: Tensor
    classes: Tensor
    concepts: Tensor


class Convolution(nn.Module):
    """A convolution with its batch norm folded in."""

    def __init__(self, published: STATE, name: str, norm: str) -> None:
        super().__init__()
        scale = published[f"{norm}.weight"] / (published[f"{norm}.running_var"] + EPSILON).sqrt()
        weight = published[f"{name}.weight"] * scale[:, None, None, None]
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(
            published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * scale
        )
        self.name, self.norm = name, norm
        self.groups = len(weight) if weight.shape[1] == 1 else 1

    def forward(self, tensor: Tensor, stride: int = 1) -> Tensor:
        """Return the filtered maps."""
        return functional.conv2d(tensor, self.weight, self.bias, stride, groups=self.groups)

    def unfolded(self) -> Iterator[tuple[str, Tensor]]:
        """Yield the weights under their published names, with a batch norm that does nothing."""
        ones = torch.ones_like(self.bias)
        yield f"{self.name}.weight", self.weight
        yield f"{self.norm}.weight", ones * (1 + EPSILON) ** 0.5
        yield f"{self.norm}.bias", self.bias
        yield f"{self.norm}.running_mean", ones * 0
        yield f"{self.norm}.running_var", ones


class Block(nn.Module):
    """An inverted residual."""

    def __init__(self, published: STATE, number: int, kernel: int, stride: int) -> None:
        super().__init__()
        name = f"_blocks.{number}"
        self.expand = Convolution(published, f"{name}._expand_conv", f"{name}._bn0")
        self.deep = Convolution(published, f"{name}._depthwise_conv", f"{name}._bn1")
        self.narrow = Convolution(published, f"{name}._project_conv", f"{name}._bn2")
        self._stride = stride
        self._padding = PADDING[kernel, stride]

    def forward(self, tensor: Tensor) -> Tensor:
        """Widen, filter each channel, narrow; add the input where the shapes allow."""
        wide = functional.pad(functional.relu6(self.expand(tensor)), self._padding)
        narrow: Tensor = self.narrow(functional.relu6(self.deep(wide, self._stride)))
        return tensor + narrow if narrow.shape == tensor.shape else narrow


class Late(nn.Module):
    """The late blocks and the heads; it begins as published, its concept head knowing nothing."""

    def __init__(self, published: STATE, concepts: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            Block(published, number, kernel, stride) for number, _, _, kernel, stride in BLOCKS
        )
        self.head = Convolution(published, "_conv_head", "_bn1")
        self.classes = nn.Linear(CHANNELS, CLASSES)
        self.classes.load_state_dict(
            {"weight": published["_fc.weight"], "bias": published["_fc.bias"]}
        )
        self.mean_concepts = nn.Linear(CHANNELS, concepts)
        self.most_concepts = nn.Linear(CHANNELS, concepts, bias=False)
        for head in (self.mean_concepts, self.most_concepts):
            nn.init.zeros_(head.weight)

    def begin_with(self, shares: Tensor) -> None:
        """Let the untrained concept head see each concept as often as it is there, (C,) shares."""
        self.mean_concepts.bias.data.copy_(torch.logit(shares.clamp(1e-4, 0.999)))

    def forward(self, early: Tensor) -> Outlook:
        """Return what is seen in the early maps, (B, 196, 112) float32."""
        tensor = early.unflatten(1, (EARLY_SIDE, EARLY_SIDE)).permute(0, 3, 1, 2)
        for block in self.blocks:
            tensor = block(tensor)
        maps = functional.relu6(self.head(tensor)).flatten(2)
        mean, most = maps.mean(-1), maps.amax(-1)
        return Outlook(
            maps.transpose(1, 2),
            self.classes(mean),
            self.mean_concepts(mean) + self.most_concepts(most),
        )

    def unfolded(self) -> STATE:
        """Return the weights under their published names, and the concept heads' under theirs."""
        convolutions = [each for each in self.modules() if isinstance(each, Convolution)]
        state = dict(pair for convolution in convolutions for pair in convolution.unfolded())
        heads = {"_fc": self.classes, "mean": self.mean_concepts, "most": self.most_concepts}
        for name, head in heads.items():
            state |= {f"{name}.{part}": value for part, value in head.state_dict().items()}
        return {name: value.detach() for name, value in state.items()}


def sight(cells: Tensor, concept_logits: Tensor) -> Sight:
    """Return what the decoder is shown: the cells and the likeliest concepts."""
    shown = concept_logits.detach().sigmoid().topk(SHOWN)
    return Sight(cells, shown.indices, shown.values)
