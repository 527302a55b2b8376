"""The oracle's reading of derived.time_to_event: who is at risk from when, until what.

Here belong start, end and event of TTLTP, LTPFS, LTPFS_STUDY and OS. Whether a lesion progressed belongs to
`lesion_ltp`, and how a patient's lesions are put together for the study's endpoint to `patient_ltpfs`.
"""

from __future__ import annotations

from datetime import date

from tests.oracle.rows import Row, days_between, first_ablation, months, patient_of

CENSORED, EVENT, DEATH_AS_COMPETING_RISK = 0, 1, 2
CODE_OF_DEATH = {"TTLTP": DEATH_AS_COMPETING_RISK, "LTPFS": EVENT}


def time_to_event(
    lesions: list[Row], ltpfs: list[Row], patients: list[Row], sessions: list[Row], imaging: list[Row]
) -> list[Row]:
    """One row per endpoint, level and subject.

    `lesions` and `ltpfs` are the rows of `lesion_ltp` and `patient_ltpfs`; the others are clean rows. Gives
    site, endpoint, level, patient_id, lesion_id, start_date, end_date, days, months and event.
    """
    result = []
    for patient in patients:
        key = patient_of(patient)
        own_sessions = [row for row in sessions if patient_of(row) == key]
        if not own_sessions:
            continue
        own_lesions = [row for row in lesions if patient_of(row) == key and row["is_evaluable"]]
        own_imaging = [row for row in imaging if patient_of(row) == key]
        start = first_ablation(own_sessions)
        died = death_date(patient)
        for endpoint in ("TTLTP", "LTPFS"):
            for lesion in own_lesions:
                end, event = until_ltp(endpoint, lesion["ltp_date"], died, censored_on=lesion["last_followup_date"])
                result.append(
                    finished_row(endpoint, lesion, lesion["lesion_id"], lesion["first_ablation_date"], end, event)
                )
            if own_lesions:
                ltp_dates = [lesion["ltp_date"] for lesion in own_lesions if lesion["ltp"]]
                all_known_free_on = min(lesion["last_followup_date"] for lesion in own_lesions)
                end, event = until_ltp(
                    endpoint, min(ltp_dates) if ltp_dates else None, died, censored_on=all_known_free_on
                )
                result.append(finished_row(endpoint, patient, None, start, end, event))
        for study in ltpfs:
            if patient_of(study) == key and study["ltp"] is not None:
                end = study["ltp_date"] if study["ltp"] else study["last_followup_date"]
                result.append(
                    finished_row("LTPFS_STUDY", patient, None, start, end, EVENT if study["ltp"] else CENSORED)
                )
        if died is not None:
            result.append(finished_row("OS", patient, None, start, died, EVENT))
        else:
            alive_on = last_known_alive(patient, own_sessions, own_imaging)
            result.append(finished_row("OS", patient, None, start, alive_on, CENSORED))
    return result


def death_date(patient: Row) -> date | None:
    """The day of death; None for the living, and for a death without a date, which ends no clock."""
    return patient["death_date"] if patient["vital_status"] == "dead" else None


def until_ltp(endpoint: str, ltp_date: date | None, died: date | None, censored_on: date) -> tuple[date, int]:
    """End and event where LTP counts: LTP first (also on the day of death), then death, then imaging."""
    if ltp_date is not None and (died is None or ltp_date <= died):
        return ltp_date, EVENT
    if died is not None:
        return died, CODE_OF_DEATH[endpoint]
    return censored_on, CENSORED


def last_known_alive(patient: Row, sessions: list[Row], imaging: list[Row]) -> date:
    """The last date on which somebody saw the patient: last contact, any exam of any kind, any session."""
    seen = [session["session_date"] for session in sessions] + [exam["exam_date"] for exam in imaging]
    if patient["last_contact_date"] is not None:
        seen.append(patient["last_contact_date"])
    return max(seen)


def finished_row(endpoint: str, subject: Row, lesion_id: str | None, start: date, end: date, event: int) -> Row:
    """A finished row; the level follows from whether a lesion is named."""
    days = days_between(start, end)
    return {
        "site": subject["site"],
        "endpoint": endpoint,
        "level": "patient" if lesion_id is None else "lesion",
        "patient_id": subject["patient_id"],
        "lesion_id": lesion_id,
        "start_date": start,
        "end_date": end,
        "days": days,
        "months": months(days),
        "event": event,
    }
