"""time_to_event: overall survival (OS) and cancer-specific survival (CSS)."""

from tests.spec.case import Case, Section

OS = {"endpoint": "OS"}

SURVIVAL = Section(
    "OS of a patient",
    "From the patient's first ablation to death from any cause (event 1), otherwise censored (0) at the last date"
    " on which the patient is known to have been alive: the last contact, any exam (whether it qualifies or not),"
    " any session. OS does not depend on LTP, so every patient with a session has a row.",
    (
        Case(
            "Death from any cause is the event",
            """
            patients
            patient_id | vital_status | death_date | death_cause | last_contact_date
            P1         | dead         | 2021-01-01 | other       | 2020-12-01
            """,
            """
            endpoint | level   | lesion_id | start_date | end_date   | days | months | event
            OS       | patient |           | 2020-01-01 | 2021-01-01 | 366  | 12.02  | 1
            """,
            OS,
        ),
        Case(
            "Alive: censored at the last contact",
            """
            patients
            patient_id | vital_status | last_contact_date
            P1         | alive        | 2021-01-01

            imaging_followups
            exam_date
            2020-07-01
            """,
            """
            end_date   | event
            2021-01-01 | 0
            """,
            OS,
        ),
        Case(
            "An exam after the last contact shows that the patient was alive, even if it does not qualify",
            """
            patients
            patient_id | vital_status | last_contact_date
            P1         | alive        | 2020-06-01

            imaging_followups
            exam_date  | modality | contrast_enhanced | lesion_id | lesion_status
            2020-04-01 | ct       | yes               | L1        | no_viable
            2020-10-01 | us       | no                |           |
            """,
            """
            end_date   | event
            2020-10-01 | 0
            """,
            OS,
        ),
        Case(
            "So does a later session",
            """
            rfa_sessions
            session_id | session_date | lesion_id
            S1         | 2020-01-01   | L1
            S2         | 2020-07-01   | L2
            """,
            """
            start_date | end_date   | days | event
            2020-01-01 | 2020-07-01 | 182  | 0
            """,
            OS,
        ),
        Case(
            "Nothing but the session: a row with no days",
            "",
            """
            end_date   | days | event
            2020-01-01 | 0    | 0
            """,
            OS,
        ),
        Case(
            "Vital status unknown: censored like the living",
            """
            patients
            patient_id | vital_status | last_contact_date
            P1         | unknown      | 2020-07-01
            """,
            """
            end_date   | event
            2020-07-01 | 0
            """,
            OS,
        ),
        Case(
            "Dead without a date: censored at the last date known alive",
            """
            patients
            patient_id | vital_status | death_date | last_contact_date
            P1         | dead         |            | 2020-07-01
            """,
            """
            end_date   | event
            2020-07-01 | 0
            """,
            OS,
        ),
        Case(
            "A patient whose lesions are not evaluable has OS; a patient without a session has no row",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2020-07-01
            P2         | dead         | 2020-07-01

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | residual
            """,
            """
            patient_id | end_date   | event
            P1         | 2020-07-01 | 1
            """,
            OS,
        ),
    ),
)

CSS = {"endpoint": "CSS"}

CANCER_SPECIFIC = Section(
    "CSS of a patient",
    "As OS, but only a death caused by the cancer or its treatment is the event (1). Another death competes (2), "
    "and so does one from an unknown cause: it may have been either, and its description keeps it apart.",
    (
        Case(
            "Each cause: cancer, treatment, other, unknown, not stated; and alive",
            """
            patients
            patient_id | vital_status | death_date | death_cause
            P1         | dead         | 2021-01-01 | cancer
            P2         | dead         | 2021-01-01 | treatment
            P3         | dead         | 2021-01-01 | other
            P4         | dead         | 2021-01-01 | unknown
            P5         | dead         | 2021-01-01 |
            P6         | alive        |            |

            rfa_sessions
            patient_id | session_id
            P1         | S1
            P2         | S1
            P3         | S1
            P4         | S1
            P5         | S1
            P6         | S1
            """,
            """
            patient_id | end_date   | event | event_description
            P1         | 2021-01-01 | 1     | death from the cancer or its treatment
            P2         | 2021-01-01 | 1     | death from the cancer or its treatment
            P3         | 2021-01-01 | 2     | death of another cause
            P4         | 2021-01-01 | 2     | death of unknown cause
            P5         | 2021-01-01 | 2     | death of unknown cause
            P6         | 2020-01-01 | 0     | censored when last known alive
            """,
            CSS,
        ),
    ),
)

SECTIONS = (SURVIVAL, CANCER_SPECIFIC)
