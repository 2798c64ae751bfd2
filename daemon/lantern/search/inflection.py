"""The forms in which an English word may stand in a caption: dogs and dog, running and runs.

Pure. Used on the query's side alone, so that the index holds words as written and a better rule
needs no new index. It overgenerates on purpose: a form that no photo has finds nothing.
"""

from __future__ import annotations

from functools import lru_cache

_IRREGULAR = (
    ("man", "men"),
    ("woman", "women"),
    ("child", "children"),
    ("person", "people", "persons"),
    ("foot", "feet"),
    ("tooth", "teeth"),
    ("goose", "geese"),
    ("mouse", "mice"),
    ("leaf", "leaves"),
    ("knife", "knives"),
    ("wolf", "wolves"),
    ("calf", "calves"),
    ("shelf", "shelves"),
    ("loaf", "loaves"),
    ("sit", "sits", "sitting", "sat"),
    ("stand", "stands", "standing", "stood"),
    ("run", "runs", "running", "ran"),
    ("swim", "swims", "swimming", "swam"),
    ("ride", "rides", "riding", "rode"),
    ("lie", "lies", "lying", "lay"),
    ("fly", "flies", "flying", "flew"),
    ("eat", "eats", "eating", "ate"),
    ("hold", "holds", "holding", "held"),
    ("wear", "wears", "wearing", "wore", "worn"),
    ("throw", "throws", "throwing", "threw"),
    ("catch", "catches", "catching", "caught"),
)
_TOGETHER = {form: forms for forms in _IRREGULAR for form in forms}
_SHORTEST_STEM = 3
_UNCHANGED = ("ss", "us", "is")  # grass, bus and iris are no plurals


@lru_cache(maxsize=1024)
def forms(word: str) -> tuple[str, ...]:
    """Return the other forms that `word` (folded) may take, sorted; never `word` itself."""
    if word in _TOGETHER:
        return tuple(sorted(set(_TOGETHER[word]) - {word}))
    if len(word) < _SHORTEST_STEM or not word.isascii() or not word.isalpha():
        return ()
    stems = _stems(word)
    inflected = {form for stem in stems for form in _inflections(stem)}
    return tuple(sorted((stems | inflected) - {word}))


def _stems(word: str) -> set[str]:
    found = {word}
    if word.endswith("ies"):
        found |= {word[:-3] + "y", word[:-1]}
    elif word.endswith("s") and not word.endswith(_UNCHANGED):
        found |= {word[:-1]} | ({word[:-2]} if _takes_es(word[:-2]) else set())
    for ending in ("ing", "ed"):
        if word.endswith(ending):
            found |= _before(word[: -len(ending)])
    return {stem for stem in found if len(stem) >= _SHORTEST_STEM}


def _before(rest: str) -> set[str]:
    """Return what stood before -ing or -ed: play(ing), rid(ing) → ride, runn(ing) → run."""
    doubled = len(rest) > _SHORTEST_STEM and rest[-1] == rest[-2]
    return {rest, rest + "e"} | ({rest[:-1]} if doubled else set())


def _inflections(stem: str) -> set[str]:
    if stem.endswith("y") and stem[-2] not in "aeiou":
        return {stem[:-1] + "ies", stem[:-1] + "ied", stem + "ing"}
    if stem.endswith("e"):
        return {stem + "s", stem + "d", stem[:-1] + "ing"}
    plural = stem + "es" if _takes_es(stem) else stem + "s"
    return {plural, stem + "ed", stem + "ing", stem + stem[-1] + "ing", stem + stem[-1] + "ed"}


def _takes_es(stem: str) -> bool:
    return stem.endswith(("s", "x", "z", "ch", "sh", "o"))
