"""Tests that the records of a file are counted independently of the reader, and that none is lost silently."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.kit import SITE, Kit, new_kit
from tests.warehouse.test_typed_formats import parquet, workbook
from warehouse.readers import csv_text
from warehouse.readers.bounds import MAX_CELL_BYTES
from warehouse.readers.record_counts import Records, csv_records_slowly, json_lines
from warehouse.readers.source import Source
from warehouse.storage.errors import DeliveryRejected

CELL = st.text(alphabet='ab ,\n\r"é', max_size=6)


def counted(content: bytes, n_columns: int, size: int) -> int:
    """Data rows of the content, in chunks of about `size` bytes that part no CRLF."""
    records, at = Records(), 0
    while at < len(content):
        end = at + size
        while content[end - 1 : end] == b"\r" and end < len(content):
            end += 1
        records.add(content[at:end])
        at = end
    return records.data_rows(n_columns)


@pytest.mark.long
@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=6),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    size=st.integers(1, 40),
    is_ended=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_the_count_is_that_of_the_rows_written(rows, end: str, size: int, is_ended: bool, quoting: int) -> None:
    """Whatever stands between quotes, however the lines end, and wherever a chunk ends."""
    text = io.StringIO(newline="")
    if quoting == csv.QUOTE_MINIMAL:  # Python's writer leaves a line end bare that is not its own
        rows = [[cell.replace("\r", "").replace("\n", "") for cell in row] for row in rows]
    csv.writer(text, lineterminator=end, quoting=quoting).writerows([["a", "b"], *rows])
    content = text.getvalue().encode()
    assert counted(content if is_ended else content.removesuffix(end.encode()), 2, size) == len(rows)


@pytest.mark.parametrize(
    ("content", "n_columns", "expected"),
    [
        (b"a,b\n1,2\n\n3,4\n\n\n", 2, 2),
        (b"a\n1\n\n3\n", 1, 3),
        (b"a,b\r\n1,2\r\n\r\n3,4", 2, 2),
        (b"a,b\n", 2, 0),
        (b"a,b", 2, 0),
    ],
)
def test_blank_lines_are_rows_of_one_cell_alone(content: bytes, n_columns: int, expected: int) -> None:
    """As the reader takes them."""
    assert {counted(content, n_columns, size) for size in range(1, 20)} == {expected}


def test_a_quote_inside_a_bare_cell_is_counted_closely(tmp_path: Path) -> None:
    """The quick count pairs it wrongly; the close one is Python's own reader, and nobody is accused."""
    content = b'a,b\n1,5" needle\n2,x\n3,y\n'
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert counted(content, 2, 100) != 3
    assert csv_records_slowly(path, ",", 2) == 3
    csv_text.open_csv(path).check_count(3)


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A home."""
    with new_kit(tmp_path / "home") as kit:
        yield kit


LONG = "x" * (2 * MAX_CELL_BYTES + 1000)
HEADER = "patient_id,note\n"


LONG_LINES: dict[str, str | bytes] = {
    "a.csv": f"{HEADER}P1,a\nP2,{LONG}",
    "b.csv": f"{HEADER}P1,a\nP2,{LONG}\n",
    "c.csv": f"{HEADER}P1,a\nP2,{LONG}\nP3,b\n",
    "d.csv.gz": gzip.compress(f"{HEADER}P1,a\nP2,{LONG}".encode(), mtime=0),
    "e.ndjson": f'{{"patient_id": "P1"}}\n{{"patient_id": "P2", "note": "{LONG}"}}',
    "f.csv": f'{HEADER}P1,a\nP2,"{LONG}"',
}


@pytest.mark.long
def test_a_line_longer_than_the_reader_s_buffer_is_refused(kit: Kit) -> None:
    """Where it stands last and has no line end, the reader would leave it out without a word."""
    for name, content in LONG_LINES.items():
        kit.deliver(SITE, "patients", name, content)
    kit.refresh()
    for name in LONG_LINES:
        load = kit.load(name)
        assert load["status"] == "rejected" and "too long" in load["reason"], name


WHOLE_FILES: dict[str, str | bytes] = {
    "a.csv": f"{HEADER}P1,a\n\nP2,b",
    "b.csv": f'{HEADER}P1,"a\nb"\nP2,"c""d"',
    "c.csv": f'{HEADER}P1,5" needle\nP2,b\n',
    "d.csv.gz": gzip.compress(f"{HEADER}P1,a\r\nP2,b".encode(), mtime=0),
    "e.ndjson": '{"patient_id": "P1"}\n\n  \n{"patient_id": "P2"}',
    "f.parquet": parquet([{"patient_id": "P1"}, {"patient_id": "P2"}]),
    "g.xlsx": workbook([["patient_id", "sex"], ["P1", "male"], [], ["P2", "a\nb"]]),
    "h.csv": "patient_id\nP1\nP2",
    "i.csv": f"\ufeff{HEADER}P1,a\r\nP2,b\n",
}


@pytest.mark.long
def test_whole_files_load_whole(kit: Kit) -> None:
    """The two counts agree on every format's ways to write two rows."""
    for name, content in WHOLE_FILES.items():
        kit.deliver(SITE, "patients", name, content)
    kit.refresh()
    for name in WHOLE_FILES:
        load = kit.load(name)
        assert (load["status"], load["rows_received"]) == ("accepted", 2), (name, load["reason"])


@pytest.mark.long
def test_a_reader_that_loses_a_row_is_found_out(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every format: the delivery is rejected, and both numbers are said."""
    from warehouse.raw import tables

    rows = [{"patient_id": "P1"}, {"patient_id": "P2"}]
    files = {
        "a.csv": "patient_id,sex\nP1,\nP2,\n",
        "a.ndjson": "".join(json.dumps(row) + "\n" for row in rows),
        "a.parquet": parquet(rows),
        "a.xlsx": workbook([["patient_id", "sex"], ["P1", "male"], ["P2", "male"]]),
    }
    select = tables.select_rows

    def loses(*arguments):
        sql, unknown = select(*arguments)
        return f"{sql} WHERE line < 2", unknown

    monkeypatch.setattr(tables, "select_rows", loses)
    for name, content in files.items():
        kit.deliver(SITE, "patients", name, content)
    kit.refresh()
    for name in files:
        assert kit.load(name)["status"] == "rejected", name
        assert "has 2 rows, of which 1 could be read" in kit.load(name)["reason"], name


def test_without_a_count_nothing_is_held_against_it() -> None:
    """What an erasure has kept is our own file."""
    Source(["a"], "t").check_count(17)
    with pytest.raises(DeliveryRejected):
        Source(["a"], "t", n_records=2).check_count(1)


def test_lines_of_json_are_counted_without_blank_ones(tmp_path: Path) -> None:
    """By LF alone, as JSON's own text holds none."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"a":1}\r\n\r\n{"a":2}\n \n{"a":3}')
    assert json_lines(path) == 3
