"""patient_genotype: what the chosen specimen says about a gene."""

from tests.spec.case import Case, Section

RESULT = Section(
    "What the specimen says",
    "The gene is mutant if any of the specimen's rows for it is mutant; otherwise wild type if any is wild_type "
    "or vus. The variant is the canonical one of the mutant rows, or of the VUS if there is no mutation (several "
    "are sorted and separated by '; '). The flags, sorted, are `non_hotspot` for a mutation that was understood "
    "and is not a hotspot, `unparsed_variant` for one that was not understood, `low_vaf` below 5 %, and `vus` for"
    " a wild type with a variant of unknown significance beside it.",
    (
        Case(
            "One mutant row among others makes the gene mutant",
            """
            genotypes
            gene | result    | variant
            KRAS | wild_type |
            KRAS | vus       | Q22K
            KRAS | mutant    | p.Gly12Asp
            """,
            """
            kras   | kras_variant | kras_flags
            mutant | p.G12D       |
            """,
        ),
        Case(
            "A VUS alone is not mutant: wild type, flagged",
            """
            genotypes
            gene | result | variant
            KRAS | vus    | Q22K
            """,
            """
            kras      | kras_variant | kras_flags
            wild_type | p.Q22K       | vus
            """,
        ),
        Case(
            "A VUS beside a wild-type row: wild type, flagged",
            """
            genotypes
            gene | result    | variant
            KRAS | wild_type |
            KRAS | vus       | Q22K
            """,
            """
            kras      | kras_variant | kras_flags
            wild_type | p.Q22K       | vus
            """,
        ),
        Case(
            "V600E and V600M with the same frequency are V600K, called base by base: class V600_other",
            """
            genotypes
            gene | result | variant           | vaf_percent
            BRAF | mutant | p.V600E c.1799T>A | 31
            BRAF | mutant | p.V600M c.1798G>A | 31
            """,
            """
            braf   | braf_variant     | braf_class
            mutant | p.V600E; p.V600M | V600_other
            """,
        ),
        Case(
            "V600E and V600M with two frequencies are two mutations: class V600E",
            """
            genotypes
            gene | result | variant | vaf_percent
            BRAF | mutant | p.V600E | 31
            BRAF | mutant | p.V600M | 12
            """,
            """
            braf   | braf_variant     | braf_class
            mutant | p.V600E; p.V600M | V600E
            """,
        ),
        Case(
            "A failed row beside a wild-type row does not count",
            """
            genotypes
            gene | result    | variant
            KRAS | wild_type |
            KRAS | failed    | x
            """,
            """
            kras      | kras_flags
            wild_type |
            """,
        ),
        Case(
            "Below 5 % is a low variant allele fraction; 5 % exactly is not, and neither is none stated",
            """
            genotypes
            gene | result | variant | vaf_percent
            KRAS | mutant | G12D    | 4.9
            NRAS | mutant | Q61K    | 5
            BRAF | mutant | V600E   |
            """,
            """
            kras_flags | nras_flags | braf_flags
            low_vaf    |            |
            """,
        ),
        Case(
            "A mutation outside the hotspots counts as mutant and is flagged",
            """
            genotypes
            gene | result | variant
            KRAS | mutant | L19F
            """,
            """
            kras   | kras_variant | kras_flags
            mutant | p.L19F       | non_hotspot
            """,
        ),
        Case(
            "A mutation that cannot be understood counts as mutant and is flagged",
            """
            genotypes
            gene | result | variant
            KRAS | mutant | see letter
            """,
            """
            kras   | kras_variant | kras_flags
            mutant |              | unparsed_variant
            """,
        ),
        Case(
            "A mutation without a variant is mutant, without a flag",
            """
            genotypes
            gene | result | variant
            KRAS | mutant |
            """,
            """
            kras   | kras_variant | kras_flags
            mutant |              |
            """,
        ),
        Case(
            "Several mutations in one specimen: all are named, and the flags are those of all",
            """
            genotypes
            gene | result | variant | vaf_percent
            KRAS | mutant | Q61H    | 3
            KRAS | mutant | L19F    | 30
            KRAS | mutant | G12D    | 40
            """,
            """
            kras   | kras_variant           | kras_flags
            mutant | p.G12D; p.L19F; p.Q61H | low_vaf non_hotspot
            """,
        ),
        Case(
            "Flags and variants come from the chosen specimen alone",
            """
            genotypes
            specimen_id | specimen_site    | result | variant | vaf_percent
            T1          | liver_metastasis | mutant | G12D    | 40
            T2          | primary          | mutant | L19F    | 2
            """,
            """
            kras_specimen_id | kras_variant | kras_flags
            T1               | p.G12D       |
            """,
        ),
        Case(
            "The class of a BRAF mutation; of several, the lowest class",
            """
            rfa_sessions
            patient_id
            P1
            P2
            P3

            genotypes
            patient_id | gene | result    | variant
            P1         | BRAF | mutant    | V600E
            P2         | BRAF | mutant    | D594G
            P2         | BRAF | mutant    | G469A
            P3         | BRAF | wild_type |
            """,
            """
            patient_id | braf      | braf_class
            P1         | mutant    | V600E
            P2         | mutant    | class2
            P3         | wild_type |
            """,
        ),
    ),
)

SECTIONS = (RESULT,)
