"""Tests that a file is read by what it is: its bytes decide, its name only where they cannot; the rest is refused."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from tests.warehouse.old_workbooks import compound_file, label, ods, table, xls
from tests.warehouse.test_bad_files import flipped
from tests.warehouse.test_reading import opened, refused
from tests.warehouse.test_typed_formats import parquet, workbook
from warehouse.readers.formats import OLE, SAS7BDAT, SUFFIXES, format_of
from warehouse.readers.open_file import SUFFIXES as READ
from warehouse.readers.reading import Reading

CSV = "patient_id,sex\nP1,male\n"
CELLS = [["patient_id", "sex"], ["P1", "male"]]
XLS = xls(b"".join(label(r, c, cell) for r, row in enumerate(CELLS) for c, cell in enumerate(row)))
FILES: dict[str, bytes] = {
    "csv": CSV.encode(),
    "utf-8 with mark": CSV.encode("utf-8-sig"),
    "gzip": gzip.compress(CSV.encode(), mtime=0),
    "xlsx": workbook(CELLS),
    "xls": XLS,
    "ods": ods(table(*CELLS)),
    "parquet": parquet([{"patient_id": "P1", "sex": "male"}]),
    "ndjson": b'{"patient_id": "P1", "sex": "male"}\n',
}
NAMES = ("a.csv", "a.tsv", "a.txt", "a.xlsx", "a.XLS", "a.ods", "a.xlsm")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", FILES)
def test_a_suffix_that_lies_changes_nothing(tmp_path: Path, what: str, name: str) -> None:
    """The same row, whichever of these names the file has."""
    source, rows = opened(tmp_path, FILES[what], name=name)
    assert (source.header, rows) == (["patient_id", "sex"], [(1, "P1", "male")])
    assert source.is_typed == (what not in ("csv", "utf-8 with mark", "gzip"))


@pytest.mark.parametrize("what", [what for what in FILES if what != "gzip"])
def test_gzip_holds_any_format(tmp_path: Path, what: str) -> None:
    """With or without .gz in its name; the name below .gz is that of the content."""
    for name in ("a.csv.gz", "a.csv", "a.xlsx", "a.xlsx.gz"):
        assert opened(tmp_path, gzip.compress(FILES[what]), name=name)[1] == [(1, "P1", "male")]


def test_gzip_in_gzip_is_refused(tmp_path: Path) -> None:
    """Nobody means to do that, and it could go on for ever."""
    twice = gzip.compress(gzip.compress(CSV.encode()))
    assert refused(tmp_path, twice, name="a.csv.gz").startswith("The file is packed with gzip twice.")


@pytest.mark.long
def test_binary_formats_need_no_suffix_and_text_does(tmp_path: Path) -> None:
    """A .dat or a name without suffix says nothing; text could be anything then."""
    for what in ("gzip", "xlsx", "xls", "ods", "parquet"):
        content = gzip.compress(FILES["xlsx"]) if what == "gzip" else FILES[what]
        assert opened(tmp_path, content, name="a.dat")[1] == [(1, "P1", "male")]
    for name in ("a.dat", "a", "a.doc", "csv"):
        assert refused(tmp_path, CSV, name=name).startswith("The file's format is not one of .csv, .tsv, .txt, .csv.gz")


def test_text_in_utf16_under_the_name_of_a_workbook(tmp_path: Path) -> None:
    """Programs write tab-separated Unicode text and call it .xls."""
    text = CSV.replace(",", "\t").encode("utf-16")
    assert opened(tmp_path, text, Reading(encoding="utf-16"), "a.xls")[1] == [(1, "P1", "male")]
    assert 'encoding = "utf-16"' in refused(tmp_path, text, name="a.xls")


def test_files_of_statistics_packages_are_known_by_their_bytes(tmp_path: Path) -> None:
    """SPSS, Stata and SAS, whatever the name; pyreadstat wrote them."""
    import pyreadstat

    frame = pd.DataFrame({"ID": ["P1"], "N": [1.0]})
    places = {kind: tmp_path / f"a.{kind}" for kind in ("sav", "zsav", "por", "dta", "old_dta", "xpt", "sas7bdat")}
    pyreadstat.write_sav(frame, str(places["sav"]))
    pyreadstat.write_sav(frame, str(places["zsav"]), compress=True)
    pyreadstat.write_por(frame, str(places["por"]))
    pyreadstat.write_dta(frame, str(places["dta"]), version=15)
    pyreadstat.write_dta(frame, str(places["old_dta"]), version=10)
    pyreadstat.write_xport(frame, str(places["xpt"]), file_format_version=5)
    places["sas7bdat"].write_bytes(SAS7BDAT + bytes(1000))
    found = {kind: format_of(path.rename(tmp_path / f"{kind}.csv")) for kind, path in places.items()}
    assert found == dict.fromkeys(places, "statistics")


@pytest.mark.parametrize("name", ["a.sav", "a.csv", "a.dat"])
def test_a_file_of_spss_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    """The bytes decide, and the reader of statistics packages reads it."""
    import pyreadstat

    frame = pd.DataFrame({"patient_id": ["P1"], "sex": ["male"]})
    pyreadstat.write_sav(frame, str(tmp_path / "made.sav"))
    source, rows = opened(tmp_path, (tmp_path / "made.sav").read_bytes(), name=name)
    assert (source.header, rows) == (["patient_id", "sex"], [(1, "P1", "male")])


def test_every_suffix_is_offered() -> None:
    """The refusal of an unknown file lists them all."""
    assert tuple(SUFFIXES) == READ


def zipped(*names: str) -> bytes:
    """A zip archive of these parts, each with a cell."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        for name in names:
            file.writestr(name, "Zyxwvut" if name != "mimetype" else "application/vnd.oasis.opendocument.text")
    return sink.getvalue()


CELL = b"Zyxwvut"
XML = b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:'
ENCRYPTED = compound_file({"EncryptedPackage": CELL, "EncryptionInfo": CELL})
REFUSED: dict[str, tuple[str, bytes, str]] = {
    # what -> name, content, words of the refusal
    "web page named .xls": ("a.xls", b"\xef\xbb\xbf\r\n<HTML><table><tr><td>Zyxwvut", "is a web page or other XML"),
    "web page in UTF-16": ("a.xls", "<html><td>Zyxwvut".encode("utf-16"), "is a web page or other XML"),
    "XML workbook named .xls": ("a.xls", XML + b'office:spreadsheet"><a>Zyxwvut', "Excel workbook as XML"),
    "XML named .csv": ("a.csv", b"<?xml version='1.0'?><ODM>Zyxwvut</ODM>", "is a web page or other XML"),
    "web archive": ("a.xls", b"MIME-Version: 1.0\nZyxwvut", "is a web archive"),
    "SYLK": ("a.xls", b"ID;PWXL;N;E\nC;Y1;X1;K\"Zyxwvut\"", "old format SYLK"),
    "Excel 4": ("a.xls", b"\x09\x04\x06\x00\x00\x00\x10\x00" + CELL, "of a version before 5"),
    "PDF": ("a.csv", b"%PDF-1.7 Zyxwvut", "is a PDF"),
    "RTF": ("a.txt", b"{\\rtf1 Zyxwvut}", "is a document (RTF)"),
    "zip": ("a.csv", zipped("a.csv"), "is a zip archive. Unpack it"),
    "zip named .xlsx": ("a.xlsx", zipped("a.csv"), "is a zip archive. Unpack it"),
    "binary workbook": ("a.xlsx", zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.bin"), "(.xlsb)"),
    "Writer's document": ("a.ods", zipped("mimetype", "content.xml"), "not a spreadsheet"),
    "Word's old document": ("a.xls", compound_file({"WordDocument": CELL}), "not an Excel workbook"),
    "locked .xlsx": ("a.xlsx", ENCRYPTED, "protected by a password. Remove the password"),
    "locked .xlsx named .csv": ("a.csv", ENCRYPTED, "protected by a password. Remove the password"),
    "locked .xls": ("a.xls", xls(label(0, 0, "Zyxwvut"), locked=True), "protected by a password. Remove the password"),
    "locked .ods": ("a.ods", ods(table(["Zyxwvut"]), manifest="<a><encryption-data/></a>"), "protected by a password"),
    "half an .xlsx": ("a.xlsx", FILES["xlsx"][: len(FILES["xlsx"]) // 2], "not a valid Excel workbook"),
    "half an .xlsx named .csv": ("a.csv", FILES["xlsx"][: len(FILES["xlsx"]) // 2], "a damaged workbook or zip"),
    "half an .xls": ("a.xls", XLS[:2000], "not a valid Excel workbook"),
    "half an .ods": ("a.ods", FILES["ods"][: len(FILES["ods"]) // 2], "not a valid OpenDocument spreadsheet"),
    "an .ods of half a text": ("a.ods", ods("<table:table>Zyxwvut"), "not a valid OpenDocument spreadsheet"),
    "half a gzip": ("a.csv", FILES["gzip"][:-9], "not a valid gzip file"),
    "a large locked workbook": (
        "a.xlsx", compound_file({"EncryptedPackage": CELL * 5000}), "protected by a password. Remove the password",
    ),
    "a container of nothing": ("a.xls", OLE + bytes(600), "not a valid Excel workbook"),
    "a container of nothing named .csv": ("a.csv", OLE + bytes(600), "a document in the old format of Office"),
    "no .xls": ("a.xls", bytes(range(256)) + CELL, "not a valid Excel workbook"),
    "no .ods": ("a.ods", bytes(range(256)) + CELL, "not a valid OpenDocument spreadsheet"),
    "nothing": ("a.xls", b"", "The file is empty."),
    "gzip of nothing": ("a.csv", gzip.compress(b""), "The file is empty."),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_other_formats_are_refused_by_name(tmp_path: Path, what: str) -> None:
    """What it is, one cure, and no cell."""
    name, content, words = REFUSED[what]
    said = refused(tmp_path, content, name=name)
    assert words in said and "Zyxwvut" not in said and said.endswith(".")


@pytest.mark.parametrize("n_places", [40, pytest.param(400, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_a_damaged_workbook_is_refused_or_read(tmp_path: Path, kind: str, n_places: int) -> None:
    """Whichever byte is turned over: rows or a refusal, never another error."""
    content = FILES[kind]
    places = range(0, len(content), max(len(content) // n_places, 1))
    n_refused = 0
    for place in places:
        try:
            opened(tmp_path, flipped(content, place), name=f"a.{kind}")
        except Exception as error:
            assert type(error).__name__ == "DeliveryRejected", (place, type(error))
            n_refused += 1
    assert 0 < n_refused < len(places)
