"""Writes the workbook in which a site answers its open entries.

Nothing in the workbook can run: every cell is written as plain text, even if it begins like a formula. Only the answer
columns are unlocked; the lock has no password and only prevents accidental edits.
"""

from collections.abc import Sequence
from pathlib import Path

from languages.language import IN_ENGLISH, Language
from schemas.said import Said
from warehouse.queries import flagged_rows
from warehouse.queries.open_entries import Entry
from warehouse.queries.sheet_cells import fit_heights, put, width_for
from warehouse.queries.sheet_notes import (
    INSTRUCTIONS_SHEET,
    NOTES_SHEET,
    fill_flagged,
    fill_instructions,
    fill_notes,
)
from warehouse.queries.site_notes import Note
from warehouse.readers.answered_sheet import ANSWERED, ASKED, COLUMNS, SHEET
from warehouse.storage.connection import private_files
from warehouse.storage.errors import RegistryError

WIDTHS = {"entry id": 19, "site": 13, "export": 18, "delivery": 30, "line": 7, "key": 34, "rule": 12, "column": 20}
WIDTHS |= {"what is wrong": 44, "row": 70, "thread": 14, "asked on": 12, "due": 12, "said before": 50}
WIDTHS |= {"answer": 12, "corrected value": 20, "answered by": 18, "answered on": 14, "comment": 50}
ANSWER_TITLE, CHOOSE = "Answer", "Choose one of: {answers}."
ASKED_FILL, ANSWERED_FILL = "D9E2F3", "FFF2CC"


def write_sheet(
    path: Path,
    site: str,
    release_id: str,
    entries: list[Entry],
    notes: Sequence[Note] = (),
    flagged: Sequence[tuple[str, ...]] = (),
    language: Language = IN_ENGLISH,
) -> None:
    """Write the workbook, readable by its owner only. Raises RegistryError if the file already exists."""
    book = query_book(site, release_id, entries, notes, flagged, language)
    with private_files():
        try:
            with open(path, "xb") as file:
                book.save(file)
        except FileExistsError:
            raise RegistryError(f"{path} already exists.", "Name another file with --out.") from None


def query_book(
    site: str,
    release_id: str,
    entries: list[Entry],
    notes: Sequence[Note] = (),
    flagged: Sequence[tuple[str, ...]] = (),
    language: Language = IN_ENGLISH,
):
    """Return the workbook: the entries, the notes on the site's deliveries, and flagged rows that need no answer
    (flagged_rows.py). Ids, names of exports, columns and rules are the same in every language.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.properties.language = language.code
    _fill_queries(book.active, entries, language)
    if notes:  # before the entries if a note is loud, since an entire file matters more
        is_first = any(note.is_loud for note in notes)
        fill_notes(book.create_sheet(language.word(NOTES_SHEET), 0 if is_first else None), notes, language)
        book.active = 0
    fill_instructions(book.create_sheet(language.word(INSTRUCTIONS_SHEET)), site, release_id, language)
    if flagged:
        fill_flagged(book.create_sheet(language.word(flagged_rows.SHEET)), flagged, language)
    for sheet in book:
        fit_heights(sheet)
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.fitToHeight = 0  # as many pages as it takes, one page wide
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    return book


def _fill_queries(sheet, entries: list[Entry], language: Language) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill, Protection
    from openpyxl.utils import get_column_letter

    sheet.title = language.word(SHEET)
    for number, name in enumerate(COLUMNS, start=1):
        cell = put(sheet, 1, number, language.word(name))
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=ANSWERED_FILL if name in ANSWERED else ASKED_FILL)
        sheet.column_dimensions[get_column_letter(number)].width = width_for(language.word(name), WIDTHS[name])
    top, unlocked = Alignment(vertical="top", wrap_text=True), Protection(locked=False)
    for line, entry in enumerate(entries, start=2):
        for number, text in enumerate(entry.cells, start=1):
            put(sheet, line, number, text).alignment = top
        for number in range(len(ASKED) + 1, len(COLUMNS) + 1):
            cell = sheet.cell(line, number)
            cell.protection, cell.alignment = unlocked, top
            cell.number_format = language.writing.excel_day if COLUMNS[number - 1] == "answered on" else "@"
    _offer_answers(sheet, entries, language)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(entries) + 1}"
    sheet.protection.enable()
    for allowed in ("formatColumns", "formatRows", "autoFilter", "sort"):
        setattr(sheet.protection, allowed, False)  # in the file format, False means allowed


def _offer_answers(sheet, entries: list[Entry], language: Language) -> None:
    """Add a list of the possible answers to each answer cell."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(len(ASKED) + 1)
    for answers in sorted({entry.answers for entry in entries}):
        words = [language.word(answer) for answer in answers]
        offered = DataValidation("list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=True)
        offered.errorTitle = language.word(ANSWER_TITLE)
        offered.error = language.say(Said(CHOOSE, answers=", ".join(words)))
        sheet.add_data_validation(offered)
        for line, entry in enumerate(entries, start=2):
            if entry.answers == answers:
                offered.add(f"{letter}{line}")
