"""The oracle's reading of derived.time_to_event: who is at risk from when, until what, and which row says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tests.oracle import progression, treatments
from tests.oracle.progression import Finding
from tests.oracle.rows import Row, Subject, days_between, first_ablation, months, patient_of

CENSORED, EVENT, DEATH_AS_COMPETING_RISK, REMOVAL_AS_COMPETING_RISK = 0, 1, 2, 3
CODE_OF_DEATH = {
    "TTLTP": DEATH_AS_COMPETING_RISK,
    "A_LTPFS": DEATH_AS_COMPETING_RISK,
    "TT_NEWLIVER": DEATH_AS_COMPETING_RISK,
    "TTP": DEATH_AS_COMPETING_RISK,
    "STFI": DEATH_AS_COMPETING_RISK,
    "TTUP": DEATH_AS_COMPETING_RISK,
    "DFS": EVENT,
    "LTPFS": EVENT,
    "IHPFS": EVENT,
    "DDFS": EVENT,
    "PFS": EVENT,
}
DEATH_IN_WORDS = {
    "TTLTP": "death without LTP",
    "A_LTPFS": "death under local control",
    "TT_NEWLIVER": "death without a new liver lesion",
    "TTP": "death without progression",
    "STFI": "death without systemic therapy",
    "TTUP": "death without untreatable progression",
    "DFS": "death without recurrence",
    "LTPFS": "death without LTP",
    "IHPFS": "death without progression in the liver",
    "DDFS": "death without extrahepatic progression",
    "PFS": "death without progression",
}
LTP_DATE = {
    "TTLTP": ("ltp", "LTP", "known free"),
    "LTPFS": ("ltp", "LTP", "known free"),
    "A_LTPFS": ("uncontrolled_ltp", "LTP not controlled again", "assessed"),
}
"""Endpoint -> which LTP ends it, in words, and what the censored are at the end."""
CAUSES_OF_CSS = ("cancer", "treatment")


def time_to_event(
    lesions: list[Row],
    ltpfs: list[Row],
    patients: list[Row],
    sessions: list[Row],
    imaging: list[Row],
    treated: list[Row],
    told: set[Subject],
) -> list[Row]:
    """One row per endpoint, level and subject; `told` are the patients of sites that deliver treatments.

    `lesions` and `ltpfs` are the rows of `lesion_ltp` and `patient_ltpfs`; the others are clean rows. Gives
    site, endpoint, level, patient_id, lesion_id, start_date, end_date, days, months, event, status,
    event_description, source_table and source_key.
    """
    result = []
    for patient in patients:
        key = patient_of(patient)
        own_sessions = [row for row in sessions if patient_of(row) == key]
        if not own_sessions:
            continue
        own_lesions = [row for row in lesions if patient_of(row) == key]
        own_imaging = [row for row in imaging if patient_of(row) == key]
        study = [row for row in ltpfs if patient_of(row) == key and row["ltp"] is not None]
        start, own_treated = first_ablation(own_sessions), [row for row in treated if patient_of(row) == key]
        result += until_ltp(patient, start, own_lesions, study, own_treated if key in told else [])
        result += until_progression(patient, start, own_lesions, own_imaging)
        result += until_death(patient, own_sessions, own_imaging)
        if key in told:
            result += until_treated(patient, own_sessions, own_lesions, own_imaging, own_treated)
    return result


def until_ltp(patient: Row, start: date, lesions: list[Row], study: list[Row], treated: list[Row]) -> list[Row]:
    """The endpoints that LTP alone ends, of the evaluable lesions and of their patient."""
    evaluable = [lesion for lesion in lesions if lesion["is_evaluable"]]
    result = []
    for endpoint, (kind, words, known) in LTP_DATE.items():
        for lesion in evaluable:
            censored = min(filled([shown(lesion, "last_followup", "censored at the last qualifying exam")]))
            end = ended(endpoint, patient, [shown(lesion, kind, words)], censored)
            gone = removed([lesion], patient, treated, "removal of the area without LTP")
            if endpoint == "TTLTP" and end[1] != EVENT and gone is not None:
                end = (gone, REMOVAL_AS_COMPETING_RISK)
            result.append(finished_row(endpoint, lesion, lesion["lesion_id"], lesion["first_ablation_date"], *end))
        if evaluable:
            at_the_end = f"censored when all treated sites were last {known}"
            all_known = min(filled(shown(lesion, "last_followup", at_the_end) for lesion in evaluable))
            first = min(filled(shown(lesion, kind, words) for lesion in evaluable), default=None)
            end = ended(endpoint, patient, [first], all_known)
            gone = removed(evaluable, patient, treated, "removal of all ablated areas without LTP")
            if endpoint == "TTLTP" and end[1] != EVENT and gone is not None:
                end = (gone, REMOVAL_AS_COMPETING_RISK)
            result.append(finished_row(endpoint, patient, None, start, *end))
    for row in study:
        ltp = filled(shown(lesion, "ltp", "LTP") for lesion in evaluable)
        at_the_end = "censored at the latest qualifying exam"
        followed = filled(shown(lesion, "last_followup", at_the_end) for lesion in evaluable)
        seen_last = min(finding for finding in followed if finding.day == row["last_followup_date"])
        end = (min(ltp), EVENT) if row["ltp"] else (seen_last, CENSORED)
        result.append(finished_row("LTPFS_STUDY", patient, None, start, *end))
    return result


def removed(lesions: list[Row], patient: Row, treated: list[Row], words: str) -> Finding | None:
    """The treatment after which none of the lesions' areas was left; None where one of them stayed."""
    died = death(patient)
    gone = [treatments.removal(lesion, treated, died and died.day, words) for lesion in lesions]
    found = filled(gone)
    return max(found) if len(found) == len(gone) else None


def until_treated(
    patient: Row, sessions: list[Row], lesions: list[Row], imaging: list[Row], treated: list[Row]
) -> list[Row]:
    """STFI, TTUP and DFS."""
    start = first_ablation(sessions)
    evaluable = [lesion for lesion in lesions if lesion["is_evaluable"]]
    found = [min(filled(shown(lesion, "ltp", "LTP") for lesion in evaluable), default=None)]
    found += [progression.new_liver_lesion(start, imaging, lesions), progression.extrahepatic(start, imaging)]
    progressed = min((one.day for one in filled(found)), default=None)
    result = []
    if not treatments.is_on_systemic(start, treated):
        alive = last_known_alive(patient, sessions, imaging)
        end = ended("STFI", patient, [treatments.systemic(start, treated)], alive)
        result.append(finished_row("STFI", patient, None, start, *end))
    if not evaluable:
        return result
    body = progression.last_of(progression.body_exams(start, imaging), "censored at the last CT, MR or PET-CT")
    assert body is not None  # the exam that makes a lesion evaluable is one
    end = ended("TTUP", patient, [treatments.untreatable(start, progressed, treated)], body)
    result.append(finished_row("TTUP", patient, None, start, *end))
    free_from = treatments.disease_free_from(patient, start, lesions, progressed, treated)
    if free_from is not None:
        result.append(finished_row("DFS", patient, None, free_from, *ended("DFS", patient, found, body)))
    return result


def until_progression(patient: Row, start: date, lesions: list[Row], imaging: list[Row]) -> list[Row]:
    """The patient's endpoints that progression beyond LTP ends; those that count LTP need an evaluable lesion."""
    evaluable = [lesion for lesion in lesions if lesion["is_evaluable"]]
    ltp = min(filled(shown(lesion, "ltp", "LTP") for lesion in evaluable), default=None)
    new = progression.new_liver_lesion(start, imaging, lesions)
    outside = progression.extrahepatic(start, imaging)
    at_the_start = "censored at the start: no exam could have shown it"
    nothing_seen = Finding(start, "derived.patient_progression", patient_of(patient), at_the_start)
    liver_rows, body_rows = progression.liver_exams(start, imaging), progression.body_exams(start, imaging)
    liver = progression.last_of(liver_rows, "censored at the last liver exam") or nothing_seen
    body = progression.last_of(body_rows, "censored at the last CT, MR or PET-CT") or nothing_seen
    wanted: dict[str, tuple[list[Finding | None], Finding]] = {"TT_NEWLIVER": ([new], liver), "DDFS": ([outside], body)}
    if evaluable:
        wanted |= {"IHPFS": ([ltp, new], liver)}
        wanted |= {endpoint: ([ltp, new, outside], body) for endpoint in ("TTP", "PFS")}
    return [
        finished_row(endpoint, patient, None, start, *ended(endpoint, patient, findings, censored))
        for endpoint, (findings, censored) in wanted.items()
    ]


def until_death(patient: Row, sessions: list[Row], imaging: list[Row]) -> list[Row]:
    """OS and CSS."""
    start, died = first_ablation(sessions), death(patient)
    if died is None:
        alive = last_known_alive(patient, sessions, imaging)
        return [finished_row(endpoint, patient, None, start, alive, CENSORED) for endpoint in ("OS", "CSS")]
    cause = patient["death_cause"]
    words, code = f"death of {'another' if cause == 'other' else 'unknown'} cause", DEATH_AS_COMPETING_RISK
    if cause in CAUSES_OF_CSS:
        words, code = "death from the cancer or its treatment", EVENT
    return [
        finished_row("OS", patient, None, start, died, EVENT),
        finished_row("CSS", patient, None, start, died._replace(words=words), code),
    ]


def ended(endpoint: str, patient: Row, findings: Iterable[Finding | None], censored: Finding) -> tuple[Finding, int]:
    """End and event: the first finding (also on the day of death), then death, then the censoring exam.

    Of findings of one day, that which the endpoint names first: LTP, then a new liver lesion, then disease outside.
    """
    there, died = filled(findings), death(patient)
    if there:
        first = min(there, key=lambda finding: finding.day)
        if died is None or first.day <= died.day:
            return first, EVENT
    if died is not None:
        return died._replace(words=DEATH_IN_WORDS[endpoint]), CODE_OF_DEATH[endpoint]
    return censored, CENSORED


def filled(findings: Iterable[Finding | None]) -> list[Finding]:
    """Those that are there."""
    return [finding for finding in findings if finding is not None]


def shown(lesion: Row, kind: str, words: str) -> Finding | None:
    """What a row of `lesion_ltp` says under kind_date and kind_exam_id; None where it says nothing."""
    if lesion[f"{kind}_date"] is None:
        return None
    parts = (lesion["site"], lesion["patient_id"], lesion[f"{kind}_exam_id"], lesion["lesion_id"])
    return Finding(lesion[f"{kind}_date"], "clean.imaging_followups", parts, words)


def death(patient: Row) -> Finding | None:
    """Death; None for the living, and for a death without a date, which ends no clock."""
    if patient["vital_status"] != "dead" or patient["death_date"] is None:
        return None
    return Finding(patient["death_date"], "clean.patients", patient_of(patient), "death")


def last_known_alive(patient: Row, sessions: list[Row], imaging: list[Row]) -> Finding:
    """The last date on which somebody saw the patient: last contact, any exam of any kind, any session.

    On one day the patients row speaks before an exam, that before a session.
    """
    words = "censored when last known alive"
    seen = [(1, progression.exam(row, words)) for row in imaging]
    if patient["last_contact_date"] is not None:
        seen.append((0, Finding(patient["last_contact_date"], "clean.patients", patient_of(patient), words)))
    for row in sessions:
        key = (*patient_of(patient), row["session_id"], row["lesion_id"])
        seen.append((2, Finding(row["session_date"], "clean.rfa_sessions", key, words)))
    last = max(finding.day for _, finding in seen)
    return min((place, finding) for place, finding in seen if finding.day == last)[1]


def finished_row(endpoint: str, subject: Row, lesion_id: str | None, start: date, end: Finding, event: int) -> Row:
    """A finished row; the level follows from whether a lesion is named."""
    days = days_between(start, end.day)
    return {
        "site": subject["site"],
        "endpoint": endpoint,
        "level": "patient" if lesion_id is None else "lesion",
        "patient_id": subject["patient_id"],
        "lesion_id": lesion_id,
        "start_date": start,
        "end_date": end.day,
        "days": days,
        "months": months(days),
        "event": event,
        "status": ("censored", "event", "competing_death", "competing_other")[event],
        "event_description": end.words,
        "source_table": end.table,
        "source_key": "|".join(end.key),
    }
