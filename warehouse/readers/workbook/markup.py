"""Parses the XML of a workbook's parts as events, with prefixes as written and without document types and entities."""

from collections.abc import Callable, Iterator
from typing import IO, Protocol
from xml.parsers import expat

CHUNK_BYTES = 1 << 16


class Events(Protocol):
    """Receives the events: `begin` gets the prefix of the part's own elements ("x:", mostly "")."""

    def begin(self, prefix: str) -> None:
        """Handle the root element."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element."""

    def end(self, name: str) -> None:
        """Handle the end of an element."""

    def text(self, data: str) -> None:
        """Handle text inside an element."""


class UnsafeXml(ValueError):
    """A part declares a document type, which no workbook needs."""


def parse(part: IO[bytes], events: Events) -> Iterator[None]:
    """Parse the part chunk by chunk, yielding after each so that the results so far can be collected.

    Raises expat.ExpatError if the part is not XML, and UnsafeXml if it declares a document type.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = _root_first(parser, events)
    parser.EndElementHandler = events.end
    parser.CharacterDataHandler = events.text
    while chunk := part.read(CHUNK_BYTES):
        parser.Parse(chunk, False)
        yield
    parser.Parse(b"", True)
    yield


def _refuse(*_: object) -> None:
    raise UnsafeXml


def _root_first(parser: expat.XMLParserType, events: Events) -> Callable[[str, dict[str, str]], None]:
    def first(name: str, attributes: dict[str, str]) -> None:
        events.begin(name.rpartition(":")[0] + ":" if ":" in name else "")
        parser.StartElementHandler = events.start
        events.start(name, attributes)

    return first


class Elements:
    """Collects the elements of a small part as (local name, attributes), in order."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []

    def begin(self, prefix: str) -> None:
        """Do nothing: local names are kept."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Keep the element with its attributes by their local names; a relationship's id is kept as r:id."""
        local = {("r:id" if key.endswith(":id") else key.rpartition(":")[2]): v for key, v in attributes.items()}
        self.found.append((name.rpartition(":")[2], local))

    def end(self, name: str) -> None:
        """Keep the end of the element as its name after a slash."""
        self.found.append(("/" + name.rpartition(":")[2], {}))

    def text(self, data: str) -> None:
        """Do nothing: small parts are read for their attributes."""


def elements(part: IO[bytes]) -> list[tuple[str, dict[str, str]]]:
    """Return all elements of a small part in order, both where they start and where they end ("/name")."""
    events = Elements()
    for _ in parse(part, events):
        pass
    return events.found
