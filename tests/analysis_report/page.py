"""Reading a page in tests: its elements, attributes and text, with the standard library's parser."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Elements in order as (tag, attributes), the text without style, and whether every element was closed
    in turn.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.is_well_nested = True
        self.texts: list[str] = []
        self.is_inside_word = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.elements.append((tag, dict(attrs)))
        self.is_inside_word |= (tag, dict(attrs).get("class")) == ("span", "whole")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself (inside a drawing)."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Check that the innermost open element ends."""
        self.is_well_nested &= bool(self.open) and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep what a reader sees."""
        if not self.open or self.open[-1] == "style":
            return
        if self.is_inside_word and self.texts:  # a number that may not be cut is no word of its own
            self.texts[-1] += data
            self.is_inside_word = self.open[-1] == "span"
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """What a reader sees, with single spaces."""
        return " ".join(" ".join(self.texts).split())

    def values(self, attribute: str) -> list[str]:
        """All values of an attribute."""
        return [value for _, attributes in self.elements if (value := attributes.get(attribute))]

    def count(self, tag: str) -> int:
        """How many elements of a kind there are."""
        return sum(found == tag for found, _ in self.elements)
