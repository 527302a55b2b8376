"""Tests that a patient who was delivered under two numbers is erased under both, with what was recorded about them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.erasure.erased_home import OTHERS, PATIENT, SITE, deliver, refresh
from tests.erasure.search_home import below_home, cells_with
from tests.erasure.test_contribution import counts
from tests.orchestration.command import run_here
from tests.warehouse.kit import Kit, csv_of, row_of
from warehouse.archive import corrections
from warehouse.archive.archive import Archive
from warehouse.archive.corrections import ERASED, MERGE, RETRACT
from warehouse.erasure import erase_from_release
from warehouse.erasure.erase_from_archive import erase_from_archive
from warehouse.erasure.patient_contribution import contribution
from warehouse.quality.rule_results import write_results
from warehouse.redaction.erasure_list import ErasedList
from warehouse.releases.query import open_release
from warehouse.releases.release import list_releases
from warehouse.storage.home import Home

SECOND = "ZQSECOND-2"
BOTH = (PATIENT.lower(), SECOND.lower())


def retraction(kit: Kit, export: str, *key: str) -> None:
    """Retract a row that the newest file has."""
    file = Archive(kit.home).arrivals[-1]
    place = {"folder": file.export, "delivery": file.delivery, "sha256": file.sha256}
    corrections.record(kit.home, "A. Miller", RETRACT, SITE, reason="why", export=export, key=key, **place)


@pytest.mark.long
def test_counts_without_both_numbers_are_those_of_a_registry_without(kit: Kit) -> None:
    """With a retraction, a merge and a contradiction between the two numbers, loads, ledger and findings less the
    patient's share equal the counts of a rebuild from the erased archive.
    """
    sick = {"max_diameter_mm": "200"}
    for name, rows in (
        ("2024-01-01.csv", [{}, {"patient_id": "P9", "session_id": "S2"} | sick, {"patient_id": "P2"} | sick]),
        ("2024-02-01.csv", [{"power_w": "50"}, {"patient_id": "P9", "power_w": "70"}, {"patient_id": "P2"}]),
        ("2024-03-01.csv", [{"session_id": "S3"}, {"session_id": "S3", "patient_id": "P9"}]),
    ):
        kit.deliver(
            SITE, "rfa_sessions", name, csv_of([row_of("rfa_sessions", **({"power_w": "60"} | r)) for r in rows])
        )
    kit.refresh()
    retraction(kit, "rfa_sessions", "P1", "S3", "L1")
    corrections.record(kit.home, "A. Miller", MERGE, SITE, reason="why", old="P9", new="P1")
    kit.refresh()
    write_results(kit.con)
    with contribution(kit.home, SITE, {"P1", "P9"}.intersection) as theirs:
        share = theirs.share_of(*erase_from_release.deliveries_of(kit.con, SITE))
        earlier = theirs.share_of(*erase_from_release.deliveries_of(kit.con, SITE), n_corrections=0)
    assert sum(one["withdrawn"] for one in share.ledger.values()) == 1
    assert sum(one["withdrawn"] for one in earlier.ledger.values()) == 0
    erase_from_release.subtract(kit.con, SITE, share)
    for result in share.results:
        kit.con.execute(
            f"UPDATE quality.{'site_results' if result.site else 'results'} SET n_violations = n_violations - ? "
            "WHERE rule_id = ? AND table_name = ?",
            [result.n_violations, result.rule.rule_id, result.table],
        )
    subtracted = counts(kit)
    listed = ErasedList(kit.home)
    for number in ("P1", "P9"):
        listed.add(listed.begin(SITE, number, "consent withdrawn"))
    match = partial(listed.among, SITE)
    erase_from_archive(kit.home, SITE, match)
    assert corrections.erase(kit.home, SITE, match) == 2
    kit.refresh(full=True)
    write_results(kit.con)
    assert counts(kit) == subtracted
    assert kit.tuples("SELECT DISTINCT patient_id FROM raw.rfa_sessions") == [("P2",)]


@pytest.mark.long
@pytest.mark.parametrize("named", [PATIENT, SECOND])
def test_both_numbers_go(tmp_path: Path, named: str) -> None:
    """Whichever number is named, no release, file or journal below the home names either afterwards; a release from
    before the merge loses both patients, one from after it the one; neither comes back.
    """
    home = Home(tmp_path / "home").create()
    deliver(home.landing, "2024-01-31_x", (*OTHERS[:4], PATIENT))
    assert refresh(home).code == 0
    deliver(home.landing, "2024-06-30_x", (*OTHERS, PATIENT, SECOND))
    assert refresh(home).code == 0
    assert run_here(home.root, "merge", SITE, SECOND, PATIENT, "--reason", "Same person").code == 0
    done = run_here(home.root, "retract", SITE, "rfa_sessions", f"{OTHERS[0]}|S1|L1", "--reason", f"Not {SECOND}'s")
    assert done.code == 0, done.err.decode()
    assert refresh(home).code == 0
    ran = run_here(home.root, "forget", SITE, named, "--reason", "consent withdrawn", "--yes")
    assert ran.code == 0, ran.err.decode()
    assert "under 2, which were merged" in ran.text and named not in ran.text
    assert below_home(home, BOTH) == {}
    for release in list_releases(home):
        assert cells_with(release.database, BOTH) == {}
        with open_release(release) as con:
            assert con.execute("SELECT bool_and(is_balanced) FROM quality.ledger").fetchone() == (True,)
    assert [one.action for one in corrections.read(home)] == [ERASED, RETRACT]
    assert "landing/north/patients/2024-06-30_x.csv" in ran.text
    deliver(home.landing, "2024-07-31_x", (*OTHERS, PATIENT, SECOND))
    assert refresh(home).code == 0
    assert below_home(home, BOTH) == {}
