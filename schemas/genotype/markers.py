"""Names the genes and states of a tumour beside KRAS, NRAS and BRAF that a patient's genotype holds.

MSI, MMR and TMB are states of the whole tumour: rows of the export name them in `gene`, with results of their own. An
amplification is a result of a gene. The SQL has the same names as marker_of() in warehouse/sql/terms.sql.
"""

import polars as pl

from schemas import codes

GENES = ("TP53", "SMAD4", "PIK3CA", "APC")
HER2 = "ERBB2"
"""HER2 is the protein; its gene is ERBB2."""
MSI, MMR, TMB = "MSI", "MMR", "TMB"
OTHER_NAMES = {
    **{"P53": "TP53", "DPC4": "SMAD4", "MADH4": "SMAD4", "PI3KCA": "PIK3CA"},
    **{"HER2": HER2, "HER-2": HER2, "C-ERBB2": HER2, "C-ERBB-2": HER2},
    **{"MSI-STATUS": MSI, "DMMR": MMR, "MMR-STATUS": MMR},
}
"""What the column `gene` may say instead, in upper case. The cell stays as it is; only what it counts for is named."""
RESULTS = {MSI: codes.MSI, MMR: codes.MMR, TMB: codes.MEASURED}
"""State of the tumour -> the results that it alone may have."""
OF_GENES = (*codes.GENE_RESULT, *codes.AMPLIFICATION)
NOT_READ = (*codes.AMPLIFICATION, *codes.MSI, *codes.MMR, *codes.MEASURED)
"""Results that say everything themselves, so that a text in `variant` is not read."""


def marker(gene: pl.Expr) -> pl.Expr:
    """Return the gene or state for which a row counts, under the one name that it has here."""
    return gene.replace(OTHER_NAMES)


def fits(gene: pl.Expr, result: pl.Expr) -> pl.Expr:
    """Return whether a gene or state may have such a result; each may be indeterminate, failed or not tested."""
    named = marker(gene)
    own = [named.eq(state) & result.is_in(list(results)) for state, results in RESULTS.items()]
    of_gene = ~named.is_in(list(RESULTS)) & result.is_in(list(OF_GENES))
    return pl.any_horizontal(*own, of_gene, result.is_in(list(codes.NO_RESULT)))


def names_of(name: str) -> tuple[str, ...]:
    """Return every text of the column `gene`, in upper case, that counts for a gene or state.

    >>> names_of("MSI"), names_of("TP53")
    (('MSI', 'MSI-STATUS'), ('TP53', 'P53'))
    """
    return (name, *(other for other, meant in OTHER_NAMES.items() if meant == name))
