"""Summarises a cell of the column `variant` for the clean table."""

from __future__ import annotations

from functools import lru_cache

from schemas.genotype.cleaning import MAX_TEXT_LENGTH
from schemas.genotype.notation import CACHE_SIZE, parse_variants
from schemas.genotype.records import PARSE_STATUSES, VARIANT_CLASSES, VariantSummary


def describe(gene: str, text: str | None) -> VariantSummary:
    """Return the summary of a cell of the column `variant`; see VariantSummary for the fields. Never raises.

    >>> describe("KRAS", "p.Q61H + p.Gly12Asp").canonical
    'p.G12D; p.Q61H'
    >>> describe("KRAS", "exon 2 mutation").is_pathogenic, describe("KRAS", "wild type").canonical
    (True, None)
    """
    if isinstance(text, str) and len(text) <= MAX_TEXT_LENGTH and isinstance(gene, str):
        return _summary(gene, text)
    return _summarise(gene, text)


def _summarise(gene: str, text: str | None) -> VariantSummary:
    variants = parse_variants(gene, text)
    accused = [variant for variant in variants if variant.is_pathogenic]
    leading = (accused or variants)[0]
    statuses = {variant.parse_status for variant in variants}
    classes = {variant.variant_class for variant in variants}
    return VariantSummary(
        canonical="; ".join(sorted(variant.canonical for variant in variants if variant.canonical)) or None,
        status=next(status for status in PARSE_STATUSES if status in statuses),
        variant_class=next((name for name in VARIANT_CLASSES if name in classes), None),
        codon=leading.codon,
        braf_class=leading.braf_class,
        is_pathogenic=bool(accused),
        notations_disagree=any(variant.notations_disagree for variant in variants),
        has_unparsed_part="unparsed" in statuses,
    )


_summary = lru_cache(maxsize=CACHE_SIZE)(_summarise)
