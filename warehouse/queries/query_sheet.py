"""Query sheets: a site's open entries as a workbook that it can answer in.

What belongs here: reading the entries from the build database and writing the workbook. What does not: reading answers
(answers/). Nothing in the workbook can run: every cell is written as plain text, also one that begins like a formula.
Only the answer columns are unlocked; the lock has no password, it is there against slips.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.exports import EXPORTS
from warehouse.queries import flagged_rows
from warehouse.queries.entry_id import answers_possible
from warehouse.queries.site_notes import Note
from warehouse.readers.answered_sheet import ANSWERED, ASKED, COLUMNS, SHEET
from warehouse.storage.connection import private_files
from warehouse.storage.errors import RegistryError
from warehouse.storage.hashing import columns_of

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
MAX_CELL = 32_767
WIDTHS = {"entry id": 19, "site": 13, "export": 18, "delivery": 30, "line": 7, "key": 34, "rule": 12, "column": 20}
WIDTHS |= {"what is wrong": 44, "row": 70, "answer": 12, "corrected value": 20, "answered by": 18, "answered on": 14}
LINE_POINTS, MOST_POINTS = 15, 409
"""Height of a line of text, and the most that a row can have."""
NOTES_SHEET = "deliveries"
NOTES_COLUMNS, NOTES_WIDTHS = ("what", "export", "delivery", "what to know, and what cures it"), (12, 20, 36, 100)
FOLLOW = ("ORPHAN-01", "PARENT-01")
"""Rules whose entries mostly go by themselves when another is answered, so they stand last."""
INSTRUCTIONS = (
    "Each line of the sheet 'queries' is a row, or one value of a row, that the registry has set aside, and why.",
    "Choose an answer for each line you can decide; leave the others empty, they will be asked again.",
    "correct: the value was wrong. Write the right one into 'corrected value', as the export would have it: dates as "
    "YYYY-MM-DD, numbers with a point.",
    "confirm: the value is unusual but right. It goes into the registry as it is.",
    "reject: the row or value cannot be saved. It stays set aside and is not asked again.",
    "Not every line can be answered in every way; the list in the cell shows what is possible.",
    "Lines with ORPHAN-01 or PARENT-01 stand last: most go by themselves when the session they hang on is answered.",
    "The sheet 'deliveries', where there is one, says what is wrong with whole files: mend it in the next delivery.",
    "Write your name into 'answered by' in each line you answer, and the day into 'answered on'.",
    "The sheet 'to look at', where there is one, lists genotypes that are kept and contradict themselves or could not "
    "be read. They need no answer here: deliver the row corrected where it is wrong.",
    "Change nothing else: a line whose other cells were edited, or whose row was delivered anew meanwhile, is refused.",
    "Formulas are not taken. Save as .xlsx and hand the file back; it belongs into landing/{site}/answers/.",
    "Made from release {release_id}.",
)


@dataclass(frozen=True)
class Entry:
    """One open entry as the sheet shows it; `answers` are those it can have."""

    cells: tuple[str, ...]
    answers: tuple[str, ...]


def open_entries(con: duckdb.DuckDBPyConnection, site: str) -> list[Entry]:
    """The site's open entries that it has not answered, from the build database.

    RegistryError where the registry knows no such site, or was refreshed last before there were query sheets.
    """
    if "entry_id" not in {name for name, _ in columns_of(con, "quality", "quarantine")}:
        raise RegistryError("The registry holds no entries yet.", "Run `registry refresh` first.")
    sites = [name for (name,) in con.execute("SELECT DISTINCT site FROM meta.loads ORDER BY site").fetchall()]
    if site not in sites:
        raise RegistryError("The registry knows no such site.", f"It knows: {', '.join(sites)}.")
    rows = con.execute(
        "SELECT entry_id, site, export, delivery, line, key, rule_id, coalesce(column_name, ''), reason, row "
        "FROM quality.quarantine WHERE site = ? AND answer IS NULL "
        "ORDER BY list_contains(?, rule_id), export, delivery, line, rule_id, column_name",
        [site, list(FOLLOW)],
    ).fetchall()
    entries = []
    for *cells, row in rows:
        export, rule_id, column = cells[2], cells[6], cells[7]
        entries.append(Entry((*map(str, cells), _readable(row)), answers_possible(EXPORTS[export], rule_id, column)))
    return entries


def _readable(row: str) -> str:
    """The raw row's filled cells, as `name: value; name: value`."""
    return "; ".join(f"{name}: {value}" for name, value in json.loads(row).items() if value is not None)


def write_sheet(
    path: Path,
    site: str,
    release_id: str,
    entries: list[Entry],
    notes: Sequence[Note] = (),
    flagged: Sequence[tuple[str, ...]] = (),
) -> None:
    """Write the workbook, readable by its owner only: the entries, what the site should know of its deliveries, and
    flagged rows to look at that need no answer (flagged_rows.py). RegistryError where the file is there already.
    """
    from openpyxl import Workbook

    book = Workbook()
    _fill_queries(book.active, entries)
    if notes:  # before the rows where a whole file is missing, since that matters more
        is_first = any(note.is_loud for note in notes)
        _fill_notes(book.create_sheet(NOTES_SHEET, 0 if is_first else None), notes)
        book.active = 0
    _fill_instructions(book.create_sheet("instructions"), site, release_id)
    if flagged:
        _fill_flagged(book.create_sheet(flagged_rows.SHEET), flagged)
    for sheet in book:
        _fit_heights(sheet)
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0  # as many pages as it takes, one page wide
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    with private_files():
        try:
            with open(path, "xb") as file:
                book.save(file)
        except FileExistsError:
            raise RegistryError(f"{path} is there already.", "Name another file with --out.") from None


def _fit_heights(sheet) -> None:
    """Give each row the height that its longest text needs, since not every program finds it by itself."""
    for cells in sheet.iter_rows():
        widths = [sheet.column_dimensions[cell.column_letter].width for cell in cells]
        n_lines = max(
            sum(-(-len(line) // max(int(width), 1)) or 1 for line in str(cell.value or "").split("\n"))
            for cell, width in zip(cells, widths, strict=True)
        )
        if n_lines > 1:
            sheet.row_dimensions[cells[0].row].height = min(n_lines * LINE_POINTS, MOST_POINTS)


def _fill_queries(sheet, entries: list[Entry]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill, Protection
    from openpyxl.utils import get_column_letter

    sheet.title = SHEET
    for number, name in enumerate(COLUMNS, start=1):
        cell = put(sheet, 1, number, name)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="FFF2CC" if name in ANSWERED else "D9E2F3")
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS[name]
    top, unlocked = Alignment(vertical="top", wrap_text=True), Protection(locked=False)
    for line, entry in enumerate(entries, start=2):
        for number, text in enumerate(entry.cells, start=1):
            put(sheet, line, number, text).alignment = top
        for number in range(len(ASKED) + 1, len(COLUMNS) + 1):
            cell = sheet.cell(line, number)
            cell.protection, cell.alignment = unlocked, top
            cell.number_format = "yyyy-mm-dd" if COLUMNS[number - 1] == "answered on" else "@"
    _offer_answers(sheet, entries)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(entries) + 1}"
    sheet.protection.enable()
    for allowed in ("formatColumns", "formatRows", "autoFilter", "sort"):
        setattr(sheet.protection, allowed, False)  # the file format's attributes say what is locked


def _fill_flagged(sheet, flagged: Sequence[tuple[str, ...]]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for number, name in enumerate(flagged_rows.COLUMNS, start=1):
        put(sheet, 1, number, name).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = flagged_rows.WIDTHS[number - 1]
    for line, cells in enumerate(flagged, start=2):
        for number, text in enumerate(cells, start=1):
            put(sheet, line, number, text).alignment = Alignment(vertical="top", wrap_text=True)
    sheet.freeze_panes = "A2"
    sheet.protection.enable()


def _offer_answers(sheet, entries: list[Entry]) -> None:
    """A list of the possible answers in each answer cell."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(len(ASKED) + 1)
    for answers in sorted({entry.answers for entry in entries}):
        offered = DataValidation("list", formula1=f'"{",".join(answers)}"', allow_blank=True, showErrorMessage=True)
        offered.errorTitle, offered.error = "Answer", f"Choose one of: {', '.join(answers)}."
        sheet.add_data_validation(offered)
        for line, entry in enumerate(entries, start=2):
            if entry.answers == answers:
                offered.add(f"{letter}{line}")


def _fill_notes(sheet, notes: Sequence[Note]) -> None:
    """What is wrong with whole deliveries: nothing to answer, but to mend in the next one."""
    from openpyxl.styles import Alignment, Font

    for letter, width in zip("ABCD", NOTES_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    for number, name in enumerate(NOTES_COLUMNS, start=1):
        put(sheet, 1, number, name).font = Font(bold=True)
    for line, note in enumerate(notes, start=2):
        for number, text in enumerate((note.kind, note.export, note.delivery, note.sentence), start=1):
            put(sheet, line, number, text).alignment = Alignment(vertical="top", wrap_text=True)
    sheet.protection.enable()


def _fill_instructions(sheet, site: str, release_id: str) -> None:
    from openpyxl.styles import Alignment

    sheet.column_dimensions["A"].width = 110
    for line, text in enumerate(INSTRUCTIONS, start=1):
        put(sheet, line, 1, text.format(site=site, release_id=release_id)).alignment = Alignment(wrap_text=True)
    sheet.protection.enable()


def put(sheet, line: int, column: int, text: str):
    """Write text as text: never a formula, a number or a date, whatever it looks like."""
    cell = sheet.cell(line, column)
    cell.value = NOT_IN_XML.sub("\ufffd", text)[:MAX_CELL]
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(FORMULA_STARTS)
    return cell
