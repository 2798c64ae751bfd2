"""Where the elements of an XMP packet stand in its bytes, found with expat. Pure.

Names are "namespace local prefix", as expat gives them.
"""

from __future__ import annotations

from xml.parsers import expat

from lantern.imaging.embed.inscription import CannotEmbed

_MAX_ELEMENTS = 200_000
"""More than the longest editing history holds; a hostile packet must not cost gigabytes."""


def parse(packet: bytes) -> Element:
    """Return a nameless root above the elements of `packet`.

    Raises:
        CannotEmbed: it is not well-formed XML in UTF-8, or is more than any program writes.
    """
    if b"\0" in packet[:8]:
        raise CannotEmbed("its XMP is not in UTF-8")
    try:
        return _Builder(packet).read()
    except expat.ExpatError as error:
        raise CannotEmbed(f"its XMP is not well-formed ({error})") from error


class Element:
    """An element and where it stands: [start, end) in all, its start tag [start, tag_end)."""

    def __init__(self, name: str, attributes: dict[str, str], start: int) -> None:
        self.name = name
        self.attributes = attributes
        self.start = start
        self.tag_end = -1
        self.end = -1
        self.text = ""
        self.children: list[Element] = []

    def is_named(self, namespace: str, local: str) -> bool:
        """Tell whether that is its name, whatever the prefix."""
        return is_named(self.name, namespace, local)

    def attribute(self, namespace: str, local: str) -> str:
        """Return an attribute's value, "" where it has none of that name."""
        values = (v for name, v in self.attributes.items() if is_named(name, namespace, local))
        return next(values, "")


def is_named(name: str, namespace: str, local: str) -> bool:
    """Tell whether `name` is that of `namespace` and `local`, whatever the prefix."""
    return name.split(" ")[:2] == [namespace, local]


class _Builder:
    """Builds the tree below a nameless root as expat reads.

    Expat tells where each event begins; where a start tag ends, the next event tells.
    """

    def __init__(self, packet: bytes) -> None:
        self.root = Element("", {}, 0)
        self._packet = packet
        self._open = [self.root]
        self._in_tag: Element | None = None
        self._count = 0
        parser = self._parser = expat.ParserCreate(namespace_separator=" ")
        parser.namespace_prefixes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._doctype
        parser.CommentHandler = parser.DefaultHandler = self._other
        parser.ProcessingInstructionHandler = self._other

    def read(self) -> Element:
        self._parser.Parse(self._packet, True)
        return self.root

    def _event(self) -> int:
        at = self._parser.CurrentByteIndex
        if self._in_tag is not None:
            self._in_tag.tag_end = at
            self._in_tag = None
        return at

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MAX_ELEMENTS:
            raise CannotEmbed("its XMP has more elements than any program writes")
        element = Element(name, attributes, self._event())
        self._open[-1].children.append(element)
        self._open.append(element)
        self._in_tag = element

    def _end(self, _name: str) -> None:
        at = self._event()
        element = self._open.pop()
        is_empty = self._packet[element.tag_end - 2 : element.tag_end] == b"/>"
        element.end = element.tag_end if is_empty else self._packet.index(b">", at) + 1

    def _text(self, characters: str) -> None:
        self._event()
        self._open[-1].text += characters

    def _other(self, *_: str) -> None:
        self._event()

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._event()
        if encoding and encoding.lower() not in {"utf-8", "utf8"}:
            raise CannotEmbed(f"its XMP is in {encoding[:20]}, not UTF-8")

    def _doctype(self, *_: object) -> None:
        raise CannotEmbed("its XMP declares a document type")
