"""patient_ltpfs: how a patient's lesions are put together for the study's endpoint."""

from tests.spec.case import Case, Section

TWO_LESIONS = """
            rfa_sessions
            session_id | session_date | lesion_id | max_diameter_mm
            S1         | 2020-01-01   | L1        | 20
            S2         | 2020-03-01   | L2        | {diameter}
"""

LESIONS = Section(
    "From lesions to the patient",
    "The clock starts with the earliest ablation over all lesions, evaluable or not. The diameter is the largest "
    "over all lesions; 30 mm exactly is large. The patient has LTP if any evaluable lesion has it; LTP is empty "
    "if no lesion is evaluable.",
    (
        Case(
            "Earliest start, earliest LTP, latest follow-up",
            TWO_LESIONS.format(diameter="30")
            + """
            imaging_followups
            exam_id | exam_date  | lesion_id | lesion_status
            E1      | 2020-04-01 | L1        | no_viable
            E1      | 2020-04-01 | L2        | no_viable
            E2      | 2020-07-01 | L1        | ltp
            E2      | 2020-07-01 | L2        | no_viable
            E3      | 2020-10-01 | L2        | ltp
            """,
            """
            first_ablation_date | ltp  | ltp_date   | last_followup_date | ltpfs_days | ltpfs_months
            2020-01-01          | true | 2020-07-01 | 2020-10-01         | 182        | 5.98
            """,
        ),
        Case(
            "The largest diameter over the lesions; 30 mm exactly is large",
            TWO_LESIONS.format(diameter="30"),
            """
            n_lesions | max_diameter_mm | diameter_ge_30
            2         | 30              | true
            """,
        ),
        Case(
            "29.9 mm is not 30 mm",
            TWO_LESIONS.format(diameter="29.9"),
            """
            max_diameter_mm | diameter_ge_30
            29.9            | false
            """,
        ),
        Case(
            "The diameter at a second session of the lesion does not count",
            """
            rfa_sessions
            session_id | session_date | max_diameter_mm
            S1         | 2020-01-01   | 20
            S2         | 2020-03-01   | 45
            """,
            """
            n_lesions | max_diameter_mm | diameter_ge_30
            1         | 20              | false
            """,
        ),
        Case(
            "Free of LTP: the clock stops at the latest follow-up over the evaluable lesions",
            TWO_LESIONS.format(diameter="20")
            + """
            imaging_followups
            exam_id | exam_date  | lesion_id | lesion_status
            E1      | 2020-04-01 | L1        | no_viable
            E1      | 2020-04-01 | L2        | no_viable
            E2      | 2020-07-01 | L1        | no_viable
            """,
            """
            ltp   | ltp_date | last_followup_date | ltpfs_days
            false |          | 2020-07-01         | 182
            """,
        ),
        Case(
            "One lesion evaluable, one not: LTP and follow-up from the one, start and diameter from both",
            """
            rfa_sessions
            session_id | session_date | lesion_id | max_diameter_mm
            S1         | 2020-01-01   | L1        | 40
            S2         | 2020-03-01   | L2        | 20

            imaging_followups
            exam_id | exam_date  | lesion_id | lesion_status
            E1      | 2020-04-01 | L1        | residual
            E1      | 2020-04-01 | L2        | no_viable
            E2      | 2020-07-01 | L2        | no_viable
            E3      | 2020-10-01 | L1        | residual
            """,
            """
            n_lesions | n_evaluable_lesions | max_diameter_mm | ltp   | last_followup_date | ltpfs_days
            2         | 1                   | 40              | false | 2020-07-01         | 182
            """,
        ),
        Case(
            "No evaluable lesion: the patient has a row, and nothing is known",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-04-01 | residual
            """,
            """
            n_lesions | n_evaluable_lesions | ltp | ltp_date | last_followup_date | ltpfs_days | ltpfs_months
            1         | 0                   |     |          |                    |            |
            """,
        ),
        Case(
            "Death is not LTP, and does not stop this clock",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2021-01-01

            imaging_followups
            exam_date  | lesion_status
            2020-04-01 | no_viable
            """,
            """
            ltp   | last_followup_date | ltpfs_days
            false | 2020-04-01         | 91
            """,
        ),
    ),
)

SECTIONS = (LESIONS,)
