"""Judges a change that has been read, from the dictionary's tables alone: how pathogenic it is, and its BRAF class.

A change that is in no table is a VUS: the registry does not guess. pairing.py weighs the laboratory's own words
against this judgement. Background: docs/decisions/0001.
"""

from __future__ import annotations

from schemas.genotype.dictionary import (
    BRAF_CLASS2,
    BRAF_CLASS3,
    ENTRIES,
    HOTSPOT_CODONS,
    NON_HOTSPOT_PATHOGENIC,
)
from schemas.genotype.protein import ProteinChange

PATHOGENIC_CLASSES = frozenset({"hotspot", "non_hotspot_pathogenic"})


def is_hotspot_codon(gene: str, codon: int | None) -> bool:
    """Return whether any amino-acid change in this codon counts as pathogenic."""
    return codon in HOTSPOT_CODONS.get(gene, frozenset())


def variant_class(gene: str, change: ProteinChange | None) -> str:
    """Return one of records.VARIANT_CLASSES, but never 'benign', which only a laboratory can say.

    A hotspot is a dictionary entry, a classed BRAF variant, or a substitution (missense or delins) that touches a
    hotspot codon. Deletions, insertions, frameshifts and stops are VUS: these oncogenes are activated by substitution,
    and the tests do not look for loss of function.
    """
    if change is None:
        return "vus"
    if change.kind == "synonymous":
        return "synonymous"
    name = change.short.removeprefix("p.")
    if name in ENTRIES.get(gene, {}) or (gene == "BRAF" and name in BRAF_CLASS2 | BRAF_CLASS3):
        return "hotspot"
    if name in NON_HOTSPOT_PATHOGENIC.get(gene, {}):
        return "non_hotspot_pathogenic"
    touches_hotspot = any(change.start <= codon <= change.last for codon in HOTSPOT_CODONS.get(gene, ()))
    return "hotspot" if change.kind in {"missense", "delins"} and touches_hotspot else "vus"


def braf_class(gene: str, change: ProteinChange | None) -> str | None:
    """Return one of records.BRAF_CLASSES, or None for other genes and for unnamed and synonymous changes."""
    if gene != "BRAF" or change is None or change.kind == "synonymous":
        return None
    name = change.short.removeprefix("p.")
    if name == "V600E":
        return "V600E"
    if name in BRAF_CLASS2:
        return "class2"
    if name in BRAF_CLASS3:
        return "class3"
    exchanges_600 = change.kind in {"missense", "delins"} and change.start <= 600 <= change.last
    return "V600_other" if exchanges_600 else "other_vus"
