"""patient_genotype: RAS from KRAS and NRAS, and specimens that disagree."""

from tests.spec.case import Case, Section

RAS = Section(
    "RAS",
    "`ras` is mutant if KRAS or NRAS is mutant, wild type if both are wild type, otherwise unknown. "
    "`ras_extended` is the same, but RAS is wild type only if both genes were tested on an extended or NGS panel,"
    " because an exon 2 test alone cannot rule out the other mutations (GEN-04).",
    (
        Case(
            "KRAS or NRAS mutant: RAS mutant, whatever the other says",
            """
            rfa_sessions
            patient_id
            P1
            P2
            P3

            genotypes
            patient_id | gene | result    | panel
            P1         | KRAS | mutant    | exon2_only
            P2         | NRAS | mutant    | exon2_only
            P2         | KRAS | wild_type | exon2_only
            P3         | KRAS | wild_type | ngs
            """,
            """
            patient_id | kras      | nras    | ras     | ras_extended
            P1         | mutant    | unknown | mutant  | mutant
            P2         | wild_type | mutant  | mutant  | mutant
            P3         | wild_type | unknown | unknown | unknown
            """,
        ),
        Case(
            "Both wild type: extended wild type only with both on an extended or NGS panel",
            """
            rfa_sessions
            patient_id
            P1
            P2
            P3
            P4

            genotypes
            patient_id | gene | result    | panel
            P1         | KRAS | wild_type | extended
            P1         | NRAS | wild_type | ngs
            P2         | KRAS | wild_type | exon2_only
            P2         | NRAS | wild_type | ngs
            P3         | KRAS | wild_type | extended
            P3         | NRAS | wild_type | unknown
            P4         | KRAS | wild_type | extended
            P4         | NRAS | wild_type |
            """,
            """
            patient_id | ras       | ras_extended
            P1         | wild_type | wild_type
            P2         | wild_type | unknown
            P3         | wild_type | unknown
            P4         | wild_type | unknown
            """,
        ),
        Case(
            "The panel of the chosen specimen counts, not that of another",
            """
            genotypes
            specimen_id | specimen_site    | gene | result    | panel
            T1          | liver_metastasis | KRAS | wild_type | exon2_only
            T1          | liver_metastasis | NRAS | wild_type | ngs
            T2          | primary          | KRAS | wild_type | ngs
            """,
            """
            ras       | ras_extended
            wild_type | unknown
            """,
        ),
        Case(
            "A failed row on a wide panel does not make a narrow test extended",
            """
            genotypes
            gene | result    | variant | panel
            KRAS | wild_type |         | exon2_only
            KRAS | failed    | x       | ngs
            NRAS | wild_type |         | ngs
            """,
            """
            ras       | ras_extended
            wild_type | unknown
            """,
        ),
        Case(
            "A VUS on a wide panel is an extended wild type",
            """
            genotypes
            gene | result    | variant | panel
            KRAS | vus       | Q22K    | ngs
            NRAS | wild_type |         | extended
            """,
            """
            kras      | ras       | ras_extended
            wild_type | wild_type | wild_type
            """,
        ),
    ),
)

DISCORDANT = Section(
    "Discordance",
    "`is_discordant` is true if, for any of the three genes, another conclusive specimen contradicts the chosen one.",
    (
        Case(
            "Another conclusive specimen contradicts the chosen one",
            """
            genotypes
            specimen_id | specimen_site    | gene | result
            T1          | liver_metastasis | BRAF | wild_type
            T2          | primary          | BRAF | mutant
            """,
            """
            braf      | is_discordant
            wild_type | true
            """,
        ),
        Case(
            "Wild type and VUS say the same; a failed or indeterminate specimen says nothing",
            """
            genotypes
            specimen_id | specimen_site    | result
            T1          | liver_metastasis | wild_type
            T2          | primary          | vus
            T3          | primary          | failed
            T4          | ctdna            | indeterminate
            """,
            """
            kras      | is_discordant
            wild_type | false
            """,
        ),
        Case(
            "Two different mutations are both mutant",
            """
            genotypes
            specimen_id | specimen_site    | result | variant
            T1          | liver_metastasis | mutant | G12D
            T2          | primary          | mutant | G13D
            """,
            """
            kras   | kras_variant | is_discordant
            mutant | p.G12D       | false
            """,
        ),
        Case(
            "Different genes cannot disagree",
            """
            genotypes
            specimen_id | specimen_site    | gene | result
            T1          | liver_metastasis | KRAS | wild_type
            T2          | primary          | NRAS | mutant
            """,
            """
            kras      | nras   | is_discordant
            wild_type | mutant | false
            """,
        ),
    ),
)

SECTIONS = (RAS, DISCORDANT)
