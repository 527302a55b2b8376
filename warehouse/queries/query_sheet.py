"""Reads a site's open entries from the build database and writes them as a workbook for the site's answers.

Nothing in the workbook can run: every cell is written as plain text, even if it begins like a formula. Only the answer
columns are unlocked; the lock has no password and only prevents accidental edits.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.exports import EXPORTS
from warehouse.queries import flagged_rows
from warehouse.queries.entry_id import answers_possible
from warehouse.queries.site_notes import Note
from warehouse.raw.aliases import IN_ROW
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
NOTES_COLUMNS, NOTES_WIDTHS = ("what", "export", "delivery", "what is wrong, and how to fix it"), (12, 20, 36, 100)
NOT_MAPPED: Mapping[tuple[str, str, int], str] = {}
"""No row has another form than the canonical one."""
FOLLOW = ("ORPHAN-01", "PARENT-01")
"""Rules whose entries mostly resolve by themselves when another entry is answered, so they come last."""
INSTRUCTIONS = (
    "Each line of the sheet 'queries' shows a row, or one value of a row, that the registry has set aside, and why.",
    "Choose an answer for each line you can decide; leave the others empty, and they will be asked again.",
    "correct: the value was wrong. Write the right one into 'corrected value', as in the export: dates as "
    "YYYY-MM-DD, numbers with a decimal point.",
    "confirm: the value is unusual but right. It goes into the registry as it is.",
    "reject: the row or value is wrong and cannot be corrected. It stays set aside and is not asked again.",
    "Not every answer is possible for every line; the list in the cell shows the possible ones.",
    "Lines with ORPHAN-01 or PARENT-01 come last: most resolve once the session they belong to is answered.",
    "The sheet 'deliveries', if there is one, lists problems with entire files: fix them in the next delivery.",
    "In each line you answer, write your name into 'answered by' and the date into 'answered on'.",
    "The sheet 'to look at', if there is one, lists rows that are kept although something in them is "
    "doubtful. They need no answer here: if a row is wrong, deliver it again corrected.",
    "Change nothing else: a line whose other cells were edited, or whose row has changed since, is refused.",
    "Formulas are not accepted. Save as .xlsx and return the file; it belongs in landing/{site}/answers/.",
    "Made from release {release_id}.",
)


@dataclass(frozen=True)
class Entry:
    """One open entry as the sheet shows it; `answers` are the possible answers."""

    cells: tuple[str, ...]
    answers: tuple[str, ...]


def open_entries(
    con: duckdb.DuckDBPyConnection, site: str, as_delivered: Mapping[tuple[str, str, int], str] = NOT_MAPPED
) -> list[Entry]:
    """Return the site's open entries that it has not answered yet, from the build database.

    Raises RegistryError if the registry has no such site, or was last refreshed before query sheets existed.
    """
    names = {name for name, _ in columns_of(con, "quality", "quarantine")}
    if "entry_id" not in names or not columns_of(con, "meta", "loads"):  # an erasure leaves no loads until a refresh
        raise RegistryError("The registry holds no entries yet.", "Run `registry refresh` first.")
    sites = [name for (name,) in con.execute("SELECT DISTINCT site FROM meta.loads ORDER BY site").fetchall()]
    if site not in sites:
        raise RegistryError("The registry has no such site.", f"Its sites are: {', '.join(sites)}.")
    rows = con.execute(
        "SELECT entry_id, site, export, delivery, line, key, rule_id, coalesce(column_name, ''), "  # noqa: S608
        f"{_said(con)}, row "
        "FROM quality.quarantine WHERE site = ? AND answer IS NULL "
        "ORDER BY list_contains(?, rule_id), export, delivery, line, rule_id, column_name",
        [site, list(FOLLOW)],
    ).fetchall()
    entries = []
    for *cells, row in rows:
        export, delivery, line, rule_id, column = cells[2], cells[3], cells[4], cells[6], cells[7]
        cells[5] = _key_as_delivered(cells[5], row)
        shown = _readable(row)
        if own := as_delivered.get((export, delivery, line)):
            shown = f"{shown} | As delivered: {own}"
        entries.append(Entry((*map(str, cells), shown), answers_possible(EXPORTS[export], rule_id, column)))
    return entries


def _said(con: duckdb.DuckDBPyConnection) -> str:
    """Return SQL of what is wrong, with the column and the block of the site's own file where there is a mapping."""
    if "block" not in {name for name, _ in columns_of(con, "quality", "quarantine")}:
        return "reason"
    return (
        "reason || coalesce(' In the file: column ' || source_column || '.', '') "
        "|| coalesce(' Block: ' || block || '.', '')"
    )


def _key_as_delivered(key: str, row: str) -> str:
    """Return an entry's key with the patient's number that the site delivered, if the registry reads it as another."""
    cells = json.loads(row)
    number = cells.get(IN_ROW)
    return number + key.removeprefix(cells["patient_id"]) if number else key


def _readable(row: str) -> str:
    """Return the raw row's filled cells as `name: value; name: value`, a merged number with what it is read as."""
    cells = json.loads(row)
    if number := cells.pop(IN_ROW, None):
        cells["patient_id"] = f"{number} (read as {cells['patient_id']})"
    return "; ".join(f"{name}: {value}" for name, value in cells.items() if value is not None)


def write_sheet(
    path: Path,
    site: str,
    release_id: str,
    entries: list[Entry],
    notes: Sequence[Note] = (),
    flagged: Sequence[tuple[str, ...]] = (),
) -> None:
    """Write the workbook, readable by its owner only: the entries, the notes on the site's deliveries, and flagged rows
    that need no answer (flagged_rows.py). Raises RegistryError if the file already exists.
    """
    from openpyxl import Workbook

    book = Workbook()
    _fill_queries(book.active, entries)
    if notes:  # before the entries if a note is loud, since an entire file matters more
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
            raise RegistryError(f"{path} already exists.", "Name another file with --out.") from None


def _fit_heights(sheet) -> None:
    """Give each row the height that its longest text needs, since not every program adjusts it by itself."""
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
        setattr(sheet.protection, allowed, False)  # in the file format, False means allowed


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
    """Add a list of the possible answers to each answer cell."""
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
    """Write what is wrong with entire deliveries: the site fixes it in the next one, there is nothing to answer."""
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
    """Write text as text, whatever it looks like: never as a formula, a number or a date. Return the cell."""
    cell = sheet.cell(line, column)
    cell.value = NOT_IN_XML.sub("\ufffd", text)[:MAX_CELL]
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(FORMULA_STARTS)
    return cell
