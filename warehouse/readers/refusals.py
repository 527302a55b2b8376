"""Why a delivery is refused, in words that its sender can act on: what was found, what is needed, and the one cure.

What belongs here: the sentences about a header, and the cure of reasons that the readers give. What does not: reading
files (readers/). A sentence holds names of columns and of a sheet, never a cell: a first line that may be a row of data
is not shown, and a name that looks like somebody's is not repeated (near_names.py).
"""

import csv
import io
import re
import zipfile
from pathlib import Path

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.readers.near_names import nearest, shown, shown_list
from warehouse.readers.workbook.book import open_book
from warehouse.readers.workbook.sheet import rows_of
from warehouse.storage.errors import DeliveryRejected

LOOKED_AT_LINES = 20
"""Among so many lines at a file's start a header below title rows is looked for."""
LOOKED_AT_BYTES = 1 << 16
DELIMITERS = ",;\t|"
NAMED_BY_FORMAT = (".ndjson", ".parquet")
"""Files that have no header row."""
FEWEST = 2
"""Required columns in a line from which on it is taken for the header."""
DATA = re.compile(r"^\W*\d[\d.,:/ -]*$|\d{3}|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
"""What stands in cells of data and hardly in the names of columns: numbers, dates, identifiers with three digits."""
SAVE = "Export it again, whole, and deliver it under the same name."
CURES = {
    "The file is empty.": SAVE,
    "The file is not a whole gzip file.": SAVE,
    "The file is not a whole Parquet file.": SAVE,
    "The file is not a whole Excel workbook.": "Open it in Excel, save it as .xlsx, and deliver that.",
    "The file is not newline-delimited JSON.": "Write one JSON object per line.",
    "A line of the file is not a JSON object.": "Write one JSON object per line.",
    "A quote stands where none may, or the lines end in different ways.": "Save it as CSV UTF-8, quotes doubled.",
}
"""Reasons that the readers give -> the cure."""


def with_cure(rejection: DeliveryRejected) -> str:
    """The reason and its cure, as meta.loads keeps them."""
    if rejection.cure:
        return str(rejection)
    message = rejection.message
    if message.startswith("The file's format is not"):
        return f"{message} Save it as CSV UTF-8."
    return f"{message} {CURES.get(message, SAVE)}"


def stands_twice(canonical: str) -> DeliveryRejected:
    """A canonical column of which the header has two."""
    return DeliveryRejected(
        f"The column {canonical} stands twice in the header.",
        "Keep one under that name, and rename or leave out the other.",
    )


def holds_several(names: list[str]) -> DeliveryRejected:
    """Canonical columns whose cells hold lists or objects: no one could say which value is meant."""
    return DeliveryRejected(f"Lists or objects stand in {', '.join(names)}.", "Write one value into each cell.")


def lacks(export: Export, header: list[str], missing: list[str], path: Path | None = None) -> DeliveryRejected:
    """A header without required columns: what it has, what is needed, what was probably meant, and the one cure."""
    required = [column.name for column in export.columns if column.required]
    has_title = rows_above_header(export, path) > 0
    if (sheet := sheet_with_columns(export, path)) and not has_title:
        return DeliveryRejected(
            f"The sheet that was read lacks the required columns: {', '.join(missing)}. Another sheet of the workbook, "
            f"number {sheet}, has them all.",
            "Move that sheet to the front, or save it as a workbook of its own.",
        )
    names_by_itself = path is not None and path.suffix.lower() in NAMED_BY_FORMAT
    if not has_title and not names_by_itself and looks_like_data(header):
        return DeliveryRejected(
            f"The header lacks the required columns: {', '.join(missing)}. The first line looks like a row of data, "
            f"not like a header. Needed are: {', '.join(required)}.",
            "Put the names of the columns into the first line, and deliver it under the same name.",
        )
    found = "" if has_title else f"It has: {shown_list(header) or 'nothing'}."
    needed = f"Needed are: {', '.join(required)}."
    said = f"The header lacks the required columns: {', '.join(missing)}."
    unknown = [name for name in header if name.strip().lower() not in export.column_names]
    meant = {name: near for name in unknown if (near := nearest(name, missing))}
    near = "; ".join(f"'{shown(name)}' may be {canonical}" for name, canonical in meant.items())
    parts = [said, found, needed, f"Nearest: {near}." if near else "", sheet_read(path)]
    return DeliveryRejected(" ".join(part for part in parts if part), _cure(export, header, missing, meant, path))


def below_titles(export: Export, path: Path) -> DeliveryRejected | None:
    """Why a workbook whose rows are wider than its first is refused, where the header stands below titles."""
    if not rows_above_header(export, path):
        return None
    return lacks(export, [], [column.name for column in export.columns if column.required], path)


def looks_like_data(header: list[str]) -> bool:
    """Whether the first line may be a row of data: a number, a date, a code or an identifier stands in it."""
    codes = {code.lower() for other in EXPORTS.values() for column in other.columns for code in column.codes}
    names = {name for other in EXPORTS.values() for name in other.column_names}
    cells = [name.strip().lower() for name in header if name.strip()]
    if any(DATA.search(cell) or (cell in codes and cell not in names) for cell in cells):
        return True
    has_gaps = len(cells) < max(len(header), FEWEST)
    return has_gaps and not any(nearest(cell, names) for cell in cells) and not any(_other_delimiter(c) for c in cells)


def _cure(export: Export, header: list[str], missing: list[str], meant: dict[str, str], path: Path | None) -> str:
    """The one thing to do, by what the file looks like."""
    if title_rows := rows_above_header(export, path):
        rows = "row stands" if title_rows == 1 else "rows stand"
        return (
            f"{title_rows} {rows} above the header: delete what is above it, so that the first line names the columns."
        )
    if other := _belongs_to(export, header):
        return f"This is the header of {other}: put the file into the site's folder {other}/."
    if len(header) == 1 and (sign := _other_delimiter(header[0])):
        return (
            f"All of it is one column, the cells are perhaps parted by {sign}: save it as CSV UTF-8, parted by comma."
        )
    if meant and set(meant.values()) == set(missing):
        return "Rename them in the file's header, and deliver it under the same name."
    where = "" if path is not None and path.suffix.lower() in NAMED_BY_FORMAT else " in the first line"
    return f"Name the columns{where} as they are needed, and deliver it under the same name."


def rows_above_header(export: Export, path: Path | None) -> int:
    """How many lines stand above one that names most of the required columns; 0 where there is none such."""
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
    """The first lines of a CSV, or of the CSV that a reader wrote beside a packed file or a workbook."""
    for candidate in _texts(path):
        try:
            with open(candidate, "rb") as file:
                return file.read(LOOKED_AT_BYTES).decode("utf-8-sig", "replace").splitlines()[:LOOKED_AT_LINES]
        except OSError:
            continue
    return []


def _texts(path: Path | None) -> list[Path]:
    if path is None:
        return []
    if path.suffix.lower() in (".gz", ".xlsx"):
        return (
            [path.with_suffix(""), path.with_suffix(".csv")]
            if path.suffix.lower() == ".gz"
            else [path.with_suffix(".csv")]
        )
    return [path] if path.suffix.lower() == ".csv" else []


def _belongs_to(export: Export, header: list[str]) -> str:
    """Another export all of whose required columns the header has; '' where there is none, or all have only a few."""
    names = {name.strip().lower() for name in header}
    for other in EXPORTS.values():
        required = {column.name for column in other.columns if column.required}
        if other.name != export.name and len(required) >= FEWEST and required <= names:
            return other.name
    return ""


def _other_delimiter(text: str) -> str:
    for sign, name in (
        ("|", "'|'"),
        ("\t", "tabs"),
        (";", "semicolons"),
        (",", "commas"),
        ("^", "'^'"),
        ("  ", "spaces"),
    ):
        if text.strip().count(sign) >= FEWEST:
            return name
    return ""


def sheet_with_columns(export: Export, path: Path | None) -> int:
    """The number, from 1, of the first visible sheet whose first row names all required columns; 0 where none does."""
    if path is None or path.suffix.lower() != ".xlsx":
        return 0
    required = {column.name for column in export.columns if column.required}
    try:
        with open_book(path) as book:
            for number, sheet in enumerate(book.sheets, 1):
                _, cells = next(rows_of(book, sheet), (0, [])) if sheet.is_visible else (0, [])
                if required <= {cell.strip().lower() for cell in cells}:
                    return number
    except DeliveryRejected:
        return 0
    return 0


def sheet_read(path: Path | None) -> str:
    """Which sheet of a workbook was read, where it has several; '' else. Its name may be anybody's, so it is shown as
    columns' names are.
    """
    if path is None or path.suffix.lower() != ".xlsx":
        return ""
    try:
        from openpyxl import load_workbook

        with open(path, "rb") as file:
            sheets = load_workbook(file, read_only=True).worksheets
            names = [sheet.title for sheet in sheets if sheet.sheet_state == "visible"] or [s.title for s in sheets]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return ""
    if len(names) < FEWEST:
        return ""
    return f"Read was the first of {len(names)} sheets, '{shown(names[0])}' (the others: {shown_list(names[1:])})."
