"""Declares the genotypes export, one row per specimen, gene and variant: columns, parsed columns and row rules.

schemas/genotype/ reads a variant's text.
"""

import polars as pl

from schemas import codes, lookalike, phi
from schemas.export import Column, Export, RowRule, between, code_rules, if_filled
from schemas.genotype import describe, markers
from schemas.genotype.genes import NOT_A_GENE, SYMBOL
from schemas.thresholds import TMB_PER_MB, VAF_PERCENT


def _code(name: str, prose: str, values: tuple[str, ...], required: bool = False) -> Column:
    return Column(name, "code", prose, codes=values, code_rule="GEN-01", required=required)


COLUMNS = (
    Column("patient_id", "identifier", "The site's pseudonym for the patient.", required=True),
    Column("specimen_id", "identifier", "The specimen.", required=True),
    _code("specimen_site", "Where the specimen was taken from.", codes.SPECIMEN_SITE, required=True),
    Column("specimen_date", "date", "Date the specimen was taken."),
    Column("report_date", "date", "Date of the report."),
    Column("gene", "identifier", "Gene symbol, upper case (K-RAS is KRAS), or MSI, MMR or TMB.", required=True),
    _code("result", "Result for the gene, or for MSI, MMR or TMB.", codes.RESULT, required=True),
    Column("variant", "text", "The variant as the pathologist wrote it."),
    _code("panel", "How extensively the gene was tested.", codes.PANEL),
    Column("vaf_percent", "number", "Variant allele frequency, %."),
    Column("tmb_per_mb", "number", "Tumour mutational burden, mutations per megabase: of gene TMB.", came_later=True),
    Column("assay", "text", "Name of the test or gene panel, with its version.", came_later=True),
)

# Read from gene and variant by schemas.genotype; stored beside the canonical columns.
PARSED_COLUMNS = (
    Column("variant_canonical", "text", "The variant in canonical notation, such as p.G12D."),
    Column("variant_status", "text", "How much of the variant's text could be read."),
    Column("variant_class", "text", "hotspot, non_hotspot_pathogenic, vus, benign or synonymous."),
    Column("codon", "integer", "Codon of the variant."),
    Column("braf_class", "text", "Class of a BRAF variant."),
)


def add_parsed_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` (columns gene, variant) with PARSED_COLUMNS and the boolean columns that the rules use added."""
    pairs = frame.select("gene", "variant").unique(maintain_order=True)
    summaries = [describe(gene or "", variant) for gene, variant in pairs.iter_rows()]
    parsed = pairs.with_columns(
        pl.Series("variant_canonical", [s.canonical for s in summaries], dtype=pl.String),
        pl.Series("variant_status", [s.status for s in summaries], dtype=pl.String),
        pl.Series("variant_class", [s.variant_class for s in summaries], dtype=pl.String),
        pl.Series("codon", [s.codon for s in summaries], dtype=pl.Int32),
        pl.Series("braf_class", [s.braf_class for s in summaries], dtype=pl.String),
        pl.Series("is_pathogenic", [s.is_pathogenic for s in summaries], dtype=pl.Boolean),
        pl.Series("has_unparsed_part", [s.has_unparsed_part for s in summaries], dtype=pl.Boolean),
        pl.Series("notations_disagree", [s.notations_disagree for s in summaries], dtype=pl.Boolean),
    )
    return frame.join(parsed, on=["gene", "variant"], how="left", nulls_equal=True, maintain_order="left")


_result = pl.col("result")
_gene = pl.col("gene")
_gene_is_known = _gene.is_in(["KRAS", "NRAS", "BRAF"]) | (_gene.str.contains(SYMBOL) & ~_gene.str.contains(NOT_A_GENE))
_has_tmb = (markers.marker(_gene) == markers.TMB) & _result.is_in(list(codes.MEASURED))


def _not_after_extract(column: str) -> RowRule:
    return RowRule("GEN-06", column, if_filled(column, pl.col(column) <= pl.col("extract_date")))


ROW_RULES = (
    *phi.rules(COLUMNS),
    *lookalike.rules(COLUMNS),
    *code_rules(COLUMNS),
    RowRule("GEN-01-W", "variant", ~pl.col("has_unparsed_part") | _result.is_in(list(markers.NOT_READ))),
    RowRule("GEN-01-W", "gene", if_filled("gene", _gene_is_known)),
    RowRule("GEN-07", "vaf_percent", between("vaf_percent", *VAF_PERCENT)),
    RowRule("GEN-10", "tmb_per_mb", between("tmb_per_mb", *TMB_PER_MB)),
    RowRule("GEN-02", "variant", ~pl.col("notations_disagree")),
    RowRule("GEN-03", "result", ~((_result == "wild_type") & pl.col("is_pathogenic"))),
    RowRule("GEN-03-W", "variant", (_result != "mutant") | pl.col("variant").is_not_null()),
    RowRule("GEN-08", "result", markers.fits(_gene, _result)),
    RowRule("GEN-10-W", "tmb_per_mb", _has_tmb == pl.col("tmb_per_mb").is_not_null()),
    _not_after_extract("specimen_date"),
    _not_after_extract("report_date"),
)

EXPORT = Export(
    name="genotypes",
    prose="One row per specimen, gene and variant.",
    key=("patient_id", "specimen_id", "gene", "variant"),
    columns=COLUMNS,
    row_rules=ROW_RULES,
)
