"""Identifiers as text, by one rule for every format.

What belongs here: the SQL of an identifier from a cell. What does not: what an identifier cannot be (TYPE-01,
schemas/missing.py). A number's identifier is the whole number: 101.0 is 101, whoever wrote the point; words for
missing are empty. Whatever else stands there, leading zeros and case included, stays as it is.
"""

from schemas.export import Export
from schemas.genotype.genes import GENE_PATTERNS
from schemas.missing import FAILED_LOOKUP, MISSING_WORDS
from warehouse.storage.sql_files import sql_text

WHOLE_NUMBER = r"^(0|[1-9]\d*)(?:\.0+|,0{1,2}|,0{4,})$"
"""With a decimal comma too, but for three zeros: 1,000 is a thousand as often."""


def identifier(cell: str, is_required: bool) -> str:
    """SQL of the identifier in a trimmed cell; null where it holds a word for missing.

    Nearly all identifiers end with a digit, and no such word does: so few cells are compared with the words.
    """
    words = ", ".join(sql_text(word) for word in ((*MISSING_WORDS, *FAILED_LOOKUP) if is_required else MISSING_WORDS))
    return (
        f"CASE WHEN right({cell}, 1) BETWEEN '0' AND '9' THEN {whole_number(cell)} "
        f"WHEN lower({cell}) IN ({words}) THEN NULL ELSE {cell} END"
    )


def whole_number(cell: str) -> str:
    """SQL of a cell, without the point where it is a whole number: 101.0 and 101,0 are 101; 0.50, 007.0 stay."""
    return (
        f"CASE WHEN suffix({cell}, '0') AND (contains({cell}, '.') OR contains({cell}, ',')) "
        f"AND regexp_matches({cell}, '{WHOLE_NUMBER}') "
        f"THEN regexp_extract({cell}, '{WHOLE_NUMBER}', 1) ELSE {cell} END"
    )


def cell_of(export: Export, name: str, cell: str) -> str:
    """SQL of a trimmed cell as the raw tables hold it: identifiers by the rule above, others as they are."""
    column = export.column(name)
    return identifier(cell, column.required) if column.kind == "identifier" else cell


def gene_cell(cell: str) -> str:
    """SQL of a gene's symbol: K-RAS, c-Ki-ras and 'KRAS exon 2' are KRAS (schemas/genotype/genes.py)."""
    whens = " ".join(
        f"WHEN regexp_full_match(upper({cell}), {sql_text(pattern)}) THEN '{gene}'"
        for gene, pattern in GENE_PATTERNS.items()
    )
    symbols = ", ".join(f"'{gene}'" for gene in GENE_PATTERNS)
    return f"CASE WHEN upper({cell}) IN ({symbols}) THEN upper({cell}) {whens} ELSE upper({cell}) END"
