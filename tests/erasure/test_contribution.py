"""Counts less a patient's contribution are those of a registry that never had the patient."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.delivery_stories import MAX_ARRIVALS, Story, stories
from tests.properties.test_history_agrees import MEMORY, SAME_EVERY_TIME, tell
from tests.quality.site_at_work import ANSWER_COLUMNS, Site
from tests.warehouse.kit import Kit, new_kit
from warehouse.erasure import erase_from_release
from warehouse.erasure.erase_from_archive import erase_from_archive
from warehouse.erasure.patient_contribution import contribution
from warehouse.quality.rule_results import write_results
from warehouse.redaction.erasure_list import ErasedList

PATIENT = "P1"
SITES = 10


def counts(kit: Kit) -> dict[str, list[dict]]:
    """The counted tables, and the violations of rules that a row can break."""
    found = {
        table: kit.rows(f"SELECT * EXCLUDE (load_id) FROM {table} ORDER BY site, export, delivery")
        for table in ("meta.loads", "quality.ledger")
    }
    found["results"] = kit.rows(
        "SELECT rule_id, table_name, n_violations FROM quality.results WHERE level = 'row' ORDER BY ALL"
    )
    found["site_results"] = kit.rows(
        "SELECT s.site, s.rule_id, s.table_name, s.n_violations FROM quality.site_results s "
        "JOIN quality.results r USING (rule_id, table_name, aspect) "
        "WHERE r.level = 'row' AND s.n_violations > 0 ORDER BY ALL"
    )
    return found


@pytest.mark.long
@given(st.lists(stories(), min_size=SITES, max_size=SITES))
@settings(SAME_EVERY_TIME, max_examples=1)
def test_counts_without_a_patient_are_those_of_a_registry_without(told: list[Story]) -> None:
    """With corrections, conflicts, duplicates, snapshots and unreadable files, loads, ledger and findings of rules less
    the patient's share equal the counts of a rebuild from the erased archive."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, new_kit(Path(folder)) as kit:
        tell(kit, told, lambda story: story.arrivals, [False] * MAX_ARRIVALS)
        write_results(kit.con)
        sites = [site for (site,) in kit.tuples("SELECT DISTINCT site FROM meta.loads ORDER BY 1")]
        for site in sites:
            with contribution(kit.home, site, lambda ids: {PATIENT} & set(ids)) as theirs:
                share = theirs.share_of(*erase_from_release.deliveries_of(kit.con, site))
            erase_from_release.subtract(kit.con, site, share)
            for result in share.results:
                table = "quality.site_results" if result.site else "quality.results"
                kit.con.execute(
                    f"UPDATE {table} SET n_violations = n_violations - ? WHERE rule_id = ? AND table_name = ?"
                    + (f" AND site = '{result.site}'" if result.site else ""),
                    [result.n_violations, result.rule.rule_id, result.table],
                )
        subtracted = counts(kit)
        for site in sites:
            listed = ErasedList(kit.home)
            listed.add(listed.begin(site, PATIENT, "consent withdrawn"))
            erase_from_archive(kit.home, site, partial(listed.among, site))
        kit.refresh(full=True)
        write_results(kit.con)
        rebuilt = counts(kit)
        assert kit.value("SELECT sum(rows_erased) FROM meta.loads") > 0
        for table in rebuilt:
            assert subtracted[table] == rebuilt[table], table


def answer(site: Site, corrected: dict[str, str]) -> None:
    """Return a sheet that corrects the entries of these keys."""
    sheet = site.sheet()
    for row in sheet.queries.iter_rows(min_row=2):
        said = ("correct", corrected[row[5].value], "Dr. A", "2024-02-01")
        for column, value in zip(ANSWER_COLUMNS.values(), (*said, None), strict=True):
            sheet.queries.cell(row[0].row, column).value = value
    site.hand_back(sheet, "2024-02-01_answers.xlsx")


@pytest.mark.long
def test_answers_of_a_patient_go_with_the_patient(tmp_path: Path) -> None:
    """A sheet's lines for the patient are removed from the archive and every count; those for others stay in force."""
    site = Site(tmp_path / "home")
    site.sessions("2024-01-01_s.csv", "P1,S1,2020-01-01,L1,20,13,60", "P2,S1,2020-01-01,L1,20,13,60")
    site.refresh()
    answer(site, {"P1|S1|L1": "5", "P2|S1|L1": "6"})
    site.refresh()
    corrected = "SELECT patient_id, segment FROM clean.rfa_sessions ORDER BY ALL"
    assert site.ask(corrected) == [("P1", "5"), ("P2", "6")]
    listed = ErasedList(site.home)
    listed.add(listed.begin("st-anna", "P1", "consent withdrawn"))
    with site.build() as con:
        loads, modes = erase_from_release.deliveries_of(con, "st-anna")
    with contribution(site.home, "st-anna", lambda ids: {"P1"} & set(ids)) as theirs:
        share = theirs.share_of(loads, modes)
        assert theirs.ids == {"P1"} and theirs.n_rows == 2
    sheet = next(place for place in loads if place[0] == "answers")
    assert share.loads[sheet] | {"rows_received": 1, "changed": 1, "rows_erased": -1} == share.loads[sheet]
    erase_from_archive(site.home, "st-anna", partial(listed.among, "st-anna"))
    site.refresh(full=True)
    assert site.ask(corrected) == [("P2", "6")]
    assert site.ask("SELECT key, status FROM quality.answers") == [("P2|S1|L1", "applied")]
    assert site.ask("SELECT rows_received, rows_erased FROM meta.loads WHERE export = 'answers'") == [(1, 1)]
