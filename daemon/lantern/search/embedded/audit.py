"""What the embedded index holds, for whoever compares it with the catalog; nobody searches by it.

No text is stored there, so a photo's words cannot be read back: they are asked for, all at once. A
sentence that only goes on behind the one that is expected is not told from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import tantivy
from tantivy import Occur
from tantivy import Query as Clause

from lantern.model import PhotoId
from lantern.search.document import Document, all_words, human_words
from lantern.search.embedded.fields import SCHEMA
from lantern.search.words import words


def held(searcher: tantivy.Searcher) -> list[PhotoId]:
    """Return every photo in the index, as often as it stands there."""
    if not searcher.num_docs:
        return []
    hits = searcher.search(Clause.all_query(), searcher.num_docs, count=False).hits
    ids: list[Any] = searcher.fast_field_values("id", [address for _, address in hits])
    return ids


def differing(searcher: tantivy.Searcher, documents: Iterable[Document]) -> list[PhotoId]:
    """Return the photos that the index does not hold once, with all words of their document."""
    return [document.id for document in documents if _times(searcher, document) != 1]


def _times(searcher: tantivy.Searcher, document: Document) -> int:
    demands = [
        Clause.term_query(SCHEMA, "id", document.id, "basic"),
        *(Clause.term_query(SCHEMA, "all", word, "basic") for word in all_words(document)),
        *_side_by_side("sentence", words(document.sentence)),
        *_side_by_side("human", human_words(document)),
    ]
    wanted = Clause.boolean_query([(Occur.Must, demand) for demand in demands])
    found: Any = searcher.search(wanted, 1)
    return int(found.count)


def _side_by_side(field: str, them: Sequence[str]) -> Iterable[Clause]:
    if len(them) > 1:
        yield Clause.phrase_query(SCHEMA, field, list(them))
    elif them:
        yield Clause.term_query(SCHEMA, field, them[0], "position")
