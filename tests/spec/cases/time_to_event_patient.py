"""time_to_event: the endpoints of a patient that LTP ends (TTLTP, LTPFS, LTPFS_STUDY)."""

from tests.spec.case import Case, Section

TWO_LESIONS = """
            rfa_sessions
            session_id | session_date | lesion_id
            S1         | 2020-01-01   | L1
            S2         | 2020-03-01   | L2
"""

BOTH_FREE = """
            imaging_followups
            exam_id | exam_date  | lesion_id | lesion_status
            E1      | 2020-04-01 | L1        | no_viable
            E1      | 2020-04-01 | L2        | no_viable
            E2      | 2020-07-01 | L1        | no_viable
"""

PATIENT_LEVEL = Section(
    "TTLTP, LTPFS and LTPFS_STUDY of a patient",
    "All start at the patient's first ablation; the event is the earliest LTP over the evaluable lesions. TTLTP "
    "and LTPFS treat death as above, and are censored at the earliest of the evaluable lesions' last qualifying "
    "days: until then all treated sites are known to be free. LTPFS_STUDY is patient_ltpfs: LTP only, censored at"
    " the latest of those days.",
    (
        Case(
            "Censoring at the earliest of the last qualifying days; the study's endpoint at the latest",
            TWO_LESIONS + BOTH_FREE,
            """
            endpoint    | lesion_id | start_date | end_date   | days | event
            TTLTP       |           | 2020-01-01 | 2020-04-01 | 91   | 0
            LTPFS       |           | 2020-01-01 | 2020-04-01 | 91   | 0
            LTPFS_STUDY |           | 2020-01-01 | 2020-07-01 | 182  | 0
            """,
            {"level": "patient", "endpoint": "TTLTP LTPFS LTPFS_STUDY"},
        ),
        Case(
            "LTP of two lesions: the earliest counts",
            TWO_LESIONS
            + """
            imaging_followups
            exam_id | exam_date  | lesion_id | lesion_status
            E1      | 2020-04-01 | L1        | no_viable
            E1      | 2020-04-01 | L2        | no_viable
            E2      | 2020-07-01 | L2        | ltp
            E3      | 2020-10-01 | L1        | ltp
            """,
            """
            endpoint    | end_date   | event
            TTLTP       | 2020-07-01 | 1
            LTPFS       | 2020-07-01 | 1
            LTPFS_STUDY | 2020-07-01 | 1
            """,
            {"level": "patient", "endpoint": "TTLTP LTPFS LTPFS_STUDY"},
        ),
        Case(
            "LTP counts even if it is later than another lesion's last exam",
            TWO_LESIONS
            + """
            imaging_followups
            exam_id | exam_date  | lesion_id | lesion_status
            E1      | 2020-04-01 | L1        | no_viable
            E1      | 2020-04-01 | L2        | no_viable
            E2      | 2020-07-01 | L1        | ltp
            """,
            """
            endpoint    | end_date   | event
            TTLTP       | 2020-07-01 | 1
            LTPFS       | 2020-07-01 | 1
            LTPFS_STUDY | 2020-07-01 | 1
            """,
            {"level": "patient", "endpoint": "TTLTP LTPFS LTPFS_STUDY"},
        ),
        Case(
            "Death without LTP: competing risk in TTLTP, event in LTPFS, nothing in the study's endpoint",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2021-01-01
"""
            + TWO_LESIONS
            + BOTH_FREE,
            """
            endpoint    | end_date   | event
            TTLTP       | 2021-01-01 | 2
            LTPFS       | 2021-01-01 | 1
            LTPFS_STUDY | 2020-07-01 | 0
            """,
            {"level": "patient", "endpoint": "TTLTP LTPFS LTPFS_STUDY"},
        ),
        Case(
            "LTP on the day of death is LTP, for the patient too",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2020-07-01

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            """,
            """
            endpoint    | end_date   | event
            TTLTP       | 2020-07-01 | 1
            LTPFS       | 2020-07-01 | 1
            LTPFS_STUDY | 2020-07-01 | 1
            """,
            {"level": "patient", "endpoint": "TTLTP LTPFS LTPFS_STUDY"},
        ),
        Case(
            "One evaluable and one non-evaluable lesion: the second gives the start, and nothing else",
            TWO_LESIONS
            + """
            imaging_followups
            exam_id | exam_date  | lesion_id | lesion_status
            E1      | 2020-02-01 | L1        | residual
            E2      | 2020-07-01 | L2        | no_viable
            """,
            """
            endpoint    | level   | lesion_id | start_date | end_date   | days | event
            TTLTP       | lesion  | L2        | 2020-03-01 | 2020-07-01 | 122  | 0
            LTPFS       | lesion  | L2        | 2020-03-01 | 2020-07-01 | 122  | 0
            TTLTP       | patient |           | 2020-01-01 | 2020-07-01 | 182  | 0
            LTPFS       | patient |           | 2020-01-01 | 2020-07-01 | 182  | 0
            LTPFS_STUDY | patient |           | 2020-01-01 | 2020-07-01 | 182  | 0
            """,
            {"endpoint": "TTLTP LTPFS LTPFS_STUDY"},
        ),
        Case(
            "No evaluable lesion: no row, even if the patient died",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2021-01-01

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | residual
            """,
            "no row",
            {"endpoint": "TTLTP LTPFS LTPFS_STUDY"},
        ),
    ),
)

SECTIONS = (PATIENT_LEVEL,)
