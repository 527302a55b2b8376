"""Makes the SQL that turns cells into identifiers, by one rule for every format.

A number becomes its whole number: 101.0 is 101, whichever program wrote the point. Words that mean "missing" become
empty. Everything else, including leading zeros and case, stays as it is.
"""

from schemas.export import Export
from schemas.genotype.genes import GENE_PATTERNS
from schemas.missing import FAILED_LOOKUP, MISSING_WORDS
from warehouse.storage.sql_files import sql_text

WHOLE_NUMBER = r"^(0|[1-9]\d*)(?:\.0+|,0{1,2}|,0{4,})$"
"""Also with a decimal comma, except before three zeros: 1,000 is as likely to be a thousand."""


def identifier(cell: str, is_required: bool) -> str:
    """Return SQL for the identifier in a trimmed cell, null if it holds a word that means "missing".

    Pseudonyms are longer than any of these words, and have no point to be taken out. Nearly all other identifiers end
    with a digit, and no word does. So few cells are compared with the words.
    """
    all_words = (*MISSING_WORDS, *FAILED_LOOKUP) if is_required else MISSING_WORDS
    words, longest = ", ".join(map(sql_text, all_words)), max(map(len, all_words))
    return (
        f"CASE WHEN length({cell}) > {longest} AND NOT suffix({cell}, '0') THEN {cell} "
        f"WHEN ({cell})[-1] BETWEEN '0' AND '9' THEN {whole_number(cell)} "
        f"WHEN lower({cell}) IN ({words}) THEN NULL ELSE {cell} END"
    )


def whole_number(cell: str) -> str:
    """Return SQL for a cell, without the point if it is a whole number: 101.0 and 101,0 are 101; 0.50, 007.0 stay."""
    return (
        f"CASE WHEN suffix({cell}, '0') AND (contains({cell}, '.') OR contains({cell}, ',')) "
        f"AND regexp_matches({cell}, '{WHOLE_NUMBER}') "
        f"THEN regexp_extract({cell}, '{WHOLE_NUMBER}', 1) ELSE {cell} END"
    )


def cell_of(export: Export, name: str, cell: str) -> str:
    """Return SQL for a trimmed cell as stored in the raw tables: identifiers by the rule above, others unchanged."""
    column = export.column(name)
    return identifier(cell, column.required) if column.kind == "identifier" else cell


def gene_cell(cell: str) -> str:
    """Return SQL for a gene's symbol: K-RAS, c-Ki-ras and 'KRAS exon 2' are KRAS (schemas/genotype/genes.py)."""
    whens = " ".join(
        f"WHEN regexp_full_match(upper({cell}), {sql_text(pattern)}) THEN '{gene}'"
        for gene, pattern in GENE_PATTERNS.items()
    )
    symbols = ", ".join(f"'{gene}'" for gene in GENE_PATTERNS)
    return f"CASE WHEN upper({cell}) IN ({symbols}) THEN upper({cell}) {whens} ELSE upper({cell}) END"
