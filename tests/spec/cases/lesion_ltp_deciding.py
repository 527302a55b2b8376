"""lesion_ltp: which row of an export decided how the lesion counts."""

from tests.spec.case import Case, Section

DECIDED = Section(
    "Which row decided",
    "`deciding_delivery` and `deciding_line` locate the row that decided: the exam that showed LTP; without LTP, "
    "the last qualifying exam; for a lesion that was never adequate, the exam that first showed viable tumour (if"
    " there is none, the last qualifying exam); without any qualifying exam, the lesion's first session. Of "
    "several exams on the day, it is the smallest exam_id among those that gave the day its status; of several "
    "sessions, the one that gave the diameter.",
    (
        Case(
            "LTP: the exam that showed it",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status
            E1      | 2020-02-01 | no_viable
            E2      | 2020-04-01 | ltp
            E3      | 2020-07-01 | ltp
            """,
            """
            deciding_delivery     | deciding_line
            imaging_followups.csv | 2
            """,
        ),
        Case(
            "Free of LTP: the last qualifying exam",
            """
            imaging_followups
            exam_id | exam_date  | contrast_enhanced | lesion_status
            E1      | 2020-02-01 | yes               | no_viable
            E2      | 2020-04-01 | yes               | no_viable
            E3      | 2020-07-01 | no                | ltp
            """,
            """
            deciding_delivery     | deciding_line
            imaging_followups.csv | 2
            """,
        ),
        Case(
            "Residual tumour first, then adequate: still the last qualifying exam",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status
            E1      | 2020-02-01 | residual
            E2      | 2020-04-01 | no_viable
            E3      | 2020-07-01 | no_viable
            """,
            """
            ltp   | deciding_delivery     | deciding_line
            false | imaging_followups.csv | 3
            """,
        ),
        Case(
            "Two exams on the deciding day: the smallest exam_id among those that gave the day its status",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status | distance_to_zone_mm
            E3      | 2020-02-01 | no_viable     |
            E2      | 2020-02-01 | no_viable     |
            E1      | 2020-02-01 | viable        | 30
            """,
            """
            deciding_delivery     | deciding_line
            imaging_followups.csv | 2
            """,
        ),
        Case(
            "Never adequate: the exam that first showed viable tumour",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status | distance_to_zone_mm
            E1      | 2020-02-01 | viable        | 30
            E2      | 2020-03-01 | residual      |
            E3      | 2020-04-01 | residual      |
            """,
            """
            deciding_delivery     | deciding_line
            imaging_followups.csv | 2
            """,
        ),
        Case(
            "Only distant exams: the last of them",
            """
            imaging_followups
            exam_id | exam_date  | lesion_status | distance_to_zone_mm
            E1      | 2020-02-01 | viable        | 30
            E2      | 2020-04-01 | viable        | 30
            """,
            """
            deciding_delivery     | deciding_line
            imaging_followups.csv | 2
            """,
        ),
        Case(
            "No qualifying exam: the first session",
            """
            rfa_sessions
            session_id | session_date
            S2         | 2020-03-01
            S1         | 2020-01-01

            imaging_followups
            exam_date  | modality | lesion_status
            2020-04-01 | us       | no_viable
            """,
            """
            deciding_delivery | deciding_line
            rfa_sessions.csv  | 2
            """,
        ),
        Case(
            "No qualifying exam and two sessions on the first day: the row that gave the diameter",
            """
            rfa_sessions
            session_id | session_date | max_diameter_mm
            S1         | 2020-01-01   | 20
            S2         | 2020-01-01   | 24
            S3         | 2020-01-01   | 24
            """,
            """
            max_diameter_mm | deciding_delivery | deciding_line
            24              | rfa_sessions.csv  | 2
            """,
        ),
    ),
)

SECTIONS = (DECIDED,)
