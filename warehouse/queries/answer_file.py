"""Writes one answer as an answered query sheet into the site's folder, and finds answers that wait there.

So an answer given on the page takes the same way as one in a workbook: it is a delivery, archived, decided by the next
refresh and repeated by a rebuild.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import duckdb

from schemas.exports import ANSWERS
from warehouse.queries.decide_answers import Answer, unfit
from warehouse.queries.open_entries import Entry
from warehouse.queries.query_sheet import query_book
from warehouse.queries.sheet_cells import put
from warehouse.readers.answered_sheet import ASKED, COLUMNS, OF_ANSWER, SHEET, read_sheet
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import DeliveryRejected, RegistryError
from warehouse.storage.home import Home

WAITS = "This question was answered on the page or in a sheet, and the answer waits for the next refresh."
FIRST_LINE = 2
"""Row of the sheet, below the heading."""


@dataclass(frozen=True)
class Given:
    """What a site answers; `comment` may stand alone."""

    answer: str
    corrected: str
    by: str
    comment: str = ""

    @property
    def is_answer(self) -> bool:
        """Whether it is more than a comment."""
        return bool(self.answer or self.corrected)


def why_unfit(entry: Entry, given: Given) -> str:
    """Return what is wrong with the answer, as the refresh would say it; '' if nothing is."""
    if not given.is_answer and not given.comment:
        return "Nothing was answered."
    if not given.by:
        return "The answer is not signed: the name is empty."
    named = dict(zip(ASKED, entry.cells, strict=True))
    place = (named["entry id"], named["site"], named["export"], named["key"], named["rule"], named["column"])
    line = Answer(0, 0, "", *place, given.answer, given.corrected, given.corrected, given.by, "")
    return (unfit(line) or "") if given.is_answer else ""


def write_answer(home: Home, site: str, release_id: str, entry: Entry, given: Given) -> Path:
    """Write the answered sheet into landing/<site>/answers/ and return its path. RegistryError if the answer is wrong
    in itself, or another waits.
    """
    if why := why_unfit(entry, given):
        raise RegistryError(why, "Correct the answer.")
    now = datetime.now(UTC)
    book = query_book(site, release_id, [entry])
    said = (given.answer, given.corrected, given.by, now.date().isoformat(), given.comment)
    for name, text in zip((*OF_ANSWER, "comment"), said, strict=True):
        if text:
            put(book[SHEET], FIRST_LINE, COLUMNS.index(name) + 1, text)
    content = BytesIO()
    book.save(content)
    folder = home.landing / site / ANSWERS
    folder.mkdir(parents=True, exist_ok=True)
    path = next(one for one in _names(folder, now) if not one.exists())
    atomic_write(path, content.getvalue())
    return path


def _names(folder: Path, now: datetime) -> Iterator[Path]:
    """Yield names that sort by the time of the answer, so that the last one counts."""
    number = 1
    while True:
        yield folder / f"{now:%Y-%m-%dT%H%M%S}-{number:02}_page.xlsx"
        number += 1


def waiting(con: duckdb.DuckDBPyConnection, home: Home, site: str) -> set[str]:
    """Return the ids of the entries that are answered in a sheet which the next refresh is to load."""
    known = {
        name
        for (name,) in con.execute(
            "SELECT file_name FROM meta.deliveries WHERE site = ? AND export = ?", [site, ANSWERS]
        ).fetchall()
    }
    found: set[str] = set()
    for path in sorted((home.landing / site / ANSWERS).glob("*.xlsx")):
        if path.name not in known:
            try:
                found |= {line.entry_id for line in read_sheet(path, site) if line.answer}
            except (DeliveryRejected, OSError):
                continue  # the refresh says what is wrong with it
    return found
