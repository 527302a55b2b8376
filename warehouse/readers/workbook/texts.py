"""Reads texts of a workbook: decodes escaped characters, reads the shared texts, leaves out phonetic readings."""

import re
from collections.abc import Callable
from typing import IO

from warehouse.readers.workbook.markup import parse

ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""A UTF-16 code unit: ST_Xstring of ECMA-376 Part 1, 22.9.2.19. _x005F_ is the underscore that begins an escape."""
NO_CHARACTER = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")
REPLACEMENT = "\ufffd"


def decoded(text: str) -> str:
    """Decode the text's escapes: L1_x000D_ ends with a carriage return, _x005F_x000D_ is _x000D_."""
    if "_x" not in text and "_X" not in text:
        return text
    plain = ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if not NO_CHARACTER.search(plain):
        return plain
    paired = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return NO_CHARACTER.sub(REPLACEMENT, paired)


class SharedTexts:
    """Collects the shared texts of their part in `found`, in order. Runs of rich text are joined."""

    def __init__(self, keep: Callable[[int], None]):
        self.found: list[str] = []
        self._keep, self._parts = keep, list[str]()
        self._in_text = self._in_reading = False

    def begin(self, prefix: str) -> None:
        """Learn the names of this part's elements."""
        self._item, self._text, self._reading = prefix + "si", prefix + "t", prefix + "rPh"

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of a text, or of its phonetic reading."""
        if name == self._text:
            self._in_text = not self._in_reading
        elif name == self._reading:
            self._in_reading = True

    def end(self, name: str) -> None:
        """Handle the end of a text, of its reading, or of the item to which it belongs."""
        if name == self._text:
            self._in_text = False
        elif name == self._reading:
            self._in_reading = False
        elif name == self._item:
            self.found.append(decoded("".join(self._parts)))
            self._parts.clear()
            self._keep(len(self.found))

    def text(self, data: str) -> None:
        """Handle a part of a text."""
        if self._in_text:
            self._parts.append(data)


def shared_texts(part: IO[bytes], keep: Callable[[int], None] = lambda _: None) -> list[str]:
    """Return the shared texts; `keep` is called with their number so far and may raise."""
    events = SharedTexts(keep)
    for _ in parse(part, events):
        pass
    return events.found
