"""The oracle's reading of derived.time_to_event: who is at risk from when, until what, and which row says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tests.oracle import progression
from tests.oracle.progression import Finding
from tests.oracle.rows import Row, days_between, first_ablation, months, patient_of

CENSORED, EVENT, DEATH_AS_COMPETING_RISK = 0, 1, 2
CODE_OF_DEATH = {
    "TTLTP": DEATH_AS_COMPETING_RISK,
    "A_LTPFS": DEATH_AS_COMPETING_RISK,
    "TT_NEWLIVER": DEATH_AS_COMPETING_RISK,
    "TTP": DEATH_AS_COMPETING_RISK,
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
    lesions: list[Row], ltpfs: list[Row], patients: list[Row], sessions: list[Row], imaging: list[Row]
) -> list[Row]:
    """One row per endpoint, level and subject.

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
        result += until_ltp(patient, first_ablation(own_sessions), own_lesions, study)
        result += until_progression(patient, first_ablation(own_sessions), own_lesions, own_imaging)
        result += until_death(patient, own_sessions, own_imaging)
    return result


def until_ltp(patient: Row, start: date, lesions: list[Row], study: list[Row]) -> list[Row]:
    """The endpoints that LTP alone ends, of the evaluable lesions and of their patient."""
    evaluable = [lesion for lesion in lesions if lesion["is_evaluable"]]
    result = []
    for endpoint, (kind, words, known) in LTP_DATE.items():
        for lesion in evaluable:
            censored = min(filled([shown(lesion, "last_followup", "censored at the last qualifying exam")]))
            end = ended(endpoint, patient, [shown(lesion, kind, words)], censored)
            result.append(finished_row(endpoint, lesion, lesion["lesion_id"], lesion["first_ablation_date"], *end))
        if evaluable:
            at_the_end = f"censored when all treated sites were last {known}"
            all_known = min(filled(shown(lesion, "last_followup", at_the_end) for lesion in evaluable))
            first = min(filled(shown(lesion, kind, words) for lesion in evaluable), default=None)
            end = ended(endpoint, patient, [first], all_known)
            result.append(finished_row(endpoint, patient, None, start, *end))
    for row in study:
        ltp = filled(shown(lesion, "ltp", "LTP") for lesion in evaluable)
        at_the_end = "censored at the latest qualifying exam"
        followed = filled(shown(lesion, "last_followup", at_the_end) for lesion in evaluable)
        seen_last = min(finding for finding in followed if finding.day == row["last_followup_date"])
        end = (min(ltp), EVENT) if row["ltp"] else (seen_last, CENSORED)
        result.append(finished_row("LTPFS_STUDY", patient, None, start, *end))
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
