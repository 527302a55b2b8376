"""Reads what a pathologist wrote about a gene into one notation.

What belongs here: reading one cell. What does not: a patient's genotype, which is derived from several specimens
(docs/endpoints.md).

    >>> from schemas.genotype import describe
    >>> describe("KRAS", "codon 12 GGT>GAT").canonical
    'p.G12D'
"""

from schemas.genotype.dictionary import ENTRIES, HOTSPOT_CODONS
from schemas.genotype.notation import parse_variant, parse_variants
from schemas.genotype.records import (
    BRAF_CLASSES,
    PARSE_STATUSES,
    VARIANT_CLASSES,
    ParsedVariant,
    VariantSummary,
)
from schemas.genotype.summary import describe

__all__ = [
    "BRAF_CLASSES",
    "ENTRIES",
    "HOTSPOT_CODONS",
    "PARSE_STATUSES",
    "VARIANT_CLASSES",
    "ParsedVariant",
    "VariantSummary",
    "describe",
    "parse_variant",
    "parse_variants",
]
