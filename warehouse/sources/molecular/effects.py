"""Says which calls of a table of variants count: cBioPortal's default filter, in the words of MAF, VEP and ANNOVAR.

Filtered are Silent, Intron, IGR, 3'UTR, 5'UTR, 3'Flank and 5'Flank, but not the promoter of TERT; calls whose
Mutation_Status is None, LOH or Wildtype are not loaded ("Variant classification filter" and "Mutation data" in
cBioPortal's docs/File-Formats.md, read 2026-11-30).
"""

from warehouse.storage.sql_files import sql_text

FILTERED = ("silent", "intron", "igr", "3'utr", "5'utr", "3'flank", "5'flank")
"""Values of Variant_Classification that cBioPortal filters by default."""
FILTERED_TERMS = (
    *("synonymous_variant", "stop_retained_variant", "start_retained_variant", "intron_variant", "intergenic_variant"),
    *("3_prime_utr_variant", "5_prime_utr_variant", "upstream_gene_variant", "downstream_gene_variant"),
    *("non_coding_transcript_variant", "non_coding_transcript_exon_variant", "intergenic_region", "intragenic_variant"),
    *("synonymous snv", "synonymous"),
)
"""The same in terms of the Sequence Ontology (VEP, SnpEff) and of ANNOVAR's ExonicFunc."""
FILTERED_REGIONS = (
    *("intronic", "intergenic", "utr3", "utr5", "upstream", "downstream", "upstream;downstream", "utr5;utr3"),
    *("ncrna_exonic", "ncrna_intronic", "ncrna_utr3", "ncrna_utr5", "ncrna_splicing"),
)
"""ANNOVAR's Func, which says where a variant is that changes no protein."""
NOT_LOADED = ("none", "loh", "wildtype")
SPLICE = ("splice_site", "splice_region", "splice_donor_variant", "splice_acceptor_variant", "splice_region_variant")
ANOTHER_GENE = "another gene"
NO_CHANGE = "no change of the protein"
NO_CALL = "Mutation_Status none, LOH or wildtype"
NOT_PASSED = "filtered by the caller"
NOT_IN_SAMPLE = "variant not in this sample"
PROMOTER, PROMOTER_GENE = ("5'flank", "upstream_gene_variant", "upstream"), "TERT"


def first_term(cell: str) -> str:
    """Return SQL of the first of several consequences in a cell, in lower case: VEP puts the most severe first."""
    return f"lower(trim(split_part(replace({cell}, ',', '&'), '&', 1)))"


def is_filtered(gene: str, class_cell: str | None, region: str | None, own: tuple[str, ...] | None) -> str:
    """Return SQL, true or false: the variant changes no protein. `own` are the values that a study filters instead."""
    words = FILTERED if own is None else tuple(word.lower() for word in own)
    tests = []
    if class_cell is not None:
        listed = ", ".join(map(sql_text, (*words, *FILTERED_TERMS)))
        kept = ", ".join(map(sql_text, PROMOTER))
        term = first_term(class_cell)
        promoter = f"({gene} = '{PROMOTER_GENE}' AND {term} IN ({kept}))"
        tests.append(f"({term} IN ({listed}) AND NOT {promoter})")
    if region is not None:
        listed = ", ".join(map(sql_text, FILTERED_REGIONS))
        tests.append(f"(lower({region}) IN ({listed}))")
    return f"coalesce({' OR '.join(tests)}, false)" if tests else "false"
