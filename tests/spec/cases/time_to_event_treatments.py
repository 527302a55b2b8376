"""time_to_event: endpoints that treatments beside the ablations end (STFI, TTUP)."""

from tests.spec.case import NO_ROW, Case, Section

STFI, TTUP = {"endpoint": "STFI"}, {"endpoint": "TTUP"}

SYSTEMIC = Section(
    "Time to systemic therapy: STFI",
    "From the first ablation to the first start of systemic therapy after it (1). Death competes (2); the others are "
    "censored when last known alive. A patient whose systemic therapy was running on the day of the first ablation "
    "has no row: there is no free interval. A therapy without a stop date counts as running. Patients of a site that "
    "delivers no treatments have no row, since nothing is known of them; a site that does says of every patient "
    "whether there were any. In the examples, with_treatments are patients of sites that deliver treatments without "
    "any of theirs.",
    (
        Case(
            "The first start after the first ablation is the event; other treatments are none",
            """
            treatments
            kind      | start_date | stop_date
            systemic  | 2019-06-01 | 2019-12-01
            sirt      | 2020-02-01 |
            systemic  | 2020-05-01 |
            systemic  | 2020-04-01 | 2020-04-20
            """,
            """
            level   | start_date | end_date   | days | event | event_description
            patient | 2020-01-01 | 2020-04-01 | 91   | 1     | start of systemic therapy
            """,
            STFI,
        ),
        Case(
            "Without a start: death competes",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2020-09-01

            with_treatments
            patient_id
            P1
            """,
            """
            end_date   | event | event_description
            2020-09-01 | 2     | death without systemic therapy
            """,
            STFI,
        ),
        Case(
            "Alive without a start: censored when last known alive",
            """
            patients
            patient_id | vital_status | last_contact_date
            P1         | alive        | 2021-03-01

            with_treatments
            patient_id
            P1
            """,
            """
            end_date   | event | source_table
            2021-03-01 | 0     | clean.patients
            """,
            STFI,
        ),
        Case(
            "Running at the first ablation: no row, even if a new line starts later",
            """
            treatments
            kind     | start_date | stop_date
            systemic | 2019-11-01 | 2020-01-01
            systemic | 2020-06-01 |
            """,
            NO_ROW,
            STFI,
        ),
        Case(
            "Begun before and not known to have stopped: counts as running",
            """
            treatments
            kind     | start_date | stop_date
            systemic | 2019-06-01 |
            """,
            NO_ROW,
            STFI,
        ),
        Case(
            "A site that delivers no treatments says nothing: no row",
            "",
            NO_ROW,
            {"endpoint": "STFI TTUP DFS"},
        ),
    ),
)

UNTREATABLE = Section(
    "Time to untreatable progression: TTUP",
    "From the first ablation to the first treatment with palliative intent (systemic, SIRT, TACE or other) on or "
    "after the first progression (1): it stands for the tumour board's decision, whose date no export holds. Intent "
    "that is not told is not palliative. Death competes (2); the others are censored at the last CT, MR or PET-CT. A "
    "patient without an evaluable lesion has no row, as for TTP.",
    (
        Case(
            "Palliative treatment after progression is the event, on its own day",
            """
            treatments
            kind     | start_date | intent
            systemic | 2020-08-01 | palliative

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            2020-12-01 | ltp
            """,
            """
            end_date   | days | event | event_description                      | source_table
            2020-08-01 | 213  | 1     | palliative treatment after progression | clean.treatments
            """,
            TTUP,
        ),
        Case(
            "Palliative treatment before progression, treatment without a told intent, and local treatment are none",
            """
            treatments
            kind     | start_date | intent
            systemic | 2020-06-30 | palliative
            systemic | 2020-08-01 |
            sbrt     | 2020-08-01 | palliative

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            """,
            """
            end_date   | event | event_description
            2020-07-01 | 0     | censored at the last CT, MR or PET-CT
            """,
            TTUP,
        ),
        Case(
            "Death before it competes",
            """
            patients
            patient_id | vital_status | death_date
            P1         | dead         | 2021-01-01

            with_treatments
            patient_id
            P1

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | ltp
            """,
            """
            end_date   | event | event_description
            2021-01-01 | 2     | death without untreatable progression
            """,
            TTUP,
        ),
    ),
)

SECTIONS = (SYSTEMIC, UNTREATABLE)
