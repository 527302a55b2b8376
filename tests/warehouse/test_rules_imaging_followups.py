"""Tests the rules that a row of imaging_followups can break by itself (rules.csv, phases 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.warehouse import rule_cases
from tests.warehouse.kit import Kit, new_kit
from tests.warehouse.rule_cases import Case, broken, kept, label

EXPORT = "imaging_followups"

CASES: list[Case] = [
    # phase 1; contrast_enhanced is required as a column, and unknown where empty
    *(broken("REQ-01", column, "row", **{column: ""}) for column in ("patient_id", "exam_id", "exam_date", "modality")),
    kept({"contrast_enhanced": "unknown"}, contrast_enhanced="", lesion_status="viable"),
    broken("TYPE-01", "exam_date", "row", exam_date="2020-06-31"),
    broken("TYPE-01", "distance_to_zone_mm", "value", distance_to_zone_mm="near"),
    # IMG-02
    broken("IMG-02", "modality", "row", modality="xray"),
    *(kept({"modality": m}, modality=m.upper(), lesion_status="") for m in ("ct", "mr", "us", "ceus", "pet_ct")),
    broken("IMG-02", "contrast_enhanced", "row", contrast_enhanced="maybe"),
    kept({"contrast_enhanced": "no"}, contrast_enhanced="NO", lesion_status="equivocal"),
    broken("IMG-02", "lesion_status", "value", lesion_status="recurrence"),
    *(kept({"lesion_status": s}, lesion_status=s) for s in ("no_viable", "residual", "viable", "not_assessed")),
    broken("IMG-02", "new_liver_lesion", "value", new_liver_lesion="1"),
    broken("IMG-02", "extrahepatic_progression", "value", extrahepatic_progression="lung"),
    kept({"new_liver_lesion": "yes"}, new_liver_lesion="yes", extrahepatic_progression="unknown"),
    # IMG-12, IMG-13
    broken("IMG-12", "exam_date", "row", exam_date="1994-12-31"),
    kept({"exam_date": date(1995, 1, 1)}, flags="IMG-03", exam_date="1995-01-01"),
    broken("IMG-12", "exam_date", "row", exam_date="2024-07-01"),
    kept({"exam_date": date(2024, 6, 30)}, exam_date="2024-06-30"),
    broken("IMG-13", "distance_to_zone_mm", "value", distance_to_zone_mm="-0.1"),
    kept({"distance_to_zone_mm": 0.0}, distance_to_zone_mm="0"),
    broken("IMG-13", "distance_to_zone_mm", "value", distance_to_zone_mm="100.1"),
    kept({"distance_to_zone_mm": 100.0}, distance_to_zone_mm="100"),
    # phase 4
    *(
        broken("IMG-04", "lesion_status", "flag", lesion_status=status, contrast_enhanced="no")
        for status in ("no_viable", "residual", "ltp")
    ),
    broken("IMG-04", "lesion_status", "flag", modality="us"),
    broken("IMG-04", "lesion_status", "flag", modality="ceus"),
    kept({"lesion_status": "viable"}, lesion_status="viable", contrast_enhanced="no"),
    kept({"modality": "mr"}, modality="mr"),
    broken("IMG-06", "lesion_status", "flag", lesion_status="ltp", distance_to_zone_mm="10.1"),
    broken("IMG-06", "lesion_status", "flag", lesion_status="residual", distance_to_zone_mm="10.1"),
    kept({"distance_to_zone_mm": 10.0}, lesion_status="residual", distance_to_zone_mm="10"),
    kept({"distance_to_zone_mm": 10.1}, lesion_status="viable", distance_to_zone_mm="10.1"),
    # PHI-01: the lesion belongs to the key; without it the row would be a finding outside the lesions
    broken("PHI-01", "exam_id", "row", exam_id="MRN 12345"),
    broken("PHI-01", "lesion_id", "row", lesion_id="Mr Miller"),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """All cases, once through the warehouse."""
    with new_kit(tmp_path_factory.mktemp("home")) as kit:
        rule_cases.deliver(kit, EXPORT, CASES)
        yield kit


@pytest.mark.parametrize("number, case", list(enumerate(CASES)), ids=[label(case) for case in CASES])
def test_a_row_of_imaging_followups(judged: Kit, number: int, case: Case) -> None:
    """Just outside a bound the rule sets aside what it says; just inside the value is stored."""
    rule_cases.check(judged, EXPORT, number, case)
