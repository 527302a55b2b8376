"""lesion_ltp: what a qualifying row says: viable, negative, distant."""

from tests.spec.case import Case, Section

VIABLE = Section(
    "Viable, negative, distant",
    "A qualifying row is *viable* if its status is residual, ltp or viable and the distance to the ablation zone "
    "is at most 10 mm, or not given. Above 10 mm it is *distant*: a new lesion elsewhere, not this one.",
    (
        Case(
            "Exactly 10 mm from the zone is still this lesion",
            """
            imaging_followups
            exam_date  | lesion_status | distance_to_zone_mm
            2020-02-01 | no_viable     |
            2020-04-01 | ltp           | 10
            """,
            """
            ltp  | ltp_date
            true | 2020-04-01
            """,
        ),
        Case(
            "10.1 mm from the zone is another lesion; the exam still counts as follow-up of this one",
            """
            imaging_followups
            exam_date  | lesion_status | distance_to_zone_mm
            2020-02-01 | no_viable     |
            2020-04-01 | ltp           | 10.1
            """,
            """
            ltp   | ltp_date | last_followup_date
            false |          | 2020-04-01
            """,
        ),
        Case(
            "A missing distance counts as near",
            """
            imaging_followups
            exam_date  | lesion_status | distance_to_zone_mm
            2020-02-01 | no_viable     |
            2020-04-01 | ltp           |
            """,
            """
            ltp  | ltp_date
            true | 2020-04-01
            """,
        ),
        Case(
            "The word does not matter: residual and viable are LTP too after an adequate exam",
            """
            rfa_sessions
            session_id | lesion_id
            S1         | L1
            S1         | L2

            imaging_followups
            exam_date  | lesion_id | lesion_status
            2020-02-01 | L1        | no_viable
            2020-02-01 | L2        | no_viable
            2020-04-01 | L1        | viable
            2020-05-01 | L2        | residual
            """,
            """
            lesion_id | ltp  | ltp_date
            L1        | true | 2020-04-01
            L2        | true | 2020-05-01
            """,
        ),
        Case(
            "A distance beside no_viable changes nothing: the exam is negative",
            """
            imaging_followups
            exam_date  | lesion_status | distance_to_zone_mm
            2020-02-01 | no_viable     | 25
            """,
            """
            is_evaluable | adequate_date
            true         | 2020-02-01
            """,
        ),
        Case(
            "Tumour called residual more than 10 mm away is not residual tumour of this lesion",
            """
            imaging_followups
            exam_date  | lesion_status | distance_to_zone_mm
            2020-02-01 | residual      | 15
            2020-04-01 | no_viable     |
            """,
            """
            adequate_date | is_residual | ltp
            2020-04-01    | false       | false
            """,
        ),
        Case(
            "Only distant exams: followed up, but never shown to be adequate",
            """
            imaging_followups
            exam_date  | lesion_status | distance_to_zone_mm
            2020-02-01 | viable        | 30
            2020-04-01 | ltp           | 40
            """,
            """
            is_evaluable | is_residual | ltp | last_followup_date | ltpfs_days
            false        | false       |     | 2020-04-01         |
            """,
        ),
    ),
)

SECTIONS = (VIABLE,)
