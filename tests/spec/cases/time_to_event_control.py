"""time_to_event: assisted local control (A_LTPFS), of a lesion and of a patient."""

from tests.spec.case import Case, Section

BOTH_LEVELS = {"endpoint": "A_LTPFS"}
LESION = {"endpoint": "A_LTPFS", "level": "lesion"}
ABLATED_AGAIN = """
            rfa_sessions
            session_id | session_date
            S1         | 2020-01-01
            S2         | 2020-08-01

"""

CONTROL = Section(
    "Assisted local control: A_LTPFS",
    "LTP that was ablated again and then shown to be controlled is not an event. A session on or after the day of"
    " LTP counts as ablating it again; the adequate exam must be after that session. From that exam on the lesion"
    " counts as free again, and a later LTP is judged the same way. The event is the LTP that stayed "
    "uncontrolled, on the day it was detected. Death without such an LTP competes (event 2); censoring is as in "
    "TTLTP.",
    (
        Case(
            "LTP never ablated again is the event, of the lesion and of the patient",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            2020-10-01 | no_viable
            """,
            """
            level   | end_date   | days | event
            lesion  | 2020-07-01 | 182  | 1
            patient | 2020-07-01 | 182  | 1
            """,
            BOTH_LEVELS,
        ),
        Case(
            "LTP ablated again, then an adequate exam: no event",
            ABLATED_AGAIN
            + """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            2020-09-01 | no_viable
            2020-12-01 | no_viable
            """,
            """
            level   | end_date   | event
            lesion  | 2020-12-01 | 0
            patient | 2020-12-01 | 0
            """,
            BOTH_LEVELS,
        ),
        Case(
            "Ablated again without a later adequate exam: the event, on the day LTP was detected",
            ABLATED_AGAIN
            + """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            2020-08-01 | no_viable
            2020-09-01 | residual
            """,
            """
            end_date   | event
            2020-07-01 | 1
            """,
            LESION,
        ),
        Case(
            "Viable tumour between that session and the adequate exam is residual tumour of the same LTP",
            ABLATED_AGAIN
            + """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            2020-09-01 | residual
            2020-12-01 | no_viable
            """,
            """
            end_date   | event
            2020-12-01 | 0
            """,
            LESION,
        ),
        Case(
            "LTP that returns after it was controlled is the event, timed from the first session",
            ABLATED_AGAIN
            + """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            2020-09-01 | no_viable
            2020-12-01 | ltp
            """,
            """
            start_date | end_date   | days | event
            2020-01-01 | 2020-12-01 | 335  | 1
            """,
            LESION,
        ),
        Case(
            "A session before LTP does not control it",
            """
            rfa_sessions
            session_id | session_date
            S1         | 2020-01-01
            S2         | 2020-03-01

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            2020-12-01 | no_viable
            """,
            """
            end_date   | event
            2020-07-01 | 1
            """,
            LESION,
        ),
        Case(
            "Death after LTP was controlled competes",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2021-01-01
"""
            + ABLATED_AGAIN
            + """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            2020-09-01 | no_viable
            """,
            """
            end_date   | event
            2021-01-01 | 2
            """,
            LESION,
        ),
    ),
)

SECTIONS = (CONTROL,)
