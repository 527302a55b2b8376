"""The column `gene`: which names are KRAS, NRAS and BRAF, in Python and in DuckDB alike."""

import duckdb
import pytest

from schemas.genotype.genes import NOT_A_GENE, SYMBOL, gene_symbol
from warehouse.readers.identifiers import gene_cell

NAMES = {
    "KRAS": "KRAS kras K-RAS K‑RAS K_RAS k.ras|K RAS|Ki-Ras|c-Ki-ras|c-K-ras|KRAS2|KRAS-4B|KRAS1|KRAS exon 2"
    "|KRAS (NM_004985.5)"
    "|KRAS exons 2-4|KRAS codon 12/13|KRAS gene|KRAS基因|ENSG00000133703|ENSG00000133703.14|HGNC:6407|3845|KRAS ex2"
    "|KRAS mutation status|gène KRAS|Gen KRAS|KRAS (exon 2)|KRAS c12|HGNC 6407|KRAS*|KRAS遺伝子"
    "|KRAS exones 2|RASK2|P01116|KRAS proto-oncogene, GTPase|c-Ki-ras2|KRAS-Gen",
    "NRAS": "NRAS N-ras N_RAS n.ras|N RAS|NRAS exon 3|ENSG00000213281|HGNC:7989|4893|NRAS (NM_002524.5)",
    "BRAF": "BRAF B-Raf B_RAF bRaf|B RAF|BRAF1|B-RAF1|v-B-raf|BRAF exon 15|BRAF codon 600"
    "|ENSG00000157764|HGNC:1097|673|BRAF V600E|BRAF (V600E)|B-raf1",
}
CASES = [
    (name, gene)
    for gene, names in NAMES.items()
    for i, part in enumerate(names.split("|"))
    for name in (part.split(" ") if i == 0 else [part])  # the first part holds names without blanks
]
OTHERS = [
    "RAS",
    "RAF",
    "KRAS/NRAS",
    "KRAS NRAS",
    "PAN-RAS",
    "HRAS",
    "RRAS2",
    "TP53",
    "ARAF",
    "KRASP1",
    "MRAS",
    "KIAA1549-BRAF",
]


@pytest.mark.parametrize(("name", "gene"), CASES)
def test_names_of_the_three(name: str, gene: str) -> None:
    """Each name is its gene's symbol, in Python and in the SQL that compares keys."""
    assert gene_symbol(name) == gene
    assert duckdb.execute(f"SELECT {gene_cell('$1')}", [name]).fetchone() == (gene,)


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_stay_as_they_are(name: str) -> None:
    """Nothing else becomes one of the three."""
    assert gene_symbol(name) == name
    assert duckdb.execute(f"SELECT {gene_cell('$1')}", [name.lower()]).fetchone() == (name,)


@pytest.mark.parametrize(
    ("name", "is_gene"),
    [(name, True) for name in ("TP53", "HRAS", "RRAS2", "ARAF", "NKX2-1", "C11ORF30", "RASA1", "PIK3CA")]
    + [
        (name, False)
        for name in (
            "RAS",
            "RAF",
            "KRAS/NRAS",
            "PAN-RAS",
            "RAS-WT",
            "KRASP1",
            "V-RAF",
            "KRAS/BRAF",
            "K RAS?",
            "EXON 2",
            "12",
        )
    ],
)
def test_what_cannot_be_a_gene_is_known(name: str, is_gene: bool) -> None:
    """GEN-01-W rises for what is no symbol, and for names that hold one of the three and are none of them."""
    found = duckdb.execute("SELECT regexp_matches($1, $2) AND NOT regexp_matches($1, $3)", [name, SYMBOL, NOT_A_GENE])
    assert found.fetchone() == (is_gene,)
