"""Fills merged cells: one value that spans several rows becomes the value of each of them, as people see it."""

from collections.abc import Iterator

from warehouse.readers.workbook.book import Book, Sheet
from warehouse.readers.workbook.markup import parse
from warehouse.readers.workbook.sheet import Area, area_of

MARK = b"mergeCell"
CHUNK_BYTES = 1 << 20
Row = tuple[int, list[str]]


class Merges:
    """Collects the merged areas of a sheet's part; `found` are those that span rows of one column."""

    def __init__(self) -> None:
        self.found: list[Area] = []

    def begin(self, prefix: str) -> None:
        """Learn the name of the element."""
        self._name = prefix + MARK.decode()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Keep a merge of cells below each other; for one that also spans columns, its first column."""
        area = area_of(attributes.get("ref", "")) if name == self._name else None
        if area and area[0] < area[2]:
            self.found.append((area[0], area[1], area[2], area[1]))

    def end(self, name: str) -> None:
        """Do nothing."""

    def text(self, data: str) -> None:
        """Do nothing."""


def merges_of(book: Book, sheet: Sheet) -> list[Area]:
    """Return the areas of the sheet that are merged over rows of one column; in the part they come after the rows."""
    with book.part(sheet.part) as part:
        tail, is_there = b"", False
        while not is_there and (chunk := part.read(CHUNK_BYTES)):
            is_there, tail = MARK in tail + chunk, chunk[-len(MARK) :]
    if not is_there:
        return []
    events = Merges()
    with book.part(sheet.part) as part:
        for _ in parse(part, events):
            pass
    return events.found


def filled_down(merged: list[Area], rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows with each merge's value in all of its cells. Rows without a cell of their own are left out."""
    areas = sorted(merged)
    if not areas:
        yield from rows
        return
    values: dict[Area, str] = {}
    for number, cells in rows:
        for area in areas:
            if area[0] > number:
                break
            if number > area[2]:
                continue
            place = area[1] - 1
            if number == area[0]:
                values[area] = cells[place] if place < len(cells) else ""
            elif value := values.get(area):
                cells += [""] * (place + 1 - len(cells))
                cells[place] = cells[place] or value
        areas = [area for area in areas if area[2] > number]
        yield number, cells
