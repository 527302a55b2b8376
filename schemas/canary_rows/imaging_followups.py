"""Canaries of IMG-*: codes, bounds, and the rules that look at sessions and other exams."""

from schemas.canary import Canary, PlantedRow, RowRuleCanaries, bad, exam, found, session, silent

EXPORT = "imaging_followups"
REQUIRED_CODES = RowRuleCanaries("IMG-02", EXPORT, "row")
CODES = RowRuleCanaries("IMG-02", EXPORT, "value")
DATE = RowRuleCanaries("IMG-12", EXPORT, "row")
DISTANCE = RowRuleCanaries("IMG-13", EXPORT, "value")
QUALIFIES = RowRuleCanaries("IMG-04", EXPORT, "flag")
LOCAL = RowRuleCanaries("IMG-06", EXPORT, "flag")

NOT_QUALIFYING = (
    {"modality": "us"},
    {"modality": "ceus"},
    {"modality": "pet_ct"},
    {"contrast_enhanced": "no"},
    {"contrast_enhanced": "unknown"},
    {"contrast_enhanced": ""},
)


def _states(status: str, distance_mm: str = "") -> dict[str, str]:
    return {"lesion_status": status, "distance_to_zone_mm": distance_mm}


ROW_RULES: tuple[Canary, ...] = (
    *REQUIRED_CODES.values("modality", "xray pet cect", "ct mr CT"),
    *REQUIRED_CODES.values("modality", "", "us ceus pet_ct", besides=("IMG-04",)),
    *REQUIRED_CODES.values("contrast_enhanced", "y 1 arterial", "yes YES"),
    *REQUIRED_CODES.values("contrast_enhanced", "", "no unknown", besides=("IMG-04",)),
    *REQUIRED_CODES.good("contrast_enhanced", {"contrast_enhanced": ""}, besides=("IMG-04",)),
    *CODES.values("lesion_status", "progression recurrence cr 1", "no_viable residual viable equivocal not_assessed"),
    *CODES.values("lesion_status", "", "ltp", besides=("IMG-05",)),
    *CODES.values("new_liver_lesion", "y 1 maybe", "yes no unknown"),
    *CODES.values("extrahepatic_progression", "y 1 maybe", "yes no unknown"),
    *DATE.values("exam_date", "1994-12-31 2024-07-01", "2024-06-30"),
    *DATE.values("exam_date", "", "1995-01-01", besides=("IMG-03",)),
    *DISTANCE.values("distance_to_zone_mm", "-0.01 100.01", "0 100"),
    *(
        canary
        for status in ("no_viable", "residual", "ltp")
        for canary in QUALIFIES.bad("lesion_status", *(cells | _states(status) for cells in NOT_QUALIFYING))
    ),
    *QUALIFIES.good("lesion_status", _states("residual"), {"modality": "mr"}),
    *(
        canary
        for status in ("viable", "equivocal", "not_assessed", "")
        for canary in QUALIFIES.good(
            "lesion_status", *(cells | _states(status) for cells in ({"modality": "us"}, {"contrast_enhanced": "no"}))
        )
    ),
    *LOCAL.bad("lesion_status", _states("ltp", "10.01"), _states("residual", "10.01")),
    *LOCAL.good("lesion_status", _states("residual", "10"), _states("viable", "11"), _states("no_viable", "11")),
    *LOCAL.good("lesion_status", _states("equivocal", "11"), _states("not_assessed", "11"), _states("residual")),
    *LOCAL.good("lesion_status", _states("ltp", "10"), besides=("IMG-05",)),
)

FIRST, SECOND_LESION = session(), session(lesion_id="L-2")
OTHER_PATIENT = session(patient_id="P-2")
THEIRS = {"patient_id": "P-2"}


def _seen(day: str, number: int = 2, **cells: str) -> PlantedRow:
    """Return another exam of the lesion, without viable tumour unless the cells say otherwise."""
    return exam(**({"exam_id": f"E-{number}", "exam_date": day} | cells))


def _ltp(day: str, number: int = 9, **cells: str) -> PlantedRow:
    return _seen(day, number, lesion_status="ltp", **cells)


def _residual_instead(*rows: PlantedRow) -> Canary:
    """Expect IMG-05 on the last row: LTP without an adequate exam before it."""
    return found("IMG-05", "lesion_status", "flag", *rows[:-1], bad(rows[-1]))


def _back_to_normal(*rows: PlantedRow) -> Canary:
    """Expect IMG-07 on the last row: no viable tumour after LTP, without a session in between."""
    return found("IMG-07", "lesion_status", "flag", *rows[:-1], bad(rows[-1]))


def _well(rule_id: str, column: str, *rows: PlantedRow, besides: tuple[str, ...] = ()) -> Canary:
    return silent(rule_id, EXPORT, column, *rows, besides=besides)


def _session_2(day: str, **cells: str) -> PlantedRow:
    return session(**({"session_id": "S-2", "session_date": day} | cells))


BEFORE = (FIRST, exam(), _ltp("2020-07-01"))

CROSS_RULES: tuple[Canary, ...] = (
    found("IMG-03", "exam_date", "flag", FIRST, bad(exam(exam_date="2020-03-09"))),
    found("IMG-03", "exam_date", "flag", FIRST, _session_2("2020-02-01", lesion_id="L-2"), bad(_seen("2020-03-09"))),
    found("IMG-03", "exam_date", "flag", FIRST, _session_2("2020-02-01", **THEIRS), bad(_seen("2020-03-09"))),
    _well("IMG-03", "exam_date", FIRST, exam(exam_date="2020-03-10")),
    _well("IMG-03", "exam_date", FIRST, _session_2("2020-06-01"), exam()),
    _well("IMG-03", "exam_date", FIRST, exam(exam_date="2020-01-01", lesion_id="", lesion_status="")),
    _well("IMG-03", "exam_date", FIRST, _session_2("2021-06-01", **THEIRS), exam()),
    _residual_instead(FIRST, _ltp("2020-04-20")),
    _residual_instead(FIRST, _seen("2020-04-20", lesion_status="viable"), _ltp("2020-07-01")),
    _residual_instead(FIRST, _seen("2020-04-20", lesion_status="equivocal"), _ltp("2020-07-01")),
    _residual_instead(FIRST, _seen("2020-04-20", modality="us"), _ltp("2020-07-01")),
    _residual_instead(FIRST, _seen("2020-04-20", contrast_enhanced="no"), _ltp("2020-07-01")),
    _residual_instead(FIRST, _seen("2020-03-10"), _ltp("2020-07-01")),
    _residual_instead(FIRST, _session_2("2020-05-01"), _seen("2020-03-10"), _ltp("2020-07-01")),
    _residual_instead(FIRST, _seen("2020-07-01"), _ltp("2020-07-01")),
    _residual_instead(FIRST, SECOND_LESION, exam(lesion_id="L-2"), _ltp("2020-07-01")),
    _residual_instead(FIRST, OTHER_PATIENT, exam(**THEIRS), _ltp("2020-07-01")),
    _well("IMG-05", "lesion_status", FIRST, exam(), _ltp("2020-07-01")),
    _well("IMG-05", "lesion_status", FIRST, _seen("2020-03-11", modality="mr"), _ltp("2020-03-12")),
    _well("IMG-05", "lesion_status", FIRST, exam(), _session_2("2020-05-01"), _ltp("2020-07-01")),
    _well("IMG-05", "lesion_status", FIRST, _session_2("2020-05-01", **THEIRS), exam(), _ltp("2020-07-01")),
    _well("IMG-05", "lesion_status", FIRST, _session_2("2020-05-01", lesion_id="L-2"), exam(), _ltp("2020-07-01")),
    _well("IMG-05", "lesion_status", FIRST, _seen("2020-04-20", lesion_status="residual")),
    _well("IMG-05", "lesion_status", FIRST, _seen("2020-04-20", lesion_status="viable")),
    _back_to_normal(*BEFORE, _seen("2020-09-01", 3)),
    _back_to_normal(*BEFORE, _seen("2020-07-02", 3)),
    _back_to_normal(*BEFORE, _session_2("2020-06-30"), _seen("2020-09-01", 3)),
    _back_to_normal(*BEFORE, _session_2("2020-09-02"), _seen("2020-09-01", 3)),
    _back_to_normal(*BEFORE, _session_2("2020-08-01"), _ltp("2020-08-10", 8), _seen("2020-09-01", 3)),
    _back_to_normal(*BEFORE, _session_2("2020-08-01", lesion_id="L-2"), _seen("2020-09-01", 3)),
    _back_to_normal(*BEFORE, _session_2("2020-08-01", **THEIRS), _seen("2020-09-01", 3)),
    _well("IMG-07", "lesion_status", *BEFORE, _session_2("2020-07-01"), _seen("2020-09-01", 3)),
    _well("IMG-07", "lesion_status", *BEFORE, _session_2("2020-09-01"), _seen("2020-09-01", 3)),
    _well("IMG-07", "lesion_status", *BEFORE, _seen("2020-07-01", 3, modality="mr")),
    _well("IMG-07", "lesion_status", *BEFORE, _seen("2020-09-01", 3, lesion_status="viable")),
    _well("IMG-07", "lesion_status", *BEFORE, SECOND_LESION, _seen("2020-09-01", 3, lesion_id="L-2")),
    _well("IMG-07", "lesion_status", *BEFORE, OTHER_PATIENT, _seen("2020-09-01", 3, **THEIRS)),
    _well("IMG-07", "lesion_status", FIRST, _seen("2020-07-01", lesion_status="viable"), _seen("2020-09-01", 3)),
    found("IMG-10", "exam_date", "flag", FIRST, bad(exam()), bad(exam(exam_id="E-2"))),
    found("IMG-10", "exam_date", "flag", FIRST, bad(exam()), bad(exam(exam_id="E-2", lesion_id="", lesion_status=""))),
    found(
        "IMG-10",
        "exam_date",
        "flag",
        FIRST,
        OTHER_PATIENT,
        bad(exam()),
        bad(exam(exam_id="E-2")),
        exam(exam_id="E-3", modality="mr"),
        exam(exam_id="E-4", exam_date="2020-04-21"),
        exam(**THEIRS),
    ),
    _well("IMG-10", "exam_date", FIRST, exam(), exam(exam_id="E-2", modality="mr")),
    _well("IMG-10", "exam_date", FIRST, exam(), exam(exam_id="E-2", exam_date="2020-04-21")),
    _well("IMG-10", "exam_date", FIRST, SECOND_LESION, exam(), exam(lesion_id="L-2")),
    _well("IMG-10", "exam_date", FIRST, OTHER_PATIENT, exam(), exam(exam_id="E-2", **THEIRS)),
)

CANARIES = (*ROW_RULES, *CROSS_RULES)
