"""Tests that an .xls and an .ods are read as an .xlsx of the same sheet is: formats, errors, merges, hidden sheets."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.warehouse.old_workbooks import (
    empty_formula,
    error,
    formula,
    label,
    merge,
    number,
    ods,
    short_number,
    table,
    value,
    words,
    xls,
)
from tests.warehouse.test_workbooks import FORMATS
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.sheet_text import SheetText, sheet_to_csv
from warehouse.readers.workbook.opened import WorkbookFormat
from warehouse.storage.errors import DeliveryRejected

NEEDS_OFFICE = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def read(
    folder: Path, content: bytes, kind: WorkbookFormat, reading: Reading = AS_USUAL
) -> tuple[list[list[str]], SheetText]:
    """The rows of the CSV that the workbook becomes, header included, and what is said of it."""
    source, target = folder / f"a.{kind}", folder / "a.csv"
    source.write_bytes(content)
    said = sheet_to_csv(source, target, kind, reading)
    with open(target, encoding="utf-8", newline="") as file:
        return list(csv.reader(file)), said


OLD_NUMBERS: dict[str, tuple[str, float, str, str]] = {
    # what -> format, stored, header, text; the same as in an .xlsx
    "a whole number": ("General", 101.0, "a", "101"),
    "seventeen digits of 29.9": ("General", 29.899999999999999, "a", "29.9"),
    "zeros before": ("000000", 1017, "patient_id", "001017"),
    "a word before": ('"P-"0000', 17, "a", "P-0017"),
    "percent of its own column": ("0.0%", 0.327, "vaf_percent", "32.7"),
    "percent elsewhere": ("0%", 0.12, "a", "12%"),
    "another unit": ('0.0" cm"', 2.5, "max_diameter_mm", "2.5 cm"),
    "date": ("dd.mm.yyyy", 44995, "a", "2023-03-10"),
    "date and time": ("yyyy-mm-dd hh:mm", 44995.5, "a", "2023-03-10 12:00:00"),
    "date and midnight": ("yyyy-mm-dd hh:mm", 44995, "a", "2023-03-10"),
    "a day that was not": ("yyyy-mm-dd", 60, "a", "60"),
    "duration": ("[h]:mm:ss", 1.0833333333333333, "a", "26:00:00"),
    "a year of a date": ("yyyy", 21255, "birth_year", "1958"),
    "a word in another alphabet": ('"№"0', 7, "a", "№7"),
}


@pytest.mark.parametrize("what", OLD_NUMBERS)
def test_a_number_of_an_old_workbook_stands_as_its_format_shows_it(tmp_path: Path, what: str) -> None:
    """12 % is never 0.12, and 001017 never 1017, in whichever format Excel saved it."""
    code, stored, header, expected = OLD_NUMBERS[what]
    content = xls(label(0, 0, header) + number(1, 0, stored, 1), formats=[code])
    assert read(tmp_path, content, "xls")[0] == [[header], [expected]]


@pytest.mark.parametrize("packed, expected", [(1017 << 2 | 2, "1017"), (1234 << 2 | 3, "12.34"), (0xFFFFFFEE, "-5")])
def test_numbers_in_their_short_form(tmp_path: Path, packed: int, expected: str) -> None:
    """Integers, hundredths and negative ones, read from the record where the format adds a word."""
    content = xls(label(0, 0, "a") + short_number(1, 0, packed, 1), formats=['0.00" x"'])
    assert read(tmp_path, content, "xls")[0][1] == [f"{expected} x"]


def test_errors_and_formulas_of_an_old_workbook(tmp_path: Path) -> None:
    """#N/A is text, as in an .xlsx; a stored 0 of a formula that is still to be calculated is no value."""
    cells = label(0, 0, "a") + label(0, 1, "b") + label(0, 2, "c") + label(0, 3, "d")
    cells += error(1, 0, 42) + formula(1, 1, 2.0) + formula(1, 2, 0.0) + formula(1, 3, 0.0, flags=2)
    assert read(tmp_path, xls(cells), "xls")[0][1] == ["#N/A", "2", "0", "#FORMULA!"]


def test_a_sheet_whose_formulas_are_all_empty_was_not_calculated(tmp_path: Path) -> None:
    """xlwt stores an empty text for each formula; where another has a value, a program calculated the sheet."""
    cells = label(0, 0, "a") + label(0, 1, "b") + number(1, 1, 1.0) + empty_formula(1, 0)
    assert read(tmp_path, xls(cells), "xls")[0][1:] == [["#FORMULA!", "1"]]
    cells += number(2, 1, 2.0) + formula(2, 0, 2.0)
    assert read(tmp_path, xls(cells), "xls")[0][1:] == [["", "1"], ["2", "2"]]


def test_days_of_an_old_workbook_may_be_counted_from_1904(tmp_path: Path) -> None:
    """The workbook says from when; a time of day has no day in either system."""
    cells = label(0, 0, "a") + label(0, 1, "b") + number(1, 0, 43533, 1) + number(1, 1, 0.5, 2)
    content = xls(cells, formats=["yyyy-mm-dd", "h:mm"], is_1904=True)
    assert read(tmp_path, content, "xls")[0][1] == ["2023-03-10", "12:00:00"]


def test_merges_and_hidden_sheets_of_an_old_workbook(tmp_path: Path) -> None:
    """A merge over rows is the value of each, also where rows and columns before the table are empty."""
    hidden = label(0, 0, "x")
    cells = label(2, 1, "patient_id") + label(2, 2, "lesion_id") + label(3, 1, "P1") + merge(3, 4, 1, 1)
    cells += label(3, 2, "L1") + label(4, 2, "L2")
    rows, said = read(tmp_path, xls(hidden, cells, states=[1]), "xls")
    assert rows == [["", "patient_id", "lesion_id"], ["", "P1", "L1"], ["", "P1", "L2"]]
    assert (said.header_row, said.remark) == (3, "")


def test_a_chart_before_the_sheet_moves_no_format(tmp_path: Path) -> None:
    """Formats are those of the sheet that is read, though a chart stands before it in the list."""
    cells = label(0, 0, "a") + number(1, 0, 1017, 1)
    content = xls(label(0, 0, "x"), cells, formats=["000000"], kinds=[2])
    assert read(tmp_path, content, "xls")[0] == [["a"], ["001017"]]


def test_columns_with_dates_are_known(tmp_path: Path) -> None:
    """In both formats: those with a date cell below the header, and none for a date in a title."""
    title = label(0, 0, "Stand") + number(0, 1, 44995, 1)
    cells = title + label(1, 0, "a") + label(1, 1, "b") + number(2, 0, 44995, 1) + label(2, 1, "10.03.2023")
    rows, said = read(tmp_path, xls(cells, formats=["dd.mm.yyyy"]), "xls", Reading(header_row=2))
    assert (rows[1], said.dates) == (["2023-03-10", "10.03.2023"], frozenset({0}))
    day = value("date", "2023-03-10", "10.03.23")
    rows, said = read(
        tmp_path, ods(table(["Stand", day], ["a", "b"], [day, "10.03.2023"])), "ods", Reading(header_row=2)
    )
    assert (rows[1], said.dates) == (["2023-03-10", "10.03.2023"], frozenset({0}))


DOCUMENT_CELLS: dict[str, tuple[str, str, str]] = {
    # what -> cell, header, text
    "a number": (value("float", "29.899999999999999", "29,9"), "a", "29.9"),
    "a rounded number": (value("float", "12.345", "12,3"), "a", "12.345"),
    "thousands": (value("float", "1017", "1.017,00"), "a", "1017"),
    "zeros before": (value("float", "1017", "001017"), "a", "001017"),
    "parts": (value("float", "1017", "001-017"), "a", "001-017"),
    "a word before": (value("float", "17", "P-0017"), "a", "P-0017"),
    "its own unit": (value("float", "20.5", "20,5 mm"), "max_diameter_mm", "20.5"),
    "another unit": (value("float", "2.5", "2,5 cm"), "max_diameter_mm", "2.5 cm"),
    "powers of ten": (value("float", "123456", "1,23E+05"), "a", "123456"),
    "a fraction": (value("float", "2.5", "2 1/2"), "a", "2.5"),
    "hidden by its format": (value("float", "5", ""), "a", "5"),
    "currency": (value("currency", "12.5", "12,50 €"), "a", "12.5"),
    "percent of its own column": (value("percentage", "0.327", "32,7 %"), "vaf_percent", "32.7"),
    "percent elsewhere": (value("percentage", "0.12", "12 %"), "a", "12%"),
    "true": (value("boolean", "true", "WAHR"), "a", "yes"),
    "true from Excel": (value("float", "1", "WAHR", 'table:formula="of:=TRUE()"'), "a", "yes"),
    "an error": (words("#N/A", 'calcext:value-type="error" office:string-value=""'), "a", "#N/A"),
    "date": (value("date", "2023-03-10", "10.03.23"), "a", "2023-03-10"),
    "a time that the date hides": (value("date", "2023-03-10T14:24:00", "10.03.23"), "a", "2023-03-10"),
    "date and time": (value("date", "2023-03-10T14:24:00", "10.03.23 14:24"), "a", "2023-03-10 14:24:00"),
    "a hair before midnight": (value("date", "2023-03-09T23:59:59.99", "10.03.23 00:00"), "a", "2023-03-10"),
    "a lookup of an empty cell": (value("date", "1899-12-30", "30.12.99"), "a", "0"),
    "a year of a date": (value("date", "1958-03-11", "1958"), "birth_year", "1958"),
    "a year elsewhere": (value("date", "1958-03-11", "1958"), "a", "1958-03-11"),
    "time": (value("time", "PT08H30M00S", "08:30"), "a", "08:30:00"),
    "duration": (value("time", "PT26H00M00S", "26:00:00"), "a", "26:00:00"),
    "two lines": (words("a</text:p><text:p>b"), "a", "a\nb"),
    "blanks": (words('<text:s text:c="2"/>a<text:tab/>b'), "a", "  a\tb"),
    "a part of it bold": (words("L<text:span>1</text:span>"), "a", "L1"),
    "text that looks like a number": (words("001017"), "a", "001017"),
    "a comment": (
        "<table:table-cell office:value-type='string'><office:annotation><text:p>who</text:p></office:annotation>"
        "<text:p>a</text:p></table:table-cell>", "a", "a",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", DOCUMENT_CELLS)
def test_a_cell_of_an_open_document_says_what_it_shows(tmp_path: Path, what: str) -> None:
    """As in an .xlsx, whatever the language of the program that wrote it."""
    xml, header, expected = DOCUMENT_CELLS[what]
    assert read(tmp_path, ods(table(["k", header], ["k", xml])), "ods")[0][1] == ["k", expected]


def test_repeated_cells_and_rows_of_an_open_document(tmp_path: Path) -> None:
    """A repeated cell is each of its cells, under the unit of each column; blank ones up to the end are nothing."""
    year = value("date", "1958-03-11", "1958", 'table:number-columns-repeated="2"')
    rest = '<table:table-cell table:number-columns-repeated="16380"/>'
    found = table(["birth_year", "a"], [year, rest]).replace(
        "</table:table>",
        '<table:table-row table:number-rows-repeated="2" table:visibility="collapse">'
        + words("x")
        + "</table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048570">{rest}</table:table-row></table:table>',
    )
    rows, said = read(tmp_path, ods(found), "ods")
    assert rows == [["birth_year", "a"], ["1958", "1958-03-11"], ["x", ""], ["x", ""]]
    assert said.remark == "2 hidden rows were read like the others."


def test_merges_and_hidden_sheets_of_an_open_document(tmp_path: Path) -> None:
    """calamine reports no merged cells of an .ods; people see the patient in every row."""
    covered = "<table:covered-table-cell/>"
    merged = table(["patient_id", "lesion_id"], [words("P1", 'table:number-rows-spanned="2"'), "L1"], [covered, "L2"])
    hidden = table(["x"], name="S0", style="hidden")
    rows, said = read(tmp_path, ods(hidden, merged), "ods")
    assert rows[1:] == [["P1", "L1"], ["P1", "L2"]] and said.remark == ""


@pytest.mark.long
def test_a_repeated_text_is_refused_before_it_is_written(tmp_path: Path) -> None:
    """A row that is repeated a million times costs nothing in the file."""
    row = f'<table:table-row table:number-rows-repeated="1000000">{words("x" * 1000)}</table:table-row></table:table>'
    many = table(["a"]).replace("</table:table>", row)
    with pytest.raises(DeliveryRejected, match="unpacks to more than"):
        read(tmp_path, ods(many), "ods")


WITHOUT_FORMAT_IN_ODS = (
    *("February 1900", "a day that was not", "before all days", "after all days"),  # another calendar before March 1900
)


@NEEDS_OFFICE
@pytest.mark.parametrize("kind", ["xls", pytest.param("ods", marks=pytest.mark.long)])
def test_the_same_sheet_gives_the_same_cells(tmp_path: Path, kind: WorkbookFormat) -> None:
    """Every format of the table of formats, saved by LibreOffice as .xlsx and in the other format."""
    import openpyxl
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    book = openpyxl.Workbook()
    sheet, column = book.active, 0
    for what, (code, stored, header, _) in FORMATS.items():
        if what in ("not a number at all", "beyond 2^53", *(WITHOUT_FORMAT_IN_ODS if kind == "ods" else ())):
            continue  # LibreOffice writes 15 digits into an .xlsx
        column += 1
        sheet.cell(3, column, header)
        cell = sheet.cell(5, column, float(stored))
        cell.number_format = code if isinstance(code, str) else BUILTIN_FORMATS.get(code, "yyyy-mm-dd")
    sheet["A1"] = "Export"
    sheet.merge_cells("A1:C1")
    sheet.cell(6, 1, True)
    sheet.cell(6, 2, "#N/A").data_type = "e"
    sheet.cell(6, 3, "001017")
    sheet.cell(6, 4, "03.04.2021")
    sheet.merge_cells("C6:C7")
    sheet.cell(7, 1, "  a\nb")
    sheet.row_dimensions[7].hidden = True
    book.save(tmp_path / "made.xlsx")
    found = [
        read(tmp_path, converted(tmp_path / "made.xlsx", to).read_bytes(), to, Reading(header_row=3))
        for to in ("xlsx", kind)
    ]
    assert len(found[0][0]) == 4 and len(found[0][0][0]) > 50
    assert found[0][0] == found[1][0]
    assert found[0][1] == found[1][1]


def converted(path: Path, to: str) -> Path:
    """Have LibreOffice save the workbook as another file."""
    profile, out = f"-env:UserInstallation=file://{path.parent}/profile", path.parent / f"as-{to}"
    command = ["soffice", profile, "--headless", "--convert-to", to, "--outdir", str(out), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return out / f"{path.stem}.{to}"
