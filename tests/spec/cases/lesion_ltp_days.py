"""lesion_ltp: days with several exams, and which of them is named."""

from tests.spec.case import Case, Section

DAYS = Section(
    "Several exams on one day",
    "A qualifying day is viable if any of its rows is viable; otherwise negative if any is no_viable; otherwise "
    "distant only. The exam named for a day is the smallest exam_id (compared as text) among the rows that gave "
    "the day its status.",
    (
        Case(
            "Two exams on one day, one of them viable: the day is viable, not adequate",
            """
            imaging_followups
            exam_id | exam_date  | modality | lesion_status
            E1      | 2020-02-01 | ct       | no_viable
            E2      | 2020-02-01 | mr       | residual
            """,
            """
            adequate_date | is_evaluable | is_residual
                          | false        | true
            """,
        ),
        Case(
            "LTP on one of two exams of a day is LTP, and that exam is named",
            """
            imaging_followups
            exam_id | exam_date  | modality | lesion_status
            E1      | 2020-02-01 | ct       | no_viable
            E2      | 2020-04-01 | ct       | no_viable
            E3      | 2020-04-01 | mr       | ltp
            """,
            """
            ltp  | ltp_date   | ltp_exam_id | last_negative_date
            true | 2020-04-01 | E3          | 2020-02-01
            """,
        ),
        Case(
            "A distant finding beside a negative exam leaves the day negative",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status | distance_to_zone_mm
            E1      | 2020-02-01 | viable        | 22
            E2      | 2020-02-01 | no_viable     |
            """,
            """
            is_evaluable | adequate_date | adequate_exam_id | is_residual
            true         | 2020-02-01    | E2               | false
            """,
        ),
        Case(
            "A distant and a viable finding on one day: the day is viable",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status | distance_to_zone_mm
            E1      | 2020-02-01 | no_viable     |
            E2      | 2020-04-01 | ltp           | 22
            E3      | 2020-04-01 | ltp           | 4
            """,
            """
            ltp  | ltp_exam_id
            true | E3
            """,
        ),
        Case(
            "A second exam that does not count leaves the day unchanged",
            """
            imaging_followups
            exam_id | exam_date  | contrast_enhanced | lesion_status
            E1      | 2020-02-01 | no                | viable
            E2      | 2020-02-01 | yes               | no_viable
            """,
            """
            is_evaluable | adequate_exam_id | is_residual
            true         | E2               | false
            """,
        ),
        Case(
            "Two negative exams on the first negative day: the smallest exam_id is named, as text",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status
            E9      | 2020-02-01 | no_viable
            E10     | 2020-02-01 | no_viable
            E1      | 2020-04-01 | no_viable
            """,
            """
            adequate_date | adequate_exam_id
            2020-02-01    | E10
            """,
        ),
        Case(
            "Two viable exams on the day of LTP: the smallest exam_id is named",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status
            E5      | 2020-02-01 | no_viable
            E4      | 2020-04-01 | viable
            E3      | 2020-04-01 | ltp
            E2      | 2020-04-01 | no_viable
            """,
            """
            ltp_date   | ltp_exam_id
            2020-04-01 | E3
            """,
        ),
        Case(
            "The order in which the rows were written does not matter",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status
            E3      | 2020-06-01 | ltp
            E1      | 2020-02-01 | no_viable
            E2      | 2020-04-01 | no_viable
            """,
            """
            adequate_date | ltp_date   | last_negative_date
            2020-02-01    | 2020-06-01 | 2020-04-01
            """,
        ),
    ),
)

SECTIONS = (DAYS,)
