"""Tests the rules that a row of patients can break by itself (rules.csv, phases 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.warehouse import rule_cases
from tests.warehouse.kit import Kit, new_kit
from tests.warehouse.rule_cases import Case, broken, kept, label

EXPORT = "patients"
FLAGS = ("node_positive_primary", "extrahepatic_disease", "prior_hepatectomy", "prior_chemotherapy")

CASES: list[Case] = [
    # phase 1
    broken("REQ-01", "patient_id", "row", patient_id=" "),
    broken("TYPE-01", "birth_year", "value", birth_year="1950.5"),
    broken("TYPE-01", "birth_year", "value", birth_year="about 1950"),
    kept({"birth_year": 1950}, birth_year="1950.0"),
    broken("TYPE-01", "dfi_months", "value", dfi_months="3,5"),
    broken("TYPE-01", "dfi_months", "value", dfi_months="nan"),
    kept({"dfi_months": 3.5}, dfi_months="3.5"),
    broken("TYPE-01", "cea_ng_ml", "value", cea_ng_ml="<5"),
    broken("TYPE-01", "n_clm_total", "value", n_clm_total="2 or 3"),
    broken("TYPE-01", "last_contact_date", "value", last_contact_date="01.02.2024"),
    broken("TYPE-01", "last_contact_date", "value", last_contact_date="2024-02-30"),
    broken("TYPE-01", "last_contact_date", "value", last_contact_date="2024-2-3"),
    broken("TYPE-01", "last_contact_date", "value", last_contact_date="20240203"),
    broken("TYPE-01", "last_contact_date", "value", last_contact_date="2024-02-3"),
    broken("TYPE-01", "last_contact_date", "value", last_contact_date="2024-02-03 00:00:00"),
    broken("TYPE-01", "death_date", "value", death_date="2024-13-01", vital_status="alive"),
    # PAT-03
    broken("PAT-03", "sex", "value", sex="f"),
    kept({"sex": "other"}, sex="OTHER"),
    broken("PAT-03", "primary_site", "value", primary_site="colon"),
    kept({"primary_site": "right_colon"}, primary_site="right_colon"),
    broken("PAT-03", "clm_timing", "value", clm_timing="later"),
    kept({"clm_timing": "metachronous"}, clm_timing="metachronous"),
    broken("PAT-03", "vital_status", "value", vital_status="gone"),
    kept({"vital_status": "unknown"}, vital_status="unknown"),
    broken("PAT-03", "death_cause", "value", death_cause="crc"),
    kept({"death_cause": "treatment"}, death_cause="treatment"),
    broken("PAT-03", "ecog", "value", ecog="5"),
    broken("PAT-03", "ecog", "value", ecog="-1"),
    kept({"ecog": 4}, ecog="4"),
    kept({"ecog": 0}, ecog="0"),
    *(broken("PAT-03", flag, "value", **{flag: "y"}) for flag in FLAGS),
    *(kept({flag: "yes"}, **{flag: "YES"}) for flag in FLAGS),
    # PAT-04, PAT-12, PAT-13
    broken("PAT-04", "birth_year", "value", birth_year="1899"),
    kept({"birth_year": 1900}, flags="PAT-04-W", birth_year="1900"),
    broken("PAT-04", "birth_year", "value", birth_year="2025"),
    broken("PAT-12", "cea_ng_ml", "value", cea_ng_ml="0"),
    kept({"cea_ng_ml": 0.01}, cea_ng_ml="0.01"),
    broken("PAT-12", "cea_ng_ml", "value", cea_ng_ml="50000.1"),
    kept({"cea_ng_ml": 50000.0}, flags="PAT-12-W", cea_ng_ml="50000"),
    broken("PAT-12-W", "cea_ng_ml", "flag", cea_ng_ml="1000.1"),
    kept({"cea_ng_ml": 1000.0}, cea_ng_ml="1000"),
    broken("PAT-13", "dfi_months", "value", dfi_months="-0.1"),
    kept({"dfi_months": 0.0}, dfi_months="0"),
    broken("PAT-13", "dfi_months", "value", dfi_months="240.1"),
    kept({"dfi_months": 240.0}, dfi_months="240"),
    broken("PAT-13", "n_clm_total", "value", n_clm_total="0"),
    kept({"n_clm_total": 1}, n_clm_total="1"),
    broken("PAT-13", "n_clm_total", "value", n_clm_total="51"),
    kept({"n_clm_total": 50}, n_clm_total="50"),
    # PHI-01 in the identifier: required, so the row
    broken("PHI-01", "patient_id", "row", patient_id="Mrs Miller"),
    broken("PHI-01", "patient_id", "row", patient_id="miller@example.org"),
    # phase 4
    broken("PAT-06", "death_date vital_status", "value", death_date="2024-01-01", vital_status="alive"),
    broken("PAT-06", "death_date vital_status", "value", death_date="2024-01-01", vital_status="unknown"),
    kept({"death_date": date(2024, 1, 1)}, death_date="2024-01-01", vital_status="Dead"),
    broken("PAT-06-W", "death_date", "flag", vital_status="dead"),
    kept({"vital_status": "alive"}, vital_status="alive"),
    broken("PAT-09", "death_date", "value", death_date="2024-07-01", vital_status="dead"),
    kept({"death_date": date(2024, 6, 30)}, death_date="2024-06-30", vital_status="dead"),
    broken("PAT-09", "last_contact_date", "value", last_contact_date="2024-07-01"),
    kept({"last_contact_date": date(2024, 6, 30)}, last_contact_date="2024-06-30"),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """All cases, once through the warehouse."""
    with new_kit(tmp_path_factory.mktemp("home")) as kit:
        rule_cases.deliver(kit, EXPORT, CASES)
        yield kit


@pytest.mark.parametrize("number, case", list(enumerate(CASES)), ids=[label(case) for case in CASES])
def test_a_row_of_patients(judged: Kit, number: int, case: Case) -> None:
    """Just outside a bound the rule sets aside what it says; just inside the value is stored."""
    rule_cases.check(judged, EXPORT, number, case)


@pytest.mark.long
def test_several_columns_are_several_entries_and_the_rest_goes_on(kit: Kit) -> None:
    """One entry per failed rule and column; the row keeps what is right."""
    kit.deliver("north", EXPORT, "2024-06-30.csv", "patient_id,sex,ecog,birth_year,cea_ng_ml\nP1,f,9,1950,-1\n")
    kit.refresh()
    assert [(e["rule_id"], e["column_name"]) for e in kit.entries()] == [
        ("PAT-03", "ecog"),
        ("PAT-03", "sex"),
        ("PAT-12", "cea_ng_ml"),
    ]
    assert kit.tuples("SELECT sex, ecog, birth_year, cea_ng_ml FROM clean.patients") == [(None, None, 1950, None)]


@pytest.mark.long
def test_a_value_set_aside_in_one_phase_is_empty_for_the_next(kit: Kit) -> None:
    """A mistyped vital_status is empty in phase 4, so the death_date stands without 'dead'; a mistyped
    death_date is empty, so the dead patient lacks one."""
    rows = "P1,gone,2024-01-01\nP2,dead,1.1.2024\n"
    kit.deliver("north", EXPORT, "2024-06-30.csv", "patient_id,vital_status,death_date\n" + rows)
    kit.refresh()
    assert [(e["key"], e["rule_id"], e["column_name"]) for e in kit.entries()] == [
        ("P1", "PAT-03", "vital_status"),
        ("P1", "PAT-06", "death_date"),
        ("P1", "PAT-06", "vital_status"),
        ("P2", "TYPE-01", "death_date"),
    ]
    assert kit.tuples("SELECT patient_id, flags FROM clean.patients ORDER BY 1") == [
        ("P1", []),
        ("P2", ["PAT-06-W"]),
    ]
