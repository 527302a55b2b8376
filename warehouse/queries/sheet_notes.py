"""Fills the sheets of a query workbook that ask nothing: notes on deliveries, rows to look at, instructions."""

from collections.abc import Sequence

from languages.language import Language
from schemas.said import Said
from warehouse.queries import flagged_rows
from warehouse.queries.sheet_cells import put, put_table
from warehouse.queries.site_notes import Note

NOTES_SHEET, INSTRUCTIONS_SHEET = "deliveries", "instructions"
NOTES_COLUMNS, NOTES_WIDTHS = ("what", "export", "delivery", "what is wrong, and how to fix it"), (12, 20, 36, 100)
INSTRUCTIONS_WIDTH = 95
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
    "Please answer by the day in 'due'. 'said before' holds what was said about the line until now. Write what you "
    "want to say, or ask, into 'comment', with or without an answer; do not name a patient there.",
    "The sheet 'to look at', if there is one, lists rows that are kept although something in them is "
    "doubtful. They need no answer here: if a row is wrong, deliver it again corrected.",
    "Change nothing else: a line whose other cells were edited, or whose row has changed since, is refused.",
    "Formulas are not accepted. Save as .xlsx and return the file; it belongs in landing/{site}/answers/.",
    "Made from release {release_id}.",
)


def fill_notes(sheet, notes: Sequence[Note], language: Language) -> None:
    """Write what is wrong with entire deliveries: the site fixes it in the next one, there is nothing to answer."""
    rows = [(language.word(note.kind), note.export, note.delivery, language.say(note.sentence)) for note in notes]
    put_table(sheet, [language.word(name) for name in NOTES_COLUMNS], NOTES_WIDTHS, rows)


def fill_flagged(sheet, flagged: Sequence[tuple[str, ...]], language: Language) -> None:
    """Write the rows that are kept although they carry a flag that only the site can settle."""
    rows = [(*cells, language.say(sentence), row) for *cells, sentence, row in flagged]
    put_table(sheet, [language.word(name) for name in flagged_rows.COLUMNS], flagged_rows.WIDTHS, rows)
    sheet.freeze_panes = "A2"


def fill_instructions(sheet, site: str, release_id: str, language: Language) -> None:
    """Write how the workbook is answered."""
    from openpyxl.styles import Alignment

    sheet.column_dimensions["A"].width = INSTRUCTIONS_WIDTH
    for line, text in enumerate(instructions(site, release_id), start=1):
        put(sheet, line, 1, language.say(text)).alignment = Alignment(vertical="top", wrap_text=True)
    sheet.protection.enable()


def instructions(site: str, release_id: str) -> list[Said]:
    """Return the instructions, sentence by sentence."""
    return [Said(text, site=site, release_id=release_id) for text in INSTRUCTIONS]
