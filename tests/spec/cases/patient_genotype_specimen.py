"""patient_genotype: which specimens can speak for a gene, and the best site."""

from tests.spec.case import Case, Section

CONCLUSIVE = Section(
    "Which specimens count",
    "KRAS, NRAS and BRAF are read independently. Rows with the result failed or not_tested do not count. A "
    "specimen counts for a gene if it has a conclusive row for it: mutant, wild_type or vus. Without such a "
    "specimen the gene is unknown; it is never assumed to be wild type.",
    (
        Case(
            "No genotype at all: unknown, and the patient still has a row",
            "",
            """
            kras    | nras    | braf    | ras     | ras_extended | kras_specimen_id | is_discordant
            unknown | unknown | unknown | unknown | unknown      |                  | false
            """,
        ),
        Case(
            "Failed, not tested and indeterminate rows leave the gene unknown",
            """
            genotypes
            gene | result
            KRAS | failed
            NRAS | not_tested
            BRAF | indeterminate
            """,
            """
            kras    | nras    | braf    | kras_specimen_id | braf_specimen_id
            unknown | unknown | unknown |                  |
            """,
        ),
        Case(
            "A better specimen whose test failed yields to a worse one that is conclusive",
            """
            genotypes
            specimen_id | specimen_site    | result
            T1          | liver_metastasis | failed
            T2          | primary          | wild_type
            """,
            """
            kras      | kras_specimen_id | is_discordant
            wild_type | T2               | false
            """,
        ),
        Case(
            "Each gene chooses its own specimen",
            """
            genotypes
            specimen_id | specimen_site    | gene | result
            T1          | liver_metastasis | KRAS | wild_type
            T1          | liver_metastasis | BRAF | failed
            T2          | primary          | BRAF | mutant
            """,
            """
            kras      | kras_specimen_id | braf   | braf_specimen_id
            wild_type | T1               | mutant | T2
            """,
        ),
        Case(
            "Other genes are not read, and a patient without a session has no row",
            """
            patients
            patient_id
            P1
            P2

            genotypes
            patient_id | gene   | result
            P1         | PIK3CA | mutant
            """,
            """
            patient_id | kras    | nras    | braf
            P1         | unknown | unknown | unknown
            """,
        ),
    ),
)

BEST_SITE = Section(
    "The best site",
    "Liver metastasis comes before other metastasis, then primary, ctDNA and unknown, because the ablated tissue "
    "itself is the best evidence. The site is compared before the date.",
    (
        Case(
            "A liver metastasis is preferred to every other site, whatever the dates",
            """
            genotypes
            specimen_id | specimen_site    | specimen_date | result
            T1          | other_metastasis | 2019-12-30    | wild_type
            T2          | primary          | 2019-12-31    | wild_type
            T3          | liver_metastasis |               | mutant
            """,
            """
            kras   | kras_specimen_id | is_discordant
            mutant | T3               | true
            """,
        ),
        Case(
            "Then other metastasis, primary, ctDNA and unknown, in this order",
            """
            rfa_sessions
            patient_id
            P1
            P2
            P3

            genotypes
            patient_id | specimen_id | specimen_site    | result
            P1         | T1          | primary          | wild_type
            P1         | T2          | other_metastasis | wild_type
            P2         | T1          | ctdna            | wild_type
            P2         | T2          | primary          | wild_type
            P3         | T1          | unknown          | wild_type
            P3         | T2          | ctdna            | wild_type
            """,
            """
            patient_id | kras_specimen_id
            P1         | T2
            P2         | T2
            P3         | T2
            """,
        ),
    ),
)

SECTIONS = (CONCLUSIVE, BEST_SITE)
