"""Reads the lines of an answered query sheet as text, and refuses a workbook that is not one of the registry's sheets.

Nothing in a workbook is ever executed; a sheet with a formula is refused, since it is unclear which value was meant.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from languages.language import IN_ENGLISH, Language
from warehouse.readers.cells import WHITE_SPACE
from warehouse.readers.sheet_language import answer_in_english, corrected_in, day_in, heading_in, is_called
from warehouse.readers.workbook.book import Book, Sheet, open_book
from warehouse.readers.workbook.sheet import FORMULA, Rows, rows_of
from warehouse.storage.errors import DeliveryRejected

SHEET = "queries"
ENTRY = ("entry id", "site", "export", "delivery", "line", "key", "rule", "column", "what is wrong", "row")
ASKED = (*ENTRY, "thread", "asked on", "due", "said before")
OF_ANSWER = ("answer", "corrected value", "answered by", "answered on")
ANSWERED = (*OF_ANSWER, "comment")
COLUMNS = (*ASKED, *ANSWERED)
EARLIER_COLUMNS = (*ENTRY, *OF_ANSWER)
"""Those of a sheet of version 0.1, which sites may still hand in."""
MAX_UNPACKED_BYTES = 200_000_000
MAX_LINES = 100_000
CURE = "Answer in the sheet that was sent, and change only the answer columns."


@dataclass(frozen=True)
class AnsweredLine:
    """One line with an answer or a comment. `line` counts the sheet's data rows from 1; empty cells are ''.

    Answer, day and corrected value are as the tables hold them, whatever the language of the sheet; `unread` says why
    the corrected value cannot be read in it.
    """

    line: int
    entry_id: str
    site: str
    export: str
    key: str
    rule_id: str
    column: str
    answer: str
    corrected: str
    answered_by: str
    answered_on: str
    comment: str = ""
    unread: str = ""


def read_sheet(path: Path, site: str) -> list[AnsweredLine]:
    """Return the answered lines of the site's sheet; lines with neither an answer nor a comment are left out.

    Raises DeliveryRejected, with a reason that contains no values, if the file is not a query sheet of that site.
    """
    lines: list[AnsweredLine] = []
    columns: tuple[str, ...] = ()
    spoken = IN_ENGLISH
    for number, cells in enumerate(_rows(path)):
        if number == 0:
            spoken, columns = _columns(cells)
            continue
        if number > MAX_LINES:
            raise DeliveryRejected(f"The sheet has more than {MAX_LINES:,} lines.", CURE)
        _check_width(cells, columns, number)
        named = dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=True))
        comment = named.get("comment", "")
        if not (named["answer"] or named["corrected value"] or comment):
            continue
        if named["site"] != site:
            raise DeliveryRejected("The sheet belongs to another site.", "Put it into that site's folder answers/.")
        corrected, unread = corrected_in(spoken, named["corrected value"], named["export"], named["column"])
        lines.append(
            AnsweredLine(
                number,
                named["entry id"],
                named["site"],
                named["export"],
                named["key"],
                named["rule"],
                named["column"],
                answer_in_english(named["answer"]),
                corrected,
                named["answered by"],
                day_in(spoken, named["answered on"]),
                comment,
                unread,
            )
        )
    return lines


def read_kept(path: Path) -> list[AnsweredLine]:
    """Return the lines of a sheet that an erasure has rewritten (write_kept)."""
    return [AnsweredLine(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def write_kept(path: Path, lines: list[AnsweredLine]) -> None:
    """Write answered lines as newline-delimited JSON: what is kept of a sheet from which lines were erased."""
    path.write_text("".join(json.dumps(asdict(line)) + "\n" for line in lines), encoding="utf-8")


def _columns(cells: list[str]) -> tuple[Language, tuple[str, ...]]:
    """Return the language of the header and the columns that it names, if they are those of a query sheet."""
    _check_width(cells, COLUMNS, 0)
    found = heading_in(cells, (COLUMNS, EARLIER_COLUMNS))
    if found is None:
        raise DeliveryRejected("The columns are not those of a query sheet.", CURE)
    return found


def _check_width(cells: list[str], columns: tuple[str, ...], number: int) -> None:
    if len(cells) > len(columns):
        raise DeliveryRejected(
            f"Row {number + 1} of the sheet has more cells than columns.", "Clear the cells beside the table."
        )


def _rows(path: Path) -> list[list[str]]:
    """Return the rows of the sheet as trimmed text, including blank ones, so that lines keep their numbers."""
    if path.suffix.lower() != ".xlsx":
        raise DeliveryRejected("An answered query sheet must be an .xlsx workbook.", "Deliver it as .xlsx.")
    with open_book(path, MAX_UNPACKED_BYTES, CURE) as book:
        sheet = next((sheet for sheet in book.sheets if is_called(SHEET, sheet.name)), None)
        if sheet is None:
            raise DeliveryRejected(f"The workbook has no sheet {SHEET!r}.", CURE)
        return _read(book, sheet)


def _read(book: Book, sheet: Sheet) -> list[list[str]]:
    rows: list[list[str]] = []
    events = Rows(book, trusts_formulas=False)
    for number, texts in rows_of(book, sheet, events):
        if number > MAX_LINES + 1:
            raise DeliveryRejected(f"The sheet has more than {MAX_LINES:,} lines.", CURE)
        if FORMULA in texts:
            raise DeliveryRejected(f"Row {number} of the sheet contains a formula.", "Enter the value itself.")
        cells = [text.strip(WHITE_SPACE) for text in texts]
        while cells and not cells[-1]:
            cells.pop()
        rows += [[] for _ in range(number - 1 - len(rows))]
        rows.append(cells)
    if not rows:
        raise DeliveryRejected("The sheet is empty.", CURE)
    return rows
