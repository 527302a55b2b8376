"""lesion_ltp: sessions and diameters, last negative and last follow-up day."""

from tests.spec.case import Case, Section

SESSIONS = Section(
    "Sessions and diameters",
    "The first ablation is the earliest session of the lesion. The diameter is the largest one given at that "
    "session; measurements at later sessions say nothing about the lesion at the start.",
    (
        Case(
            "Several sessions: the diameter of the first counts, even if a later one is larger",
            """
            rfa_sessions
            session_id | session_date | max_diameter_mm
            S2         | 2020-04-15   | 35
            S1         | 2020-01-01   | 20
            """,
            """
            first_ablation_date | n_sessions | max_diameter_mm
            2020-01-01          | 2          | 20
            """,
        ),
        Case(
            "Two sessions on the first day: the larger diameter, and both sessions counted",
            """
            rfa_sessions
            session_id | session_date | max_diameter_mm
            S1         | 2020-01-01   | 20
            S2         | 2020-01-01   | 24
            """,
            """
            first_ablation_date | n_sessions | max_diameter_mm
            2020-01-01          | 2          | 24
            """,
        ),
        Case(
            "Each lesion starts on its own day: an exam before its first session does not count",
            """
            rfa_sessions
            session_id | session_date | lesion_id | max_diameter_mm
            S1         | 2020-01-01   | L1        | 20
            S2         | 2020-03-01   | L2        | 31

            imaging_followups
            exam_id | exam_date  | lesion_id | lesion_status
            E1      | 2020-02-01 | L1        | no_viable
            E1      | 2020-02-01 | L2        | viable
            E2      | 2020-04-01 | L1        | no_viable
            E2      | 2020-04-01 | L2        | no_viable
            """,
            """
            lesion_id | first_ablation_date | max_diameter_mm | adequate_date | is_residual | ltpfs_days
            L1        | 2020-01-01          | 20              | 2020-02-01    | false       | 91
            L2        | 2020-03-01          | 31              | 2020-04-01    | false       | 31
            """,
        ),
    ),
)

FOLLOWUP = Section(
    "Last negative day and last follow-up",
    "`last_negative_date` and `ltp_date` enclose the unknown day on which LTP began. Without LTP there is nothing"
    " to enclose, and `last_negative_date` is empty. `last_followup_date` is the last qualifying day of any kind."
    " Without LTP the clock stops on that day, not at an exam that does not count.",
    (
        Case(
            "The last negative day is the last one before LTP, not one after it",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-04-01 | no_viable
            2020-07-01 | ltp
            2020-10-01 | no_viable
            """,
            """
            last_negative_date | ltp_date   | last_followup_date
            2020-04-01         | 2020-07-01 | 2020-10-01
            """,
        ),
        Case(
            "Without LTP there is no last negative day before it",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-04-01 | no_viable
            """,
            """
            ltp   | last_negative_date | last_followup_date
            false |                    | 2020-04-01
            """,
        ),
        Case(
            "A distant day counts as follow-up",
            """
            imaging_followups
            exam_date  | lesion_status | distance_to_zone_mm
            2020-02-01 | no_viable     |
            2020-07-01 | viable        | 30
            """,
            """
            ltp   | last_followup_date | ltpfs_days
            false | 2020-07-01         | 182
            """,
        ),
        Case(
            "An exam without contrast after the last qualifying one does not prolong follow-up",
            """
            imaging_followups
            exam_date  | contrast_enhanced | lesion_status
            2020-02-01 | yes               | no_viable
            2020-07-01 | no                | no_viable
            """,
            """
            last_followup_date | ltpfs_days
            2020-02-01         | 31
            """,
        ),
        Case(
            "A lesion that is not evaluable has a last follow-up, but no LTP-free time",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | residual
            """,
            """
            is_evaluable | last_followup_date | ltpfs_days | ltpfs_months
            false        | 2020-02-01         |            |
            """,
        ),
    ),
)

SECTIONS = (SESSIONS, FOLLOWUP)
