"""The names under which KRAS, NRAS and BRAF are delivered in the column `gene`, and which symbols cannot be genes.

Belongs here: names of genes in a column of their own. What does not: a gene's name inside a text (vocabulary.py).
One pattern serves Python and DuckDB, so it looks neither ahead nor behind. Identifiers: HGNC 6407, 7989, 1097;
NCBI Gene 3845, 4893, 673; UniProt P01116, P01111, P15056; Ensembl ENSG00000133703, ENSG00000213281, ENSG00000157764.
"""

from __future__ import annotations

import re

_DASH = "[-‐‑‒–_. ]?"
_NAMES = {
    "KRAS": rf"(C{_DASH})?K(I|IRSTEN)?{_DASH}(I{_DASH})?RAS{_DASH}(1|2|2A|2B|4A|4B)?|ENSG00000133703(\.\d+)?|(HGNC:? ?)6407"
    r"|((ENTREZ|GENEID|NCBIGENE|NCBI):? ?)?3845|P01116|RASK2",
    "NRAS": rf"(C{_DASH})?N{_DASH}RAS{_DASH}1?|ENSG00000213281(\.\d+)?|(HGNC:? ?)7989|((ENTREZ|GENEID|NCBIGENE|NCBI):? ?)?4893|P01111",
    "BRAF": rf"(C{_DASH}|V{_DASH})?B{_DASH}RAF{_DASH}1?|RAFB1|ENSG00000157764(\.\d+)?|(HGNC:? ?)1097"
    r"|((ENTREZ|GENEID|NCBIGENE|NCBI):? ?)?673|P15056",
}
# What may stand behind the name without changing it: 'exon 2', '(NM_004985.5)', 'codon 12/13', 'gene', '基因'.
_WORD = (
    r"GENE?|GENS|ONCOGENE|PROTO|GTPASE|KINASE|EXONS?|EXONES|EXONEN|ESON[EI]|EXON\d|EX|EX\.?\d+|E\d|CODONS?|STATUS|MUTATION(S|STATUS)?|MUT|TEST|TESTING|ANALYSIS"
    r"|RESULT|TESTED|C\d{2,3}|G1[23][A-Z]?|Q61[A-Z]?|V600[A-Z]?|NGS|PCR|SANGER|AND|UND|ET|TO|N[MP]_\d+(\.\d+)?|ENS[GT]\d+(\.\d+)?|\d{1,3}"
)
_BEHIND = rf"(([ ,;:/+&._()\[\]-]+({_WORD}))*[ )\].*]*|基因|遺伝子)"
_BEFORE = r"((GENE?|GÈNE|HUMAN)[ :]+)?"
GENE_PATTERNS = {gene: rf"\s*{_BEFORE}({names}){_BEHIND}\s*" for gene, names in _NAMES.items()}
_COMPILED = {gene: re.compile(pattern) for gene, pattern in GENE_PATTERNS.items()}

# A symbol as HGNC gives them; not RAS as a whole, nor a name that holds one of the three and is none of them.
SYMBOL = r"^[A-Z][A-Z0-9-]{1,19}$"
NOT_A_GENE = r"^(PAN-?|ALL-?)?(V-?)?(RAS|RAF)(-?(WT|MUT|F))?$|[A-Z0-9].*(KRAS|NRAS|BRAF)|(KRAS|NRAS|BRAF).+"


def gene_symbol(text: str) -> str:
    """The HGNC symbol of KRAS, NRAS or BRAF however it is written; any other text trimmed and in upper case.

    >>> gene_symbol("c-Ki-ras"), gene_symbol("KRAS exon 2"), gene_symbol("B-Raf"), gene_symbol("tp53")
    ('KRAS', 'KRAS', 'BRAF', 'TP53')
    >>> gene_symbol("KRAS/NRAS"), gene_symbol("RAS")
    ('KRAS/NRAS', 'RAS')
    """
    upper = text.strip().upper()
    if upper in GENE_PATTERNS:
        return upper
    return next((gene for gene, pattern in _COMPILED.items() if pattern.fullmatch(upper)), upper)
