"""Recognises KRAS, NRAS and BRAF in the column `gene` however they are written, and symbols that cannot be genes.

One pattern serves Python and DuckDB, so it uses neither lookahead nor lookbehind. Identifiers: HGNC 6407, 7989, 1097;
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
# What may follow the name without changing it: 'exon 2', '(NM_004985.5)', 'codon 12/13', 'gene', '基因'.
_WORD = (
    r"GENE?|GENS|ONCOGENE|PROTO|GTPASE|KINASE|EXONS?|EXONES|EXONEN|ESON[EI]|EXON\d|EX|EX\.?\d+|E\d|CODONS?|STATUS|MUTATION(S|STATUS)?|MUT|TEST|TESTING|ANALYSIS"
    r"|RESULT|TESTED|C\d{2,3}|G1[23][A-Z]?|Q61[A-Z]?|V600[A-Z]?|NGS|PCR|SANGER|AND|UND|ET|TO|N[MP]_\d+(\.\d+)?|ENS[GT]\d+(\.\d+)?|\d{1,3}"
)
_BEHIND = rf"(([ ,;:/+&._()\[\]-]+({_WORD}))*[ )\].*]*|基因|遺伝子)"
_BEFORE = r"((GENE?|GÈNE|HUMAN)[ :]+)?"
GENE_PATTERNS = {gene: rf"\s*{_BEFORE}({names}){_BEHIND}\s*" for gene, names in _NAMES.items()}
_COMPILED = {gene: re.compile(pattern) for gene, pattern in GENE_PATTERNS.items()}

# A symbol in HGNC's form, but not the RAS family, nor a name that contains one of the three but is a different one.
SYMBOL = r"^[A-Z][A-Z0-9-]{1,19}$"
NOT_A_GENE = r"^(PAN-?|ALL-?)?(V-?)?(RAS|RAF)(-?(WT|MUT|F))?$|[A-Z0-9].*(KRAS|NRAS|BRAF)|(KRAS|NRAS|BRAF).+"


def gene_symbol(text: str) -> str:
    """Return the HGNC symbol of KRAS, NRAS or BRAF however it is written; any other text trimmed and in upper case.

    >>> gene_symbol("c-Ki-ras"), gene_symbol("KRAS exon 2"), gene_symbol("B-Raf"), gene_symbol("tp53")
    ('KRAS', 'KRAS', 'BRAF', 'TP53')
    >>> gene_symbol("KRAS/NRAS"), gene_symbol("RAS")
    ('KRAS/NRAS', 'RAS')
    """
    upper = text.strip().upper()
    if upper in GENE_PATTERNS:
        return upper
    return next((gene for gene, pattern in _COMPILED.items() if pattern.fullmatch(upper)), upper)
