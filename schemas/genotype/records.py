"""The two records this package gives back, and the words their columns may hold.

Belongs here: shapes and code lists. What does not: how they are filled (notation.py, summary.py).
"""

from __future__ import annotations

from dataclasses import dataclass

# From the most to the least telling; a summary takes the first that any part of the text reached.
PARSE_STATUSES = ("parsed", "codon_only", "exon_only", "nos", "unparsed", "negative", "empty")

# From the most to the least pathogenic; a summary takes the first that any variant has.
VARIANT_CLASSES = ("hotspot", "non_hotspot_pathogenic", "vus", "synonymous", "benign")

BRAF_CLASSES = ("V600E", "V600_other", "class2", "class3", "other_vus")


@dataclass(frozen=True, slots=True)
class ParsedVariant:
    """One variant, or one statement that there is none.

    gene              upper case, as asked
    hgvs_c            'c.35G>A', given or known from the dictionary; None where several codings fit
    hgvs_p_3letter    'p.Gly12Asp'
    hgvs_p_short      'p.G12D' (cBioPortal's HGVSp_Short)
    codon, exon       numbers, where known; a span gives its first codon
    variant_class     one of VARIANT_CLASSES, or None where nothing can be said
    parse_status      one of PARSE_STATUSES: 'nos' is a mutation without its name, 'negative' a text that says
                      there is none, 'empty' a text that says nothing (blank, not tested, failed)
    braf_class        one of BRAF_CLASSES for a named BRAF variant that changes the protein, else None
    notations_disagree  GEN-02: two notations of one variant contradict each other
    is_pathogenic     what GEN-03 may hold against a wild_type result; see docs/decisions/0001
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
        """The most precise name: 'p.G12D', else 'c.111+1G>A', 'codon 12', 'exon 2', 'mutated'; or None."""
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
    """One cell of the column `variant`, whatever it lists.

    canonical         names joined by '; ' in alphabetical order; None when the text names and states none
    status            the most telling of PARSE_STATUSES that any part reached
    variant_class     the most pathogenic of the parts
    codon, braf_class of the first pathogenic variant in the order written, else of the first variant
    is_pathogenic     any part is
    notations_disagree  any part does
    has_unparsed_part some part looks like a variant and could not be read (GEN-01-W)
    """

    canonical: str | None
    status: str
    variant_class: str | None
    codon: int | None
    braf_class: str | None
    is_pathogenic: bool
    notations_disagree: bool
    has_unparsed_part: bool
