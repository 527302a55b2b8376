"""Canaries of LES-* and ABL-*: codes, bounds, and the rules that compare sessions."""

from schemas.canary import Canary, PlantedRow, RowRuleCanaries, bad, exam, found, patient, session, silent

CODES = RowRuleCanaries("ABL-11", "rfa_sessions", "value")
SEGMENT = RowRuleCanaries("LES-05", "rfa_sessions", "value")
DIAMETER = RowRuleCanaries("LES-03", "rfa_sessions", "row")
USUAL_DIAMETER = RowRuleCanaries("LES-03-W", "rfa_sessions", "flag")
UNIT = RowRuleCanaries("LES-04", "rfa_sessions", "flag")
DATE = RowRuleCanaries("ABL-02", "rfa_sessions", "row")
EXAM_DATE = RowRuleCanaries("ABL-02", "rfa_sessions", "value")
EXAM_ORDER = RowRuleCanaries("ABL-12", "rfa_sessions", "flag")
ENERGY = RowRuleCanaries("ABL-06", "rfa_sessions", "value")
ZONE = RowRuleCanaries("ABL-07", "rfa_sessions", "value")
COVERED = RowRuleCanaries("ABL-08", "rfa_sessions", "flag")
BEFORE_SESSION = RowRuleCanaries("ABL-13", "rfa_sessions", "value")
WAITED = RowRuleCanaries("ABL-13-W", "rfa_sessions", "flag")


def _sizes(diameter: str, zone_long: str) -> dict[str, str]:
    return {"max_diameter_mm": diameter, "zone_long_mm": zone_long}


ROW_RULES: tuple[Canary, ...] = (
    *CODES.values("modality", "cryo ire radiofrequency", "rfa mwa other RFA"),
    *CODES.values("approach", "surgical transhepatic unknown", "percutaneous laparoscopic open"),
    *CODES.values("margin_method", "3d ct 4d", "2d 3d_registration intraprocedural unknown 3D_Registration"),
    *CODES.values("complication_system", "ctcae_v6 dindo none", "cirse cirse_2017 cirse_2025 sir sir_2017 ctcae"),
    *CODES.values("complication_system", "", "ctcae_v5 clavien_dindo other unknown"),
    *(
        c
        for flag in ("subcapsular", "perivascular", "technical_success")
        for c in CODES.values(flag, "y 1 partial", "yes no unknown YES")
    ),
    *SEGMENT.values("segment", "0 9 4c 10 ix s8 5/6", "1 2 3 4 4a 4b 5 6 7 8"),
    *SEGMENT.values("segment", "", "I ii III iv IVa IVb V VI VII VIII 4A"),
    *DIAMETER.values("max_diameter_mm", "1.99 150.01"),
    *DIAMETER.values("max_diameter_mm", "", "2", besides=("LES-03-W", "LES-04")),
    *DIAMETER.values("max_diameter_mm", "", "150", besides=("LES-03-W",)),
    *USUAL_DIAMETER.values("max_diameter_mm", "4.99 60.01", "60"),
    *USUAL_DIAMETER.values("max_diameter_mm", "", "5", besides=("LES-04",)),
    *UNIT.values("max_diameter_mm", "7.99", "8"),
    *UNIT.bad("max_diameter_mm", _sizes("10", "100"), _sizes("100", "10")),
    *UNIT.good("max_diameter_mm", _sizes("10", "99.99")),
    *UNIT.good("max_diameter_mm", _sizes("100", "10.01"), besides=("LES-03-W",)),
    *DATE.values("session_date", "1994-12-31 2024-07-01", "1995-01-01 2024-06-30"),
    *EXAM_DATE.values("margin_exam_date", "1994-12-31 2024-07-01", "2020-03-10 2024-06-30"),
    *EXAM_DATE.good("margin_exam_date", {"margin_exam_date": "1995-01-01"}, besides=("ABL-12",)),
    *EXAM_ORDER.values("margin_exam_date", "2020-03-09 1995-01-01", "2020-03-10 2020-04-20"),
    *ENERGY.values("power_w", "9.99 250.01", "10 250"),
    *ENERGY.values("time_min", "0.49 120.01", "0.5 120"),
    *ZONE.values("minimal_margin_mm", "-20.01 40.01", "-20 40"),
    *ZONE.values("zone_long_mm", "4.99 150.01", "5 150"),
    *ZONE.values("zone_short_mm", "4.99 150.01", "5 150"),
    *COVERED.bad(
        "minimal_margin_mm",
        {"minimal_margin_mm": "8.01", "zone_short_mm": "30"},
        {"technical_success": "yes", "zone_long_mm": "19.99"},
    ),
    *COVERED.good(
        "minimal_margin_mm",
        {"minimal_margin_mm": "8", "zone_short_mm": "30"},
        {"minimal_margin_mm": "8.01"},
        {"technical_success": "yes", "zone_long_mm": "20"},
        {"technical_success": "no", "zone_long_mm": "19"},
        {"technical_success": "unknown", "zone_long_mm": "19"},
        {"technical_success": "yes"},
    ),
    *(
        c
        for date in ("referral_date", "decision_date")
        for c in (
            *BEFORE_SESSION.values(date, "2020-03-11 1994-12-31", "2020-03-10 2019-03-11"),
            *BEFORE_SESSION.good(date, {date: "1995-01-01", "session_date": "1995-01-01"}),
            *WAITED.values(date, "2019-03-10", "2019-03-11 2020-03-10"),
        )
    ),
    *WAITED.bad("decision_date", {"referral_date": "2020-02-02", "decision_date": "2020-02-01"}),
    *WAITED.good(
        "decision_date",
        {"referral_date": "2020-02-01", "decision_date": "2020-02-01"},
        {"referral_date": "2020-02-01", "decision_date": "2020-02-02"},
    ),
)


def _twin(**cells: str) -> PlantedRow:
    """Return another lesion of the same session and segment."""
    return session(**({"lesion_id": "L-2", "segment": "6"} | cells))


def _again(day: str, number: int = 2, **cells: str) -> PlantedRow:
    """Return the same lesion in another session."""
    return session(session_id=f"S-{number}", session_date=day, **cells)


def _lesion_twice(rule_id: str, column: str, *rows: PlantedRow) -> Canary:
    return silent(rule_id, "rfa_sessions", column, *rows)


SEGMENT_6 = session(segment="6")
OTHER_PATIENT = "P-2"

CROSS_RULES: tuple[Canary, ...] = (
    found("LES-07", "segment", "flag", bad(SEGMENT_6), bad(_twin(max_diameter_mm="22"))),
    found("LES-07", "segment", "flag", bad(SEGMENT_6), bad(_twin(max_diameter_mm="18"))),
    found("LES-07", "segment", "flag", bad(SEGMENT_6), bad(_twin())),
    _lesion_twice("LES-07", "segment", SEGMENT_6, _twin(max_diameter_mm="22.01")),
    _lesion_twice("LES-07", "segment", SEGMENT_6, _twin(max_diameter_mm="17.99")),
    _lesion_twice("LES-07", "segment", SEGMENT_6, _twin(segment="7")),
    _lesion_twice("LES-07", "segment", SEGMENT_6, _twin(session_id="S-2", session_date="2020-05-10")),
    _lesion_twice("LES-07", "segment", SEGMENT_6, _twin(patient_id=OTHER_PATIENT)),
    _lesion_twice("LES-07", "segment", session(), _twin(segment="")),
    found("LES-08", "lesion_id", "flag", patient(n_clm_total="1"), bad(session()), bad(session(lesion_id="L-2"))),
    _lesion_twice("LES-08", "lesion_id", patient(n_clm_total="2"), session(), session(lesion_id="L-2")),
    _lesion_twice("LES-08", "lesion_id", patient(n_clm_total=""), session(), session(lesion_id="L-2")),
    _lesion_twice("LES-08", "lesion_id", patient(n_clm_total="1"), session(), exam(), _again("2020-09-01")),
    _lesion_twice("LES-08", "lesion_id", patient(n_clm_total="1"), session(), session(patient_id=OTHER_PATIENT)),
    _lesion_twice(
        "LES-08",
        "lesion_id",
        patient(n_clm_total="1"),
        session(),
        *(session(patient_id=OTHER_PATIENT, lesion_id=lesion) for lesion in ("L-2", "L-3")),
    ),
    found("ABL-09", "session_date", "flag", bad(session()), bad(_again("2020-03-10"))),
    _lesion_twice("ABL-09", "session_date", session(), _again("2020-03-11")),
    _lesion_twice("ABL-09", "session_date", session(), _again("2020-03-10", lesion_id="L-2")),
    _lesion_twice("ABL-09", "session_date", session(), _again("2020-03-10", patient_id=OTHER_PATIENT)),
    found("ABL-10", "session_date", "flag", session(), bad(_again("2020-03-12"))),
    found("ABL-10", "session_date", "flag", session(), exam(exam_date="2020-03-10"), bad(_again("2020-09-01"))),
    found("ABL-10", "session_date", "flag", session(), exam(exam_date="2020-09-02"), bad(_again("2020-09-01"))),
    found(
        "ABL-10",
        "session_date",
        "flag",
        session(),
        session(lesion_id="L-2"),
        exam(lesion_id="L-2"),
        bad(_again("2020-09-01")),
    ),
    found(
        "ABL-10",
        "session_date",
        "flag",
        session(),
        session(patient_id=OTHER_PATIENT),
        exam(patient_id=OTHER_PATIENT),
        bad(_again("2020-09-01")),
    ),
    found("ABL-10", "session_date", "flag", session(), exam(), _again("2020-09-01"), bad(_again("2021-03-01", 3))),
    found("ABL-10", "session_date", "flag", session(), bad(_again("2020-09-01")), _again("2020-09-02", 3)),
    _lesion_twice("ABL-10", "session_date", session(), _again("2020-03-11")),
    _lesion_twice("ABL-10", "session_date", session(), exam(exam_date="2020-03-11"), _again("2020-09-01")),
    _lesion_twice("ABL-10", "session_date", session(), exam(exam_date="2020-09-01"), _again("2020-09-01")),
    _lesion_twice("ABL-10", "session_date", session(), _again("2020-09-01", lesion_id="L-2")),
    _lesion_twice("ABL-10", "session_date", session(), _again("2020-09-01", patient_id=OTHER_PATIENT)),
    _lesion_twice("ABL-10", "session_date", session(), exam(), _again("2020-09-01"), _again("2020-09-02", 3)),
)

CANARIES = (*ROW_RULES, *CROSS_RULES)
