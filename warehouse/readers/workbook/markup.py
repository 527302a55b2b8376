"""The XML of a workbook's parts, as events: names without their prefix's meaning, no document types, no entities."""

from collections.abc import Callable, Iterator
from typing import IO, Protocol
from xml.parsers import expat

CHUNK_BYTES = 1 << 16


class Events(Protocol):
    """Whoever listens: `begin` gets the prefix that the part's own elements carry ("x:", mostly "")."""

    def begin(self, prefix: str) -> None:
        """The root element is there."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""

    def end(self, name: str) -> None:
        """An element closes."""

    def text(self, data: str) -> None:
        """Text inside it."""


class UnsafeXml(ValueError):
    """The part declares a document type, which no workbook needs."""


def parse(part: IO[bytes], events: Events) -> Iterator[None]:
    """Parse the part chunk by chunk, yielding after each, so that what came out of it can be taken.

    Raises expat.ExpatError where the part is no XML, UnsafeXml where it declares a document type.
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
    """Events of a small part: every opened element as (local name, attributes), in order."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []

    def begin(self, prefix: str) -> None:
        """Nothing to do: local names are kept."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Keep the element; attributes by their local names, an id of a relationship as r:id."""
        local = {("r:id" if key.endswith(":id") else key.rpartition(":")[2]): v for key, v in attributes.items()}
        self.found.append((name.rpartition(":")[2], local))

    def end(self, name: str) -> None:
        """Keep where it closes, as its name after a slash."""
        self.found.append(("/" + name.rpartition(":")[2], {}))

    def text(self, data: str) -> None:
        """Small parts are read for their attributes."""


def elements(part: IO[bytes]) -> list[tuple[str, dict[str, str]]]:
    """All elements of a small part in order, each also where it closes ("/name")."""
    events = Elements()
    for _ in parse(part, events):
        pass
    return events.found
