"""Defines the two records that this package returns, and the code lists of their fields."""

from __future__ import annotations

from dataclasses import dataclass

# From the most to the least informative; a summary takes the first that any part of the text reached.
PARSE_STATUSES = ("parsed", "codon_only", "exon_only", "nos", "unparsed", "negative", "empty")

# From the most to the least pathogenic; a summary takes the first that any variant has.
VARIANT_CLASSES = ("hotspot", "non_hotspot_pathogenic", "vus", "synonymous", "benign")

BRAF_CLASSES = ("V600E", "V600_other", "class2", "class3", "other_vus")


@dataclass(frozen=True, slots=True)
class ParsedVariant:
    """One variant, or one statement that there is none.

    gene              upper case, as passed in
    hgvs_c            'c.35G>A', as written or from the dictionary; None if several coding changes fit
    hgvs_p_3letter    'p.Gly12Asp'
    hgvs_p_short      'p.G12D' (cBioPortal's HGVSp_Short)
    codon, exon       numbers, if known; a span gives its first codon
    variant_class     one of VARIANT_CLASSES, or None if nothing can be said
    parse_status      one of PARSE_STATUSES: 'nos' is a mutation without a name, 'negative' a text that says
                      there is none, 'empty' a text that says nothing (blank, not tested, failed)
    braf_class        one of BRAF_CLASSES for a named BRAF variant that changes the protein, otherwise None
    notations_disagree  GEN-02: two notations of one variant contradict each other
    is_pathogenic     whether GEN-03 counts it as contradicting a wild_type result; see docs/decisions/0001
    """

    gene: str
    parse_status: str
    hgvs_c: str | None = None
    hgvs_p_3letter: str | None = None
    hgvs_p_short: str | None = None
    codon: int | None = None
    exon: int | None = None
    variant_class: str | None = None
    braf_class: str | None = None
    notations_disagree: bool = False
    is_pathogenic: bool = False

    @property
    def canonical(self) -> str | None:
        """Return the most precise name: 'p.G12D', else 'c.111+1G>A', 'codon 12', 'exon 2', 'mutated'; or None."""
        if self.parse_status == "parsed":
            return self.hgvs_p_short or self.hgvs_c
        if self.parse_status == "codon_only":
            return f"codon {self.codon}"
        if self.parse_status == "exon_only":
            return f"exon {self.exon}"
        if self.parse_status == "nos":
            return self.variant_class if self.variant_class in {"vus", "benign", "synonymous"} else "mutated"
        return None


@dataclass(frozen=True, slots=True)
class VariantSummary:
    """One cell of the column `variant`, however many variants it lists.

    canonical         names joined by '; ' in alphabetical order; None if the text neither names nor states a variant
    status            the most informative of PARSE_STATUSES that any part reached
    variant_class     the most pathogenic class of the parts
    codon, braf_class of the first pathogenic variant in the order written, otherwise of the first variant
    is_pathogenic     whether any part is pathogenic
    notations_disagree  whether the notations of any part disagree
    has_unparsed_part whether some part looks like a variant but could not be read (GEN-01-W)
    """

    canonical: str | None
    status: str
    variant_class: str | None
    codon: int | None
    braf_class: str | None
    is_pathogenic: bool
    notations_disagree: bool
    has_unparsed_part: bool
