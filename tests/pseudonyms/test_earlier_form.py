"""Tests that what earlier versions kept, its rows in another order, is read, healed and given a new key."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.pseudonyms.keyed import OTHER, the_key
from tests.pseudonyms.test_rotation import held
from tests.warehouse.kit import SITE, Kit, csv_of, new_kit, row_of
from warehouse.archive.archive import Archive
from warehouse.pseudonyms import sealed
from warehouse.raw import loading, tables
from warehouse.storage.pseudonym_key import VARIABLE
from warehouse.storage.sql_files import sql_text
from workflows.rotate_key import rotate_key

EXAMS = csv_of([row_of("imaging_followups", exam_id=f"E{n}", lesion_id="" if n % 2 else "L1") for n in range(6)])
CELLS = "SELECT row_id, patient_id, exam_id, exam_date, lesion_id FROM raw.imaging_followups ORDER BY ALL"


def deliver(kit: Kit) -> None:
    """A session and exams, of which some have no lesion."""
    kit.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of([row_of("rfa_sessions")]))
    kit.deliver(SITE, "imaging_followups", "2024-06-30.csv", EXAMS)


def keep_as_before(kit: Kit) -> None:
    """Replace what is kept of each file by what an earlier version kept of it."""
    archive = Archive(kit.home)
    for arrival in archive.arrivals:
        assert arrival.tombstone is not None and arrival.content_sha256 is not None
        with archive.plain(arrival) as path, duckdb.connect() as con:
            (text,) = con.execute("SELECT decode(value) FROM parquet_kv_metadata(?)", [str(path)]).fetchall()[0]
            parts = json.loads(text)
            for part in parts:
                del part["veiled"]["is_trimmed"]
            target = path.with_name("before")
            rows = f"FROM read_parquet({sql_text(str(path))}) ORDER BY line DESC"
            form = f"(FORMAT parquet, COMPRESSION uncompressed, KV_METADATA {{parts: {sql_text(json.dumps(parts))}}})"
            con.execute(f"COPY ({rows}) TO {sql_text(str(target))} {form}")
            kept = archive.keep(target)
        names = sealed.read_identifiers(kit.home, the_key(), arrival.content_sha256)
        sealed.write_identifiers(kit.home, the_key(), kept, names)
        assert kept != arrival.content_sha256
        archive.tombstone({arrival.load_no: replace(arrival.tombstone, kept_sha256=kept)})


@pytest.mark.long
def test_it_is_read_and_healed(keyed: Kit) -> None:
    """The same bytes are a no-op, the tables are the same, and a damaged file is made again from landing/."""
    deliver(keyed)
    rows = keyed.refresh().tuples(CELLS)
    keep_as_before(keyed)
    assert keyed.refresh(full=True).tuples(CELLS) == rows and len(rows) == 6
    assert len(Archive(keyed.home).arrivals) == 2
    for blob in (keyed.home.archive / "files").rglob("*.zst"):
        blob.write_bytes(b"damaged")
    tables.drop_tables(keyed.con)
    tables.create_tables(keyed.con)
    archive = Archive(keyed.home)
    assert loading.load_waiting(keyed.con, archive) == []
    assert keyed.tuples(CELLS) == rows and all(map(archive.is_whole, archive.arrivals))


@pytest.mark.long
def test_a_new_key_gives_what_it_would_have_given(keyed: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and archived files are, byte for byte, those of a home that had the new key from the start."""
    deliver(keyed)
    keyed.refresh()
    keep_as_before(keyed)
    keyed.con.close()
    rotate_key(keyed.home, the_key(OTHER), is_for_home=False)
    monkeypatch.setenv(VARIABLE, OTHER)
    with new_kit(tmp_path / "straight") as straight:
        deliver(straight)
        straight.refresh()
    assert held(keyed.home.root) == held(tmp_path / "straight")
