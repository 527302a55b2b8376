"""Tests that a statistics package's file that cannot be read rightly is refused with a cure, and never read wrongly."""

import struct
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.statistics_kit import as_an_old_spss, read, write_dta, write_sav, write_xpt
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import Reading
from warehouse.storage.errors import DeliveryRejected

UMLAUT = "M\u00fcller"
SECRET = "Mustermann"


def test_an_old_spss_file_of_ascii(tmp_path: Path) -> None:
    """A file that states no encoding is read where all its letters are ASCII."""
    path = as_an_old_spss(write_sav(tmp_path / "a.sav", {"s": ["x", "yy"]}), 2)
    assert read(path).cells == {"s": ["x", "yy"]}


@pytest.mark.parametrize("code", [0, 2, 3])
def test_an_old_spss_file_with_umlauts(tmp_path: Path, code: int) -> None:
    """A file that states no encoding and has other letters is refused, and read if the encoding is named."""
    path = write_sav(tmp_path / "a.sav", {"s": ["Mueller", "x"]})
    as_an_old_spss(path, code, b"Mueller", b"M\xfcller ")
    with pytest.raises(DeliveryRejected, match="letters beyond ASCII") as refusal:
        read(path)
    assert "Unicode" in refusal.value.cure and "ller" not in str(refusal.value)
    seen = read(path, "cp1252")
    assert seen.cells == {"s": [UMLAUT, "x"]}
    assert "cp1252" in seen.source.remark
    assert read(path, "cp1251").cells != seen.cells


def test_the_sites_encoding_is_the_cure(tmp_path: Path) -> None:
    """The encoding that a site names for its files is used for an old SPSS file, opened as any delivery is."""
    path = write_sav(tmp_path / "a.sav", {"s": ["Mueller"]})
    as_an_old_spss(path, 2, b"Mueller", b"M\xfcller ")
    with duckdb.connect() as con:
        with pytest.raises(DeliveryRejected, match="letters beyond ASCII"):
            open_source(con, path)
        source = open_source(con, path, Reading(encoding="cp1252"))
        assert con.execute(f"SELECT c0 FROM {source.relation}").fetchall() == [(UMLAUT,)]


def test_a_stated_code_page_holds(tmp_path: Path) -> None:
    """A file that states code page 1252, or UTF-8, is read so, whatever encoding is named for the other files."""
    old = as_an_old_spss(write_sav(tmp_path / "a.sav", {"s": ["Mueller"]}), 1252, b"Mueller", b"M\xfcller ")
    new = write_sav(tmp_path / "b.sav", {"s": [UMLAUT]})
    assert read(old, "cp1251").cells == read(new, "cp1251").cells == {"s": [UMLAUT]}


def test_a_wrongly_stated_encoding(tmp_path: Path) -> None:
    """A file that says UTF-8 and is not is refused."""
    path = as_an_old_spss(write_sav(tmp_path / "a.sav", {"s": ["Mueller"]}), 65001, b"Mueller", b"M\xfcller ")
    with pytest.raises(DeliveryRejected, match="letters beyond ASCII"):
        read(path)


def test_an_unknown_encoding(tmp_path: Path) -> None:
    """An encoding that Python does not know is refused with an example."""
    path = as_an_old_spss(write_sav(tmp_path / "a.sav", {"s": ["x"]}), 2)
    with pytest.raises(DeliveryRejected, match="unknown"):
        read(path, "cp99999")


def test_an_old_stata_file_with_umlauts(tmp_path: Path) -> None:
    """Stata 13 states no encoding: other letters than ASCII are refused, in cells and in labels, unless it is named."""
    path = write_dta(tmp_path / "a.dta", {"s": ["Mueller"]}, version=13)
    path.write_bytes(path.read_bytes().replace(b"Mueller", b"M\xfcller "))
    with pytest.raises(DeliveryRejected, match="letters beyond ASCII"):
        read(path)
    assert read(path, "latin-1").cells == {"s": [UMLAUT]}
    labelled = write_dta(tmp_path / "b.dta", {"k": [1]}, version=13, variable_value_labels={"k": {1: "gross"}})
    labelled.write_bytes(labelled.read_bytes().replace(b"gross", b"gro\xdf "))
    with pytest.raises(DeliveryRejected, match="letters beyond ASCII"):
        read(labelled)


def test_a_transport_file_with_umlauts(tmp_path: Path) -> None:
    """A transport file states no encoding: what is not UTF-8 is refused, unless its encoding is named."""
    path = write_xpt(tmp_path / "a.xpt", {"s": ["Mueller"], "n": [1.0]})
    path.write_bytes(path.read_bytes().replace(b"Mueller", b"M\xfcller "))
    with pytest.raises(DeliveryRejected, match="letters beyond ASCII"):
        read(path)
    assert read(path, "cp1252").cells["s"] == [UMLAUT]


@pytest.mark.parametrize("cut", [8, 20, 48, 300])
def test_a_cut_spss_file(tmp_path: Path, cut: int) -> None:
    """A file that ends too early, within a row or between two, is refused, and the reason names no cell."""
    path = write_sav(tmp_path / "a.sav", {"s": [SECRET, "b", "c"], "n": [1.0, 2.0, 3.0]})
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(DeliveryRejected) as refusal:
        read(path)
    assert SECRET not in str(refusal.value) and refusal.value.cure


@pytest.mark.parametrize("about", [{}, {"row_compress": True}, {"compress": True}], ids=["plain", "rows", "zsav"])
@pytest.mark.parametrize("stated", [0, 3, 39, 41])
def test_an_spss_file_with_another_number_of_rows(tmp_path: Path, about: dict, stated: int) -> None:
    """A header that states fewer or more rows than the file has is refused; the right number and -1 are not."""
    columns = {"s": [f"{SECRET} {i}" for i in range(40)], "n": [float(i) for i in range(40)]}
    path = write_sav(tmp_path / "a.sav", columns, **about)
    content = path.read_bytes()
    for right in (40, -1):
        path.write_bytes(content[:80] + struct.pack("<i", right) + content[84:])
        assert len(read(path).cells["n"]) == 40
    path.write_bytes(content[:80] + struct.pack("<i", stated) + content[84:])
    with pytest.raises(DeliveryRejected, match="has more" if stated < 40 else "cut off") as refusal:
        read(path)
    assert SECRET not in str(refusal.value) and refusal.value.cure


def test_a_cut_stata_file(tmp_path: Path) -> None:
    """A Stata file that ends within its rows is refused."""
    path = write_dta(tmp_path / "a.dta", {"n": [1.0, 2.0, 3.0]})
    path.write_bytes(path.read_bytes()[:-150])
    with pytest.raises(DeliveryRejected, match="cut off"):
        read(path)


def test_a_later_version(tmp_path: Path) -> None:
    """A file of a version that the reader does not know is refused, with the advice to save it for an older one."""
    path = write_dta(tmp_path / "a.dta", {"n": [1.0]})
    path.write_bytes(path.read_bytes().replace(b"<release>119<", b"<release>199<"))
    with pytest.raises(DeliveryRejected, match="version") as refusal:
        read(path)
    assert "older version" in refusal.value.cure


def test_an_encrypted_file(tmp_path: Path) -> None:
    """An SPSS file with a password is refused as such."""
    path = tmp_path / "a.sav"
    path.write_bytes(b"\x1c" + bytes(7) + b"ENCRYPTEDSAV" + bytes(500))
    with pytest.raises(DeliveryRejected, match="password"):
        read(path)


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    """Text under the name of an SPSS file is refused."""
    path = tmp_path / "a.sav"
    path.write_text("patient_id,session_date\n")
    with pytest.raises(DeliveryRejected, match="not one of SPSS"):
        read(path)


def test_the_content_decides(tmp_path: Path) -> None:
    """A Stata file under the name of an SPSS file is read as what it is."""
    assert read(write_dta(tmp_path / "a.sav", {"n": [1.0]})).cells == {"n": ["1"]}


@pytest.mark.long
def test_the_library_waits() -> None:
    """Importing the reader imports no pyreadstat, pyarrow or pandas: only opening such a file does."""
    code = (
        "import sys, warehouse.readers.statistics\n"
        "print(sorted({'pyreadstat', 'pyarrow', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_a_cell_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text longer than a cell may be refuses the file; one of that length does not."""
    monkeypatch.setattr("warehouse.readers.statistics.staging.MAX_CELL_BYTES", 5)
    assert read(write_sav(tmp_path / "a.sav", {"s": ["12345", "x"]})).cells["s"] == ["12345", "x"]
    with pytest.raises(DeliveryRejected, match="more than 5 bytes"):
        read(write_sav(tmp_path / "b.sav", {"s": ["123456", "x"]}))


def test_a_file_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A packed file whose cells together are beyond the limit is refused while it is read."""
    monkeypatch.setattr("warehouse.readers.size_limits.MAX_UNPACKED_BYTES", 10_000)
    path = write_sav(tmp_path / "a.zsav", {"n": [1.0] * 10_000}, compress=True)
    with pytest.raises(DeliveryRejected, match="unpacks"):
        read(path)
