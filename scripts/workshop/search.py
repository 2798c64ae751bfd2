"""Find sentences with the torch decoder: beam search for choosing, sampling for training on scores.

The beam here is `lantern.caption.decode`'s in batches, without its care for repetitions, so that
what is best by it ships well.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lantern.caption import vocabulary
from workshop.network import Decoder, Memory, Past

BANNED = (vocabulary.PAD, vocabulary.START, vocabulary.UNKNOWN, vocabulary.START_MACHINE)


@torch.no_grad()
def beam(
    decoder: Decoder, memory: Memory, width: int, penalty: float, steps: int
) -> list[list[int]]:
    """Return the best sentence of each photo as word ids, its end not included."""
    photos = len(memory[0][0])
    tokens = torch.full((photos, width), vocabulary.START)
    # All hypotheses begin alike: only the first may be continued at the first step.
    scores = torch.full((photos, width), -torch.inf)
    scores[:, 0] = 0.0
    written = torch.empty((photos, width, 0), dtype=torch.long)
    best = [(-torch.inf, list[int]())] * photos
    past: Past | None = None
    for step in range(steps):
        logits, past = _next(decoder, tokens, memory, past)
        grown = logits.log_softmax(-1)
        total = (scores.unsqueeze(-1) + grown).flatten(1)
        top, index = total.topk(2 * width)
        parent, word = index // grown.shape[-1], index % grown.shape[-1]
        ended = word == vocabulary.END
        for photo, rank in ended.nonzero().tolist():
            score = float(top[photo, rank]) / (step + 1) ** penalty
            if score > best[photo][0]:
                best[photo] = (score, written[photo, parent[photo, rank]].tolist())
        kept = top.masked_fill(ended, -torch.inf).topk(width)
        scores, tokens = kept.values, word.gather(1, kept.indices)
        chosen = parent.gather(1, kept.indices)
        written = torch.cat((_reorder(written, chosen), tokens.unsqueeze(-1)), -1)
        past = [(_reorder(key, chosen), _reorder(value, chosen)) for key, value in past]
        bound = scores[:, 0] / (steps**penalty)
        if all(float(b) <= found for b, (found, _) in zip(bound, best, strict=True)):
            break
    return [
        words if score > -torch.inf else written[photo, 0].tolist()
        for photo, (score, words) in enumerate(best)
    ]


@torch.no_grad()
def sample(decoder: Decoder, memory: Memory, sentences: int, steps: int) -> Tensor:
    """Return (B, K, <= steps) word ids drawn from the decoder, padded after each sentence's end."""
    photos = len(memory[0][0])
    tokens = torch.full((photos, sentences), vocabulary.START)
    open_ = torch.ones_like(tokens, dtype=torch.bool)
    drawn = []
    past: Past | None = None
    for _ in range(steps):
        logits, past = _next(decoder, tokens, memory, past)
        tokens = _draw(logits).where(open_, vocabulary.PAD)
        open_ = open_ & (tokens != vocabulary.END)
        drawn.append(tokens)
        if not open_.any():
            break
    return torch.stack(drawn, -1)


def _next(
    decoder: Decoder, tokens: Tensor, memory: Memory, past: Past | None
) -> tuple[Tensor, Past]:
    logits, grown = decoder.step(tokens, memory, past)
    logits[..., BANNED] = -torch.inf
    return logits, grown


def _draw(logits: Tensor) -> Tensor:
    """Return (B, K) words drawn by `logits`, (B, K, words): half the time of torch.multinomial."""
    reached = logits.softmax(-1).cumsum(-1)
    chance = torch.rand(*logits.shape[:-1], 1) * reached[..., -1:]
    drawn = torch.searchsorted(reached, chance, right=True).squeeze(-1)
    return drawn.clamp(max=logits.shape[-1] - 1)


def _reorder(tensor: Tensor, chosen: Tensor) -> Tensor:
    """Return `tensor`, (B, K, ...), with the rows `chosen`, (B, K), of each photo."""
    return tensor[torch.arange(len(tensor)).unsqueeze(-1), chosen]
