"""Canaries of PAT-03 to PAT-13: code lists, bounds, and the rules that look at sessions and exams."""

from schemas.canary import Canary, RowRuleCanaries, bad, exam, found, patient, session, silent


def _rule(rule_id: str, scope) -> RowRuleCanaries:
    return RowRuleCanaries(rule_id, "patients", scope)


CODES, BIRTH, CEA, CEA_UNIT = (
    _rule("PAT-03", "value"),
    _rule("PAT-04", "value"),
    _rule("PAT-12", "value"),
    _rule("PAT-12-W", "flag"),
)
CONTACT = _rule("PAT-08-W", "flag")
COUNTS, DEATH, NO_DEATH_DATE, FUTURE = (
    _rule("PAT-13", "value"),
    RowRuleCanaries("PAT-06", "patients", "value", says_more=True),
    _rule("PAT-06-W", "flag"),
    _rule("PAT-09", "value"),
)
FLAGS = ("node_positive_primary", "extrahepatic_disease", "prior_hepatectomy", "prior_chemotherapy")


def _died(**cells: str) -> dict[str, str]:
    return {"vital_status": "dead", "death_date": "2023-01-01"} | cells


ROW_RULES: tuple[Canary, ...] = (
    *CODES.values("sex", "f m diverse 0", "female male other unknown FEMALE"),
    *CODES.values("primary_site", "colon rectosigmoid left other", "right_colon left_colon rectum unknown"),
    *CODES.values("clm_timing", "sync both other", "synchronous metachronous unknown"),
    *CODES.values("ecog", "5 -1 01", "0 1 2 3 4"),
    *CODES.values("vital_status", "deceased lost 1", "alive unknown"),
    *CODES.good("vital_status", _died()),
    *CODES.bad("death_cause", *(_died(death_cause=text) for text in ("liver", "none", "yes"))),
    *CODES.good("death_cause", *(_died(death_cause=t) for t in ("cancer", "treatment", "other", "unknown"))),
    *(c for flag in FLAGS for c in CODES.values(flag, "y 1 maybe true", "yes no unknown YES")),
    *BIRTH.values("birth_year", "1899 2025"),
    *BIRTH.values("birth_year", "", "1900", besides=("PAT-04-W",)),
    *BIRTH.values("birth_year", "", "2024", besides=("PAT-05", "PAT-04-W")),
    *CEA.values("cea_ng_ml", "0 -1 50000.01", "0.01 5"),
    *CEA.values("cea_ng_ml", "", "50000", besides=("PAT-12-W",)),
    *CEA_UNIT.values("cea_ng_ml", "1000.01", "1000"),
    *CEA_UNIT.good("cea_ng_ml", {"cea_ng_ml": ""}),
    *COUNTS.values("dfi_months", "-0.01 240.01", "0 240"),
    *COUNTS.values("n_clm_total", "0 51", "1 50"),
    *(
        c
        for column in ("vital_status", "death_date")
        for c in (
            *DEATH.bad(column, *(_died(vital_status=v) for v in ("alive", "unknown", ""))),
            *DEATH.good(column, _died(), {"vital_status": "alive"}, {"vital_status": ""}),
        )
    ),
    *CONTACT.bad("last_contact_date", _died(last_contact_date="2023-01-02"), _died(last_contact_date="2023-11-20")),
    *CONTACT.good("last_contact_date", _died(last_contact_date="2023-01-01"), _died(last_contact_date="2022-12-31")),
    *CONTACT.good("last_contact_date", _died(), {"last_contact_date": "2023-11-20"}),
    *CONTACT.good(
        "last_contact_date",
        _died(vital_status="alive", last_contact_date="2023-01-02"),
        besides=("PAT-06",),
    ),
    *NO_DEATH_DATE.bad("death_date", {"vital_status": "dead"}),
    *NO_DEATH_DATE.good("death_date", _died(), {"vital_status": "alive"}, {"vital_status": "unknown"}),
    *FUTURE.bad("death_date", _died(death_date="2024-07-01")),
    *FUTURE.good("death_date", _died(death_date="2024-06-30")),
    *FUTURE.values("last_contact_date", "2024-07-01", "2024-06-30"),
)

EARLIER, LATER = session(), session(session_id="S-2", session_date="2021-03-10", lesion_id="L-2")
THEIR_EARLIER = session(patient_id="P-2", session_date="2019-01-01")
THEIR_LATER = session(patient_id="P-2", session_date="2024-01-01")
"""Sessions of another patient, which must not affect this one."""
LIVER = exam(lesion_id="", lesion_status="", exam_date="2022-05-05")


def _dead_on(day: str):
    return patient(vital_status="dead", death_date=day)


def _death(rule_id: str, *context, days_bad: str = "", days_good: str = "", besides: tuple[str, ...] = ()):
    for column in ("vital_status", "death_date"):
        for day in days_bad.split():
            yield found(rule_id, column, "value", *context, bad(_dead_on(day)), says_more=True)
        for day in days_good.split():
            yield silent(rule_id, "patients", column, *context, _dead_on(day), besides=besides)


def _typed_late_by_another(day: str):
    """Yield an exam on that day, after the death of another patient of the site alone: it stays."""
    theirs = patient(patient_id="P-2", vital_status="dead", death_date="2022-05-05")
    yield silent("PAT-08", "imaging_followups", "exam_date", EARLIER, THEIR_EARLIER, theirs, exam(exam_date=day))


def _typed_late(day: str, *context, is_found: bool = True):
    """Yield an exam on that day of a patient who died on 2022-05-05; all rows of the exam are set aside, or none."""
    rows = [exam(exam_date=day), exam(exam_date=day, lesion_id="", lesion_status="")]
    if is_found:
        yield found("PAT-08", "exam_date", "row", *context, _dead_on("2022-05-05"), *map(bad, rows))
    else:
        besides = ("PAT-08",) if day > "2022-05-05" else ()
        yield silent(
            "PAT-08", "imaging_followups", "exam_date", *context, _dead_on("2022-05-05"), *rows, besides=besides
        )


def _session_on(day: str):
    return session(session_id="S-3", session_date=day, lesion_id="L-3")


def _born(rule_id: str, scope, *years: str):
    return (found(rule_id, "birth_year", scope, EARLIER, LATER, bad(patient(birth_year=year))) for year in years)


def _born_well(rule_id: str, *years: str, besides: tuple[str, ...] = ()):
    return (
        silent(rule_id, "patients", "birth_year", EARLIER, LATER, patient(birth_year=year), besides=besides)
        for year in years
    )


def _last_contact(day: str, *context) -> Canary:
    return found("PAT-09-W", "last_contact_date", "flag", *context, bad(patient(last_contact_date=day)))


def _last_contact_well(day: str, *context) -> Canary:
    return silent("PAT-09-W", "patients", "last_contact_date", *context, patient(last_contact_date=day))


CROSS_RULES: tuple[Canary, ...] = (
    *_born("PAT-05", "value", "2020", "2021"),
    *_born_well("PAT-05", "2019", besides=("PAT-04-W",)),
    *_born_well("PAT-05", "1955", ""),
    silent(
        "PAT-05", "patients", "birth_year", EARLIER, THEIR_EARLIER, patient(birth_year="2019"), besides=("PAT-04-W",)
    ),
    silent("PAT-04-W", "patients", "birth_year", EARLIER, THEIR_EARLIER, patient(birth_year="2002")),
    *_born("PAT-04-W", "flag", "2003", "1914"),
    *_born_well("PAT-04-W", "2002", "1915"),
    *_death("PAT-07", EARLIER, days_bad="2020-03-09", days_good="2020-03-10 2020-03-11"),
    *_death("PAT-07", EARLIER, LATER, days_good="2020-03-10", besides=("PAT-08",)),
    *_death("PAT-07", EARLIER, THEIR_LATER, days_good="2020-03-10"),
    *_death("PAT-08", EARLIER, THEIR_LATER, days_good="2020-03-10"),
    *_death("PAT-08", EARLIER, LATER, days_bad="2021-03-09", days_good="2021-03-10"),
    *_death("PAT-08", EARLIER, exam(), LIVER, days_bad="2022-04-27", days_good="2022-05-05 2022-05-06"),
    *_death("PAT-08", EARLIER, exam(), LIVER, days_good="2022-04-28 2022-05-04", besides=("PAT-08",)),
    *_typed_late("2022-05-06", EARLIER),
    *_typed_late("2022-05-12", EARLIER),
    *_typed_late("2022-05-05", EARLIER, is_found=False),
    *_typed_late_by_another("2022-05-06"),
    *_typed_late("2022-05-13", EARLIER, is_found=False),
    *_typed_late("2022-05-06", EARLIER, _session_on("2022-05-07"), is_found=False),
    *_typed_late("2022-05-06", EARLIER, THEIR_LATER),
    _last_contact("2021-03-09", EARLIER, LATER),
    _last_contact("2022-05-04", EARLIER, exam(), LIVER),
    _last_contact_well("2021-03-10", EARLIER, LATER),
    _last_contact_well("2022-05-05", EARLIER, exam(), LIVER),
    _last_contact_well("2021-03-10", EARLIER, LATER, THEIR_LATER),
    _last_contact_well("", EARLIER, LATER),
)

CANARIES = (*ROW_RULES, *CROSS_RULES)
