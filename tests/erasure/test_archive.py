"""The archive without a patient: nobody else's rows change, and the patient's do not come back."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import partial

import pytest

from tests.erasure.search_home import below_home
from tests.warehouse import workbooks
from tests.warehouse.kit import SITE, Kit, csv_of, named, new_kit, row_of
from tests.warehouse.test_typed_formats import parquet, workbook
from warehouse.archive.archive import Archive
from warehouse.erasure.erase_from_archive import ErasedFromArchive, erase_from_archive
from warehouse.redaction.erasure_list import ErasedList
from warehouse.storage.home import Home

PATIENT, VALUE = "ZQERASED-1", "zqguidance"
RAW = "SELECT * FROM raw.rfa_sessions WHERE patient_id IS DISTINCT FROM ? ORDER BY row_id"


def erase(home: Home, patient: str = PATIENT, site: str = SITE) -> ErasedFromArchive:
    """Add the patient to the list and rewrite the archive."""
    listed = ErasedList(home)
    listed.add(listed.begin(site, patient, "consent withdrawn"))
    listed.end()
    return erase_from_archive(home, site, partial(listed.among, site))


def sessions() -> list[dict[str, str]]:
    """Others' rows before, between and after the patient's, with everything that a file may hold."""
    rows = [
        row_of("rfa_sessions", patient_id=patient, session_id=f"S{n}", guidance=guidance)
        for n, (patient, guidance) in enumerate(
            [("P1", 'a "quoted", word'), (PATIENT, VALUE), ("P2", "two\nlines"), (f" {PATIENT} ", VALUE), ("", "x")]
        )
    ]
    return [row | {"Ward ": f"w{n}", "ward": f"v{n}"} for n, row in enumerate(rows)]


def ndjson(rows: list[dict[str, str]]) -> bytes:
    """The rows as NDJSON, one object per line."""
    import json

    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def sheet(rows: list[dict[str, str]]) -> bytes:
    """The rows as an Excel workbook."""
    return workbook([list(rows[0]), *([*row.values()] for row in rows)])


FORMATS: dict[str, Callable[[list[dict[str, str]]], bytes]] = {
    "csv": lambda rows: csv_of(rows).encode(),
    "semicolon.csv": lambda rows: csv_of(rows, ";").encode(),
    "csv.gz": lambda rows: gzip.compress(csv_of(rows).encode()),
    "ndjson": ndjson,
    "parquet": lambda rows: parquet([{k: v for k, v in row.items() if k != "ward"} for row in rows]),
    "xlsx": sheet,
}
QUICK = ("csv",)
ENDINGS = [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in FORMATS]


@pytest.mark.parametrize("ending", ENDINGS)
def test_rows_of_others_stay_to_the_last_cell(kit: Kit, ending: str) -> None:
    """In every format the rows of others keep number, line, key and every cell, including unknown columns."""
    kit.deliver(SITE, "rfa_sessions", f"2024-06-30_s.{ending}", FORMATS[ending](sessions()))
    kit.refresh()
    before, clean = kit.rows(RAW, PATIENT), kit.rows("SELECT line, patient_id FROM clean.rfa_sessions")
    assert len(before) == 3 and {"line": 3, "patient_id": "P2"} in clean
    assert erase(kit.home) == ErasedFromArchive(1, 2, 0)
    kit.refresh(full=True)
    assert kit.rows(RAW, PATIENT) == before
    assert kit.value("SELECT count(*) FROM raw.rfa_sessions") == 3
    load = kit.load(f"2024-06-30_s.{ending}")
    assert (load["rows_received"], load["rows_erased"]) == (3, 2)
    held = below_home(kit.home, [PATIENT, VALUE])
    assert not [name for name in held if not name.startswith("warehouse/")]


@pytest.mark.long
def test_the_unchanged_file_in_landing_is_no_arrival(kit: Kit) -> None:
    """After the erasure the file in landing/ is still known by the hash of its delivered bytes and is not received."""
    path = kit.deliver(SITE, "rfa_sessions", named("rfa_sessions"), csv_of(sessions()))
    kit.refresh()
    (arrived,) = Archive(kit.home).arrivals
    erase(kit.home)
    erase(kit.home, "P2")
    kit.refresh(full=True)
    (arrival,) = Archive(kit.home).arrivals
    assert path.exists() and (arrival.sha256, arrival.load_no) == (arrived.sha256, arrived.load_no)
    assert (arrival.delivery, arrival.arrived_at) == (arrived.delivery, arrived.arrived_at)
    assert arrival.tombstone is not None and arrival.tombstone.rows == 3
    assert kit.value("SELECT count(*) FROM raw.rfa_sessions") == 2


@pytest.mark.long
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_later_delivery_brings_nobody_back(kit: Kit, ending: str) -> None:
    """Rows of an erased patient in a new file, of every export, are neither loaded nor archived, and are counted."""
    kit.deliver(SITE, "rfa_sessions", "2024-01-01_s.csv", csv_of([row_of("rfa_sessions", patient_id=PATIENT)]))
    kit.refresh()
    erase(kit.home)
    kit.deliver(SITE, "rfa_sessions", f"2024-06-30_s.{ending}", FORMATS[ending](sessions()))
    for export in ("patients", "genotypes", "imaging_followups"):
        kit.deliver(SITE, export, named(export), csv_of([row_of(export, patient_id=p) for p in (PATIENT, "P1")]))
    kit.refresh(full=True)
    assert kit.problems == []
    for export in ("patients", "rfa_sessions", "genotypes", "imaging_followups"):
        assert kit.value(f"SELECT count(*) FROM raw.{export} WHERE trim(patient_id) = ?", PATIENT) == 0
        assert kit.value("SELECT sum(rows_erased) FROM meta.loads WHERE export = ?", export) > 0
    assert kit.value("SELECT count(*) FROM raw.rfa_sessions") == 3
    assert below_home(kit.home, [PATIENT, VALUE]).keys() <= {"warehouse/build.duckdb", "warehouse/build.duckdb.wal"}
    landed = Archive(kit.home).arrivals
    kit.refresh()
    assert Archive(kit.home).arrivals == landed


@pytest.mark.long
def test_identifiers_keep_their_case_and_their_site(kit: Kit) -> None:
    """p1 is a different patient from P1, and so is P1 of another site."""
    rows = csv_of([row_of("rfa_sessions", patient_id=p) for p in ("P1", "p1", "P10")])
    for site in (SITE, "south"):
        kit.deliver(site, "rfa_sessions", named("rfa_sessions"), rows)
    kit.refresh()
    assert erase(kit.home, "P1") == ErasedFromArchive(1, 1, 0)
    kit.deliver("south", "rfa_sessions", named("rfa_sessions", "2"), csv_of([row_of("rfa_sessions", patient_id="P1")]))
    kit.refresh(full=True)
    found = kit.tuples("SELECT site, patient_id FROM raw.rfa_sessions ORDER BY ALL")
    assert found == [(SITE, "P10"), (SITE, "p1"), ("south", "P1"), ("south", "P1"), ("south", "P10"), ("south", "p1")]


@pytest.mark.long
def test_a_file_that_two_sites_sent_stays_for_the_other(kit: Kit) -> None:
    """The same content from two sites is one file in the archive; erasing at one site keeps it for the other."""
    content = csv_of(sessions())
    for site in (SITE, "south"):
        kit.deliver(site, "rfa_sessions", named("rfa_sessions"), content)
    kit.refresh()
    erase(kit.home)
    archive = Archive(kit.home)
    south = next(a for a in archive.arrivals if a.site == "south")
    assert b"".join(archive.chunks(south)) == content.encode()
    kit.refresh(full=True)
    assert kit.tuples("SELECT site, count(*) FROM raw.rfa_sessions GROUP BY 1 ORDER BY 1") == [(SITE, 3), ("south", 5)]


@pytest.mark.long
def test_what_cannot_be_read_is_kept_no_longer(kit: Kit) -> None:
    """An unreadable file could name anybody: it is removed, old or new, and the delivery is rejected as before."""
    bad = f"patient_id,session_id\n{PATIENT},S1\n"
    kit.deliver(SITE, "rfa_sessions", "2024-01-01_bad.csv", bad)
    kit.deliver("south", "rfa_sessions", "2024-01-01_bad.csv", "patient_id,session_id\nP9,S1\n")
    kit.deliver(SITE, "rfa_sessions", named("rfa_sessions"), csv_of(sessions()))
    kit.refresh()
    reasons = kit.tuples("SELECT site, delivery, status, reason FROM meta.loads ORDER BY ALL")
    assert erase(kit.home).unreadable == 1
    kit.refresh(full=True)
    assert kit.tuples("SELECT site, delivery, status, reason FROM meta.loads ORDER BY ALL") == reasons
    kit.deliver(SITE, "rfa_sessions", "2024-07-01_bad.csv", bad + "\n\n")
    kit.refresh(full=True)
    assert kit.load("2024-07-01_bad.csv")["status"] == "rejected"
    held = [a.content_sha256 is not None for a in Archive(kit.home).arrivals if "bad" in a.file_name]
    assert sorted(held) == [False, False, True]  # the other site's stays
    assert below_home(kit.home, [PATIENT]).keys() <= {"warehouse/build.duckdb", "warehouse/build.duckdb.wal"}


@pytest.mark.long
def test_without_its_key_nothing_is_taken_in(kit: Kit) -> None:
    """Without its key the list recognises nobody, so the refresh stops instead of taking erased patients back."""
    from warehouse.storage.errors import RegistryError

    kit.deliver(SITE, "rfa_sessions", named("rfa_sessions"), csv_of(sessions()))
    kit.refresh()
    erase(kit.home)
    (kit.home.erasure / "key").unlink()
    kit.deliver(SITE, "rfa_sessions", named("rfa_sessions", "2"), csv_of(sessions()))
    with pytest.raises(RegistryError, match="key of the list of erased patients"):
        kit.refresh()
    assert len(Archive(kit.home).arrivals) == 1


@pytest.mark.long
def test_the_crash_before_the_log_is_harmless(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """An erasure that dies before the log is replaced leaves the archive intact; repeated, it completes."""
    kit.deliver(SITE, "rfa_sessions", named("rfa_sessions"), csv_of(sessions()))
    kit.refresh()
    before = kit.rows("FROM raw.rfa_sessions")
    with monkeypatch.context() as broken:
        broken.setattr(Archive, "tombstone", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            erase(kit.home)
    kit.refresh(full=True)
    assert kit.rows("FROM raw.rfa_sessions") == before
    assert erase(kit.home) == ErasedFromArchive(1, 2, 0) and erase(kit.home) == ErasedFromArchive(0, 0, 0)


def test_a_home_where_nobody_was_erased_pays_nothing(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a list no file is read when it is received."""
    from warehouse.redaction import screen_arrival

    monkeypatch.setattr(screen_arrival, "rest_of", lambda *_: pytest.fail("the file was read"))
    with new_kit(tmp_path / "home") as kit:
        kit.deliver(SITE, "rfa_sessions", named("rfa_sessions"), csv_of(sessions()))
        assert kit.land() == []


@pytest.mark.long
def test_a_number_that_a_workbook_shows_with_zeros_is_gone_with_it(kit: Kit) -> None:
    """After 1017 is erased, a workbook that shows 001017 keeps the others, and its next version brings nobody back."""
    rows = [["patient_id", "sex"], [workbooks.number("1017", 1), "male"], [workbooks.number("1018", 1), "male"]]
    content = workbooks.book(workbooks.sheet(rows), formats=["000000"])
    kit.deliver(SITE, "patients", "2024-06-29_p.xlsx", content)
    kit.refresh()
    assert erase(kit.home, "1017").rows == 1
    kit.deliver(SITE, "patients", "2024-06-30_p.xlsx", content)
    kit.refresh(full=True)
    assert kit.tuples("SELECT DISTINCT patient_id FROM raw.patients") == [("001018",)]
    assert kit.load("2024-06-30_p.xlsx")["rows_erased"] == 1
