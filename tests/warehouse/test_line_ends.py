"""Tests that files with mixed line ends are read correctly, and that quoted line ends are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.kit import SITE, Kit
from warehouse.readers import line_ends
from warehouse.readers.line_ends import CR, CRLF, LF, chunks_of, line_ends_of, with_one_line_end


@pytest.mark.parametrize(
    "text, kinds",
    [
        (b"a,b", set()),
        (b"a\nb\n", {LF}),
        (b"a\r\nb\r\n", {CRLF}),
        (b"a\rb\r", {CR}),
        (b"a\r\nb\nc\r", {CRLF, LF, CR}),
        (b"a\r\r\n", {CR, CRLF}),
    ],
)
def test_kinds(text: bytes, kinds: set[bytes]) -> None:
    """CR LF is one line end, not two."""
    assert line_ends_of(text) == kinds


@pytest.mark.parametrize("size", [1, 2, 3, 1 << 20])
def test_only_what_stands_outside_quotes_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Wherever a chunk ends: in a CR LF, in quotes, between doubled quotes."""
    monkeypatch.setattr(line_ends, "CHUNK_BYTES", size)
    path = tmp_path / "s.csv"
    path.write_bytes(b'a,b\r\n1,"two\r\nlines ""of\r"" a\ncell"\n3,4\r5,""\r\n')
    assert b"".join(chunks_of(path)) == path.read_bytes()
    assert with_one_line_end(path).read_bytes() == b'a,b\n1,"two\r\nlines ""of\r"" a\ncell"\n3,4\n5,""\n'


@pytest.mark.long
def test_rows_are_counted_by_the_lines_of_the_table(kit: Kit) -> None:
    """A header that ends with LF, rows that end with CR LF, a cell of two lines among them: two rows, in order."""
    header = "patient_id,session_id,session_date,lesion_id,max_diameter_mm,guidance\n"
    rows = 'P1,S1,2020-01-01,L1,20,"ct\nthen us"\r\nP2,S1,2020-01-02,L1,21,ct\r\n'
    kit.deliver(SITE, "rfa_sessions", "2024-01-31.csv", header + rows)
    kit.refresh()
    found = kit.tuples("SELECT patient_id, line, guidance FROM clean.rfa_sessions ORDER BY line")
    assert found == [("P1", 1, "ct\nthen us"), ("P2", 2, "ct")]
