"""Notice when a sentence contradicts what the tags see with confidence, and set it right.

Pure. The decoder learned few things from few photos and may call a cat "a brown dog"; the
encoder's classes know a thousand things but no sentences. Neither is always right, so the tags
overrule only when they are sure of a whole family:

A sentence is doubted when the likeliest family that has a line in `models/families.tsv`
  - has at least the probability `rival`, and the sentence names a rival (dog for cat: both
    animals; dog for hot dog: an animal for food) and nothing of this one; or
  - has at least the probability `silent`, and the sentence names nothing of this one at all (a
    pizza filling the picture, and "a person on a bench").
A sentence that names a family which the concepts see somewhere in the picture stands.
What names a family: its own words, words near enough (wolf for dog), or the kind's general words
("an animal"). "Hot dog" is read as a whole and names no dog. A thing of that kind that the encoder
has no class for (a deer, which it takes for a gazelle) leaves the sentence standing too.

A doubted sentence is replaced by the first of these that names the family and no rival:
  1. the best other hypothesis of the same beam;
  2. the best of a second search that favours the family's words, if the decoder itself, favour
     taken away, finds it at least `LEAST_LIKELIHOOD` as likely a word as the first;
  3. the bare name of what the tags see, "a tabby cat", marked as made from the tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from lantern.caption.manifest import Thresholds
from lantern.caption.vocabulary import tokenize

GENERAL_WORDS = {
    "animal": frozenset({"animal", "animals", "creature"}),
    "vehicle": frozenset({"vehicle", "vehicles"}),
    "food": frozenset({"food", "meal", "dish", "snack"}),
}
"""Words that name any family of a kind."""

RIVAL_KINDS = {
    "animal": frozenset({"animal", "food"}),
    "vehicle": frozenset({"vehicle"}),
    "food": frozenset({"food", "animal"}),
}
"""Kinds that are taken for each other. A dog in a car is neither's rival: both may be there."""

UNCLASSED = {
    "animal": frozenset({"deer", "elk", "moose", "reindeer", "donkey", "donkeys", "mule"}),
    "vehicle": frozenset({"skateboard", "wagon", "carriage", "wheelchair", "sled"}),
    "food": frozenset(
        {"rice", "cheese", "egg", "eggs", "cookies", "chicken", "fries", "pie", "pastry"}
    ),
}
"""Names of things that the encoder has no class for: tags can say nothing against them."""

UNCOUNTED = frozenset(
    {"bread", "broccoli", "carbonara", "coffee", "fruit", "pasta", "soup", "wine"}
)

LEAST_LIKELIHOOD = 0.5

PRESENT = 0.5
"""A family as likely as this to be somewhere in the picture may be told, whatever fills it."""

LONGEST_NAME = 2
"""Words in the longest name of `models/families.tsv`, such as "hot dog"."""


@dataclass(frozen=True)
class Family:
    """A family that a sentence may contradict: its kind, its own names, and names near enough."""

    name: str
    kind: str
    names: frozenset[str]
    near: frozenset[str]

    def agrees_with(self, named: frozenset[str]) -> bool:
        """Tell whether `named`, the names in a sentence, include this family or could be it."""
        known = self.names | self.near | GENERAL_WORDS[self.kind] | UNCLASSED[self.kind]
        return not named.isdisjoint(known)


@dataclass(frozen=True)
class Candidate:
    """A sentence the decoder can stand for, and the geometric mean of its tokens' probabilities."""

    sentence: str
    score: float


@dataclass(frozen=True)
class Verdict:
    """The sentence that stands; `score` is the family's probability where it is `from_tags`."""

    sentence: str
    score: float
    from_tags: bool = False


class Families:
    """The families by name, and the names of things in sentences."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = {family.name: family for family in families}
        self._names = frozenset(
            name for family in self._families.values() for name in family.names | family.near
        ).union(*GENERAL_WORDS.values())

    @classmethod
    def from_text(cls, table: str) -> Families:
        """Return the families of a table of lines `family<TAB>kind<TAB>names<TAB>near names`.

        Raises:
            ValueError: a line is malformed or its kind is unknown.
        """
        rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
        for row in rows:
            if len(row) != 4 or row[1] not in GENERAL_WORDS:
                raise ValueError(f"families: expected family, kind, names, near names, got {row}")
        return cls(
            Family(name, kind, _names(names), _names(near)) for name, kind, names, near in rows
        )

    def likeliest(self, scores: Mapping[str, float]) -> tuple[Family, float] | None:
        """Return the likeliest known family and its probability, or None where none is known."""
        known = [(score, name) for name, score in scores.items() if name in self._families]
        if not known:
            return None
        score, name = max(known)
        return self._families[name], score

    def named_in(self, sentence: str) -> frozenset[str]:
        """Return the names of things in `sentence`; a longer name hides the words within it."""
        words = tokenize(sentence)
        named = set()
        while words:
            for length in range(min(LONGEST_NAME, len(words)), 0, -1):
                name = " ".join(words[:length])
                if name in self._names or length == 1:
                    named.add(name)
                    del words[:length]
                    break
        return frozenset(named)

    def of(self, named: frozenset[str]) -> frozenset[str]:
        """Return the names of the families that `named`, names of things, belong to."""
        families = self._families.values()
        return frozenset(each.name for each in families if not named.isdisjoint(each.names))

    def rivals(self, family: Family, named: frozenset[str]) -> bool:
        """Tell whether `named` include another family of a rival kind that is not near this one."""
        own = family.names | family.near
        return any(
            not named.isdisjoint(other.names - own)
            for other in self._families.values()
            if other.kind in RIVAL_KINDS[family.kind] and other.name != family.name
        )


@dataclass(frozen=True)
class Evidence:
    """What the tags see: each family's probability, and the surest name to give to a family.

    `scores` are of the family that fills the picture, `present` of being anywhere in it.
    """

    scores: Mapping[str, float]
    tag_name: Callable[[str], str]
    present: Mapping[str, float] = field(default_factory=dict)


SearchAgain = Callable[[frozenset[str]], list[Candidate]]
"""Decodes once more with the words of these names favoured, and returns candidates, the best
first, with the favour taken out of their scores."""


@dataclass(frozen=True)
class Rule:
    """The rule that the module's opening tells, with its thresholds."""

    families: Families
    thresholds: Thresholds

    def contradicts(self, sentence: str, family: Family, score: float) -> bool:
        """Tell whether `sentence` is to be doubted when `family` has the probability `score`."""
        named = self.families.named_in(sentence)
        if family.agrees_with(named):
            return False
        if score >= self.thresholds.silent:
            return True
        return score >= self.thresholds.rival and self.families.rivals(family, named)

    def reconcile(
        self, candidates: list[Candidate], evidence: Evidence, search_again: SearchAgain
    ) -> Verdict:
        """Return the sentence to tell, given the beam's `candidates`, the best first."""
        best = candidates[0]
        seen = self.families.likeliest(evidence.scores)
        if (
            seen is None
            or not self.contradicts(best.sentence, *seen)
            or self._names_something_present(best.sentence, evidence.present)
        ):
            return Verdict(best.sentence, best.score)
        family, score = seen
        fitting = self._first_fitting(candidates, family) or self._first_fitting(
            [
                candidate
                for candidate in search_again(family.names)
                if candidate.score >= LEAST_LIKELIHOOD * best.score
            ],
            family,
        )
        if fitting is not None:
            return Verdict(fitting.sentence, fitting.score)
        name = evidence.tag_name(family.name)
        return Verdict(with_article(name), min(score, 1.0), from_tags=True)

    def _names_something_present(self, sentence: str, present: Mapping[str, float]) -> bool:
        named = self.families.named_in(sentence)
        return any(present.get(name, 0.0) >= PRESENT for name in self.families.of(named))

    def _first_fitting(self, candidates: list[Candidate], family: Family) -> Candidate | None:
        for candidate in candidates:
            named = self.families.named_in(candidate.sentence)
            if not named.isdisjoint(family.names) and not self.families.rivals(family, named):
                return candidate
        return None


def with_article(name: str) -> str:
    """Return `name` with "a" or "an" before it, or alone if its thing is not counted."""
    if name.rpartition(" ")[2] in UNCOUNTED:
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _names(cell: str) -> frozenset[str]:
    return frozenset(name for name in cell.split(", ") if name)
