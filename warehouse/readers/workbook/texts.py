"""Texts of a workbook: escapes of characters, the table of shared texts, phonetic readings left out."""

import re
from collections.abc import Callable
from typing import IO

from warehouse.readers.workbook.markup import parse

ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A UTF-16 code unit: ST_Xstring of ECMA-376 Part 1, 22.9.2.19. _x005F_ is the underscore that begins one."""
NO_CHARACTER = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
REPLACEMENT = "\ufffd"


def decoded(text: str) -> str:
    """The text with its escapes decoded: L1_x000D_ ends with a carriage return, _x005F_x000D_ is _x000D_."""
    if "_x" not in text and "_X" not in text:
        return text
    plain = ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if not NO_CHARACTER.search(plain):
        return plain
    paired = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return NO_CHARACTER.sub(REPLACEMENT, paired)


class SharedTexts:
    """Events of the part of shared texts; `found` are they, in order. Runs of rich text are joined."""

    def __init__(self, keep: Callable[[int], None]):
        self.found: list[str] = []
        self._keep, self._parts = keep, list[str]()
        self._in_text = self._in_reading = False

    def begin(self, prefix: str) -> None:
        """Learn the names of this part's elements."""
        self._item, self._text, self._reading = prefix + "si", prefix + "t", prefix + "rPh"

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A text begins, or a phonetic reading of it."""
        if name == self._text:
            self._in_text = not self._in_reading
        elif name == self._reading:
            self._in_reading = True

    def end(self, name: str) -> None:
        """A text ends, or the item that it is part of."""
        if name == self._text:
            self._in_text = False
        elif name == self._reading:
            self._in_reading = False
        elif name == self._item:
            self.found.append(decoded("".join(self._parts)))
            self._parts.clear()
            self._keep(len(self.found))

    def text(self, data: str) -> None:
        """Part of a text."""
        if self._in_text:
            self._parts.append(data)


def shared_texts(part: IO[bytes], keep: Callable[[int], None] = lambda _: None) -> list[str]:
    """The shared texts; `keep` is called with their number so far and may raise."""
    events = SharedTexts(keep)
    for _ in parse(part, events):
        pass
    return events.found
