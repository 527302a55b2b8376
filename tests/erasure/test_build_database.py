"""The build database after an erasure: a new file without the patient, with the journals of others carried over."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import duckdb
import pytest

from tests.erasure.search_home import cells_with, files_with
from tests.quality.site_at_work import Site
from warehouse.erasure.erase_from_archive import erase_from_archive
from warehouse.erasure.erase_from_build import replace_build
from warehouse.redaction.erasure_list import ErasedList

PATIENT, WORDS = "ZQERASED-1", ("zqerased-1", "zqword")


def told(root: Path) -> Site:
    """A site with open and resolved entries of the patient and of another."""
    site = Site(root)
    rows = [f"{p},S1,2020-01-01,L1,20,zqword in segment,60" for p in (PATIENT, "P2")]
    rows += [f"{p},S2,2020-02-01,L2,20,other word,60" for p in (PATIENT, "P2")]
    site.sessions("2024-01-01_s.csv", *[row.replace("zqword", "word") if row[0] == "P" else row for row in rows])
    site.refresh()
    site.sessions("2024-02-01_s.csv", *[f"{p},S2,2020-02-01,L2,20,5,60" for p in (PATIENT, "P2")])
    site.refresh()
    return site


def erase(site: Site) -> bool:
    """Erase the patient from list, archive and build database."""
    listed = ErasedList(site.home)
    listed.add(listed.begin("st-anna", PATIENT, "consent withdrawn"))
    match = partial(listed.among, "st-anna")
    erase_from_archive(site.home, "st-anna", match)
    return replace_build(site.home, "st-anna", match)


def test_no_byte_and_no_cell_is_left(tmp_path: Path) -> None:
    """Neither the bytes of warehouse/ nor any cell, compressed or not, name the patient, before or after a refresh."""
    site = told(tmp_path / "home")
    assert cells_with(site.home.build_database, WORDS).keys() >= {"raw.rfa_sessions", "quality.quarantine"}
    assert erase(site)
    for _ in range(2):
        assert files_with(site.home.warehouse, WORDS) == {}
        assert cells_with(site.home.build_database, WORDS) == {}
        assert site.home.build_database.stat().st_mode & 0o777 == 0o600
        site.refresh()
    assert site.ask("SELECT DISTINCT patient_id FROM clean.rfa_sessions") == [("P2",)]


@pytest.mark.long
def test_the_journal_of_others_goes_on(tmp_path: Path) -> None:
    """The entries resolved for others are kept; the archive alone could not reproduce them."""
    site = told(tmp_path / "home")
    resolved = "SELECT delivery, line, key, rule_id, resolved_load_id FROM quality.resolved ORDER BY ALL"
    before = [row for row in site.ask(resolved) if row[2].startswith("P2|")]
    assert before and len(site.ask(resolved)) == 2 * len(before)
    erase(site)
    assert site.ask(resolved) == before
    site.refresh()
    assert site.ask(resolved) == before


@pytest.mark.long
def test_a_damaged_file_is_given_up(tmp_path: Path) -> None:
    """A build database that cannot be opened is deleted, the command says so, and it is made again from the archive."""
    site = told(tmp_path / "home")
    site.home.build_database.write_bytes(b"no database")
    assert not erase(site) and not site.home.build_database.exists()
    site.refresh()
    assert site.ask("SELECT DISTINCT patient_id FROM clean.rfa_sessions") == [("P2",)]


@pytest.mark.long
def test_a_log_beside_the_file_is_not_replayed(tmp_path: Path) -> None:
    """What a writer that died left in the write-ahead log is deleted too."""
    site = told(tmp_path / "home")
    con = duckdb.connect(str(site.home.build_database))
    con.execute("SET checkpoint_threshold = '1TB'")
    con.execute("CREATE TABLE meta.more AS SELECT 'zqword' AS cell")
    copy = Path(f"{site.home.build_database}.wal").read_bytes()
    con.close()
    Path(f"{site.home.build_database}.wal").write_bytes(copy)
    erase(site)
    assert not Path(f"{site.home.build_database}.wal").exists()
    assert files_with(site.home.warehouse, WORDS) == {}
