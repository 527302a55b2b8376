"""Tests workbook files: which sheet is read, how its rows become lines, and which files are no workbooks."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.warehouse import workbooks
from tests.warehouse.kit import SITE, Kit
from tests.warehouse.test_workbooks import read
from tests.warehouse.workbooks import number
from warehouse.storage.errors import DeliveryRejected

HEAD = ["patient_id", "sex"]


def sheet(*patients: str, **how) -> str:
    """A sheet of these patients."""
    return workbooks.sheet([HEAD, *([p, "male"] for p in patients)], **how)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_not_read(tmp_path: Path, state: str) -> None:
    """People see the second sheet, so it is the one that was delivered; nothing needs to be said."""
    content = workbooks.book(sheet("OLD"), sheet("P1"), states=[state])
    assert read(tmp_path, content) == ([HEAD, ["P1", "male"]], "")


def test_other_visible_sheets_are_said(tmp_path: Path) -> None:
    """The first visible sheet that holds cells is read; the others are counted, empty ones are not."""
    content = workbooks.book(workbooks.sheet([]), sheet("P1"), workbooks.sheet([[""]]), sheet("P2"))
    rows, remark = read(tmp_path, content)
    assert rows[1:] == [["P1", "male"]]
    assert remark == (
        "Read from sheet 2 of 4, the first visible one with cells; 1 more visible sheet with cells was not read."
    )


@pytest.mark.long
def test_what_is_said_of_a_delivery_stands_in_its_load(kit: Kit) -> None:
    """An accepted delivery has its remark as reason; one that needs none has none."""
    kit.deliver(SITE, "patients", "2024-06-30_a.xlsx", workbooks.book(sheet("P1"), sheet("P2")))
    kit.deliver(SITE, "patients", "2024-06-30_b.xlsx", workbooks.book(sheet("P3")))
    kit.refresh()
    assert kit.load("2024-06-30_a.xlsx")["status"] == "accepted"
    assert "1 more visible sheet" in kit.load("2024-06-30_a.xlsx")["reason"]
    assert kit.load("2024-06-30_b.xlsx")["reason"] is None


def test_no_visible_sheet_is_refused(tmp_path: Path) -> None:
    """The sentence says what to do."""
    with pytest.raises(DeliveryRejected, match="no visible sheet"):
        read(tmp_path, workbooks.book(sheet("P1"), states=["hidden"]))


def test_an_empty_sheet_before_a_hidden_one_is_refused(tmp_path: Path) -> None:
    """People see an empty sheet: the file is not empty, and the sentence says why nothing is read."""
    with pytest.raises(DeliveryRejected, match="a hidden sheet has cells. Unhide the sheet"):
        read(tmp_path, workbooks.book(workbooks.sheet([]), sheet("P1"), states=["visible", "hidden"]))


def test_hidden_rows_are_read_and_said(tmp_path: Path) -> None:
    """A filter hides rows and deletes none, so they are rows of the delivery."""
    body = sheet("P1", "P2").replace("<row>", '<row hidden="1">').replace('<row hidden="1">', "<row>", 2)
    rows, remark = read(tmp_path, workbooks.book(body))
    assert len(rows) == 3 and remark == "1 hidden row was read like the others."


def test_a_merge_over_rows_is_the_value_of_each(tmp_path: Path) -> None:
    """One patient merged over three lesions is the patient of all three; a merge over columns fills nothing."""
    rows = [["patient_id", "lesion_id", "note"], ["P1", "L1", "x"], ["", "L2", ""], ["", "L3", ""], ["P2", "L1", ""]]
    merges = '<mergeCells><mergeCell ref="A2:A4"/><mergeCell ref="B5:C5"/></mergeCells>'
    found, _ = read(tmp_path, workbooks.book(workbooks.sheet(rows, merges)))
    assert [row[0] for row in found[1:]] == ["P1", "P1", "P1", "P2"]
    assert found[4] == ["P2", "L1", ""]


def test_a_merge_of_a_block_fills_its_first_column(tmp_path: Path) -> None:
    """What spans rows and columns stands in the first of its columns, in each row."""
    rows = [["patient_id", "note", "sex"], ["P1", "", "male"], ["", "", "male"]]
    found, _ = read(
        tmp_path, workbooks.book(workbooks.sheet(rows, '<mergeCells><mergeCell ref="A2:B3"/></mergeCells>'))
    )
    assert found[1:] == [["P1", "", "male"], ["P1", "", "male"]]


def test_rows_of_white_space_are_no_rows(tmp_path: Path) -> None:
    """Nobody sees them; they are no rows whose patient is missing."""
    rows = [["patient_id", "sex"], ["P1", "male"], [" ", "\u00a0"], ["P2", " "]]
    assert read(tmp_path, workbooks.book(workbooks.sheet(rows)))[0][1:] == [["P1", "male"], ["P2", " "]]


def refused(kit: Kit, *sheets: str) -> str:
    """Why a workbook of patients is refused."""
    kit.deliver(SITE, "patients", "2024-06-30_a.xlsx", workbooks.book(*sheets))
    return kit.refresh().load("2024-06-30_a.xlsx")["reason"]


@pytest.mark.long
def test_titles_above_a_wider_header_are_called_so(kit: Kit) -> None:
    """The first row has one cell and the fourth names the columns: the cure is to delete what stands above."""
    titled = workbooks.sheet([["Export 2024"], ["Klinik"], ["", ""], ["patient_id", "sex"], ["P1", "male"]])
    assert refused(kit, titled).endswith(
        "There are 2 rows above the header: delete what is above it, so that the first line names the columns."
    )


@pytest.mark.long
def test_a_cell_beyond_the_header_names_its_row(kit: Kit) -> None:
    """A remark beside the table: its row, and one cure."""
    assert refused(kit, workbooks.sheet([["patient_id"], ["P1"], ["P2", "remark"]])) == (
        "Row 3 has a cell beyond the last column that has a name. Name its column in the first row, or clear the "
        "cell, and deliver the file again."
    )


def test_a_sheet_before_the_one_that_is_meant(kit: Kit) -> None:
    """A legend stands first: the sentence says which sheet has the columns, not that the header is missing."""
    legend = workbooks.sheet([["Legend"], ["1 = yes"]])
    assert refused(kit, legend, sheet("P1")) == (
        "The sheet that was read lacks the required columns: patient_id. Another sheet of the workbook, number 2, has "
        "them all. Move that sheet to the front, or save it as a separate workbook."
    )


def test_blank_rows_and_columns_at_the_edges_are_nothing(tmp_path: Path) -> None:
    """Rows before, between and behind, formatted or not, and cells that say where they stand."""
    rows = (
        '<row r="3"><c r="B3" t="inlineStr"><is><t>patient_id</t></is></c></row>'
        '<row r="4"><c r="A4" s="1"/></row><row r="7"><c r="B7"><v>5</v></c></row><row r="9000"><c r="ZZ9000"/></row>'
    )
    content = workbooks.book(workbooks.sheet([]).replace("<sheetData>", f"<sheetData>{rows}"))
    assert read(tmp_path, content)[0] == [["", "patient_id"], ["", "5"]]


def test_a_cell_beyond_the_named_columns_is_refused(tmp_path: Path) -> None:
    """It could be anything: the sentence says what to do about it."""
    with pytest.raises(DeliveryRejected, match="beyond the last column that has a name"):
        read(tmp_path, workbooks.book(workbooks.sheet([["a"], ["1", "2"]])))


@pytest.mark.parametrize("place", ["-1", "2", "x"])
def test_a_shared_text_that_is_not_there_is_no_other(tmp_path: Path, place: str) -> None:
    """The workbook is refused: Python's -1 would be the last text."""
    cells = f'<row r="1"><c r="A1" t="s"><v>{place}</v></c></row>'
    with pytest.raises(DeliveryRejected, match="not a valid Excel workbook"):
        read(tmp_path, workbooks.book(cells, shared="<si><t>a</t></si><si><t>b</t></si>"))


def test_shared_texts_are_joined_and_decoded(tmp_path: Path) -> None:
    """Runs of rich text are one text; what a text is read as aloud is no part of it."""
    shared = "<si><t>a</t></si><si><r><t>L</t></r><r><t>1_x000D_</t></r><rPh><t>x</t></rPh></si>"
    cells = workbooks.sheet([['<c t="s"><v>0</v></c>'], ['<c t="s"><v>1</v></c>']])
    assert read(tmp_path, workbooks.book(cells, shared=shared))[0] == [["a"], ["L1\r"]]


@pytest.mark.long
def test_one_text_in_many_cells_is_refused_before_it_is_written(tmp_path: Path) -> None:
    """A text is kept once and may stand in every cell of a row: a small file must not become a row of gigabytes."""
    cells = workbooks.sheet([['<c t="s"><v>0</v></c>'] * 5_000])
    source = workbooks.book(cells, shared=f"<si><t>{'x' * 100_000}</t></si>")
    with pytest.raises(DeliveryRejected, match="unpacks to more than"):
        read(tmp_path, source)


def test_other_programs_names_for_the_same(tmp_path: Path) -> None:
    """Strict OOXML has other namespaces; some programs write every element with a prefix."""
    body = workbooks.sheet([["a"], [number("1017", 1)]], namespace=workbooks.STRICT)
    assert read(tmp_path, workbooks.book(body, formats=["000000"], strict=True))[0] == [["a"], ["001017"]]
    prefixed = body.replace("</", "</x:").replace("<x:", "<x:").replace('xmlns="', 'xmlns:x="')
    for name in ("worksheet", "sheetData", "row", "c ", "c>", "is", "t ", "v"):
        prefixed = prefixed.replace(f"<{name}", f"<x:{name}")
    assert read(tmp_path, workbooks.book(prefixed, formats=["000000"]))[0] == [["a"], ["001017"]]


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    """No workbook has one, and entities can make a small file large."""
    body = '<!DOCTYPE worksheet [<!ENTITY a "aaaa">]>' + sheet("P1")
    with pytest.raises(DeliveryRejected, match="not a valid Excel workbook"):
        read(tmp_path, workbooks.book(body))


@pytest.mark.parametrize(
    "styles",
    ["<styleSheet/>", "<styleSheet><fills><fill/></fills><fonts><font><b val='x'/></font></fonts></styleSheet>"],
)
def test_odd_styles_refuse_no_workbook(tmp_path: Path, styles: str) -> None:
    """Excel opens it, so its cells are read; only number formats matter."""
    assert read(tmp_path, workbooks.book(sheet("P1"), styles=styles))[0][1] == ["P1", "male"]


def ods() -> bytes:
    """The least that is an OpenDocument table."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("content.xml", "<x/>")
    return sink.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
NOT_XLSX = {
    "old": (OLE, "old format"),
    "locked": (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "ods": (ods(), "OpenDocument"),
    "web page": (b"\xef\xbb\xbf\n<html><table><tr><td>P1</td></tr></table></html>", "web page"),
    "csv": (b"patient_id,sex\nP1,male\n", "name it .csv"),
}


@pytest.mark.parametrize("what", NOT_XLSX)
def test_a_file_that_is_something_else_is_called_by_its_name(tmp_path: Path, what: str) -> None:
    """The reason says what it is and what to do, and quotes no cell."""
    content, word = NOT_XLSX[what]
    with pytest.raises(DeliveryRejected, match=word) as refused:
        read(tmp_path, content)
    assert "P1" not in refused.value.message and refused.value.cure
