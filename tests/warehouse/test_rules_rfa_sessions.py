"""Tests the rules that a row of rfa_sessions can break by itself (rules.csv, phases 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.warehouse import rule_cases
from tests.warehouse.kit import Kit, new_kit
from tests.warehouse.rule_cases import Case, broken, kept, label

EXPORT = "rfa_sessions"
FLAGS = ("subcapsular", "perivascular", "technical_success")
SEGMENTS = ("1", "2", "3", "4", "4a", "4b", "5", "6", "7", "8")
PHI = (
    "Dr. Miller under CT",
    "call (212) 555-0123",
    "call +49 6221 123456",
    "a.miller@example.org",
    "id 123-45-6789",
    "MRN: 12345",
    "11010519491231002X",
)

CASES: list[Case] = [
    # phase 1
    broken("REQ-01", "patient_id", "row", patient_id=""),
    broken("REQ-01", "session_id", "row", session_id=""),
    broken("REQ-01", "session_date", "row", session_date=""),
    broken("REQ-01", "lesion_id", "row", lesion_id=""),
    broken("REQ-01", "max_diameter_mm", "row", max_diameter_mm="  "),
    broken("TYPE-01", "session_date", "row", session_date="2020/01/01"),
    broken("TYPE-01", "session_date", "row", session_date="2021-02-29"),
    broken("TYPE-01", "max_diameter_mm", "row", max_diameter_mm="20 mm"),
    kept({"max_diameter_mm": 20.0}, max_diameter_mm="2.0e1"),
    *(
        broken("TYPE-01", column, "value", **{column: "about 20"})
        for column in ("minimal_margin_mm", "zone_long_mm", "zone_short_mm", "power_w", "time_min")
    ),
    # LES-03, LES-04
    broken("LES-03", "max_diameter_mm", "row", max_diameter_mm="1.9"),
    kept({"max_diameter_mm": 2.0}, flags="LES-03-W LES-04", max_diameter_mm="2"),
    broken("LES-03", "max_diameter_mm", "row", max_diameter_mm="150.1"),
    kept({"max_diameter_mm": 150.0}, flags="LES-03-W", max_diameter_mm="150"),
    broken("LES-03-W", "max_diameter_mm", "flag", max_diameter_mm="60.1"),
    kept({"max_diameter_mm": 60.0}, max_diameter_mm="60"),
    broken("LES-03-W", "max_diameter_mm", "flag", max_diameter_mm="4.9"),
    broken("LES-04", "max_diameter_mm", "flag", max_diameter_mm="7.9"),
    kept({"max_diameter_mm": 8.0}, max_diameter_mm="8"),
    broken("LES-04", "max_diameter_mm", "flag", max_diameter_mm="10", zone_long_mm="100"),
    kept({"zone_long_mm": 99.9}, max_diameter_mm="10", zone_long_mm="99.9"),
    broken("LES-04", "max_diameter_mm", "flag", max_diameter_mm="50", zone_long_mm="5"),
    # LES-05
    broken("LES-05", "segment", "value", segment="9"),
    broken("LES-05", "segment", "value", segment="IX"),
    broken("LES-05", "segment", "value", segment="4c"),
    *(kept({"segment": segment}, segment=segment.upper()) for segment in SEGMENTS),
    # ABL-02
    broken("ABL-02", "session_date", "row", session_date="1994-12-31"),
    kept({"session_date": date(1995, 1, 1)}, session_date="1995-01-01"),
    broken("ABL-02", "session_date", "row", session_date="2024-07-01"),
    kept({"session_date": date(2024, 6, 30)}, session_date="2024-06-30"),
    broken("ABL-02", "margin_exam_date", "value", margin_exam_date="1994-12-31"),
    broken("ABL-02", "margin_exam_date", "value", margin_exam_date="2024-07-01"),
    kept({"margin_exam_date": date(2024, 6, 30)}, margin_exam_date="2024-06-30"),
    broken("TYPE-01", "margin_exam_date", "value", margin_exam_date="10.03.2020"),
    # ABL-06, ABL-07
    broken("ABL-06", "power_w", "value", power_w="9.9"),
    kept({"power_w": 10.0}, power_w="10"),
    broken("ABL-06", "power_w", "value", power_w="250.1"),
    kept({"power_w": 250.0}, power_w="250"),
    broken("ABL-06", "time_min", "value", time_min="0.4"),
    kept({"time_min": 0.5}, time_min=".5"),
    broken("ABL-06", "time_min", "value", time_min="120.1"),
    kept({"time_min": 120.0}, time_min="120"),
    broken("ABL-07", "minimal_margin_mm", "value", minimal_margin_mm="-20.1"),
    kept({"minimal_margin_mm": -20.0}, minimal_margin_mm="-20"),
    broken("ABL-07", "minimal_margin_mm", "value", minimal_margin_mm="40.1"),
    kept({"minimal_margin_mm": 40.0}, minimal_margin_mm="40"),
    *(
        case
        for zone in ("zone_long_mm", "zone_short_mm")
        for case in (
            broken("ABL-07", zone, "value", **{zone: "4.9"}),
            kept({zone: 5.0}, **{zone: "5"}),
            broken("ABL-07", zone, "value", **{zone: "150.1"}),
            kept({zone: 150.0}, **{zone: "150"}),
        )
    ),
    # ABL-11
    broken("ABL-11", "modality", "value", modality="laser"),
    kept({"modality": "mwa"}, modality="mwa"),
    kept({"modality": "rfa"}, modality=""),
    broken("ABL-11", "approach", "value", approach="endoscopic"),
    kept({"approach": "laparoscopic"}, approach="laparoscopic"),
    broken("ABL-11", "margin_method", "value", margin_method="3d"),
    kept({"margin_method": "3d_registration"}, margin_method="3D_Registration"),
    broken("ABL-11", "complication_system", "value", complication_system="own scale"),
    kept(
        {"complication_system": "cirse", "complication_grade": "3a"},
        complication_system="CIRSE",
        complication_grade="3a",
    ),
    *(broken("ABL-11", flag, "value", **{flag: "ja"}) for flag in FLAGS),
    *(kept({flag: "no"}, **{flag: "No"}) for flag in FLAGS),
    # ABL-08: margin at most (zone_short - diameter) / 2 + 3; success with a zone shorter than the lesion
    broken("ABL-08", "-", "flag", zone_short_mm="30", minimal_margin_mm="8.1"),
    kept({"minimal_margin_mm": 8.0}, zone_short_mm="30", minimal_margin_mm="8"),
    broken("ABL-08", "-", "flag", technical_success="yes", zone_long_mm="19.9"),
    kept({"zone_long_mm": 20.0}, technical_success="yes", zone_long_mm="20"),
    kept({"zone_long_mm": 19.9}, technical_success="no", zone_long_mm="19.9"),
    # ABL-12: the exam that shows the margin is not before the session
    broken("ABL-12", "-", "flag", session_date="2020-03-10", margin_exam_date="2020-03-09"),
    kept({"margin_exam_date": date(2020, 3, 10)}, session_date="2020-03-10", margin_exam_date="2020-03-10"),
    # ABL-13: referral and decision are not after the session, nor before 1995; ABL-13-W: a year, and their order
    *(
        case
        for date_of in ("referral_date", "decision_date")
        for case in (
            broken("ABL-13", date_of, "value", session_date="2020-03-10", **{date_of: "2020-03-11"}),
            broken("ABL-13", date_of, "value", session_date="2020-03-10", **{date_of: "1994-12-31"}),
            kept({date_of: date(2020, 3, 10)}, session_date="2020-03-10", **{date_of: "2020-03-10"}),
            broken("ABL-13-W", date_of, "flag", session_date="2020-03-10", **{date_of: "2019-03-10"}),
            kept({date_of: date(2019, 3, 11)}, session_date="2020-03-10", **{date_of: "2019-03-11"}),
        )
    ),
    broken("ABL-13-W", "decision_date", "flag", referral_date="2019-12-12", decision_date="2019-12-11"),
    kept({"decision_date": date(2019, 12, 12)}, referral_date="2019-12-12", decision_date="2019-12-12"),
    # PHI-01: free text loses the value, identifiers the row
    *(broken("PHI-01", "guidance", "value", guidance=text) for text in PHI),
    broken("PHI-01", "complication_grade", "value", complication_grade="seen by Dr Miller"),
    broken("PHI-01", "margin_software", "value", margin_software="measured by Dr Miller"),
    kept({"margin_software": "MarginTool 3.2"}, margin_software="MarginTool 3.2"),
    broken("PHI-01", "session_id", "row", session_id="Mr Miller"),
    broken("PHI-01", "lesion_id", "row", lesion_id="a.miller@example.org"),
    broken("PHI-01", "operator_id", "value", operator_id="Hans Exampleton"),
    kept({"operator_id": "OP-7"}, operator_id="OP-7"),
    kept({"guidance": "CT + US, Gleason drill 3.5"}, guidance="CT + US, Gleason drill 3.5"),
    kept({"session_id": "S-2020-0123-77"}, session_id="S-2020-0123-77"),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """All cases, once through the warehouse."""
    with new_kit(tmp_path_factory.mktemp("home")) as kit:
        rule_cases.deliver(kit, EXPORT, CASES)
        yield kit


@pytest.mark.parametrize("number, case", list(enumerate(CASES)), ids=[label(case) for case in CASES])
def test_a_row_of_rfa_sessions(judged: Kit, number: int, case: Case) -> None:
    """Just outside a bound the rule sets aside what it says; just inside the value is stored."""
    rule_cases.check(judged, EXPORT, number, case)
