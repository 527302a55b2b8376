"""Tests files that are read as their site says: encoding, delimiter, header row, sheet. A row's line counts from 1."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.warehouse import workbooks
from tests.warehouse.test_refusals import workbook as some_sheets
from warehouse.readers import decoded
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.refusals import with_cure
from warehouse.readers.source import Source, column_names
from warehouse.storage.errors import DeliveryRejected

Table = list[tuple[object, ...]]
TEXT = "name;größe\nMüller;1,5\nŁoś;„x”\n"
WESTERN = "name;größe\nMüller;1,5\nMüße;„x”\n"


def opened(
    folder: Path, content: str | bytes, reading: Reading = AS_USUAL, name: str = "a.csv"
) -> tuple[Source, Table]:
    """The source of a file, and its rows with their lines; the file's own count of rows is checked."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with duckdb.connect() as con:
        source = open_source(con, path, reading)
        cells = ", ".join(column_names(len(source.header)))
        rows = con.execute(f"SELECT {source.line} AS n, {cells} FROM {source.relation} ORDER BY n").fetchall()
    source.check_count(len(rows))
    return source, rows


def refused(folder: Path, content: str | bytes, reading: Reading = AS_USUAL, name: str = "a.csv") -> str:
    """The refusal of a file and its cure, as a site gets them."""
    with pytest.raises(DeliveryRejected) as rejection:
        opened(folder, content, reading, name)
    return with_cure(rejection.value)


@pytest.mark.parametrize(
    "encoding", ["cp1250", "utf-16", "utf-16-le", "utf-32", "cp852", "utf-8-sig", "mac_latin2", "utf-7"]
)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_any_encoding_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, size: int) -> None:
    """Wherever a piece of the file ends, inside a character or not."""
    monkeypatch.setattr(decoded, "CHUNK_BYTES", size)
    text = TEXT.replace("„x”", "x")
    source, rows = opened(tmp_path, text.encode(encoding), Reading(encoding=encoding))
    assert source.header == ["name", "größe"] and source.remark == ""
    assert rows == [(1, "Müller", "1,5"), (2, "Łoś", "x")]


def test_chinese_and_japanese_encodings(tmp_path: Path) -> None:
    """Encodings of several bytes for a character, some of which are delimiters by themselves."""
    for encoding, word in (("gb18030", "肝脏"), ("big5", "肝臟"), ("shift_jis", "肝臓ソ|"), ("euc_kr", "간")):
        text = f"id,部\n1,{word}\n" if encoding != "euc_kr" else f"id,x\n1,{word}\n"
        assert opened(tmp_path, text.encode(encoding), Reading(encoding=encoding))[1] == [(1, "1", word)]


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bytes_without_meaning_are_refused_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, size: int
) -> None:
    """Windows-1252 has no 0x81: the line of the file, no cell, one cure."""
    monkeypatch.setattr(decoded, "CHUNK_BYTES", size)
    content = WESTERN.replace("\n", end).encode("cp1252").replace("Müße".encode("cp1252"), b"M\x81")
    assert refused(tmp_path, content, Reading(encoding="cp1252")) == (
        "Line 3 of the file has bytes that mean nothing in cp1252. Write the file's own encoding into site.toml; "
        "`registry map` proposes it."
    )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_half_a_file_in_utf16_is_refused_by_its_last_line(tmp_path: Path, encoding: str) -> None:
    """A byte is missing at the end."""
    assert refused(tmp_path, TEXT.encode(encoding)[:-1], Reading(encoding=encoding)).startswith("Line 3 of the file")


@pytest.mark.parametrize("encoding", ["base64", "rot13", "no_such_encoding", "utf\0"])
def test_what_is_no_encoding_of_text_is_refused(tmp_path: Path, encoding: str) -> None:
    """Python also knows encodings that make bytes of bytes."""
    assert "The encoding in site.toml is not one of a text." in refused(tmp_path, TEXT, Reading(encoding=encoding))


def test_the_refusal_of_another_encoding_says_what_to_write(tmp_path: Path) -> None:
    """Without a word of the site nothing is guessed: the line for site.toml is the cure, where the bytes allow one."""
    western = refused(tmp_path, WESTERN.encode("cp1252"))
    assert western.endswith('Write encoding = "cp1252" for this source into site.toml; `registry map` proposes it.')
    assert 'Write encoding = "utf-16" for' in refused(tmp_path, WESTERN.encode("utf-16"))
    assert 'Write encoding = "utf-16-be" for' in refused(tmp_path, WESTERN.encode("utf-16-be"))
    other = refused(tmp_path, "a;b\nж;\x81\n".encode("cp1251", "ignore") + b"\x81\x98\n")
    assert other == (
        "The file is not encoded in UTF-8. "
        "Write its encoding for this source into site.toml; `registry map` proposes it."
    )


def test_a_byte_order_mark_is_believed(tmp_path: Path) -> None:
    """One file of a cp1252 site was saved as CSV UTF-8: its names stay right, and this is said."""
    source, rows = opened(tmp_path, WESTERN.encode("utf-8-sig"), Reading(encoding="cp1252"))
    assert rows[0][1] == "Müller" and source.header[0] == "name"
    assert source.remark == "Read as UTF-8, as its byte order mark says, and not as cp1252."


def test_utf8_read_as_another_encoding_is_said(tmp_path: Path) -> None:
    """Names would be odd ("MÃ¼ller"), and nothing else would say why; a file in ASCII is the same in both."""
    source, rows = opened(tmp_path, "name;x\nMüller;1\n", Reading(encoding="cp1252"))
    assert rows == [(1, "MÃ¼ller", "1")] and "All of the file is also valid UTF-8" in source.remark
    assert opened(tmp_path, "name;x\nMeier;1\n", Reading(encoding="cp1252"))[0].remark == ""
    assert opened(tmp_path, WESTERN.encode("cp1252"), Reading(encoding="cp1252"))[0].remark == ""


@pytest.mark.parametrize("delimiter", [";", "\t", "|", "^", "§", " ", "~", "a", "'", "\\", "\x1f", "，"])
def test_any_delimiter_of_one_character(tmp_path: Path, delimiter: str) -> None:
    """Also one of several bytes, or one that is a letter; quotes protect it."""
    text = f'x{delimiter}y\n1{delimiter}"2{delimiter}3"\n'
    source, rows = opened(tmp_path, text, Reading(delimiter=delimiter))
    assert (source.header, rows) == (["x", "y"], [(1, "1", f"2{delimiter}3")])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_usual_delimiters_are_found(tmp_path: Path, delimiter: str) -> None:
    """By the header, in .csv, .tsv and .txt."""
    for name in ("a.csv", "a.tsv", "a.txt", "A.TXT"):
        source, _ = opened(tmp_path, f"x{delimiter}y\n1{delimiter}2\n", name=name)
        assert source.header == ["x", "y"]


def test_excels_first_line_names_the_delimiter(tmp_path: Path) -> None:
    """`sep=;` is no header and no row, with or without quotes, mark and title; a name that only begins so is a name."""
    for first in ("sep=;\n", "SEP=;\r\n", '"sep=;"\n', "\ufeffsep=;\n"):
        source, rows = opened(tmp_path, f"{first}x,a;y,b\n1;2\n")
        assert (source.header, rows) == (["x,a", "y,b"], [(1, "1", "2")])
    assert opened(tmp_path, "sep=^\nx^y\n1^2\n")[0].header == ["x", "y"]
    assert opened(tmp_path, "sep=;\nTitle\nx;y\n1;2\n", Reading(header_row=2))[1] == [(1, "1", "2")]
    assert opened(tmp_path, "sep=;\nx|y\n1|2\n", Reading(delimiter="|"))[0].header == ["x", "y"]
    assert opened(tmp_path, "sep=ab;y\n1;2\n")[0].header == ["sep=ab", "y"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_above_the_header_is_no_data(tmp_path: Path, end: str) -> None:
    """A title with a quote of its own, a blank line, a line wider than the header: the first row below is line 1."""
    above = ['Größe 5" Export;;;;', "", "a;b;c;d;e;f;g"]
    text = end.join([*above, "x;y", '1;"2', '3"', "", "4;5", ""])
    source, rows = opened(tmp_path, text, Reading(header_row=4))
    assert source.header == ["x", "y"]
    assert rows == [(1, "1", f"2{end}3"), (2, "4", "5")]


def test_a_header_row_in_another_encoding(tmp_path: Path) -> None:
    """Lines are counted in the text, not in the bytes."""
    source, rows = opened(
        tmp_path, "Über\n\nx\ty\nü\t2\n".encode("utf-16"), Reading(encoding="utf-16", header_row=3), "a.txt"
    )
    assert (source.header, rows) == (["x", "y"], [(1, "ü", "2")])


HEADER_ELSEWHERE = {
    "beyond the end": ("x;y\n1;2\n", 9, "The file has 2 lines, so the header is not in line 9."),
    "just beyond the end": ("x;y\n", 2, "The file has 1 line, so the header is not in line 2."),
    "without a last line end": ("x;y\n1;2", 3, "The file has 2 lines, so the header is not in line 3."),
    "a blank line": ("x;y\n\n1;2\n", 2, "Line 2 of the file is blank, so the header is not there."),
    "a title too long": ("x" * (1 << 20) + "\nx;y\n", 2, "the lines above it are too long."),
}


@pytest.mark.parametrize("what", HEADER_ELSEWHERE)
def test_a_header_row_that_is_not_there_is_refused(tmp_path: Path, what: str) -> None:
    """What the file has, and one cure."""
    text, header_row, expected = HEADER_ELSEWHERE[what]
    said = refused(tmp_path, text, Reading(header_row=header_row))
    assert expected in said and said.endswith(
        "Write the right header_row for this source into site.toml; it counts from 1."
    )


def test_files_that_were_put_together_are_refused(tmp_path: Path) -> None:
    """A header further below would be a patient called patient_id; a mark of UTF-8 in front of it changes nothing."""
    said = (
        "Line {} repeats the header: several files were put together. Remove the line if all rows below it are in the "
        "same columns, or deliver each file by itself."
    )
    assert refused(tmp_path, "x;y\n1;2\nx;y\n3;4\n") == said.format(3)
    assert refused(tmp_path, "\ufeffx;y\r\n1;2\r\n\ufeffx;y\r\n3;4") == said.format(3)
    assert refused(tmp_path, "t\nx;y\n1;2\n" + "3;4\n" * 300_000 + "x;y", Reading(header_row=2)) == said.format(
        "300,004"
    )
    sheet = workbooks.sheet([["x", "y"], ["1", "2"], ["x", "y"]])
    assert refused(tmp_path, workbooks.book(sheet), name="a.xlsx") == said.format(3)
    assert opened(tmp_path, "x;y\n1;2\nx;yy\nax;y\n")[1] == [(1, "1", "2"), (2, "x", "yy"), (3, "ax", "y")]


def test_two_header_rows_alike_are_refused(tmp_path: Path) -> None:
    """The second would be a patient called patient_id; the cure is the row to name, whatever the format."""
    repeated = "The row below the header repeats it. Write header_row = {} for this source into site.toml."
    assert refused(tmp_path, "x;y\n\n x;y\n1;2\n") == repeated.format(2)
    assert refused(tmp_path, "t\nx;y\nx;y\n1;2\n", Reading(header_row=2)) == repeated.format(3)
    sheet = workbooks.sheet([["t"], ["x", "y"], ["x", "y"], ["1", "2"]])
    assert refused(tmp_path, workbooks.book(sheet), Reading(header_row=2), "a.xlsx") == repeated.format(3)
    assert opened(tmp_path, "t\nx;y\nx;y\n1;2\n", Reading(header_row=3))[1] == [(1, "1", "2")]
    assert opened(tmp_path, "x\nx\n")[1] == [(1, "x")]


def titled() -> bytes:
    """A workbook with a legend, and a sheet whose title is above its header."""
    day = workbooks.number("44995", 1)
    table = [["Export der Klinik"], [""], ["pat", "datum", "text"], ["P1", day, "1.2.2023"], ["P2", "", "x"]]
    return workbooks.book(workbooks.sheet([["Legende"]]), workbooks.sheet(table), formats=["dd.mm.yyyy"])


def test_a_sheet_by_name_with_a_title_above_its_header(tmp_path: Path) -> None:
    """Names are compared trimmed, without regard to case; columns with date cells are known, their dates are ISO."""
    for name in ("S2", " s2 "):
        source, rows = opened(tmp_path, titled(), Reading(sheet=name, header_row=3), "a.xlsx")
        assert source.header == ["pat", "datum", "text"]
        assert rows == [(1, "P1", "2023-03-10", "1.2.2023"), (2, "P2", None, "x")]
        assert (source.dates, source.is_typed, source.remark) == (frozenset({1}), True, "")


def test_one_file_may_be_read_in_several_ways_at_once(tmp_path: Path) -> None:
    """Two sheets of a workbook feed one export; a CSV is read below two headers: each source keeps its own rows."""
    book = workbooks.book(workbooks.sheet([["a"], ["1"]]), workbooks.sheet([["b"], ["2"], ["3"]]))
    table = "t;ä\nx;y\n1;2\n".encode("utf-16")
    ways = [
        ("a.xlsx", book, [Reading(sheet="S1"), Reading(sheet="S2"), Reading(sheet="S2", header_row=2)]),
        ("a.csv", table, [Reading(encoding="utf-16"), Reading(encoding="utf-16", header_row=2), Reading("utf-16-le")]),
    ]
    with duckdb.connect() as con:
        for name, content, readings in ways:
            (tmp_path / name).write_bytes(content)
            sources = [open_source(con, tmp_path / name, reading) for reading in readings]
            found = [con.execute(f"FROM {source.relation}").fetchall() for source in sources]
            assert [len(rows) for rows in found] == ([1, 2, 1] if name == "a.xlsx" else [2, 1, 2])
            for source, rows in zip(sources, found, strict=True):
                source.check_count(len(rows))


def test_a_hidden_sheet_that_is_named_is_read(tmp_path: Path) -> None:
    """The site said which."""
    content = workbooks.book(workbooks.sheet([["a"], ["1"]]), workbooks.sheet([["b"], ["2"]]), states=["hidden"])
    assert opened(tmp_path, content, Reading(sheet="S1"), "a.xlsx")[0].header == ["a"]


def test_a_sheet_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """A sheet's name may be a person's, which is not repeated."""
    cure = "Correct the sheet of this source in site.toml."
    book = titled()
    assert (
        refused(tmp_path, book, Reading(sheet="S22"), "a.xlsx")
        == f"The workbook has no sheet 'S22'. Nearest: 'S2'. {cure}"
    )
    assert refused(tmp_path, book, Reading(sheet="Daten"), "a.xlsx") == (
        f"The workbook has no sheet 'Daten'. It has: S1, S2. {cure}"
    )
    named = some_sheets("Übersicht", "Frau Müller")
    for asked in ("Frau Mueller", "Frau Müllers"):
        said = refused(tmp_path, named, Reading(sheet=asked), "a.xlsx")
        assert "It has: Übersicht." in said and "Müller" not in said and "Mueller" not in said


def test_a_header_row_of_a_sheet_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """Rows are numbered as the program numbers them, blank ones too."""
    beyond = refused(tmp_path, titled(), Reading(sheet="S2", header_row=9), "a.xlsx")
    assert beyond.startswith("The last row with cells is row 5, so the header is not in row 9.")
    blank = refused(tmp_path, titled(), Reading(sheet="S2", header_row=2), "a.xlsx")
    assert blank.startswith("Row 2 of the sheet is blank, so the header is not there.")


def test_a_workbooks_delimiters_are_no_delimiters(tmp_path: Path) -> None:
    """What a site says of its CSV does not split cells of its workbooks, nor does a header of signs."""
    content = workbooks.book(workbooks.sheet([["a;b|c;d"], ["sep=;"], ["1"]]))
    source, rows = opened(tmp_path, content, Reading(delimiter=";", encoding="cp1252"), "a.xlsx")
    assert (source.header, rows) == (["a;b|c;d"], [(1, "sep=;"), (2, "1")])
