"""Tests what becomes of the cells of SAS files, and that transport files that would lose rows are refused."""

import struct
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.statistics_kit import read, texts_of, write_xpt
from warehouse.readers.statistics import sas_formats
from warehouse.readers.statistics.short_numbers import restored, step_in_file
from warehouse.storage.errors import DeliveryRejected

MARCH_4_2021 = 22_343.0
DAY_S = 86_400.0


@pytest.mark.parametrize("version", [5, 8])
def test_transport_files(tmp_path: Path, version: int) -> None:
    """Dates, date-times, times, numbers and text of a transport file become text; the dates are known as such."""
    path = write_xpt(
        tmp_path / "a.xpt",
        {
            "ID": ["P1", "P2"],
            "D": [MARCH_4_2021 + 0.6, None],
            "DT": [MARCH_4_2021 * DAY_S, 50_400.0],
            "T": [90_000.0, 1.0],
            "N": [29.9, 101.0],
        },
        version,
        variable_format={"D": "DATE9", "DT": "DATETIME20", "T": "TIME8"},
    )
    seen = read(path)
    assert seen.cells == {
        "ID": ["P1", "P2"],
        "D": ["2021-03-04", None],
        "DT": ["2021-03-04", "1960-01-01 14:00:00"],
        "T": ["25:00:00", "00:00:01"],
        "N": ["29.9", "101"],
    }
    assert seen.source.dates == {1, 2}
    assert seen.source.n_records == (2 if version == 8 else None)


@pytest.mark.parametrize(
    ("name", "value", "text", "is_date"),
    [
        ("DATE9", MARCH_4_2021, "2021-03-04", True),
        ("DDMMYYP10", MARCH_4_2021, "2021-03-04", True),
        ("YYMMDD10.", MARCH_4_2021, "2021-03-04", True),
        ("E8601DA10", MARCH_4_2021, "2021-03-04", True),
        ("WORDDATE18", -137_774.0, "1582-10-15", True),
        ("DTDATE9", MARCH_4_2021 * DAY_S + 5, "2021-03-04", True),
        ("E8601DN10", MARCH_4_2021 * DAY_S + 5, "2021-03-04", True),
        ("E8601DT19", MARCH_4_2021 * DAY_S + 5, "2021-03-04 00:00:05", True),
        ("MONYY7", MARCH_4_2021, "2021-03", False),
        ("YYMMD7", MARCH_4_2021, "2021-03", False),
        ("YYQ6", MARCH_4_2021, "2021Q1", False),
        ("YEAR4", MARCH_4_2021, "2021", False),
        ("DTYEAR4", MARCH_4_2021 * DAY_S, "2021", False),
        ("HHMM5", 90_000.0, "25:00:00", False),
        ("TOD8", MARCH_4_2021 * DAY_S + 5, "00:00:05", False),
        ("BEST12", 101.0, "101", False),
        ("8.2", 1.5, "1.5", False),
        ("", 1.5, "1.5", False),
        ("MYDATE", MARCH_4_2021, "22343", False),
    ],
)
def test_formats(name: str, value: float, text: str, is_date: bool) -> None:
    """Each format says what its numbers are: a day, a moment, a month, a time, or the number itself."""
    meaning = sas_formats.meaning_of(name)
    assert texts_of(meaning, value) == [text]
    assert meaning.is_date == is_date


NUMBERS = [29.9, 0.1, -2.75, 3.3, 0.05, 12.34, 0.001, 101.0, -29.9, 1e-7, 7.999, 0.9999, 255.5, 1.0, 15.9, 0.0]


@pytest.mark.long
@pytest.mark.parametrize("n_bytes", [4, 5, 6, 7, 8])
def test_numbers_of_fewer_bytes(tmp_path: Path, n_bytes: int) -> None:
    """A number that SAS cut to fewer than eight bytes reads as the shortest one that is cut so: 29.9 in four bytes."""
    path = shortened(write_xpt(tmp_path / "a.xpt", {"N": NUMBERS}), n_bytes)
    assert [float(cell or "nan") for cell in read(path).cells["N"]] == NUMBERS
    assert read(path).cells["N"][0] == "29.9"


@pytest.mark.long
def test_numbers_of_three_bytes(tmp_path: Path) -> None:
    """Three bytes hold some four digits; whole numbers are exact below 65,536, and larger ones are remarked on."""
    path = shortened(write_xpt(tmp_path / "a.xpt", {"N": [29.9, 0.1, 2.5, -7.0, 65_535.0]}), 3)
    seen = read(path)
    assert seen.cells["N"] == ["29.9", "0.1", "2.5", "-7", "65535"] and seen.source.remark.startswith("The file does")
    path = shortened(write_xpt(tmp_path / "b.xpt", {"N": [65_537.0, 1.0]}), 3)
    assert "last digits may be lost" in read(path).source.remark


def test_numbers_of_two_bytes(tmp_path: Path) -> None:
    """Numbers of two bytes, which pyreadstat 1.3.7 reads as missing, refuse the file."""
    with pytest.raises(DeliveryRejected, match="2 bytes") as refusal:
        read(shortened(write_xpt(tmp_path / "a.xpt", {"N": [1.0]}), 2))
    assert "length 8" in refusal.value.cure


@pytest.mark.parametrize("n_bytes", range(3, 8))
def test_numbers_of_fewer_bytes_in_a_sas_file(n_bytes: int) -> None:
    """Numbers cut as a .sas7bdat holds them (to the base 2) read as the shortest number that is cut so."""
    values = [value for value in NUMBERS if n_bytes > 3 or value in (0.1, -2.75, 3.3, 1.0, 15.9, 101.0)]
    cut = [struct.unpack(">d", struct.pack(">d", value)[:n_bytes] + bytes(8 - n_bytes))[0] for value in values]
    with duckdb.connect() as con:
        sql = f"SELECT {restored('v', n_bytes, step_in_file)} FROM (SELECT unnest(?::DOUBLE[]) AS v)"
        assert [found for (found,) in con.execute(sql, [cut]).fetchall()] == values


def shortened(path: Path, n_bytes: int) -> Path:
    """Cut the numbers of a transport file, which has one column, as SAS does where a length is declared."""
    content = bytearray(path.read_bytes())
    struct.pack_into(">h", content, 640 + 4, n_bytes)
    begin = content.index(b"HEADER RECORD*******OBS") + 80
    rows = b"".join(content[i : i + n_bytes] for i in range(begin, len(content) - 7, 8) if content[i : i + 8].strip())
    path.write_bytes(bytes(content[:begin]) + rows.ljust(-(-len(rows) // 80) * 80))
    return path


BLANK_AT_THE_END = {"A": ["x", "y", "z", "", ""], "B": ["1", "2", "3", "", ""]}


def test_rows_that_cannot_be_counted(tmp_path: Path) -> None:
    """Version 5 with short text alone and blanks at its end is refused: 5 rows would be read as 3. Version 8 is not."""
    with pytest.raises(DeliveryRejected, match="cannot be counted") as refusal:
        read(write_xpt(tmp_path / "a.xpt", BLANK_AT_THE_END))
    assert "version 8" in refusal.value.cure
    assert read(write_xpt(tmp_path / "b.xpt", BLANK_AT_THE_END, version=8)).cells["A"] == ["x", "y", "z", None, None]


def test_rows_that_can_be_counted(tmp_path: Path) -> None:
    """With a number among its columns, or text of 80 letters, a row is never blank filling: all rows are read."""
    columns = {"A": ["x", "", ""], "N": [1.0, None, None]}
    assert read(write_xpt(tmp_path / "a.xpt", columns)).cells == {"A": ["x", None, None], "N": ["1", None, None]}
    long = "x" * 80
    assert read(write_xpt(tmp_path / "b.xpt", {"A": [long, long]})).cells == {"A": [long, long]}


@pytest.mark.parametrize("cut", [1, 80])
def test_a_cut_transport_file(tmp_path: Path, cut: int) -> None:
    """A file that ends within a card of 80 bytes, or within a row, is refused."""
    path = write_xpt(tmp_path / "a.xpt", {"A": ["x" * 100, "y" * 100, "z" * 100], "N": [1.0, 2.0, 3.0]})
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(DeliveryRejected, match="cut off"):
        read(path)


def test_a_cut_that_nobody_can_see(tmp_path: Path) -> None:
    """Version 5 cut off between two rows of 80 bytes reads as a file of fewer rows, as docs/sources says."""
    path = write_xpt(tmp_path / "a.xpt", {"A": ["x" * 72, "y" * 72], "N": [1.0, 2.0]})
    path.write_bytes(path.read_bytes()[:-80])
    assert read(path).cells["N"] == ["1"]


def test_fewer_rows_than_stated(tmp_path: Path) -> None:
    """A file of version 8 that holds fewer rows than it states is refused."""
    path = write_xpt(tmp_path / "a.xpt", {"N": [float(i) for i in range(40)]}, version=8)
    path.write_bytes(path.read_bytes()[:-160])
    with pytest.raises(DeliveryRejected, match="cut off"):
        read(path)


def test_more_rows_than_stated(tmp_path: Path) -> None:
    """A file of version 8 that holds more rows than it states is refused."""
    path = write_xpt(tmp_path / "a.xpt", {"N": [float(i) for i in range(40)]}, version=8)
    path.write_bytes(path.read_bytes().replace(b"!!!!!!!             40  ", b"!!!!!!!             39  "))
    with pytest.raises(DeliveryRejected, match="has more"):
        read(path)


def test_several_tables_in_one_file(tmp_path: Path) -> None:
    """A library of two tables is refused: only the first would be read."""
    path = write_xpt(tmp_path / "a.xpt", {"N": [1.0]})
    one = path.read_bytes()
    path.write_bytes(one + one[3 * 80 :])
    with pytest.raises(DeliveryRejected, match="several tables"):
        read(path)
