"""Canaries of TRT-*: codes, bounds, and the rules that look at sessions, deaths and other treatments."""

from schemas.canary import Canary, RowRuleCanaries, bad, found, patient, session, silent, treatment

EXPORT = "treatments"
KIND = RowRuleCanaries("TRT-01", EXPORT, "row")
CODES = RowRuleCanaries("TRT-01", EXPORT, "value")
START = RowRuleCanaries("TRT-02", EXPORT, "row")
STOP = RowRuleCanaries("TRT-02", EXPORT, "value")
THERAPY_LINE = RowRuleCanaries("TRT-03", EXPORT, "value")
ORDER = RowRuleCanaries("TRT-04", EXPORT, "value")

ROW_RULES: tuple[Canary, ...] = (
    *KIND.values("kind", "chemo surgery rfa", "systemic ablation_elsewhere sbrt sirt tace transplant other SYSTEMIC"),
    *KIND.good("kind", {"kind": "resection", "lesion_id": "L-1"}),
    *CODES.values("intent", "cure salvage 1", "curative neoadjuvant adjuvant palliative unknown CURATIVE"),
    *START.values("start_date", "1974-12-31 2024-07-01", "1975-01-01 2024-06-30"),
    *STOP.values("stop_date", "1974-12-31 2024-07-01", "2024-06-30"),
    *STOP.good("stop_date", {"start_date": "1975-01-01", "stop_date": "1975-01-01"}),
    *THERAPY_LINE.values("therapy_line", "0 11 -1", "1 10"),
    *ORDER.values("stop_date", "2020-05-31 2019-06-01", "2020-06-01 2020-06-02"),
)

FIRST, LATER = session(), session(session_id="S-2", session_date="2021-03-10", lesion_id="L-2")
THEIRS = {"patient_id": "P-2"}
OTHER_PATIENT = session(**THEIRS)
OF_LESION, OF_SECOND = {"lesion_id": "L-1"}, {"lesion_id": "L-2"}
RESECTION = {"kind": "resection"}


def _died(day: str, **cells: str):
    return patient(**({"vital_status": "dead", "death_date": day} | cells))


def _lasted(start: str, stop: str = "", **cells: str):
    return treatment(**({"start_date": start, "stop_date": stop} | cells))


def _well(rule_id: str, column: str, *rows, besides: tuple[str, ...] = ()) -> Canary:
    return silent(rule_id, EXPORT, column, *rows, besides=besides)


AFTER_DEATH: tuple[Canary, ...] = (
    found("TRT-05", "start_date", "row", FIRST, _died("2020-05-31"), bad(_lasted("2020-06-01"))),
    found("TRT-05", "start_date", "row", FIRST, _died("2020-05-31"), bad(_lasted("2020-06-01", "2020-07-01"))),
    found("TRT-05", "stop_date", "value", FIRST, _died("2020-06-30"), bad(_lasted("2020-06-01", "2020-07-01"))),
    found("TRT-05", "stop_date", "value", FIRST, _died("2020-06-01"), bad(_lasted("2020-06-01", "2020-06-02"))),
    _well("TRT-05", "start_date", FIRST, _died("2020-06-01"), _lasted("2020-06-01", "2020-06-01")),
    _well("TRT-05", "start_date", FIRST, OTHER_PATIENT, _died("2020-05-31", **THEIRS), _lasted("2020-06-01")),
    _well(
        "TRT-05", "stop_date", FIRST, OTHER_PATIENT, _died("2020-06-30", **THEIRS), _lasted("2020-06-01", "2020-07-01")
    ),
    _well("TRT-05", "stop_date", FIRST, _died("2020-07-01"), _lasted("2020-06-01", "2020-07-01")),
    _well("TRT-05", "start_date", FIRST, LATER, _died("2020-05-31"), _lasted("2020-06-01"), besides=("PAT-08",)),
    _well("TRT-05", "start_date", FIRST, patient(), _lasted("2020-06-01", "2020-07-01")),
)


def _twice(first, second) -> Canary:
    return found("TRT-06", "start_date", "flag", FIRST, bad(first), bad(second))


def _two(*rows) -> Canary:
    return _well("TRT-06", "start_date", FIRST, *rows)


SECOND = {"treatment_id": "T-2"}
TWICE: tuple[Canary, ...] = (
    _twice(treatment(), treatment(**SECOND)),
    _twice(treatment(regimen="FOLFOX"), treatment(regimen="folfox", **SECOND)),
    _twice(treatment(regimen="folfox"), treatment(regimen="FOLFOX", stop_date="2020-09-01", **SECOND)),
    _twice(treatment(**RESECTION, **OF_LESION), treatment(**RESECTION, **OF_LESION, **SECOND)),
    found("TRT-06", "start_date", "flag", FIRST, *(bad(treatment(treatment_id=f"T-{n}")) for n in (1, 2, 3))),
    _two(treatment(), treatment(regimen="FOLFOX", **SECOND)),
    _two(treatment(regimen="FOLFIRI"), treatment(regimen="FOLFOX", **SECOND)),
    _two(treatment(), treatment(start_date="2020-06-02", **SECOND)),
    _two(treatment(), treatment(kind="sirt", **SECOND)),
    _two(LATER, treatment(**RESECTION, **OF_LESION), treatment(**RESECTION, **OF_SECOND, **SECOND)),
    _two(treatment(kind="sbrt"), treatment(kind="sbrt", **OF_LESION, **SECOND)),
    _two(OTHER_PATIENT, treatment(), treatment(**THEIRS, **SECOND)),
    _two(treatment()),
)


def _unnamed(*rows) -> Canary:
    return found("TRT-07", "lesion_id", "flag", *rows)


def _named(*rows, besides: tuple[str, ...] = ()) -> Canary:
    return _well("TRT-07", "lesion_id", *rows, besides=besides)


UNNAMED: tuple[Canary, ...] = (
    _unnamed(FIRST, bad(treatment(**RESECTION))),
    _unnamed(FIRST, bad(treatment(start_date="2020-03-11", **RESECTION))),
    _unnamed(FIRST, LATER, bad(treatment(**RESECTION))),
    _unnamed(FIRST, session(session_date="2022-01-01", **THEIRS), bad(treatment(**RESECTION))),
    _named(FIRST, treatment(start_date="2020-03-10", **RESECTION)),
    _named(FIRST, treatment(start_date="2020-03-09", **RESECTION)),
    _named(FIRST, session(session_date="2019-01-01", **THEIRS), treatment(start_date="2020-03-09", **RESECTION)),
    _named(FIRST, treatment(**RESECTION, **OF_LESION)),
    _named(FIRST, treatment(kind="transplant")),
    _named(FIRST, treatment()),
)

CANARIES = (*ROW_RULES, *AFTER_DEATH, *TWICE, *UNNAMED)
