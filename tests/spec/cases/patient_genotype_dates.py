"""patient_genotype: which specimen speaks for a gene where several are of the best site."""

from tests.spec.case import Case, Section

BEST_DATE = Section(
    "The best date",
    "Within the best site, the latest specimen_date not after the patient's first ablation counts, otherwise the "
    "earliest after it, otherwise a specimen without a date. Ties go to the smallest specimen_id.",
    (
        Case(
            "The latest before the first ablation; the day of the ablation itself is not after it",
            """
            genotypes
            specimen_id | specimen_date | result
            T1          | 2019-06-01    | wild_type
            T2          | 2020-01-01    | wild_type
            T3          | 2020-01-02    | wild_type
            """,
            """
            kras_specimen_id
            T2
            """,
        ),
        Case(
            "A specimen long before is preferred to one the day after",
            """
            genotypes
            specimen_id | specimen_date | result
            T1          | 2020-01-02    | wild_type
            T2          | 2015-01-01    | wild_type
            """,
            """
            kras_specimen_id
            T2
            """,
        ),
        Case(
            "None before: the earliest after",
            """
            genotypes
            specimen_id | specimen_date | result
            T1          | 2020-06-01    | wild_type
            T2          | 2020-02-01    | wild_type
            T3          |               | wild_type
            """,
            """
            kras_specimen_id
            T2
            """,
        ),
        Case(
            "Only without a date: the smallest specimen_id",
            """
            genotypes
            specimen_id | specimen_date | result
            T2          |               | wild_type
            T1          |               | wild_type
            """,
            """
            kras_specimen_id
            T1
            """,
        ),
        Case(
            "The same site and date: the smallest specimen_id, as text, also when they disagree",
            """
            genotypes
            specimen_id | specimen_date | result
            T9          | 2019-06-01    | mutant
            T10         | 2019-06-01    | wild_type
            """,
            """
            kras      | kras_specimen_id | is_discordant
            wild_type | T10              | true
            """,
        ),
        Case(
            "The first ablation is the patient's, over all lesions",
            """
            rfa_sessions
            session_id | session_date | lesion_id
            S1         | 2020-03-01   | L1
            S2         | 2020-01-01   | L2

            genotypes
            specimen_id | specimen_date | result
            T1          | 2020-02-01    | wild_type
            T2          | 2019-01-01    | wild_type
            """,
            """
            kras_specimen_id
            T2
            """,
        ),
        Case(
            "A specimen whose rows differ in site ranks by its best row",
            """
            genotypes
            specimen_id | specimen_site    | result    | variant
            T1          | primary          | mutant    | G12D
            T1          | liver_metastasis | vus       | Q22K
            T2          | other_metastasis | wild_type |
            """,
            """
            kras   | kras_specimen_id
            mutant | T1
            """,
        ),
    ),
)

SECTIONS = (BEST_DATE,)
