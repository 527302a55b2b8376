"""patient_genotype: further genes, and states of the tumour."""

from tests.spec.case import Case, Section

GENES = Section(
    "TP53, SMAD4, PIK3CA and APC",
    "As KRAS, each from its own best specimen, with a fourth status. `not_tested` means that no row reports a test: "
    "none at all, or only the result not_tested, as of a panel that does not cover the gene. `unknown` means that "
    "somebody tested without a clear result. An exon 2 test that finds nothing is no clear result, since exon 2 holds "
    "none of their hotspots. Names are those in docs/genotype.md: P53 is TP53, DPC4 is SMAD4.",
    (
        Case(
            "A mutation, a wild type, a test that failed, and no test",
            """
            genotypes
            gene   | result     | variant | panel
            TP53   | mutant     | p.R175H | ngs
            DPC4   | wild_type  |         | ngs
            PIK3CA | failed     |         | ngs
            APC    | not_tested |         | ngs
            """,
            """
            tp53   | tp53_variant | tp53_panel | smad4     | pik3ca  | apc
            mutant | p.R175H      | ngs        | wild_type | unknown | not_tested
            """,
        ),
        Case(
            "Without a row a gene was not tested; it is never assumed to be wild type",
            """
            genotypes
            gene | result
            KRAS | wild_type
            """,
            """
            kras      | tp53       | smad4      | pik3ca     | apc
            wild_type | not_tested | not_tested | not_tested | not_tested
            """,
        ),
        Case(
            "An exon 2 test that finds nothing leaves the gene unknown; a mutation that it finds counts",
            """
            genotypes
            gene   | result    | variant | panel
            TP53   | wild_type |         | exon2_only
            PIK3CA | vus       | p.T25A  | exon2_only
            APC    | mutant    | p.Q36*  | exon2_only
            SMAD4  | wild_type |         |
            """,
            """
            tp53    | tp53_specimen_id | pik3ca  | apc    | smad4
            unknown |                  | unknown | mutant | wild_type
            """,
        ),
        Case(
            "Each gene has its own best specimen; another specimen that says otherwise is told",
            """
            genotypes
            specimen_id | specimen_site    | gene | result    | variant | panel
            T1          | primary          | TP53 | mutant    | p.R175H | ngs
            T2          | liver_metastasis | TP53 | wild_type |         | extended
            T1          | primary          | APC  | wild_type |         | ngs
            """,
            """
            tp53      | tp53_specimen_id | tp53_panel | tp53_flags | apc       | apc_specimen_id | apc_flags
            wild_type | T2               | extended   | discordant | wild_type | T1              |
            """,
        ),
        Case(
            "Below 5 % is a low variant allele fraction; a VUS is wild type with a flag; hotspots are not told apart",
            """
            genotypes
            gene   | result | variant    | vaf_percent
            TP53   | mutant | p.R175H    | 4.9
            PIK3CA | vus    | p.T25A     | 31
            SMAD4  | mutant | see letter | 5
            APC    | mutant | p.R876*    |
            """,
            """
            tp53_flags | pik3ca    | pik3ca_variant | pik3ca_flags | smad4_flags      | apc_flags
            low_vaf    | wild_type | p.T25A         | vus          | unparsed_variant |
            """,
        ),
        Case(
            "One mutant row among others makes the gene mutant; so does P53 beside TP53",
            """
            genotypes
            gene | result    | variant
            TP53 | wild_type |
            P53  | mutant    | p.R273H
            """,
            """
            tp53   | tp53_variant
            mutant | p.R273H
            """,
        ),
    ),
)
STATES = Section(
    "HER2 amplification, MSI, MMR and TMB",
    "Amplified or not amplified is a result of ERBB2 (or HER2); its mutations say nothing about it. MSI is msi_high, "
    "msi_low or mss, MMR is deficient or proficient, TMB is measured, with its number of mutations per megabase in "
    "tmb_per_mb. The specimen is chosen as for a gene. Two results of one specimen contradict each other: the state is "
    "unknown and TMB null, with the flag `contradictory`.",
    (
        Case(
            "Each state from its own rows",
            """
            genotypes
            gene  | result        | panel | tmb_per_mb | assay
            MSI   | mss           |       |            |
            MMR   | proficient    |       |            |
            ERBB2 | not_amplified |       |            |
            TMB   | measured      | ngs   | 8.5        | Panel 500 v2
            """,
            """
            msi | mmr        | her2_amplification | tmb_per_mb | tmb_panel | tmb_assay    | tmb_specimen_id
            mss | proficient | not_amplified      | 8.5        | ngs       | Panel 500 v2 | T1
            """,
        ),
        Case(
            "Tested without a result, and not tested",
            """
            genotypes
            gene | result
            MSI  | indeterminate
            MMR  | not_tested
            HER2 | failed
            """,
            """
            msi     | mmr        | her2_amplification | tmb_per_mb | tmb_flags
            unknown | not_tested | unknown            |            |
            """,
        ),
        Case(
            "A mutation of ERBB2 is no amplification, and its wild type does not rule one out",
            """
            rfa_sessions
            patient_id
            P1
            P2

            genotypes
            patient_id | gene  | result    | variant
            P1         | ERBB2 | mutant    | p.S310F
            P2         | ERBB2 | wild_type |
            P2         | HER2  | amplified |
            """,
            """
            patient_id | her2_amplification
            P1         | not_tested
            P2         | amplified
            """,
        ),
        Case(
            "Two results of one specimen contradict each other; two specimens are discordant",
            """
            genotypes
            specimen_id | specimen_site    | gene  | result     | variant | tmb_per_mb
            T1          | liver_metastasis | MSI   | msi_high   | PCR     |
            T1          | liver_metastasis | MSI   | mss        | NGS     |
            T1          | liver_metastasis | MMR   | deficient  |         |
            T2          | primary          | MMR   | proficient |         |
            T1          | liver_metastasis | TMB   | measured   | 1       | 40
            T1          | liver_metastasis | TMB   | measured   | 2       | 12
            """,
            """
            msi     | msi_specimen_id | msi_flags     | mmr       | mmr_flags  | tmb_per_mb | tmb_flags
            unknown | T1              | contradictory | deficient | discordant |            | contradictory
            """,
        ),
        Case(
            "MSI-low stays MSI-low; TMB of two specimens is that of the better one",
            """
            genotypes
            specimen_id | specimen_site    | gene | result   | tmb_per_mb
            T1          | primary          | MSI  | msi_low  |
            T1          | primary          | TMB  | measured | 3
            T2          | liver_metastasis | TMB  | measured | 5
            """,
            """
            msi     | msi_specimen_id | tmb_per_mb | tmb_specimen_id | tmb_flags
            msi_low | T1              | 5          | T2              |
            """,
        ),
    ),
)

SECTIONS = (GENES, STATES)
