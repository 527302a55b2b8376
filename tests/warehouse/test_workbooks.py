"""Tests that a workbook's cells are read as Excel shows them: one table of cells, formats and formulas."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.warehouse import workbooks
from tests.warehouse.workbooks import CALCULATED, number, text
from warehouse.readers.sheet_text import sheet_to_csv

FORMATS: dict[str, tuple[str | int, str, str, str]] = {
    # what -> format, stored, header, text
    "general": ("General", "20.5", "a", "20.5"),
    "seventeen digits of 29.9": ("General", "29.899999999999999", "a", "29.9"),
    "a whole number with a point": ("General", "101.0", "a", "101"),
    "a long identifier": ("General", "123456789012", "a", "123456789012"),
    "stored in powers of ten": ("General", "1.23456789012E+11", "a", "123456789012"),
    "beyond 2^53": ("0", "12345678901234567", "a", "12345678901234567"),
    "zeros before": ("000000", "1017", "patient_id", "001017"),
    "more digits than zeros": ("000", "1017", "a", "1017"),
    "a word before": ('"P-"0000', "17", "a", "P-0017"),
    "an escaped sign": (r"\P0000", "17", "a", "P0017"),
    "a word behind": ('0000"-A"', "17", "a", "0017-A"),
    "parts": ("000-000", "1017", "a", "001-017"),
    "special": ("(000) 000-0000", "2125550123", "a", "(212) 555-0123"),
    "General and a word": ('"S"General', "17", "a", "S17"),
    "rounded": ("0.0", "12.345", "a", "12.345"),
    "rounded to whole": ("0", "12.6", "a", "12.6"),
    "two places of a whole number": ("0.00", "101", "a", "101"),
    "thousands": ("#,##0", "1017", "a", "1017"),
    "thousands in spaces": (r"#\ ##0", "1017", "a", "1017"),
    "in thousands": ("0,", "1017", "a", "1017"),
    "currency": ("[$€-407]#,##0.00", "12.5", "a", "12.5"),
    "accounting": ('_-* #,##0.00\\ "€"_-;-* #,##0.00\\ "€"_-', "12.5", "a", "12.5"),
    "negative in brackets": ("0;(0)", "-5", "a", "-5"),
    "negative in red": ("0.0;[Red]-0.0", "-2.5", "a", "-2.5"),
    "hidden": (";;;", "5", "a", "5"),
    "scientific": ("0.00E+00", "123456", "a", "123456"),
    "fraction": ("# ?/?", "2.5", "a", "2.5"),
    "percent of its own column": ("0%", "0.12", "vaf_percent", "12"),
    "percent with a place": ("0.0%", "0.327", "VAF_Percent ", "32.7"),
    "percent rounded": ("0%", "0.327", "vaf_percent", "32.7"),
    "percent elsewhere": ("0%", "0.12", "max_diameter_mm", "12%"),
    "seven per cent": (9, "7.0000000000000007E-2", "vaf_percent", "7"),
    "the column's unit": ('0.0" mm"', "20.5", "max_diameter_mm", "20.5"),
    "another unit": ('0.0" cm"', "2.5", "max_diameter_mm", "2.5 cm"),
    "a unit without its column": ('0" mm"', "20", "a", "20 mm"),
    "date": ("yyyy-mm-dd", "44995", "a", "2023-03-10"),
    "date of a country": ("[$-407]d. mmmm yyyy;@", "44995", "a", "2023-03-10"),
    "built-in date": (14, "44995", "a", "2023-03-10"),
    "built-in date of China": (31, "44995", "a", "2023-03-10"),
    "built-in date of Japan": (57, "44995", "a", "2023-03-10"),
    "date of China": ('yyyy"年"m"月"d"日"', "44995", "a", "2023-03-10"),
    "a time that the date hides": ("dd.mm.yyyy", "44995.6", "a", "2023-03-10"),
    "date and time": ("yyyy-mm-dd hh:mm", "44995.5", "a", "2023-03-10 12:00:00"),
    "date and midnight": (22, "44995", "a", "2023-03-10"),
    "a hair before midnight": (22, "44994.999999999", "a", "2023-03-10"),
    "time": ("h:mm", "0.5", "a", "12:00:00"),
    "duration": ("[h]:mm:ss", "1.0833333333333333", "a", "26:00:00"),
    "February 1900": (14, "59", "a", "1900-02-28"),
    "a day that was not": (14, "60", "a", "60"),
    "before all days": (14, "-1", "a", "-1"),
    "after all days": (14, "99999999", "a", "99999999"),
    "by condition, small": ('[<100]"A"0;"B"0', "17", "a", "A17"),
    "by condition, large": ('[<100]"A"0;"B"0', "170", "a", "B170"),
    "words instead of the number": ('[=1]"yes";[=0]"no";General', "1", "a", "yes"),
    "words instead of another": ('[=1]"yes";[=0]"no";General', "0", "a", "no"),
    "words beside words": ('[=1]"yes";[=0]"no";General', "7", "a", "7"),
    "words by sign": ('"yes";;"no"', "0", "a", "no"),
    "a word for zero": ('0;-0;"n/a"', "0", "a", "n/a"),
    "a dash for zero": ('0;-0;"-"', "0", "a", "0"),
    "General in capitals": ("GENERAL", "1017", "a", "1017"),
    "General in German": ("Standard", "1017", "a", "1017"),
    "a lookup of an empty cell under a date": ("dd.mm.yyyy", "0", "a", "0"),
    "the same under date and time": ("yyyy-mm-dd hh:mm", "0", "a", "0"),
    "midnight": ("h:mm", "0", "a", "00:00:00"),
    "a year of a date": ("yyyy", "21255", "birth_year", "1958"),
    "a year elsewhere": ("yyyy", "21255", "a", "1958-03-11"),
    "a whole date where a year should be": ("dd.mm.yyyy", "21255", "birth_year", "1958-03-11"),
    "a unit with a point": ('0" Min."', "12", "time_min", "12"),
    "a percent sign as a word": ('0"%"', "12", "vaf_percent", "12"),
    "not a number at all": ("0", "abc", "a", "abc"),
}


def read(tmp_path: Path, content: bytes) -> tuple[list[list[str]], str]:
    """The rows of the CSV that the workbook becomes, header included, and what is said of it."""
    source, target = tmp_path / "a.xlsx", tmp_path / "a.csv"
    source.write_bytes(content)
    remark = sheet_to_csv(source, target).remark
    with open(target, encoding="utf-8", newline="") as file:
        return list(csv.reader(file)), remark


def cell(tmp_path: Path, xml: str, header: str = "a", **how) -> str:
    """The text of one cell below a header."""
    rows, _ = read(tmp_path, workbooks.book(workbooks.sheet([["k", header], ["k", xml]]), **how))
    return rows[1][1]


@pytest.mark.parametrize("what", FORMATS)
def test_a_number_stands_as_its_format_shows_it(tmp_path: Path, what: str) -> None:
    """Zeros, words, percent and dates as shown; what is only rounded, grouped or dressed in full."""
    code, stored, header, expected = FORMATS[what]
    assert cell(tmp_path, number(stored, 1), header, formats=[code]) == expected


CELLS: dict[str, tuple[str, str]] = {
    # what -> cell, text
    "text that looks like a number": (text("001017"), "001017"),
    "text with a point": (text("101.0"), "101.0"),
    "true": ('<c t="b"><v>1</v></c>', "yes"),
    "false": ('<c t="b"><v>0</v></c>', "no"),
    "failed lookup": ('<c t="e"><v>#N/A</v></c>', "#N/A"),
    "failed formula": ('<c t="e"><f>A9</f><v>#REF!</v></c>', "#REF!"),
    "date of its own kind": ('<c t="d"><v>2023-03-10T00:00:00</v></c>', "2023-03-10"),
    "moment of its own kind": ('<c t="d"><v>2023-03-10T08:30:00</v></c>', "2023-03-10 08:30:00"),
    "escaped return": (text("L1_x000D_"), "L1\r"),
    "escaped escape": (text("a_x005F_x000D_"), "a_x000D_"),
    "no escape": (text("a_x00_b_xyz_"), "a_x00_b_xyz_"),
    "escaped pair": (text("_xD83D__xDE00_"), "\U0001f600"),
    "half a pair": (text("_xD83D_"), "\ufffd"),
    "escaped nothing": (text("a_x0000_b"), "a\ufffdb"),
    "rich text": ('<c t="inlineStr"><is><r><t>L</t></r><r><rPr><b/></rPr><t>1</t></r></is></c>', "L1"),
    "phonetic reading": ('<c t="inlineStr"><is><t>東</t><rPh sb="0" eb="1"><t>ヒガシ</t></rPh></is></c>', "東"),
    "calculated": ("<c><f>5+1</f><v>6</v></c>", "6"),
    "calculated nothing": ("<c><f>5-5</f><v>0</v></c>", "0"),
    "calculated text": ('<c t="str"><f>"x"</f><v>x_x0041_</v></c>', "xA"),
    "calculated empty text": ('<c t="str"><f>""</f><v></v></c>', ""),
    "no value": ("<c><f>5+1</f><v></v></c>", "#FORMULA!"),
    "no value at all": ("<c><f>5+1</f></c>", "#FORMULA!"),
}


@pytest.mark.parametrize("what", CELLS)
def test_a_cell_says_what_excel_shows(tmp_path: Path, what: str) -> None:
    """Texts stay texts, escapes are characters, a formula counts by the value that a program stored."""
    xml, expected = CELLS[what]
    assert cell(tmp_path, xml) == expected


NOT_CALCULATED = {
    "to be calculated when opened": '<calcPr calcId="124519" fullCalcOnLoad="1"/>',
    "stopped before the end": '<calcPr calcId="191029" calcCompleted="0"/>',
}


@pytest.mark.parametrize("what", NOT_CALCULATED)
@pytest.mark.parametrize("stored", ["0", "6"])
def test_a_formula_that_nobody_calculated_has_no_value(tmp_path: Path, what: str, stored: str) -> None:
    """Libraries store 0, or what their caller guessed, and ask the spreadsheet program to calculate."""
    xml = f"<c><f>5+1</f><v>{stored}</v></c>"
    assert cell(tmp_path, xml, calculation=NOT_CALCULATED[what]) == "#FORMULA!"


@pytest.mark.parametrize("stored, expected", [("0", "#FORMULA!"), ("0.0", "#FORMULA!"), ("6", "6")])
def test_a_zero_of_a_formula_needs_a_program_that_calculated(tmp_path: Path, stored: str, expected: str) -> None:
    """Without word of a calculation a stored 0 is what libraries write; any other value somebody has worked out."""
    assert cell(tmp_path, f"<c><f>5+1</f><v>{stored}</v></c>", calculation="") == expected


def test_the_cells_that_an_array_formula_fills_are_formulas(tmp_path: Path) -> None:
    """Only the first of them names the formula; a library writes 0 into the others, which look like numbers."""
    rows = [
        ["a"],
        ['<c r="A2"><f t="array" ref="A2:A3">B2:B3*2</f><v>0</v></c>'],
        ['<c r="A3"><v>0</v></c>'],
        ["<c><v>0</v></c>"],
    ]
    content = workbooks.book(workbooks.sheet(rows), calculation='<calcPr fullCalcOnLoad="1"/>')
    assert [row[0] for row in read(tmp_path, content)[0]] == ["a", "#FORMULA!", "#FORMULA!", "0"]
    content = workbooks.book(workbooks.sheet(rows), calculation=CALCULATED)
    assert [row[0] for row in read(tmp_path, content)[0]] == ["a", "0", "0", "0"]


def test_days_may_be_counted_from_1904(tmp_path: Path) -> None:
    """The workbook says from when; the same day is another number there."""
    for properties in ('date1904="1"', 'date1904="true"'):
        assert cell(tmp_path, number("43533", 1), formats=[14], properties=properties) == "2023-03-10"


def test_words_of_a_format_stand_round_texts_too(tmp_path: Path) -> None:
    """A text under "P"@ shows with the word before it; one under a format of numbers as it is."""
    xml = '<c t="inlineStr" s="1"><is><t>017</t></is></c>'
    assert cell(tmp_path, xml, formats=['"P"@']) == "P017"
    assert cell(tmp_path, xml, formats=["0000"]) == "017"
