"""lesion_ltp: residual tumour, adequate ablation and LTP, in the order of days."""

from tests.spec.case import Case, Section

COURSE = Section(
    "Residual tumour, adequate ablation, LTP",
    "The first negative day is the *adequate* exam; from then on the lesion is evaluable. Viable tumour before it"
    " is residual tumour, never LTP. The first viable day after it is LTP. A lesion that never had an adequate "
    "exam is not evaluable: its LTP is empty, neither true nor false.",
    (
        Case(
            "Adequate and free of LTP",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-04-01 | no_viable
            2020-07-01 | no_viable
            """,
            """
            is_evaluable | is_residual | ltp   | ltp_date | last_followup_date | ltpfs_days | ltpfs_months
            true         | false       | false |          | 2020-07-01         | 182        | 5.98
            """,
        ),
        Case(
            "Adequate, then LTP: the clock runs from the first session to the day of detection",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            """,
            """
            is_residual | ltp  | ltp_date   | ltpfs_days | ltpfs_months
            false       | true | 2020-07-01 | 182        | 5.98
            """,
        ),
        Case(
            "Viable tumour and never an adequate exam: residual tumour, not LTP",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | residual
            2020-04-01 | viable
            """,
            """
            is_evaluable | is_residual | ltp | ltp_date | last_followup_date | ltpfs_days | ltpfs_months
            false        | true        |     |          | 2020-04-01         |            |
            """,
        ),
        Case(
            "LTP written before any adequate exam is residual tumour",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | ltp
            """,
            """
            is_evaluable | is_residual | ltp
            false        | true        |
            """,
        ),
        Case(
            "Residual tumour ablated again, then adequate: evaluable, residual, free of LTP",
            """
            rfa_sessions
            session_id | session_date | max_diameter_mm
            S1         | 2020-01-01   | 20
            S2         | 2020-02-15   | 12

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | residual
            2020-04-01 | no_viable
            2020-07-01 | no_viable
            """,
            """
            first_ablation_date | n_sessions | adequate_date | is_residual | ltp   | ltpfs_days
            2020-01-01          | 2          | 2020-04-01    | true        | false | 182
            """,
        ),
        Case(
            "Residual tumour, then adequate, then viable again: that is LTP",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | residual
            2020-04-01 | no_viable
            2020-07-01 | ltp
            """,
            """
            adequate_date | is_residual | ltp  | ltp_date   | ltpfs_days
            2020-04-01    | true        | true | 2020-07-01 | 182
            """,
        ),
        Case(
            "Viable tumour after the adequate exam is LTP, and does not make the lesion residual",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-04-01 | residual
            """,
            """
            is_residual | ltp
            false       | true
            """,
        ),
        Case(
            "LTP ablated again and negative afterwards stays LTP, on its first day",
            """
            rfa_sessions
            session_id | session_date
            S1         | 2020-01-01
            S2         | 2020-04-15

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-04-01 | ltp
            2020-07-01 | no_viable
            2020-10-01 | ltp
            """,
            """
            n_sessions | adequate_date | ltp  | ltp_date   | ltpfs_days | last_followup_date
            2          | 2020-02-01    | true | 2020-04-01 | 91         | 2020-10-01
            """,
        ),
        Case(
            "An exam on the day of a second session counts: only the first session's day does not",
            """
            rfa_sessions
            session_id | session_date
            S1         | 2020-01-01
            S2         | 2020-04-01

            imaging_followups
            exam_date  | lesion_status
            2020-04-01 | no_viable
            """,
            """
            is_evaluable | adequate_date
            true         | 2020-04-01
            """,
        ),
        Case(
            "A distant day in between does not end the LTP-free time, and is not an adequate exam",
            """
            imaging_followups
            exam_date  | lesion_status | distance_to_zone_mm
            2020-02-01 | viable        | 30
            2020-04-01 | no_viable     |
            2020-07-01 | viable        | 30
            2020-10-01 | viable        | 3
            """,
            """
            adequate_date | is_residual | ltp  | ltp_date   | last_negative_date
            2020-04-01    | false       | true | 2020-10-01 | 2020-04-01
            """,
        ),
    ),
)

SECTIONS = (COURSE,)
