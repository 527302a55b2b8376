"""time_to_event: the endpoints of a lesion that LTP ends (TTLTP, LTPFS)."""

from tests.spec.case import Case, Section

LESION = {"level": "lesion", "endpoint": "TTLTP LTPFS"}

LESION_LEVEL = Section(
    "TTLTP and LTPFS of a lesion",
    "Both start at the lesion's first ablation and end with LTP (event 1). Death without earlier LTP is a "
    "competing risk in TTLTP (event 2) and an event in LTPFS (event 1), however long after the last exam. "
    "Otherwise both are censored (0) at the lesion's last qualifying day. A lesion that is not evaluable has no "
    "row.",
    (
        Case(
            "LTP is the event of both",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            2020-10-01 | ltp
            """,
            """
            endpoint | lesion_id | start_date | end_date   | days | months | event
            TTLTP    | L1        | 2020-01-01 | 2020-07-01 | 182  | 5.98   | 1
            LTPFS    | L1        | 2020-01-01 | 2020-07-01 | 182  | 5.98   | 1
            """,
            LESION,
        ),
        Case(
            "Without LTP and alive: censored at the last qualifying day, even a distant one",
            """
            patients
            patient_id | vital_status | last_contact_date
            P1         | alive        | 2021-06-01

            imaging_followups
            exam_date  | modality | lesion_status | distance_to_zone_mm
            2020-02-01 | ct       | no_viable     |
            2020-07-01 | ct       | viable        | 30
            2020-10-01 | us       | no_viable     |
            """,
            """
            endpoint | end_date   | days | event
            TTLTP    | 2020-07-01 | 182  | 0
            LTPFS    | 2020-07-01 | 182  | 0
            """,
            LESION,
        ),
        Case(
            "Death without LTP: competing risk in TTLTP, event in LTPFS, even long after the last exam",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2022-01-01

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            """,
            """
            endpoint | end_date   | days | event
            TTLTP    | 2022-01-01 | 731  | 2
            LTPFS    | 2022-01-01 | 731  | 1
            """,
            LESION,
        ),
        Case(
            "LTP before death ends the clock at LTP",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2020-10-01

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            """,
            """
            endpoint | end_date   | event
            TTLTP    | 2020-07-01 | 1
            LTPFS    | 2020-07-01 | 1
            """,
            LESION,
        ),
        Case(
            "LTP on the day of death is LTP",
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
            endpoint | end_date   | event
            TTLTP    | 2020-07-01 | 1
            LTPFS    | 2020-07-01 | 1
            """,
            LESION,
        ),
        Case(
            "Dead without a date: the time is unknown, so censored at the last qualifying day",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         |

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            """,
            """
            endpoint | end_date   | event
            TTLTP    | 2020-02-01 | 0
            LTPFS    | 2020-02-01 | 0
            """,
            LESION,
        ),
        Case(
            "A lesion that is not evaluable has no row, even if the patient died",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2020-10-01

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | residual
            """,
            "no row",
            LESION,
        ),
        Case(
            "Residual tumour that became adequate: the clock still starts at the first ablation",
            """
            rfa_sessions
            session_id | session_date
            S1         | 2020-01-01
            S2         | 2020-03-01

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | residual
            2020-04-01 | no_viable
            """,
            """
            endpoint | start_date | end_date   | event
            TTLTP    | 2020-01-01 | 2020-04-01 | 0
            LTPFS    | 2020-01-01 | 2020-04-01 | 0
            """,
            LESION,
        ),
    ),
)

SECTIONS = (LESION_LEVEL,)
