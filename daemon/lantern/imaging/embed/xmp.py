"""Write the sentence and its mark into an XMP packet, leaving the rest of it byte for byte. Pure.

An XMP packet is RDF/XML (ISO 16684-1). Nothing is serialised anew: the places of what is ours, and
of dc:description, which `elements` finds, are cut out of the bytes; one rdf:Description of our own
is put before the end of rdf:RDF. So prefixes, comments, padding and whatever other programs keep
there stay as they wrote them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from lantern.imaging.embed.elements import Element, is_named, parse
from lantern.imaging.embed.inscription import CannotEmbed, Inscription
from lantern.imaging.imprint import NAMESPACE, PREFIX

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC = "http://purl.org/dc/elements/1.1/"
_LANGUAGE = "http://www.w3.org/XML/1998/namespace lang xml"
_DEFAULT = "x-default"

EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    b"</rdf:RDF>\n</x:xmpmeta>\n"
    b'<?xpacket end="w"?>'
)
"""A packet that says nothing yet."""

SIDECAR = b'<?xml version="1.0" encoding="UTF-8"?>\n' + EMPTY.split(b"\n", 1)[1].rsplit(b"\n", 1)[0]
"""A sidecar that says nothing yet: the same without the wrapper, which files do without."""


def write(packet: bytes, inscription: Inscription) -> bytes:
    """Return `packet` with the sentence as dc:description's x-default, and the mark.

    Descriptions in other languages are kept.

    Raises:
        CannotEmbed: it is not well-formed XMP in UTF-8, or describes in a way that XMP does not.
    """
    body = packet.rstrip(b"\0 \r\n\t")
    rdf = _find_rdf(parse(body))
    blocks = [child for child in rdf.children if child.is_named(_RDF, "Description")]
    about = next((a for block in blocks if (a := block.attribute(_RDF, "about"))), "")
    others = {
        language: text
        for block in blocks
        for language, text in _languages(block)
        if language != _DEFAULT
    }
    cuts = [cut for block in blocks for cut in _cuts(block, body)]
    ours = _our_block(about, _prefix(blocks), inscription, others)
    return _apply(body, [*cuts, _insertion(rdf, body, ours)]) + packet[len(body) :]


def is_captioned(packet: bytes) -> bool:
    """Tell whether `packet` holds a description, or Lantern's mark.

    Raises:
        CannotEmbed: as `write` does.
    """
    rdf = _find_rdf(parse(packet.rstrip(b"\0 \r\n\t")))
    names = (
        n for block in rdf.children for n in (*block.attributes, *(c.name for c in block.children))
    )
    return any(_is_replaced(name) for name in names)


def _find_rdf(root: Element) -> Element:
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if element.is_named(_RDF, "RDF"):
            return element
        waiting.extend(element.children)
    raise CannotEmbed("its XMP holds no rdf:RDF")


def _is_replaced(name: str) -> bool:
    namespace, _, local = name.partition(" ")
    return namespace == NAMESPACE or (namespace == _DC and local.split(" ")[0] == "description")


def _languages(block: Element) -> Iterator[tuple[str, str]]:
    """Yield (language, text) of the block's dc:description."""
    for element in block.children:
        if not element.is_named(_DC, "description"):
            continue
        items = [item for kind in element.children for item in kind.children]
        if any(item.children for item in items):
            raise CannotEmbed("its XMP description is built of more than sentences")
        for item in items:
            yield item.attributes.get(_LANGUAGE, _DEFAULT), item.text


_Cut = tuple[int, int, bytes]
"""Bytes [start, end) and what comes in their place."""


def _cuts(block: Element, packet: bytes) -> Iterator[_Cut]:
    """Yield what to take out of one rdf:Description; all of it if nothing else is in it."""
    elements = [child for child in block.children if _is_replaced(child.name)]
    attributes = [name for name in block.attributes if _is_replaced(name)]
    if not elements and not attributes:
        return
    rest = [n for n in block.attributes if n not in attributes and not is_named(n, _RDF, "about")]
    if len(elements) == len(block.children) and not rest:
        yield block.start, block.end, b""
        return
    yield from ((element.start, element.end, b"") for element in elements)
    yield from _attribute_cuts(block, packet, attributes)


def _attribute_cuts(block: Element, packet: bytes, names: Iterable[str]) -> Iterator[_Cut]:
    tag = packet[block.start : block.tag_end]
    for name in names:
        _, local, prefix = name.split(" ")  # an attribute in a namespace has a prefix
        written = re.escape(f"{prefix}:{local}".encode())
        # In a start tag a name stands after white space, and never inside another's quotes: the
        # alternatives before it skip whole values.
        for match in re.finditer(
            rb"""("[^"]*"|'[^']*')|(\s+%s\s*=\s*(?:"[^"]*"|'[^']*'))""" % written, tag
        ):
            if match[2] is not None:
                yield block.start + match.start(), block.start + match.end(), b""


def _prefix(blocks: Iterable[Element]) -> str:
    """Return the prefix in use for Dublin Core: Adobe's reader wants one alone, whichever."""
    names = (n for b in blocks for n in (*b.attributes, *(child.name for child in b.children)))
    found = (name.split(" ")[2] for name in names if name.startswith(_DC) and name.count(" ") == 2)
    return next(found, "dc")


def _our_block(about: str, dc: str, inscription: Inscription, others: Mapping[str, str]) -> bytes:
    texts = [(_DEFAULT, inscription.sentence), *others.items()]
    lines = [
        f"<rdf:Description xmlns:rdf={_quoted(_RDF)} rdf:about={_quoted(about)}",
        f" xmlns:{dc}={_quoted(_DC)} xmlns:{PREFIX}={_quoted(NAMESPACE)}>",
        f"<{dc}:description><rdf:Alt>",
        *(
            f"<rdf:li xml:lang={_quoted(language)}>{escape(text, quote=False)}</rdf:li>"
            for language, text in texts
        ),
        f"</rdf:Alt></{dc}:description>",
        *(
            f"<{PREFIX}:{name}>{escape(value, quote=False)}</{PREFIX}:{name}>"
            for name, value in inscription.properties.items()
        ),
        "</rdf:Description>",
    ]
    return "\n".join(lines).encode()


def _quoted(value: str) -> str:
    return f'"{escape(value)}"'


def _insertion(rdf: Element, packet: bytes, block: bytes) -> _Cut:
    """Return the cut that puts `block` before the end tag of rdf:RDF."""
    if rdf.end == rdf.tag_end:  # <rdf:RDF/>: open it
        tag = packet[rdf.start : rdf.tag_end]
        qname = rb"%s" % tag[1:].split(None, 1)[0].rstrip(b"/>")
        return rdf.start, rdf.end, tag[:-2] + b">" + block + b"</" + qname + b">"
    at = packet.rindex(b"</", rdf.start, rdf.end)
    return at, at, block


def _apply(packet: bytes, cuts: Iterable[_Cut]) -> bytes:
    parts, at = [], 0
    for start, end, instead in sorted(cuts):
        parts += [packet[at:start], instead]
        at = end
    return b"".join([*parts, packet[at:]])
