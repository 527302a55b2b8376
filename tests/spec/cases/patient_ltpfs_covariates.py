"""patient_ltpfs: genotype, covariates and the mark of lesions set aside."""

from tests.spec.case import Case, Section

COVARIATES = Section(
    "Genotype and covariates",
    "The genotype comes from patient_genotype, the covariates from the patients export. A patient without a row "
    "there has empty covariates and stays in the table. Age is the year of the first ablation minus the year of "
    "birth.",
    (
        Case(
            "Covariates and genotype beside the endpoint",
            """
            patients
            patient_id | sex    | birth_year | primary_site | vital_status | last_contact_date
            P1         | female | 1950       | rectum       | alive        | 2021-01-01

            genotypes
            gene | result    | variant | panel
            KRAS | wild_type |         | ngs
            NRAS | wild_type |         | ngs
            BRAF | mutant    | V600E   | ngs
            """,
            """
            sex    | age_at_ablation_years | primary_site | ras_extended | braf   | braf_class
            female | 70                    | rectum       | wild_type    | mutant | V600E
            """,
        ),
        Case(
            "No row in the patients export: covariates empty, genotype unknown",
            "",
            """
            patient_id | sex | birth_year | age_at_ablation_years | kras    | ras
            P1         |     |            |                       | unknown | unknown
            """,
        ),
        Case(
            "A patient without a session has no row",
            """
            patients
            patient_id
            P1
            P2
            """,
            """
            patient_id
            P1
            """,
        ),
    ),
)

SET_ASIDE = Section(
    "Lesions set aside",
    "If one session row of a lesion breaks a rule, the lesion is set aside with all its rows and is in none of "
    "these tables. `has_lesions_set_aside` marks a patient who has such a lesion as well as others. A patient "
    "whose lesions are all set aside has no row. In the examples, set_aside_sessions are the session rows in "
    "quarantine.",
    (
        Case(
            "Another lesion of the patient was set aside: the patient is marked, and the remaining lesions count",
            """
            rfa_sessions
            patient_id | lesion_id
            P1         | L1
            P2         | L1

            set_aside_sessions
            patient_id | lesion_id
            P1         | L2
            P3         | L1
            """,
            """
            patient_id | n_lesions | has_lesions_set_aside
            P1         | 1         | true
            P2         | 1         | false
            """,
        ),
        Case(
            "The mark stays within the site",
            """
            rfa_sessions
            site | patient_id
            a    | P1
            b    | P1

            set_aside_sessions
            site | patient_id | lesion_id
            b    | P1         | L2
            """,
            """
            site | has_lesions_set_aside
            a    | false
            b    | true
            """,
        ),
    ),
)

SECTIONS = (COVARIATES, SET_ASIDE)
