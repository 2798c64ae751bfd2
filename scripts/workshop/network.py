"""The sentence decoder: a small transformer that looks at a map of 49 cells and at concepts.

Each concept that the encoder sees is a row of the memory beside the cells: the concept's vector
times its probability, so that a concept without a probability says nothing. Two layers,
pre-normalised, tied input and output embeddings (Vaswani et al., arXiv:1706.03762; Press and Wolf,
arXiv:1608.05859). Every method takes several sentences a photo, which share the photo's memory:
that is how training, sampling and the shipped step graph all run it.

Shapes: B photos, K sentences a photo, T positions, n words in all, D width, H heads, C = 49 cells,
M concepts shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

CELLS = 49
CHANNELS = 1280


@dataclass(frozen=True)
class Shape:
    """The decoder's size; `positions` is the longest sentence in tokens, its start included."""

    words: int
    concepts: int
    width: int = 256
    heads: int = 8
    inner: int = 1024
    layers: int = 2
    positions: int = 20
    dropout: float = 0.2
    map_dropout: float = 0.1
    concept_dropout: float = 0.15


Memory = list[tuple[Tensor, Tensor]]
"""Each layer's cross-attention keys and values, (B, H, C + M, D/H) each."""


class Sight(NamedTuple):
    """What an encoder sees of B photos: cells (B, 49, 1280) float32 or none, and concepts (B, M).

    `concepts` holds their numbers, int64, `shares` their probabilities.
    """

    cells: Tensor | None
    concepts: Tensor
    shares: Tensor


Past = list[tuple[Tensor, Tensor]]
"""Each layer's self-attention keys and values of the positions so far, (B, K, H, T, D/H) each."""


class _Unpack(torch.autograd.Function):
    """Rows to their places among zeros; the backward pass of plain indexing is slow on a CPU."""

    @staticmethod
    def forward(context: Any, rows: Tensor, places: Tensor, count: int) -> Tensor:
        context.save_for_backward(places)
        return rows.new_zeros(count, rows.shape[1]).index_copy_(0, places, rows)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (places,) = context.saved_tensors
        return gradient.index_select(0, places), None, None


class _Pack(torch.autograd.Function):
    """The rows at their places; the reverse of `_Unpack`."""

    @staticmethod
    def forward(context: Any, grid: Tensor, places: Tensor) -> Tensor:
        context.save_for_backward(places)
        context.count = len(grid)
        return grid.index_select(0, places)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (places,) = context.saved_tensors
        grid = gradient.new_zeros(context.count, gradient.shape[1])
        return grid.index_copy_(0, places, gradient), None


class Packing:
    """Which of the (B, K, T) positions hold words: only these n rows pay for dense layers."""

    def __init__(self, real: Tensor) -> None:
        self._shape = real.shape
        self.places = real.flatten().nonzero()[:, 0]

    def unpack(self, rows: Tensor) -> Tensor:
        """Return (n, D) as (B, K, T, D), zero where there is no word."""
        grid: Tensor = _Unpack.apply(rows, self.places, self._shape.numel())
        return grid.view(*self._shape, -1)

    def pack(self, grid: Tensor) -> Tensor:
        """Return the n words' rows of a tensor of (B * K * T) rows of D."""
        rows: Tensor = _Pack.apply(grid.reshape(self._shape.numel(), -1), self.places)
        return rows


class Attention(nn.Module):
    """Projections of multi-head attention; the products themselves depend on who shares keys."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.query = nn.Linear(shape.width, shape.width)
        self.key = nn.Linear(shape.width, shape.width)
        self.value = nn.Linear(shape.width, shape.width)
        self.out = nn.Linear(shape.width, shape.width)

    def split(self, tensor: Tensor) -> Tensor:
        """Return (..., T, D) as (..., H, T, D/H)."""
        return tensor.unflatten(-1, (self.heads, -1)).transpose(-2, -3)

    def join(self, tensor: Tensor) -> Tensor:
        """Return (..., H, T, D/H) as (..., T, D)."""
        return tensor.transpose(-2, -3).flatten(-2)

    def over_words(self, tensor: Tensor, packing: Packing) -> Tensor:
        """Attend from each word to itself and those before: (n, D) to the same."""
        query, key, value = (
            self.split(packing.unpack(part(tensor)).flatten(0, 1))
            for part in (self.query, self.key, self.value)
        )
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.out(packing.pack(self.join(mixed)))

    def over_cells(self, tensor: Tensor, memory: tuple[Tensor, Tensor], packing: Packing) -> Tensor:
        """Attend from each word to its photo's cells: (n, D) to the same."""
        query = self.split(packing.unpack(self.query(tensor)).flatten(1, 2))
        mixed = functional.scaled_dot_product_attention(query, *memory)
        return self.out(packing.pack(self.join(mixed)))


class Layer(nn.Module):
    """One decoder layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.words = Attention(shape)
        self.cells = Attention(shape)
        self.widen = nn.Linear(shape.width, shape.inner)
        self.narrow = nn.Linear(shape.inner, shape.width)
        self.norms = nn.ModuleList(nn.LayerNorm(shape.width) for _ in range(3))
        self.dropout = nn.Dropout(shape.dropout)

    def memory(self, cells: Tensor) -> tuple[Tensor, Tensor]:
        """Return the keys and values of a photo's cells, (B, C, D)."""
        return (
            self.cells.split(self.cells.key(cells)),
            self.cells.split(self.cells.value(cells)),
        )

    def forward(self, tensor: Tensor, memory: tuple[Tensor, Tensor], packing: Packing) -> Tensor:
        """Return all words, (n, D), one layer further."""
        tensor = tensor + self.dropout(self.words.over_words(self.norms[0](tensor), packing))
        return self._see_and_think(tensor, memory, packing)

    def step(
        self,
        tensor: Tensor,
        memory: tuple[Tensor, Tensor],
        past: tuple[Tensor, Tensor] | None,
        packing: Packing,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Advance one position: (B * K, D), and the past grown by it."""
        seen = self.norms[0](tensor)
        query, key, value = (
            self.words.split(packing.unpack(part(seen)))
            for part in (self.words.query, self.words.key, self.words.value)
        )
        if past is not None:
            key, value = torch.cat((past[0], key), -2), torch.cat((past[1], value), -2)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        tensor = tensor + self.words.out(packing.pack(self.words.join(mixed)))
        return self._see_and_think(tensor, memory, packing), (key, value)

    def _see_and_think(
        self, tensor: Tensor, memory: tuple[Tensor, Tensor], packing: Packing
    ) -> Tensor:
        tensor = tensor + self.dropout(
            self.cells.over_cells(self.norms[1](tensor), memory, packing)
        )
        inner = functional.relu(self.widen(self.norms[2](tensor)))
        return tensor + self.dropout(self.narrow(inner))


class Decoder(nn.Module):
    """Feature maps and words so far in, scores of the next word out."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.project = nn.Linear(CHANNELS, shape.width)
        self.cell_places = nn.Parameter(torch.randn(CELLS, shape.width) * 0.02)
        self.cell_norm = nn.LayerNorm(shape.width)
        self.concepts = nn.Embedding(shape.concepts, shape.width)
        self.embedding = nn.Embedding(shape.words, shape.width)
        self.places = nn.Parameter(torch.randn(shape.positions, shape.width) * 0.02)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(shape.width)
        self.bias = nn.Parameter(torch.zeros(shape.words))
        self.dropout = nn.Dropout(shape.dropout)
        self.map_dropout = nn.Dropout(shape.map_dropout)
        self.concept_dropout = nn.Dropout(shape.concept_dropout)
        nn.init.normal_(self.embedding.weight, std=0.03)

    def drop(self, share: float) -> None:
        """Set the dropout within and between the layers."""
        for dropout in (self.dropout, *(layer.dropout for layer in self.layers)):
            dropout.p = share

    def begin_with(self, shares: Tensor) -> None:
        """Let the untrained decoder say each word as often as it is said, (words,) shares."""
        self.bias.data.copy_(shares.log())

    def memory(self, sight: Sight) -> Memory:
        """Return what the layers look at.

        Dropout hides a channel in all cells of a photo at once, and whole concepts.
        """
        rows = self._concept_rows(sight)
        if sight.cells is not None:
            rows = torch.cat((self._cell_rows(sight.cells), rows), 1)
        return [layer.memory(rows) for layer in self.layers]

    def _cell_rows(self, maps: Tensor) -> Tensor:
        kept = self.map_dropout(maps.new_ones(len(maps), 1, CHANNELS))
        cells = self.project(maps * kept) + self.cell_places
        return self.dropout(self.cell_norm(cells))

    def _concept_rows(self, sight: Sight) -> Tensor:
        shares = self.concept_dropout(sight.shares)
        return self.concepts(sight.concepts) * shares.unsqueeze(-1)

    def forward(self, tokens: Tensor, memory: Memory, real: Tensor) -> Tensor:
        """Return next-word logits (n, words) at the n positions where `real`, (B, K, T), is true.

        Real positions are the first of each sentence: nothing looks at the others.
        """
        packing = Packing(real)
        places = self.places[packing.places % tokens.shape[-1]]
        tensor = self._embed(tokens.flatten()[packing.places], places)
        for layer, cells in zip(self.layers, memory, strict=True):
            tensor = layer(tensor, cells, packing)
        return self._score(tensor)

    def step(self, tokens: Tensor, memory: Memory, past: Past | None) -> tuple[Tensor, Past]:
        """Return next-word logits (B, K, words) after `tokens`, (B, K), and the grown past."""
        position = 0 if past is None else past[0][0].shape[-2]
        packing = Packing(torch.ones_like(tokens, dtype=torch.bool).unsqueeze(-1))
        tensor = self._embed(tokens.flatten(), self.places[position])
        grown: Past = []
        for number, (layer, cells) in enumerate(zip(self.layers, memory, strict=True)):
            tensor, now = layer.step(tensor, cells, None if past is None else past[number], packing)
            grown.append(now)
        return self._score(tensor).view(*tokens.shape, -1), grown

    def _embed(self, tokens: Tensor, places: Tensor) -> Tensor:
        return self.dropout(self.embedding(tokens) * math.sqrt(self.shape.width) + places)

    def _score(self, tensor: Tensor) -> Tensor:
        return functional.linear(self.norm(tensor), self.embedding.weight, self.bias)
