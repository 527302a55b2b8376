"""lesion_ltp: which imaging rows say anything about a lesion."""

from tests.spec.case import Case, Section

QUALIFYING = Section(
    "Which exams count",
    "An imaging row counts for a lesion (it *qualifies*) if it names the lesion, the exam is a CT or MR with "
    "contrast, the lesion's status is no_viable, residual, ltp or viable, and the exam is after the day of the "
    "lesion's first session. All other rows are kept but decide nothing.",
    (
        Case(
            "CT and MR with contrast count",
            """
            imaging_followups
            exam_date  | modality | contrast_enhanced | lesion_status
            2020-02-01 | ct       | yes               | no_viable
            2020-04-01 | mr       | yes               | ltp
            """,
            """
            is_evaluable | adequate_date | ltp  | ltp_date
            true         | 2020-02-01    | true | 2020-04-01
            """,
        ),
        Case(
            "Ultrasound, contrast ultrasound and PET-CT do not count",
            """
            imaging_followups
            exam_date  | modality | contrast_enhanced | lesion_status
            2020-02-01 | us       | yes               | no_viable
            2020-03-01 | ceus     | yes               | ltp
            2020-04-01 | pet_ct   | yes               | ltp
            """,
            """
            is_evaluable | is_residual | ltp | last_followup_date
            false        | false       |     |
            """,
        ),
        Case(
            "An exam without contrast, or with unknown or unstated contrast, does not count",
            """
            imaging_followups
            exam_date  | contrast_enhanced | lesion_status
            2020-02-01 | yes               | no_viable
            2020-04-01 | no                | ltp
            2020-05-01 | unknown           | ltp
            2020-06-01 |                   | ltp
            """,
            """
            adequate_date | ltp   | last_followup_date
            2020-02-01    | false | 2020-02-01
            """,
        ),
        Case(
            "Equivocal, not assessed and empty statuses do not count",
            """
            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | equivocal
            2020-03-01 | no_viable
            2020-04-01 | not_assessed
            2020-05-01 | equivocal
            2020-06-01 |
            """,
            """
            adequate_date | ltp   | last_followup_date
            2020-03-01    | false | 2020-03-01
            """,
        ),
        Case(
            "An exam on or before the day of the first session does not count",
            """
            imaging_followups
            exam_date  | lesion_status
            2019-12-31 | viable
            2020-01-01 | no_viable
            2020-01-02 | ltp
            """,
            """
            adequate_date | is_residual | ltp | last_followup_date
                          | true        |     | 2020-01-02
            """,
        ),
        Case(
            "An exam counts only for the lesion it names",
            """
            rfa_sessions
            session_id | lesion_id
            S1         | L1
            S1         | L2

            imaging_followups
            exam_id | exam_date  | lesion_id | lesion_status
            E1      | 2020-02-01 | L1        | no_viable
            E1      | 2020-02-01 |           | no_viable
            E2      | 2020-04-01 | L1        | ltp
            """,
            """
            lesion_id | is_evaluable | ltp  | last_followup_date
            L1        | true         | true | 2020-04-01
            L2        | false        |      |
            """,
        ),
        Case(
            "Identifiers are meaningful only within a patient and a site",
            """
            rfa_sessions
            site | patient_id | lesion_id
            a    | P1         | L1
            a    | P2         | L1
            b    | P1         | L1

            imaging_followups
            site | patient_id | exam_date  | lesion_id | lesion_status
            a    | P1         | 2020-02-01 | L1        | no_viable
            b    | P1         | 2020-02-01 | L1        | viable
            """,
            """
            site | patient_id | is_evaluable | is_residual
            a    | P1         | true         | false
            a    | P2         | false        | false
            b    | P1         | false        | true
            """,
        ),
        Case(
            "No imaging: the lesion has a row, and nothing is known",
            "",
            """
            first_ablation_date | is_evaluable | is_residual | ltp | last_followup_date | ltpfs_days
            2020-01-01          | false        | false       |     |                    |
            """,
        ),
    ),
)

SECTIONS = (QUALIFYING,)
