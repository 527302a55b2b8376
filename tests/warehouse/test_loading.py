"""Tests that loading large files in parallel gives the same tables as loading them one by one."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.kit import SITE, csv_of, new_kit, row_of
from warehouse.archive.archive import Archive
from warehouse.raw import loading, tables

TABLES = ("raw.rfa_sessions", "raw.imaging_followups", "raw.genotypes", "meta.deliveries")


def loaded(folder: Path) -> dict[str, list[tuple]]:
    """The raw tables after three good files and one that lacks a column, without the times of arrival."""
    with new_kit(folder) as kit:
        for export in ("rfa_sessions", "imaging_followups", "genotypes"):
            kit.deliver(SITE, export, "2024-01-31.csv", csv_of([row_of(export, patient_id=f"P{n}") for n in range(50)]))
        kit.deliver(SITE, "rfa_sessions", "2024-02-29.csv", "patient_id\nP1\n")
        kit.land()
        tables.create_tables(kit.con)
        loading.load_waiting(kit.con, Archive(kit.home))
        found = {t: kit.con.execute(f"SELECT * FROM {t} ORDER BY ALL").fetchall() for t in TABLES}
        assert kit.con.execute("SELECT count(*) FROM meta.deliveries WHERE status = 'rejected'").fetchone() == (1,)
        return found | {"meta.deliveries": [row[:7] + row[9:] for row in found["meta.deliveries"]]}


@pytest.mark.long
def test_side_by_side_gives_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row, with the rejected one rejected alone."""
    one_by_one = loaded(tmp_path / "one")
    monkeypatch.setattr(loading, "LARGE_BYTES", 0)
    assert loaded(tmp_path / "two") == one_by_one


def test_a_fault_fails_the_refresh_and_leaves_the_threads_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault that says nothing about the file is raised; what was loaded beside it stays; the rest is loaded later."""
    monkeypatch.setattr(loading, "LARGE_BYTES", 0)
    with new_kit(tmp_path) as kit:
        for n in range(3):
            kit.deliver(SITE, "genotypes", f"2024-01-0{n + 1}.csv", csv_of([row_of("genotypes", patient_id=f"P{n}")]))
        kit.land()
        tables.create_tables(kit.con)
        archive, load = Archive(kit.home), tables.load_arrival

        def fails(con: duckdb.DuckDBPyConnection, archive: Archive, arrival) -> None:
            if arrival.load_no == 2:
                raise OSError(errno.ENOSPC, "No space left on device")
            load(con, archive, arrival)

        threads = kit.con.execute("SELECT current_setting('threads')").fetchone()
        monkeypatch.setattr(tables, "load_arrival", fails)
        with pytest.raises(OSError):
            loading.load_waiting(kit.con, archive)
        assert kit.con.execute("SELECT current_setting('threads')").fetchone() == threads
        assert tables.loaded_numbers(kit.con) == {1, 3}
        monkeypatch.setattr(tables, "load_arrival", load)
        loading.load_waiting(kit.con, archive)
        assert tables.loaded_numbers(kit.con) == {1, 2, 3}
