"""A page as a tree, for tests that ask where an element is: in a fold, in a scroll container, beside a link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.analysis_report.page import VOID


@dataclass
class Element:
    """One element with its attributes, what holds it, and what it holds: elements and texts, in order."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    parent: Element | None = field(default=None, repr=False)
    children: list[Element | str] = field(default_factory=list, repr=False)

    def walk(self) -> Iterator[Element]:
        """The element and all below it."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str, name: str = "") -> list[Element]:
        """The elements of a kind below it, of a class if one is named."""
        return [one for one in self.walk() if one.tag == tag and (not name or name in one.classes)]

    def above(self) -> Iterator[Element]:
        """What holds it, the nearest first."""
        if self.parent is not None:
            yield self.parent
            yield from self.parent.above()

    @property
    def classes(self) -> list[str]:
        """The element's classes."""
        return (self.attributes.get("class") or "").split()

    @property
    def text(self) -> str:
        """Its words, line ends and indents as one space; no-break spaces stay."""
        said = "".join(child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(part for part in said.replace("\n", " ").split(" ") if part)


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.now = Element("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.now.children.append(made := Element(tag, dict(attrs), self.now))
        if tag not in VOID:
            self.now = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.now.children.append(Element(tag, dict(attrs), self.now))

    def handle_endtag(self, tag: str) -> None:
        self.now = self.now.parent or self.root

    def handle_data(self, data: str) -> None:
        self.now.children.append(data)


def tree(html: str) -> Element:
    """The page's root."""
    parser = _Tree()
    parser.feed(html)
    return parser.root
