"""Reads pages of records and checks them: whole rows, the columns of the first page, and the records asked for."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from warehouse.pulls.replies import LATER, NoAnswer

MOST_CELL_CHARS = 1 << 27
csv.field_size_limit(max(csv.field_size_limit(), MOST_CELL_CHARS))
HALF = "The server's answer ends in the middle of a row."


@dataclass(frozen=True)
class Page:
    """The header and rows of one answer, as text."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def records(self, record_id: str) -> list[str]:
        """Return the distinct records of the rows, in order."""
        place = self.header.index(record_id)
        return list(dict.fromkeys(row[place] for row in self.rows))


def read_page(text: str) -> Page:
    """Return the CSV's rows, none if there is no text. Raises NoAnswer if a row is cut off."""
    if not text.strip():
        return Page((), ())
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error:
        raise NoAnswer(HALF, LATER) from None
    if any(len(row) != len(rows[0]) for row in rows):
        raise NoAnswer(HALF, LATER)
    return Page(rows[0], rows[1:])


def check_page(page: Page, record_id: str, asked: Collection[str], header: Sequence[str] | None) -> None:
    """Raise NoAnswer if the page is not that of the records asked for, or has other columns than the first page."""
    if not page.header:
        raise NoAnswer("The server answers with nothing where records were asked for.", LATER)
    if record_id not in page.header:
        raise NoAnswer("The server's answer lacks the column of the record id.", LATER)
    if len(set(page.header)) != len(page.header):
        raise NoAnswer("The server's answer has two columns of one name.", LATER)
    if header is not None and list(page.header) != list(header):
        raise NoAnswer("The columns of the server's answers differ from page to page.", LATER)
    found, wanted = set(page.records(record_id)), set(asked)
    if others := found - wanted:
        raise NoAnswer(
            f"The server's answer has {len(others):,} records that were not asked for on this page.",
            "Another page may have come twice. " + LATER,
        )
    if lacking := wanted - found:
        raise NoAnswer(f"The server's answer lacks {len(lacking):,} of {len(wanted):,} records asked for.", LATER)
