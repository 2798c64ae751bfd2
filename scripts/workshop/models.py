"""The networks that the stages train: what looks, and the decoder that tells.

Each has a `decoder` and a `look` that turns the arrays of a batch into what the decoder is shown;
which arrays those are tells its docstring.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from workshop.examples import Seen
from workshop.late import Late, Outlook, sight
from workshop.network import Decoder, Memory, Sight

Group = dict[str, Any]


class Teller(nn.Module):
    """Learns from concepts alone: `concepts` and `shares`, (B, M) each."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def look(self, seen: Seen) -> Sight:
        """Return what the decoder is shown."""
        return Sight(None, seen["concepts"], seen["shares"])

    def remember(self, seen: Seen) -> Memory:
        """Return what the decoder's layers look at."""
        return self.decoder.memory(self.look(seen))

    def groups(self) -> Iterator[Group]:
        """Yield the parameters with the factors of their learning rates."""
        yield {"params": list(self.decoder.parameters()), "factor": 1.0}


class Seer(Teller):
    """Looks at the shipped encoder's output: `cells`, int8 by `map_scale`, and `concept_logits`."""

    def __init__(self, decoder: Decoder, map_scale: tuple[float, int]) -> None:
        super().__init__(decoder)
        self._map_scale = map_scale

    def look(self, seen: Seen) -> Sight:
        """Return what the decoder is shown."""
        return sight(floats(seen["cells"], *self._map_scale), seen["concept_logits"].float())


class Learner(Teller):
    """Looks through the late encoder, which learns too: `early`, and `classes` to be kept.

    The published blocks learn slowly, the new heads fast.
    """

    LATE_FACTOR = 0.25
    HEADS_FACTOR = 2.0

    def __init__(self, decoder: Decoder, late: Late, scales: dict[str, tuple[float, int]]) -> None:
        super().__init__(decoder)
        self.late = late
        self._scales = scales

    def outlook(self, seen: Seen) -> Outlook:
        """Return all that the encoder says."""
        outlook: Outlook = self.late(floats(seen["early"], *self._scales["early"]))
        return outlook

    def look(self, seen: Seen) -> Sight:
        """Return what the decoder is shown."""
        outlook = self.outlook(seen)
        return sight(outlook.cells, outlook.concepts)

    def published_classes(self, seen: Seen) -> Tensor:
        """Return the class logits that the published encoder gave, (B, 1000)."""
        return floats(seen["classes"], *self._scales["classes"])

    def groups(self) -> Iterator[Group]:
        """Yield the parameters with the factors of their learning rates."""
        yield from super().groups()
        heads = [self.late.mean_concepts, self.late.most_concepts]
        fast = [parameter for head in heads for parameter in head.parameters()]
        known = {id(parameter) for parameter in fast}
        slow = [each for each in self.late.parameters() if id(each) not in known]
        yield {"params": fast, "factor": self.HEADS_FACTOR}
        yield {"params": slow, "factor": self.LATE_FACTOR}


def floats(quantised: Tensor, scale: float, zero: int) -> Tensor:
    """Return int8 as float32: value = scale * (int8 - zero)."""
    return (quantised.float() - zero) * scale
