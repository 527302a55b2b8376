"""Every distinct variant text of the new genotypes, read into canonical notation."""

from schemas.genotype import describe

COLUMNS = "gene, variant, variant_canonical, variant_status, variant_class, codon, braf_class"
EMPTY = "(NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::VARCHAR, NULL::INTEGER, NULL::VARCHAR)"


def model(dbt, session):
    """Return one row per gene and text."""
    dbt.config(materialized="table")
    pairs = dbt.ref("raw_genotypes").project("gene, variant").distinct().fetchall()
    read = [EMPTY]
    for gene, variant in pairs:
        found = describe(gene or "", variant)
        cells = (gene, variant, found.canonical, found.status, found.variant_class, found.codon, found.braf_class)
        read.append(f"({', '.join(map(literal, cells))})")
    return session.query(f"SELECT * FROM (VALUES {', '.join(read)}) v({COLUMNS}) WHERE variant_status IS NOT NULL")


def literal(value):
    """Return the value as SQL."""
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
