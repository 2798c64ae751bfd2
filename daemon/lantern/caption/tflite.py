"""The shipped model as a captioner: its graphs and tables, and the order in which they are asked.

The graphs are `graphs`, the search over sentences is `decode`, what leads it is `guide`, which
sentence is best is `choice`, words are `vocabulary`, classes are `tags`, and what to do when
sentence and tags disagree is `agreement`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from lantern.caption import agreement, decode, tags
from lantern.caption.agreement import Candidate, Families
from lantern.caption.choice import Choice
from lantern.caption.decode import Hypothesis
from lantern.caption.embedding import Embedding
from lantern.caption.expectation import Expectation
from lantern.caption.graphs import (
    CELLS,
    CHANNELS,
    SIDE,
    Encoder,
    Seen,
    SentenceDecoder,
    floats,
    squash,
)
from lantern.caption.guide import Guides
from lantern.caption.manifest import SHIPPED_MODELS, Chooser, Part, read_manifest, read_part
from lantern.caption.port import UInt8Image
from lantern.caption.vocabulary import UNENDING, UNKNOWN, Vocabulary
from lantern.errors import ConfigError
from lantern.model import Caption, Description

Table = TypeVar("Table")


class TfliteCaptioner:
    """The shipped model behind the `Captioner` port.

    Raises:
        ConfigError: a file of the model in the folder `models` is missing, is not the one its
            manifest vouches for, cannot be run, or does not fit the others.
    """

    def __init__(self, models: Path | None = None, *, threads: int = 1) -> None:
        models = models or SHIPPED_MODELS
        manifest = self._manifest = read_manifest(models)
        with _expect_runnable(models):
            self._encoder = Encoder(read_part(models, manifest.encoder), threads=threads)
            self._decoder = SentenceDecoder(
                read_part(models, manifest.bridge),
                read_part(models, manifest.step),
                threads=threads,
            )
        self._words = _table(models, manifest.vocabulary, Vocabulary.from_text)
        words = len(self._words.words)
        self._unending = frozenset(self._words.numbers(UNENDING)) - {UNKNOWN}
        self._labels = _table(models, manifest.labels, tags.read_labels)
        self._concepts = _table(models, manifest.concepts, tags.read_labels)
        families = _table(models, manifest.families, Families.from_text)
        self._embedding = _parsed(models, manifest.embedding, Embedding.from_bytes)
        self._chooser = _chooser(models, manifest.choice, words) if manifest.choice else None
        self._rule = agreement.Rule(families, manifest.thresholds)
        with _expect_runnable(models):
            self._expect_fit(models)

    @property
    def name(self) -> str:
        """Return the model's name and version."""
        return f"{self._manifest.name} {self._manifest.version}"

    def describe(self, image: UInt8Image) -> Description:
        """Return the description of `image`, (H, W, 3) uint8 of any size."""
        seen = self._encoder(squash(image))
        cells = self._cells(seen.map)
        sight = self._sight(seen)
        self._decoder.look(cells, sight.concepts)
        evidence = agreement.Evidence(sight.families(), sight.surest_name, sight.present())
        verdict = self._rule.reconcile(self._candidates(seen), evidence, self._favouring)
        return Description(
            caption=Caption(verdict.sentence, verdict.score, self.name, verdict.from_tags),
            tags=sight.tags(self._manifest.thresholds),
            features=self._embedding(cells),
        )

    def candidates(self, image: UInt8Image) -> list[Candidate]:
        """Return the decoder's own sentences about `image`, the best first, rule or no rule."""
        seen = self._encoder(squash(image))
        self._decoder.look(self._cells(seen.map), self._sight(seen).concepts)
        return self._candidates(seen)

    def _candidates(self, seen: Seen) -> list[Candidate]:
        if self._chooser is None:
            return self._told(self._search())
        choice, guides = self._chooser
        amounts = choice.expectation.of(seen.map)
        found = self._search(guide=guides.of(amounts))
        penalty = self._manifest.search.length_penalty
        return self._told(choice.ranked(found, amounts, seen.concept_logits, penalty))

    def _favouring(self, names: frozenset[str]) -> list[Candidate]:
        """Return what a search finds that favours the words of `names`, the likeliest first."""
        numbers = self._words.numbers(word for name in names for word in name.split())
        return self._told(self._search(frozenset(numbers) - {UNKNOWN}))

    def _search(
        self, favoured: frozenset[int] = frozenset(), guide: decode.Guide | None = None
    ) -> list[Hypothesis]:
        search = self._manifest.search
        return decode.beam_search(self._decoder, search, favoured, self._unending, guide)

    def _told(self, found: Iterable[Hypothesis]) -> list[Candidate]:
        return [
            Candidate(self._words.sentence(hypothesis.words), hypothesis.score)
            for hypothesis in found
        ]

    def _cells(self, quantised: npt.NDArray[np.int8]) -> npt.NDArray[np.float32]:
        return floats(quantised, *self._encoder.map_scale)

    def _sight(self, seen: Seen) -> tags.Sight:
        return tags.Sight(
            tags.softmax(seen.logits),
            self._labels,
            tags.sigmoid(seen.concept_logits),
            self._concepts,
        )

    def _expect_fit(self, models: Path) -> None:
        search = self._manifest.search
        for thing, expected, got in (
            ("input of the encoder", (1, SIDE, SIDE, 3), self._encoder.input_shape),
            ("beam of the step graph", search.beam, self._decoder.beam),
            ("longest sentence of the step graph", search.steps, self._decoder.positions),
            ("words of the step graph", len(self._words.words), self._decoder.words),
            (
                "concepts, classes and map of the encoder",
                (len(self._concepts), len(self._labels), CELLS * CHANNELS),
                self._encoder.output_sizes,
            ),
            ("channels of the embedding", CHANNELS, self._embedding.channels),
            *self._sizes_of_choice(),
        ):
            if expected != got:
                raise ConfigError(
                    f"caption model in {models}: {thing}: expected {expected}, got {got};"
                    " its files are of different models: reinstall Lantern"
                )

    def _sizes_of_choice(self) -> Iterator[tuple[str, object, object]]:
        """Yield what the choice's file is for, what it should be for, and what it is for."""
        if self._chooser is not None:
            expectation, words = self._chooser[0].expectation, len(self._words.words)
            sizes = len(self._concepts), CHANNELS
            yield "concepts and channels of the choice", sizes, expectation.sizes
            yield "words of the choice", words, max(words, expectation.words)


def _chooser(models: Path, part: Chooser, words: int) -> tuple[Choice, Guides]:
    expectation = _parsed(models, part, Expectation.from_bytes)
    return Choice(expectation, part.weights), Guides(expectation, part.guide, words)


def _table(models: Path, part: Part, parse: Callable[[str], Table]) -> Table:
    return _parsed(models, part, lambda content: parse(content.decode()))


def _parsed(models: Path, part: Part, parse: Callable[[bytes], Table]) -> Table:
    try:
        return parse(read_part(models, part))
    except ValueError as error:
        raise ConfigError(f"caption model in {models}: {part.file}: {error}") from error


@contextlib.contextmanager
def _expect_runnable(models: Path) -> Iterator[None]:
    """Turn what a runtime, or a tensor's absence, raises about a graph into one sentence."""
    try:
        yield
    except (ValueError, RuntimeError, LookupError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConfigError(
            f"caption model in {models}: a graph cannot be run ({reason}); it was made for another "
            "Lantern or runtime: set captions.models to another model"
        ) from error
