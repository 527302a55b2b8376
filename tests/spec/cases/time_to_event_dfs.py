"""time_to_event: disease-free survival of patients whom the first course rendered free of disease (DFS)."""

from tests.spec.case import NO_ROW, Case, Section

DFS = {"endpoint": "DFS"}

DISEASE_FREE = Section(
    "Disease-free survival: DFS",
    "Only of patients whom the first course rendered free of disease. Known are: no extrahepatic disease; the number "
    "of metastases; every lesion first ablated within 56 days of the patient's first ablation shows no viable tumour "
    "in an adequate exam; these are all metastases, or a resection, an ablation elsewhere or SBRT with curative "
    "intent within 56 days of the first ablation, naming no ablated lesion, took the others. The clock starts with "
    "the last of those exams: before it nobody is known to be free of disease. Progression or palliative treatment "
    "until then: no row. Recurrence anywhere or death is the event (1); the others are censored at the last CT, MR "
    "or PET-CT.",
    (
        Case(
            "Rendered disease-free, then a new liver lesion",
            """
            patients
            patient_id | extrahepatic_disease | n_clm_total
            P1         | no                   | 1

            with_treatments
            patient_id
            P1

            imaging_followups
            exam_date  | lesion_status | new_liver_lesion
            2020-02-01 | no_viable     | no
            2020-07-01 | no_viable     | yes
            """,
            """
            start_date | end_date   | days | event | event_description
            2020-02-01 | 2020-07-01 | 151  | 1     | new liver lesion
            """,
            DFS,
        ),
        Case(
            "The clock starts when the last lesion of the course is shown free; death is the event",
            """
            patients
            patient_id | extrahepatic_disease | n_clm_total | vital_status | death_date
            P1         | no                   | 2           | dead         | 2021-01-01

            rfa_sessions
            session_id | session_date | lesion_id
            S1         | 2020-01-01   | L1
            S2         | 2020-02-26   | L2

            with_treatments
            patient_id
            P1

            imaging_followups
            exam_date  | lesion_id | lesion_status
            2020-02-01 | L1        | no_viable
            2020-04-01 | L2        | no_viable
            """,
            """
            start_date | end_date   | event | event_description
            2020-04-01 | 2021-01-01 | 1     | death without recurrence
            """,
            DFS,
        ),
        Case(
            "More metastases than ablated, the others resected with curative intent in the same course",
            """
            patients
            patient_id | extrahepatic_disease | n_clm_total
            P1         | no                   | 3

            treatments
            kind      | start_date | intent
            resection | 2020-02-26 | curative

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            2020-07-01 | no_viable
            """,
            """
            start_date | end_date   | event | event_description
            2020-02-01 | 2020-07-01 | 0     | censored at the last CT, MR or PET-CT
            """,
            DFS,
        ),
        Case(
            "The same a day later is not the same course: no row",
            """
            patients
            patient_id | extrahepatic_disease | n_clm_total
            P1         | no                   | 3

            treatments
            kind      | start_date | intent
            resection | 2020-02-27 | curative

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            """,
            NO_ROW,
            DFS,
        ),
        Case(
            "The number of metastases is not known: no row",
            """
            patients
            patient_id | extrahepatic_disease | n_clm_total
            P1         | no                   |

            with_treatments
            patient_id
            P1

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            """,
            NO_ROW,
            DFS,
        ),
        Case(
            "Extrahepatic disease, or not known whether there is: no row",
            """
            patients
            patient_id | extrahepatic_disease | n_clm_total
            P1         | yes                  | 1
            P2         | unknown              | 1

            rfa_sessions
            patient_id | session_id
            P1         | S1
            P2         | S1

            with_treatments
            patient_id
            P1
            P2

            imaging_followups
            patient_id | exam_date  | lesion_status
            P1         | 2020-02-01 | no_viable
            P2         | 2020-02-01 | no_viable
            """,
            NO_ROW,
            DFS,
        ),
        Case(
            "A lesion of the course that is never shown free: no row",
            """
            patients
            patient_id | extrahepatic_disease | n_clm_total
            P1         | no                   | 2

            rfa_sessions
            session_id | lesion_id
            S1         | L1
            S1         | L2

            with_treatments
            patient_id
            P1

            imaging_followups
            exam_date  | lesion_id | lesion_status
            2020-02-01 | L1        | no_viable
            """,
            NO_ROW,
            DFS,
        ),
        Case(
            "Palliative treatment until then: no row",
            """
            patients
            patient_id | extrahepatic_disease | n_clm_total
            P1         | no                   | 1

            treatments
            kind     | start_date | intent
            systemic | 2020-02-01 | palliative

            imaging_followups
            exam_date  | lesion_status
            2020-02-01 | no_viable
            """,
            NO_ROW,
            DFS,
        ),
        Case(
            "Progression until then: no row",
            """
            patients
            patient_id | extrahepatic_disease | n_clm_total
            P1         | no                   | 1

            with_treatments
            patient_id
            P1

            imaging_followups
            exam_date  | lesion_status | new_liver_lesion
            2020-01-20 | residual      | yes
            2020-02-01 | no_viable     |
            """,
            NO_ROW,
            DFS,
        ),
    ),
)

SECTIONS = (DISEASE_FREE,)
