"""Says why a delivery is refused, so that its sender can act on it: what was found, what is required, and the one cure.

A sentence contains names of columns and sheets, never a cell: a first line that may be a row of data is not shown, and
a name that looks like personal data is not repeated (near_names.py).
"""

import csv
import io
from pathlib import Path
from typing import cast

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.readers import copies, formats
from warehouse.readers.near_names import nearest, shown, shown_list
from warehouse.readers.repeated_header import DATA
from warehouse.readers.workbook.opened import WorkbookFormat, open_workbook
from warehouse.storage.errors import DeliveryRejected, RejectedBefore

LOOKED_AT_LINES = 20
"""A header below title rows is looked for in this many lines at the start of a file."""
LOOKED_AT_BYTES = 1 << 16
DELIMITERS = ",;\t|"
DELIMITER_NAMES = {"|": "'|'", "\t": "tabs", ";": "semicolons", ",": "commas", "^": "'^'", "  ": "spaces"}
FEWEST = 2
"""A line with at least this many required columns can be the header."""
MAY_BE = "'{name}' may be {canonical}"
SAVE = "Export the complete file again and deliver it under the same name."
CURES = {
    "The file is empty.": SAVE,
    "The file is not a valid gzip file.": SAVE,
    "The file is not a valid Parquet file.": SAVE,
    "The file is not a valid Excel workbook.": "Open it in Excel, save it as .xlsx and deliver that file.",
    "The file is not a valid OpenDocument spreadsheet.": "Open it, save it as .xlsx and deliver that file.",
    "The file is not newline-delimited JSON.": "Write one JSON object per line.",
    "A line of the file is not a JSON object.": "Write one JSON object per line.",
    "A quote is out of place, or the lines end in different ways.": "Save it as CSV UTF-8 with quotes doubled.",
}
"""Reason given by a reader -> cure."""


def with_cure(rejection: DeliveryRejected) -> str:
    """Return the reason and its cure, as stored in meta.loads."""
    if rejection.cure or isinstance(rejection, RejectedBefore):
        return str(rejection)
    message = rejection.message
    return f"{message} {CURES.get(message, SAVE)}"


def stands_twice(canonical: str) -> DeliveryRejected:
    """Return the refusal of a header that has a canonical column twice."""
    return DeliveryRejected(
        f"The column {canonical} occurs twice in the header.",
        "Keep one under that name, and rename or remove the other.",
    )


def holds_several(names: list[str]) -> DeliveryRejected:
    """Return the refusal of canonical columns whose cells hold lists or objects: it is unclear which value is meant."""
    return DeliveryRejected(f"There are lists or objects in {', '.join(names)}.", "Write one value into each cell.")


def lacks(export: Export, header: list[str], missing: list[str], path: Path | None = None) -> DeliveryRejected:
    """Return the refusal of a header without required columns: what it has, what is required, and the one cure."""
    required = [column.name for column in export.columns if column.required]
    has_title = rows_above_header(export, path) > 0
    if (sheet := sheet_with_columns(export, path)) and not has_title:
        return DeliveryRejected(
            f"The sheet that was read lacks the required columns: {', '.join(missing)}. Another sheet of the workbook, "
            f"number {sheet}, has them all.",
            "Move that sheet to the front, or save it as a separate workbook.",
        )
    names_by_itself = path is not None and formats.format_within(path) in formats.NO_HEADER_ROW
    if not has_title and not names_by_itself and looks_like_data(header):
        return DeliveryRejected(
            f"The header lacks the required columns: {', '.join(missing)}. The first line looks like a row of data, "
            f"not like a header. Required are: {', '.join(required)}.",
            "Put the column names into the first line and deliver the file under the same name.",
        )
    it_has = f"It has: {shown_list(header)}." if header else "It has: nothing."
    found = "" if has_title else it_has
    needed = f"Required are: {', '.join(required)}."
    said = f"The header lacks the required columns: {', '.join(missing)}."
    unknown = [name for name in header if name.strip().lower() not in export.column_names]
    meant = {name: near for name in unknown if (near := nearest(name, missing))}
    near = "; ".join(MAY_BE.format(name=shown(name), canonical=canonical) for name, canonical in meant.items())
    parts = [said, found, needed, f"Nearest: {near}." if near else "", sheet_read(path)]
    return DeliveryRejected(" ".join(part for part in parts if part), _cure(export, header, missing, meant, path))


def below_titles(export: Export, path: Path) -> DeliveryRejected | None:
    """Return the refusal of a workbook with rows wider than its first, or None if no header is below title rows."""
    if not rows_above_header(export, path):
        return None
    return lacks(export, [], [column.name for column in export.columns if column.required], path)


def looks_like_data(header: list[str]) -> bool:
    """Return whether the first line may be a row of data: it contains a number, a date, a code or an identifier."""
    codes = {code.lower() for other in EXPORTS.values() for column in other.columns for code in column.codes}
    names = {name for other in EXPORTS.values() for name in other.column_names}
    cells = [name.strip().lower() for name in header if name.strip()]
    if any(DATA.search(cell) or (cell in codes and cell not in names) for cell in cells):
        return True
    has_gaps = len(cells) < max(len(header), FEWEST)
    return has_gaps and not any(nearest(cell, names) for cell in cells) and not any(_other_delimiter(c) for c in cells)


def _cure(export: Export, header: list[str], missing: list[str], meant: dict[str, str], path: Path | None) -> str:
    """Return the one thing to do, depending on what the file looks like."""
    if title_rows := rows_above_header(export, path):
        rows = "is 1 row" if title_rows == 1 else f"are {title_rows} rows"
        return f"There {rows} above the header: delete what is above it, so that the first line names the columns."
    if other := _belongs_to(export, header):
        return f"This is the header of {other}: put the file into the site's folder {other}/."
    if len(header) == 1 and (sign := _other_delimiter(header[0])):
        return (
            f"All of it is one column; the cells may be separated by {sign}: save it as CSV UTF-8, separated by commas."
        )
    if meant and set(meant.values()) == set(missing):
        return "Rename them in the file's header and deliver it under the same name."
    where = "" if path is not None and formats.format_within(path) in formats.NO_HEADER_ROW else " in the first line"
    return f"Use the required column names{where} and deliver the file under the same name."


def rows_above_header(export: Export, path: Path | None) -> int:
    """Return how many lines are above one that names most of the required columns; 0 if there is no such line."""
    required = {column.name for column in export.columns if column.required}
    for number, line in enumerate(_first_lines(path)):
        for delimiter in DELIMITERS:
            try:
                names = next(csv.reader(io.StringIO(line), delimiter=delimiter), [])
            except csv.Error:
                continue
            there = required & {name.strip().lower() for name in names}
            if number and len(there) >= max(FEWEST, len(required) // 2 + 1):
                return number
            if number and len(required) < FEWEST and there == required and len(names) >= FEWEST:
                return number
    return 0


def _first_lines(path: Path | None) -> list[str]:
    """Return the first lines of a CSV, or of the CSV that a reader wrote beside a packed file or a workbook."""
    if path is None or formats.format_within(path) in formats.NO_HEADER_ROW:
        return []
    try:
        with open(copies.text_of(path), "rb") as file:
            return file.read(LOOKED_AT_BYTES).decode("utf-8-sig", "replace").splitlines()[:LOOKED_AT_LINES]
    except OSError:
        return []


def _workbook(path: Path | None) -> tuple[Path, WorkbookFormat] | None:
    """Return the workbook that the file is, or is packed in it, and its format; None if it is no workbook."""
    kind = None if path is None else formats.format_within(path)
    if path is None or kind not in formats.WORKBOOKS:
        return None
    unpacked = copies.unpacked(path)
    return (unpacked if unpacked.exists() else path), cast(WorkbookFormat, kind)


def _belongs_to(export: Export, header: list[str]) -> str:
    """Return another export whose required columns are all in the header; '' if there is none with several of them."""
    names = {name.strip().lower() for name in header}
    for other in EXPORTS.values():
        required = {column.name for column in other.columns if column.required}
        if other.name != export.name and len(required) >= FEWEST and required <= names:
            return other.name
    return ""


def _other_delimiter(text: str) -> str:
    for sign, name in DELIMITER_NAMES.items():
        if text.strip().count(sign) >= FEWEST:
            return name
    return ""


def sheet_with_columns(export: Export, path: Path | None) -> int:
    """Return the number, from 1, of the first visible sheet whose first row names all required columns; 0 if none."""
    if (workbook := _workbook(path)) is None:
        return 0
    required = {column.name for column in export.columns if column.required}
    try:
        with open_workbook(*workbook) as book:
            for number, sheet in enumerate(book.sheets, 1):
                _, cells = next(iter(book.rows(sheet)), (0, [])) if sheet.is_visible else (0, [])
                if required <= {cell.strip().lower() for cell in cells}:
                    return number
    except DeliveryRejected:
        return 0
    return 0


def sheet_read(path: Path | None) -> str:
    """Return a sentence that says which sheet of a workbook was read if it has several; otherwise ''.

    A sheet's name may be personal data, so it is treated like a column's name.
    """
    if (workbook := _workbook(path)) is None:
        return ""
    try:
        with open_workbook(*workbook) as book:
            names = [sheet.name for sheet in book.sheets if sheet.is_visible] or [s.name for s in book.sheets]
    except DeliveryRejected:
        return ""
    if len(names) < FEWEST:
        return ""
    return f"The first of {len(names)} sheets was read, '{shown(names[0])}' (the others: {shown_list(names[1:])})."
